// Key templates in DuckDB's SQL: the same bytes as KeyEncoder makes, for whole vectors at once. What does not fit is NULL.
import { SstRangeError } from "@slate-sst/format";
import type { KeyPart } from "../keys/key-template.js";
import { sqlBytes, sqlName, sqlText } from "./duckdb.js";

/** Columns of a source by their names, and DuckDB's names of their types. */
export type ColumnTypes = ReadonlyMap<string, string>;

/** A field of the key: the rows where `bytes` is NULL do not fit, or have no value. */
export interface KeyFieldSql {
  readonly field: string;
  /** A BLOB. */
  readonly bytes: string;
  /** How it is said what is wrong with a value that is not NULL. */
  readonly problem: string;
  /** Of a field without a type: an aggregate that is true where all rows have digits, and not all of them equally many. */
  readonly unsorted: string | undefined;
}

export interface KeySql {
  /** A BLOB; NULL where a field does not fit. */
  readonly bytes: string;
  readonly fields: readonly KeyFieldSql[];
}

type Field = Extract<KeyPart, { field: string }>;

const UNSIGNED: Readonly<Record<string, string>> = { u8: "UTINYINT", u16: "USMALLINT", u32: "UINTEGER", u64: "UBIGINT" };
const SIGNED: Readonly<Record<string, string>> = { i8: "TINYINT", i16: "SMALLINT", i32: "INTEGER", i64: "BIGINT" };
const FLOATS: Readonly<Record<string, { readonly type: string; readonly bits: number }>> = { f32: { type: "FLOAT", bits: 32 }, f64: { type: "DOUBLE", bits: 64 } };
const WHOLE_TYPE = /^U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?$/;
const TEXT_TYPE = /^(VARCHAR|BOOLEAN|UUID|DATE|TIME.*|ENUM.*)$/;
const UUID_TEXT = "[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{12}";
const HEX_TEXT = "([0-9a-fA-F]{2})*";

/** @throws SstRangeError ERR_SST_OPTION_INVALID for a column that is not there */
export function keySql(parts: readonly KeyPart[], types: ColumnTypes): KeySql {
  const fields: KeyFieldSql[] = [];
  const bytes = parts.map((part) => {
    if ("literal" in part) return sqlBytes(part.literal);
    const field = fieldSql(part, columnOf(part.field, types, "key"));
    fields.push(field);
    return field.bytes;
  });
  return { bytes: bytes.join(" || "), fields };
}

/** A column's name in SQL, and its type. @throws SstRangeError ERR_SST_OPTION_INVALID */
export function columnOf(field: string, types: ColumnTypes, option: "key" | "value"): { readonly column: string; readonly type: string } {
  const type = types.get(field);
  if (type !== undefined) return { column: sqlName(field), type };
  throw new SstRangeError("ERR_SST_OPTION_INVALID", `there is no column ${field}, which ${option === "key" ? "the key needs" : "is to be the value"}; there are ${[...types.keys()].join(", ")}`, { details: { option, field } });
}

export function isFloat(type: string): boolean {
  return type === "DOUBLE" || type === "FLOAT";
}

export function isWhole(type: string): boolean {
  return WHOLE_TYPE.test(type);
}

/** An expression that is NULL where a value is not of the kind. */
export function where(condition: string, expression: string): string {
  return `CASE WHEN ${condition} THEN ${expression} END`;
}

