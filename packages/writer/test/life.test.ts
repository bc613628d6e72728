// The life of a writer: create, close, metadata, and what is possible in which state.
import { isSstError } from "@slate-sst/format";
import { MemoryObjectStore } from "@slate-sst/object-store";
import { RecordingObjectStore } from "@slate-sst/object-store/testing";
import { beforeEach, describe, expect, it } from "vitest";
import { SstWriter, type SstWriterConfig } from "../src/index.js";
import { WriterLife, type WriterState } from "../src/writer-life.js";
import { GatedObjectStore } from "./gated-object-store.js";
import { asRow, expectSameBytes, objectsOf, PATH, rejectionOf, sampleRows, thrownBy, uploadsOf, writeSamples, writeSst } from "./sample-rows.js";
import { readSst } from "./sst-file.js";

let store: MemoryObjectStore;
beforeEach(() => {
  store = new MemoryObjectStore();
});
const open = (config?: SstWriterConfig): Promise<SstWriter> => SstWriter.create(store, PATH, config);
const rowCalls = (writer: SstWriter): (() => unknown)[] => [
  () => writer.put("z", ""), () => writer.delete("z"), () => writer.merge("z", ""), () => writer.add({ key: "z", value: "" }),
];

describe("close", () => {
  it("publishes the object, moves through the states, and gives the metadata", async () => {
    const writer = await open();
    expect([writer.state, writer.path, writer.rowCount]).toEqual(["writing", PATH, 0]);
    void writer.put("k", "v");
    expect([writer.rowCount, await objectsOf(store)]).toEqual([1, []]);
    const closing = writer.close();
    expect(writer.state).toBe("closing");
    const metadata = await closing;
    expect(writer.state).toBe("closed");
    expect(writer.metadata()).toBe(metadata);
    expect(await objectsOf(store)).toEqual([PATH]);
  });

  it("twice, at once or later, is one close with one answer", async () => {
    const counting = new RecordingObjectStore(store);
    const writer = await SstWriter.create(counting, PATH);
    void writer.put("k", "v");
    const [first, second] = await Promise.all([writer.close(), writer.close()]);
    expect(second).toBe(first);
    expect(await writer.close()).toBe(first);
    expect(counting.count("put")).toBe(1);
  });

  it("on no rows is ERR_SST_EMPTY, creates nothing, replaces nothing, and the writer goes on", async () => {
    for (const mode of ["create", "overwrite"] as const) {
      const counting = new RecordingObjectStore(store);
      if (mode === "overwrite") await store.put(PATH, Uint8Array.of(1), { mode });
      const writer = await SstWriter.create(counting, PATH, { mode, minFilterKeys: 0 });
      for (let time = 0; time < 2; time++) expect(isSstError(await rejectionOf(writer.close()), "ERR_SST_EMPTY")).toBe(true);
      expect(writer.state).toBe("writing");
      expect(counting.calls("put", "createUpload")).toEqual([]);
      expect(await objectsOf(store)).toEqual(mode === "create" ? [] : [PATH]);
      void writer.put("k", "v");
      await writer.close();
      expect((await readSst(await store.get(PATH))).rows).toHaveLength(1);
      await store.delete(PATH);
    }
  });

  it("never throws synchronously", async () => {
    const writer = await open();
    await expect(writer.close()).rejects.toThrow("no rows");
    await writer.abort();
    await expect(writer.close()).rejects.toThrow(/^the writer was aborted$/);
  });
});

describe("metadata()", () => {
  it("throws before close() has resolved, and after an abort", async () => {
    const writer = await open();
    expect(thrownBy(() => writer.metadata())).toMatchObject({ code: "ERR_SST_STATE", details: { state: "writing" } });
    void writer.put("k", "v");
    const closing = writer.close();
    expect(thrownBy(() => writer.metadata())).toMatchObject({ code: "ERR_SST_STATE", details: { state: "closing" } });
    await closing;
    expect(writer.metadata().rowCount).toBe(1n);
    await using aborted = await SstWriter.create(store, "other.sst");
    await aborted.abort();
    expect(thrownBy(() => aborted.metadata())).toMatchObject({ code: "ERR_SST_STATE", details: { state: "aborted" } });
  });
});

