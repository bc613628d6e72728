// What the format cannot hold is refused by name, at the row that would be one too many, and the writer goes on without it.
import { bloomFits, FILTER_BITS_PER_KEY_MAX, SEQ_MAX } from "@slate-sst/format";
import { MemoryObjectStore } from "@slate-sst/object-store";
import { describe, expect, it } from "vitest";
import { resolveConfig } from "../src/config.js";
import { SstWriter, type SstWriterConfig } from "../src/index.js";
import { filterRowsMax } from "../src/limits.js";
import { ObjectOutput } from "../src/object-output.js";
import { SectionOutput } from "../src/section-output.js";
import { SstEncoder } from "../src/sst-encoder.js";
import { PATH, rejectionOf, thrownBy, writeSst } from "./sample-rows.js";
import { readSst } from "./sst-file.js";

const key = (at: number): Uint8Array => {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, at);
  return bytes;
};

describe("the filter", () => {
  it("counts its bits in 32 bits: the most rows for any number of bits, and not one more", async () => {
    for (const filterBitsPerKey of [1, 2, 3, 7, 8, 9, 10, 15, 16, 40, 255, 1000, 4096, 65_521, FILTER_BITS_PER_KEY_MAX]) {
      const config = await resolveConfig({ filterBitsPerKey }, new MemoryObjectStore());
      const rows = filterRowsMax(config);
      expect([bloomFits(rows, filterBitsPerKey), bloomFits(rows + 1, filterBitsPerKey)]).toEqual([true, false]);
    }
    expect(filterRowsMax(await resolveConfig({}, new MemoryObjectStore()))).toBe(429_496_728);
  });

  it("of 65,535 bits a key holds 65,536 rows: the next is refused with the ways out, and nothing has changed", async () => {
    await using writer = await SstWriter.create(new MemoryObjectStore(), PATH, { filterBitsPerKey: FILTER_BITS_PER_KEY_MAX, blockSize: 65_536 });
    for (let at = 0; at < 65_536; at++) void writer.put(key(at), "");
    const estimate = writer.estimatedSize();
    for (const ordinal of [65_536, 65_537]) {
      const error = thrownBy(() => writer.put(key(ordinal), ""));
      expect(error).toMatchObject({ code: "ERR_SST_LIMIT_FILTER", details: { ordinal, rowsMax: 65_536, filterBitsPerKey: 65_535 } });
      for (const wayOut of ["begin the next", "fewer bits a key", "filter: false"]) expect(String(error)).toContain(wayOut);
    }
    // What is wrong with the row itself comes first.
    expect(thrownBy(() => writer.put(key(0), ""))).toMatchObject({ code: "ERR_SST_ROW_ORDER" });
    expect([writer.rowCount, writer.state, writer.estimatedSize()]).toEqual([65_536, "writing", estimate]);
    expect(estimate).toBeGreaterThan(2 ** 29 - 2 ** 14);
  });

  it("that is not written limits nothing", async () => {
    for (const config of [{ filter: false }, { minFilterKeys: 70_001 }] as const) {
      await using writer = await SstWriter.create(new MemoryObjectStore(), PATH, { filterBitsPerKey: FILTER_BITS_PER_KEY_MAX, blockSize: 65_536, ...config });
      for (let at = 0; at < 70_000; at++) void writer.put(key(at), "");
      expect(writer.rowCount).toBe(70_000);
      if ("filter" in config) void writer.put(key(70_000), "");
      else expect(thrownBy(() => writer.put(key(70_000), ""))).toMatchObject({ code: "ERR_SST_LIMIT_FILTER", details: { rowsMax: 70_000 } });
      expect((await writer.close()).rowCount).toBe("filter" in config ? 70_001n : 70_000n);
    }
  });
});

