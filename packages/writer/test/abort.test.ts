// Giving up: abort(), leaving `await using`, an AbortSignal. Nothing stays behind, and no first error is hidden.
import { type CompleteUploadOptions, MemoryObjectStore, type ObjectBody, type PartReceipt, type PutOptions, type PutResult } from "@slate-sst/object-store";
import { FailingObjectStore, RecordingObjectStore } from "@slate-sst/object-store/testing";
import { beforeEach, describe, expect, it } from "vitest";
import { SstWriter, type SstWriterConfig } from "../src/index.js";
import { GatedObjectStore } from "./gated-object-store.js";
import { asRow, objectsOf, PATH, rejectionOf, sampleRows, thrownBy, uploadsOf } from "./sample-rows.js";

const rows = sampleRows(400, 37).map(asRow);
const inParts: SstWriterConfig = { partSize: 1024, blockSize: 1024 };

let memory: MemoryObjectStore;
beforeEach(() => {
  memory = new MemoryObjectStore();
});
const expectNothingLeft = async (): Promise<void> => expect({ objects: await objectsOf(memory), uploads: await uploadsOf(memory) }).toEqual({ objects: [], uploads: [] });

/** A store whose request is already on its way when the signal is aborted: it goes through. */
class LateObjectStore extends GatedObjectStore {
  override async put(path: string, body: ObjectBody, { mode }: PutOptions): Promise<PutResult> {
    return super.put(path, body, { mode });
  }

  override async completeUpload(path: string, uploadId: string, parts: readonly PartReceipt[], { mode }: CompleteUploadOptions): Promise<PutResult> {
    return super.completeUpload(path, uploadId, parts, { mode });
  }
}

