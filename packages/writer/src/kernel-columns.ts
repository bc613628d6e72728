// Columns on their way into the kernel: pieces that fit its memory are copied there, and rows become blocks without a call each.
import { FLAG_CREATE_TS, FLAG_EXPIRE_TS, FLAG_MERGE, FLAG_TOMBSTONE, type Kernel, KEY_BYTES_MAX, type KernelLayout } from "@slate-sst/format";
import { type CheckedColumns, isValid } from "./columns.js";

/** Most rows of a piece, and most bytes of its keys and of its values. Small enough to stay in a core's cache. */
const ROWS_MAX = 2048;
const KEYS_BYTES_MAX = 128 * 1024;
const VALUES_BYTES_MAX = 256 * 1024;

/** Bytes of an offset, and of a sequence number or timestamp. */
const OFFSET_BYTES = Uint32Array.BYTES_PER_ELEMENT;
const LONG_BYTES = BigInt64Array.BYTES_PER_ELEMENT;

/** Flags of each kind in a column of kinds. */
const KIND_FLAGS: readonly number[] = [0, FLAG_TOMBSTONE, FLAG_MERGE];

/** Addresses of the columns of a piece. */
export interface ColumnAreas {
  readonly keys: number;
  readonly values: number;
  readonly keyOffsets: number;
  readonly valueOffsets: number;
  readonly flags: number;
  readonly seqs: number;
  readonly expireTs: number;
  readonly createTs: number;
  readonly lastKey: number;
}

export function columnAreas(layout: KernelLayout): ColumnAreas {
  return {
    keys: layout.area(KEYS_BYTES_MAX),
    values: layout.area(VALUES_BYTES_MAX),
    keyOffsets: layout.area((ROWS_MAX + 1) * OFFSET_BYTES),
    valueOffsets: layout.area((ROWS_MAX + 1) * OFFSET_BYTES),
    flags: layout.area(ROWS_MAX),
    seqs: layout.area(ROWS_MAX * LONG_BYTES),
    expireTs: layout.area(ROWS_MAX * LONG_BYTES),
    createTs: layout.area(ROWS_MAX * LONG_BYTES),
    lastKey: layout.area(KEY_BYTES_MAX),
  };
}

export class KernelColumns {
  readonly #kernel: Kernel;
  readonly #areas: ColumnAreas;
  readonly #words: Uint32Array;
  #columns: CheckedColumns | undefined;
  /** The piece in the kernel: its first row, its rows, and how many of them are taken. */
  #from = 0;
  #count = 0;
  #taken = 0;

  constructor(kernel: Kernel, areas: ColumnAreas) {
    this.#kernel = kernel;
    this.#areas = areas;
    this.#words = new Uint32Array(kernel.bytes.buffer);
  }

  /**
   * Copies the rows from `from` on, as many as there is room for, and no more than `most`.
   * @returns how many they are; 0 when not even one fits, or the first one's kind is none.
   */
  stage(columns: CheckedColumns, from: number, most: number): number {
    const count = piece(columns, from, Math.min(columns.rows - from, ROWS_MAX, most));
    this.#columns = columns;
    this.#from = from;
    this.#taken = 0;
    this.#count = 0;
    if (count === 0) return 0;
    const { keys, values, keyOffsets, valueOffsets, seqs, expireTs, createTs } = columns;
    const { bytes } = this.#kernel;
    const areas = this.#areas;
    const end = from + count;
    this.#words.set(keyOffsets.subarray(from, end + 1), areas.keyOffsets / OFFSET_BYTES);
    this.#words.set(valueOffsets.subarray(from, end + 1), areas.valueOffsets / OFFSET_BYTES);
    bytes.set(keys.subarray(keyOffsets[from], keyOffsets[end]), areas.keys);
    bytes.set(values.subarray(valueOffsets[from], valueOffsets[end]), areas.values);
    for (const [column, at] of [[seqs, areas.seqs], [expireTs, areas.expireTs], [createTs, areas.createTs]] as const) {
      if (column !== undefined) bytes.set(new Uint8Array(column.buffer, column.byteOffset + from * LONG_BYTES, count * LONG_BYTES), at);
    }
    this.#count = this.#setFlags(columns, from, count);
    return this.#count;
  }

  /** Flags of rows that say nothing else of their kind and timestamps. */
  static commonFlags({ createTs, expireTs }: CheckedColumns): number {
    return (createTs === undefined ? 0 : FLAG_CREATE_TS) | (expireTs === undefined ? 0 : FLAG_EXPIRE_TS);
  }

  /** Offers the staged rows that were not taken yet. @returns how many were taken; the next one is refused, or blocks are to be taken. */
  put(): number {
    const columns = this.#columns!;
    const areas = this.#areas;
    const skipped = this.#taken;
    const rest = this.#count - skipped;
    if (rest === 0) return 0;
    const longs = skipped * LONG_BYTES;
    const { seqs, expireTs, createTs } = columns;
    const taken = this.#kernel.rowsPutColumns(
      rest,
      areas.keys, areas.keyOffsets + skipped * OFFSET_BYTES, columns.keyOffsets[this.#from]!,
      areas.values, areas.valueOffsets + skipped * OFFSET_BYTES, columns.valueOffsets[this.#from]!,
      hasFlags(columns) ? areas.flags + skipped : 0,
      seqs === undefined ? 0 : areas.seqs + longs,
      expireTs === undefined ? 0 : areas.expireTs + longs,
      createTs === undefined ? 0 : areas.createTs + longs,
      areas.lastKey,
    );
    this.#taken += taken;
    return taken;
  }

  /** Fills the flags where rows differ. @returns rows before the first whose kind is none. */
  #setFlags(columns: CheckedColumns, from: number, count: number): number {
    if (!hasFlags(columns)) return count;
    const { bytes } = this.#kernel;
    for (let row = 0; row < count; row++) {
      const flags = columnFlags(columns, from + row);
      if (flags === undefined) return row;
      bytes[this.#areas.flags + row] = flags;
    }
    return count;
  }
}

/** Flags of a row; undefined when its kind is none. */
export function columnFlags({ kinds, createTs, createTsValidity, expireTs, expireTsValidity }: CheckedColumns, row: number): number | undefined {
  const kind = kinds === undefined ? 0 : KIND_FLAGS[kinds[row]!];
  if (kind === undefined) return undefined;
  const create = createTs !== undefined && isValid(createTsValidity, row) ? FLAG_CREATE_TS : 0;
  return kind | create | (expireTs !== undefined && isValid(expireTsValidity, row) ? FLAG_EXPIRE_TS : 0);
}

function hasFlags({ kinds, createTsValidity, expireTsValidity }: CheckedColumns): boolean {
  return kinds !== undefined || createTsValidity !== undefined || expireTsValidity !== undefined;
}

/** How many rows, of `count` at most, fit the areas. */
function piece({ keyOffsets, valueOffsets }: CheckedColumns, from: number, count: number): number {
  let rows = count;
  while (rows > 0 && (keyOffsets[from + rows]! - keyOffsets[from]! > KEYS_BYTES_MAX || valueOffsets[from + rows]! - valueOffsets[from]! > VALUES_BYTES_MAX)) rows >>>= 1;
  return rows;
}
