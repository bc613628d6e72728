// Apache Arrow record batches as columns for writeColumns(): the same bytes where the layouts agree, copies where they do not.
import { checkOptionNames, showValue, SstTypeError } from "@slate-sst/format";
import { ARROW_DATE_MILLISECOND, type ArrowData, type ArrowRecordBatch, ArrowTimeUnit, ArrowTypeId } from "./arrow-types.js";
import { BITMAP_BITS, type ColumnOffsets, isValid, type RowColumns } from "./columns.js";

/** The names of the batch's columns that hold the parts of rows. */
export interface ArrowColumnNames {
  /** Utf8, Binary, LargeUtf8, LargeBinary or FixedSizeBinary, without nulls. */
  readonly key: string;
  /** One of the same types. Null only in rows that are deletes. */
  readonly value: string;
  /** Uint8 or Int8, without nulls: 0 put, 1 delete, 2 merge. Left out, every row is a put. */
  readonly kind?: string;
  /** Uint64, or Int64 without negative numbers; no nulls. Left out, every row has the writer's configured one. */
  readonly seq?: string;
  /** Timestamp in seconds or milliseconds, Date64, or Int64 in milliseconds; null for rows that have none. */
  readonly createTs?: string;
  /** Likewise. */
  readonly expireTs?: string;
}

const NAMES: readonly (keyof ArrowColumnNames)[] = ["key", "value", "kind", "seq", "createTs", "expireTs"];

/** The kind of a tombstone. */
const KIND_DELETE = 1;
const LONG_BITS = 64;
const BYTE_BITS = 8;
const MILLISECONDS_PER_SECOND = 1000n;
const U32_MAX = 0xffff_ffff;

/** Bytes of keys or values, and which rows have them. */
interface BytesColumn {
  readonly bytes: Uint8Array;
  readonly offsets: ColumnOffsets;
  readonly validity: Uint8Array | undefined;
}

/**
 * The columns of an Apache Arrow record batch, for writeColumns(). Nothing is copied where Arrow's layout is that of RowColumns;
 * what needs another one is copied (64-bit offsets, fixed sizes, seconds, bytes behind a null, validity bitmaps of a slice).
 * A table is written batch by batch.
 * @throws SstTypeError ERR_SST_COLUMNS_INVALID for columns that are not there or of another type (dictionaries and views: cast
 *   them), and for nulls where there must be none, with `index`, the row in the batch. SstTypeError ERR_SST_OPTION_UNKNOWN.
 */
export function columnsFromArrow(batch: ArrowRecordBatch, names: ArrowColumnNames): RowColumns {
  if (typeof batch?.getChild !== "function" || typeof batch.numRows !== "number") throw invalid("batch", `the first argument is a RecordBatch of Apache Arrow, not ${showValue(batch)}`);
  if (typeof names !== "object" || names === null) throw invalid("names", `the second argument names the columns, such as { key: "key", value: "value" }`);
  checkOptionNames(names, NAMES, "columnsFromArrow");
  const key = bytesColumn(columnOf(batch, names, "key"), "key");
  const value = bytesColumn(columnOf(batch, names, "value"), "value");
  const kinds = names.kind === undefined ? undefined : kindColumn(columnOf(batch, names, "kind"));
  refuseNulls("key", key.validity, batch.numRows);
  const { bytes: values, offsets: valueOffsets } = deletesWithoutValue(value, kinds, batch.numRows);
  return {
    keys: key.bytes, keyOffsets: key.offsets, values, valueOffsets,
    ...(kinds === undefined ? {} : { kinds }),
    ...(names.seq === undefined ? {} : { seqs: seqColumn(columnOf(batch, names, "seq")) }),
    ...(names.createTs === undefined ? {} : timestamps(columnOf(batch, names, "createTs"), "createTs")),
    ...(names.expireTs === undefined ? {} : timestamps(columnOf(batch, names, "expireTs"), "expireTs")),
  };
}

