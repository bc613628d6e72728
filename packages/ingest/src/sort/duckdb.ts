// DuckDB, which sorts what does not fit into memory: an optional package, loaded when something is to be sorted.
import { isSstError, SstError } from "@slate-sst/format";
import type { DuckDBConnection, DuckDBDataChunk } from "@duckdb/node-api";

const PACKAGE = "@duckdb/node-api";

export interface DuckDbOptions {
  /** Bytes that DuckDB may hold in memory; what is more lies in `directory`. */
  readonly memoryLimit: number;
  /** Where it puts what does not fit. */
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
  readonly #signal: AbortSignal | undefined;

  private constructor(connection: DuckDBConnection, signal: AbortSignal | undefined, close: () => void) {
    this.#connection = connection;
    this.#signal = signal;
    this.#close = close;
  }

  /** @throws SstError ERR_SST_IMPORT_PACKAGE, ERR_SST_IMPORT_SORT */
  static async open({ memoryLimit, directory, threads, signal }: DuckDbOptions): Promise<DuckDb> {
    const { DuckDBInstance } = await loadDuckDb("sorting, and reading Parquet,");
    const settings = { memory_limit: `${memoryLimit}B`, temp_directory: directory, threads: String(threads), autoinstall_known_extensions: "false" };
    return await asked(signal, async () => {
      const instance = await DuckDBInstance.create(":memory:", settings);
      const connection = await instance.connect();
      const interrupt = (): void => connection.interrupt();
      signal?.addEventListener("abort", interrupt, { once: true });
      return new DuckDb(connection, signal, () => {
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
    await asked(this.#signal, async () => this.#connection.run(sql));
  }

  /** @throws as run */
  async rows(sql: string): Promise<unknown[][]> {
    return await asked(this.#signal, async () => (await this.#connection.run(sql)).getRows());
  }

  /** The first chunk of an answer. @throws as run */
  async chunk(sql: string): Promise<DuckDBDataChunk | null> {
    return await asked(this.#signal, async () => (await this.#connection.run(sql)).fetchChunk());
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

async function asked<Answer>(signal: AbortSignal | undefined, ask: () => Promise<Answer>): Promise<Answer> {
  try {
    signal?.throwIfAborted();
    return await ask();
  } catch (cause) {
    if (signal?.aborted === true) throw new SstError("ERR_SST_ABORTED", "aborted; nothing is published", { cause: signal.reason });
    if (isSstError(cause)) throw cause;
    const reason = (cause instanceof Error ? cause.message : String(cause)).split("\n")[0]!;
    throw new SstError("ERR_SST_IMPORT_SORT", `DuckDB could not read or sort the rows: ${reason}${hint(reason)}`, { cause });
  }
}

function hint(reason: string): string {
  if (/failed to offload|no space|max_temp_directory_size|No space left/i.test(reason)) return ". The folder for temporary files is full: name one with more room";
  return /out of memory/i.test(reason) ? ". Its memory limit is too small for these rows: raise it, or take fewer threads" : "";
}
