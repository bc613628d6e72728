// The index: that it holds together (I1), and that its separators separate (I2).
import { compareKeys, type IndexColumns, isSstError, readIndexColumns, SECTION_BYTES, separatorLength } from "@slate-sst/format";
import type { RuleId } from "@slate-sst/format/rules";
import type { BlockRanges, FileRange } from "@slate-sst/reader";
import { showBytes } from "./finding.js";
import type { Report } from "./report.js";
import type { SectionPlace } from "./sections.js";

/** Fewest bytes of a stored block: one of payload and the checksum. */
const BLOCK_BYTES_MIN = SECTION_BYTES + 1;

/** An index that was decoded. */
export class IndexView implements BlockRanges {
  readonly payload: Uint8Array;
  readonly place: SectionPlace;
  readonly columns: IndexColumns;
  readonly #dataEnd: number;

  constructor(payload: Uint8Array, place: SectionPlace, columns: IndexColumns, dataEnd: number) {
    this.payload = payload;
    this.place = place;
    this.columns = columns;
    this.#dataEnd = dataEnd;
  }

  get blocks(): number {
    return this.columns.count;
  }

  range(block: number): FileRange {
    const { count, offsets } = this.columns;
    return { start: offsets[block]!, end: block + 1 < count ? offsets[block + 1]! : this.#dataEnd };
  }

  /** A block's separator, as a view. */
  separator(block: number): Uint8Array {
    return this.payload.subarray(this.columns.keyStart[block], this.columns.keyEnd[block]);
  }

  /** The first block that a look-up of a key goes to: the last whose separator sorts before the key, else the first. */
  firstBlockFor(key: Uint8Array, length: number): number {
    let low = 0;
    let high = this.blocks;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const separator = this.separator(middle);
      if (compareKeys(separator, separator.length, key, length) < 0) low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - 1);
  }

  entryPath(block: number, field: string): string {
    return `block_meta[${block}].${field}`;
  }
}

/** Decodes the index and checks what can be said without data blocks: I1. */
export function checkIndex(payload: Uint8Array, place: SectionPlace, data: FileRange, report: Report): IndexView | undefined {
  let columns: IndexColumns;
  try {
    columns = readIndexColumns(payload);
  } catch (error) {
    if (!isSstError(error)) throw error;
    const path = String(error.details["path"]).replace(/^index\.?/, "");
    report.add("I1.1", "index", () => ({ ...place.at(path, Number(error.details["offset"]), 0), expected: "a FlatBuffer that holds together", found: error.message }));
    return undefined;
  }
  const { count, offsets } = columns;
  // Without entries for its data blocks, nothing is known of the rows that a file has.
  if (count > 0 || data.end === 0) {
    report.ledger.know("rows", count > 0);
    report.ledger.know("empty", count === 0);
  }
  const index = new IndexView(payload, place, columns, data.end);
  if (count === 0) {
    if (data.end !== 0) report.add("I1.2", "index", () => ({ ...place.at("block_meta", 0, payload.length), expected: `entries for the ${data.end} bytes of data blocks`, found: "no entries" }));
    return index;
  }
  const add = (rule: RuleId, block: number, expected: string, found: string): void => {
    report.add(rule, "index", () => ({ ...place.at(index.entryPath(block, "offset"), 0, payload.length), expected, found }));
  };
  if (offsets[0] !== 0) add("I1.3", 0, "0", String(offsets[0]));
  for (let block = 1; block < count; block++) {
    if (offsets[block]! <= offsets[block - 1]!) add("I1.4", block, `more than ${offsets[block - 1]}, where the block before begins`, String(offsets[block]));
  }
  if (offsets[count - 1]! >= data.end) add("I1.4", count - 1, `less than ${data.end}, where the data blocks end`, String(offsets[count - 1]));
  for (let block = 0; block < count; block++) {
    const { start, end } = index.range(block);
    if (end - start < BLOCK_BYTES_MIN) add("I1.5", block, `at least ${BLOCK_BYTES_MIN} bytes to the next block`, `${end - start}`);
  }
  return index;
}

/** Where a block begins: what its separator is held against. */
export interface BlockStart {
  readonly block: number;
  /** The first key of the block, and its length. */
  readonly key: Uint8Array;
  readonly keyLength: number;
  /** The last key of the block before, and its length; undefined when that block could not be read. */
  readonly previous: Uint8Array | undefined;
  readonly previousLength: number;
  /** The first key of the block before, and its length. */
  readonly previousFirst: Uint8Array;
  readonly previousFirstLength: number;
  /** Sequence number of the first row, halves. */
  readonly seqHi: number;
  readonly seqLo: number;
  /** The first row's value length and flags. */
  readonly valueLength: number;
  readonly flags: number;
}

/** Checks the separator of a block whose rows are sound. */
export function checkSeparator(index: IndexView, start: BlockStart, isWal: boolean, report: Report): void {
  const { block, key, keyLength, previous, previousLength } = start;
  const separator = index.separator(block);
  const add = (rule: RuleId, expected: () => string): void => {
    const place = index.place.at(index.entryPath(block, "first_key"), index.columns.keyStart[block]!, separator.length);
    report.add(rule, "index", () => ({ ...place, expected: expected(), found: showBytes(separator) }), block === 0 ? "block" : "pair");
  };
  if (isWal) {
    const seq = bigEndian(start.seqHi, start.seqLo);
    if (compareKeys(separator, separator.length, seq, seq.length) !== 0) add("I2.4", () => `${showBytes(seq)}, the sequence number of the block's first row`);
    return;
  }
  const order = compareKeys(separator, separator.length, key, keyLength);
  if (block === 0) {
    if (order > 0) add("I2.1", () => `a key not above ${showBytes(key, keyLength)}, the first key`);
    if (separator.length !== 0) add("I2.3", () => "no bytes");
    return;
  }
  if (previous === undefined) return;
  const abovePrevious = compareKeys(separator, separator.length, previous, previousLength);
  const continues = order === 0 && abovePrevious === 0;
  if (order > 0 || (abovePrevious <= 0 && !continues)) {
    add("I2.2", () => `a key above ${showBytes(previous, previousLength)}, the last key of block[${block - 1}], and not above ${showBytes(key, keyLength)}, the first key of the block`);
  }
  const length = separatorLength(previous, previousLength, key, keyLength);
  if (separator.length !== length || !isPrefix(separator, length, key)) add("I2.3", () => showBytes(key.subarray(0, length)));
}

function isPrefix(bytes: Uint8Array, length: number, key: Uint8Array): boolean {
  for (let at = 0; at < length; at++) if (bytes[at] !== key[at]) return false;
  return true;
}

/** A 64-bit number of two halves as a WAL file's index and info have it. */
export function bigEndian(hi: number, lo: number): Uint8Array {
  const bytes = new Uint8Array(BigUint64Array.BYTES_PER_ELEMENT);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, hi);
  view.setInt32(Int32Array.BYTES_PER_ELEMENT, lo);
  return bytes;
}

