// How the bytes leave: one put for a small SST, equal parts for a larger one, and always the same bytes.
import { crc32 } from "node:zlib";
import { MEMORY_CAPABILITIES, MemoryObjectStore } from "@slate-sst/object-store";
import { RecordingObjectStore } from "@slate-sst/object-store/testing";
import { describe, expect, it } from "vitest";
import { type Row, SstWriter, type SstWriterConfig } from "../src/index.js";
import { GatedObjectStore } from "./gated-object-store.js";
import { asRow, expectSameBytes, lines, objectsOf, PATH, sampleRows, uploadsOf, writeSamples, writeSst } from "./sample-rows.js";
import { readSst } from "./sst-file.js";

const samples = sampleRows(900, 29);
const recording = (): RecordingObjectStore => new RecordingObjectStore(new MemoryObjectStore());
const partSizes = (store: RecordingObjectStore): (number | undefined)[] => store.calls("uploadPart").toSorted((one, other) => one.partNumber! - other.partNumber!).map(({ size }) => size);

describe("an SST smaller than partSize", () => {
  it("is one put, after one head that looks whether it is there; in mode overwrite the put alone", async () => {
    const store = recording();
    await writeSamples(samples, {}, store);
    expect(store.calls().map(({ method, mode }) => [method, mode])).toEqual([["head", undefined], ["put", "create"], ["get", undefined]]);
    store.reset();
    await writeSamples(samples, { mode: "overwrite" }, store);
    expect(store.calls().map(({ method, mode }) => [method, mode])).toEqual([["put", "overwrite"], ["get", undefined]]);
  });
});

describe("a larger one", () => {
  const shapes: readonly (readonly [string, SstWriterConfig])[] = [
    ["plain", { blockSize: 1024 }], ["V1", { blockSize: 2048, formatVersion: 1 }], ["blocks of 64 KiB, larger than many parts", { blockSize: 65_536 }],
    ["compressed", { compression: "snappy", blockSize: 1024 }], ["a filter of several parts", { filterBitsPerKey: 100, minFilterKeys: 1 }],
    ["transformed", { transform: { encode: (bytes) => Uint8Array.from(bytes, (byte) => byte ^ 0x55) }, blockSize: 1024 }],
  ];

  it.each(shapes)("%s: the same bytes as in one put, in equal parts, with the same checksums", async (_, config) => {
    const whole = await writeSamples(samples, { ...config, digest: "sha256" });
    for (const partSize of [1024, 1500, 4096, 20_000]) {
      const store = recording();
      const { bytes, metadata } = await writeSamples(samples, { ...config, partSize, digest: "sha256" }, store);
      expectSameBytes(bytes, whole.bytes);
      expect(metadata.crc32).toBe(crc32(bytes));
      expect(metadata.sha256).toEqual(whole.metadata.sha256);
      const sizes = partSizes(store);
      expect(sizes.slice(0, -1).every((size) => size === partSize)).toBe(true);
      expect(sizes.at(-1)).toBe(bytes.length % partSize || partSize);
      expect([store.count("createUpload"), store.count("completeUpload"), store.count("put"), store.bytesSent]).toEqual([1, 1, 0, bytes.length]);
      expect(store.calls("createUpload", "completeUpload").map(({ mode }) => mode)).toEqual(["create", "create"]);
      expect(await uploadsOf(store)).toEqual([]);
    }
  });

  it("may end exactly with a part: no empty part follows", async () => {
    const overhead = (await writeSst([{ key: "k", value: new Uint8Array(500) }])).bytes.length - 500;
    for (const parts of [1, 2, 3]) {
      // How many bytes padding takes depends on the length: one of these ends right there.
      const exact: number[] = [];
      for (let more = -16; more < 16; more++) {
        const store = recording();
        const { bytes } = await writeSst([{ key: "k", value: new Uint8Array(1024 * parts - overhead + more).fill(9) }], { partSize: 1024 }, store);
        if (bytes.length !== 1024 * parts) continue;
        exact.push(more);
        expect(partSizes(store)).toEqual(Array.from({ length: parts }, () => 1024));
        expect((await readSst(bytes)).rows).toHaveLength(1);
      }
      expect(exact).toHaveLength(1);
    }
  });

  it("holds values that are larger than many parts", async () => {
    const rows: Row[] = ["a", "b", "c"].map((key, at) => ({ key, value: new Uint8Array(300_000 * at + 10).fill(at + 1) }));
    const whole = await writeSst(rows);
    for (const [partSize, compression] of [[1024, "none"], [65_536, "none"], [1024, "zstd"]] as const) {
      const store = recording();
      const { bytes } = await writeSst(rows, { partSize, compression }, store);
      if (compression === "none") expectSameBytes(bytes, whole.bytes);
      expect((await readSst(bytes)).rows.map(({ value }) => [value.length, value[0]])).toEqual([[10, 1], [300_010, 2], [600_010, 3]]);
      if (bytes.length >= partSize * 2) expect(new Set(partSizes(store).slice(0, -1))).toEqual(new Set([partSize]));
    }
  });

  it("begins its upload once, at the first full part", async () => {
    const store = recording();
    const writer = await SstWriter.create(store, PATH, { partSize: 4096, blockSize: 1024 });
    while (writer.estimatedSize() < 4000) await writer.add(asRow(samples[writer.rowCount]!));
    expect(store.count("createUpload")).toBe(0);
    await writer.writeAll(samples.slice(writer.rowCount).map(asRow));
    expect(store.count("createUpload")).toBe(1);
    expect(await objectsOf(store)).toEqual([]);
    await writer.close();
    expect(await objectsOf(store)).toEqual([PATH]);
  });
});

