// Our reader in a warm process: a scan of all rows in batches.
import { LocalObjectStore } from "@slate-sst/object-store";
import { SstReader } from "@slate-sst/reader";
import { programOptions, serve, Stopwatch } from "./serve.js";

export interface ScanLoopOptions {
  readonly folder: string;
  readonly path: string;
  /** Rows that the next batch overwrites, instead of copies. */
  readonly views: boolean;
}

const { folder, path, views } = programOptions() as ScanLoopOptions;
const reader = await SstReader.open(new LocalObjectStore(folder), path);

await serve(async () => {
  const watch = new Stopwatch();
  let rows = 0;
  let bytes = 0;
  for await (const batch of reader.scanBatches({ views })) {
    for (const { key, value } of batch) bytes += key.length + value!.length;
    rows += batch.length;
  }
  return watch.stop(rows, bytes);
});
