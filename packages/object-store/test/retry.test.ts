// Calls are tried again where that is safe, as often as the options say, at random delays, and everybody can watch.
import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { MEMORY_CAPABILITIES, MemoryObjectStore, RetryingObjectStore, StoreError, systemClock, type ObjectStore, type RetryOptions, type StoreAttempt } from "../src/index.js";
import { FailingObjectStore, ManualClock, RecordingObjectStore, type FailureRule } from "../src/testing/index.js";
import { collect, utf8 } from "./local-folder.js";

const OVERWRITE = { mode: "overwrite" } as const;
const CREATE = { mode: "create" } as const;

/** A retrying store in front of one that fails by rules, in front of memory. */
function failing(rules: readonly FailureRule[], options: RetryOptions = {}): { store: RetryingObjectStore; inner: MemoryObjectStore; faulty: FailingObjectStore; clock: ManualClock } {
  const inner = new MemoryObjectStore();
  const faulty = new FailingObjectStore(inner, ...rules);
  const clock = new ManualClock();
  return { store: new RetryingObjectStore(faulty, { clock, random: () => 0.5, ...options }), inner, faulty, clock };
}

/** A store that knows its completed uploads again, as the clouds' stores do. */
function settling(inner: ObjectStore, url: string | undefined): ObjectStore & { looks: number } {
  const known = Object.assign(Object.create(inner) as ObjectStore, {
    looks: 0,
    settleUpload: async () => {
      known.looks += 1;
      return url === undefined ? undefined : { etag: url };
    },
  });
  for (const method of ["head", "createUpload", "uploadPart", "completeUpload", "abortUpload", "listUploads", "listParts"] as const) {
    Object.assign(known, { [method]: (inner[method] as (...values: unknown[]) => unknown).bind(inner) });
  }
  Object.defineProperties(known, { url: { value: inner.url }, capabilities: { value: inner.capabilities } });
  return known;
}

