// The watch must see an SST fill up at the very row that does it, though it seldom asks. For rows of awkward shapes, and
// every size that their SST has after one of them: the watch finds that row.
import { MemoryObjectStore } from "@slate-sst/object-store";
import { type Row, SstWriter, type SstWriterConfig } from "@slate-sst/writer";
import { describe, expect, it } from "vitest";
import { FillWatch } from "../src/fill-watch.js";

const ROWS = 60;

/** Keys of one byte and of very different lengths, in order. */
const keys = Array.from({ length: ROWS }, (_, i) => Uint8Array.of(i + 1));
const unevenKeys = keys.map((key, i) => (i % 7 === 3 ? Buffer.concat([key, new Uint8Array(5_000)]) : key));

const shapes: readonly (readonly [string, readonly Row[], SstWriterConfig])[] = [
  ["each row a block of its own", keys.map((key) => ({ key, value: new Uint8Array(2_000) })), { blockSize: 1024 }],
  ["V1, each row a block of its own", keys.map((key) => ({ key, value: new Uint8Array(2_000) })), { blockSize: 1024, formatVersion: 1 }],
  ["keys that stand in row, separator, first and last entry", unevenKeys.map((key) => ({ key, value: "" })), { blockSize: 1024 }],
  ["tombstones with all there is", keys.map((key) => ({ kind: "delete", key, createTs: 1n, expireTs: 2n, seq: 2n ** 63n })), {}],
  ["a filter of all rows that appears late", keys.map((key) => ({ key, value: "" })), { minFilterKeys: 50, filterBitsPerKey: 20_000 }],
  ["a composite filter from the start", keys.map((key) => ({ key, value: "" })), { minFilterKeys: 1, filterBitsPerKey: 1, filterFormat: "composite" }],
  ["no filter", keys.map((key) => ({ key, value: "" })), { filter: false }],
  ["texts", keys.map((_, i) => ({ key: String.fromCodePoint(0x2_0000 + i), value: "€".repeat(i * 20) })), { blockSize: 1024 }],
  ["dropped duplicates before the filter appears", keys.flatMap((key) => [{ key, value: "" }, { key, value: "dropped" }]), { onDuplicate: "keepFirst", minFilterKeys: 30, filterBitsPerKey: 20_000 }],
];

async function begin(config: SstWriterConfig): Promise<SstWriter> {
  return await SstWriter.create(new MemoryObjectStore(), "sst", { partSize: 1 << 20, ...config });
}

describe("the watch", () => {
  it.each(shapes)("%s", async (_, rows, config) => {
    await using plain = await begin(config);
    const sizes = rows.map((row) => {
      expect(plain.add(row)).toBeUndefined();
      return plain.estimatedSize();
    });
    for (const sstSize of sizes) {
      await using writer = await begin(config);
      const watch = new FillWatch(writer, sstSize, config);
      const found = rows.findIndex((row) => {
        expect(writer.add(row)).toBeUndefined();
        return watch.isFullAfter(row);
      });
      expect(found).toBe(sizes.findIndex((size) => size >= sstSize));
    }
  });

  it("asks a few times only, also of data that shrinks to a hundredth", async () => {
    for (const compression of ["none", "zstd"] as const) {
      await using writer = await begin({ compression });
      let asked = 0;
      const counting = new Proxy(writer, {
        get: (target, name) => (name === "estimatedSize" ? () => (asked++, target.estimatedSize()) : name === "rowCount" ? target.rowCount : Reflect.get(target, name)),
      });
      const watch = new FillWatch(counting, compression === "none" ? 2_000_000 : 100_000, {});
      let rows = 0;
      for (let isFull = false; !isFull; rows++) {
        const row = { key: String(rows).padStart(9, "0"), value: "x".repeat(200) };
        await writer.add(row);
        isFull = watch.isFullAfter(row);
      }
      expect(rows).toBeGreaterThan(8_000);
      expect(asked).toBeLessThan(rows / 10);
    }
  });
});
