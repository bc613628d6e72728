// put, delete, merge and add answer undefined until the upload lags behind, then a promise; ignoring it is safe.
import { MemoryObjectStore } from "@slate-sst/object-store";
import { FailingObjectStore } from "@slate-sst/object-store/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SstWriter, type SstWriterConfig } from "../src/index.js";
import { GatedObjectStore } from "./gated-object-store.js";
import { asRow, expectSameBytes, PATH, rejectionOf, sampleRows, thrownBy, uploadsOf, writeSamples } from "./sample-rows.js";

const PART_SIZE = 1024;
const config: SstWriterConfig = { partSize: PART_SIZE, blockSize: 1024, maxPartsInFlight: 2 };
const samples = sampleRows(2000, 23);
const rows = samples.map(asRow);

const unhandled: unknown[] = [];
const note = (reason: unknown): void => void unhandled.push(reason);
beforeEach(() => {
  unhandled.length = 0;
  process.on("unhandledRejection", note);
});
afterEach(() => void process.off("unhandledRejection", note));

/** Lets everything happen that is due without a clock, unhandled rejections too. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

describe("with a store that keeps up, or a file that fits in one part", () => {
  it("every call answers undefined", async () => {
    const writer = await SstWriter.create(new MemoryObjectStore(), PATH);
    for (const row of rows) expect(writer.add(row)).toBeUndefined();
    const last = "zzz";
    expect([writer.put(`${last}1`, ""), writer.delete(`${last}2`), writer.merge(`${last}3`, ""), writer.add({ key: `${last}4`, value: "" })]).toEqual([undefined, undefined, undefined, undefined]);
    await writer.close();
  });
});

describe("with a slow store", () => {
  it("a promise comes when maxPartsInFlight parts are under way and one more waits, and settles when that one is", async () => {
    const store = new GatedObjectStore(new MemoryObjectStore(), { methods: ["uploadPart"] });
    const writer = await SstWriter.create(store, PATH, config);
    let wait: Promise<void> | undefined;
    let at = 0;
    while (wait === undefined) wait = writer.add(rows[at++]!);
    await store.arrivals(2);
    expect(store.held.map(({ partNumber }) => partNumber)).toEqual([1, 2]);
    expect(writer.estimatedSize()).toBeGreaterThan(3 * PART_SIZE);

    let settled = false;
    void wait.then(() => (settled = true));
    await settle();
    expect(settled).toBe(false);
    store.release(1);
    await wait;
    await store.arrivals(3);
    expect(store.held.map(({ partNumber }) => partNumber)).toEqual([2, 3]);

    store.open();
    for (; at < rows.length; at++) await writer.add(rows[at]!);
    await writer.close();
    expect(store.heldMax).toBe(2);
    expectSameBytes(await store.get(PATH), (await writeSamples(samples, config)).bytes);
  });

  it("put, delete, merge and add all answer with it, and so do rows behind it that finish a block", async () => {
    for (const call of ["put", "delete", "merge", "add"] as const) {
      const store = new GatedObjectStore(new MemoryObjectStore(), { methods: ["uploadPart"] });
      await using writer = await SstWriter.create(store, PATH, { ...config, maxPartsInFlight: 1 });
      const key = (at: number): string => `${String(at).padStart(5, "0")}${"k".repeat(500)}`;
      let promises = 0;
      for (let at = 0; at < 40; at++) {
        const wait = call === "delete" ? writer.delete(`${at + 10_000}${"k".repeat(at * 5 + 300)}`) : call === "add" ? writer.add({ key: key(at), value: "v" }) : writer[call](key(at), "v".repeat(500));
        if (wait !== undefined) {
          expect(wait).toBeInstanceOf(Promise);
          promises++;
        }
      }
      expect(promises, call).toBeGreaterThan(1);
      store.open();
    }
  });

  it("waiting keeps what is in memory at a few parts, however many rows there are", async () => {
    const store = new GatedObjectStore(new MemoryObjectStore(), { methods: ["uploadPart"] });
    const writer = await SstWriter.create(store, PATH, config);
    let uploaded = 0;
    for (const row of rows) {
      const wait = writer.add(row);
      if (wait !== undefined) {
        uploaded++;
        await store.arrivals(uploaded);
        store.release(1);
        await wait;
      }
      const buffered = writer.estimatedSize() - uploaded * PART_SIZE;
      expect(buffered).toBeLessThan(16 * 1024);
    }
    store.open();
    await writer.close();
    expect(uploaded).toBeGreaterThan(50);
  });

  it.each([{}, { compression: "lz4" }, { transform: { encode: async (bytes: Uint8Array) => Promise.resolve(bytes) } }, { onDuplicate: "keepLast" }] as const)("ignoring every promise gives the same file: %o", async (more) => {
    const store = new GatedObjectStore(new MemoryObjectStore(), { methods: ["uploadPart"] });
    const writer = await SstWriter.create(store, PATH, { ...config, ...more });
    let waits = 0;
    for (const row of rows) if (writer.add(row) !== undefined) waits++;
    // Blocks are taken eight at a time.
    expect(waits).toBeGreaterThan(10);
    store.open();
    await writer.close();
    expectSameBytes(await store.get(PATH), (await writeSamples(samples, { ...config, ...more })).bytes);
    expect(unhandled).toEqual([]);
  });

  it("a slow transformer is back-pressure, too", async () => {
    const gates: (() => void)[] = [];
    let isOpen = false;
    const encode = async (bytes: Uint8Array): Promise<Uint8Array> => {
      if (!isOpen) await new Promise<void>((go) => gates.push(go));
      return bytes;
    };
    const store = new MemoryObjectStore();
    const writer = await SstWriter.create(store, PATH, { blockSize: 1024, transform: { encode } });
    let wait: Promise<void> | undefined;
    let at = 0;
    while (wait === undefined) wait = writer.add(rows[at++]!);
    await settle();
    expect(gates.length, "one call at a time").toBe(1);
    expect(writer.rowCount).toBe(at);
    isOpen = true;
    gates[0]!();
    await wait;
    await writer.writeAll(rows.slice(at));
    await writer.close();
    expectSameBytes(await store.get(PATH), (await writeSamples(samples, { blockSize: 1024 })).bytes);
  });
});

describe("with a store that fails", () => {
  it("who waits sees the failure, and every later call repeats the same one", async () => {
    const inner = new MemoryObjectStore();
    const gate = new GatedObjectStore(new FailingObjectStore(inner, { method: "uploadPart", call: 2, when: "before" }), { methods: ["uploadPart"] });
    const writer = await SstWriter.create(gate, PATH, config);
    let wait: Promise<void> | undefined;
    let at = 0;
    while (wait === undefined) wait = writer.add(rows[at++]!);
    await gate.arrivals(2);
    gate.open();
    const failure = await rejectionOf(wait);
    expect(failure).toMatchObject({ code: "ERR_SST_WRITE", details: { path: PATH, storeCode: "ERR_STORE_FAILED" }, cause: { name: "StoreError" } });
    const calls = [() => writer.add(rows[at]!), () => writer.put("z", ""), () => writer.delete("z"), () => writer.merge("z", "")];
    for (const call of calls) expect(thrownBy(call)).toBe(failure);
    expect(await rejectionOf(writer.close())).toBe(failure);
    expect(writer.state).toBe("failed");
    await writer.abort();
    expect(await uploadsOf(inner)).toEqual([]);
  });

  it("who does not wait meets it at the next call, and no rejection is left unhandled", async () => {
    for (const call of [1, 2, 5]) {
      const store = new GatedObjectStore(new FailingObjectStore(new MemoryObjectStore(), { method: "uploadPart", call, when: "before" }), { methods: ["uploadPart"] });
      const writer = await SstWriter.create(store, PATH, config);
      let waits = 0;
      for (const row of rows.slice(0, 1000)) if (writer.add(row) !== undefined) waits++;
      expect(waits).toBeGreaterThan(5);
      store.open();
      const failure = await rejectionOf(writer.close());
      expect(failure).toMatchObject({ code: "ERR_SST_WRITE" });
      expect(thrownBy(() => writer.put("z", ""))).toBe(failure);
      await settle();
      expect(unhandled).toEqual([]);
      await writer.abort();
    }
  });

  it("neither where records of a journal lag behind, too", async () => {
    const store = new GatedObjectStore(new FailingObjectStore(new MemoryObjectStore(), { method: "uploadPart", call: 3, when: "before" }), { methods: ["uploadPart"] });
    const journals = new GatedObjectStore(new MemoryObjectStore(), { methods: ["put"] });
    const creating = SstWriter.create(store, PATH, { ...config, maxPartsInFlight: 1, checkpoint: { store: journals, prefix: "journals", everyParts: 1 } });
    await journals.arrivals(1);
    journals.release();
    const writer = await creating;
    for (const row of rows.slice(0, 100)) void writer.add(row);
    // The upload's id is written down; the record of the first part stands still.
    await journals.arrivals(2);
    journals.release();
    for (const arrivals of [1, 2]) {
      await store.arrivals(arrivals);
      store.release();
    }
    await journals.arrivals(3);
    for (const row of rows.slice(100, 400)) void writer.add(row);
    await store.arrivals(3);
    store.open();
    await settle();
    expect(thrownBy(() => writer.put("z", ""))).toMatchObject({ code: "ERR_SST_WRITE" });
    expect(unhandled).toEqual([]);
    journals.open();
    await writer.abort();
  });
});
