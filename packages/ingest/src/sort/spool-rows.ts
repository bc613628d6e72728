// Rows of any other source to a file that DuckDB reads: place, key and value of a row in a line, bytes in hexadecimal digits.
import { createWriteStream } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { KEY_BYTES_MAX } from "@slate-sst/format";
import type { RowMaker } from "../import/row-maker.js";
import { sourceError, type SourceRecord } from "../source/record.js";
import { type DuckDb, sqlFile } from "./duckdb.js";
import { FILE_ROWS, placeOf, type RowsSql } from "./rows-sql.js";

/** Characters that are handed on together. */
const PIECE_CHARS = 1024 * 1024;
/** Longest line that DuckDB takes without being told, in bytes. */
const LINE_BYTES = 2 * 1024 * 1024;
/** More than stands in a line beside the digits. */
const LINE_MORE = 64;

export interface SpoolOptions {
  /** Names of the source's files, in order. */
  readonly names: readonly string[];
  readonly directory: string;
  readonly onRows: (rows: number) => void;
}

/** @throws as the source and the row maker do; the file system's errors */
export async function spoolRows(db: DuckDb, records: AsyncIterable<readonly SourceRecord[]>, maker: RowMaker, { names, directory, onRows }: SpoolOptions): Promise<RowsSql> {
  const path = join(directory, "rows.csv");
  let [rowCount, byteCount, longest, fileAt] = [0, 0, LINE_BYTES, 0];
  let base = 0n;
  const lines = async function* (): AsyncGenerator<string> {
    let text = "";
    for await (const batch of records) {
      for (const record of batch) {
        // Files come one behind the other; two with one name are told apart by their lines alone.
        if (record.file !== names[fileAt]) {
          fileAt = names.indexOf(record.file, fileAt + 1);
          base = BigInt(fileAt) * FILE_ROWS;
        }
        const { key, value } = maker.rowOf(record);
        const [keyHex, valueHex] = [hex(key), hex(value)];
        if (keyHex.length === 0) throw sourceError("ERR_SST_KEY_EMPTY", record, "the key is empty");
        if (keyHex.length > 2 * KEY_BYTES_MAX) throw sourceError("ERR_SST_KEY_TOO_LONG", record, `the key has more than ${KEY_BYTES_MAX} bytes, at most ${KEY_BYTES_MAX} are possible`);
        text += `${base === 0n ? record.line : base + BigInt(record.line)},${keyHex},${valueHex}\n`;
        rowCount++;
        byteCount += (keyHex.length + valueHex.length) / 2;
        longest = Math.max(longest, keyHex.length + valueHex.length + LINE_MORE);
        if (text.length < PIECE_CHARS) continue;
        yield text;
        text = "";
      }
      onRows(rowCount);
    }
    yield text;
  };
  await pipeline(Readable.from(lines()), createWriteStream(path, { encoding: "latin1" }));
  const columns = "columns = {'o': 'BIGINT', 'k': 'VARCHAR', 'v': 'VARCHAR'}, force_not_null = ['k', 'v']";
  const table = `read_csv(${sqlFile(path)}, header = false, auto_detect = false, delim = ',', quote = '', escape = '', ${columns}, max_line_size = ${longest})`;
  return {
    select: `SELECT unhex(k) AS k, unhex(v) AS v, o FROM ${table}`, isText: false, rowCount, byteCount, diskBytes: (await stat(path)).size,
    find: async (key) => (await db.rows(`SELECT o FROM ${table} WHERE k = '${hex(key)}' ORDER BY o LIMIT 2`)).map(([ordinal]) => placeOf(names, ordinal, 0)),
  };
}

function hex(bytes: Uint8Array | string): string {
  const buffer = typeof bytes === "string" ? Buffer.from(bytes) : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return buffer.toString("hex");
}
