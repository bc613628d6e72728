// The other end of a thread that writes SSTs: its tasks, its back-pressure, and its death.
import { SstError } from "@slate-sst/format";
import { fromBinary, SstMetadataSchema } from "@slate-sst/format/proto";
import type { SstMetadata } from "@slate-sst/writer";
import { revive } from "./carried-error.js";
import type { FromThread, ThreadData, ToThread } from "./messages.js";
import { buffersOf, packColumns } from "./pack-columns.js";
import { type CheckedTask, iteratorOf } from "./sst-task.js";
import { unsendable, withTask } from "./task-error.js";

type Worker = import("node:worker_threads").Worker;

/** Batches that a thread has beside the one it writes: it should not have to wait for the next. */
const BATCHES_WAITING_MAX = 1;

/** How long a thread may take to end by itself once its SST is not wanted any more. */
const GRACE_MILLISECONDS = 5000;

/** What is left of a task that failed. */
export interface Remains {
  readonly path: string;
  /** Whether an object at the path would be the thread's. */
  readonly mayBeThere: boolean;
  /** Whether parts of it may be staged: nobody has cleaned up. */
  readonly mayBeStaged: boolean;
}

/** Of the SST being written. */
interface Settle {
  resolve(metadata: SstMetadata): void;
  reject(error: unknown): void;
}

export class SstThread {
  readonly #worker: Worker;
  readonly #number: number;
  readonly #stop: Int32Array;
  readonly #ended: Promise<void>;
  /** How it ended; undefined while it has not. */
  #exitCode: number | undefined;
  #cause: unknown;
  #task: CheckedTask | undefined;
  #hasBegun = false;
  /** Batches sent and not taken yet, and batches taken. */
  #waiting = 0;
  #taken = 0;
  #onRoom: () => void = () => undefined;
  #settle: Settle | undefined;
  #onIdle: () => void = () => undefined;
  #remains: Remains | undefined;
  #aborting: Promise<void> | undefined;

