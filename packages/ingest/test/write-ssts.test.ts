// writeSsts(): real threads that write real files, and what is left of them when something goes wrong.
import { isSstError, SstError, SstTypeError } from "@slate-sst/format";
import { LocalObjectStore, type ObjectStore } from "@slate-sst/object-store";
import { type RowColumns, type SstMetadata, SstWriter } from "@slate-sst/writer";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createDatabase, newSstPath, sstPaths, type SstTask, writeSsts, type WriteSstsConfig } from "../src/index.js";
import { Tasks } from "../src/threads/tasks.js";
import { WriteCall } from "../src/threads/write-call.js";
import { columns, keyOf, type Wish } from "./rows-module.mjs";

const module = new URL("rows-module.mjs", import.meta.url);
const NO_MODULE = pathToFileURL(join(import.meta.dirname, "no-such-module.mjs"));

let folder: string;
let url: string;
let store: ObjectStore;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "slate-sst-threads-"));
  url = pathToFileURL(folder).href;
  store = new LocalObjectStore(folder);
});
afterEach(() => rm(folder, { recursive: true }));

const task = (path: string, data: Wish): SstTask => ({ path, module, data });

/** What lies in the store's folder, staged parts too. */
const files = async (): Promise<string[]> => (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name)).sort();

async function failureOf(tasks: Iterable<SstTask> | AsyncIterable<SstTask>, config: WriteSstsConfig = {}): Promise<Error & { code?: string; details?: Record<string, unknown> }> {
  const failure: unknown = await writeSsts(url, tasks, { threads: 2, ...config }).then(() => undefined, (error: unknown) => error);
  if (!(failure instanceof Error)) throw new Error("the call did not fail");
  return failure;
}

/** Resolves when the source in the thread has said that it has begun. */
async function begun(started: Int32Array): Promise<void> {
  const atomics = Atomics as unknown as { waitAsync(array: Int32Array, index: number, value: number): { readonly value: Promise<unknown> | string } };
  await atomics.waitAsync(started, 0, 0).value;
}

async function rowByRow({ first, count, valueBytes = 10 }: Wish, config: WriteSstsConfig = {}): Promise<Uint8Array> {
  const writer = await SstWriter.create(store, "expected.sst", { ...config, mode: "overwrite" });
  for (let at = first; at < first + count; at++) await writer.put(keyOf(at), String(at).padEnd(valueBytes, "v"));
  await writer.close();
  const bytes = await store.get("expected.sst");
  await store.delete("expected.sst");
  return bytes;
}

