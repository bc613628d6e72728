// What is not finished yet, as it would be finished now: held against what an encoder and the builders make of the same rows.
import { type BlockEncoder, type BlockTotals, createBlockEncoder, FLAG_MERGE, FLAG_TOMBSTONE, separatorLengthAfter, SstIndexBuilder, SstStatsBuilder } from "@slate-sst/format";
import { MemoryObjectStore } from "@slate-sst/object-store";
import { beforeAll, describe, expect, it } from "vitest";
import { type BlockStage, blockTotals } from "../src/block-stage.js";
import { type ResolvedConfig, resolveConfig } from "../src/config.js";
import { HeldRow } from "../src/held-row.js";
import { indexSizeAfter, type PendingBlock, pendingBlocks, statsSizeAfter } from "../src/size-estimate.js";

/** Bytes by which a block's share may be off, and bytes that its end may be aligned to: less than the ten that are documented for each, or little more for one. */
const BLOCK_ERROR_MAX = 4;
const ALIGNMENT_BYTES = 8;

let config: ResolvedConfig;
beforeAll(async () => {
  config = await resolveConfig({ blockSize: 1024, onDuplicate: "keepLast" }, new MemoryObjectStore());
});

const key = (at: number): Uint8Array => new TextEncoder().encode(`key-${String(at).padStart(4, "0")}`);
/** Bytes that a key shares with the one before it. */
const PREFIX = 7;
const out = new Uint8Array(8192);

function append(block: BlockEncoder, at: number, valueLength: number, flags: number): void {
  block.append(out, 0, at === 0 ? 0 : PREFIX, key(at), key(at).length, new Uint8Array(valueLength), valueLength, 0, 1, flags, 0, 0, 0, 0);
}

function held(at: number, valueLength: number, flags: number): HeldRow {
  const row = new HeldRow();
  row.hold(PREFIX, key(at), key(at).length, 0, 1, at);
  row.setContent(new Uint8Array(valueLength), valueLength, flags, 0, 0, 0, 0);
  return row;
}

describe("pending blocks", () => {
  it("are none before the first row, and the open one with its separator and totals", () => {
    const block = createBlockEncoder(2, 1024);
    expect(pendingBlocks(block, 5, undefined, config)).toEqual([]);
    expect(pendingBlocks(block, 5, new HeldRow(), config)).toEqual([]);
    append(block, 0, 10, 0);
    append(block, 1, 0, FLAG_TOMBSTONE);
    const open = { separatorLength: 5, payloadLength: block.payloadLength, totals: { numPuts: 1, numDeletes: 1, numMerges: 0, rawKeySize: 16, rawValSize: 10 } };
    expect(pendingBlocks(block, 5, undefined, config)).toEqual([open]);
    expect(pendingBlocks(block, 5, new HeldRow(), config)).toEqual([open]);
  });

  it.each([["put", 0, 20], ["tombstone", FLAG_TOMBSTONE, 0], ["merge operand", FLAG_MERGE, 20]])("have a held row, a %s, in them as soon as it fits", (_, flags, valueLength) => {
    for (let rows = 0; rows < 40; rows++) {
      const block = createBlockEncoder(2, 1024);
      for (let at = 0; at < rows; at++) append(block, at, 9, 0);
      const told = pendingBlocks(block, 5, held(rows, valueLength, flags), config);
      append(block, rows, valueLength, flags);
      expect(told).toEqual([{ separatorLength: 5, payloadLength: block.payloadLength, totals: blockTotals(block) }]);
    }
  });

  it.each([1, 2] as const)("are two where the held row begins a block of its own, V%i", (formatVersion) => {
    const block = createBlockEncoder(formatVersion, 1024);
    append(block, 0, 1000, 0);
    const row = held(1, 300, FLAG_MERGE);
    const alone = createBlockEncoder(formatVersion, 1024);
    append(alone, 1, 300, FLAG_MERGE);
    expect(pendingBlocks(block, 5, row, { ...config, formatVersion })).toEqual([
      { separatorLength: 5, payloadLength: block.payloadLength, totals: blockTotals(block) },
      { separatorLength: separatorLengthAfter(PREFIX, key(1).length), payloadLength: alone.payloadLength, totals: { numPuts: 0, numDeletes: 0, numMerges: 1, rawKeySize: 8, rawValSize: 300 } },
    ]);
  });
});