describe("abort()", () => {
  it.each([["before any row", 0], ["before any part has left", 5], ["after parts have left", 400]])("%s leaves nothing, and every later call repeats it", async (_, count) => {
    const store = new RecordingObjectStore(memory);
    const writer = await SstWriter.create(store, PATH, inParts);
    await writer.writeAll(rows.slice(0, count));
    await writer.abort("changed my mind");
    expect(writer.state).toBe("aborted");
    await expectNothingLeft();
    const failure = await rejectionOf(writer.close());
    expect(failure).toMatchObject({ code: "ERR_SST_ABORTED", message: "the writer was aborted: changed my mind", cause: "changed my mind" });
    for (const call of [() => writer.put("z", ""), () => writer.delete("z"), () => writer.merge("z", ""), () => writer.add({ key: "z", value: "" })]) expect(thrownBy(call)).toBe(failure);
    expect(await rejectionOf(writer.writeAll(rows))).toBe(failure);
    expect(store.count("abortUpload")).toBe(count === 400 ? 1 : 0);
  });

  it("names its reason, or none", async () => {
    for (const [reason, message] of [[undefined, "the writer was aborted"], [new Error("disk full"), "the writer was aborted: disk full"], [5, "the writer was aborted: 5"]] as const) {
      const writer = await SstWriter.create(memory, PATH);
      await writer.abort(reason);
      expect(thrownBy(() => writer.put("k", ""))).toMatchObject({ message });
    }
  });

  it("may be called again and again, at once or later, and cleans up once", async () => {
    const store = new RecordingObjectStore(memory);
    const writer = await SstWriter.create(store, PATH, inParts);
    await writer.writeAll(rows);
    await Promise.all([writer.abort("first"), writer.abort("second")]);
    await writer.abort("third");
    expect(store.count("abortUpload")).toBe(1);
    expect(thrownBy(() => writer.put("z", ""))).toMatchObject({ message: "the writer was aborted: first" });
  });

  it("after close does nothing", async () => {
    const writer = await SstWriter.create(memory, PATH, inParts);
    await writer.writeAll(rows);
    const metadata = await writer.close();
    await writer.abort();
    expect([writer.state, writer.metadata(), await objectsOf(memory)]).toEqual(["closed", metadata, [PATH]]);
    expect(thrownBy(() => writer.put("z", ""))).toMatchObject({ code: "ERR_SST_STATE" });
  });

  it.each([true, false])("waits for the parts under way before it removes the upload (store heeds signals: %s)", async (heedsSignals) => {
    const gate = new GatedObjectStore(new RecordingObjectStore(memory), { methods: ["uploadPart"], heedsSignals });
    const writer = await SstWriter.create(gate, PATH, inParts);
    for (const row of rows) void writer.add(row);
    await gate.arrivals(2);
    let done = false;
    const aborted = writer.abort().then(() => (done = true));
    await new Promise((resolve) => setImmediate(resolve));
    if (!heedsSignals) {
      expect([done, (await uploadsOf(memory)).length]).toEqual([false, 1]);
      gate.release();
    }
    await aborted;
    expect(gate.held).toEqual([]);
    await expectNothingLeft();
  });

  it("during the wait for room: who waits gets the abort or goes on to meet it", async () => {
    const gate = new GatedObjectStore(memory, { methods: ["uploadPart"] });
    const writer = await SstWriter.create(gate, PATH, inParts);
    const writing = writer.writeAll(rows);
    await gate.arrivals(2);
    await writer.abort("enough");
    expect(await rejectionOf(writing)).toMatchObject({ code: "ERR_SST_ABORTED", message: "the writer was aborted: enough" });
    await expectNothingLeft();
  });

  it.each(["put", "uploadPart", "completeUpload"] as const)("during close, while %s is under way: close() rejects with the abort", async (method) => {
    const gate = new GatedObjectStore(memory, { methods: [method] });
    const writer = await SstWriter.create(gate, PATH, method === "put" ? {} : inParts);
    for (const row of rows) void writer.add(row);
    const closing = writer.close();
    await gate.arrivals(1);
    const aborting = writer.abort("too late");
    expect(await rejectionOf(closing)).toMatchObject({ code: "ERR_SST_ABORTED", message: "the writer was aborted: too late" });
    await aborting;
    expect(writer.state).toBe("aborted");
    await expectNothingLeft();
  });

  it.each(["put", "completeUpload"] as const)("during close, when %s publishes nonetheless: the SST is closed, and abort resolves", async (method) => {
    const late = new LateObjectStore(memory, { methods: [method] });
    const writer = await SstWriter.create(late, PATH, method === "put" ? {} : inParts);
    for (const row of rows) void writer.add(row);
    const closing = writer.close();
    await late.arrivals(1);
    const aborting = writer.abort();
    late.open();
    const metadata = await closing;
    await aborting;
    expect([writer.state, writer.metadata(), await objectsOf(memory), await uploadsOf(memory)]).toEqual(["closed", metadata, [PATH], []]);
    expect(await writer.close()).toBe(metadata);
    expect(thrownBy(() => writer.put("z", ""))).toMatchObject({ code: "ERR_SST_STATE", details: { state: "closed" } });
  });

  it("says when what was staged could not be removed, and tries again when called again", async () => {
    const store = new FailingObjectStore(memory, { method: "abortUpload", call: 1, times: 2, when: "before" });
    const writer = await SstWriter.create(store, PATH, inParts);
    await writer.writeAll(rows);
    for (let time = 0; time < 2; time++) {
      expect(await rejectionOf(writer.abort())).toMatchObject({ code: "ERR_SST_WRITE", details: { path: PATH }, cause: { code: "ERR_STORE_FAILED" } });
      expect((await uploadsOf(memory)).length).toBe(1);
    }
    await writer.abort();
    await expectNothingLeft();
    expect(store.count("abortUpload")).toBe(3);
  });

  it("says nothing of it when something had failed before: that failure stays the one", async () => {
    const store = new FailingObjectStore(memory, { method: "uploadPart", call: 3, when: "before" }, { method: "abortUpload", call: 1, when: "before" });
    const writer = await SstWriter.create(store, PATH, inParts);
    const failure = await rejectionOf(writer.writeAll(rows));
    await writer.abort();
    expect(await rejectionOf(writer.close())).toBe(failure);
    await writer.abort();
    await expectNothingLeft();
  });
});

describe("await using", () => {
  it("aborts what was not closed, and leaves alone what was", async () => {
    let left: SstWriter;
    {
      await using writer = await SstWriter.create(memory, PATH, inParts);
      await writer.writeAll(rows);
      left = writer;
    }
    expect(left.state).toBe("aborted");
    await expectNothingLeft();
    {
      await using writer = await SstWriter.create(memory, PATH, inParts);
      await writer.writeAll(rows);
      await writer.close();
    }
    expect(await objectsOf(memory)).toEqual([PATH]);
  });

  it("does not hide the error it is left with, even when cleaning up fails", async () => {
    const store = new FailingObjectStore(memory, { method: "abortUpload", call: 1, times: Number.POSITIVE_INFINITY, when: "before" });
    const mistake = new Error("a bug of the caller");
    const error = await rejectionOf((async () => {
      await using writer = await SstWriter.create(store, PATH, inParts);
      await writer.writeAll(rows);
      throw mistake;
    })());
    expect(error).toBe(mistake);
    expect(store.count("abortUpload")).toBe(1);
  });

  it("a refusal of a row comes out as it is", async () => {
    const error = await rejectionOf((async () => {
      await using writer = await SstWriter.create(memory, PATH, inParts);
      await writer.writeAll([...rows, { key: "", value: "" }]);
    })());
    expect(error).toMatchObject({ code: "ERR_SST_KEY_EMPTY", details: { index: 400 } });
    await expectNothingLeft();
  });
});