describe("parts in flight", () => {
  async function mostAtOnce(maxPartsInFlight: number, parallelParts = true): Promise<number> {
    const uploads = { ...MEMORY_CAPABILITIES.uploads!, parallelParts };
    const store = new GatedObjectStore(new MemoryObjectStore({ capabilities: { ...MEMORY_CAPABILITIES, uploads } }), { methods: ["uploadPart"] });
    const writer = await SstWriter.create(store, PATH, { partSize: 1024, blockSize: 1024, maxPartsInFlight });
    for (const sample of samples) void writer.add(asRow(sample));
    await store.arrivals(parallelParts ? maxPartsInFlight : 1);
    expect(store.held.length).toBe(parallelParts ? maxPartsInFlight : 1);
    store.open();
    await writer.close();
    expectSameBytes(await store.get(PATH), (await writeSamples(samples, { blockSize: 1024 })).bytes);
    return store.heldMax;
  }

  it.each([1, 2, 3, 8])("are at most %i when so many are asked for", async (maxPartsInFlight) => {
    expect(await mostAtOnce(maxPartsInFlight)).toBe(maxPartsInFlight);
  });

  it("are one at a time, in order, for a store without parallel parts", async () => {
    expect(await mostAtOnce(8, false)).toBe(1);
  });

  it("may be answered in any order", async () => {
    const store = new GatedObjectStore(new MemoryObjectStore(), { methods: ["uploadPart"] });
    const writer = await SstWriter.create(store, PATH, { partSize: 1024, blockSize: 1024, maxPartsInFlight: 8 });
    for (const sample of samples) void writer.add(asRow(sample));
    const closed = writer.close();
    let arrived = 0;
    await store.arrivals(8);
    while (writer.state !== "closed") {
      arrived = Math.max(arrived, store.held.length);
      // The newest first.
      store.releaseNewest();
      await new Promise((resolve) => setImmediate(resolve));
    }
    await closed;
    expect(arrived).toBe(8);
    expect(lines((await readSst(await store.get(PATH))).rows)).toEqual(lines(samples));
  });

  it("many writers write to one store at the same time", async () => {
    const store = new MemoryObjectStore();
    const paths = Array.from({ length: 8 }, (_, at) => `db/compacted/${at}.sst`);
    await Promise.all(paths.map(async (path, at) => {
      const writer = await SstWriter.create(store, path, { partSize: 1024 });
      for (const sample of samples.slice(at * 50)) await writer.add(asRow(sample));
      await writer.close();
    }));
    for (const [at, path] of paths.entries()) expectSameBytes(await store.get(path), (await writeSamples(samples.slice(at * 50))).bytes);
    expect(await uploadsOf(store)).toEqual([]);
  });
});
