// DuckDB, which sorts what does not fit into memory: an optional package, loaded when something is to be sorted.
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { isSstError, SstError } from "@slate-sst/format";
import type { DuckDBAppender, DuckDBConnection, DuckDBDataChunk } from "@duckdb/node-api";
import { abortedError } from "../import/abort.js";
import { fullHint } from "./sort-folder.js";

const PACKAGE = "@duckdb/node-api";

export interface DuckDbOptions {
  /** Bytes that DuckDB may hold in memory; what is more lies in `directory`. */
  readonly memoryLimit: number;
  /** Where it puts what does not fit, in a folder of its own: two that share one take each other's files. */
  readonly directory: string;
  readonly threads: number;
  readonly signal: AbortSignal | undefined;
}

/** What is told where the package is not installed: what it is wanted for. */
export async function loadDuckDb(why: string): Promise<typeof import("@duckdb/node-api")> {
  try {
    return await import("@duckdb/node-api");
  } catch (cause) {
    throw new SstError("ERR_SST_IMPORT_PACKAGE", `${why} needs a package that is not installed: npm install ${PACKAGE}`, { cause, details: { package: PACKAGE } });
  }
}

export class DuckDb {
  readonly #connection: DuckDBConnection;
  readonly #close: () => void;
  readonly #asked: Asked;

  private constructor(connection: DuckDBConnection, asked: Asked, close: () => void) {
    this.#connection = connection;
    this.#asked = asked;
    this.#close = close;
  }

  /** @throws SstError ERR_SST_IMPORT_PACKAGE, ERR_SST_IMPORT_SORT */
  static async open({ memoryLimit, directory, threads, signal }: DuckDbOptions): Promise<DuckDb> {
    const { DuckDBInstance } = await loadDuckDb("sorting, and reading Parquet,");
    const settings = { memory_limit: `${memoryLimit}B`, temp_directory: join(directory, randomUUID()), threads: String(threads), autoinstall_known_extensions: "false" };
    const asked: Asked = { signal, directory };
    return await ask(asked, async () => {
      const instance = await DuckDBInstance.create(":memory:", settings);
      const connection = await instance.connect();
      // Without a bar, which is not printed, DuckDB does not know how far it is.
      await connection.run("SET enable_progress_bar = true; SET enable_progress_bar_print = false; SET progress_bar_time = 0");
      const interrupt = (): void => connection.interrupt();
      signal?.addEventListener("abort", interrupt, { once: true });
      return new DuckDb(connection, asked, () => {
        signal?.removeEventListener("abort", interrupt);
        connection.closeSync();
        instance.closeSync();
      });
    });
  }

  /** How far the statement under way is: 0 to 1. */
  get progress(): number {
    const { percentage } = this.#connection.progress;
    return percentage > 0 ? percentage / PERCENT : 0;
  }

  /** @throws SstError ERR_SST_IMPORT_SORT with DuckDB's own words, ERR_SST_ABORTED */
  async run(sql: string): Promise<void> {
    await ask(this.#asked, async () => this.#connection.run(sql));
  }

  /** @throws as run */
  async rows(sql: string): Promise<unknown[][]> {
    return await ask(this.#asked, async () => (await this.#connection.run(sql)).getRows());
  }

  /** The first chunk of an answer. @throws as run */
  async chunk(sql: string): Promise<DuckDBDataChunk | null> {
    return await ask(this.#asked, async () => (await this.#connection.run(sql)).fetchChunk());
  }

  /** Takes rows into a table of an attached database. @throws as run */
  async appender(database: string, table: string): Promise<DuckDBAppender> {
    return await ask(this.#asked, async () => this.#connection.createAppender(table, null, database));
  }

  /** Calls of DuckDB that this thread waits for. @throws as run */
  sync<Answer>(call: () => Answer): Answer {
    try {
      return call();
    } catch (cause) {
      throw failure(this.#asked, cause);
    }
  }

  close(): void {
    this.#close();
  }
}

const PERCENT = 100;

/** A text in SQL. */
export function sqlText(text: string): string {
  // A literal ends at U+0000.
  return text.includes("\0") ? `decode(${sqlBytes(Buffer.from(text))})` : `'${text.replaceAll("'", "''")}'`;
}

/** A column's name in SQL. */
export function sqlName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Bytes in SQL. */
export function sqlBytes(bytes: Uint8Array): string {
  return `unhex('${Buffer.from(bytes).toString("hex")}')`;
}

/** A file's name in SQL, where DuckDB would take some characters for a pattern. */
export function sqlFile(path: string): string {
  return sqlText(path.replaceAll(/[*?[]/g, "[$&]"));
}

/** Who asks, for what is told when there is no answer. */
interface Asked {
  readonly signal: AbortSignal | undefined;
  readonly directory: string;
}

async function ask<Answer>(asked: Asked, question: () => Promise<Answer>): Promise<Answer> {
  try {
    asked.signal?.throwIfAborted();
    return await question();
  } catch (cause) {
    throw failure(asked, cause);
  }
}

function failure({ signal, directory }: Asked, cause: unknown): unknown {
  if (signal?.aborted === true) return abortedError(signal);
  if (isSstError(cause)) return cause;
  const reason = (cause instanceof Error ? cause.message : String(cause)).split("\n")[0]!;
  return new SstError("ERR_SST_IMPORT_SORT", `DuckDB could not read or sort the rows: ${reason}${hint(reason, directory)}`, { cause });
}

function hint(reason: string, directory: string): string {
  if (/failed to offload|no space|max_temp_directory_size/i.test(reason)) return fullHint(directory);
  return /out of memory/i.test(reason) ? ". Its memory limit is too small for these rows: raise it, or take fewer threads" : "";
}
