// Blocks by the kernel: as many as one call takes, their rows in its memory.
import { type BlockScanner, crc32Range, decodeSection, Section } from "@slate-sst/format";
import type { StoredBlocks } from "./block-feed.js";
import type { Bounds } from "./bounds.js";
import type { SstIndex } from "./index-view.js";

/** Rows of a scanner, from `from` to before `to`. */
export interface RowSpan {
  readonly from: number;
  readonly to: number;
}

/** Takes blocks of a group apart whose stored bytes are their payloads. @returns how many, 0 when the first is not surely sound. */
export function scanStored(scanner: BlockScanner, index: SstIndex, { bytes, offset, first, count }: StoredBlocks, block: number, copyValues: boolean): number {
  const section = new Section();
  scanner.clear();
  for (; block < first + count; block++) {
    const { start, end } = index.range(block);
    decodeSection(bytes, start - offset, end - offset, section);
    if (!scanner.add(bytes, start - offset, section.payloadEnd)) break;
    if (crc32Range(bytes, start - offset, section.payloadEnd) === section.crc32) continue;
    scanner.dropLast();
    break;
  }
  return scanner.scan(copyValues);
}

/** The same with the payload of one block that is compressed. */
export function scanPayload(scanner: BlockScanner, payload: Uint8Array, copyValues: boolean): boolean {
  if (payload.length > scanner.scratch.length) return false;
  scanner.clear();
  scanner.scratch.set(payload);
  scanner.add(scanner.scratch, 0, payload.length);
  return scanner.scan(copyValues) === 1;
}

/** The rows of a scan that lie in the bounds. Their keys ascend. */
export function inBounds(scanner: BlockScanner, bounds: Bounds): RowSpan {
  const { keys, keyOffsets, rows } = scanner;
  const isBelow = (row: number): boolean => bounds.isBelow(keys.subarray(keyOffsets[row], keyOffsets[row + 1]), keyOffsets[row + 1]! - keyOffsets[row]!);
  const isNotAbove = (row: number): boolean => !bounds.isAbove(keys.subarray(keyOffsets[row], keyOffsets[row + 1]), keyOffsets[row + 1]! - keyOffsets[row]!);
  const from = bounds.lower === undefined || !isBelow(0) ? 0 : firstWithout(isBelow, 0, rows);
  const to = bounds.upper === undefined || from === rows || isNotAbove(rows - 1) ? rows : firstWithout(isNotAbove, from, rows);
  return { from, to };
}

/** The first number in [low, high) for which a test that holds up to some number does not; `high` when it always does. */
function firstWithout(test: (row: number) => boolean, low: number, high: number): number {
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (test(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}
