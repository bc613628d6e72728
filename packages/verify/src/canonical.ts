// Canonical form: the FlatBuffers encoded once more (C1), blocks encoded once more from their rows, and whether the rest of the
// file is what our writer makes of this configuration (C2.2).
import {
  BLOCK_LAYOUTS, BLOCK_SIZES, BLOOM_FILTER_NAME, COMPRESSION_NAMES, createBlockEncoder, encodeInfo, encodeStats, decodeStats, FilterFormat, type FormatVersion, isSstError, SECTION_BYTES,
  SstIndexBuilder, SstStatsBuilder,
} from "@slate-sst/format";
import type { BlockWalk } from "./block-rules.js";
import type { FilterView } from "./filter-rules.js";
import { type Place, showBytes } from "./finding.js";
import type { Framing } from "./framing.js";
import type { IndexView } from "./index-rules.js";
import type { ExpectedConfig } from "./options.js";
import type { Report } from "./report.js";
import type { KeyBuffer } from "./row-order.js";
import type { SectionPlace } from "./sections.js";
import type { StatsView } from "./stats-rules.js";

/** C1.1. */
export function checkCanonicalInfo({ info, infoPayload, infoOffset, unknown }: Framing, report: Report): void {
  if (!report.ledger.applies("C1.1")) return;
  if (unknown.size > 0) {
    report.ledger.leaveOpen(["C1.1"], "the info has numbers without a meaning");
    return;
  }
  const at = difference(infoPayload, encodeInfo(info));
  if (at >= 0) report.add("C1.1", "info", () => ({ path: "info", offset: infoOffset + at, length: 1, ...otherBytes(infoPayload, at) }));
}

/** C1.2. */
export function checkCanonicalIndex({ payload, place, columns }: IndexView, report: Report): void {
  if (!report.ledger.applies("C1.2")) return;
  const builder = new SstIndexBuilder();
  try {
    for (let block = 0; block < columns.count; block++) builder.add(columns.offsets[block]!, payload, columns.keyStart[block], columns.keyEnd[block]);
  } catch (error) {
    // Offsets that do not ascend: another rule names them, and no writer of ours makes them.
    if (!isSstError(error)) throw error;
    report.ledger.leaveOpen(["C1.2"], "the index cannot be encoded again");
    return;
  }
  const at = differenceFromChunks(payload, builder.finishChunks());
  if (at >= 0) report.add("C1.2", "index", () => ({ ...place.at("", at, 1), ...otherBytes(payload, at) }));
}

/** C1.3. */
export function checkCanonicalStats({ payload, columns }: StatsView, place: SectionPlace, report: Report): void {
  if (!report.ledger.applies("C1.3")) return;
  const at = difference(payload, encodedStats(payload, columns));
  if (at >= 0) report.add("C1.3", "stats", () => ({ ...place.at("", at, 1), ...otherBytes(payload, at) }));
}

/** The builder adds the totals up, and needs no object for a block; totals that are no sums are encoded the long way. */
function encodedStats(payload: Uint8Array, { blockStats, ...totals }: StatsView["columns"]): Uint8Array {
  const builder = new SstStatsBuilder();
  for (let block = 0; block < (blockStats?.count ?? 0); block++) {
    builder.addBlock({
      numPuts: blockStats!.numPuts[block]!, numDeletes: blockStats!.numDeletes[block]!, numMerges: blockStats!.numMerges[block]!,
      rawKeySize: block === 0 ? totals.rawKeySize : 0, rawValSize: block === 0 ? totals.rawValSize : 0,
    });
  }
  const { numPuts, numDeletes, numMerges, rawKeySize, rawValSize } = builder.totals;
  const isSum = numPuts === totals.numPuts && numDeletes === totals.numDeletes && numMerges === totals.numMerges && rawKeySize === totals.rawKeySize && rawValSize === totals.rawValSize;
  return isSum && blockStats?.count !== 0 ? builder.finish() : encodeStats(decodeStats(payload));
}

/** Compares the file with what our writer makes of its rows under a known configuration. */
export class CanonicalFile {
  readonly #expect: ExpectedConfig;
  readonly #version: FormatVersion;
  readonly #report: Report;
  #output = new Uint8Array(2 * BLOCK_SIZES.at(-1)!);
  #first: Place & { readonly expected: string; readonly found: string } | undefined;

