// Rows as output: a line each, or the bytes of their values.
import { showKey } from "@slate-sst/format";
import type { SstRow } from "@slate-sst/reader";
import { CliError } from "@slate-sst/verify/command-line";
import { type Encoding, encodeText } from "../encoding.js";

export const CAT_FORMATS = ["ndjson", "csv", "raw"] as const;

export type CatFormat = (typeof CAT_FORMATS)[number];

/** Most bytes of a value that is shown as text: a string of V8 holds its longest form. */
const TEXT_BYTES_MAX = 64 * 1024 * 1024;

const COLUMNS = ["key", "kind", "value", "seq", "createTs", "expireTs"] as const;
/** What ends a field of CSV early, or is trimmed away by some of its readers. */
const QUOTED = /[",\r\n]|^\s|\s$/;

/** What comes before the first row. */
export function head(format: CatFormat): string {
  return format === "csv" ? `${COLUMNS.join(",")}\r\n` : "";
}

/** Rows in one piece. @throws CliError for what the format or encoding cannot show. */
export function formatRows(rows: readonly SstRow[], format: CatFormat, encoding: Encoding): string | Uint8Array {
  switch (format) {
    case "ndjson":
      return rows.map((row) => ndjsonLine(row, encoding)).join("");
    case "csv":
      return rows.map((row) => csvLine(row, encoding)).join("");
    case "raw":
      return Buffer.concat(rows.map(rawValue));
  }
}

/** 64-bit numbers are decimal text, as in all JSON of this toolkit. What a row does not have is left out. */
function ndjsonLine(row: SstRow, encoding: Encoding): string {
  const { key, value } = texts(row, encoding);
  return `${JSON.stringify({ key, kind: row.kind, value, seq: String(row.seq), createTs: row.createTs?.toString(), expireTs: row.expireTs?.toString() })}\n`;
}

/** RFC 4180: lines end with CR and LF. What a row does not have is an empty field. */
function csvLine(row: SstRow, encoding: Encoding): string {
  const { key, value = "" } = texts(row, encoding);
  const fields = [key, row.kind, value, String(row.seq), row.createTs?.toString() ?? "", row.expireTs?.toString() ?? ""];
  return `${fields.map((field) => (QUOTED.test(field) ? `"${field.replaceAll('"', '""')}"` : field)).join(",")}\r\n`;
}

function rawValue({ kind, key, value }: SstRow): Uint8Array {
  if (kind === "merge") throw new CliError(`the key ${showKey(key)} has merge operands, which raw cannot tell from values: take --format ndjson`);
  return value ?? new Uint8Array(0);
}

function texts({ key, value }: SstRow, encoding: Encoding): { readonly key: string; readonly value: string | undefined } {
  if (value !== undefined && value.length > TEXT_BYTES_MAX) {
    throw new CliError(`the value of ${showKey(key)} has ${value.length} bytes, and at most ${TEXT_BYTES_MAX} are shown as text: take --format raw`);
  }
  return { key: encodeText(key, encoding, `the key ${showKey(key)}`), value: value && encodeText(value, encoding, `the value of ${showKey(key)}`) };
}
