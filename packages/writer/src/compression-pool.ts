// Worker threads that compress. They belong to the process, serve one writer after the other, and keep no process alive.
import { type CompressionName, SstError } from "@slate-sst/format";
import type { Batch } from "./compression-batch.js";

type Worker = import("node:worker_threads").Worker;
type WorkerClass = typeof import("node:worker_threads").Worker;

/** Batches that wait in a worker beside the one it works on: it should not have to wait for the next. */
export const BATCHES_IN_WORKER = 2;

interface Task {
  readonly resolve: (batch: Batch) => void;
  readonly reject: (error: Error) => void;
}

class CompressionWorker {
  readonly tasks: Task[] = [];
  readonly #worker: Worker;

  constructor(worker: Worker, codec: CompressionName, onEnd: (worker: CompressionWorker) => void) {
    this.#worker = worker;
    worker.on("message", ({ batch, problem }: { readonly batch?: Batch; readonly problem?: string }) => {
      const task = this.tasks.shift();
      if (this.tasks.length === 0) worker.unref();
      if (batch !== undefined) task?.resolve(batch);
      else task?.reject(failed(codec, problem));
    });
    // Nobody hands it a batch any more.
    const end = (cause: unknown): void => {
      onEnd(this);
      for (const task of this.tasks.splice(0)) task.reject(failed(codec, cause));
    };
    worker.on("error", end);
    worker.on("exit", (code) => end(`the worker ended with code ${code}`));
  }

  compress(batch: Batch): Promise<Batch> {
    return new Promise((resolve, reject) => {
      this.tasks.push({ resolve, reject });
      // A process must not end while somebody waits for it.
      this.#worker.ref();
      this.#worker.postMessage(batch, [batch.bytes.buffer as ArrayBuffer, batch.ends.buffer as ArrayBuffer]);
    });
  }
}

export class CompressionPool {
  readonly #codec: CompressionName;
  readonly #Worker: WorkerClass;
  readonly #workers: CompressionWorker[] = [];

  private constructor(codec: CompressionName, workerClass: WorkerClass) {
    this.#codec = codec;
    this.#Worker = workerClass;
  }

  /** The process's pool for a codec. */
  static async open(codec: CompressionName): Promise<CompressionPool> {
    const { Worker: workerClass } = await import("node:worker_threads");
    const pool = pools.get(codec) ?? new CompressionPool(codec, workerClass);
    pools.set(codec, pool);
    return pool;
  }

  /** Hands a batch to a worker, of at most `workers`; its memory goes with it. @returns undefined when all are busy: the batch is untouched then. */
  tryCompress(batch: Batch, workers: number): Promise<Batch> | undefined {
    let best = this.#workers.slice(0, workers).sort((left, right) => left.tasks.length - right.tasks.length)[0];
    if ((best === undefined || best.tasks.length > 0) && this.#workers.length < workers) best = this.#start();
    return best === undefined || best.tasks.length > BATCHES_IN_WORKER ? undefined : best.compress(batch);
  }

  #start(): CompressionWorker {
    const { url, options } = workerModule();
    let worker: Worker;
    try {
      worker = new this.#Worker(url, { ...options, workerData: { codec: this.#codec } });
    } catch (cause) {
      // Node's permissions, for instance.
      throw failed(this.#codec, cause);
    }
    const started = new CompressionWorker(worker, this.#codec, (ended) => {
      const at = this.#workers.indexOf(ended);
      if (at >= 0) this.#workers.splice(at, 1);
    });
    this.#workers.push(started);
    return started;
  }
}

const pools = new Map<CompressionName, CompressionPool>();

/** Threads run what was built, also where the sources themselves run, whose import conditions they must not inherit. */
function workerModule(): { readonly url: URL; readonly options: { readonly execArgv?: string[] } } {
  const name = "compression-worker.js";
  if (import.meta.url.endsWith(".ts")) return { url: new URL(`../dist/${name}`, import.meta.url), options: { execArgv: [] } };
  return { url: new URL(`./${name}`, import.meta.url), options: {} };
}

function failed(codec: CompressionName, cause: unknown): SstError {
  return new SstError("ERR_SST_CODEC_FAILED", `compression by ${codec} in a worker failed: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
}
