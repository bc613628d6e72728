// Our writer in a warm process: one SST a pass, to a local store.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { LocalObjectStore } from "@slate-sst/object-store";
import { SstWriter, type SstWriterConfig } from "@slate-sst/writer";
import { ValuePool } from "../rows.js";
import { prepareRows, type WriteRows, type WriteWay } from "../write-ways.js";
import { programOptions, serve, Stopwatch } from "./serve.js";

export interface WriteLoopOptions {
  readonly way: WriteWay;
  readonly config: SstWriterConfig;
  readonly folder: string;
  readonly path: string;
}

const { way, config, folder, path } = programOptions() as WriteLoopOptions;
const store = new LocalObjectStore(folder);
const pools = new Map<number, ValuePool>();
let prepared: { readonly rows: number; readonly valueBytes: number; readonly writeRows: WriteRows } | undefined;

await serve(async ({ rows, valueBytes }) => {
  if (prepared?.rows !== rows || prepared.valueBytes !== valueBytes) {
    const pool = pools.get(valueBytes) ?? new ValuePool(valueBytes);
    pools.set(valueBytes, pool);
    prepared = { rows, valueBytes, writeRows: prepareRows(way, rows, pool) };
  }
  rmSync(join(folder, path), { force: true });
  const watch = new Stopwatch();
  const writer = await SstWriter.create(store, path, config);
  await prepared.writeRows(writer);
  const { size } = await writer.close();
  return watch.stop(rows, Number(size));
});