  constructor(version: FormatVersion, expect: ExpectedConfig, report: Report) {
    this.#version = version;
    this.#expect = expect;
    this.#report = report;
  }

  /** Encodes the rows of a block again. @param keys a buffer for whole keys. */
  addBlock(walk: BlockWalk, payload: Uint8Array, place: SectionPlace, keys: KeyBuffer): void {
    if (walk.rows > 1 && payload.length > BLOCK_SIZES.at(-1)! + SECTION_BYTES) return;
    if (this.#output.length < payload.length + SECTION_BYTES) this.#output = new Uint8Array(2 * payload.length);
    const encoder = createBlockEncoder(this.#version, BLOCK_SIZES.at(-1)!);
    const { row } = walk;
    const extendsFirst = BLOCK_LAYOUTS[this.#version].keysExtend === "first";
    let end = 0;
    let firstLength = 0;
    const first = payload;
    let firstAt = 0;
    for (let at = 0, ordinal = 0; at < walk.bodyEnd; ordinal++) {
      at = walk.decode(payload, at);
      if (extendsFirst && ordinal > 0) keys.extend(0, first, firstAt, firstAt + Math.min(row.shared, firstLength));
      const before = Math.min(row.shared, keys.length);
      keys.extend(ordinal === 0 ? 0 : before, payload, row.suffixAt, row.suffixAt + row.suffixLength);
      if (ordinal === 0) {
        firstAt = row.suffixAt;
        firstLength = row.suffixLength;
      }
      end = encoder.append(
        this.#output, end, row.shared, keys.bytes, keys.length, payload.subarray(row.valueAt, row.valueAt + row.valueLength), row.valueLength,
        row.seqNumHi, row.seqNumLo, row.flags, row.expireTsHi, row.expireTsLo, row.createTsHi, row.createTsLo,
      );
    }
    end = encoder.finish(this.#output, end);
    const again = this.#output.subarray(0, end);
    const at = difference(payload, again);
    if (at >= 0) this.#first ??= { ...place.at("", at, 1), ...otherBytes(payload, at) };
  }

  /** C2.2, after everything else. */
  finish(framing: Framing, filter: FilterView | undefined): void {
    const { info, formatVersion, infoOffset, infoPayload } = framing;
    const expect = this.#expect;
    const differences: (readonly [string, string | number | undefined, string | number | undefined])[] = [
      ["footer.format_version", expect.formatVersion, formatVersion],
      ["info.compression_format", expect.compression, COMPRESSION_NAMES[info.compressionFormat]],
      ["info.filter_format", expect.filterFormat, info.filterFormat === FilterFormat.Composite ? "composite" : "legacy"],
      ["info.stats_len", "stats", info.statsLen === 0 ? "no stats" : "stats"],
      ["info.last_entry", "last_entry", info.lastEntry === undefined ? "no last_entry" : "last_entry"],
    ];
    if (filter !== undefined && info.filterFormat === FilterFormat.Composite) {
      differences.push(["filter.num_filters", 1, filter.count], ["filter.filters[0].name", BLOOM_FILTER_NAME, filter.blooms[0]?.name ?? "another one"]);
    }
    const other = differences.find(([, expected, found]) => expected !== undefined && expected !== found);
    if (other !== undefined) {
      const [path, expected, found] = other;
      this.#first ??= { path, offset: infoOffset, length: infoPayload.length, expected: String(expected), found: String(found) };
    }
    const first = this.#first;
    if (first !== undefined) this.#report.add("C2.2", "file", () => first);
  }
}

/** Where two byte strings first differ; -1 where they do not. */
function difference(left: Uint8Array, right: Uint8Array): number {
  const end = Math.min(left.length, right.length);
  for (let at = 0; at < end; at++) if (left[at] !== right[at]) return at;
  return left.length === right.length ? -1 : end;
}

/** The same for bytes in pieces: a large index is not held a third time. */
function differenceFromChunks(left: Uint8Array, chunks: readonly Uint8Array[]): number {
  let start = 0;
  for (const chunk of chunks) {
    const at = difference(left.subarray(start, start + chunk.length), chunk);
    if (at >= 0) return start + at;
    start += chunk.length;
  }
  return left.length === start ? -1 : start;
}

function otherBytes(payload: Uint8Array, at: number): { readonly expected: string; readonly found: string } {
  return { expected: "the bytes that our encoder makes of the same content", found: `other ones, from ${showBytes(payload.subarray(at, at + 1))} on` };
}
