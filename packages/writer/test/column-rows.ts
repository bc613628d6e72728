// Rows in columns for tests, in every shape that callers may hand them over in.
import { MemoryObjectStore, type ObjectStore } from "@slate-sst/object-store";
import fc from "fast-check";
import type { ColumnOffsets, RowColumns } from "../src/index.js";
import { SstWriter, type SstWriterConfig } from "../src/index.js";
import { PATH, type SampleRow, type WrittenSst } from "./sample-rows.js";

/** How rows lie in columns. */
export interface ColumnShape {
  readonly offsets: typeof Int32Array | typeof Uint32Array;
  /** Bytes of something else before and behind keys and values. */
  readonly margin: number;
  /** Whether optional columns are left out where every row has the default, and bitmaps where every row has a timestamp. */
  readonly isShort: boolean;
}

export const PLAIN_SHAPE: ColumnShape = { offsets: Int32Array, margin: 0, isShort: true };

export const columnShape: fc.Arbitrary<ColumnShape> = fc.record({
  offsets: fc.constantFrom(Int32Array, Uint32Array),
  margin: fc.constantFrom(0, 1, 37),
  isShort: fc.boolean(),
});

const KINDS = ["put", "delete", "merge"] as const;
/** What lies where nobody may look. */
const JUNK = 0xa5;
const JUNK_LONG = 0x5a5a5a5a5a5a5an;

/** Rows as columns. With `seq`, rows that have it all need no column of sequence numbers. */
export function toColumns(rows: readonly SampleRow[], { offsets, margin, isShort }: ColumnShape = PLAIN_SHAPE, seq = 0n): RowColumns {
  const needs = (isDefault: (row: SampleRow) => boolean): boolean => !isShort || !rows.every(isDefault);
  const stamps = (name: "createTs" | "expireTs"): Partial<RowColumns> => {
    if (!needs((row) => row[name] === undefined)) return {};
    const column = BigInt64Array.from(rows, (row) => row[name] ?? JUNK_LONG);
    return { [name]: column, ...(needs((row) => row[name] !== undefined) ? { [`${name}Validity`]: bitmapOf(rows.map((row) => row[name] !== undefined)) } : {}) };
  };
  return {
    keys: joined(rows.map(({ key }) => key), margin),
    keyOffsets: offsetsOf(rows.map(({ key }) => key), offsets, margin),
    values: joined(rows.map(({ value }) => value), margin),
    valueOffsets: offsetsOf(rows.map(({ value }) => value), offsets, margin),
    ...(needs(({ kind }) => kind === "put") ? { kinds: Uint8Array.from(rows, ({ kind }) => KINDS.indexOf(kind)) } : {}),
    ...(needs((row) => row.seq === seq) ? { seqs: BigUint64Array.from(rows, (row) => row.seq) } : {}),
    ...stamps("createTs"),
    ...stamps("expireTs"),
  };
}

/** Some rows of columns, without copying: what slices of Arrow batches look like. */
export function sliceColumns(columns: RowColumns, from: number, to: number): RowColumns {
  const { keys, keyOffsets, values, valueOffsets, kinds, seqs, createTs, createTsValidity, expireTs, expireTsValidity } = columns;
  // Bitmaps begin at whole bytes.
  const bits = (bitmap: Uint8Array | undefined): Uint8Array | undefined => bitmap && bitmapOf(Array.from({ length: to - from }, (_, row) => ((bitmap[(from + row) >>> 3]! >>> ((from + row) & 7)) & 1) === 1));
  return {
    keys, keyOffsets: keyOffsets.subarray(from, to + 1), values, valueOffsets: valueOffsets.subarray(from, to + 1),
    kinds: kinds?.subarray(from, to), seqs: seqs?.subarray(from, to),
    createTs: createTs?.subarray(from, to), createTsValidity: bits(createTsValidity), expireTs: expireTs?.subarray(from, to), expireTsValidity: bits(expireTsValidity),
  };
}

/** Writes rows to one SST by writeColumns(), in one call or in calls of these lengths. */
export async function writeByColumns(
  rows: readonly SampleRow[], config?: SstWriterConfig, shape?: ColumnShape, lengths: readonly number[] = [rows.length], store: ObjectStore = new MemoryObjectStore(),
): Promise<WrittenSst> {
  const writer = await SstWriter.create(store, PATH, config);
  const columns = toColumns(rows, shape, config?.seq);
  for (let from = 0, call = 0; from < rows.length; call++) {
    const to = Math.min(rows.length, from + lengths[call % lengths.length]!);
    const wait = writer.writeColumns(sliceColumns(columns, from, to));
    if (wait !== undefined) await wait;
    from = to;
  }
  const metadata = await writer.close();
  return { bytes: await store.get(PATH), metadata, writer };
}

function joined(parts: readonly Uint8Array[], margin: number): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 2 * margin)).fill(JUNK);
  let at = margin;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function offsetsOf(parts: readonly Uint8Array[], type: ColumnShape["offsets"], margin: number): ColumnOffsets {
  const offsets = new type(parts.length + 1);
  offsets[0] = margin;
  for (const [row, part] of parts.entries()) offsets[row + 1] = offsets[row]! + part.length;
  return offsets;
}

function bitmapOf(bits: readonly boolean[]): Uint8Array {
  // What lies behind the last row's bit says nothing.
  const bitmap = new Uint8Array(Math.ceil(bits.length / 8)).fill(JUNK);
  for (const [row, bit] of bits.entries()) {
    const mask = 1 << (row & 7);
    bitmap[row >>> 3] = bit ? bitmap[row >>> 3]! | mask : bitmap[row >>> 3]! & ~mask;
  }
  return bitmap;
}
