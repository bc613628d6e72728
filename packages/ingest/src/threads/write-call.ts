// One call of writeSsts(): its threads, its first failure, and the clearing away after that.
import { SstError } from "@slate-sst/format";
import type { ObjectStore } from "@slate-sst/object-store";
import type { SstMetadata, SstWriterConfig } from "@slate-sst/writer";
import { SstThread } from "./sst-thread.js";
import type { CheckedTask } from "./sst-task.js";
import type { Tasks } from "./tasks.js";

export interface CallOptions {
  readonly store: ObjectStore;
  /** What `openStore` is given in the threads. */
  readonly storeUrl: string;
  readonly tasks: Tasks;
  readonly writerConfig: SstWriterConfig;
  /** Told of each SST once it is there; its thread waits for the answer. */
  readonly onSst: ((metadata: SstMetadata, index: number) => void | Promise<void>) | undefined;
  /** Whether what was written stays when the call fails, finished or not, since somebody else may be writing at the same paths meanwhile. */
  readonly keep: boolean;
}

export class WriteCall {
  readonly #options: CallOptions;
  readonly #threads: SstThread[] = [];
  readonly #ssts: SstMetadata[] = [];
  #failure: { readonly error: unknown } | undefined;
  #onFailure: () => void = () => undefined;
  readonly #hasFailed: Promise<void>;

  constructor(options: CallOptions) {
    this.#options = options;
    this.#hasFailed = new Promise((resolve) => (this.#onFailure = resolve));
  }

  /** @throws the first failure; by then everything has ended. */
  async run(threads: number, signal: AbortSignal | undefined): Promise<SstMetadata[]> {
    const onAbort = (): void => this.#fail(new SstError("ERR_SST_ABORTED", "writeSsts was aborted", signal?.reason === undefined ? {} : { cause: signal.reason }));
    if (signal?.aborted === true) onAbort();
    signal?.addEventListener("abort", onAbort, { once: true });
    await Promise.all(Array.from({ length: threads }, (_, at) => this.#runThread(at + 1)));
    signal?.removeEventListener("abort", onAbort);
    this.#options.tasks.stop();
    if (this.#failure === undefined) return this.#ssts;
    if (!this.#options.keep) await this.#discard();
    throw this.#failure.error;
  }

  /** Writes tasks until there are none. The thread begins with the first one. Never throws. */
  async #runThread(number: number): Promise<void> {
    let thread: SstThread | undefined;
    try {
      for (let task = await this.#next(); task !== undefined; task = await this.#next()) {
        thread ??= await this.#start(number);
        if (this.#failure !== undefined) break;
        const metadata = await thread.write(task);
        this.#ssts[task.index] = metadata;
        if (this.#failure === undefined) await this.#options.onSst?.(metadata, task.index);
      }
    } catch (error) {
      this.#fail(error);
    }
    await (this.#failure === undefined ? thread?.end() : thread?.abort());
  }

  async #next(): Promise<CheckedTask | undefined> {
    if (this.#failure !== undefined) return undefined;
    return Promise.race([this.#options.tasks.next(), this.#hasFailed.then(() => undefined)]);
  }

  async #start(number: number): Promise<SstThread> {
    const { storeUrl, writerConfig } = this.#options;
    const thread = await SstThread.start(number, { storeUrl, config: writerConfig });
    this.#threads.push(thread);
    return thread;
  }

  #fail(error: unknown): void {
    if (this.#failure !== undefined) return;
    this.#failure = { error };
    this.#onFailure();
    this.#options.tasks.stop();
    for (const thread of this.#threads) void thread.abort();
  }

  /** Removes what the call has written and what threads have left behind, as far as the store lets it. Never throws. */
  async #discard(): Promise<void> {
    const { store, writerConfig } = this.#options;
    // Sparse: an SST that was not finished leaves a hole.
    const paths = Object.values(this.#ssts).map(({ path }) => path);
    for (const { remains } of this.#threads) {
      if (remains === undefined) continue;
      if (remains.mayBeStaged) await dropUploads(store, remains.path);
      // Whose the object is that could be overwritten, nobody knows.
      if (remains.mayBeThere && writerConfig.mode !== "overwrite") paths.push(remains.path);
    }
    for (const path of paths) await store.delete(path).catch(() => undefined);
  }
}

/** Removes what a thread that died had staged for an SST. */
async function dropUploads(store: ObjectStore, path: string): Promise<void> {
  if (store.capabilities.uploads === undefined) return;
  try {
    for await (const upload of store.listUploads(path)) if (upload.path === path) await store.abortUpload(path, upload.uploadId);
  } catch {
    // What is left can be listed by the store's own tools; the first failure is what the caller has to know.
  }
}
