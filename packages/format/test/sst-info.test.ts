// The info section: SlateDB's own bytes, refusals, and what damage does.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CompressionFormat, FilterFormat, SstType, type SsTableInfo } from "../src/generated/fbs/sst-info.js";
import { decodeInfo, encodeInfo } from "../src/sst-info.js";
import { bytes, codeOf, errorOf, hex, readDamaged } from "./flatbuffers-helpers.js";

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

/** Nothing set: what a reader gives for a table without fields. */
const empty: SsTableInfo = {
  firstEntry: undefined, indexOffset: 0, indexLen: 0, filterOffset: 0, filterLen: 0, compressionFormat: CompressionFormat.None,
  sstType: SstType.Compacted, lastEntry: undefined, statsOffset: 0, statsLen: 0, filterFormat: FilterFormat.Legacy,
};

/** The info of an SST with four rows, one block and a filter, as SlateDB 0.12.1 wrote it. */
const withFilter: SsTableInfo = {
  ...empty, firstEntry: text("apple"), lastEntry: text("cherry"), indexOffset: 0x86, indexLen: 0x34, filterOffset: 0x7b, filterLen: 11,
  statsOffset: 0xba, statsLen: 0x6c,
};
const withFilterBytes = bytes(
  "1c000000 1800 3c00 0400 0c00 1400 1c00 2400 0000 0000 0800 2c00 3400 18000000 44000000 34000000" +
  "8600000000000000 3400000000000000 7b00000000000000 0b00000000000000 ba00000000000000 6c00000000000000" +
  "06000000 636865727279 0000 05000000 6170706c65 000000",
);

/** The info of an SST with one row and no filter, as SlateDB 0.12.1 wrote it. */
const singleRow: SsTableInfo = {
  ...empty, firstEntry: text("only"), lastEntry: text("only"), indexOffset: 0x21, indexLen: 0x34, filterOffset: 0x21, statsOffset: 0x55, statsLen: 0x54,
};
const singleRowBytes = bytes(
  "1c000000 1800 3400 0400 0c00 1400 1c00 0000 0000 0000 0800 2400 2c00 18000000 38000000 2c000000" +
  "2100000000000000 3400000000000000 2100000000000000 5500000000000000 5400000000000000 04000000 6f6e6c79 04000000 6f6e6c79",
);

/** The info of the empty file that fences the write-ahead log, as SlateDB 0.12.1 wrote it. */
const fence: SsTableInfo = { ...empty, indexLen: 28, statsOffset: 28, statsLen: 16 };
const fenceBytes = bytes(
  "1c000000 1800 1c00 0000 0000 0400 0000 0000 0000 0000 0000 0c00 1400 18000000 1c00000000000000 1c00000000000000 1000000000000000",
);

describe("info bytes", () => {
  it.each([["with a filter", withFilter, withFilterBytes], ["of a single row", singleRow, singleRowBytes]])("%s are SlateDB's", (_, info, expected) => {
    expect(hex(encodeInfo(info))).toBe(hex(expected));
    expect(decodeInfo(expected)).toEqual(info);
  });

  it("of an empty file are SlateDB's", () => {
    expect(decodeInfo(encodeInfo(fence))).toEqual(fence);
    expect(fenceBytes.length).toBe(encodeInfo(fence).length);
    expect(hex(encodeInfo(fence))).toBe(hex(fenceBytes));
  });

  it("of an info with nothing set are an empty table", () => {
    expect(hex(encodeInfo(empty))).toBe(hex("08000000 0400 0400 04000000"));
  });

  it("keep an entry that is present and empty apart from an absent one", () => {
    expect(decodeInfo(encodeInfo({ ...empty, firstEntry: text("") })).firstEntry).toEqual(text(""));
    expect(decodeInfo(encodeInfo(empty)).firstEntry).toBeUndefined();
  });

  it("are read from any place in a larger buffer, as views", () => {
    const larger = new Uint8Array(withFilterBytes.length + 7);
    larger.set(withFilterBytes, 3);
    const info = decodeInfo(larger.subarray(3, 3 + withFilterBytes.length));
    expect(info).toEqual(withFilter);
    expect(info.firstEntry?.buffer).toBe(larger.buffer);
  });

  it("survive a round trip", () => {
    const safe = fc.oneof(fc.constantFrom(0, 1, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER), fc.maxSafeNat());
    const entry = fc.option(fc.uint8Array({ maxLength: 40 }), { nil: undefined });
    const info: fc.Arbitrary<SsTableInfo> = fc.record({
      firstEntry: entry, lastEntry: entry, indexOffset: safe, indexLen: safe, filterOffset: safe, filterLen: safe, statsOffset: safe, statsLen: safe,
      compressionFormat: fc.constantFrom(...Object.values(CompressionFormat)), sstType: fc.constantFrom(...Object.values(SstType)),
      filterFormat: fc.constantFrom(...Object.values(FilterFormat)),
    });
    fc.assert(
      fc.property(info, (value) => {
        const encoded = encodeInfo(value);
        expect(decodeInfo(encoded)).toEqual(value);
        expect(hex(encodeInfo(decodeInfo(encoded)))).toBe(hex(encoded));
      }),
      { seed: 7, numRuns: 300 },
    );
  });
});