describe("rows after close", () => {
  it.each(["closing", "closed"] as const)("are refused by ERR_SST_STATE while %s", async (state) => {
    const gate = new GatedObjectStore(store, { methods: ["put"] });
    const writer = await SstWriter.create(gate, PATH);
    void writer.put("k", "v");
    const closing = writer.close();
    if (state === "closed") {
      gate.open();
      await closing;
    }
    for (const call of rowCalls(writer)) expect(thrownBy(call)).toMatchObject({ code: "ERR_SST_STATE", details: { state } });
    expect(await rejectionOf(writer.writeAll([{ key: "z", value: "" }]))).toMatchObject({ code: "ERR_SST_STATE" });
    gate.open();
    await closing;
    expect(writer.rowCount).toBe(1);
  });
});

describe("mode", () => {
  it("create finds an object that is there at once, and leaves it alone", async () => {
    await store.put(PATH, Uint8Array.of(1, 2, 3), { mode: "create" });
    for (const config of [{}, { mode: "create" }] as const) {
      const error = await rejectionOf(open(config));
      expect(error).toMatchObject({ code: "ERR_SST_EXISTS", details: { path: PATH } });
      expect(String(error)).toContain(`mode "overwrite"`);
    }
    expect(await store.get(PATH)).toEqual(Uint8Array.of(1, 2, 3));
  });

  it.each([["one put", {}], ["an upload", { partSize: 1024, blockSize: 1024 }]] as const)("create finds an object that has come meanwhile at the end of %s, and removes what was staged", async (_, config) => {
    const writer = await open(config);
    await writer.writeAll(sampleRows(300, 1).map(asRow));
    await store.put(PATH, Uint8Array.of(1, 2, 3), { mode: "create" });
    const error = await rejectionOf(writer.close());
    expect(error).toMatchObject({ code: "ERR_SST_EXISTS", details: { path: PATH }, cause: { code: "ERR_STORE_ALREADY_EXISTS" } });
    expect(writer.state).toBe("failed");
    expect(await store.get(PATH)).toEqual(Uint8Array.of(1, 2, 3));
    expect(await uploadsOf(store)).toEqual([]);
    expect(await rejectionOf(writer.close())).toBe(error);
    for (const call of rowCalls(writer)) expect(thrownBy(call)).toBe(error);
    await writer.abort();
  });

  it.each([["one put", {}], ["an upload", { partSize: 1024, blockSize: 1024 }]] as const)("overwrite replaces by %s, at once", async (_, config) => {
    const samples = sampleRows(400, 2);
    await store.put(PATH, Uint8Array.of(1, 2, 3), { mode: "create" });
    const { bytes } = await writeSamples(samples, { ...config, mode: "overwrite" }, store);
    expectSameBytes(bytes, (await writeSamples(samples, config)).bytes);
    expect((await writeSst([{ key: "k", value: "v" }], { ...config, mode: "overwrite" }, store)).metadata.rowCount).toBe(1n);
  });

  it("of two writers that create the same object, the first to close wins", async () => {
    const [one, other] = [await open(), await open()];
    void one.put("k", "one");
    void other.put("k", "other");
    const outcomes = await Promise.allSettled([one.close(), other.close()]);
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
    expect(await rejectionOf(other.close())).toMatchObject({ code: "ERR_SST_EXISTS" });
    expect(new TextDecoder().decode((await readSst(await store.get(PATH))).rows[0]?.value)).toBe("one");
  });
});

describe("states", () => {
  const states: readonly WriterState[] = ["writing", "closing", "closed", "failed", "aborted"];
  const possible: readonly string[] = ["writing>closing", "writing>failed", "writing>aborted", "closing>closed", "closing>failed", "closing>aborted", "failed>aborted", "aborted>closed"];

  it.each(states.flatMap((from) => states.map((to) => [from, to] as const)))("%s > %s", (from, to) => {
    const life = new WriterLife();
    life.state = from;
    if (possible.includes(`${from}>${to}`)) {
      life.move(to);
      expect(life.state).toBe(to);
    } else {
      expect(thrownBy(() => life.move(to))).toMatchObject({ code: "ERR_SST_STATE", details: { state: from, to } });
      expect(life.state).toBe(from);
    }
  });

  it("the first failure sticks, an abort does not replace it, and what is no Error becomes one", () => {
    const life = new WriterLife();
    life.fail("just text");
    expect(life.failure).toMatchObject({ code: "ERR_SST_WRITE", message: "just text" });
    const { failure } = life;
    life.fail(new Error("later"));
    life.abort("given up");
    expect(life.failure).toBe(failure);
    expect(life.state).toBe("aborted");
    expect(thrownBy(() => life.check("put"))).toBe(failure);
  });
});
