// Values in DuckDB's SQL, as valueEncoder makes them of records.
import { SstRangeError } from "@slate-sst/format";
import { sqlName } from "./duckdb.js";
import { type ColumnTypes, columnOf, isFloat, where } from "./key-sql.js";

export interface ValueSql {
  /** Text where `isText`, a BLOB otherwise; NULL where a value does not fit. */
  readonly sql: string;
  readonly isText: boolean;
  /** The column that is the value; undefined for whole rows. */
  readonly field: string | undefined;
  /** How it is said what is wrong with a value that is not NULL. */
  readonly problem: string;
}

const BYTES_AS_TEXT = /^(hex|base64):(.+)$/s;
const PATTERNS: Readonly<Record<string, string>> = { hex: "([0-9a-fA-F]{2})*", base64: "([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?" };

/** @throws SstRangeError ERR_SST_OPTION_INVALID for what columns cannot be made to, or a column that is not there. */
export function valueSql(value: string, types: ColumnTypes): ValueSql {
  if (value === "json") {
    const fields = [...types].map(([name, type]) => `${sqlName(name)} := ${inJson(sqlName(name), type)}`).join(", ");
    return { sql: `CAST(to_json(struct_pack(${fields})) AS VARCHAR)`, isText: true, field: undefined, problem: "" };
  }
  if (value === "raw" || value === "msgpack") throw new SstRangeError("ERR_SST_OPTION_INVALID", `values of Parquet are json or a column, not ${value}`, { details: { option: "value", value } });
  const [, encoding, encoded] = BYTES_AS_TEXT.exec(value) ?? [];
  const field = encoded ?? (value.startsWith("=") ? value.slice(1) : value);
  const { column, type } = columnOf(field, types, "value");
  if (encoding !== undefined) {
    const problem = `is not ${encoding === "hex" ? "pairs of hexadecimal digits" : "base64 with its padding"}`;
    const bytes = encoding === "hex" ? `unhex(${column})` : `from_base64(${column})`;
    return { sql: type === "VARCHAR" ? where(`regexp_full_match(${column}, '${PATTERNS[encoding]}')`, bytes) : "CAST(NULL AS BLOB)", isText: false, field, problem };
  }
  if (type === "BLOB") return { sql: column, isText: false, field, problem: "" };
  return { sql: type === "VARCHAR" ? column : `CAST(to_json(${inJson(column, type)}) AS VARCHAR)`, isText: true, field, problem: "is no number" };
}

/** JSON has no bytes, and no NaN or infinity: base64, and null. */
function inJson(column: string, type: string): string {
  if (type === "BLOB") return `to_base64(${column})`;
  return isFloat(type) ? where(`isfinite(${column})`, column) : column;
}
