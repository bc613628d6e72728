// writeColumns() and a slow, an aborted, a failing upload.
import { loadCodec } from "@slate-sst/format";
import { type ObjectStore, MemoryObjectStore } from "@slate-sst/object-store";
import { FailingObjectStore } from "@slate-sst/object-store/testing";
import { describe, expect, it } from "vitest";
import { SstWriter, type SstWriterConfig } from "../src/index.js";
import { toColumns } from "./column-rows.js";
import { GatedObjectStore } from "./gated-object-store.js";
import { expectSameBytes, objectsOf, PATH, rejectionOf, sampleRows, thrownBy, uploadsOf, writeSamples } from "./sample-rows.js";

const samples = sampleRows(6000, 130);
const columns = toColumns(samples);
const small: SstWriterConfig = { partSize: 1024, blockSize: 1024, maxPartsInFlight: 1 };
const configs: readonly SstWriterConfig[] = [{}, { compression: "lz4" }, { formatVersion: 1 }, { verifyBlocks: true }, { transform: { encode: async (bytes) => Promise.resolve(bytes.slice()) } }, { onDuplicate: "keepLast" }];
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
const gated = (inner: ObjectStore = new MemoryObjectStore()): GatedObjectStore => new GatedObjectStore(inner, { methods: ["uploadPart"] });

describe("with a store that keeps up, or a file that fits in one part", () => {
  it("the answer is undefined", async () => {
    const writer = await SstWriter.create(new MemoryObjectStore(), PATH);
    expect(writer.writeColumns(columns)).toBeUndefined();
    await writer.close();
  });
});

describe("with a slow store", () => {
  it.each(configs)("a promise comes; until it resolves no other call takes rows, and then the file is the same: %o", async (config) => {
    const store = gated();
    const writer = await SstWriter.create(store, PATH, { ...small, ...config });
    const wait = writer.writeColumns(columns);
    expect(wait).toBeInstanceOf(Promise);
    await store.arrivals(1);
    const taken = writer.rowCount;
    expect(taken).toBeGreaterThan(0);
    expect(taken).toBeLessThan(samples.length);
    expect(writer.estimatedSize()).toBeGreaterThan(small.partSize!);
    const calls = [() => writer.put("z", ""), () => writer.delete("z"), () => writer.merge("z", ""), () => writer.add({ key: "z", value: "" }), () => writer.writeColumns(columns)];
    for (const call of calls) {
      const error = thrownBy(call);
      expect(error).toMatchObject({ code: "ERR_SST_STATE" });
      expect((error as Error).message).toContain("before the promise of writeColumns has settled: await it");
    }
    for (const call of [writer.writeAll([{ key: "z", value: "" }]), writer.close()]) expect(await rejectionOf(call)).toMatchObject({ code: "ERR_SST_STATE" });
    expect([writer.rowCount, writer.state]).toEqual([taken, "writing"]);
    store.open();
    await wait;
    expect(writer.rowCount).toBe(samples.length);
    const metadata = await writer.close();
    const expected = await writeSamples(samples, { ...small, ...config });
    expectSameBytes(await store.get(PATH), expected.bytes);
    expect(metadata.crc32).toBe(expected.metadata.crc32);
    expect(store.heldMax).toBe(1);
  });

  it("compression by workers is waited for as well, and an abort in the middle reaches who waits", async () => {
    const many = sampleRows(100_000, 133);
    const config: SstWriterConfig = { ...small, compression: "lz4", workers: 1 };
    for (const isAborted of [false, true]) {
      const inner = new MemoryObjectStore();
      const store = gated(inner);
      const writer = await SstWriter.create(store, PATH, config);
      const wait = writer.writeColumns(toColumns(many));
      expect(wait).toBeInstanceOf(Promise);
      await store.arrivals(1);
      expect(writer.rowCount).toBeLessThan(many.length);
      if (isAborted) {
        const rejection = rejectionOf(wait!);
        await writer.abort();
        expect(await rejection).toMatchObject({ code: "ERR_SST_ABORTED" });
        expect([await objectsOf(inner), await uploadsOf(inner)]).toEqual([[], []]);
      } else {
        store.open();
        await wait;
        await writer.close();
        expectSameBytes(await store.get(PATH), (await writeSamples(many, { compression: "lz4", blockSize: 1024 })).bytes);
      }
    }
  });

  it("no more rows are taken than the upload allows for", async () => {
    const store = gated();
    const writer = await SstWriter.create(store, PATH, { ...small, partSize: 64 * 1024 });
    const many = sampleRows(100_000, 131);
    const wait = writer.writeColumns(toColumns(many))!;
    const progress = { isThrough: false };
    const through = wait.then(() => (progress.isThrough = true));
    let parts = 0;
    while (!progress.isThrough) {
      // What is not uploaded yet: a part under way, one that waits, one being filled, and a piece of the columns.
      expect(writer.estimatedSize() - parts * 64 * 1024).toBeLessThan(3 * 64 * 1024 + 512 * 1024);
      if (store.held.length > 0) {
        parts++;
        store.release(1);
      }
      await settle();
    }
    await through;
    expect(parts).toBeGreaterThan(30);
    store.open();
    await writer.close();
  });

  it("a row refused behind the wait rejects the promise, with its place; the writer goes on", async () => {
    const store = gated();
    const writer = await SstWriter.create(store, PATH, small);
    const at = 5000;
    const wait = writer.writeColumns(toColumns([...samples.slice(0, at), samples[0]!, ...samples.slice(at)]))!;
    store.open();
    expect(await rejectionOf(wait)).toMatchObject({ code: "ERR_SST_ROW_ORDER", details: { index: at, ordinal: at } });
    expect([writer.rowCount, writer.state]).toEqual([at, "writing"]);
    await writer.writeColumns(toColumns(samples.slice(at)));
    await writer.close();
    expectSameBytes(await store.get(PATH), (await writeSamples(samples, small)).bytes);
  });

  it("the promise may come at the last row; what follows is taken afterwards", async () => {
    for (const count of [40, 80, 120, 160, 200, 240]) {
      const store = gated();
      const writer = await SstWriter.create(store, PATH, small);
      const wait = writer.writeColumns(toColumns(samples.slice(0, count)));
      store.open();
      await wait;
      await writer.writeColumns(toColumns(samples.slice(count)));
      await writer.close();
      expectSameBytes(await store.get(PATH), (await writeSamples(samples, small)).bytes);
    }
  });
});

