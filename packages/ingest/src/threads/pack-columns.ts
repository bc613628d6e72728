// Batches on their way to a thread: a copy of just the bytes that the rows have, which is then handed over.
import type { ColumnOffsets, RowColumns } from "@slate-sst/writer";

/** A copy of columns in memory of its own. Columns that do not fit together are left as they are: who writes them says what is wrong. */
export function packColumns(columns: RowColumns): RowColumns {
  if (typeof columns !== "object" || columns === null) return columns;
  const packed: Record<string, unknown> = {};
  for (const [name, column] of Object.entries(columns)) packed[name] = ArrayBuffer.isView(column) ? column : (column as unknown);
  for (const [bytes, offsets] of [["keys", "keyOffsets"], ["values", "valueOffsets"]] as const) {
    const cut = cutToRows(columns[bytes], columns[offsets]);
    if (cut === undefined) continue;
    [packed[bytes], packed[offsets]] = cut;
  }
  for (const [name, column] of Object.entries(packed)) if (isTypedArray(column)) packed[name] = copyOf(column);
  return packed as unknown as RowColumns;
}

/**
 * The memory of columns, to be handed over. What is shared between threads is not.
 * @throws TypeError for memory that has been handed over before: Node.js 20 would lose the message without a word.
 */
export function buffersOf(columns: RowColumns): ArrayBuffer[] {
  if (typeof columns !== "object" || columns === null) return [];
  const views = Object.values(columns).filter((column: unknown): column is ArrayBufferView => ArrayBuffer.isView(column));
  const buffers = [...new Set(views.map(({ buffer }) => buffer))].filter((buffer): buffer is ArrayBuffer => buffer instanceof ArrayBuffer);
  // A view cannot be made of what is gone; that it is gone can be asked from Node.js 22 on only.
  for (const buffer of buffers) void new Uint8Array(buffer);
  return buffers;
}

/** The bytes from the first offset to the last, and offsets from 0. */
function cutToRows(bytes: unknown, offsets: unknown): [Uint8Array, ColumnOffsets] | undefined {
  if (!(bytes instanceof Uint8Array) || !(offsets instanceof Int32Array || offsets instanceof Uint32Array) || offsets.length === 0) return undefined;
  const first = offsets[0]!;
  const last = offsets.at(-1)!;
  if (first < 0 || first > last || last > bytes.length) return undefined;
  return [bytes.subarray(first, last), first === 0 ? offsets : offsets.map((offset) => offset - first)];
}

interface TypedArray {
  readonly buffer: ArrayBufferLike;
  readonly byteOffset: number;
  readonly length: number;
  readonly BYTES_PER_ELEMENT: number;
}

const isTypedArray = (value: unknown): value is TypedArray => ArrayBuffer.isView(value) && !(value instanceof DataView);

/** A copy in a buffer as long as itself; of a Buffer, a Uint8Array. */
function copyOf(column: TypedArray): unknown {
  if (column instanceof Uint8Array) return new Uint8Array(column);
  return new (column.constructor as new (column: TypedArray) => unknown)(column);
}
