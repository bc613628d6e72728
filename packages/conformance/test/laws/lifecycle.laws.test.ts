// The life of a writer against a small state machine: any calls in any order, on a store that fails when it is told to. What
// the machine says of each call is what the writer's README promises.
import { compareBytes, type ErrorCode, isSstError } from "@slate-sst/format";
import { MemoryObjectStore, type ObjectStore } from "@slate-sst/object-store";
import { FailingObjectStore } from "@slate-sst/object-store/testing";
import { SstWriter, type SstMetadata, type SstWriterConfig } from "@slate-sst/writer";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { GoldenRow } from "../../src/vectors.js";
import { sameBytes, toRow, writeRows } from "./law.js";

const PATH = "db/compacted/lifecycle.sst";
const CONFIG = { partSize: 1024, blockSize: 1024, minFilterKeys: 4 } as const;
const RUNS = Number(process.env["SLATE_SST_LAW_CASES"] ?? 60);
const SEED = Number(process.env["SLATE_SST_LAW_SEED"] ?? 20_262);

/** What the machine knows. After a failure of the store only the writer knows when it notices. */
interface Model {
  state: "writing" | "closed" | "aborted" | "failed";
  rows: GoldenRow[];
  /** The store may have failed a call: any call may report it from now on, and then all do. */
  mayFail: boolean;
  failure: unknown;
  /** The writer was disposed of and has checkpoints: a resume goes on. */
  isLeft: boolean;
}

interface Real {
  readonly inner: MemoryObjectStore;
  readonly store: FailingObjectStore;
  readonly config: SstWriterConfig;
  writer: SstWriter;
  metadata: SstMetadata | undefined;
}

const rowOf = (number: number, size: number): GoldenRow => ({ kind: "put", key: new TextEncoder().encode(`k${String(number).padStart(4, "0")}`), value: new Uint8Array(size).fill(number), seq: 1n, createTs: undefined, expireTs: undefined });

/** What a call came to: nothing, or what it threw or rejected with. */
async function outcomeOf(call: () => unknown): Promise<Error | undefined> {
  try {
    await call();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error("what was thrown is no error", { cause: error });
  }
}

/** Whether an error is the store's failure, noted in the model. */
function isFailure(model: Model, error: Error | undefined): boolean {
  if (!model.mayFail || !isSstError(error, "ERR_SST_WRITE")) return false;
  model.state = "failed";
  model.failure = error;
  return true;
}

/** A call that is not possible any more: the first failure again, the abort, or ERR_SST_STATE. */
function expectRefused(model: Model, error: Error | undefined): void {
  if (model.state === "failed") expect(error).toBe(model.failure);
  else expect(isSstError(error, model.state === "aborted" ? "ERR_SST_ABORTED" : "ERR_SST_STATE"), String(error)).toBe(true);
}

/** A call as fast-check wants it: possible at any time. */
class Call implements fc.AsyncCommand<Model, Real> {
  constructor(readonly name: string, readonly run: (model: Model, real: Real) => Promise<void>) {}
  check = (): boolean => true;
  toString = (): string => this.name;
}

const put = (number: number, size: number): Call => new Call(`put(${number}, ${size} bytes)`, async (model, { writer }) => {
  const row = rowOf(number, size);
  const error = await outcomeOf(() => writer.add(toRow(row)));
  if (model.state !== "writing") return expectRefused(model, error);
  if (isFailure(model, error)) return;
  const last = model.rows.at(-1);
  const order = last === undefined ? -1 : compareBytes(last.key, row.key);
  expectOutcome(error, order < 0 ? undefined : order === 0 ? "ERR_SST_ROW_DUPLICATE" : "ERR_SST_ROW_ORDER");
  if (order < 0) model.rows.push(row);
  expectWriting(model, writer);
});

const putEmptyKey = new Call("put of an empty key", async (model, { writer }) => {
  const error = await outcomeOf(() => writer.put("", "value"));
  if (model.state !== "writing") return expectRefused(model, error);
  if (isFailure(model, error)) return;
  expectOutcome(error, "ERR_SST_KEY_EMPTY");
  expectWriting(model, writer);
});

const metadata = new Call("metadata()", async (model, real) => {
  let found: SstMetadata | undefined;
  const error = await outcomeOf(() => {
    found = real.writer.metadata();
  });
  expectMetadata(model, real, found, error);
});

const close = (twice: boolean): Call => new Call(twice ? "close() twice at once" : "close()", async (model, real) => {
  const [first, second] = await Promise.allSettled([real.writer.close(), ...(twice ? [real.writer.close()] : [])]);
  if (first === undefined) throw new Error("close() was not called");
  if (twice) expectSame(second, first);
  if (model.state === "closed") return expectSame(first, { status: "fulfilled", value: real.metadata });
  const error = first.status === "rejected" ? (first.reason as Error) : undefined;
  if (model.state !== "writing") return expectRefused(model, error);
  if (isFailure(model, error)) return;
  expectOutcome(error, model.rows.length === 0 ? "ERR_SST_EMPTY" : undefined);
  if (first.status === "rejected") return;
  real.metadata = first.value;
  model.state = "closed";
});

const abort = (isDisposed: boolean): Call => new Call(isDisposed ? "dispose" : "abort()", async (model, { writer, config }) => {
  const error = await outcomeOf(() => (isDisposed ? writer[Symbol.asyncDispose]() : writer.abort()));
  // Removing what was staged may fail, too; then abort() says so and may be called again.
  if (error !== undefined) expectSame([model.mayFail, isSstError(error, "ERR_SST_WRITE")], [true, true]);
  // Who is left has a journal, until somebody aborts.
  if (!isDisposed) model.isLeft = false;
  if (model.state !== "writing") return;
  model.state = "aborted";
  model.isLeft = isDisposed && config.checkpoint !== undefined;
  // A failure that nobody had seen yet is what later calls repeat.
  const later = await outcomeOf(() => writer.put("zzz", ""));
  if (!isFailure(model, later)) expectRefused(model, later);
});

