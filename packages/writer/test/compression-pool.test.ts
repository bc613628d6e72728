// Who compresses a batch: threads are begun as they are needed, the least busy one is next, and one that ends takes only its own batches with it.
import type { CompressionName } from "@slate-sst/format";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Batch } from "../src/compression-batch.js";
import { BATCHES_IN_WORKER, CompressionPool } from "../src/compression-pool.js";
import { rejectionOf, thrownBy } from "./sample-rows.js";

const { Thread, started } = vi.hoisted(() => {
  const begun: FakeWorker[] = [];
  /** A thread that does what the test says. */
  class FakeWorker {
    readonly url: URL;
    readonly options: { readonly workerData: unknown };
    readonly posted: { readonly batch: unknown; readonly transferred: unknown }[] = [];
    isReffed = true;
    readonly #listeners = new Map<string, (given: unknown) => void>();

    /** Why no thread may be begun. */
    static refusal: Error | undefined;

    constructor(url: URL, options: { readonly workerData: unknown }) {
      if (FakeWorker.refusal !== undefined) throw FakeWorker.refusal;
      this.url = url;
      this.options = options;
      begun.push(this);
    }

    on(event: string, listener: (given: unknown) => void): void {
      this.#listeners.set(event, listener);
    }

    emit(event: string, given: unknown): void {
      this.#listeners.get(event)?.(given);
    }

    ref(): void {
      this.isReffed = true;
    }

    unref(): void {
      this.isReffed = false;
    }

    postMessage(batch: unknown, transferred: unknown): void {
      this.posted.push({ batch, transferred });
    }
  }
  return { Thread: FakeWorker, started: begun };
});
vi.mock("node:worker_threads", () => ({ Worker: Thread }));

/** A codec that nobody has asked for before, in this process: each has a pool of its own. */
let codecs = 0;
const nextCodec = (): CompressionName => `codec-${codecs++}` as CompressionName;
let codec: CompressionName;
let pool: CompressionPool;
beforeEach(async () => {
  started.length = 0;
  codec = nextCodec();
  pool = await CompressionPool.open(codec);
});

const batch = (fill = 1): Batch => ({ bytes: new Uint8Array(8).fill(fill), ends: Uint32Array.of(4, 8) });
const loads = (): number[] => started.map(({ posted }) => posted.length);
const ignore = (promise: Promise<unknown> | undefined): void => void promise?.catch(() => undefined);

