// Rows of a range: the blocks that may hold them, decoded, and held against the bounds.
import { BlockCursor, type BlockScanner, booleanOption, compareKeys, type FormatVersion, KERNEL_FORMAT_VERSION, SstError, SstRangeError } from "@slate-sst/format";
import type { ObjectStore } from "@slate-sst/object-store";
import { feedBlocks, type StoredBlocks } from "./block-feed.js";
import { Bounds, type KeyRange } from "./bounds.js";
import { columnsOf, columnsOfRows, type RowColumns } from "./columns.js";
import type { SstIndex } from "./index-view.js";
import { inBounds, type RowSpan, scanPayload, scanStored } from "./kernel-scan.js";
import { copiesOf, RowViews } from "./row-batch.js";
import { rowAt, type SstRow } from "./row.js";
import type { Scanners } from "./scanners.js";
import type { SectionOpener } from "./section.js";

/** What a scan needs of a reader. */
export interface ScanSource {
  readonly store: ObjectStore;
  readonly path: string;
  readonly index: SstIndex;
  readonly formatVersion: FormatVersion;
  readonly opener: SectionOpener;
  readonly maxBlockBytes: number;
  readonly scanners: Scanners;
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
  /** Its bytes, decompressed, without checksum. */
  readonly payload: Uint8Array;
}

interface BlockOptions {
  readonly reverse?: boolean;
  readonly signal?: AbortSignal | undefined;
}

export const blockPath = (ordinal: number): string => `block[${ordinal}]`;

/** Data blocks from `first` to `last`, both included, decompressed. */
export async function* scanDataBlocks(source: ScanSource, first: number, last: number, options: BlockOptions): AsyncGenerator<DataBlock, void, undefined> {
  const { store, path, index } = source;
  for await (const group of feedBlocks(store, path, index, first, last, options)) {
    for (let step = 0; step < group.count; step++) {
      source.check();
      const ordinal = group.first + (options.reverse === true ? group.count - 1 - step : step);
      yield await openBlock(source, group, ordinal);
    }
  }
}

/** One block of a group, decompressed. */
async function openBlock({ index, opener, maxBlockBytes }: ScanSource, group: StoredBlocks, ordinal: number): Promise<DataBlock> {
  const { start, end } = index.range(ordinal);
  const stored = group.bytes.subarray(start - group.offset, end - group.offset);
  const name = blockPath(ordinal);
  const payload = opener.isSynchronous ? opener.openNow(stored, name, start, maxBlockBytes) : await opener.open(stored, name, start, maxBlockBytes);
  return { ordinal, offset: start, length: end - start, payload };
}

/** Which rows are asked for. */
interface RowOptions extends KeyRange {
  readonly limit?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Rows that lie one behind the other: in the memory of a scanner, until the next ones are asked for, or as copies. */
type RowRun = { readonly scanner: BlockScanner; readonly span: RowSpan } | { readonly scanner: undefined; readonly rows: SstRow[] };

/** Rows in arrays, at least one row each. In a WAL file keys have no order: every block is looked at. */
export async function* scanBlocks(source: ScanSource, options: RowOptions & { readonly reverse?: boolean | undefined; readonly views?: boolean | undefined }, isUnsorted: boolean): AsyncGenerator<SstRow[], void, undefined> {
  if (booleanOption("reverse", options.reverse, false)) {
    yield* scanBackwards(source, options, isUnsorted);
    return;
  }
  const views = booleanOption("views", options.views, false) ? new RowViews() : undefined;
  for await (const run of scanRuns(source, options, isUnsorted, views === undefined)) {
    if (run.scanner === undefined) yield run.rows;
    else yield views === undefined ? copiesOf(run.scanner, run.span.from, run.span.to) : views.of(run.scanner, run.span.from, run.span.to);
  }
}

/** Rows in columns, `rowsMax` at most. */
export async function* scanInColumns(source: ScanSource, options: RowOptions, isUnsorted: boolean, rowsMax: number): AsyncGenerator<RowColumns, void, undefined> {
  for await (const run of scanRuns(source, options, isUnsorted, true)) {
    const { from, to } = run.scanner === undefined ? { from: 0, to: run.rows.length } : run.span;
    for (let at = from; at < to; at += rowsMax) {
      const end = Math.min(to, at + rowsMax);
      yield run.scanner === undefined ? columnsOfRows(run.rows.slice(at, end)) : columnsOf(run.scanner, at, end);
    }
  }
}

/** The blocks that may hold rows of a range; none when `first` is above `last`. */
function blocksOf(index: SstIndex, bounds: Bounds, isUnsorted: boolean): { readonly first: number; readonly last: number } {
  return {
    first: isUnsorted || bounds.lower === undefined ? 0 : index.firstBlockFor(bounds.lower.key),
    last: isUnsorted || bounds.upper === undefined ? index.blocks - 1 : index.lastBlockFor(bounds.upper.key),
  };
}

/** Rows of a range from the first block to the last. What the kernel is not sure of is read by the cursor, which says what is wrong. */
async function* scanRuns(source: ScanSource, options: RowOptions, isUnsorted: boolean, copyValues: boolean): AsyncGenerator<RowRun, void, undefined> {
  const { index } = source;
  const bounds = Bounds.of(options);
  let left = checkedLimit(options.limit);
  if (index.blocks === 0 || left === 0) return;
  const { first, last } = blocksOf(index, bounds, isUnsorted);
  const cursor = new BlockCursor(source.formatVersion);
  const scanner = isUnsorted || source.formatVersion !== KERNEL_FORMAT_VERSION ? undefined : source.scanners.take();
  try {
    for await (const group of feedBlocks(source.store, source.path, index, first, last, { signal: options.signal, memory: scanner?.memory })) {
      for (let block = group.first; block < group.first + group.count; ) {
        source.check();
        const scanned = scanner !== undefined && source.opener.isPlain ? scanStored(scanner, index, group, block, copyValues) : 0;
        const payload = scanned > 0 ? undefined : await openBlock(source, group, block);
        if (scanner !== undefined && (payload === undefined || (!source.opener.isPlain && scanPayload(scanner, payload.payload, copyValues)))) {
          const { from, to } = inBounds(scanner, bounds);
          const span = { from, to: Math.min(to, from + left) };
          left -= span.to - span.from;
          if (span.to > span.from) yield { scanner, span };
        } else {
          const rows = blockRows(cursor, payload!, bounds).slice(0, left);
          left -= rows.length;
          if (rows.length > 0) yield { scanner: undefined, rows };
        }
        if (left === 0) return;
        block += Math.max(1, scanned);
      }
    }
  } finally {
    if (scanner !== undefined) source.scanners.giveBack(scanner);
  }
}

/** Rows of a range from the last block to the first. */
async function* scanBackwards(source: ScanSource, options: RowOptions, isUnsorted: boolean): AsyncGenerator<SstRow[], void, undefined> {
  const { index } = source;
  const bounds = Bounds.of(options);
  let left = checkedLimit(options.limit);
  if (index.blocks === 0 || left === 0) return;
  const { first, last } = blocksOf(index, bounds, isUnsorted);
  const cursor = new BlockCursor(source.formatVersion);
  const versions = new VersionOrder(!isUnsorted);
  for await (const block of scanDataBlocks(source, first, last, { reverse: true, signal: options.signal })) {
    const rows = versions.take(blockRows(cursor, block, bounds).reverse()).slice(0, left);
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
