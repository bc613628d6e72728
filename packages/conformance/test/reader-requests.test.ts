// How a store is asked: few requests, large ranges, and the next one under way while the rows of the last are read.
import { MemoryObjectStore, type ObjectStore } from "@slate-sst/object-store";
import { DecoratedObjectStore, RecordingObjectStore } from "@slate-sst/object-store/testing";
import { SstReader } from "@slate-sst/reader";
import { SstWriter } from "@slate-sst/writer";
import { describe, expect, test } from "vitest";

const KIB = 1024;
const MIB = 1024 * KIB;

async function written(rows: number, valueBytes: number, keyBytes = 8): Promise<MemoryObjectStore> {
  const store = new MemoryObjectStore();
  const writer = await SstWriter.create(store, "a.sst", { minFilterKeys: 1 });
  const value = new Uint8Array(valueBytes);
  for (let row = 0; row < rows; row++) await writer.put(String(row).padStart(keyBytes, "0"), value);
  await writer.close();
  return store;
}

/** The ranges that were asked for, as lengths. */
const lengths = (store: RecordingObjectStore): number[] => store.calls("getRange").map(({ start = 0, end = 0 }) => end - start);

describe("opening", () => {
  test("takes the size and one range, and what lies in that is not asked for again", async () => {
    const store = new RecordingObjectStore(await written(100, 10));
    await using reader = await SstReader.open(store, "a.sst");
    expect(store.calls().map(({ method }) => method)).toEqual(["head", "getRange"]);
    await reader.index();
    await reader.filter();
    await reader.stats();
    await reader.index();
    expect(store.calls()).toHaveLength(2);
  });

  test("takes two ranges where footer and info do not lie in the first", async () => {
    // The info holds the first and the last key: 64 KiB each at most, more than the range of the file's end.
    const store = new RecordingObjectStore(await written(2, 1, 40 * KIB));
    await using reader = await SstReader.open(store, "a.sst");
    expect(store.calls().map(({ method }) => method)).toEqual(["head", "getRange", "getRange"]);
    expect(lengths(store)[0]).toBe(64 * KIB);
    expect(reader.info.lastEntry).toHaveLength(40 * KIB);
  });

  test("sections outside of the file's end take one range each, once", async () => {
    const store = new RecordingObjectStore(await written(60_000, 300));
    await using reader = await SstReader.open(store, "a.sst");
    expect(store.count("getRange")).toBe(1);
    for (let time = 0; time < 2; time++) {
      await reader.index();
      await reader.filter();
      await reader.stats();
    }
    expect(store.count("getRange")).toBeLessThanOrEqual(4);
  });
});

describe("scanning", () => {
  test("asks for large ranges, each byte of the data once", async () => {
    const store = new RecordingObjectStore(await written(30_000, 300));
    await using reader = await SstReader.open(store, "a.sst");
    await reader.index();
    store.reset();
    let rows = 0;
    for await (const batch of reader.scanBatches()) rows += batch.length;
    expect(rows).toBe(30_000);
    const [first = 0, ...rest] = lengths(store);
    expect(first).toBeLessThanOrEqual(64 * KIB);
    for (const length of rest.slice(0, -1)) expect(length).toBeGreaterThan(MIB - 8 * KIB);
    expect(first + rest.reduce((sum, length) => sum + length, 0)).toBe(reader.info.filterOffset);
  });

  test("the next range is under way before the rows of the last one are read", async () => {
    const store = new RecordingObjectStore(await written(30_000, 300));
    await using reader = await SstReader.open(store, "a.sst");
    await reader.index();
    store.reset();
    let before = 0;
    for await (const { ordinal } of reader.blocks()) {
      // Whenever rows of a range are at hand, one more range was asked for, until there is none left.
      const asked = lengths(store).reduce((sum, length) => sum + length, 0);
      const { offset, length } = (await reader.index()).entry(ordinal);
      if (asked < reader.info.filterOffset) expect(asked).toBeGreaterThan(offset + length);
      before++;
    }
    expect(before).toBeGreaterThan(2000);
    expect(store.pendingMax).toBeLessThanOrEqual(2);
  });

  test("a slow store is waited for while rows are read, not after", async () => {
    const gate = new GatedStore(await written(30_000, 300));
    await using reader = await SstReader.open(gate, "a.sst");
    await reader.index();
    gate.isClosed = true;
    const blocks = reader.blocks();
    const first = blocks.next();
    await gate.arrived(1);
    gate.open();
    expect((await first).done).toBe(false);
    // The block is in the caller's hands, and the second request is at the store.
    await gate.arrived(2);
    gate.isClosed = false;
    gate.open();
    for await (const _ of blocks);
  });

  test("a range of keys asks for its blocks only", async () => {
    const store = new RecordingObjectStore(await written(30_000, 300));
    await using reader = await SstReader.open(store, "a.sst");
    await reader.index();
    store.reset();
    let rows = 0;
    for await (const batch of reader.scanBatches({ gte: "00010000", lt: "00010005" })) rows += batch.length;
    expect(rows).toBe(5);
    expect(lengths(store).reduce((sum, length) => sum + length, 0)).toBeLessThan(16 * KIB);
  });
});

describe("getting", () => {
  test("a key that the filter denies costs no block", async () => {
    const store = new RecordingObjectStore(await written(1000, 300));
    await using reader = await SstReader.open(store, "a.sst");
    await reader.index();
    await reader.filter();
    store.reset();
    expect((await reader.get("00000500"))?.kind).toBe("put");
    expect(store.count("getRange")).toBe(1);
    let asked = 0;
    for (let key = 0; key < 100; key++) {
      store.reset();
      expect(await reader.get(`no-${key}`)).toBeUndefined();
      asked += store.count("getRange");
    }
    expect(asked).toBeLessThan(10);
  });
});

/** Ranges wait at the store until they are let through. */
class GatedStore extends DecoratedObjectStore {
  isClosed = false;
  #count = 0;
  #waiting: (() => void)[] = [];
  #arrivals: (() => void)[] = [];

  override async getRange(...args: Parameters<ObjectStore["getRange"]>): ReturnType<ObjectStore["getRange"]> {
    if (this.isClosed) {
      this.#count++;
      for (const arrival of this.#arrivals.splice(0)) arrival();
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    return await super.getRange(...args);
  }

  /** Resolves when so many requests have come to the closed gate. */
  async arrived(count: number): Promise<void> {
    while (this.#count < count) await new Promise<void>((resolve) => this.#arrivals.push(resolve));
  }

  open(): void {
    for (const go of this.#waiting.splice(0)) go();
  }
}