function fieldSql({ field, type: { name }, endsAt }: Field, { column, type }: { readonly column: string; readonly type: string }): KeyFieldSql {
  const made = (bytes: string, problem: string, unsorted?: string): KeyFieldSql => ({ field, bytes, problem, unsorted });
  const unsigned = UNSIGNED[name];
  if (unsigned !== undefined) return made(bigEndian(`TRY_CAST(${whole(column, type)} AS ${unsigned})`), `is no whole number of ${name}`);
  const signed = SIGNED[name];
  if (signed !== undefined) return made(turned(`CAST(TRY_CAST(${whole(column, type)} AS ${signed}) AS BIT)`, Number(name.slice(1))), `is no whole number of ${name}`);
  const float = FLOATS[name];
  if (float !== undefined) return made(floatBytes(column, type, float), `is no number that ${name} holds`);
  if (name.startsWith("dec")) {
    const digits = Number(name.slice("dec".length));
    const number = `TRY_CAST(${whole(column, type)} AS HUGEINT)`;
    return made(where(`${number} >= 0 AND strlen(CAST(${number} AS VARCHAR)) <= ${digits}`, `encode(lpad(CAST(${number} AS VARCHAR), ${digits}, '0'))`), `is outside ${name}`);
  }
  switch (name) {
    case "hex":
      return made(type === "VARCHAR" ? where(`regexp_full_match(${column}, '${HEX_TEXT}')`, `unhex(${column})`) : nothing, "is not pairs of hexadecimal digits");
    case "uuid":
      return made(uuidBytes(column, type), "is not a UUID");
    case "bytes":
      return made(type === "BLOB" ? column : nothing, "is not bytes; for hexadecimal digits take the type hex");
    case "text0":
      return made(`${textBytes(column, type, "chr(0)")} || unhex('00')`, "is no text, or holds U+0000, which ends a text0");
    default: {
      const end = endsAt === undefined ? undefined : sqlText(endsAt);
      const problem = endsAt === undefined ? "is not text" : `is no text, or holds ${JSON.stringify(endsAt)}, which ends it in the key; two rows could have one key. Take another literal, or {${field}:text0}`;
      if (name !== "") return made(textBytes(column, type, end), problem);
      const asNumber = `is a number, and numbers as text sort 10 before 9: give it a type, such as {${field}:u64}, {${field}:i64}, {${field}:f64} or {${field}:dec10}, or say that this order is meant by {${field}:text}`;
      if (isNumeric(type)) return made(nothing, asNumber);
      const isDigits = `ltrim(${column}, '0123456789') = '' AND ${column} <> ''`;
      const unsorted = `count(${column}) = count(*) FILTER (WHERE ${isDigits}) AND min(strlen(${column})) <> max(strlen(${column}))`;
      return made(textBytes(column, type, end), problem, type === "VARCHAR" ? unsorted : undefined);
    }
  }
}

const nothing = "CAST(NULL AS BLOB)";

/** A whole number; text is one only as digits tell it, since DuckDB would also take 1e3 and 1.5. */
function whole(column: string, type: string): string {
  if (isWhole(type)) return column;
  if (type === "VARCHAR") return where(`regexp_full_match(${column}, '[+-]?[0-9]+')`, `TRY_CAST(${column} AS HUGEINT)`);
  if (isFloat(type)) return where(`${column} = floor(${column}) AND abs(${column}) <= ${Number.MAX_SAFE_INTEGER}`, `TRY_CAST(${column} AS HUGEINT)`);
  return type.startsWith("DECIMAL") ? where(`${column} = floor(${column})`, `TRY_CAST(${column} AS HUGEINT)`) : "CAST(NULL AS HUGEINT)";
}

function bigEndian(number: string): string {
  return `CAST(CAST(${number} AS BIT) AS BLOB)`;
}

/** With the sign bit turned over. */
function turned(bits: string, count: number): string {
  return `CAST(xor(${bits}, CAST('1${"0".repeat(count - 1)}' AS BIT)) AS BLOB)`;
}

/** Positive numbers with the sign bit turned over, negative ones with all bits; -0 is 0, and adding 0 makes it so. */
function floatBytes(column: string, columnType: string, { type, bits }: { readonly type: string; readonly bits: number }): string {
  if (columnType !== "VARCHAR" && !isNumeric(columnType)) return nothing;
  const exact = `TRY_CAST(${column} AS DOUBLE)`;
  const number = `(TRY_CAST(${exact} AS ${type}) + CAST(0 AS ${type}))`;
  const asBits = `CAST(${number} AS BIT)`;
  const same = isWhole(columnType) ? `TRY_CAST(${exact} AS HUGEINT) = ${column} AND ` : "";
  return `CASE WHEN ${same}NOT isnan(${exact}) AND CAST(${number} AS DOUBLE) = ${exact} THEN CASE WHEN ${number} < 0 THEN CAST(~${asBits} AS BLOB) ELSE ${turned(asBits, bits)} END END`;
}

function uuidBytes(column: string, type: string): string {
  if (type === "UUID") return `unhex(replace(CAST(${column} AS VARCHAR), '-', ''))`;
  return type === "VARCHAR" ? where(`regexp_full_match(${column}, '${UUID_TEXT}')`, `unhex(replace(${column}, '-', ''))`) : nothing;
}

/** UTF-8, of text that does not hold its end. */
function textBytes(column: string, type: string, end: string | undefined): string {
  if (!TEXT_TYPE.test(type) && !isNumeric(type)) return nothing;
  const text = type === "VARCHAR" ? column : `CAST(${column} AS VARCHAR)`;
  return end === undefined ? `encode(${text})` : where(`NOT contains(${text}, ${end})`, `encode(${text})`);
}

function isNumeric(type: string): boolean {
  return isWhole(type) || isFloat(type) || type.startsWith("DECIMAL");
}