it("numbers of codecs, kinds of file and of filters are the format's", () => {
  // Other codecs may join these, which keep their numbers.
  expect([CompressionFormat, SstType, FilterFormat]).toEqual([expect.objectContaining({ None: 0, Snappy: 1, Zlib: 2, Lz4: 3, Zstd: 4 }), { Compacted: 0, Wal: 1 }, { Legacy: 0, Composite: 1 }]);
});

describe("info that is refused", () => {
  it.each<[string, Partial<Record<keyof SsTableInfo, unknown>>, string]>([
    ["a negative offset", { indexOffset: -1 }, "SsTableInfo.index_offset"],
    ["a fraction", { filterLen: 1.5 }, "SsTableInfo.filter_len"],
    ["an unsafe number", { statsLen: 2 ** 53 }, "SsTableInfo.stats_len"],
    ["a bigint", { statsOffset: 1n }, "SsTableInfo.stats_offset"],
    ["NaN", { indexLen: Number.NaN }, "SsTableInfo.index_len"],
    ["an unknown codec", { compressionFormat: 127 }, "SsTableInfo.compression_format"],
    ["an unknown type", { sstType: 2 }, "SsTableInfo.sst_type"],
    ["text for an entry", { firstEntry: "apple" }, "SsTableInfo.first_entry"],
  ])("at encoding: %s", (_, change, field) => {
    const error = errorOf(() => encodeInfo({ ...withFilter, ...change } as SsTableInfo));
    expect(error.code).toBe("ERR_SST_FIELD_INVALID");
    expect(error.details["field"]).toBe(field);
  });

  it("at decoding: a length above 2^53-1, with its place", () => {
    const broken = withFilterBytes.slice();
    broken[0x28 + 14] = 0x20;
    expect(errorOf(() => decodeInfo(broken))).toEqual({ code: "ERR_SST_CORRUPT", details: { offset: 0x30, path: "info.index_len" } });
  });

  it("at decoding: a number without meaning", () => {
    const broken = encodeInfo({ ...empty, compressionFormat: CompressionFormat.Zstd });
    const at = broken.lastIndexOf(CompressionFormat.Zstd);
    broken[at] = 9;
    expect(errorOf(() => decodeInfo(broken))).toEqual({ code: "ERR_SST_UNSUPPORTED", details: { offset: at, path: "info.compression_format", value: 9 } });
  });

  it("at decoding: an entry that leaves the buffer", () => {
    const broken = withFilterBytes.slice();
    broken[withFilterBytes.length - 12] = 9;
    expect(errorOf(() => decodeInfo(broken))).toEqual({ code: "ERR_SST_CORRUPT", details: { offset: withFilterBytes.length - 12, path: "info.first_entry" } });
  });

  it("at decoding: nothing at all", () => {
    expect(errorOf(() => decodeInfo(new Uint8Array(0)))).toEqual({ code: "ERR_SST_CORRUPT", details: { offset: 0, path: "info" } });
    expect(codeOf(() => decodeInfo(new Uint8Array(3)))).toBe("ERR_SST_CORRUPT");
  });

  it.each([["with a filter", withFilterBytes], ["of a single row", singleRowBytes], ["of an empty file", fenceBytes]])(
    "damage %s gives a value or a named error, never anything else", (_, original) => {
      const outcomes = readDamaged(original, "info", decodeInfo);
      expect([...outcomes.keys()].sort()).toEqual(expect.arrayContaining(["ERR_SST_CORRUPT", "value"]));
      expect([...outcomes.values()].reduce((sum, count) => sum + count, 0)).toBeGreaterThan(original.length * 10);
    },
  );
});
