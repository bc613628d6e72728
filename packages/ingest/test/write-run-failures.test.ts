// When the store fails, the rows do, or the caller gives up: the first error is thrown, and what the run had written goes.
import { MEMORY_CAPABILITIES, MemoryObjectStore, StoreError } from "@slate-sst/object-store";
import { FailingObjectStore, RecordingObjectStore } from "@slate-sst/object-store/testing";
import type { Row } from "@slate-sst/writer";
import { describe, expect, it } from "vitest";
import { writeRun } from "../src/index.js";
import { failure, objectPaths, paths, puts } from "./samples.js";

/** Values that make each SST an upload of several parts. */
function longRows(count: number): Row[] {
  return puts(count).map(({ key }) => ({ key, value: "x".repeat(900) }));
}

const SMALL_PARTS = { sstSize: 6_000, partSize: 2_048, blockSize: 1_024 } as const;

describe("a run that fails", () => {
  it.each([["one request each", puts(60), { sstSize: 500 }], ["uploads", longRows(20), SMALL_PARTS]] as const)("at its n-th call leaves the store empty: %s", async (_, rows, config) => {
    const counting = new RecordingObjectStore(new MemoryObjectStore());
    await writeRun(counting, "db", rows, config);
    const calls = counting.calls();
    expect(calls.length).toBeGreaterThan(9);
    for (const when of ["before", "after"] as const) {
      for (const [index, { outcome }] of calls.entries()) {
        // A call that fails anyway, as asking for an object that is not there yet, has no answer to lose.
        if (when === "after" && outcome === "failed") continue;
        const call = index + 1;
        const inner = new MemoryObjectStore();
        const store = new FailingObjectStore(inner, { call, when });
        const error = await failure(writeRun(store, "db", rows, config));
        expect([error.code, error.details?.["storeCode"]], `call ${call} ${when}`).toEqual(["ERR_SST_WRITE", "ERR_STORE_FAILED"]);
        expect(await objectPaths(inner), `call ${call} ${when}`).toEqual([]);
        const uploads: string[] = [];
        // An answer to createUpload that never came holds the only handle there is.
        for await (const { path } of inner.listUploads("")) uploads.push(path);
        expect(uploads.length, `call ${call} ${when}`).toBeLessThanOrEqual(when === "after" ? 1 : 0);
      }
    }
  });

  it("keeps the first error when cleaning up fails as well, and tries every SST", async () => {
    const inner = new MemoryObjectStore();
    const store = new FailingObjectStore(inner, { method: "put", call: 4, when: "before", error: new StoreError("ERR_STORE_PERMISSION", "no more") }, { method: "delete", call: 1, when: "before", times: 2 });
    expect(await failure(writeRun(store, "db", puts(9), { sstSize: 1 }))).toMatchObject({ code: "ERR_SST_WRITE", details: { storeCode: "ERR_STORE_PERMISSION" } });
    expect(store.count("delete")).toBe(4);
    expect(await objectPaths(inner)).toHaveLength(2);
  });

  it("does not remove an object that was there before", async () => {
    const store = new MemoryObjectStore();
    const next = paths("db");
    const [first, second] = [next(), next()];
    await store.put(second, new Uint8Array(1), { mode: "create" });
    const again = paths("db");
    expect(await failure(writeRun(store, "db", puts(3), { sstSize: 1, paths: again }))).toMatchObject({ code: "ERR_SST_EXISTS", details: { path: second } });
    expect(await objectPaths(store)).toEqual([second]);
    expect(first < second).toBe(true);
  });

  it("does not remove an object that came between", async () => {
    const store = new MemoryObjectStore();
    const next = paths("db");
    async function* rows(): AsyncGenerator<Row> {
      yield* puts(1);
      await store.put(paths("db")(), new Uint8Array(1), { mode: "create" });
    }
    expect(await failure(writeRun(store, "db", rows(), { paths: next }))).toMatchObject({ code: "ERR_SST_EXISTS" });
    expect(await objectPaths(store)).toEqual([paths("db")()]);
  });

  it("with its rows throws what they throw, and ends them when it fails itself", async () => {
    const store = new MemoryObjectStore();
    const broken = new RangeError("line 7 is broken");
    async function* failing(): AsyncGenerator<Row> {
      yield* puts(5);
      throw broken;
    }
    expect(await failure(writeRun(store, "db", failing(), { sstSize: 1 }))).toBe(broken);
    let ended = 0;
    function* unsorted(): Generator<Row> {
      try {
        yield* [...puts(2), ...puts(9)];
      } finally {
        ended++;
      }
    }
    expect(await failure(writeRun(store, "db", unsorted(), { sstSize: 1 }))).toMatchObject({ code: "ERR_SST_ROW_ORDER" });
    expect(ended).toBe(1);
    expect(await objectPaths(store)).toEqual([]);
  });

  it.each([0, 1, 3, 4])("by its signal, after %i rows, leaves the store empty", async (after) => {
    const store = new MemoryObjectStore();
    const aborter = new AbortController();
    function* rows(): Generator<Row> {
      for (const [i, row] of puts(4).entries()) {
        if (i === after) aborter.abort(new Error("enough"));
        yield row;
      }
      if (after === 4) aborter.abort(new Error("enough"));
    }
    expect(await failure(writeRun(store, "db", rows(), { sstSize: 1, signal: aborter.signal }))).toMatchObject({ code: "ERR_SST_ABORTED" });
    expect(await objectPaths(store)).toEqual([]);
  });

  it("because the store can do too little says so; fresh names make mode overwrite a way out", async () => {
    const store = new MemoryObjectStore({ capabilities: { ...MEMORY_CAPABILITIES, putCreate: false } });
    expect(await failure(writeRun(store, "db", puts(3)))).toMatchObject({ code: "ERR_SST_STORE_CAPABILITY" });
    expect(await writeRun(store, "db", puts(3), { mode: "overwrite" })).toHaveLength(1);
  });
});