/** The process ends, having left the upload or without a word, and another one goes on behind the last checkpoint. */
const resume = (isLeft: boolean): Call => new Call(isLeft ? "detach(), resume" : "end, resume", async (model, real) => {
  if (isLeft && model.state === "writing") expectOutcome(await outcomeOf(() => real.writer.detach()), undefined);
  let next: SstWriter | undefined;
  const error = await outcomeOf(async () => {
    next = await SstWriter.resume(real.store, PATH, real.config);
  });
  expectOutcome(error, model.state === "writing" || model.isLeft ? undefined : "ERR_SST_CHECKPOINT_MISSING");
  if (next === undefined) return;
  model.state = "writing";
  model.isLeft = false;
  expect(next.rowCount).toBeLessThanOrEqual(model.rows.length);
  model.rows.length = next.rowCount;
  real.writer = next;
  expectWriting(model, next);
});

const drain = new Call("wait for what is under way", async () => await new Promise((resolve) => setImmediate(resolve)));

function expectOutcome(error: Error | undefined, code: ErrorCode | undefined): void {
  expect(isSstError(error) ? error.code : error).toBe(code);
}

function expectWriting(model: Model, writer: SstWriter): void {
  expect([writer.state, writer.rowCount]).toEqual(["writing", model.rows.length]);
}

function expectSame(found: unknown, expected: unknown): void {
  expect(found).toEqual(expected);
}

function expectMetadata(model: Model, real: Real, found: SstMetadata | undefined, error: Error | undefined): void {
  if (model.state === "closed") expect(found).toBe(real.metadata);
  else expect(isSstError(error), String(error)).toBe(true);
}

const commands = [
  fc.tuple(fc.nat(60), fc.constantFrom(0, 30, 700, 3000)).map(([number, size]) => put(number, size)),
  fc.tuple(fc.nat(60), fc.constantFrom(0, 30, 700, 3000)).map(([number, size]) => put(number + 40, size)),
  fc.tuple(fc.nat(60), fc.constantFrom(0, 700)).map(([number, size]) => put(number + 80, size)),
  fc.constant(putEmptyKey), fc.constant(metadata), fc.boolean().map(close), fc.boolean().map(abort), fc.constant(drain),
];

/** The store's n-th call fails, or several; none for 0. */
const failure = fc.record({ call: fc.nat(6), times: fc.constantFrom(1, 1, Infinity), when: fc.constantFrom("before", "after") });

describe("lifecycle", () => {
  it("any calls in any order do what the state machine says, and leave the whole object or nothing", async () => {
    await fc.assert(fc.asyncProperty(fc.commands(commands, { size: "+1", maxCommands: 30 }), failure, async (calls, { call, times, when }) => {
      const inner = new MemoryObjectStore();
      const model: Model = { state: "writing", rows: [], mayFail: call > 0, failure: undefined, isLeft: false };
      const store = new FailingObjectStore(inner, ...(call === 0 ? [] : [{ call: call + 1, times, when }]));
      const writer = await SstWriter.create(store, PATH, CONFIG);
      const real: Real = { inner, store, config: CONFIG, writer, metadata: undefined };
      await fc.asyncModelRun(() => ({ model, real }), calls);
      await expectClean(model, real);
    }), { seed: SEED, numRuns: RUNS });
  });

  it("with checkpoints a writer ends anywhere, the next one goes on, and the object is the same", async () => {
    const ends = fc.boolean().map(resume);
    await fc.assert(fc.asyncProperty(fc.commands([...commands, ends, ends], { size: "+1", maxCommands: 30 }), async (calls) => {
      const inner = new MemoryObjectStore();
      const store = new FailingObjectStore(inner);
      const config = { ...CONFIG, checkpoint: { store, prefix: "journals" } };
      const model: Model = { state: "writing", rows: [], mayFail: false, failure: undefined, isLeft: false };
      const real: Real = { inner, store, config, writer: await SstWriter.create(store, PATH, config), metadata: undefined };
      await fc.asyncModelRun(() => ({ model, real }), calls);
      await expectClean(model, real);
    }), { seed: SEED, numRuns: RUNS });
  });
});

/** At the end: a closed SST is there, whole; otherwise nothing is, unless the answer to the last request was lost. */
async function expectClean(model: Model, { inner, store, writer, config }: Real): Promise<void> {
  await outcomeOf(async () => await (model.isLeft ? await SstWriter.resume(store, PATH, config) : writer).abort());
  const objects = await namesIn(inner);
  if (model.state === "closed") {
    expect(objects).toEqual([PATH]);
    expect(sameBytes(await inner.get(PATH), await writeRows(model.rows, CONFIG))).toBe(true);
  } else if (store.failures === 0) {
    expect(objects).toEqual([]);
  } else if (objects.length > 0) {
    // The store acted and its answer was lost: then what is there is whole.
    expect(sameBytes(await inner.get(PATH), await writeRows(model.rows, CONFIG))).toBe(true);
  }
  if (store.failures > 0) return;
  const staged: string[] = [];
  for await (const { path } of inner.listUploads("")) staged.push(path);
  expect(staged).toEqual([]);
}

async function namesIn(store: ObjectStore): Promise<string[]> {
  const names: string[] = [];
  for await (const { path } of store.list("")) names.push(path);
  return names;
}