function columnOf(batch: ArrowRecordBatch, names: ArrowColumnNames, part: keyof ArrowColumnNames): ArrowData {
  const name: unknown = names[part];
  if (typeof name !== "string") throw invalid(part, `the name of its column is text, not ${showValue(name)}`);
  const child = batch.getChild(name);
  if (child === null || child === undefined) {
    throw invalid(part, `the batch has no column ${JSON.stringify(name)}; it has ${batch.schema.fields.map((field) => JSON.stringify(field.name)).join(", ")}`);
  }
  const [data] = child.data;
  if (data === undefined || child.data.length !== 1) throw invalid(part, `the column has ${child.data.length} chunks: hand over the batches of a table one by one`);
  if (data.length !== batch.numRows) throw invalid(part, `the column has ${data.length} rows, and the batch ${batch.numRows}`);
  return data;
}

function bytesColumn(data: ArrowData, part: "key" | "value"): BytesColumn {
  const { type, length, values, valueOffsets } = data;
  const { typeId } = type;
  const validity = validityOf(data);
  const bytes = values instanceof Uint8Array ? values : new Uint8Array(0);
  if (typeId === ArrowTypeId.FixedSizeBinary) {
    const { byteWidth } = type;
    return { bytes, offsets: narrow(part, length, (row) => row * byteWidth!), validity };
  }
  if (typeId === ArrowTypeId.Utf8 || typeId === ArrowTypeId.Binary) {
    if (!(valueOffsets instanceof Int32Array)) return { bytes, offsets: noOffsets(part, length, 0), validity };
    return { bytes, offsets: valueOffsets.length > length ? valueOffsets.subarray(0, length + 1) : noOffsets(part, length, valueOffsets.length), validity };
  }
  if (typeId === ArrowTypeId.LargeUtf8 || typeId === ArrowTypeId.LargeBinary) {
    if (!(valueOffsets instanceof BigInt64Array)) throw wrongType(part, data, BYTES_TYPES);
    if (valueOffsets.length <= length) return { bytes, offsets: noOffsets(part, length, valueOffsets.length), validity };
    const first = Number(valueOffsets[0]);
    return { bytes: bytes.subarray(first), offsets: narrow(part, length, (row) => Number(valueOffsets[row]) - first), validity };
  }
  throw wrongType(part, data, BYTES_TYPES);
}

const BYTES_TYPES = "Utf8, Binary, LargeUtf8, LargeBinary or FixedSizeBinary";

/** Offsets of 32 bits. */
function narrow(part: string, rows: number, offset: (row: number) => number): Uint32Array {
  return Uint32Array.from({ length: rows + 1 }, (_, row) => {
    const at = offset(row);
    if (at > U32_MAX) throw invalid(part, `the column holds ${at} bytes, more than 32-bit offsets reach: slice the batch`);
    return at;
  });
}

/** No rows may have no offsets; others need one more than they are. */
function noOffsets(part: string, rows: number, offsets: number): Uint32Array {
  if (rows > 0) throw invalid(part, `the column has ${rows} rows, and ${offsets} offsets`);
  return new Uint32Array(1);
}

function kindColumn(data: ArrowData): Uint8Array {
  const { type, values, length } = data;
  if (type.typeId !== ArrowTypeId.Int || type.bitWidth !== BYTE_BITS || !(values instanceof Uint8Array || values instanceof Int8Array)) throw wrongType("kind", data, "Uint8 or Int8: 0 put, 1 delete, 2 merge");
  if (values.length < length) throw invalid("kind", `the column has ${length} rows, and ${values.length} kinds`);
  refuseNulls("kind", validityOf(data), length);
  return new Uint8Array(values.buffer, values.byteOffset, length);
}

function seqColumn(data: ArrowData): BigUint64Array {
  const { type, length } = data;
  const isLong = type.typeId === ArrowTypeId.Int && type.bitWidth === LONG_BITS;
  const values = longs(data.values, length);
  if (!isLong || values === undefined) throw wrongType("seq", data, "Uint64 or Int64");
  refuseNulls("seq", validityOf(data), length);
  const negative = type.isSigned === true ? values.findIndex((seq) => seq < 0n) : -1;
  if (negative >= 0) throw invalid("seq", `row ${negative} of the batch has the negative sequence number ${values[negative]}`, negative);
  return new BigUint64Array(values.buffer, values.byteOffset, length);
}

