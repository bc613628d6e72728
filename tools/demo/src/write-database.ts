// From sorted rows to a database: writeRun makes the SST, createDatabase the manifest that makes it a SlateDB database.
import { createDatabase, writeRun } from "@slate-sst/ingest";
import { LocalObjectStore } from "@slate-sst/object-store";
import type { SstMetadata } from "@slate-sst/writer";
import type { CityRow } from "./cities.js";
import { startTimer } from "./timer.js";

/** Rows between two reports of progress. */
const REPORT_EVERY = 512;

export interface WrittenDatabase {
  readonly ssts: readonly SstMetadata[];
  /** Where the manifest lies in the store. */
  readonly manifestPath: string;
  readonly writeMs: number;
  readonly manifestMs: number;
}

/** @param onProgress is told how many rows the writer has taken */
export async function writeDatabase(folder: string, root: string, rows: readonly CityRow[], onProgress: (done: number) => void): Promise<WrittenDatabase> {
  const store = new LocalObjectStore(folder);
  const writing = startTimer();
  const ssts = await writeRun(store, root, counted(rows, onProgress), { compression: "zstd" });
  const writeMs = writing();
  const creating = startTimer();
  const { manifestPath } = await createDatabase(store, root, ssts);
  return { ssts, manifestPath, writeMs, manifestMs: creating() };
}

function* counted(rows: readonly CityRow[], onProgress: (done: number) => void): Generator<CityRow, void, undefined> {
  let done = 0;
  for (const row of rows) {
    yield row;
    done++;
    if (done % REPORT_EVERY === 0 || done === rows.length) onProgress(done);
  }
}
