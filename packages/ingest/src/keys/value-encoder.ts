// Records to values.
import { encode as encodeMsgpack } from "@msgpack/msgpack";
import { showValue } from "@slate-sst/format";
import type { Bytes } from "@slate-sst/writer";
import { sourceError, type SourceRecord } from "../source/record.js";

const HEX_PAIRS = /^(?:[0-9a-f]{2})*$/i;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Bytes that a column has as text. */
const BYTES_AS_TEXT = /^(hex|base64):(.+)$/s;

export type ValueEncoder = (record: SourceRecord) => Bytes;

/**
 * How records become values. `json`: the record as JSON, NDJSON as it stands; `raw`: the line, or a binary row's value; `msgpack`;
 * a column's name; or `hex:` and `base64:` in front of the name of a column whose text tells the bytes. A column that is named like
 * one of these is written `=json`.
 */
export function valueEncoder(value: string): ValueEncoder {
  switch (value) {
    case "json":
      return jsonOf;
    case "raw":
      return rawOf;
    case "msgpack":
      return msgpackOf;
    default: {
      const [, encoding, encoded = ""] = BYTES_AS_TEXT.exec(value) ?? [];
      if (encoding !== undefined) return (record) => bytesOf(record, encoded, encoding as "hex" | "base64");
      const column = value.startsWith("=") ? value.slice(1) : value;
      return (record) => columnOf(record, column);
    }
  }
}

function jsonOf(record: SourceRecord): Bytes {
  return record.text ?? jsonText(fieldsOf(record));
}

function rawOf(record: SourceRecord): Bytes {
  const raw = record.value ?? record.text;
  if (raw === undefined) throw sourceError("ERR_SST_SOURCE_FIELD", record, "raw values are lines of NDJSON or the values of binary rows: of CSV take json, msgpack or a column");
  return raw;
}

function msgpackOf(record: SourceRecord): Bytes {
  const fields = fieldsOf(record);
  // Columns of Arrow have their numbers as they are; those of a line may have been changed when it was read.
  const lost = record.text === undefined ? undefined : numberProblem(fields);
  if (lost !== undefined) throw sourceError("ERR_SST_SOURCE_FIELD", record, `the line ${lost}`);
  return encodeMsgpack(fields, { useBigInt64: true });
}

/** JSON of columns: whole numbers of 64 bits with all their digits, bytes in base64. */
function jsonText(fields: NonNullable<SourceRecord["fields"]>): string {
  const values = Object.values(fields);
  if (!values.some((value) => typeof value === "bigint" || value instanceof Uint8Array)) return JSON.stringify(fields);
  const text = (value: unknown): string => (typeof value === "bigint" ? String(value) : JSON.stringify(value instanceof Uint8Array ? Buffer.from(value).toString("base64") : value));
  return `{${Object.entries(fields).map(([name, value]) => `${JSON.stringify(name)}:${text(value)}`).join(",")}}`;
}

function bytesOf(record: SourceRecord, column: string, encoding: "hex" | "base64"): Bytes {
  const text = columnOf(record, column);
  if (typeof text === "string" && (encoding === "hex" ? HEX_PAIRS : BASE64).test(text)) return Buffer.from(text, encoding);
  throw sourceError("ERR_SST_SOURCE_FIELD", record, `${column}, which is to be the value, is not ${encoding === "hex" ? "pairs of hexadecimal digits" : "base64 with its padding"}: ${showValue(text)}`, { field: column });
}

function columnOf(record: SourceRecord, column: string): Bytes {
  const fields = fieldsOf(record);
  const value = Object.hasOwn(fields, column) ? fields[column] : undefined;
  if (typeof value === "string" || value instanceof Uint8Array) return value;
  const problem = (text: string): Error => sourceError("ERR_SST_SOURCE_FIELD", record, text, { field: column });
  if (value === undefined) throw problem(`there is no field ${column}, which is to be the value`);
  if (value === null) throw problem(`${column}, which is to be the value, is null`);
  const lost = numberProblem(value);
  if (lost !== undefined) throw problem(`${column}, which is to be the value, ${lost}`);
  return typeof value === "bigint" ? String(value) : JSON.stringify(value);
}

/** What is wrong with a number in there, however deep: one that JSON cannot hold, or whose last digits were lost when it was read. */
function numberProblem(value: unknown): string | undefined {
  const left = [value];
  while (left.length > 0) {
    const next = left.pop();
    if (typeof next === "number") {
      if (!Number.isFinite(next)) return `holds a number that JSON does not: ${showValue(next)}`;
      if (Number.isInteger(next) && !Number.isSafeInteger(next)) return `holds a number with more digits than JSON numbers keep (${showValue(next)}): put it in quotes`;
    } else if (typeof next === "object" && next !== null && !(next instanceof Uint8Array)) {
      for (const inner of Object.values(next)) left.push(inner);
    }
  }
  return undefined;
}

function fieldsOf(record: SourceRecord): NonNullable<SourceRecord["fields"]> {
  if (record.fields !== undefined) return record.fields;
  throw sourceError("ERR_SST_SOURCE_FIELD", record, "binary rows have values of their own and no fields: take raw");
}
