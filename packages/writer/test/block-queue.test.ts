// Blocks on their way through compression threads by themselves: batches, their order, what waits, and failures.
import { SECTION_BYTES } from "@slate-sst/format";
import { describe, expect, it } from "vitest";
import { BlockQueue, type Waiting, type WaitingBlock } from "../src/block-queue.js";
import type { Batch } from "../src/compression-batch.js";
import type { CompressionPool } from "../src/compression-pool.js";
import { rejectionOf } from "./sample-rows.js";

const BATCH = 256 * 1024;
const TOTALS = { numPuts: 1, numDeletes: 0, numMerges: 0, rawKeySize: 1, rawValSize: 1 };
const separator = (number: number): WaitingBlock => ({ separator: new Uint8Array(number), totals: TOTALS });

/** Threads that answer when they are told to, by cutting each block to its first two bytes. */
function open(workers = 1, room = Infinity) {
  const batches: Batch[] = [];
  const answers: ((error?: Error) => void)[] = [];
  const short = ({ bytes, ends }: Batch): Batch => {
    const starts = [0, ...ends].slice(0, -1);
    return { bytes: Uint8Array.from(starts.flatMap((start) => [...bytes.subarray(start, start + 2)])), ends: Uint32Array.from(starts, (_, at) => 2 * at + 2) };
  };
  const pool = {
    tryCompress: (batch: Batch) => {
      if (batches.length >= room) return undefined;
      batches.push({ bytes: batch.bytes.slice(), ends: batch.ends.slice() });
      return new Promise<Batch>((resolve, reject) => answers.push((error) => (error === undefined ? resolve(short(batch)) : reject(error))));
    },
  } as unknown as CompressionPool;
  const stored: (readonly [number, number])[] = [];
  const failures: unknown[] = [];
  const waiting: Waiting = { blocks: 0, separatorBytes: 0, bytes: 0 };
  let here = 0;
  const queue = new BlockQueue({
    pool, workers, waiting, compress: (payload) => (here++, payload.subarray(0, 2)),
    store: async (bytes, block) => void stored.push([bytes[0]!, block.separator.length]),
    onFailure: (error) => (failures.push(error), failures[0] as Error),
  });
  const add = (number: number, length = 100): Promise<void> | undefined => queue.add(new Uint8Array(length).fill(number), separator(number));
  return { queue, add, batches, answers, stored, failures, waiting, compressedHere: () => here };
}
const settled = async (): Promise<void> => await new Promise((resolve) => setImmediate(resolve));

describe("blocks that wait for threads", () => {
  it("are sent in batches, as many as 256 KiB hold, and leave in their order whichever is ready first", async () => {
    const { queue, add, batches, answers, stored, waiting } = open();
    for (let number = 1; number <= 5; number++) expect(add(number, BATCH / 2)).toBeUndefined();
    expect(batches.map(({ ends }) => [...ends])).toEqual([[BATCH / 2, BATCH], [BATCH / 2, BATCH]]);
    expect(batches[1]!.bytes[BATCH / 2]).toBe(4);
    expect(waiting).toEqual({ blocks: 5, separatorBytes: 15, bytes: 5 * (BATCH / 2 + SECTION_BYTES) });
    queue.flush();
    queue.flush();
    expect(batches.map(({ ends }) => [...ends])).toEqual([[BATCH / 2, BATCH], [BATCH / 2, BATCH], [BATCH / 2]]);
    answers[2]!();
    answers[1]!();
    await settled();
    expect(stored).toEqual([]);
    answers[0]!();
    await queue.settled();
    expect(stored).toEqual([[1, 1], [2, 2], [3, 3], [4, 4], [5, 5]]);
    expect(waiting).toEqual({ blocks: 0, separatorBytes: 0, bytes: 0 });
  });

  it("may be larger than a batch: then each is one", () => {
    const { add, queue, batches } = open();
    void add(1, 10);
    void add(2, BATCH + 1);
    void add(3, 10);
    queue.flush();
    expect(batches.map(({ ends }) => [...ends])).toEqual([[10], [BATCH + 1], [10]]);
  });

  it("make the caller wait for the oldest batch when there are more than three a thread and two", async () => {
    for (const workers of [1, 2]) {
      const { add, answers, queue } = open(workers);
      const most = workers * 3 + 2;
      const waits: (Promise<void> | undefined)[] = [];
      for (let number = 1; number <= most + 2; number++) waits.push(add(number, BATCH));
      // A batch is under way when the next block has come.
      expect(waits.map((wait) => wait !== undefined)).toEqual([...Array.from({ length: most + 1 }, () => false), true]);
      let isFree = false;
      void waits.at(-1)!.then(() => (isFree = true));
      await settled();
      expect(isFree).toBe(false);
      answers[0]!();
      await waits.at(-1);
      expect(add(99, BATCH)).toBeDefined();
      for (const answer of answers) answer();
      await queue.settled();
    }
  });

  it("are compressed here when all threads are busy", async () => {
    const { queue, add, answers, stored, compressedHere } = open(1, 1);
    for (let number = 1; number <= 3; number++) void add(number, BATCH);
    queue.flush();
    expect([answers.length, compressedHere()]).toEqual([1, 2]);
    answers[0]!();
    await queue.settled();
    expect(stored).toEqual([[1, 1], [2, 2], [3, 3]]);
  });

  it("fail in their turn, and those behind them with the same error", async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown): void => void unhandled.push(reason);
    process.on("unhandledRejection", note);
    const { queue, add, answers, stored, failures } = open();
    for (let number = 1; number <= 3; number++) void add(number, BATCH);
    queue.flush();
    const error = new Error("a thread has ended");
    answers[1]!(error);
    await settled();
    expect(failures).toEqual([]);
    answers[0]!();
    answers[2]!();
    expect(await rejectionOf(queue.settled())).toBe(error);
    expect([stored, failures[0]]).toEqual([[[1, 1]], error]);
    await settled();
    process.off("unhandledRejection", note);
    expect(unhandled).toEqual([]);
  });
});
