// Rows of a range: the blocks that may hold them, decoded, and held against the bounds.
import { BlockCursor, compareKeys, type FormatVersion, SstError, SstRangeError } from "@slate-sst/format";
import type { ObjectStore } from "@slate-sst/object-store";
import { feedBlocks } from "./block-feed.js";
import { Bounds, type KeyRange } from "./bounds.js";
import type { SstIndex } from "./index-view.js";
import { rowAt, type SstRow } from "./row.js";
import type { SectionOpener } from "./section.js";

/** What a scan needs of a reader. */
export interface ScanSource {
  readonly store: ObjectStore;
  readonly path: string;
  readonly index: SstIndex;
  readonly formatVersion: FormatVersion;
  readonly opener: SectionOpener;
  readonly maxBlockBytes: number;
  /** Throws when the reader was closed. */
  readonly check: () => void;
}

/** A data block, decompressed. */
export interface DataBlock {
  /** Its place in the index. */
  readonly ordinal: number;
  /** Its position in the file. */
  readonly offset: number;
  /** Its stored bytes, checksum included. */
  readonly length: number;
  readonly payload: Uint8Array;
}

interface BlockOptions {
  readonly reverse?: boolean;
  readonly signal?: AbortSignal | undefined;
}

export const blockPath = (ordinal: number): string => `block[${ordinal}]`;

/** Data blocks from `first` to `last`, both included, decompressed. */
export async function* scanDataBlocks(source: ScanSource, first: number, last: number, options: BlockOptions): AsyncGenerator<DataBlock, void, undefined> {
  const { store, path, index, opener, maxBlockBytes } = source;
  for await (const group of feedBlocks(store, path, index, first, last, options)) {
    for (let step = 0; step < group.count; step++) {
      source.check();
      const ordinal = group.first + (options.reverse === true ? group.count - 1 - step : step);
      const { start, end } = index.range(ordinal);
      const stored = group.bytes.subarray(start - group.offset, end - group.offset);
      const name = blockPath(ordinal);
      const payload = opener.isSynchronous ? opener.openNow(stored, name, start, maxBlockBytes) : await opener.open(stored, name, start, maxBlockBytes);
      yield { ordinal, offset: start, length: end - start, payload };
    }
  }
}

/** Rows in arrays, at least one row each. In a WAL file keys have no order: every block is looked at. */
export async function* scanBlocks(source: ScanSource, options: KeyRange & { readonly reverse?: boolean | undefined; readonly limit?: number | undefined; readonly signal?: AbortSignal | undefined }, isUnsorted: boolean): AsyncGenerator<SstRow[], void, undefined> {
  const { index } = source;
  const bounds = Bounds.of(options);
  const reverse = options.reverse === true;
  let left = checkedLimit(options.limit);
  if (index.blocks === 0 || left === 0) return;
  const first = isUnsorted || bounds.lower === undefined ? 0 : index.firstBlockFor(bounds.lower.key);
  const last = isUnsorted || bounds.upper === undefined ? index.blocks - 1 : index.lastBlockFor(bounds.upper.key);
  const cursor = new BlockCursor(source.formatVersion);
  const versions = new VersionOrder(reverse && !isUnsorted);
  for await (const block of scanDataBlocks(source, first, last, { reverse, signal: options.signal })) {
    let rows = blockRows(cursor, block, bounds);
    if (reverse) rows = versions.take(rows.reverse());
    if (rows.length > left) rows = rows.slice(0, left);
    left -= rows.length;
    if (rows.length > 0) yield rows;
    if (left === 0) return;
  }
  const rest = versions.rest().slice(0, left);
  if (rest.length > 0) yield rest;
}

/** The rows of one block that lie in the bounds, in file order. */
function blockRows(cursor: BlockCursor, block: DataBlock, bounds: Bounds): SstRow[] {
  const rows: SstRow[] = [];
  try {
    cursor.open(block.payload);
    while (cursor.next()) {
      if (bounds.isBelow(cursor.key, cursor.keyLength) || bounds.isAbove(cursor.key, cursor.keyLength)) continue;
      rows.push(rowAt(cursor, block.payload));
    }
  } catch (error) {
    throw inBlock(error, block);
  }
  return rows;
}

/** A cursor's error with the block and the position in the file. In a compressed block that is the block's own position. */
function inBlock(error: unknown, block: DataBlock): unknown {
  if (!(error instanceof SstError)) return error;
  const path = `${blockPath(block.ordinal)}.${String(error.details["path"])}`;
  return new SstError(error.code, `${blockPath(block.ordinal)} at offset ${block.offset}: ${error.message}`, {
    details: { ...error.details, path, offset: block.offset, payloadOffset: error.details["offset"] },
    cause: error,
  });
}

/** A limit of rows; infinity for none. @throws SstRangeError ERR_SST_OPTION_INVALID. */
export function checkedLimit(limit: number | undefined): number {
  if (limit === undefined) return Number.POSITIVE_INFINITY;
  if (!Number.isSafeInteger(limit) || limit < 0) throw new SstRangeError("ERR_SST_OPTION_INVALID", `limit must be an integer from 0, not ${limit}`, { details: { option: "limit", value: limit } });
  return limit;
}

/** Turns the versions of one key round again when rows come backwards, so that the newest still comes first. */
class VersionOrder {
  readonly #isOn: boolean;
  #held: SstRow[] = [];

  constructor(isOn: boolean) {
    this.#isOn = isOn;
  }

  /** Rows of keys whose versions have all come. The lowest key is held back: the block before may hold more of it. */
  take(rows: SstRow[]): SstRow[] {
    if (!this.#isOn) return rows;
    const ready: SstRow[] = [];
    for (const row of rows) {
      const before = this.#held[0];
      if (before !== undefined && compareKeys(before.key, before.key.length, row.key, row.key.length) !== 0) {
        ready.push(...this.#held.reverse());
        this.#held = [];
      }
      this.#held.push(row);
    }
    return ready;
  }

  rest(): SstRow[] {
    return this.#held.reverse();
  }
}
