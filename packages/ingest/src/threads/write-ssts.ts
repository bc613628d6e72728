// writeSsts: many SSTs at once, each by one thread from its first row to its last byte.
import { integerOption, invalidOption, SstTypeError } from "@slate-sst/format";
import { openStore } from "@slate-sst/object-store";
import type { SstMetadata, SstWriterConfig } from "@slate-sst/writer";
import { isIterable, type SstTask } from "./sst-task.js";
import { Tasks } from "./tasks.js";
import { WriteCall } from "./write-call.js";

const THREADS_MAX = 256;

/** Options of writers that are functions, or have some. */
const FUNCTIONS = ["transform", "onEvent", "telemetry"] as const satisfies readonly (keyof SstWriterConfig)[];

/** How the SSTs are written: what SstWriter can be told, as far as it can be sent to a thread, and: */
export interface WriteSstsConfig extends Omit<SstWriterConfig, (typeof FUNCTIONS)[number] | "checkpoint"> {
  /** Threads, and so SSTs that are written at the same time; 1 to 256. Default: as many as the machine has cores. */
  readonly threads?: number;
  /** Told of each SST as soon as it is there, with its place among the tasks. What it throws ends the call. */
  readonly onSst?: (metadata: SstMetadata, index: number) => void;
}

/**
 * Writes many SSTs at once, each by a worker thread of its own, with everything that costs time: checks, encoding, hashes,
 * compression, upload. The store is opened by its URL in each thread.
 *
 * When a row is refused, the store fails, a source throws, a thread dies or the signal is aborted, the other threads give up what they
 * were writing, the SSTs that this call has written are deleted again as far as the store lets it, and the first error is thrown.
 * @param storeUrl what `openStore` takes, but for `memory:`, which is one thread's own.
 * @param ssts one task for each SST. The next one is asked for when a thread is free.
 * @returns the SSTs' metadata in the order of the tasks: what `createDatabase` needs.
 * @throws SstError ERR_SST_INGEST_WORKER when a thread dies; the errors of SstWriter, with `details.path`, `sst` (the task, from 0) and
 *   `batch`; SstTypeError, SstRangeError ERR_SST_OPTION_INVALID, ERR_SST_OPTION_UNKNOWN; StoreError for the URL.
 */
export async function writeSsts(storeUrl: string | URL, ssts: Iterable<SstTask> | AsyncIterable<SstTask>, config: WriteSstsConfig = {}): Promise<SstMetadata[]> {
  if (!isIterable(ssts)) throw new SstTypeError("ERR_SST_OPTION_INVALID", "the second argument of writeSsts is an iterable or an async iterable of tasks", { details: { option: "ssts" } });
  const { threads, signal, onSst, writerConfig } = checkConfig(config);
  const url = String(storeUrl);
  if (/^memory:/i.test(url)) throw new SstTypeError("ERR_SST_OPTION_INVALID", "a memory store is one thread's own: what another one writes would be lost", { details: { option: "storeUrl" } });
  const store = await openStore(url);
  const { availableParallelism } = await import("node:os");
  const call = new WriteCall({ store, storeUrl: url, tasks: new Tasks(ssts), writerConfig, onSst, keep: false });
  return await call.run(threads ?? availableParallelism(), signal);
}

function checkConfig(config: WriteSstsConfig): { threads: number | undefined; signal: AbortSignal | undefined; onSst: WriteSstsConfig["onSst"]; writerConfig: SstWriterConfig } {
  if (typeof config !== "object" || config === null) throw invalidOption("config", config, "an object");
  const { threads, signal, onSst, ...writerConfig } = config;
  const given: SstWriterConfig = writerConfig;
  for (const option of FUNCTIONS) if (given[option] !== undefined) throw invalidOption(option, given[option], "left out: a function cannot be sent to a thread");
  if (given.checkpoint !== undefined) throw invalidOption("checkpoint", given.checkpoint, "left out: a store cannot be sent to a thread");
  if (typeof writerConfig.compression === "object") throw invalidOption("compression", writerConfig.compression, "a codec's name: a codec object cannot be sent to a thread");
  if (signal !== undefined && !(signal instanceof AbortSignal)) throw invalidOption("signal", signal, "an AbortSignal");
  if (onSst !== undefined && typeof onSst !== "function") throw invalidOption("onSst", onSst, "a function");
  if (threads !== undefined) integerOption("threads", threads, 1, 1, THREADS_MAX);
  return { threads, signal, onSst, writerConfig };
}