  private constructor(worker: Worker, number: number, stop: Int32Array) {
    this.#worker = worker;
    this.#number = number;
    this.#stop = stop;
    worker.on("message", (message: FromThread) => this.#hear(message));
    worker.on("error", (error) => (this.#cause = error));
    worker.on("messageerror", (error) => (this.#cause = error));
    this.#ended = new Promise((resolve) => {
      worker.on("exit", (code) => {
        this.#exitCode = code;
        this.#die(code);
        resolve();
      });
    });
  }

  /** @param number for people, from 1. @throws SstError ERR_SST_INGEST_WORKER */
  static async start(number: number, data: Omit<ThreadData, "stop">): Promise<SstThread> {
    const { Worker: workerClass } = await import("node:worker_threads");
    const stop = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
    const { url, options } = workerModule();
    try {
      return new SstThread(new workerClass(url, { ...options, name: `slate-sst ${number}`, workerData: { ...data, stop } satisfies ThreadData }), number, stop);
    } catch (cause) {
      throw new SstError("ERR_SST_INGEST_WORKER", `worker thread ${number} could not be started: ${cause instanceof Error ? cause.message : String(cause)}`, { cause, details: { thread: number } });
    }
  }

  /** What the task that failed has left behind, as far as it is known. */
  get remains(): Remains | undefined {
    return this.#remains;
  }

  /** Writes one SST. No other one is being written. @throws what is wrong, as the thread had it, naming the SST. */
  async write(task: CheckedTask): Promise<SstMetadata> {
    this.#task = task;
    this.#hasBegun = false;
    this.#waiting = this.#taken = 0;
    const written = new Promise<SstMetadata>((resolve, reject) => (this.#settle = { resolve, reject }));
    // It may come while batches are waited for.
    written.catch(() => undefined);
    if (this.#exitCode !== undefined) this.#die(this.#exitCode);
    else this.#send({ type: "begin", path: task.path, module: task.module, data: task.data });
    if (task.columns !== undefined) await this.#feed(task.columns, task.transfer, written);
    return await written;
  }

  /** Gives up what is being written, and ends the thread: by itself if it can, and in the end by force. */
  abort(): Promise<void> {
    this.#aborting ??= this.#abort();
    return this.#aborting;
  }

  async #abort(): Promise<void> {
    Atomics.store(this.#stop, 0, 1);
    if (this.#settle !== undefined && this.#exitCode === undefined) {
      this.#send({ type: "abort" });
      let timer: NodeJS.Timeout | undefined;
      const idle = new Promise<void>((resolve) => (this.#onIdle = resolve));
      await Promise.race([idle, this.#ended, new Promise((resolve) => (timer = setTimeout(resolve, GRACE_MILLISECONDS)))]);
      clearTimeout(timer);
    }
    await this.end();
  }

  /** Ends the thread. */
  async end(): Promise<void> {
    await this.#worker.terminate();
    await this.#ended;
  }

  /** Sends batches as long as there is room for them. */
  async #feed(columns: NonNullable<CheckedTask["columns"]>, transfer: boolean, written: Promise<unknown>): Promise<void> {
    const batches = iteratorOf(columns);
    let isDone = false;
    try {
      for (;;) {
        if (this.#waiting > BATCHES_WAITING_MAX) await Promise.race([new Promise<void>((resolve) => (this.#onRoom = resolve)), written]);
        const next = await Promise.race([batches.next(), written.then(() => undefined)]);
        if (next === undefined || next.done === true) {
          isDone = true;
          break;
        }
        this.#waiting++;
        const batch = transfer ? next.value : packColumns(next.value);
        this.#send({ type: "columns", columns: batch }, () => buffersOf(batch));
      }
    } finally {
      // A source that is still asked for its next batch may take its time.
      if (!isDone) void Promise.resolve(batches.return?.()).catch(() => undefined);
    }
    this.#send({ type: "end", batches: this.#taken + this.#waiting });
  }

  #send(message: ToThread, transfer: () => ArrayBuffer[] = () => []): void {
    try {
      this.#worker.postMessage(message, transfer());
    } catch (cause) {
      throw unsendable(this.#task!, message.type, this.#taken + this.#waiting - 1, cause);
    }
  }

  #hear(message: FromThread): void {
    if (message.type === "begun") this.#hasBegun = true;
    else if (message.type === "taken") {
      this.#waiting--;
      this.#taken++;
      this.#onRoom();
    } else if (message.type === "written") this.#finish()?.resolve(fromBinary(SstMetadataSchema, message.metadata));
    else {
      const task = this.#task!;
      this.#remains = { path: task.path, mayBeThere: message.mayBeThere, mayBeStaged: false };
      this.#finish()?.reject(withTask(revive(message.error), task, task.columns === undefined ? undefined : this.#taken));
    }
  }

  #die(exitCode: number): void {
    const task = this.#task;
    const cause = this.#cause;
    const settle = this.#finish();
    if (settle === undefined || task === undefined) return;
    this.#remains = { path: task.path, mayBeThere: this.#hasBegun, mayBeStaged: true };
    const why = cause instanceof Error ? `: ${cause.message}` : ` with code ${exitCode}`;
    settle.reject(new SstError("ERR_SST_INGEST_WORKER", `worker thread ${this.#number} ended while it wrote ${task.path}${why}`, {
      ...(cause === undefined ? {} : { cause }),
      details: { thread: this.#number, path: task.path, sst: task.index, exitCode },
    }));
  }

  #finish(): Settle | undefined {
    const settle = this.#settle;
    this.#settle = undefined;
    this.#onIdle();
    return settle;
  }
}

/** Threads run what was built, also where the sources themselves run, whose import conditions they must not inherit. */
function workerModule(): { readonly url: URL; readonly options: { readonly execArgv?: string[] } } {
  const name = "sst-worker.js";
  if (import.meta.url.endsWith(".ts")) return { url: new URL(`../../dist/threads/${name}`, import.meta.url), options: { execArgv: [] } };
  return { url: new URL(`./${name}`, import.meta.url), options: {} };
}
