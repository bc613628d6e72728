// A table of DuckDB in a file of its own, filled from JavaScript a chunk at a time.
import { join } from "node:path";
import type { DuckDBAppender, DuckDBBlobValue, DuckDBDataChunk } from "@duckdb/node-api";
import { type DuckDb, loadDuckDb, sqlText } from "./duckdb.js";

/** Bytes that are handed over together at most, but for one row. */
const CHUNK_BYTES = 2 * 1024 * 1024;
/** Bytes after which DuckDB takes what it was handed into the table. */
const FLUSH_BYTES = 16 * 1024 * 1024;
/** Rows of a chunk: DuckDB's own number. */
const CHUNK_ROWS = 2048;
/** A name in SQL. */
const DATABASE = "spool";

type DuckDbApi = typeof import("@duckdb/node-api");

export class SpoolTable {
  readonly #db: DuckDb;
  readonly #api: DuckDbApi;
  readonly #appender: DuckDBAppender;
  readonly #chunk: DuckDBDataChunk;
  readonly #isText: boolean;
  #ordinals: bigint[] = [];
  #keys: DuckDBBlobValue[] = [];
  #values: (DuckDBBlobValue | string)[] = [];
  #chunkBytes = 0;
  #bytesToFlush = 0;

  private constructor(db: DuckDb, api: DuckDbApi, appender: DuckDBAppender, isText: boolean) {
    this.#db = db;
    this.#api = api;
    this.#appender = appender;
    this.#isText = isText;
    this.#chunk = api.DuckDBDataChunk.create([api.BIGINT, api.BLOB, isText ? api.VARCHAR : api.BLOB]);
  }

  /**
   * A table with the columns `o` BIGINT, `k` BLOB, and `v` VARCHAR or BLOB.
   * @throws SstError ERR_SST_IMPORT_SORT
   */
  static async create(db: DuckDb, directory: string, isText: boolean): Promise<SpoolTable> {
    await db.run(`ATTACH ${sqlText(join(directory, "rows.duckdb"))} AS ${DATABASE}`);
    await db.run(`CREATE TABLE ${DATABASE}.rows (o BIGINT, k BLOB, v ${isText ? "VARCHAR" : "BLOB"})`);
    // What is not committed yet needs no log, and lies in the file as soon as there is much of it.
    await db.run("BEGIN TRANSACTION");
    return new SpoolTable(db, await loadDuckDb("sorting"), await db.appender(DATABASE, "rows"), isText);
  }

  /** The table in SQL. */
  get name(): string {
    return `${DATABASE}.rows`;
  }

  /**
   * @param key may change as soon as the call is over.
   * @param value where the table has text, text without U+0000.
   * @returns bytes of the value. @throws SstError ERR_SST_IMPORT_SORT
   */
  add(ordinal: bigint, key: Uint8Array, value: Uint8Array | string): number {
    // Bytes are copied: whoever made them may use their memory again.
    const given = this.#isText && typeof value === "string" ? value : Buffer.from(value as string);
    const bytes = typeof given === "string" ? Buffer.byteLength(given) : given.length;
    this.#ordinals.push(ordinal);
    this.#keys.push(new this.#api.DuckDBBlobValue(Buffer.from(key)));
    this.#values.push(typeof given === "string" ? given : new this.#api.DuckDBBlobValue(given));
    this.#chunkBytes += key.length + bytes;
    if (this.#keys.length === CHUNK_ROWS || this.#chunkBytes >= CHUNK_BYTES) this.#hand();
    return bytes;
  }

  /** Afterwards the table can be read. @throws SstError ERR_SST_IMPORT_SORT */
  async close(): Promise<void> {
    if (this.#keys.length > 0) this.#hand();
    this.#db.sync(() => this.#appender.closeSync());
    await this.#db.run("COMMIT");
  }

  #hand(): void {
    this.#db.sync(() => {
      this.#chunk.reset();
      this.#chunk.setColumns([this.#ordinals, this.#keys, this.#values]);
      this.#appender.appendDataChunk(this.#chunk);
      this.#bytesToFlush += this.#chunkBytes;
      if (this.#bytesToFlush < FLUSH_BYTES) return;
      this.#appender.flushSync();
      this.#bytesToFlush = 0;
    });
    this.#ordinals = [];
    this.#keys = [];
    this.#values = [];
    this.#chunkBytes = 0;
  }
}