describe("index and stats after pending blocks", () => {
  const idle = { waiting: 0, waitingSeparatorBytes: 0 } as BlockStage;
  const sums = (given: Partial<BlockTotals>): BlockTotals => ({ numPuts: 0, numDeletes: 0, numMerges: 0, rawKeySize: 8, rawValSize: 0, ...given });
  const pending = (totals: BlockTotals, separatorLength = 3): PendingBlock => ({ separatorLength, payloadLength: 1000, totals });
  const kinds = [sums({ numPuts: 3, rawValSize: 50 }), sums({ numDeletes: 2 }), sums({ numMerges: 1, rawValSize: 7 }), sums({ numPuts: 1, numDeletes: 1, numMerges: 1, rawValSize: 70_000 })];

  it("are exact for the index", () => {
    for (const lengths of [[], [0], [3], [3, 11], [500, 1]]) {
      const index = new SstIndexBuilder();
      const whole = new SstIndexBuilder();
      for (let at = 0; at < 5; at++) for (const one of [index, whole]) one.add(at * 1000, key(at));
      for (const [at, length] of lengths.entries()) whole.add(5000 + at, new Uint8Array(length));
      expect(indexSizeAfter(index, lengths.map((length) => pending(kinds[0]!, length)), idle)).toBe(whole.finish().length);
    }
  });

  it("are exact for the stats while no block is finished, and afterwards within a few bytes a block", () => {
    for (const before of [[], [kinds[0]!], [kinds[0]!, kinds[0]!, kinds[0]!], [kinds[1]!, kinds[0]!], [kinds[3]!]]) {
      for (const more of [[], ...kinds.map((one) => [one]), ...kinds.flatMap((one) => kinds.map((other) => [one, other]))]) {
        // No SST is without rows.
        if (before.length + more.length === 0) continue;
        const stats = new SstStatsBuilder();
        const whole = new SstStatsBuilder();
        for (const one of before) for (const builder of [stats, whole]) builder.addBlock(one);
        for (const one of more) whole.addBlock(one);
        const told = statsSizeAfter(stats, more.map((one) => pending(one)), idle);
        const size = whole.finish().length;
        if (before.length === 0) expect(told).toBe(size);
        else expect(Math.abs(told - size), `${JSON.stringify(before)} + ${JSON.stringify(more)}: ${told} for ${size}`).toBeLessThanOrEqual(BLOCK_ERROR_MAX * more.length + ALIGNMENT_BYTES);
      }
    }
  });

  it("count blocks that wait for a transformer or a thread, with their separators", () => {
    const waiting = { waiting: 3, waitingSeparatorBytes: 30 } as BlockStage;
    const index = new SstIndexBuilder();
    const stats = new SstStatsBuilder();
    index.add(0, key(0));
    stats.addBlock(kinds[0]!);
    const [wholeIndex, wholeStats] = [new SstIndexBuilder(), new SstStatsBuilder()];
    for (let at = 0; at < 5; at++) {
      wholeIndex.add(at * 1000, new Uint8Array(at === 0 ? 8 : at === 4 ? 3 : 10));
      wholeStats.addBlock(kinds[0]!);
    }
    expect(Math.abs(indexSizeAfter(index, [pending(kinds[0]!)], waiting) - wholeIndex.finish().length)).toBeLessThanOrEqual(4 * ALIGNMENT_BYTES);
    expect(Math.abs(statsSizeAfter(stats, [pending(kinds[0]!)], waiting) - wholeStats.finish().length)).toBeLessThanOrEqual(4 * ALIGNMENT_BYTES);
    // Before the first one is finished, too.
    expect(Math.abs(statsSizeAfter(new SstStatsBuilder(), [pending(kinds[0]!)], waiting) - wholeStats.finishedSize)).toBeLessThanOrEqual(100);
  });
});