describe("a pool of threads", () => {
  it("that may begin none says so by the codec's failure", () => {
    Thread.refusal = new Error("Access to this API has been restricted");
    try {
      expect(thrownBy(() => pool.tryCompress(batch(), 1))).toMatchObject({ code: "ERR_SST_CODEC_FAILED", message: expect.stringContaining("restricted"), cause: Thread.refusal });
    } finally {
      Thread.refusal = undefined;
    }
    expect(started).toEqual([]);
  });

  it("is the process's own for a codec, and tells its threads which it is", async () => {
    expect(pool).toBeInstanceOf(CompressionPool);
    expect(await CompressionPool.open(codec)).toBe(pool);
    const another = nextCodec();
    const other = await CompressionPool.open(another);
    expect(other).not.toBe(pool);
    ignore(pool.tryCompress(batch(), 1));
    ignore(other.tryCompress(batch(), 1));
    expect(started.map(({ options }) => options.workerData)).toEqual([{ codec }, { codec: another }]);
    // The sources run, and threads run what was built.
    expect(started[0]!.url.pathname).toMatch(/dist\/compression-worker\.js$/);
    expect(started[0]!.options).toMatchObject({ execArgv: [] });
  });

  it("begins threads one by one as long as all are busy, and gives each three batches at most", () => {
    const each = BATCHES_IN_WORKER + 1;
    const seen: number[][] = [];
    for (let count = 0; count < 2 * each; count++) {
      ignore(pool.tryCompress(batch(), 2));
      seen.push(loads());
    }
    expect(each).toBe(3);
    expect(seen).toEqual([[1], [1, 1], [2, 1], [2, 2], [3, 2], [3, 3]]);
    const untouched = batch();
    expect(pool.tryCompress(untouched, 2)).toBeUndefined();
    expect([loads(), untouched.bytes.length]).toEqual([[3, 3], 8]);
  });

  it("uses no more threads than a writer asks for, whatever others have begun, and no second one while the first is idle", () => {
    for (let count = 0; count < 3; count++) ignore(pool.tryCompress(batch(), 3));
    for (const worker of started) worker.emit("message", { batch: batch() });
    for (let count = 0; count < 3; count++) ignore(pool.tryCompress(batch(), 1));
    expect(loads()).toEqual([4, 1, 1]);
    expect(pool.tryCompress(batch(), 1)).toBeUndefined();
    ignore(pool.tryCompress(batch(), 3));
    expect(loads()).toEqual([4, 2, 1]);
    expect(started).toHaveLength(3);
    for (const worker of started.splice(0)) worker.emit("exit", 0);
    for (let count = 0; count < 3; count++) {
      ignore(pool.tryCompress(batch(), 2));
      started[0]!.emit("message", { batch: batch() });
    }
    expect(loads()).toEqual([3]);
    expect(pool.tryCompress(batch(), 0)).toBeUndefined();
  });

  it("answers batches of a thread in their order, hands their memory over, and keeps the process only while one is under way", async () => {
    const [one, other] = [batch(1), batch(2)];
    const first = pool.tryCompress(one, 1)!;
    const second = pool.tryCompress(other, 1)!;
    const [worker] = started;
    expect(worker!.posted).toEqual([{ batch: one, transferred: [one.bytes.buffer, one.ends.buffer] }, { batch: other, transferred: [other.bytes.buffer, other.ends.buffer] }]);
    expect(worker!.isReffed).toBe(true);
    worker!.emit("message", { batch: batch(3) });
    expect(worker!.isReffed).toBe(true);
    worker!.emit("message", { problem: "out of memory" });
    expect(worker!.isReffed).toBe(false);
    expect(await first).toEqual(batch(3));
    expect(await rejectionOf(second)).toMatchObject({ code: "ERR_SST_CODEC_FAILED", message: `compression by ${codec} in a worker failed: out of memory` });
    ignore(pool.tryCompress(batch(), 1));
    expect([started.length, worker!.isReffed]).toEqual([1, true]);
  });

  it("loses the batches of a thread that ends, and no others; the next batch begins another one", async () => {
    const promises = Array.from({ length: 4 }, () => pool.tryCompress(batch(), 2)!);
    const lost = Promise.all([rejectionOf(promises[0]!), rejectionOf(promises[2]!)]);
    const cause = new Error("segmentation fault");
    started[0]!.emit("error", cause);
    // Node tells of the end as well.
    started[0]!.emit("exit", 1);
    for (const error of await lost) expect(error).toMatchObject({ code: "ERR_SST_CODEC_FAILED", cause, message: expect.stringContaining("segmentation fault") as string });
    for (let count = 0; count < 2; count++) started[1]!.emit("message", { batch: batch(7) });
    expect(await Promise.all([promises[1], promises[3]])).toEqual([batch(7), batch(7)]);
    ignore(pool.tryCompress(batch(), 2));
    ignore(pool.tryCompress(batch(), 2));
    expect(loads()).toEqual([2, 3, 1]);
  });

  it("tells the code of a thread that ended by itself", async () => {
    const promise = pool.tryCompress(batch(), 1)!;
    const lost = rejectionOf(promise);
    started[0]!.emit("exit", 3);
    expect(await lost).toMatchObject({ code: "ERR_SST_CODEC_FAILED", cause: "the worker ended with code 3" });
  });

  it("is not disturbed by an answer that nobody waits for", () => {
    ignore(pool.tryCompress(batch(), 1));
    for (let count = 0; count < 2; count++) started[0]!.emit("message", { batch: batch() });
    started[0]!.emit("message", { problem: "x" });
    expect(started[0]!.isReffed).toBe(false);
  });
});
