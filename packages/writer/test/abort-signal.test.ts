// The option `signal`: aborted before, during create, while writing, while closing, and after.
import { MemoryObjectStore } from "@slate-sst/object-store";
import { FailingObjectStore, RecordingObjectStore } from "@slate-sst/object-store/testing";
import { beforeEach, describe, expect, it } from "vitest";
import { SstWriter, type SstWriterConfig } from "../src/index.js";
import { GatedObjectStore } from "./gated-object-store.js";
import { asRow, objectsOf, PATH, rejectionOf, sampleRows, thrownBy, uploadsOf } from "./sample-rows.js";

const rows = sampleRows(400, 41).map(asRow);
const inParts: SstWriterConfig = { partSize: 1024, blockSize: 1024 };
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

let memory: MemoryObjectStore;
let controller: AbortController;
beforeEach(() => {
  memory = new MemoryObjectStore();
  controller = new AbortController();
});
const expectNothingLeft = async (): Promise<void> => expect({ objects: await objectsOf(memory), uploads: await uploadsOf(memory) }).toEqual({ objects: [], uploads: [] });

describe("a signal", () => {
  it("aborted before: create is refused, and the store is not asked", async () => {
    const store = new RecordingObjectStore(memory);
    controller.abort(new Error("shutting down"));
    const error = await rejectionOf(SstWriter.create(store, PATH, { signal: controller.signal }));
    expect(error).toMatchObject({ code: "ERR_SST_ABORTED", message: "the writer was aborted: shutting down", cause: controller.signal.reason });
    expect(store.calls()).toEqual([]);
  });

  it.each([["compression is loaded", { compression: "zstd" }], ["the store is asked", {}]] as const)("aborted while %s: create is refused", async (_, config) => {
    const gate = new GatedObjectStore(memory, { methods: ["head"], heedsSignals: false });
    const creating = SstWriter.create(gate, PATH, { ...config, signal: controller.signal });
    if (!("compression" in config)) await gate.arrivals(1);
    controller.abort();
    gate.open();
    expect(await rejectionOf(creating)).toMatchObject({ code: "ERR_SST_ABORTED" });
  });

  it("aborted while the store hangs: create does not", async () => {
    const store = new FailingObjectStore(memory, { method: "head", call: 1, when: "hang" });
    const creating = SstWriter.create(store, PATH, { signal: controller.signal });
    await settle();
    controller.abort();
    expect(await rejectionOf(creating)).toMatchObject({ code: "ERR_SST_ABORTED" });
  });

  it("aborted while rows are written: the next call is refused, what was staged goes", async () => {
    const writer = await SstWriter.create(memory, PATH, { ...inParts, signal: controller.signal });
    await writer.writeAll(rows);
    expect((await uploadsOf(memory)).length).toBe(1);
    controller.abort("user pressed stop");
    const failure = thrownBy(() => writer.put("z", ""));
    expect(failure).toMatchObject({ code: "ERR_SST_ABORTED", message: "the writer was aborted: user pressed stop", cause: "user pressed stop" });
    expect(writer.state).toBe("aborted");
    expect(await rejectionOf(writer.close())).toBe(failure);
    await writer.abort();
    await expectNothingLeft();
  });

  it("without a reason of its own tells that of the platform", async () => {
    const writer = await SstWriter.create(memory, PATH, { signal: controller.signal });
    controller.abort();
    expect(thrownBy(() => writer.put("k", ""))).toMatchObject({ code: "ERR_SST_ABORTED", cause: { name: "AbortError" } });
  });

  it.each(["createUpload", "uploadPart", "completeUpload", "put"] as const)("aborted while %s hangs: whoever waits is freed", async (method) => {
    const store = new FailingObjectStore(memory, { method, call: 1, when: "hang" });
    const writer = await SstWriter.create(store, PATH, { ...(method === "put" ? {} : inParts), signal: controller.signal });
    const finishing = (async () => {
      await writer.writeAll(rows);
      await writer.close();
    })();
    const outcome = rejectionOf(finishing);
    while (store.failures === 0) await settle();
    controller.abort("time is up");
    expect(await outcome).toMatchObject({ code: "ERR_SST_ABORTED", message: "the writer was aborted: time is up" });
    await writer.abort();
    await expectNothingLeft();
  });

  it("aborted after close changes nothing, and nothing listens any more", async () => {
    const listeners = new Set<unknown>();
    const { signal } = controller;
    const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)];
    signal.addEventListener = (...given: Parameters<typeof add>) => (listeners.add(given[1]), add(...given));
    signal.removeEventListener = (...given: Parameters<typeof remove>) => (listeners.delete(given[1]), remove(...given));
    for (const [path, end] of [["a.sst", "close"], ["b.sst", "abort"]] as const) {
      const writer = await SstWriter.create(memory, path, { signal });
      expect(listeners.size).toBe(1);
      void writer.put("k", "v");
      await writer[end]();
      expect(listeners.size).toBe(0);
    }
    controller.abort();
    await settle();
    expect(await objectsOf(memory)).toEqual(["a.sst"]);
  });

  it("of several writers aborts them all, and hides no failure that came first", async () => {
    const failing = new FailingObjectStore(memory, { method: "uploadPart", call: 1, when: "before" });
    const one = await SstWriter.create(failing, "one.sst", { ...inParts, signal: controller.signal });
    const other = await SstWriter.create(memory, "other.sst", { ...inParts, signal: controller.signal });
    const failure = await rejectionOf(one.writeAll(rows));
    await other.writeAll(rows);
    controller.abort();
    expect([one.state, other.state]).toEqual(["aborted", "aborted"]);
    expect(await rejectionOf(one.close())).toBe(failure);
    expect(await rejectionOf(other.close())).toMatchObject({ code: "ERR_SST_ABORTED" });
    await Promise.all([one.abort(), other.abort()]);
    await expectNothingLeft();
  });
});