describe("many SSTs at once", () => {
  it("become a database: metadata in the order of the tasks, the files those of one thread", async () => {
    const path = sstPaths("db");
    const wishes = Array.from({ length: 9 }, (_, at): Wish => ({ first: at * 10_000, count: at === 4 ? 9000 : 200 + at, way: ["rows", "columns"][at % 2]! }));
    const tasks = wishes.map((wish, at): SstTask => (at % 3 === 0 ? { path: path(), columns: columns(wish) } : task(path(), wish)));
    const seen: number[] = [];
    const ssts = await writeSsts(url, tasks, { threads: 3, blockSize: 1024, compression: "lz4", onSst: (sst, at) => { seen.push(at); expect(sst.path).toBe(tasks[at]!.path); } });
    expect(ssts.map(({ path: one }) => one)).toEqual(tasks.map(({ path: one }) => one));
    expect(ssts.map(({ rowCount }) => Number(rowCount))).toEqual(wishes.map(({ count }) => count));
    expect(seen.sort()).toEqual(wishes.map((_, at) => at));
    for (const [at, wish] of wishes.entries()) expect(Buffer.compare(await store.get(ssts[at]!.path), await rowByRow(wish, { blockSize: 1024, compression: "lz4" }))).toBe(0);
    expect((await createDatabase(store, "db", ssts)).rowCount).toBe(BigInt(wishes.reduce((sum, { count }) => sum + count, 0)));
  });

  it("of no tasks are none", async () => {
    expect(await writeSsts(url, [])).toEqual([]);
    expect(await files()).toEqual([]);
  });

  it("are asked for when a thread is free, and batches when there is room for them", async () => {
    let asked = 0;
    let written = 0;
    let batchesAsked = 0;
    async function* tasks(): AsyncGenerator<SstTask> {
      for (let at = 0; at < 6; at++) {
        asked++;
        expect(asked - written).toBeLessThanOrEqual(2);
        yield { path: `${at}.sst`, columns: batches(at) };
      }
    }
    async function* batches(at: number): AsyncGenerator<RowColumns> {
      for (const batch of columns({ first: at * 1000, count: 1000 }, 100)) {
        batchesAsked++;
        yield batch;
      }
    }
    const ssts = await writeSsts(url, tasks(), { threads: 2, onSst: () => written++ });
    expect([asked, written, batchesAsked, ssts.length]).toEqual([6, 6, 60, 6]);
  });

  it("have two batches in their thread at most, however many there are", async () => {
    let asked = 0;
    function* batches(): Generator<RowColumns> {
      for (const batch of columns({ first: 0, count: 1_000_000 }, 100)) {
        asked++;
        // Of the sixth, the first row is out of order.
        yield asked === 6 ? [...columns({ first: 0, count: 1 })][0]! : batch;
      }
    }
    expect(await failureOf([{ path: "a.sst", columns: batches() }], { threads: 1 })).toMatchObject({ code: "ERR_SST_ROW_ORDER", details: { batch: 5, index: 0 } });
    expect(asked).toBeLessThanOrEqual(8);
    expect(await files()).toEqual([]);
  });

  it("leave the caller's memory as it was, slices of one buffer too; with `transfer` it is handed over", async () => {
    const [whole] = [...columns({ first: 0, count: 3000 }, 3000)];
    const slice = (from: number, to: number): RowColumns => ({ keys: Buffer.from(whole!.keys.buffer), keyOffsets: whole!.keyOffsets.subarray(from, to + 1), values: whole!.values, valueOffsets: Uint32Array.from(whole!.valueOffsets.subarray(from, to + 1)) });
    const [kept] = await writeSsts(url, [{ path: "kept.sst", columns: [slice(0, 1000), slice(1000, 1001), slice(1001, 3000)] }]);
    expect(whole!.keys.length).toBe(27_000);
    expect(Buffer.compare(await store.get(kept!.path), await rowByRow({ first: 0, count: 3000 }))).toBe(0);
    const moved = [...columns({ first: 0, count: 3000 }, 500)];
    await writeSsts(url, [{ path: "moved.sst", columns: moved, transfer: true }]);
    expect(moved.map(({ keys, valueOffsets }) => keys.length + valueOffsets.length)).toEqual(moved.map(() => 0));
    expect(Buffer.compare(await store.get("moved.sst"), await store.get("kept.sst"))).toBe(0);
    const twice = [...columns({ first: 0, count: 100 })][0]!;
    await writeSsts(url, [{ path: "once.sst", columns: [twice], transfer: true }]);
    expect(await failureOf([{ path: "twice.sst", columns: [twice], transfer: true }])).toMatchObject({ code: "ERR_SST_COLUMNS_INVALID", details: { path: "twice.sst", sst: 0, batch: 0 } });
  });

  it("replace what is there with mode overwrite", async () => {
    await writeSsts(url, [task("a.sst", { first: 0, count: 10 })]);
    const [sst] = await writeSsts(url, [task("a.sst", { first: 0, count: 20 })], { mode: "overwrite" });
    expect(sst!.rowCount).toBe(20n);
  });
});

