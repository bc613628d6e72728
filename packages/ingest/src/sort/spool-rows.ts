// Rows of any other source to a table that DuckDB sorts: place, key and value.
import { KEY_BYTES_MAX, showValue } from "@slate-sst/format";
import type { RowMaker } from "../import/row-maker.js";
import { sourceError, type SourceRecord } from "../source/record.js";
import { type DuckDb, sqlBytes } from "./duckdb.js";
import { FILE_ROWS, placeOf, type RowsSql } from "./rows-sql.js";
import { SpoolTable } from "./spool-table.js";

export interface SpoolOptions {
  /** Names of the source's files, in order. */
  readonly names: readonly string[];
  readonly directory: string;
  readonly onRows: (rows: number) => void;
}

/** @throws as the source and the row maker do; SstError ERR_SST_IMPORT_SORT */
export async function spoolRows(db: DuckDb, records: AsyncIterable<readonly SourceRecord[]>, maker: RowMaker, { names, directory, onRows }: SpoolOptions): Promise<RowsSql> {
  const table = await SpoolTable.create(db, directory, maker.isText);
  let [rowCount, byteCount, fileAt] = [0, 0, 0];
  let base = 0n;
  for await (const batch of records) {
    for (const record of batch) {
      // Files come one behind the other; two with one name are told apart by their lines alone.
      if (record.file !== names[fileAt]) {
        fileAt = names.indexOf(record.file, fileAt + 1);
        base = BigInt(fileAt) * FILE_ROWS;
      }
      const key = maker.keyOf(record);
      if (key.length === 0) throw sourceError("ERR_SST_KEY_EMPTY", record, "the key is empty");
      if (key.length > KEY_BYTES_MAX) throw sourceError("ERR_SST_KEY_TOO_LONG", record, `the key has more than ${KEY_BYTES_MAX} bytes, at most ${KEY_BYTES_MAX} are possible`);
      const value = maker.valueOf(record);
      if (typeof value === "string" && !value.isWellFormed()) throw sourceError("ERR_SST_STRING_NOT_UTF8", record, `the value ${showValue(value)} holds a lone surrogate, which UTF-8 cannot hold`);
      byteCount += key.length + table.add(base + BigInt(record.line), key, value);
      rowCount++;
    }
    onRows(rowCount);
  }
  await table.close();
  return {
    select: `SELECT k, v, o FROM ${table.name}`, isText: maker.isText, rowCount, byteCount,
    find: async (key) => (await db.rows(`SELECT o FROM ${table.name} WHERE k = ${sqlBytes(key)} ORDER BY o LIMIT 2`)).map(([ordinal]) => placeOf(names, ordinal, 0)),
  };
}
