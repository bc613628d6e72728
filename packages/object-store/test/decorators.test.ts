// The decorators do what tests rely on.
import { describe, expect, it } from "vitest";
import { MemoryObjectStore, StoreError } from "../src/index.js";
import { FailingObjectStore, RecordingObjectStore } from "../src/testing/index.js";
import { collect, utf8 } from "./local-folder.js";

const OVERWRITE = { mode: "overwrite" } as const;

describe("RecordingObjectStore", () => {
  it("records calls in order, with what they were about and how they ended", async () => {
    const store = new RecordingObjectStore(new MemoryObjectStore());
    await store.put("a", [utf8("xy"), utf8("z")], { mode: "create" });
    await store.getRange("a", 1, 2);
    await expect(store.head("b")).rejects.toMatchObject({ code: "ERR_STORE_NOT_FOUND" });
    const { uploadId } = await store.createUpload("c", { mode: "create", partSize: 2 });
    await store.uploadPart("c", uploadId, 1, utf8("xy"));
    await collect(store.list(""));
    expect(store.calls().map(({ method, path, outcome }) => [method, path, outcome])).toEqual([
      ["put", "a", "done"], ["getRange", "a", "done"], ["head", "b", "failed"], ["createUpload", "c", "done"], ["uploadPart", "c", "done"], ["list", "", "done"],
    ]);
    expect(store.calls("put", "getRange")).toMatchObject([{ mode: "create", size: 3 }, { start: 1, end: 2 }]);
    expect(store.calls("head")[0]?.error).toMatchObject({ code: "ERR_STORE_NOT_FOUND" });
    expect([store.count("put"), store.count("get"), store.bytesSent]).toEqual([1, 0, 5]);
    store.reset();
    expect(store.calls()).toEqual([]);
  });

  it("tells how many calls were under way at once", async () => {
    const store = new RecordingObjectStore(new MemoryObjectStore());
    await store.put("a", utf8("x"), OVERWRITE);
    expect(store.pendingMax).toBe(1);
    await Promise.all([store.get("a"), store.get("a"), store.get("a")]);
    expect(store.pendingMax).toBe(3);
  });

  it("ends the call of a listing that is left early", async () => {
    const store = new RecordingObjectStore(new MemoryObjectStore());
    await store.put("a", utf8("x"), OVERWRITE);
    await store.put("b", utf8("x"), OVERWRITE);
    for await (const { path } of store.list("")) {
      expect(path).toBe("a");
      expect(store.calls("list")[0]?.outcome).toBe("pending");
      break;
    }
    expect(store.calls("list")[0]?.outcome).toBe("done");
  });
});

describe("FailingObjectStore", () => {
  it("fails the n-th call of a method before it acts", async () => {
    const inner = new MemoryObjectStore();
    const store = new FailingObjectStore(inner, { method: "put", call: 2, when: "before" });
    await store.put("a", utf8("x"), OVERWRITE);
    await store.get("a");
    await expect(store.put("b", utf8("x"), OVERWRITE)).rejects.toMatchObject({ code: "ERR_STORE_FAILED", retryable: true, path: "b" });
    await expect(inner.head("b")).rejects.toMatchObject({ code: "ERR_STORE_NOT_FOUND" });
    await store.put("b", utf8("x"), OVERWRITE);
    expect([store.failures, store.count(), store.count("put")]).toEqual([1, 4, 3]);
  });

  it("fails a call after it has acted", async () => {
    const inner = new MemoryObjectStore();
    const store = new FailingObjectStore(inner, { method: "put", call: 1, when: "after" });
    await expect(store.put("a", utf8("x"), { mode: "create" })).rejects.toMatchObject({ code: "ERR_STORE_FAILED" });
    expect((await inner.head("a")).size).toBe(1);
    await expect(store.put("a", utf8("x"), { mode: "create" })).rejects.toMatchObject({ code: "ERR_STORE_ALREADY_EXISTS" });
  });

  it("leaves the store's own errors as they are", async () => {
    const store = new FailingObjectStore(new MemoryObjectStore(), { method: "head", call: 1, when: "after" });
    await expect(store.head("a")).rejects.toMatchObject({ code: "ERR_STORE_NOT_FOUND" });
  });

  it("throws what it is given, for as many calls as wanted, of any method", async () => {
    const error = new StoreError("ERR_STORE_PERMISSION", "no");
    const store = new FailingObjectStore(new MemoryObjectStore(), { call: 2, times: Infinity, when: "before", error });
    await store.put("a", utf8("x"), OVERWRITE);
    await expect(store.get("a")).rejects.toBe(error);
    await expect(collect(store.list(""))).rejects.toBe(error);
    await expect(collect(store.stream("a"))).rejects.toBe(error);
    await expect(store.abortUpload("a", "id")).rejects.toBe(error);
  });

  it("fails a listing behind its last item", async () => {
    const store = new FailingObjectStore(new MemoryObjectStore(), { method: "list", call: 1, when: "after" });
    await store.put("a", utf8("x"), OVERWRITE);
    const seen: string[] = [];
    const listing = async (): Promise<void> => {
      for await (const { path } of store.list("")) seen.push(path);
    };
    await expect(listing()).rejects.toMatchObject({ code: "ERR_STORE_FAILED" });
    expect(seen).toEqual(["a"]);
  });

  it("hangs until the signal is aborted", async () => {
    const inner = new MemoryObjectStore();
    const store = new FailingObjectStore(inner, { method: "put", call: 1, times: 2, when: "hang" });
    const controller = new AbortController();
    const put = store.put("a", utf8("x"), { mode: "create", signal: controller.signal });
    controller.abort(new Error("time is up"));
    await expect(put).rejects.toThrow("time is up");
    await expect(store.put("a", utf8("x"), { mode: "create", signal: AbortSignal.abort(new Error("too late")) })).rejects.toThrow("too late");
    await expect(inner.head("a")).rejects.toMatchObject({ code: "ERR_STORE_NOT_FOUND" });
  });
});