describe("errors of a thread are those of the writer", () => {
  it("a refused row has its code, class and details, the SST and the first cause; nothing stays", async () => {
    const failure = await failureOf([task("good.sst", { first: 0, count: 10 }), task("bad.sst", { first: 0, count: 500, way: "unruly" }), task("late.sst", { first: 0, count: 10 })], { threads: 1 });
    expect(failure).toBeInstanceOf(SstError);
    expect(failure).toMatchObject({ code: "ERR_SST_ROW_ORDER", details: { path: "bad.sst", sst: 1, ordinal: 500, key: new TextEncoder().encode("0") }, cause: { name: "SstError", code: "ERR_SST_ROW_ORDER" } });
    expect(failure.message).toMatch(/^bad\.sst: row 500 \(counted from 0\) has the key "0"/);
    expect(failure.details).not.toHaveProperty("batch");
    expect(await files()).toEqual([]);
  });

  it("in batches, with the place of the batch and the row in it", async () => {
    const batches = [...columns({ first: 0, count: 3000 })];
    const failure = await failureOf([{ path: "a.sst", columns: [batches[0]!, batches[2]!, batches[1]!] }]);
    expect(failure).toMatchObject({ code: "ERR_SST_ROW_ORDER", details: { path: "a.sst", sst: 0, batch: 2, index: 0, ordinal: 2000 } });
    const shape = await failureOf([{ path: "a.sst", columns: [batches[0]!, { ...batches[1]!, keyOffsets: Int32Array.of(0, 5, 3, 9) }] }]);
    expect(shape).toBeInstanceOf(SstTypeError);
    expect(shape).toMatchObject({ code: "ERR_SST_COLUMNS_INVALID", details: { column: "keyOffsets", batch: 1, sst: 0 } });
    for (const wrong of [undefined, 5, "columns", [], { keys: "text" }, { ...batches[0]!, colour: new Uint8Array(1) }]) {
      expect(await failureOf([{ path: "a.sst", columns: [wrong as never] }])).toMatchObject({ code: "ERR_SST_COLUMNS_INVALID", details: { batch: 0 } });
    }
    expect(await files()).toEqual([]);
  });

  it("an SST that is there already, and one without rows", async () => {
    await store.put("there.sst", Uint8Array.of(1), { mode: "create" });
    expect(await failureOf([task("new.sst", { first: 0, count: 10 }), task("there.sst", { first: 0, count: 10 })])).toMatchObject({ code: "ERR_SST_EXISTS", details: { path: "there.sst", sst: 1 } });
    expect(await failureOf([{ path: "empty.sst", columns: [] }])).toMatchObject({ code: "ERR_SST_EMPTY", details: { path: "empty.sst" } });
    expect(await store.get("there.sst")).toEqual(Uint8Array.of(1));
    expect((await files()).length).toBe(1);
  });

  it("options are checked there, but for what cannot get there", async () => {
    expect(await failureOf([task("a.sst", { first: 0, count: 1 })], { blockSize: 1000 as never })).toMatchObject({ code: "ERR_SST_OPTION_INVALID", details: { option: "blockSize" } });
    expect(await failureOf([task("a.sst", { first: 0, count: 1 })], { blocksize: 1024 } as never)).toMatchObject({ code: "ERR_SST_OPTION_UNKNOWN" });
    for (const [option, value] of [["transform", { encode: (bytes: Uint8Array) => bytes }], ["onEvent", () => undefined], ["telemetry", { begin: () => ({}) }], ["compression", { name: "lz4" }], ["threads", 0], ["threads", 1.5], ["threads", 257], ["signal", {}], ["onSst", 5]] as const) {
      expect(await failureOf([], { [option]: value })).toMatchObject({ code: "ERR_SST_OPTION_INVALID", details: { option } });
    }
  });

  it("stores that cannot be shared or opened", async () => {
    await expect(writeSsts("memory:shared", [])).rejects.toMatchObject({ code: "ERR_SST_OPTION_INVALID", details: { option: "storeUrl" } });
    await expect(writeSsts("ftp://host/", [])).rejects.toMatchObject({ name: "StoreError", code: "ERR_STORE_URL" });
  });
});