describe("an abort in the middle", () => {
  it.each(configs)("rejects the promise by ERR_SST_ABORTED and leaves nothing: %o", async (config) => {
    for (const way of ["abort", "signal"] as const) {
      const inner = new MemoryObjectStore();
      const store = gated(inner);
      const controller = new AbortController();
      const writer = await SstWriter.create(store, PATH, { ...small, ...config, signal: controller.signal });
      const rejection = rejectionOf(writer.writeColumns(columns)!);
      await store.arrivals(1);
      const reason = new Error("enough");
      if (way === "abort") await writer.abort(reason);
      else controller.abort(reason);
      expect(await rejection).toMatchObject({ code: "ERR_SST_ABORTED", cause: reason });
      await writer.abort();
      expect([await objectsOf(inner), await uploadsOf(inner), writer.state]).toEqual([[], [], "aborted"]);
      expect(thrownBy(() => writer.writeColumns(columns))).toMatchObject({ code: "ERR_SST_ABORTED" });
    }
  });
});

describe("a failure of the store in the middle", () => {
  it.each(configs)("rejects the promise with it, and later calls repeat it: %o", async (config) => {
    for (const call of [1, 2, 7]) {
      const inner = new MemoryObjectStore();
      const store = gated(new FailingObjectStore(inner, { method: "uploadPart", call, when: "before" }));
      const writer = await SstWriter.create(store, PATH, { ...small, ...config });
      const wait = writer.writeColumns(columns)!;
      store.open();
      const failure = await rejectionOf(wait);
      expect(failure).toMatchObject({ code: "ERR_SST_WRITE", details: { path: PATH, storeCode: "ERR_STORE_FAILED" } });
      // It is no row's fault.
      expect(failure).not.toHaveProperty("details.index");
      expect(writer.state).toBe("failed");
      expect(thrownBy(() => writer.writeColumns(columns))).toBe(failure);
      expect(await rejectionOf(writer.close())).toBe(failure);
      await writer.abort();
      expect([await objectsOf(inner), await uploadsOf(inner)]).toEqual([[], []]);
    }
  });

  it("a codec that fails is thrown by the call, and no index is blamed", async () => {
    const compression = { ...(await loadCodec("lz4")), compress: (): Uint8Array => { throw new Error("no memory"); } };
    const writer = await SstWriter.create(new MemoryObjectStore(), PATH, { compression });
    const failure = thrownBy(() => void writer.writeColumns(columns));
    expect(failure).toMatchObject({ code: "ERR_SST_CODEC_FAILED" });
    expect(failure).not.toHaveProperty("details.index");
    expect(thrownBy(() => writer.put("z", ""))).toBe(failure);
    await writer.abort();
  });
});