function timestamps(data: ArrowData, part: "createTs" | "expireTs"): Partial<RowColumns> {
  const { type, length } = data;
  const { typeId, unit } = type;
  const isTime = typeId === ArrowTypeId.Timestamp && (unit === ArrowTimeUnit.Second || unit === ArrowTimeUnit.Millisecond);
  const isDate = typeId === ArrowTypeId.Date && unit === ARROW_DATE_MILLISECOND;
  const isInteger = typeId === ArrowTypeId.Int && type.bitWidth === LONG_BITS && type.isSigned === true;
  const values = longs(data.values, length);
  if (!(isTime || isDate || isInteger) || values === undefined) throw wrongType(part, data, "Timestamp in seconds or milliseconds, Date64, or Int64 in milliseconds");
  const validity = validityOf(data);
  const column = isTime && unit === ArrowTimeUnit.Second ? fromSeconds(values, validity, part) : values;
  return { [part]: column, ...(validity === undefined ? {} : { [`${part}Validity`]: validity }) };
}

function fromSeconds(seconds: BigInt64Array, validity: Uint8Array | undefined, part: string): BigInt64Array {
  return seconds.map((second, row) => {
    const time = second * MILLISECONDS_PER_SECOND;
    // What lies behind a null says nothing.
    if (BigInt.asIntN(LONG_BITS, time) !== time && isValid(validity, row)) throw invalid(part, `row ${row} of the batch: ${second} seconds are more milliseconds than 64 bits hold`, row);
    return time;
  });
}

/** 64-bit numbers, also where an older version of the library keeps them as pairs of 32 bits. */
function longs(values: unknown, length: number): BigInt64Array | undefined {
  const bytes = length * BigInt64Array.BYTES_PER_ELEMENT;
  if (!ArrayBuffer.isView(values) || values.byteLength < bytes) return undefined;
  const { buffer, byteOffset } = values;
  return byteOffset % BigInt64Array.BYTES_PER_ELEMENT === 0 ? new BigInt64Array(buffer, byteOffset, length) : new BigInt64Array(buffer.slice(byteOffset, byteOffset + bytes));
}

/** The bitmap from its first bit on; undefined when no row is null. */
function validityOf({ nullBitmap, nullCount, offset, length }: ArrowData): Uint8Array | undefined {
  if (nullBitmap === undefined || nullBitmap === null || nullBitmap.length === 0 || nullCount === 0) return undefined;
  const first = Math.floor(offset / BITMAP_BITS);
  const shift = offset % BITMAP_BITS;
  const bytes = Math.ceil(length / BITMAP_BITS);
  if (shift === 0) return nullBitmap.subarray(first, first + bytes);
  return Uint8Array.from({ length: bytes }, (_, at) => (nullBitmap[first + at]! >>> shift) | ((nullBitmap[first + at + 1] ?? 0) << (BITMAP_BITS - shift)));
}

/** Values as they are, but for deletes: Arrow may keep bytes behind a null. */
function deletesWithoutValue(column: BytesColumn, kinds: Uint8Array | undefined, rows: number): Pick<BytesColumn, "bytes" | "offsets"> {
  const { bytes, offsets, validity } = column;
  if (validity === undefined) return column;
  let hidden = 0;
  for (let row = 0; row < rows; row++) {
    if (isValid(validity, row)) continue;
    if (kinds?.[row] !== KIND_DELETE) throw invalid("value", `row ${row} of the batch is null, and no delete`, row);
    hidden += offsets[row + 1]! - offsets[row]!;
  }
  if (hidden === 0) return column;
  const shown = new Uint8Array(offsets[rows]! - offsets[0]! - hidden);
  const starts = new Uint32Array(rows + 1);
  for (let row = 0; row < rows; row++) {
    const value = isValid(validity, row) ? bytes.subarray(offsets[row], offsets[row + 1]) : bytes.subarray(0, 0);
    shown.set(value, starts[row]);
    starts[row + 1] = starts[row]! + value.length;
  }
  return { bytes: shown, offsets: starts };
}

function refuseNulls(part: string, validity: Uint8Array | undefined, rows: number): void {
  if (validity === undefined) return;
  for (let row = 0; row < rows; row++) if (!isValid(validity, row)) throw invalid(part, `row ${row} of the batch is null`, row);
}

function wrongType(part: string, { type }: ArrowData, allowed: string): SstTypeError {
  return invalid(part, `the column is ${allowed}, not ${type.toString()}: cast it`);
}

function invalid(column: string, problem: string, index?: number): SstTypeError {
  return new SstTypeError("ERR_SST_COLUMNS_INVALID", `columnsFromArrow: ${column}: ${problem}`, { details: index === undefined ? { column } : { column, index } });
}