describe("tasks", () => {
  it.each([
    ["no object", 5, "ERR_SST_OPTION_INVALID"],
    ["no path", { columns: [] }, "ERR_SST_OPTION_INVALID"],
    ["a path that is none", { path: "../a", columns: [] }, "ERR_STORE_PATH"],
    ["neither columns nor module", { path: "a.sst" }, "ERR_SST_OPTION_INVALID"],
    ["both", { path: "a.sst", columns: [], module }, "ERR_SST_OPTION_INVALID"],
    ["a relative module", { path: "a.sst", module: "./rows.js" }, "ERR_SST_OPTION_INVALID"],
    ["columns that are no iterable", { path: "a.sst", columns: 5 }, "ERR_SST_OPTION_INVALID"],
    ["a transfer that is no boolean", { path: "a.sst", columns: [], transfer: 1 }, "ERR_SST_OPTION_INVALID"],
  ] as const)("%s: refused", async (_, wrong, code) => {
    expect(await failureOf([task("first.sst", { first: 0, count: 10 }), wrong as never], { threads: 1 })).toMatchObject({ code });
    expect(await files()).toEqual([]);
  });

  it("with the path of one before, data that cannot be sent, and modules that are not what they should be: refused", async () => {
    expect(await failureOf([task("a.sst", { first: 0, count: 10 }), task("a.sst", { first: 0, count: 10 })])).toMatchObject({ code: "ERR_SST_INGEST_PATH", details: { sst: 1 } });
    expect(await failureOf([{ path: "a.sst", module, data: () => undefined }])).toMatchObject({ code: "ERR_SST_OPTION_INVALID", details: { option: "data", sst: 0 }, cause: { name: "DataCloneError" } });
    expect(await failureOf([{ path: "a.sst", module: NO_MODULE }])).toMatchObject({ code: "ERR_MODULE_NOT_FOUND" });
    expect(await failureOf([{ path: "a.sst", module: "data:text/javascript,export const rows = 1" }])).toMatchObject({ code: "ERR_SST_OPTION_INVALID", details: { option: "module" } });
    expect(await failureOf([task("a.sst", { first: 0, count: 1, way: "nothing" })])).toMatchObject({ code: "ERR_SST_OPTION_INVALID", details: { option: "module" } });
    await expect(writeSsts(url, 5 as never)).rejects.toMatchObject({ code: "ERR_SST_OPTION_INVALID", details: { option: "ssts" } });
    expect(await files()).toEqual([]);
  });
});

describe("sources that throw", () => {
  it("in the thread: their own error, with code and cause", async () => {
    const failure = await failureOf([task("a.sst", { first: 0, count: 500, way: "broken" })]);
    expect(failure).toMatchObject({ name: "RangeError", message: "the source is dry", code: "ERR_DRY", cause: { name: "Error", message: "no rain" } });
    expect(failure.stack).toContain("rows-module.mjs");
    expect(isSstError(failure)).toBe(false);
    expect(await files()).toEqual([]);
  });

  it("here: of batches, of tasks, and what is told of SSTs", async () => {
    const dry = new Error("dry");
    let isClosed = false;
    function* batches(): Generator<RowColumns> {
      try {
        yield* columns({ first: 0, count: 5000 });
        throw dry;
      } finally {
        isClosed = true;
      }
    }
    expect(await failureOf([{ path: "a.sst", columns: batches() }], { partSize: 1024 })).toBe(dry);
    expect(isClosed).toBe(true);
    expect(await failureOf((function* () { yield task("a.sst", { first: 0, count: 10 }); throw dry; })())).toBe(dry);
    expect(await failureOf([task("a.sst", { first: 0, count: 10 })], { onSst: () => { throw dry; } })).toBe(dry);
    expect(await files()).toEqual([]);
  });
});

