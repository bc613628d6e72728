// Helpers of one verification: threads that check blocks of a large local file from its end on.
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { BuiltFilter } from "@slate-sst/format";
import { LocalObjectStore, type ObjectStore } from "@slate-sst/object-store";
import { claim, type HelpedChunk, type HelperAnswer, type HelperJob } from "./helper-job.js";
import type { IndexView } from "./index-rules.js";

/** Bytes of a file from which on it pays to start a thread. */
const HELPED_BYTES_MIN = 32 * 1024 * 1024;
/** Bytes of a chunk, about. */
const CHUNK_BYTES = 4 * 1024 * 1024;
/**
 * Bytes that helpers may take for what grows with the file: the filter, of whose bits each sets those of its keys by itself, and the
 * index, which they share; what they tell of blocks is about as much again.
 */
const TAIL_BYTES_MAX = 24 * 1024 * 1024;
const INDEX_TIMES = 2;

/** Memory of a helper for objects that live shortly, of which it makes few. */
const YOUNG_MIB = 4;

/** Helpers of all verifications of this process. */
let running = 0;

export class Helpers {
  readonly #workers: readonly Worker[];
  #job: HelperJob | undefined;
  #answers: Promise<(HelperAnswer | undefined)[]> | undefined;

  private constructor(workers: readonly Worker[]) {
    this.#workers = workers;
  }

  /** Starts threads, so that they are ready when there is something to do. @param threads with the caller's own. */
  static start(store: ObjectStore, size: number, threads: number): Helpers | undefined {
    // A store of another class may have its reasons to see every call.
    const isLocal = Object.getPrototypeOf(store) === LocalObjectStore.prototype;
    const count = Math.min(threads, availableParallelism()) - 1 - running;
    if (!isLocal || size < HELPED_BYTES_MIN || count <= 0) return undefined;
    const workers = startWorkers(count);
    if (workers.length === 0) return undefined;
    running += workers.length;
    for (const worker of workers) {
      worker.unref();
      worker.once("exit", () => running--);
      worker.on("error", () => undefined);
    }
    return new Helpers(workers);
  }

  /** Tells the helpers what to do. @returns how many blocks a chunk has; undefined, at once, when they may not take part. */
  begin(store: ObjectStore, path: string, index: IndexView, filter: BuiltFilter | undefined): number | undefined {
    const { columns, payload, blocks } = index;
    const { offsets, keyStart, keyEnd } = columns;
    const indexBytes = payload.byteLength + offsets.byteLength + keyStart.byteLength + keyEnd.byteLength;
    const left = TAIL_BYTES_MAX - INDEX_TIMES * indexBytes;
    const most = Math.min(this.#workers.length, Math.floor(left / (filter?.length ?? 1)));
    if (most <= 0) return undefined;
    const dataEnd = index.range(blocks - 1).end;
    const chunkBlocks = Math.max(1, Math.ceil(blocks / Math.ceil(dataEnd / CHUNK_BYTES)));
    const claims = new Int32Array(new SharedArrayBuffer(Math.ceil(blocks / chunkBlocks) * Int32Array.BYTES_PER_ELEMENT));
    this.#job = { url: store.url, path, offsets: shared(offsets, Float64Array), dataEnd, index: shared(payload, Uint8Array), keyStart: shared(keyStart, Uint32Array), keyEnd: shared(keyEnd, Uint32Array), filter, chunkBlocks, claims };
    this.#answers = Promise.all(this.#workers.slice(0, most).map(async (worker) => await answerOf(worker, this.#job!)));
    return chunkBlocks;
  }

  /** Claims a chunk for the caller. Chunks behind one that it does not get are the helpers'. */
  claim(chunk: number): boolean {
    return claim(this.#job!.claims, chunk);
  }

  /** What the helpers found, when they are done. */
  async answers(): Promise<{ readonly chunks: ReadonlyMap<number, HelpedChunk>; readonly answers: readonly HelperAnswer[] }> {
    const answers = ((await this.#answers) ?? []).filter((answer) => answer !== undefined);
    return { answers, chunks: new Map(answers.flatMap(({ chunks }) => chunks).map((chunk) => [chunk.chunk, chunk])) };
  }

  /** Ends the threads. */
  async stop(): Promise<void> {
    await Promise.all(this.#workers.map(async (worker) => await worker.terminate()));
  }
}

/** As many threads as may be had: the process may have no right to any (Node's permissions), or no room for more. */
function startWorkers(count: number): Worker[] {
  const workers: Worker[] = [];
  try {
    while (workers.length < count) workers.push(new Worker(new URL("./helper-thread.js", import.meta.url), { resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MIB } }));
  } catch {
    // Whoever verifies does it alone then, which takes longer and finds the same.
  }
  return workers;
}

async function answerOf(worker: Worker, job: HelperJob): Promise<HelperAnswer | undefined> {
  return await new Promise((resolve) => {
    worker.once("message", (answer: HelperAnswer | undefined) => resolve(answer));
    worker.once("error", () => resolve(undefined));
    worker.once("exit", () => resolve(undefined));
    worker.ref();
    worker.postMessage(job);
  });
}

type Numbers = Uint8Array | Uint32Array | Float64Array;

/** The same numbers in shared memory. */
function shared<Array extends Numbers>(from: Array, type: new (buffer: SharedArrayBuffer) => Numbers): Array {
  const copy = new type(new SharedArrayBuffer(from.byteLength));
  copy.set(from);
  return copy as Array;
}
