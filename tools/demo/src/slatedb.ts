// Real SlateDB, the Rust library inside npm @slatedb/uniffi: a database opened for reading.
import { pathToFileURL } from "node:url";
import type { DbIterator, DbReader, DefaultMetricsRecorder } from "@slatedb/uniffi";
import type { CityRow } from "./cities.js";

/** The release of SlateDB in the binding, which cannot be asked for it; the binding has the same number. */
export const SLATEDB_VERSION = "0.12.1";

/** SlateDB 0.12.1 retries some reads of damaged files for ever: silence longer than this is a failure, in milliseconds. */
const ANSWER_MS_MAX = 60_000;

/** Point reads under way at the same time. */
const GETS_IN_FLIGHT = 64;

const NEGATIVE_METRIC = "slatedb.db.sst_filter_negative_count";
const FALSE_POSITIVE_METRIC = "slatedb.db.sst_filter_false_positive_count";

/** How often a bloom filter has said no so far, and how often it said perhaps to a key that was not there. */
export interface FilterCounts {
  readonly negatives: number;
  readonly falsePositives: number;
}

/** What the demo asks of a database. */
export interface CityReader extends AsyncDisposable {
  /** Hands over the rows whose keys begin with the prefix, in the database's order. */
  scan(prefix: string, visit: (row: CityRow) => void): Promise<void>;
  /** The values of keys, in their order; undefined where there is none. */
  getAll(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]>;
  filterCounts(): FilterCounts;
}

/** SlateDB refused, failed, or could not be loaded. */
export class SlateDbError extends Error {
  override readonly name = "SlateDbError";
}

/** Opens the database `root` in `folder`. SlateDB notes every reader in the manifest, so this adds files to the folder. */
export async function openWithSlateDb(folder: string, root: string): Promise<CityReader> {
  const { DbReaderBuilder, DefaultMetricsRecorder, ObjectStore } = await loadBinding();
  const metrics = new DefaultMetricsRecorder();
  const reader = await answer(`open ${root}`, async () => {
    const builder = new DbReaderBuilder(root, ObjectStore.resolve(pathToFileURL(folder).href));
    builder.with_metrics_recorder(metrics);
    return await builder.build();
  });
  return new SlateDbReader(reader, metrics);
}

class SlateDbReader implements CityReader {
  readonly #reader: DbReader;
  readonly #metrics: DefaultMetricsRecorder;

  constructor(reader: DbReader, metrics: DefaultMetricsRecorder) {
    this.#reader = reader;
    this.#metrics = metrics;
  }

  async scan(prefix: string, visit: (row: CityRow) => void): Promise<void> {
    await answer(`scan ${prefix}`, async () => {
      const rows: DbIterator = await this.#reader.scan_prefix(Buffer.from(prefix));
      for (let row = await rows.next(); row !== undefined; row = await rows.next()) visit(row);
    });
  }

  async getAll(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    return await answer(`get ${keys.length} keys`, async () => {
      const values = keys.map((): Uint8Array | undefined => undefined);
      const left = keys.entries();
      const work = async (): Promise<void> => {
        for (const [at, key] of left) values[at] = await this.#reader.get(key);
      };
      await Promise.all(Array.from({ length: GETS_IN_FLIGHT }, work));
      return values;
    });
  }

  filterCounts(): FilterCounts {
    return { negatives: this.#counter(NEGATIVE_METRIC), falsePositives: this.#counter(FALSE_POSITIVE_METRIC) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await answer("close", () => this.#reader.shutdown());
  }

  #counter(name: string): number {
    let sum = 0;
    for (const { value } of this.#metrics.metrics_by_name(name)) if (value.tag === "Counter") sum += Number(value[""]);
    return sum;
  }
}

/** The binding is a native library, and not every platform has one. */
async function loadBinding(): Promise<typeof import("@slatedb/uniffi")> {
  try {
    return await import("@slatedb/uniffi");
  } catch (cause) {
    throw new SlateDbError(`@slatedb/uniffi cannot be loaded on ${process.platform} ${process.arch}: ${messageOf(cause)}`, { cause });
  }
}

async function answer<Result>(what: string, ask: () => Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new SlateDbError(`SlateDB: ${what}: no answer in ${ANSWER_MS_MAX / 1000} s`)), ANSWER_MS_MAX);
  });
  try {
    return await Promise.race([ask(), silence]);
  } catch (cause) {
    throw cause instanceof SlateDbError ? cause : new SlateDbError(`SlateDB: ${what}: ${messageOf(cause)}`, { cause });
  } finally {
    clearTimeout(timer);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
