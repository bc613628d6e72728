// The stats section: SlateDB's own bytes, sizes foretold, limits, columns, and what damage does.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FlatBufferBuilder } from "../src/flatbuffers/builder.js";
import { BLOCK_ROWS_PER_KIND_MAX } from "../src/generated/constants.js";
import { readSstStats, writeBlockStats, writeSstStats, type BlockStats, type SstStats } from "../src/generated/fbs/sst-stats.js";
import { decodeStats, encodeStats, readStatsColumns, SstStatsBuilder, type BlockTotals } from "../src/sst-stats.js";
import { bytes, codeOf, errorOf, hex, readDamaged } from "./flatbuffers-helpers.js";

/** The stats of an SST without blocks, as SlateDB 0.12.1 wrote them: a table without fields. */
const emptyBytes = bytes("08000000 0400 0400 04000000");

/** The stats of four rows of all kinds in one block, as SlateDB 0.12.1 wrote them. */
const tinyBytes = bytes(
  "18000000 00000000 1000 3000 0800 1000 1800 2000 2800 0400 10000000 2c000000 0200000000000000 0100000000000000" +
  "0100000000000000 1600000000000000 0900000000000000 01000000 10000000 0000 0a00 0c00 0600 0800 0a00 0a000000 0000 0200 0100 0100",
);
const tiny: BlockTotals = { numPuts: 2, numDeletes: 1, numMerges: 1, rawKeySize: 22, rawValSize: 9 };

const nothing: BlockTotals = { numPuts: 0, numDeletes: 0, numMerges: 0, rawKeySize: 0, rawValSize: 0 };

const count = fc.oneof(fc.constantFrom(0, 1, BLOCK_ROWS_PER_KIND_MAX), fc.nat(BLOCK_ROWS_PER_KIND_MAX));
const bytesInAll = fc.oneof(fc.constant(0), fc.nat(2 ** 40));
const block: fc.Arbitrary<BlockTotals> = fc.record({
  numPuts: count, numDeletes: count, numMerges: count, rawKeySize: bytesInAll, rawValSize: bytesInAll,
});

const rows = ({ numPuts, numDeletes, numMerges }: BlockStats): BlockStats => ({ numPuts, numDeletes, numMerges });

function statsOf(blocks: readonly BlockTotals[]): SstStats {
  const sum = (name: keyof BlockTotals): number => blocks.reduce((total, one) => total + one[name], 0);
  return {
    numPuts: sum("numPuts"), numDeletes: sum("numDeletes"), numMerges: sum("numMerges"), rawKeySize: sum("rawKeySize"), rawValSize: sum("rawValSize"),
    blockStats: blocks.length === 0 ? undefined : blocks.map(rows),
  };
}

describe("stats bytes", () => {
  it("without blocks are SlateDB's: no vector", () => {
    const builder = new SstStatsBuilder();
    expect(builder.finishedSize).toBe(12);
    expect(hex(builder.finish())).toBe(hex(emptyBytes));
    expect(decodeStats(emptyBytes)).toEqual(statsOf([]));
    expect(readStatsColumns(emptyBytes).blockStats).toBeUndefined();
  });

  it("of one block with all kinds are SlateDB's", () => {
    const builder = new SstStatsBuilder();
    builder.addBlock(tiny);
    expect(hex(builder.finish())).toBe(hex(tinyBytes));
    expect(decodeStats(tinyBytes)).toEqual(statsOf([tiny]));
  });

  it("grown block by block are those of the whole, foretold to the byte, and come back as objects and as columns", () => {
    fc.assert(
      fc.property(fc.array(block, { maxLength: 40 }), (blocks) => {
        const builder = new SstStatsBuilder();
        blocks.forEach((one, index) => {
          builder.addBlock(one);
          expect(builder.blocks).toBe(index + 1);
          expect(builder.finishedSize).toBe(encodeStats(statsOf(blocks.slice(0, index + 1))).length);
        });
        const expected = statsOf(blocks);
        const { blockStats, ...totals } = expected;
        expect(builder.totals).toEqual(totals);
        const built = builder.finish();
        expect(builder.finishedSize).toBe(built.length);
        expect(hex(built)).toBe(hex(encodeStats(expected)));
        const again = new SstStatsBuilder();
        for (const one of blocks) again.addBlock(one);
        expect(hex(new Uint8Array(Buffer.concat(again.finishChunks())))).toBe(hex(built));
        expect(decodeStats(built)).toEqual(expected);
        const columns = readStatsColumns(built);
        const read = Array.from({ length: columns.blockStats?.count ?? 0 }, (_, at) => ({
          numPuts: columns.blockStats?.numPuts[at], numDeletes: columns.blockStats?.numDeletes[at], numMerges: columns.blockStats?.numMerges[at],
        }));
        expect({ ...columns, blockStats: read }).toEqual({ ...totals, blockStats: blockStats ?? [] });
      }),
      { seed: 21, numRuns: 150 },
    );
  });

  it("keep an empty vector apart from an absent one", () => {
    expect(decodeStats(encodeStats({ ...statsOf([]), blockStats: [] })).blockStats).toEqual([]);
  });
});

