// Our writer in a process of its own: makes its rows, writes one SST and ends. Prints one line of JSON.
import { LocalObjectStore } from "@slate-sst/object-store";
import { SstWriter } from "@slate-sst/writer";
import type { Pass, PassSize } from "../run/pass.js";
import { ValuePool } from "../rows.js";
import { prepareRows } from "../write-ways.js";
import { programOptions, Stopwatch } from "./serve.js";
import type { WriteLoopOptions } from "./write-loop.js";

export interface WrittenOnce extends Pass {
  /** Bytes of filter, index and stats, which a writer holds until the end. */
  readonly tailBytes: number;
}

const { way, config, folder, path, rows, valueBytes } = programOptions() as WriteLoopOptions & PassSize;
const watch = new Stopwatch();
const writer = await SstWriter.create(new LocalObjectStore(folder), path, { ...config, mode: "overwrite" });
await prepareRows(way, rows, new ValuePool(valueBytes), "meanwhile")(writer);
const { size, info } = await writer.close();
const tailBytes = Number((info?.filterLen ?? 0n) + (info?.indexLen ?? 0n) + (info?.statsLen ?? 0n));
console.log(JSON.stringify({ ...watch.stop(rows, Number(size)), tailBytes } satisfies WrittenOnce));