describe("the index", () => {
  async function encoderOf(config: SstWriterConfig, indexBytesMax: number): Promise<{ encoder: SstEncoder; failures: unknown[] }> {
    const resolved = await resolveConfig(config, new MemoryObjectStore());
    const failures: unknown[] = [];
    const output = new ObjectOutput(new MemoryObjectStore(), PATH, { mode: "create", partSize: 1 << 26, maxPartsInFlight: 1, signal: new AbortController().signal, onFailure: (error) => failures.push(error) });
    return { encoder: new SstEncoder(resolved, output, new SectionOutput(output, resolved), (error) => (failures.push(error), error as Error), undefined, indexBytesMax), failures };
  }

  it("is refused before it outgrows its limit, by a row that would begin a block; what was accepted still closes", async () => {
    const limit = 200_000;
    const { encoder, failures } = await encoderOf({ blockSize: 1024 }, limit);
    const value = new Uint8Array(1000);
    let refused: unknown;
    let at = 0;
    for (; refused === undefined; at++) {
      // Keys that differ in their last byte make separators as long as they are.
      const long = new Uint8Array(5000);
      long.set(key(at), 4996);
      encoder.ordinal++;
      try {
        void encoder.add(long, 5000, value, 1000, 0, 0, 0, 0, 0, 0, 0);
      } catch (error) {
        refused = error;
      }
    }
    expect(refused).toMatchObject({ code: "ERR_SST_LIMIT_INDEX", details: { ordinal: at - 1, indexBytesMax: limit } });
    expect(refused).toMatchObject({ message: expect.stringContaining("larger blocks") as string });
    expect([encoder.rows, failures]).toEqual([at - 1, []]);
    await encoder.finishBlocks();
    expect(encoder.index.blocks).toBe(at - 1);
    const { length } = encoder.index.finish();
    expect(length).toBeLessThanOrEqual(limit);
    expect(length).toBeGreaterThan(50_000);
  });

  it("counts blocks that wait for a transformer", async () => {
    const { encoder } = await encoderOf({ blockSize: 1024, transform: { encode: async (bytes) => Promise.resolve(bytes) } }, 1_000_000);
    const value = new Uint8Array(1000);
    expect(thrownBy(() => {
      for (let at = 0; ; at++) void encoder.add(key(at), 4, value, 1000, 0, 0, 0, 0, 0, 0, 0);
    })).toMatchObject({ code: "ERR_SST_LIMIT_INDEX" });
    expect(encoder.rows).toBe(15);
    await encoder.finishBlocks();
    expect(encoder.index.blocks).toBe(15);
  });
});

describe("what a block cannot hold", () => {
  it("is out of reach: the shortest rows fill the largest block long before 65,536 of a kind", async () => {
    for (const formatVersion of [1, 2] as const) {
      const rows = Array.from({ length: 6000 }, (_, at) => ({ kind: "delete" as const, key: "k", seq: SEQ_MAX - BigInt(at) }));
      const file = await readSst((await writeSst(rows, { formatVersion, blockSize: 65_536 })).bytes);
      expect(file.rows).toHaveLength(6000);
      expect(Math.max(...file.blocks.map((block) => block.rows.length))).toBeLessThan(5500);
      expect(file.blocks[0]!.rows.length).toBeGreaterThan(4300);
    }
  });
});

describe("an error in the middle of a row", () => {
  it("is no refusal: it sticks, for the row may be half written", async () => {
    class Hostile extends Uint8Array {
      override subarray(): Uint8Array<ArrayBuffer> {
        throw new RangeError("Array buffer allocation failed");
      }
    }
    for (const config of [{ formatVersion: 1 }, { onDuplicate: "keepLast" }] as const) {
      await using writer = await SstWriter.create(new MemoryObjectStore(), PATH, config);
      const error = thrownBy(() => writer.put(new Hostile(5).fill(1), "v"));
      expect(error).toMatchObject({ name: "RangeError", message: "Array buffer allocation failed" });
      expect(writer.state).toBe("failed");
      expect(thrownBy(() => writer.put("k", "v"))).toBe(error);
      expect(await rejectionOf(writer.close())).toBe(error);
    }
  });
});