describe("stats that are refused", () => {
  it.each(["numPuts", "numDeletes", "numMerges"] as const)("more %s in a block than its counter holds, and nothing is added", (kind) => {
    const builder = new SstStatsBuilder();
    builder.addBlock({ ...nothing, [kind]: BLOCK_ROWS_PER_KIND_MAX });
    expect(errorOf(() => builder.addBlock({ ...nothing, [kind]: BLOCK_ROWS_PER_KIND_MAX + 1 }))).toEqual({
      code: "ERR_SST_LIMIT_BLOCK_ROWS", details: { block: 1, kind, rows: BLOCK_ROWS_PER_KIND_MAX + 1, limit: BLOCK_ROWS_PER_KIND_MAX },
    });
    expect([builder.blocks, builder.totals[kind]]).toEqual([1, BLOCK_ROWS_PER_KIND_MAX]);
    // Others that are full, but not beyond it, are not blamed.
    const others = { numPuts: BLOCK_ROWS_PER_KIND_MAX, numDeletes: BLOCK_ROWS_PER_KIND_MAX, numMerges: BLOCK_ROWS_PER_KIND_MAX };
    expect(errorOf(() => builder.addBlock({ ...nothing, ...others, [kind]: BLOCK_ROWS_PER_KIND_MAX + 1 })).details).toMatchObject({ kind });
  });

  it.each([["negative", -1], ["a fraction", 0.5], ["NaN", Number.NaN], ["a bigint", 1n], ["text", "1"]])("a count that is %s", (_, value) => {
    const builder = new SstStatsBuilder();
    for (const name of ["numPuts", "rawKeySize"]) {
      expect(codeOf(() => builder.addBlock({ ...nothing, [name]: value }))).toBe("ERR_SST_FIELD_INVALID");
    }
    expect(builder.blocks).toBe(0);
  });

  it("a size below 0, however large the total is that it would be taken from", () => {
    const builder = new SstStatsBuilder();
    builder.addBlock({ ...nothing, rawKeySize: 10, rawValSize: 10 });
    for (const name of ["rawKeySize", "rawValSize"]) expect(codeOf(() => builder.addBlock({ ...nothing, [name]: -5 })), name).toBe("ERR_SST_FIELD_INVALID");
    expect(builder.totals).toMatchObject({ rawKeySize: 10, rawValSize: 10 });
  });

  it("a total beyond 2^53-1", () => {
    const builder = new SstStatsBuilder();
    builder.addBlock({ ...nothing, rawValSize: Number.MAX_SAFE_INTEGER });
    expect(codeOf(() => builder.addBlock({ ...nothing, rawValSize: 1 }))).toBe("ERR_SST_FIELD_INVALID");
    expect(builder.totals.rawValSize).toBe(Number.MAX_SAFE_INTEGER);
  });

  it("a block that would outgrow the limit, to the byte, without losing the ones before", () => {
    const two = new SstStatsBuilder();
    two.addBlock(tiny);
    two.addBlock(tiny);
    const size = two.finishedSize;
    const builder = new SstStatsBuilder(size - 1);
    builder.addBlock(tiny);
    expect(errorOf(() => builder.addBlock(tiny))).toEqual({ code: "ERR_SST_LIMIT_STATS", details: { size, limit: size - 1, blocks: 1 } });
    expect(decodeStats(builder.finish())).toEqual(statsOf([tiny]));
    // Among many blocks, where the list of blocks decides.
    const many = (limit?: number): number => {
      const all = new SstStatsBuilder(limit);
      for (let left = 500; left > 0; left--) all.addBlock(tiny);
      return all.finish().length;
    };
    const length = many();
    expect(many(length)).toBe(length);
    expect(codeOf(() => many(length - 1))).toBe("ERR_SST_LIMIT_STATS");
    const exact = new SstStatsBuilder(size);
    exact.addBlock(tiny);
    exact.addBlock(tiny);
    expect(exact.finish().length).toBe(size);
    for (const limit of [0, 1.5, 2 ** 31]) expect(codeOf(() => new SstStatsBuilder(limit))).toBe("ERR_SST_FIELD_INVALID");
  });

  it("anything after the end", () => {
    const builder = new SstStatsBuilder();
    builder.finish();
    expect(codeOf(() => builder.addBlock(tiny))).toBe("ERR_SST_STATE");
    expect(codeOf(() => builder.finish())).toBe("ERR_SST_STATE");
  });
});

describe("damaged stats", () => {
  it("name the element that is broken", () => {
    const broken = tinyBytes.slice();
    broken[tinyBytes.indexOf(0x10, 70) + 3] = 0x40;
    for (const read of [decodeStats, readStatsColumns]) {
      const { code, details } = errorOf(() => read(broken));
      expect([code, details["path"]]).toEqual(["ERR_SST_CORRUPT", "stats.block_stats[0]"]);
    }
    const places = [[], [0], [7]].map((base) => errorOf(() => readSstStats(broken, "a", ...base)).details["offset"] as number);
    expect([places[0], places[2]]).toEqual([places[1], places[1]! + 7]);
  });

  it("name a field that lies outside its table", () => {
    const broken = tinyBytes.slice();
    const vtable = hex(broken).indexOf("0a000c0006000800") / 2;
    broken[vtable + 4] = 11;
    const { code, details } = errorOf(() => readStatsColumns(broken));
    expect([code, details]).toEqual(["ERR_SST_CORRUPT", { offset: vtable + 4, path: "stats.block_stats[0].num_puts" }]);
  });

  it("whose elements are one and the same are stopped", () => {
    const builder = new FlatBufferBuilder();
    const one = writeBlockStats(builder, 1, 2, 3);
    const whole = builder.finish(writeSstStats(builder, nothing, builder.offsetVector({ length: 10_000, at: () => one })));
    for (const read of [decodeStats, readStatsColumns]) expect(codeOf(() => read(whole))).toBe("ERR_SST_CORRUPT");
  });

  it("give a value or a named error, never anything else", () => {
    for (const read of [decodeStats, readStatsColumns]) {
      const outcomes = readDamaged(tinyBytes, "stats", read);
      expect([...outcomes.keys()].sort()).toEqual(["ERR_SST_CORRUPT", "value"]);
    }
  });
});
