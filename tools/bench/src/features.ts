// What the packages can do already. Some comparisons are of calls that are still being built: each is measured from the day it is
// there, and named as missing until then.
import { availableParallelism } from "node:os";
import { isSstError } from "@slate-sst/format";
import { MemoryObjectStore } from "@slate-sst/object-store";
import { type ScanOptions, SstReader } from "@slate-sst/reader";
import { SstWriter, type SstWriterConfig } from "@slate-sst/writer";

/** Rows as columns, in the manner of Apache Arrow: `offsets` have one entry more than there are rows. */
export interface RowColumns {
  readonly keys: Uint8Array;
  readonly keyOffsets: Int32Array;
  readonly values: Uint8Array;
  readonly valueOffsets: Int32Array;
  readonly createTs: BigInt64Array;
}

/** A writer that takes columns. */
export interface ColumnsWriter {
  writeColumns(columns: RowColumns): Promise<void> | undefined;
}

/** A scan whose rows are views that the next batch overwrites. */
export const VIEWS = { views: true } as ScanOptions;

/** Compression by worker threads, all processors but the one that encodes; and by none. */
export const WITH_WORKERS = { workers: Math.max(1, availableParallelism() - 1) } as SstWriterConfig;
export const WITHOUT_WORKERS = { workers: 0 } as SstWriterConfig;

export interface Features {
  readonly columns: boolean;
  readonly workers: boolean;
  readonly views: boolean;
}

/** Asks the packages themselves. */
export async function detectFeatures(): Promise<Features> {
  return { columns: "writeColumns" in SstWriter.prototype, workers: await takesWorkers(), views: await givesViews() };
}

async function takesWorkers(): Promise<boolean> {
  try {
    await using writer = await SstWriter.create(new MemoryObjectStore(), "workers.sst", WITH_WORKERS);
    return writer.state === "writing";
  } catch (error) {
    if (isSstError(error, "ERR_SST_OPTION_UNKNOWN")) return false;
    throw error;
  }
}

/** Copies have memory of their own, views share their block's. */
async function givesViews(): Promise<boolean> {
  const store = new MemoryObjectStore();
  await using writer = await SstWriter.create(store, "views.sst");
  for (const key of ["a", "b"]) await writer.put(key, key);
  await writer.close();
  await using reader = await SstReader.open(store, "views.sst");
  try {
    for await (const [first, second] of reader.scanBatches(VIEWS)) return first?.value !== undefined && first.value.buffer === second?.value?.buffer;
  } catch (error) {
    if (!isSstError(error, "ERR_SST_OPTION_UNKNOWN")) throw error;
  }
  return false;
}