describe("RetryingObjectStore", () => {
  it("tries a call again until it succeeds, after random delays whose bound doubles up to the longest", async () => {
    const { store, clock, faulty } = failing([{ method: "get", call: 1, times: 9, when: "before" }], { random: () => 1 - Number.EPSILON, delayFirst: 100, delayMax: 1000 });
    await store.put("a", utf8("x"), OVERWRITE);
    expect(await store.get("a")).toEqual(utf8("x"));
    expect(clock.sleeps.map(Math.round)).toEqual([100, 200, 400, 800, 1000, 1000, 1000, 1000, 1000]);
    expect(faulty.count("get")).toBe(10);
    const none = failing([{ method: "get", call: 1, when: "before" }], { random: () => 0 });
    await none.store.put("a", utf8("x"), OVERWRITE);
    await none.store.get("a");
    expect(none.clock.sleeps).toEqual([0]);
  });

  it("gives up after so many attempts, with the last failure", async () => {
    const { store, faulty } = failing([{ call: 1, times: Infinity, when: "before" }], { attemptsMax: 4 });
    await expect(store.head("a")).rejects.toMatchObject({ code: "ERR_STORE_FAILED", message: "head was made to fail (before)" });
    expect(faulty.count("head")).toBe(4);
  });

  it("gives up when the next attempt would begin behind the deadline", async () => {
    const { store, clock } = failing([{ call: 1, times: Infinity, when: "before" }], { attemptsMax: 1000, delayFirst: 1000, delayMax: 1000, deadline: 3000 });
    await expect(store.head("a")).rejects.toMatchObject({ code: "ERR_STORE_FAILED" });
    expect(clock.now()).toBeLessThan(3000);
    expect(clock.sleeps).toEqual([500, 500, 500, 500, 500]);
  });

  it("does not try again what can't succeed", async () => {
    const error = new StoreError("ERR_STORE_PERMISSION", "no");
    const { store, faulty } = failing([{ call: 1, times: Infinity, when: "before", error }]);
    await expect(store.get("a")).rejects.toBe(error);
    await expect(collect(store.list(""))).rejects.toBe(error);
    expect(faulty.count()).toBe(2);
  });

  it("cuts an attempt off when its time is up, and tries again; bodies get more time", async () => {
    const { store, clock, faulty } = failing([{ method: "put", call: 1, when: "hang" }, { method: "head", call: 1, when: "hang" }], { attemptTimeout: 1000, deadline: 100_000, bytesPerSecondMin: 10 });
    const put = store.put("a", new Uint8Array(50), OVERWRITE);
    await Promise.resolve();
    clock.advance(5999);
    expect(faulty.count("put")).toBe(1);
    clock.advance(1);
    await put;
    expect(faulty.count("put")).toBe(2);
    const head = store.head("a");
    await Promise.resolve();
    clock.advance(1000);
    await head;
  });

  it("fails with the caller's reason when that aborts, in an attempt and between two", async () => {
    const reason = new Error("stop");
    const { store, clock } = failing([{ call: 1, when: "hang" }, { call: 2, times: Infinity, when: "before" }]);
    const controller = new AbortController();
    const call = store.get("a", { signal: controller.signal });
    controller.abort(reason);
    await expect(call).rejects.toBe(reason);
    const between = new AbortController();
    const sleepy = Object.assign(clock, { sleep: async (_: number, signal: AbortSignal | undefined) => { between.abort(reason); signal?.throwIfAborted(); } });
    expect(sleepy).toBe(clock);
    await expect(store.get("a", { signal: between.signal })).rejects.toBe(reason);
  });

  it("tells of every attempt, to the call's listener and the store's, and does not mind what those throw", async () => {
    const seen: StoreAttempt[] = [];
    const all: string[] = [];
    const { store, inner } = failing([{ method: "uploadPart", call: 1, when: "before" }], { onAttempt: ({ method, outcome }) => all.push(`${method} ${outcome}`) });
    const { uploadId } = await store.createUpload("a", { mode: "create", partSize: 1 });
    const onAttempt = (attempt: StoreAttempt): void => {
      seen.push(attempt);
      throw new Error("a listener's own");
    };
    await store.uploadPart("a", uploadId, 1, utf8("x"), { onAttempt });
    expect(seen).toMatchObject([
      { store: inner.url, method: "uploadPart", path: "a", partNumber: 1, attempt: 1, outcome: "retry", delay: 50, error: { code: "ERR_STORE_FAILED" } },
      { store: inner.url, method: "uploadPart", path: "a", partNumber: 1, attempt: 2, outcome: "done", delay: undefined, error: undefined },
    ]);
    expect(JSON.stringify(seen)).not.toContain(uploadId);
    expect(all).toEqual(["createUpload done", "uploadPart retry", "uploadPart done"]);
    await expect(store.get("b", { onAttempt })).rejects.toMatchObject({ code: "ERR_STORE_NOT_FOUND" });
    expect(seen.at(-1)).toMatchObject({ method: "get", outcome: "failed" });
  });

  it("does not mind a listener that rejects", async () => {
    const rejections: unknown[] = [];
    const note = (error: unknown): void => void rejections.push(error);
    process.on("unhandledRejection", note);
    const onAttempt: () => unknown = async () => await Promise.reject(new Error("a listener's own"));
    const { store } = failing([], { onAttempt });
    await store.put("a", utf8("x"), OVERWRITE);
    await new Promise((resolve) => setImmediate(resolve));
    process.off("unhandledRejection", note);
    expect(rejections).toEqual([]);
  });

  it("leaves nothing at the caller's signal, which may outlive many calls", async () => {
    const { store } = failing([{ method: "get", call: 1, when: "before" }]);
    await store.put("a", utf8("x"), OVERWRITE);
    const { signal } = new AbortController();
    await store.get("a", { signal });
    await expect(store.get("b", { signal })).rejects.toMatchObject({ code: "ERR_STORE_NOT_FOUND" });
    await collect(store.list("", { signal }));
    for await (const chunk of store.stream("a", { signal })) if (chunk.length > 0) break;
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });

  it("gives a completion more time with each attempt: a store may take long to put the object together", async () => {
    const { store, clock, faulty } = failing([{ method: "completeUpload", call: 1, times: 2, when: "hang" }], { attemptTimeout: 1000, deadline: 100_000, random: () => 0 });
    const { uploadId } = await store.createUpload("a", { mode: "overwrite", partSize: 1 });
    const part = await store.uploadPart("a", uploadId, 1, utf8("x"));
    const done = store.completeUpload("a", uploadId, [part], OVERWRITE);
    for (const [milliseconds, attempts] of [[1000, 2], [1999, 2], [1, 3]] as const) {
      clock.advance(milliseconds);
      await new Promise((resolve) => setImmediate(resolve));
      expect(faulty.count("completeUpload")).toBe(attempts);
    }
    await done;
  });

  it("goes on with a listing behind what it has handed out", async () => {
    const inner = new MemoryObjectStore();
    for (const path of ["a", "b", "c", "d"]) await inner.put(path, utf8("x"), OVERWRITE);
    let fails = 2;
    const faulty = Object.assign(Object.create(inner) as ObjectStore, {
      url: inner.url, capabilities: inner.capabilities,
      async *list(prefix: string, options: object) {
        let handed = 0;
        for await (const item of inner.list(prefix, options)) {
          yield item;
          handed += 1;
          if (handed === 2 && fails > 0) {
            fails -= 1;
            throw new StoreError("ERR_STORE_FAILED", "cut", { retryable: true });
          }
        }
      },
    });
    const store = new RetryingObjectStore(faulty, { clock: new ManualClock() });
    expect((await collect(store.list(""))).map(({ path }) => path)).toEqual(["a", "b", "c", "d"]);
    expect(fails).toBe(0);
  });

  it("reads a stream again only while nothing of it was handed out", async () => {
    const { store, inner } = failing([{ method: "stream", call: 1, when: "before" }, { method: "stream", call: 3, when: "after" }]);
    await inner.put("a", utf8("xyz"), OVERWRITE);
    expect(await collect(store.stream("a"))).toEqual([utf8("xyz")]);
    await expect(collect(store.stream("a"))).rejects.toMatchObject({ code: "ERR_STORE_FAILED", retryable: true });
  });

  it("knows its own object again when the answer to a create was lost", async () => {
    const { store, inner, faulty } = failing([{ method: "put", call: 1, when: "after" }]);
    const seen: string[] = [];
    const { etag } = await store.put("a", utf8("mine"), { ...CREATE, metadata: { writer: "test" }, onAttempt: ({ method, outcome }) => seen.push(`${method} ${outcome}`) });
    expect(etag).toBe((await inner.head("a")).etag);
    expect(await inner.get("a")).toEqual(utf8("mine"));
    expect(faulty.count("put")).toBe(1);
    expect(seen).toEqual(["head done", "put settled"]);
    expect((await store.head("a")).metadata).toEqual({ writer: "test" });
    expect(Object.keys((await inner.head("a")).metadata)).toEqual(["writer", "slatesstid"]);
  });

  it("does not take another writer's object for its own", async () => {
    const { store, inner } = failing([{ method: "put", call: 1, when: "before" }]);
    await inner.put("a", utf8("theirs"), CREATE);
    await expect(store.put("a", utf8("mine"), CREATE)).rejects.toMatchObject({ code: "ERR_STORE_ALREADY_EXISTS" });
    expect(await inner.get("a")).toEqual(utf8("theirs"));
  });

  it("says that it does not know, where a store keeps no metadata to know it by", async () => {
    const inner = new MemoryObjectStore({ capabilities: { ...MEMORY_CAPABILITIES, metadataSizeMax: 0 } });
    const store = new RetryingObjectStore(new FailingObjectStore(inner, { method: "put", call: 1, when: "after" }), { clock: new ManualClock() });
    await expect(store.put("a", utf8("mine"), CREATE)).rejects.toMatchObject({ code: "ERR_STORE_FAILED", message: expect.stringContaining("is not known") });
  });

  it("does not believe an answer that tells of an effect when nobody can look", async () => {
    const { store } = failing([{ method: "put", call: 1, when: "after" }, { method: "head", call: 1, times: Infinity, when: "before" }]);
    await expect(store.put("a", utf8("mine"), CREATE)).rejects.toMatchObject({ code: "ERR_STORE_FAILED", message: expect.stringContaining("is not known") });
  });

  it("settles a completion whose answer was lost by a look, not by a second completion", async () => {
    for (const [found, completions] of [["etag", 1], [undefined, 2]] as const) {
      const inner = new MemoryObjectStore();
      const recording = new RecordingObjectStore(inner);
      const faulty = settling(new FailingObjectStore(recording, { method: "completeUpload", call: 1, when: found === undefined ? "before" : "after" }), found);
      const store = new RetryingObjectStore(faulty, { clock: new ManualClock(), random: () => 0 });
      const { uploadId } = await store.createUpload("a", { mode: "create", partSize: 1 });
      const part = await store.uploadPart("a", uploadId, 1, utf8("x"));
      await store.completeUpload("a", uploadId, [part], CREATE);
      expect(faulty.looks).toBe(1);
      expect(recording.count("completeUpload")).toBe(completions - (found === undefined ? 1 : 0));
      expect(await inner.get("a")).toEqual(utf8("x"));
    }
  });

  it("removes the empty upload that a lost answer has left, and no other", async () => {
    for (const attemptsMax of [1, 5]) {
      const { store, inner } = failing([{ method: "createUpload", call: 3, when: "after" }], { attemptsMax });
      const other = await store.createUpload("b", { mode: "overwrite", partSize: 1 });
      const busy = await store.createUpload("a", { mode: "overwrite", partSize: 1 });
      await store.uploadPart("a", busy.uploadId, 1, utf8("x"));
      const created = await store.createUpload("a", { mode: "overwrite", partSize: 1 }).then(({ uploadId }) => [uploadId], () => []);
      expect(created.length).toBe(attemptsMax === 1 ? 0 : 1);
      const left = (await collect(inner.listUploads(""))).map(({ uploadId }) => uploadId).sort();
      expect(left).toEqual([other.uploadId, busy.uploadId, ...created].sort());
    }
  });

  it("keeps its own metadata name to itself", async () => {
    const { store } = failing([]);
    expect(store.capabilities.metadataSizeMax).toBe(MEMORY_CAPABILITIES.metadataSizeMax - 42);
    const metadata = { slatesstid: "mine" };
    await expect(store.put("a", utf8("x"), { mode: "overwrite", metadata })).rejects.toMatchObject({ code: "ERR_STORE_ARGUMENT" });
    await expect(store.createUpload("a", { mode: "overwrite", partSize: 1, metadata })).rejects.toMatchObject({ code: "ERR_STORE_ARGUMENT" });
  });

  it("refuses options that are none", () => {
    for (const options of [{ attemptsMax: 0 }, { attemptsMax: 1.5 }, { delayMax: -1 }, { deadline: Number.NaN }, { attempts: 3 }, { random: 1 }, { clock: {} }]) {
      expect(() => new RetryingObjectStore(new MemoryObjectStore(), options as unknown as RetryOptions), JSON.stringify(options)).toThrow(expect.objectContaining({ code: "ERR_STORE_ARGUMENT" }));
    }
  });
});

describe("systemClock", () => {
  it("sleeps, and is woken by a signal", async () => {
    await systemClock.sleep(1, undefined);
    const reason = new Error("stop");
    await expect(systemClock.sleep(1e9, AbortSignal.abort(reason))).rejects.toBe(reason);
    const controller = new AbortController();
    const sleep = systemClock.sleep(1e9, controller.signal);
    controller.abort(reason);
    await expect(sleep).rejects.toBe(reason);
    await new Promise<void>((resolve) => {
      systemClock.alarm(1, resolve);
    });
    systemClock.alarm(1e9, () => undefined)();
    expect(systemClock.now()).toBeGreaterThan(0);
  });
});