describe("an abort", () => {
  const reason = new Error("enough");

  it("before it begins, writes nothing", async () => {
    expect(await failureOf([task("a.sst", { first: 0, count: 10 })], { signal: AbortSignal.abort(reason) })).toMatchObject({ code: "ERR_SST_ABORTED", cause: reason });
    expect(await files()).toEqual([]);
  });

  it.each(["patient", "endless"])("reaches a source that is %s, ends the call, and leaves nothing of it", async (way) => {
    const controller = new AbortController();
    const started = new Int32Array(new SharedArrayBuffer(4));
    const failure = failureOf([task("first.sst", { first: 0, count: 10 }), task("a.sst", { first: 0, count: 5000, way, started })], { partSize: 1024, signal: controller.signal });
    await begun(started);
    controller.abort(reason);
    expect(await failure).toMatchObject({ code: "ERR_SST_ABORTED", cause: reason });
    expect(await files()).toEqual([]);
  });

  it("does not wait for a source here that keeps still", async () => {
    const controller = new AbortController();
    async function* still(): AsyncGenerator<RowColumns> {
      yield* columns({ first: 0, count: 5000 });
      controller.abort(reason);
      await new Promise(() => undefined);
    }
    expect(await failureOf([{ path: "a.sst", columns: still() }], { partSize: 1024, signal: controller.signal })).toMatchObject({ code: "ERR_SST_ABORTED" });
    expect(await files()).toEqual([]);
  });
});

describe("a thread that dies", () => {
  it.each([
    ["deadly", /^worker thread 1 ended while it wrote a\.sst with code 7$/, { exitCode: 7 }, undefined],
    ["uncaught", /^worker thread 1 ended while it wrote a\.sst: thrown where nobody catches$/, { exitCode: 1 }, { message: "thrown where nobody catches" }],
  ] as const)("%s: is an error that names it, and leaves nothing", async (way, message, details, cause) => {
    const failure = await failureOf([task("a.sst", { first: 0, count: 20_000, way }), task("b.sst", { first: 0, count: 10 })], { threads: 1, partSize: 1024 });
    expect(failure).toMatchObject({ code: "ERR_SST_INGEST_WORKER", details: { thread: 1, path: "a.sst", sst: 0, ...details } });
    expect(failure.message).toMatch(message);
    if (cause !== undefined) expect(failure).toMatchObject({ cause });
    expect(await files()).toEqual([]);
  });

  it("takes the SSTs of the others with it", async () => {
    const wishes = Array.from({ length: 6 }, (_, at): SstTask => task(newSstPath("db"), { first: at, count: 2000, ...(at === 4 ? { way: "deadly" } : {}) }));
    expect(await failureOf(wishes, { partSize: 1024 })).toMatchObject({ code: "ERR_SST_INGEST_WORKER", details: { sst: 4 } });
    expect(await files()).toEqual([]);
  });

  it("of a call that keeps what is there touches nothing: it may be another process's meanwhile", async () => {
    const started = new Int32Array(new SharedArrayBuffer(4));
    const call = new WriteCall({ store, storeUrl: url, tasks: new Tasks([task("a.sst", { first: 0, count: 20_000, way: "mortal", started })]), writerConfig: { partSize: 1024 }, onSst: undefined, keep: true });
    const failure = call.run(1, undefined).then(() => undefined, (error: unknown) => error);
    await begun(started);
    await store.put("a.sst", new Uint8Array(5), { mode: "create" });
    Atomics.store(started, 0, 2);
    Atomics.notify(started, 0);
    expect(await failure).toMatchObject({ code: "ERR_SST_INGEST_WORKER" });
    expect(await store.get("a.sst")).toEqual(new Uint8Array(5));
  });

  it("because it never comes back is ended by force", async () => {
    const controller = new AbortController();
    const started = new Int32Array(new SharedArrayBuffer(4));
    const failure = failureOf([task("a.sst", { first: 0, count: 20_000, way: "stuck", started })], { partSize: 1024, signal: controller.signal });
    await begun(started);
    controller.abort();
    expect(await failure).toMatchObject({ code: "ERR_SST_ABORTED" });
    expect(await files()).toEqual([]);
  });
});

describe("metadata from a thread", () => {
  it("is what the writer gives", async () => {
    const [sst] = await writeSsts(url, [task("a.sst", { first: 0, count: 3000 })], { digest: "sha256", seq: 7n });
    const writer = await SstWriter.create(store, "b.sst", { digest: "sha256", seq: 7n });
    for (let at = 0; at < 3000; at++) await writer.put(keyOf(at), String(at).padEnd(10, "v"));
    const expected: SstMetadata = await writer.close();
    expect({ ...sst, path: "", etag: "" }).toEqual({ ...expected, path: "", etag: "" });
  });
});
