// The thread that writes: one SST after the other, by the messages it is sent.
import { isSstError, SstError, SstTypeError } from "@slate-sst/format";
import { SstMetadataSchema, toBinary } from "@slate-sst/format/proto";
import { type ObjectStore, openStore } from "@slate-sst/object-store";
import { type Row, type RowColumns, SstWriter } from "@slate-sst/writer";
import { parentPort, workerData } from "node:worker_threads";
import { carry } from "./carried-error.js";
import type { FromThread, ThreadData, ToThread } from "./messages.js";
import { isIterable, type RowSource } from "./sst-task.js";

const { storeUrl, config, stop } = workerData as ThreadData;
const port = parentPort!;
const say = (message: FromThread): void => port.postMessage(message);

/** Opened by the first SST, which is told when that fails. */
let store: ObjectStore | undefined;

/** The SST being written. */
class SstInThread {
  readonly #aborts = new AbortController();
  readonly #path: string;
  #writer: SstWriter | undefined;
  #isClosing = false;
  #hasFailed = false;
  #batches = 0;
  /** What there is to do, one thing after the other. */
  #work: Promise<void> = Promise.resolve();

  constructor(path: string) {
    this.#path = path;
  }

  do(step: () => Promise<void>): void {
    this.#work = this.#work.then(async () => {
      if (this.#hasFailed) return;
      try {
        await step();
      } catch (error) {
        await this.#fail(error);
      }
    });
  }

  abort(): void {
    this.#aborts.abort();
    // The step under way fails by it, and so does the next one.
    this.#writer?.abort().catch(() => undefined);
    this.do(async () => Promise.reject(aborted()));
  }

  async begin(): Promise<void> {
    this.#checkStop();
    store ??= await openStore(storeUrl);
    this.#writer = await SstWriter.create(store, this.#path, config);
    say({ type: "begun" });
  }

  async writeColumns(columns: RowColumns): Promise<void> {
    this.#batches++;
    await this.#writer!.writeColumns(columns);
    say({ type: "taken" });
  }

  /** The rows of the module's source. */
  async writeRows(module: string, data: unknown): Promise<void> {
    const { default: source } = (await import(module)) as { readonly default?: RowSource };
    if (typeof source !== "function") throw new SstTypeError("ERR_SST_OPTION_INVALID", `${module} has no function as its default export`, { details: { option: "module", module } });
    const rows: unknown = source(data, { path: this.#path, signal: this.#aborts.signal });
    if (!isIterable(rows)) throw new SstTypeError("ERR_SST_OPTION_INVALID", `the default export of ${module} gives no iterable and no async iterable`, { details: { option: "module", module } });
    if (Symbol.asyncIterator in rows) {
      for await (const row of rows) {
        const wait = this.#write(row as Row | RowColumns);
        if (wait !== undefined) await wait;
      }
    } else {
      for (const row of rows) {
        const wait = this.#write(row as Row | RowColumns);
        if (wait !== undefined) await wait;
      }
    }
  }

  /** @param batches that were sent: a message that got lost must not cost rows. */
  async close(batches = 0): Promise<void> {
    this.#checkStop();
    if (batches !== this.#batches) throw new SstError("ERR_SST_INGEST_WORKER", `${batches} batches were sent to the thread that writes ${this.#path}, and ${this.#batches} came`);
    this.#isClosing = true;
    say({ type: "written", metadata: toBinary(SstMetadataSchema, await this.#writer!.close()) });
  }

  #write(row: Row | RowColumns): Promise<void> | undefined {
    this.#checkStop();
    const writer = this.#writer!;
    return typeof row === "object" && row !== null && "keys" in row ? writer.writeColumns(row) : writer.add(row);
  }

  #checkStop(): void {
    if (Atomics.load(stop, 0) !== 0) throw aborted();
  }

  async #fail(error: unknown): Promise<void> {
    this.#hasFailed = true;
    await this.#writer?.abort().catch(() => undefined);
    // A close whose answer was lost may have had its effect. What was there before is not ours.
    const mayBeThere = this.#isClosing && !isSstError(error, "ERR_SST_EXISTS");
    say({ type: "failed", error: carry(error), mayBeThere });
  }
}

const aborted = (): SstError => new SstError("ERR_SST_ABORTED", "the SST is not wanted any more");

let sst: SstInThread | undefined;
port.on("message", (message: ToThread) => {
  if (message.type === "begin") {
    const { path, module, data } = message;
    const begun = new SstInThread(path);
    sst = begun;
    begun.do(() => begun.begin());
    if (module === undefined) return;
    begun.do(() => begun.writeRows(module, data));
    begun.do(() => begun.close());
  } else if (message.type === "columns") sst?.do(() => sst!.writeColumns(message.columns));
  else if (message.type === "end") sst?.do(() => sst!.close(message.batches));
  else sst?.abort();
});
port.on("messageerror", (error) => sst?.do(() => Promise.reject(error)));
