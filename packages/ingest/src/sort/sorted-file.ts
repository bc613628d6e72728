// Rows, sorted by DuckDB into a Parquet file of its own: keys by their bytes, rows with one key as the source has them.
import { readFile, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type DuckDb, sqlFile } from "./duckdb.js";
import type { RowsSql } from "./rows-sql.js";

/** Bytes of a row group, about: what is read at once. */
const GROUP_BYTES = 8 * 1024 * 1024;
/** DuckDB's own rows of a vector, and of a row group. */
const VECTOR_ROWS = 2048;
const GROUP_ROWS_MAX = 122_880;
const SORTED = "sorted.parquet";
/** Tells that the file beside it is whole. */
const NOTE = "sorted.json";

/** Rows from one to before another, from 0. */
export type RowRange = readonly [from: number, to: number];

export interface SortedFile {
  readonly path: string;
  readonly isText: boolean;
  readonly rowCount: number;
  /** Bytes of all keys and values. */
  readonly byteCount: number;
  /** Bytes of the file. */
  readonly size: number;
  readonly groups: readonly RowGroup[];
}

/** Rows that lie together in the file. */
export interface RowGroup {
  readonly range: RowRange;
  /** Bytes of its largest row. */
  readonly largest: number;
}

/** `k`, `v`, and `s`: bytes of both. @throws SstError ERR_SST_IMPORT_SORT */
export async function sortRows(db: DuckDb, { select, isText, rowCount, byteCount }: RowsSql, directory: string): Promise<SortedFile> {
  const path = join(directory, SORTED);
  const average = Math.max(1, byteCount / Math.max(1, rowCount));
  const groupRows = Math.min(GROUP_ROWS_MAX, Math.max(1, Math.floor(GROUP_BYTES / average / VECTOR_ROWS)) * VECTOR_ROWS);
  const length = isText ? "strlen(v)" : "octet_length(v)";
  await db.run(
    `COPY (SELECT k, v, (octet_length(k) + ${length})::UINTEGER AS s FROM (${select}) ORDER BY k, o) TO ${sqlFile(path)} (FORMAT parquet, ROW_GROUP_SIZE ${groupRows}, COMPRESSION lz4, DICTIONARY_SIZE_LIMIT 1)`,
  );
  const groups: RowGroup[] = [];
  let row = 0;
  for (const [count, largest] of await db.rows(`SELECT row_group_num_rows, stats_max_value FROM parquet_metadata(${sqlFile(path)}) WHERE path_in_schema = 's' ORDER BY row_group_id`)) {
    groups.push({ range: [row, row + Number(count)], largest: Number(largest) });
    row += Number(count);
  }
  return { path, isText, rowCount, byteCount, size: (await stat(path)).size, groups };
}

/** Moves the file to where a later process finds it, and notes it there. */
export async function keepSorted(sorted: SortedFile, directory: string): Promise<SortedFile> {
  const kept = { ...sorted, path: join(directory, SORTED) };
  await rename(sorted.path, kept.path);
  await writeFile(join(directory, NOTE), JSON.stringify(kept));
  return kept;
}

/** What an earlier process has sorted into the folder, if it came to the end. */
export async function findSorted(directory: string): Promise<SortedFile | undefined> {
  try {
    const sorted = JSON.parse(await readFile(join(directory, NOTE), "utf8")) as SortedFile;
    const path = join(directory, SORTED);
    return (await stat(path)).size === sorted.size ? { ...sorted, path } : undefined;
  } catch {
    return undefined;
  }
}

/** The first key that two rows have. @throws SstError ERR_SST_IMPORT_SORT */
export async function firstDuplicate(db: DuckDb, { path }: SortedFile): Promise<Uint8Array | undefined> {
  const [row] = await db.rows(`SELECT k FROM (SELECT k, lag(k) OVER () AS before FROM read_parquet(${sqlFile(path)})) WHERE k = before LIMIT 1`);
  return row === undefined ? undefined : bytesOf(row[0]);
}

/** The bytes of every row of a stretch of a row group, in its order. */
export async function sizesOf(db: DuckDb, { path }: SortedFile, [from, to]: RowRange): Promise<Uint32Array> {
  const chunk = await db.chunk(`SELECT list(s) FROM read_parquet(${sqlFile(path)}) WHERE file_row_number >= ${from} AND file_row_number < ${to}`);
  const { childData } = chunk!.getColumnVector(0) as unknown as { readonly childData: { readonly items: Uint32Array } };
  return Uint32Array.from(childData.items);
}

/** The keys of some rows, by their places. */
export async function keysAt(db: DuckDb, { path }: SortedFile, rows: readonly number[]): Promise<Map<number, Uint8Array>> {
  if (rows.length === 0) return new Map();
  const found = await db.rows(`SELECT file_row_number, k FROM read_parquet(${sqlFile(path)}) WHERE file_row_number IN (${rows.join(", ")})`);
  return new Map(found.map(([row, key]) => [Number(row), bytesOf(key)]));
}

function bytesOf(blob: unknown): Uint8Array {
  return (blob as { readonly bytes: Uint8Array }).bytes;
}
