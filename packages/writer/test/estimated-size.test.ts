// estimatedSize(): what the object would have if it were closed now. Exact but for 32 bytes without codec and transformer.
import { MemoryObjectStore } from "@slate-sst/object-store";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Row, SstWriter, type SstWriterConfig } from "../src/index.js";
import { GatedObjectStore } from "./gated-object-store.js";
import { asRow, numbers, PATH, sampleRows, writeSst } from "./sample-rows.js";

/** The bound the documentation states. */
const ESTIMATE_ERROR_MAX = 32;

/** Estimate and size of an SST of these rows. */
async function closeNow(rows: readonly Row[], config: SstWriterConfig): Promise<{ estimate: number; size: number }> {
  const writer = await SstWriter.create(new MemoryObjectStore(), PATH, { partSize: 1024, ...config });
  for (const row of rows) void writer.add(row);
  const estimate = writer.estimatedSize();
  const { size } = await writer.close();
  return { estimate, size: Number(size) };
}

const exact: Readonly<Record<string, SstWriterConfig>> = {
  "V2, small blocks": { blockSize: 1024 },
  "V1": { blockSize: 1024, formatVersion: 1 },
  "one large block": { blockSize: 65_536 },
  "with a filter": { blockSize: 1024, minFilterKeys: 1 },
  "with a filter from 20 rows on": { blockSize: 2048, minFilterKeys: 20 },
  "with a composite filter": { blockSize: 1024, minFilterKeys: 1, filterFormat: "composite" },
  "keepFirst": { blockSize: 1024, onDuplicate: "keepFirst" },
  "keepLast": { blockSize: 1024, onDuplicate: "keepLast" },
  "keepLast with a filter, V1": { blockSize: 1024, onDuplicate: "keepLast", minFilterKeys: 3, formatVersion: 1 },
  "in one put": { blockSize: 1024, partSize: 1 << 20 },
};

describe.each(Object.keys(exact))("%s", (name) => {
  it("is exact within 32 bytes at any moment", async () => {
    const samples = sampleRows(45, 47, 150).map(asRow);
    for (let count = 1; count <= samples.length; count++) {
      const { estimate, size } = await closeNow(samples.slice(0, count), exact[name]!);
      expect(Math.abs(estimate - size), `${count} rows: ${estimate} for ${size}`).toBeLessThanOrEqual(ESTIMATE_ERROR_MAX);
    }
  });

  it("and for rows of any shape", async () => {
    const next = numbers(53);
    const shape = fc.array(fc.record({ kind: fc.constantFrom("put", "delete", "merge"), keyLength: fc.oneof(fc.integer({ min: 1, max: 30 }), fc.constantFrom(300, 5000)), valueLength: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 200 }), fc.constantFrom(1000, 5000)) }), { minLength: 1, maxLength: 40 });
    await fc.assert(fc.asyncProperty(shape, async (shapes) => {
      const rows = shapes.map(({ kind, keyLength, valueLength }, at): Row => {
        const key = `${String(at).padStart(3, "0")}${"k".repeat(keyLength)}${next(9)}`;
        return kind === "delete" ? { kind, key } : { kind: kind as "put", key, value: "v".repeat(valueLength) };
      });
      const { estimate, size } = await closeNow(rows, exact[name]!);
      expect(Math.abs(estimate - size), `${estimate} for ${size}`).toBeLessThanOrEqual(ESTIMATE_ERROR_MAX);
    }), { seed: 54, numRuns: 40 });
  });
});

