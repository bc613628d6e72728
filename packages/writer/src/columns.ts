// Rows in columns, as Apache Arrow lays them out: what a caller hands over, checked as a whole before the first row is taken.
import { SstTypeError } from "@slate-sst/format";

/** Bits in a byte of a validity bitmap. */
export const BITMAP_BITS = 8;

/** Where each key or value begins, and where the last one ends: one entry more than there are rows, ascending. */
export type ColumnOffsets = Int32Array | Uint32Array;

/**
 * Rows in columns. Row n's key is `keys` from `keyOffsets[n]` to `keyOffsets[n + 1]`, its value likewise. Nothing is copied for
 * longer than the call; until its promise resolves, nothing may change.
 */
export interface RowColumns {
  /** Number of rows, as the reader's columns tell it. Left out, it follows from the offsets; given, it must agree with them. */
  readonly rows?: number | undefined;
  /** The bytes of all keys, one behind the other. */
  readonly keys: Uint8Array;
  /** Where each key begins in `keys`; one entry more than there are rows, ascending. */
  readonly keyOffsets: ColumnOffsets;
  /** The bytes of all values, one behind the other. */
  readonly values: Uint8Array;
  /** Where each value begins in `values`; one entry more than there are rows, ascending. */
  readonly valueOffsets: ColumnOffsets;
  /** 0 put, 1 delete (a tombstone; its value is empty), 2 merge. Left out, every row is a put. */
  readonly kinds?: Uint8Array | undefined;
  /** Sequence numbers. Left out, every row has the writer's configured one. */
  readonly seqs?: BigUint64Array | undefined;
  /** When rows were written, in milliseconds since the Unix epoch. */
  readonly createTs?: BigInt64Array | undefined;
  /** One bit a row, least significant first: whether it has the timestamp. Left out, all have it. */
  readonly createTsValidity?: Uint8Array | undefined;
  /** When rows expire. */
  readonly expireTs?: BigInt64Array | undefined;
  /** A bit a row, lowest first: 1 where the row has an expiry. Every row has one unless given. */
  readonly expireTsValidity?: Uint8Array | undefined;
}

/** Columns that fit together. */
export interface CheckedColumns extends RowColumns {
  readonly rows: number;
  readonly keyOffsets: Uint32Array;
  readonly valueOffsets: Uint32Array;
}

const NAMES = ["keys", "keyOffsets", "values", "valueOffsets", "kinds", "seqs", "createTs", "createTsValidity", "expireTs", "expireTsValidity", "rows"] as const satisfies readonly (keyof RowColumns)[];

/** @throws SstTypeError ERR_SST_COLUMNS_INVALID: a column of another type or length, offsets that descend or lie outside. */
export function checkColumns(columns: unknown): CheckedColumns {
  if (typeof columns !== "object" || columns === null) throw invalid("columns", "an object of columns");
  for (const name of Object.keys(columns)) if (!(NAMES as readonly string[]).includes(name)) throw invalid(name, `left out: there is no such column; known are ${NAMES.join(", ")}`);
  const { rows: told, keys, keyOffsets, values, valueOffsets, kinds, seqs, createTs, createTsValidity, expireTs, expireTsValidity } = columns as RowColumns;
  if (!(keys instanceof Uint8Array)) throw invalid("keys", "a Uint8Array");
  if (!(values instanceof Uint8Array)) throw invalid("values", "a Uint8Array");
  const keyStarts = checkOffsets("keyOffsets", keyOffsets, keys.length);
  const valueStarts = checkOffsets("valueOffsets", valueOffsets, values.length);
  const rows = keyStarts.length - 1;
  if (valueStarts.length !== keyStarts.length) throw invalid("valueOffsets", `as long as keyOffsets (${keyStarts.length}), not ${valueStarts.length}`);
  if (told !== undefined && told !== rows) throw invalid("rows", `${rows}, as the offsets have it, or left out`);
  checkColumn("kinds", kinds, Uint8Array, rows);
  checkColumn("seqs", seqs, BigUint64Array, rows);
  checkColumn("createTs", createTs, BigInt64Array, rows);
  checkColumn("expireTs", expireTs, BigInt64Array, rows);
  checkValidity("createTsValidity", createTsValidity, createTs, rows);
  checkValidity("expireTsValidity", expireTsValidity, expireTs, rows);
  return { keys, keyOffsets: keyStarts, values, valueOffsets: valueStarts, kinds, seqs, createTs, createTsValidity, expireTs, expireTsValidity, rows };
}

/** Whether a bitmap has the bit of a row. */
export function isValid(bitmap: Uint8Array | undefined, row: number): boolean {
  return bitmap === undefined || (bitmap[Math.floor(row / BITMAP_BITS)]! & (1 << row % BITMAP_BITS)) !== 0;
}

function checkOffsets(name: string, offsets: unknown, end: number): Uint32Array {
  if (!(offsets instanceof Int32Array || offsets instanceof Uint32Array)) throw invalid(name, "an Int32Array or a Uint32Array");
  if (offsets.length === 0) throw invalid(name, "one entry longer than there are rows, not empty");
  // A negative number is one above every end.
  const starts = new Uint32Array(offsets.buffer, offsets.byteOffset, offsets.length);
  let before = starts[0]!;
  let isAscending = true;
  for (let row = 1; row < starts.length; row++) {
    const start = starts[row]!;
    if (start < before) isAscending = false;
    before = start;
  }
  if (!isAscending) throw invalid(name, "ascending");
  if (before > end) throw invalid(name, `within the ${end} bytes of its column, not up to ${offsets.at(-1)}`);
  return starts;
}

function checkColumn(name: string, column: unknown, type: new (length: number) => { readonly length: number }, rows: number): void {
  if (column === undefined) return;
  if (!(column instanceof type)) throw invalid(name, `a ${type.name}`);
  if (column.length !== rows) throw invalid(name, `as long as there are rows (${rows}), not ${column.length}`);
}

function checkValidity(name: string, bitmap: unknown, of: unknown, rows: number): void {
  if (bitmap === undefined) return;
  if (!(bitmap instanceof Uint8Array)) throw invalid(name, "a Uint8Array");
  if (of === undefined) throw invalid(name, "left out, like the column that it belongs to");
  const bytes = Math.ceil(rows / BITMAP_BITS);
  if (bitmap.length < bytes) throw invalid(name, `at least ${bytes} bytes for ${rows} rows, not ${bitmap.length}`);
}

function invalid(column: string, must: string): SstTypeError {
  return new SstTypeError("ERR_SST_COLUMNS_INVALID", `writeColumns: ${column} must be ${must}`, { details: { column } });
}
