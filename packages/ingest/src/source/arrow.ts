// Arrow IPC, streams and files, by apache-arrow: an optional package, loaded when such a source is read.
import { SstError } from "@slate-sst/format";
import type { Data, DataType, Vector } from "apache-arrow";
import { sourceError, type SourceRecord } from "./record.js";

const PACKAGE = "apache-arrow";
/** What a file begins with: its schema comes last, so that it is read as a whole. */
const FILE_MAGIC = "ARROW1";
/** Records that are handed on together. */
const BATCH_RECORDS = 1000;
const MS_PER_S = 1000;
const S_PER_DAY = 86_400;
const TIME_DIGITS = 3;

type Arrow = typeof import("apache-arrow");
type Value = (row: number) => unknown;

/** @throws SstError ERR_SST_IMPORT_PACKAGE; ERR_SST_SOURCE_FORMAT for what is no Arrow, and for columns of types that are not read. */
export async function* readArrow(file: string, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<SourceRecord[]> {
  const arrow = await load();
  let line = 1;
  const iterator = chunks[Symbol.asyncIterator]();
  try {
    const { isFile, bytes } = await beginning(iterator);
    for await (const batch of isFile ? arrow.RecordBatchReader.from(await joined(bytes)) : await arrow.RecordBatchReader.from(bytes)) {
      const columns = batch.schema.fields.map(({ name, type }, at): readonly [string, Value] => {
        const value = valueOf(arrow, type as DataType, batch.data.children[at]!, batch.getChildAt(at)!);
        if (value === undefined) throw sourceError("ERR_SST_SOURCE_FORMAT", { file, line }, `the column ${name} is ${String(type)}, which is not read from Arrow: leave it out, or convert the file to Parquet`, { field: name });
        return [name, value];
      });
      for (let row = 0; row < batch.numRows; row += BATCH_RECORDS) {
        const records: SourceRecord[] = [];
        for (let at = row; at < Math.min(batch.numRows, row + BATCH_RECORDS); at++) {
          records.push({ file, line: line++, fields: Object.fromEntries(columns.map(([name, value]) => [name, value(at)])) });
        }
        yield records;
      }
    }
  } catch (cause) {
    if (cause instanceof SstError || (cause instanceof Error && "code" in cause)) throw cause;
    throw sourceError("ERR_SST_SOURCE_FORMAT", { file, line }, `not Arrow IPC, or damaged: ${cause instanceof Error ? cause.message : String(cause)}`, {}, cause);
  } finally {
    // A reader of Arrow's that ends early does not.
    await iterator.return?.();
  }
}

async function load(): Promise<Arrow> {
  try {
    return await import("apache-arrow");
  } catch (cause) {
    throw new SstError("ERR_SST_IMPORT_PACKAGE", `reading Arrow IPC needs a package that is not installed: npm install ${PACKAGE}`, { cause, details: { package: PACKAGE } });
  }
}

/** How a column's values are read; undefined for types that are not. */
function valueOf({ DataType: types, DateUnit, TimeUnit }: Arrow, type: DataType, data: Data, vector: Vector): Value | undefined {
  const get: Value = (row) => {
    const value: unknown = vector.get(row);
    // A JSON number holds it, and so does a key.
    return typeof value === "bigint" && BigInt(Number(value)) === value && Number.isSafeInteger(Number(value)) ? Number(value) : value;
  };
  const plain = types.isDictionary(type) ? type.dictionary : type;
  if (types.isInt(plain) || types.isFloat(plain) || types.isBool(plain) || types.isNull(plain)) return get;
  if (types.isUtf8(plain) || types.isLargeUtf8(plain) || types.isBinary(plain) || types.isLargeBinary(plain) || types.isFixedSizeBinary(plain)) return get;
  const ifThere = (text: (value: bigint) => string): Value => (row) => (vector.get(row) === null ? null : text(BigInt((data.values as BigInt64Array | Int32Array)[row]!)));
  if (types.isDate(type)) return type.unit === DateUnit.DAY ? ifThere((days) => timeText(days * BigInt(S_PER_DAY), 0).slice(0, "0000-00-00".length)) : ifThere((ms) => timeText(ms, TIME_DIGITS));
  if (!types.isTimestamp(type)) return undefined;
  const digits = [TimeUnit.SECOND, TimeUnit.MILLISECOND, TimeUnit.MICROSECOND, TimeUnit.NANOSECOND].indexOf(type.unit) * TIME_DIGITS;
  return ifThere((value) => timeText(value, digits));
}

/** Date and time as DuckDB writes them of Parquet: 2020-01-02 03:04:05.5. @param digits of a second's fraction that the value counts */
function timeText(value: bigint, digits: number): string {
  const perSecond = BigInt(`1${"0".repeat(digits)}`);
  const fraction = ((value % perSecond) + perSecond) % perSecond;
  const shown = new Date(Number((value - fraction) / perSecond) * MS_PER_S).toISOString().replace("T", " ").slice(0, -".000Z".length);
  const rest = digits === 0 ? "" : String(fraction).padStart(digits, "0").replace(/0+$/, "");
  return rest === "" ? shown : `${shown}.${rest}`;
}

/** Whether the bytes are those of a file, and all of them, in memory of their own. */
async function beginning(iterator: AsyncIterator<Uint8Array>): Promise<{ readonly isFile: boolean; readonly bytes: AsyncIterable<Uint8Array> }> {
  let head: Uint8Array = new Uint8Array(0);
  while (head.length < FILE_MAGIC.length) {
    const next = await iterator.next();
    if (next.done === true) break;
    head = Uint8Array.from(Buffer.concat([head, next.value]));
  }
  const all = async function* (): AsyncGenerator<Uint8Array> {
    yield head;
    for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) yield Uint8Array.from(next.value);
  };
  return { isFile: Buffer.from(head.subarray(0, FILE_MAGIC.length)).toString("latin1") === FILE_MAGIC, bytes: all() };
}

async function joined(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts);
}
