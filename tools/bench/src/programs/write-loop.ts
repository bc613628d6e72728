// Our writer in a warm process: one SST a pass, to a local store.
import { join } from "node:path";
import { rmSync } from "node:fs";
import { LocalObjectStore } from "@slate-sst/object-store";
import { SstWriter } from "@slate-sst/writer";
import type { CompressionName } from "@slate-sst/format";
import { prepareRows, type WriteWay } from "../write-ways.js";
import { programOptions, serve, Stopwatch } from "./serve.js";

export interface WriteLoopOptions {
  readonly way: WriteWay;
  readonly rows: number;
  readonly valueBytes: number;
  readonly compression: CompressionName;
  readonly folder: string;
  readonly path: string;
}

const { way, rows, valueBytes, compression, folder, path } = programOptions<WriteLoopOptions>();
const writeRows = prepareRows(way, rows, valueBytes);
const store = new LocalObjectStore(folder);

await serve(async () => {
  rmSync(join(folder, path), { force: true });
  const watch = new Stopwatch();
  const writer = await SstWriter.create(store, path, { compression });
  await writeRows(writer);
  const { size } = await writer.close();
  return watch.stop(rows, Number(size));
});
