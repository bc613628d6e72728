// Parquet files to rows of keys and values, in DuckDB's SQL.
import { createWriteStream } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { KEY_BYTES_MAX, showValue, type SstError, SstRangeError, VALUE_BYTES_MAX } from "@slate-sst/format";
import { parseKeyTemplate } from "../keys/key-template.js";
import { decompressed } from "../source/decompress.js";
import { sourceError } from "../source/record.js";
import type { SourceFile } from "../source/source-files.js";
import { type DuckDb, sqlBytes, sqlFile, sqlName } from "./duckdb.js";
import { type ColumnTypes, isWhole, type KeySql, keySql } from "./key-sql.js";
import { FILE_ROWS, placeOf, type RowsSql } from "./rows-sql.js";
import { inFolder } from "./sort-folder.js";
import { type ValueSql, valueSql } from "./value-sql.js";

const MAGIC = "PAR1";
/** Columns that DuckDB adds where it is asked for them. */
const OWN_COLUMNS: readonly string[] = ["file_index", "file_row_number"];

export interface ParquetOptions {
  readonly key: string | undefined;
  readonly value: string | undefined;
  /** Where files are copied to that DuckDB cannot read where they lie. */
  readonly directory: string;
  readonly signal: AbortSignal | undefined;
}

/** @throws SstError ERR_SST_SOURCE_FIELD, ERR_SST_KEY_FIELD for the first row that does not fit; SstRangeError for the options; ERR_SST_IMPORT_SORT */
export async function parquetRows(db: DuckDb, files: readonly SourceFile[], { key, value = "json", directory, signal }: ParquetOptions): Promise<RowsSql> {
  if (key === undefined) throw new SstRangeError("ERR_SST_OPTION_INVALID", `rows of parquet need a key template, such as "user:{id:u64}"`, { details: { option: "key" } });
  const parts = parseKeyTemplate(key);
  const paths: string[] = [];
  for (const [at, file] of files.entries()) paths.push(await inFolder(directory, async () => localPath(file, join(directory, `source-${at}.parquet`), signal)));
  const table = parquetTable(paths);
  const types = await columnTypes(db, table);
  for (const [at, path] of paths.entries()) checkColumns(files[at]!.name, paths.length === 1 ? types : await columnTypes(db, parquetTable([path])), types);
  const keyOf = keySql(parts, types);
  const valueOf = valueSql(value, types);
  const select = `SELECT ${keyOf.bytes} AS k, ${valueOf.sql} AS v, file_index::BIGINT * ${FILE_ROWS} + file_row_number AS o FROM ${table}`;
  const names = files.map(({ name }) => name);
  const { rowCount, byteCount } = await checkRows({ db, table, select, names }, keyOf, valueOf);
  return {
    select, isText: valueOf.isText, rowCount, byteCount,
    find: async (wanted) => (await db.rows(`SELECT o FROM (${select}) WHERE k = ${sqlBytes(wanted)} ORDER BY o LIMIT 2`)).map(([ordinal]) => placeOf(names, ordinal, 1)),
  };
}

/** Columns of all files by their names, null where a file does not have one; of folders' names none. */
function parquetTable(paths: readonly string[]): string {
  return `read_parquet([${paths.map(sqlFile).join(", ")}], union_by_name = true, hive_partitioning = false)`;
}

async function columnTypes(db: DuckDb, table: string): Promise<ColumnTypes> {
  return new Map((await db.rows(`DESCRIBE SELECT * FROM ${table}`)).map(([name, type]) => [String(name), String(type)]));
}

/** What DuckDB would change on the way to one type of all files, or takes for its own columns. */
function checkColumns(file: string, types: ColumnTypes, all: ColumnTypes): void {
  const refuse = (field: string, problem: string): SstError => sourceError("ERR_SST_SOURCE_FORMAT", { file, line: 1 }, `the column ${field} ${problem}`, { field });
  const typeOf = new Map([...all].map(([name, type]) => [name.toLowerCase(), type]));
  for (const [name, type] of types) {
    if (OWN_COLUMNS.includes(name.toLowerCase())) throw refuse(name, "has a name by which DuckDB counts the rows of Parquet: rename it");
    const united = typeOf.get(name.toLowerCase()) ?? type;
    if (type !== united && !(isWhole(type) && isWhole(united))) throw refuse(name, `is ${type} here, and of another type in other files, ${united} for all of them: write it as one type`);
  }
}

interface Table {
  readonly db: DuckDb;
  readonly table: string;
  readonly select: string;
  readonly names: readonly string[];
}

