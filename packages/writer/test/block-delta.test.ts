// What a journal keeps of blocks: it comes back as it was collected, whatever is taken and given back meanwhile.
import { type BlockTotals, decodeIndex, SstIndexBuilder, SstStatsBuilder } from "@slate-sst/format";
import { CheckpointBlocksSchema, create } from "@slate-sst/format/proto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BlockDelta, enterBlocks } from "../src/checkpoint/block-delta.js";
import type { BlockBytes } from "../src/checkpoint/journal-record.js";
import { thrownBy } from "./sample-rows.js";

interface Block {
  readonly length: number;
  readonly crc32: number;
  readonly separator: Uint8Array;
  readonly totals: BlockTotals;
}

const WORD_MAX = 2 ** 32 - 1;
const WHERE = "journals/x/records/1";
const totals = (given: Partial<BlockTotals> = {}): BlockTotals => ({ numPuts: 1, numDeletes: 2, numMerges: 3, rawKeySize: 4, rawValSize: 5, ...given });
const block = (at: number, separatorLength = at % 5): Block => ({ length: 10 + at, crc32: (WORD_MAX - at) >>> 0, separator: new Uint8Array(separatorLength).fill(at), totals: totals({ numPuts: at, rawValSize: 1000 * at }) });

/** Adds a block, whose separator lies in the middle of other bytes. */
function add(delta: BlockDelta, { length, crc32, separator, totals: sums }: Block): void {
  const around = new Uint8Array(separator.length + 4).fill(0xee);
  around.set(separator, 3);
  delta.add(length, crc32, around, 3, 3 + separator.length, sums);
}

/** What records with these bytes restore. */
function entered(...taken: readonly BlockBytes[]): { readonly blocks: Block[]; readonly end: number } {
  const index = new SstIndexBuilder();
  const stats = new SstStatsBuilder();
  const expected: { crc32: number[]; rows: number[] } = { crc32: [], rows: [] };
  const sums: BlockTotals[] = [];
  const ends: number[] = [];
  const watched = Object.assign(stats, { addBlock: (one: BlockTotals) => void sums.push(one) });
  const starts: number[] = [];
  const enter = index.add.bind(index);
  Object.assign(index, { add: (offset: number, ...rest: [Uint8Array, number, number]) => (starts.push(offset), enter(offset, ...rest)) });
  let end = 100;
  for (const bytes of taken) ends.push((end = enterBlocks(create(CheckpointBlocksSchema, bytes), end, index, watched, expected, WHERE)));
  expect(expected.rows).toEqual(sums.map(({ numPuts, numDeletes, numMerges }) => numPuts + numDeletes + numMerges));
  const separators = decodeIndex(index.finish()).blockMeta.map(({ firstKey }) => Uint8Array.from(firstKey));
  const blocks = starts.map((start, at): Block => ({ length: (starts[at + 1] ?? end) - start, crc32: expected.crc32[at]!, separator: separators[at]!, totals: sums[at]! }));
  return { blocks, end };
}

const copied = ({ words, separators }: BlockBytes): BlockBytes => ({ words: words.slice(), separators: separators.slice() });