describe("estimatedSize()", () => {
  it.each([{}, { formatVersion: 1 }, { onDuplicate: "keepLast" }, { minFilterKeys: 1 }] as const)("is exact to the byte while no block is finished: %o", async (config) => {
    const samples = sampleRows(12, 48, 40).map(asRow);
    for (let count = 1; count <= samples.length; count++) {
      const { estimate, size } = await closeNow(samples.slice(0, count), config);
      expect(estimate, `${count} rows`).toBe(size);
    }
  });

  it("is 0 before rows, and does not shrink by more than its error while rows come", async () => {
    const writer = await SstWriter.create(new MemoryObjectStore(), PATH, { blockSize: 1024, partSize: 1024 });
    expect(writer.estimatedSize()).toBe(0);
    let before = 0;
    for (const row of sampleRows(1500, 59).map(asRow)) {
      await writer.add(row);
      const now = writer.estimatedSize();
      expect(now).toBeGreaterThan(before - ESTIMATE_ERROR_MAX);
      before = now;
    }
    const { size } = await writer.close();
    expect(Math.abs(before - Number(size))).toBeLessThanOrEqual(ESTIMATE_ERROR_MAX);
    expect(writer.estimatedSize()).toBe(Number(size));
  });

  it("counts what is under way: parts queued, in flight and uploaded", async () => {
    const gate = new GatedObjectStore(new MemoryObjectStore(), { methods: ["uploadPart"] });
    const writer = await SstWriter.create(gate, PATH, { blockSize: 1024, partSize: 1024 });
    for (const row of sampleRows(500, 61).map(asRow)) void writer.add(row);
    const estimate = writer.estimatedSize();
    expect(gate.held.length).toBe(0);
    gate.open();
    expect(writer.estimatedSize()).toBe(estimate);
    const { size } = await writer.close();
    expect(Math.abs(estimate - Number(size))).toBeLessThanOrEqual(ESTIMATE_ERROR_MAX);
  });

  it("stays what it was while the SST is being closed", async () => {
    for (const config of [{}, { partSize: 1024 }] as const) {
      const gate = new GatedObjectStore(new MemoryObjectStore(), { methods: ["put", "completeUpload"] });
      const writer = await SstWriter.create(gate, PATH, { blockSize: 1024, minFilterKeys: 1, ...config });
      await writer.writeAll(sampleRows(500, 67).map(asRow));
      const estimate = writer.estimatedSize();
      const closing = writer.close();
      await gate.arrivals(1);
      expect(writer.estimatedSize()).toBe(estimate);
      gate.open();
      await closing;
    }
  });

  it("counts a row that keepLast holds back, however long its value", async () => {
    const writer = await SstWriter.create(new MemoryObjectStore(), PATH, { onDuplicate: "keepLast" });
    void writer.put("k", new Uint8Array(1_000_000));
    expect(writer.estimatedSize()).toBeGreaterThan(1_000_000);
    void writer.put("k", "short");
    expect(writer.estimatedSize()).toBeLessThan(1000);
    const estimate = writer.estimatedSize();
    expect(Math.abs(Number((await writer.close()).size) - estimate)).toBeLessThanOrEqual(ESTIMATE_ERROR_MAX);
  });

  it.each(["snappy", "lz4", "zlib", "zstd"] as const)("with %s counts what is not compressed yet in full: filter, index, stats and the open block", async (compression) => {
    const samples = sampleRows(1100, 71).map(asRow);
    const config: SstWriterConfig = { compression, blockSize: 4096 };
    for (const count of [1, 40, 1100]) {
      const { estimate, size } = await closeNow(samples.slice(0, count), config);
      const plain = await writeSst(samples.slice(0, count), { ...config, compression: "none" });
      const { info } = plain.metadata;
      const uncompressed = Number(info!.filterLen + info!.indexLen + info!.statsLen) + 4096;
      expect(estimate).toBeLessThanOrEqual(size + uncompressed + ESTIMATE_ERROR_MAX);
      expect(estimate).toBeGreaterThanOrEqual(size - 64);
    }
  });

  it("with a transformer counts blocks that wait for it by their compressed length", async () => {
    let go = (): void => undefined;
    const gate = new Promise<void>((resolve) => (go = resolve));
    const encode = async (bytes: Uint8Array): Promise<Uint8Array> => {
      await gate;
      return bytes;
    };
    const rows = sampleRows(400, 73).map(asRow);
    const writer = await SstWriter.create(new MemoryObjectStore(), PATH, { blockSize: 1024, transform: { encode } });
    for (const row of rows) void writer.add(row);
    const waiting = writer.estimatedSize();
    go();
    const { size } = await writer.close();
    expect(Math.abs(waiting - Number(size)) / Number(size)).toBeLessThan(0.05);
  });
});