/** Every row is looked at once before anything is sorted. */
async function checkRows({ db, table, select, names }: Table, keyOf: KeySql, valueOf: ValueSql): Promise<{ readonly rowCount: number; readonly byteCount: number }> {
  const valueLength = valueOf.isText ? "strlen(v)" : "octet_length(v)";
  const [[rows, keys, values, bytes, shortest, longest, longestValue]] = (await db.rows(
    `SELECT count(*), count(k), count(v), coalesce(sum(octet_length(k) + ${valueLength}), 0)::BIGINT, min(octet_length(k)), max(octet_length(k)), max(${valueLength}) FROM (${select})`,
  )) as [[bigint, bigint, bigint, bigint, bigint | null, bigint | null, bigint | null]];
  const first = async (columns: string, condition: string, from = table): Promise<unknown[] | undefined> =>
    (await db.rows(`SELECT file_index::BIGINT * ${FILE_ROWS} + file_row_number AS o, ${columns} FROM ${from} WHERE ${condition} ORDER BY o LIMIT 1`))[0];
  if (keys < rows) {
    for (const { field, bytes: made, problem } of keyOf.fields) {
      const row = await first(`CAST(${sqlName(field)} AS VARCHAR)`, `(${made}) IS NULL`);
      if (row !== undefined) throw misfit(row, field, "a part of the key,", problem, names);
    }
  }
  if (values < rows) {
    const field = valueOf.field ?? "the row";
    const row = await first(valueOf.field === undefined ? "NULL" : `CAST(${sqlName(field)} AS VARCHAR)`, `(${valueOf.sql}) IS NULL`);
    if (row !== undefined) throw misfit(row, field, "which is to be the value,", valueOf.problem, names, "ERR_SST_SOURCE_FIELD");
  }
  const unsorted = keyOf.fields.filter((field) => field.unsorted !== undefined);
  if (unsorted.length > 0 && rows > 0n) {
    const [found] = await db.rows(`SELECT ${unsorted.map((field) => field.unsorted).join(", ")} FROM ${table}`);
    const field = unsorted.find((_, at) => found![at] === true)?.field;
    if (field !== undefined) {
      const row = await first(`CAST(${sqlName(field)} AS VARCHAR)`, `strlen(${sqlName(field)}) <> (SELECT strlen(${sqlName(field)}) FROM ${table} LIMIT 1)`);
      throw misfit(row!, field, "a part of the key,", `is digits, and digits as text sort 10 before 9: give it a type, such as {${field}:u64} or {${field}:dec10}, or say that this order is meant by {${field}:text}`, names);
    }
  }
  for (const [isWrong, condition, code, problem] of [
    [shortest === 0n, "octet_length(k) = 0", "ERR_SST_KEY_EMPTY", "the key is empty"],
    [Number(longest ?? 0) > KEY_BYTES_MAX, `octet_length(k) > ${KEY_BYTES_MAX}`, "ERR_SST_KEY_TOO_LONG", `the key has more than ${KEY_BYTES_MAX} bytes, at most ${KEY_BYTES_MAX} are possible`],
    [Number(longestValue ?? 0) > VALUE_BYTES_MAX, `${valueLength} > ${VALUE_BYTES_MAX}`, "ERR_SST_VALUE_TOO_LONG", `the value has more than ${VALUE_BYTES_MAX} bytes`],
  ] as const) {
    if (!isWrong) continue;
    const [row] = await db.rows(`SELECT o FROM (${select}) WHERE ${condition} ORDER BY o LIMIT 1`);
    throw sourceError(code, placeOf(names, row![0], 1), problem);
  }
  return { rowCount: Number(rows), byteCount: Number(bytes) };
}

/** Rows of Parquet count from 1, as lines do. */
function misfit([ordinal, value]: readonly unknown[], field: string, what: string, problem: string, names: readonly string[], code: "ERR_SST_KEY_FIELD" | "ERR_SST_SOURCE_FIELD" = "ERR_SST_KEY_FIELD"): SstError {
  const place = placeOf(names, ordinal, 1);
  if (value === null) return sourceError("ERR_SST_SOURCE_FIELD", place, `${field}, ${what} is null`, { field });
  return sourceError(code, place, `${field}, ${what} ${problem}: ${showValue(value)}`, { field, value });
}

/** Where DuckDB can read a file: where it lies, or a copy of what a store, standard input or a packed file holds. */
async function localPath(file: SourceFile, copy: string, signal: AbortSignal | undefined): Promise<string> {
  if (file.path !== undefined && (await beginsWithMagic(file.path))) return file.path;
  const chunks = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of decompressed(file.name, file.open(signal))) {
      // The stream holds it for longer than its memory may be ours.
      yield Uint8Array.from(chunk);
    }
  };
  await pipeline(Readable.from(chunks(), { objectMode: true }), createWriteStream(copy));
  if (await beginsWithMagic(copy)) return copy;
  throw sourceError("ERR_SST_SOURCE_FORMAT", { file: file.name, line: 1 }, "this is no Parquet file: it does not begin with PAR1");
}

async function beginsWithMagic(path: string): Promise<boolean> {
  const file = await open(path, "r");
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(MAGIC.length), 0, MAGIC.length, 0);
    return bytesRead === MAGIC.length && buffer.toString("latin1") === MAGIC;
  } finally {
    await file.close();
  }
}