describe("blocks since the last record", () => {
  it("come back with every number, as many as there are", () => {
    // More than the memory at first holds, of words and of separators.
    for (const [count, separatorLength] of [[1, 3], [1536, 2], [1537, 2], [2000, 20], [300, 1000]] as const) {
      const delta = new BlockDelta();
      const blocks = Array.from({ length: count }, (_, at) => block(at, separatorLength));
      for (const one of blocks) add(delta, one);
      const { blocks: back, end } = entered(delta.take(delta.mark));
      expect(back).toEqual(blocks);
      expect(end).toBe(100 + blocks.reduce((sum, { length }) => sum + length, 0));
    }
  });

  it("are eight words each, least significant byte first, and their separators one behind the other: as spec/proto has it", () => {
    const delta = new BlockDelta();
    const one: Block = { length: 0x0102_0304, crc32: 0xfffe_fdfc, separator: Uint8Array.of(7, 8), totals: { numPuts: 1, numDeletes: 2, numMerges: 3, rawKeySize: 0x0405, rawValSize: 0x0607_0809 } };
    add(delta, one);
    add(delta, block(9));
    const { words, separators } = delta.take(delta.mark);
    expect([...words.subarray(0, 32)]).toEqual([4, 3, 2, 1, 0xfc, 0xfd, 0xfe, 0xff, 2, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 5, 4, 0, 0, 9, 8, 7, 6]);
    expect([words.length, [...separators]]).toEqual([64, [7, 8, 9, 9, 9, 9]]);
  });

  it("that came behind a mark may need more memory than was given back", () => {
    const delta = new BlockDelta();
    add(delta, block(1));
    delta.giveBack(delta.take(delta.mark));
    const { mark } = delta;
    const blocks = Array.from({ length: 5000 }, (_, at) => block(at, 20));
    for (const one of blocks) add(delta, one);
    expect(entered(delta.take(mark)).blocks).toEqual([]);
    expect(entered(delta.take(delta.mark)).blocks).toEqual(blocks);
  });

  it("may have numbers of 32 bits, and none beyond", () => {
    const delta = new BlockDelta();
    const largest: Block = { length: WORD_MAX, crc32: WORD_MAX, separator: Uint8Array.of(1), totals: totals({ rawKeySize: WORD_MAX, rawValSize: WORD_MAX }) };
    add(delta, largest);
    for (const beyond of [{ ...largest, length: WORD_MAX + 1 }, { ...largest, totals: totals({ rawKeySize: WORD_MAX + 1 }) }, { ...largest, totals: totals({ rawValSize: WORD_MAX + 1 }) }]) {
      expect(thrownBy(() => add(delta, beyond))).toMatchObject({ code: "ERR_SST_LIMIT_MEMORY", details: { limit: WORD_MAX } });
    }
    expect(entered(delta.take(delta.mark)).blocks).toEqual([largest]);
  });

  it("are taken up to a mark, and the rest stays; memory that was given back is used again and disturbs nothing", () => {
    const step = fc.record({ blocks: fc.array(fc.nat(40), { maxLength: 30 }), more: fc.nat(4), isGivenBack: fc.boolean() });
    fc.assert(fc.property(fc.array(step, { minLength: 1, maxLength: 12 }), (steps) => {
      const delta = new BlockDelta();
      const all: Block[] = [];
      const records: BlockBytes[] = [];
      let next = 0;
      const put = (separatorLength: number): void => {
        const one = block(next++, separatorLength);
        all.push(one);
        add(delta, one);
      };
      for (const { blocks, more, isGivenBack } of steps) {
        for (const length of blocks) put(length);
        const { mark } = delta;
        for (let count = 0; count < more; count++) put(7);
        const taken = delta.take(mark);
        records.push(copied(taken));
        if (isGivenBack) delta.giveBack(taken);
      }
      records.push(delta.take(delta.mark));
      expect(entered(...records).blocks).toEqual(all);
    }), { seed: 171, numRuns: 60 });
  });

  it("take no more memory for one record after the other", () => {
    const delta = new BlockDelta();
    const buffers = new Set<ArrayBufferLike>();
    for (let record = 0; record < 10; record++) {
      for (let at = 0; at < 2000; at++) add(delta, block(at, 20));
      const taken = delta.take(delta.mark);
      for (const { buffer } of [taken.words, taken.separators]) buffers.add(buffer);
      delta.giveBack(taken);
    }
    // A first pair, and a second one for what comes while the first is written.
    expect(buffers.size).toBeLessThanOrEqual(6);
  });

  it("are forgotten by clear()", () => {
    const delta = new BlockDelta();
    add(delta, block(1));
    delta.clear();
    expect(delta.mark).toEqual({ words: 0, separatorBytes: 0 });
    add(delta, block(2));
    expect(entered(delta.take(delta.mark)).blocks).toEqual([block(2)]);
  });
});

describe("blocks of a record that does not hold together", () => {
  const taken = (): BlockBytes => {
    const delta = new BlockDelta();
    for (let at = 1; at < 4; at++) add(delta, block(at));
    return copied(delta.take(delta.mark));
  };

  it("are refused: a piece of a block, and fewer bytes of separators than they say", () => {
    const { words, separators } = taken();
    for (const damaged of [{ words: words.subarray(0, -1), separators }, { words: words.subarray(0, -4), separators }, { words, separators: separators.subarray(0, -1) }, { words, separators: new Uint8Array(0) }]) {
      expect(thrownBy(() => entered(damaged))).toMatchObject({ code: "ERR_SST_CHECKPOINT_CORRUPT", details: { path: WHERE } });
    }
    expect(entered({ words, separators }).blocks).toEqual([block(1), block(2), block(3)]);
    expect(entered({ words: new Uint8Array(0), separators: new Uint8Array(0) })).toEqual({ blocks: [], end: 100 });
  });
});
