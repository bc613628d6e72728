// The index section: SlateDB's own bytes, sizes foretold, limits, columns, and what damage does.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FlatBufferBuilder } from "../src/flatbuffers/builder.js";
import { FLATBUFFER_BYTES_MAX } from "../src/generated/constants.js";
import { writeBlockMeta, writeSsTableIndex } from "../src/generated/fbs/sst-index.js";
import { decodeIndex, encodeIndex, readIndexColumns, SstIndexBuilder } from "../src/sst-index.js";
import { bytes, codeOf, errorOf, hex, readDamaged } from "./flatbuffers-helpers.js";

const none = new Uint8Array(0);

/** The index of an SST without blocks, as SlateDB 0.12.1 wrote it. */
const emptyBytes = bytes("0c000000 0000 0600 0800 0400 06000000 04000000 00000000");

/** The index of an SST with one block, as SlateDB 0.12.1 wrote it: the block lies at 0 and its separator is empty. */
const oneBlockBytes = bytes("0c000000 0000 0600 0800 0400 06000000 04000000 01000000 0c000000 0800 0800 0000 0400 08000000 04000000 00000000");

function build(blocks: readonly { offset: number; firstKey: Uint8Array }[]): Uint8Array {
  const builder = new SstIndexBuilder();
  for (const { offset, firstKey } of blocks) builder.add(offset, firstKey);
  return builder.finish();
}

/** Blocks at ascending offsets with random separators, the first at 0. */
const randomBlock = fc.record({ firstKey: fc.uint8Array({ maxLength: 12 }), length: fc.integer({ min: 5, max: 2 ** 40 }) });
const blocks = fc.array(randomBlock, { maxLength: 40 }).map((all) => {
  let end = 0;
  return all.map(({ firstKey, length }) => {
    const offset = end;
    end += length;
    return { offset, firstKey };
  });
});

describe("index bytes", () => {
  it("without blocks are SlateDB's: the vector is there", () => {
    expect(hex(build([]))).toBe(hex(emptyBytes));
    expect(decodeIndex(emptyBytes)).toEqual({ blockMeta: [] });
    expect(readIndexColumns(emptyBytes).count).toBe(0);
  });

  it("of one block are SlateDB's", () => {
    expect(hex(build([{ offset: 0, firstKey: none }]))).toBe(hex(oneBlockBytes));
    expect(decodeIndex(oneBlockBytes)).toEqual({ blockMeta: [{ offset: 0, firstKey: none }] });
  });

  it("grown block by block are those of the whole, and come back as objects and as columns", () => {
    fc.assert(
      fc.property(blocks, (all) => {
        const built = build(all);
        expect(hex(built)).toBe(hex(encodeIndex({ blockMeta: all })));
        expect(decodeIndex(built).blockMeta).toEqual(all);
        const again = new SstIndexBuilder();
        for (const { offset, firstKey } of all) again.add(offset, firstKey);
        expect(hex(new Uint8Array(Buffer.concat(again.finishChunks())))).toBe(hex(built));
        const { count, offsets, keyStart, keyEnd } = readIndexColumns(built);
        expect(count).toBe(all.length);
        expect(Array.from(offsets, (offset, block) => ({ offset, firstKey: built.slice(keyStart[block], keyEnd[block]) }))).toEqual(all);
      }),
      { seed: 11, numRuns: 200 },
    );
  });

  it("take a separator out of a longer key", () => {
    const builder = new SstIndexBuilder();
    builder.add(0, bytes("aabbccdd"), 1, 3);
    expect(decodeIndex(builder.finish()).blockMeta[0]?.firstKey).toEqual(bytes("bbcc"));
  });
});

describe("index sizes", () => {
  it("are exact at any time, for one further block and for several", () => {
    fc.assert(
      fc.property(blocks, fc.nat(40), (all, split) => {
        const builder = new SstIndexBuilder();
        const early = all.slice(0, split);
        for (const { offset, firstKey } of early) builder.add(offset, firstKey);
        expect(builder.blocks).toBe(early.length);
        const late = all.slice(split);
        const whole = builder.sizeAfter(...late.map(({ firstKey }) => firstKey.length));
        for (const { offset, firstKey } of late) {
          const foretold = builder.sizeAfter(firstKey.length);
          builder.add(offset, firstKey);
          expect(builder.finishedSize).toBe(foretold);
          expect(builder.finishedSize).toBe(foretold);
        }
        expect(builder.finishedSize).toBe(whole);
        expect(builder.finish().length).toBe(whole);
        expect(builder.finishedSize).toBe(whole);
      }),
      { seed: 12, numRuns: 200 },
    );
  });

  it("foretell when an index outgrows a FlatBuffer", () => {
    const builder = new SstIndexBuilder();
    expect(builder.sizeAfter(FLATBUFFER_BYTES_MAX)).toBeGreaterThan(FLATBUFFER_BYTES_MAX);
    expect(builder.blocks).toBe(0);
  });

  it("of a hundred thousand blocks are exact, too", () => {
    const builder = new SstIndexBuilder();
    const key = new Uint8Array(8);
    const view = new DataView(key.buffer);
    const count = 100_000;
    for (let block = 0; block < count; block++) {
      view.setUint32(0, block);
      builder.add(block * 4096, key, 0, block === 0 ? 0 : 1 + (block % 8));
    }
    const size = builder.finishedSize;
    const built = builder.finish();
    expect(built.length).toBe(size);
    const { offsets, keyStart, keyEnd } = readIndexColumns(built);
    expect(offsets.every((offset, block) => offset === block * 4096)).toBe(true);
    expect(keyStart.every((start, block) => (keyEnd[block] ?? 0) - start === (block === 0 ? 0 : 1 + (block % 8)))).toBe(true);
  });
});

describe("index that is refused", () => {
  it("a block that would outgrow the limit, without losing the ones before", () => {
    const limit = 100;
    const builder = new SstIndexBuilder(limit);
    builder.add(0, none);
    expect(builder.sizeAfter(30)).toBeGreaterThan(limit);
    const error = errorOf(() => builder.add(50, new Uint8Array(30)));
    expect(error).toEqual({ code: "ERR_SST_LIMIT_INDEX", details: { size: builder.sizeAfter(30), limit, blocks: 1 } });
    builder.add(50, new Uint8Array(3));
    expect(decodeIndex(builder.finish()).blockMeta.map(({ offset }) => offset)).toEqual([0, 50]);
  });

  it("a limit is kept to the byte among many blocks, too, and the size known beforehand is never too small", () => {
    const key = new Uint8Array(3);
    const full = (limit?: number): SstIndexBuilder => {
      const builder = new SstIndexBuilder(limit);
      for (let block = 0; block < 500; block++) builder.add(block * 4096, key);
      return builder;
    };
    const exact = full();
    expect(exact.sizeMax).toBeGreaterThanOrEqual(exact.finishedSize);
    expect(exact.sizeMax - exact.finishedSize).toBeLessThan(512);
    const { finishedSize } = exact;
    expect(full(finishedSize).finish().length).toBe(finishedSize);
    expect(codeOf(() => full(finishedSize - 1))).toBe("ERR_SST_LIMIT_INDEX");
  });

  it("blocks behind its end, and a second end, in whichever form", () => {
    for (const finish of [(builder: SstIndexBuilder) => builder.finish(), (builder: SstIndexBuilder) => builder.finishChunks()]) {
      const builder = new SstIndexBuilder();
      builder.add(0, none);
      finish(builder);
      for (const call of [() => builder.add(50, none), () => builder.finish(), () => builder.finishChunks()]) expect(codeOf(call)).toBe("ERR_SST_STATE");
    }
  });

  it("a limit is kept to the byte", () => {
    const exact = new SstIndexBuilder().sizeAfter(7);
    expect(codeOf(() => new SstIndexBuilder(exact - 1).add(0, new Uint8Array(7)))).toBe("ERR_SST_LIMIT_INDEX");
    const builder = new SstIndexBuilder(exact);
    builder.add(0, new Uint8Array(7));
    expect(builder.finish().length).toBe(exact);
  });

  it("offsets that do not ascend, and ranges outside the key", () => {
    const builder = new SstIndexBuilder();
    builder.add(0, none);
    builder.add(100, bytes("aa"));
    for (const offset of [100, 99, -1, 100.5, 2 ** 53, Number.NaN]) {
      expect(codeOf(() => builder.add(offset, bytes("bb")))).toBe("ERR_SST_FIELD_INVALID");
    }
    for (const [start, end] of [[-1, 1], [0, 2], [1, 0], [0.5, 1]] as const) {
      expect(codeOf(() => builder.add(200, bytes("bb"), start, end))).toBe("ERR_SST_FIELD_INVALID");
    }
    expect(builder.blocks).toBe(2);
  });

  it("limits that are none", () => {
    for (const limit of [0, -1, 1.5, FLATBUFFER_BYTES_MAX + 1]) expect(codeOf(() => new SstIndexBuilder(limit))).toBe("ERR_SST_FIELD_INVALID");
    // One of a single byte is a limit, which nothing fits.
    expect(codeOf(() => new SstIndexBuilder(1).add(0, bytes("aa")))).toBe("ERR_SST_LIMIT_INDEX");
  });

  it("anything after the end", () => {
    const builder = new SstIndexBuilder();
    builder.finish();
    expect(codeOf(() => builder.add(0, none))).toBe("ERR_SST_STATE");
    expect(codeOf(() => builder.finish())).toBe("ERR_SST_STATE");
  });
});

describe("damaged index", () => {
  const original = build([
    { offset: 0, firstKey: none }, { offset: 90, firstKey: bytes("6161") }, { offset: 200, firstKey: bytes("62") }, { offset: 300, firstKey: bytes("63") },
  ]);
  /** The four references to the entries: they follow the root's table and their count. */
  const elements = hex(original).indexOf(hex("06000000 04000000 04000000")) / 2 + 12;

  it("names the field", () => {
    const broken = original.slice();
    const offset = hex(broken).indexOf("2c01000000000000") / 2;
    broken[offset + 6] = 0x20;
    expect(errorOf(() => decodeIndex(broken))).toEqual({ code: "ERR_SST_CORRUPT", details: { offset, path: "index.block_meta[3].offset" } });
    expect(errorOf(() => readIndexColumns(broken))).toEqual(errorOf(() => decodeIndex(broken)));
  });

  it("names the entry whose reference leaves the buffer", () => {
    const broken = original.slice();
    broken[elements + 2 * 4 + 3] = 0x7f;
    const { code, details } = errorOf(() => readIndexColumns(broken));
    expect(code).toBe("ERR_SST_CORRUPT");
    expect(details["path"]).toBe("index.block_meta[2]");
  });

  it("without the vector or without a separator", () => {
    const missing = new FlatBufferBuilder();
    missing.startTable(1);
    const empty = missing.finish(missing.endTable());
    expect(errorOf(() => decodeIndex(empty))).toEqual({ code: "ERR_SST_CORRUPT", details: { offset: 8, path: "index.block_meta" } });

    const builder = new FlatBufferBuilder();
    builder.startTable(2);
    builder.addSafeLong(0, 7);
    const bare = builder.endTable();
    const whole = builder.finish(writeSsTableIndex(builder, builder.offsetVector([bare])));
    for (const read of [decodeIndex, readIndexColumns]) {
      const { code, details } = errorOf(() => read(whole));
      expect([code, details["path"]]).toEqual(["ERR_SST_CORRUPT", "index.block_meta[0].first_key"]);
    }
  });

  it("with entries that are one and the same is stopped before it costs more than the buffer is long", () => {
    const builder = new FlatBufferBuilder();
    const entry = writeBlockMeta(builder, 7, builder.byteVector(new Uint8Array(1000)));
    const count = 50_000;
    const whole = builder.finish(writeSsTableIndex(builder, builder.offsetVector({ length: count, at: () => entry })));
    for (const read of [decodeIndex, readIndexColumns]) {
      const { code, details } = errorOf(() => read(whole));
      expect(code).toBe("ERR_SST_CORRUPT");
      expect(details["path"]).toMatch(/^index\.block_meta\[\d\]/);
    }
  });

  it("gives a value or a named error, never anything else", () => {
    for (const read of [decodeIndex, readIndexColumns]) {
      const outcomes = readDamaged(original, "index", read);
      expect([...outcomes.keys()].sort()).toEqual(["ERR_SST_CORRUPT", "value"]);
    }
  });

  it("is read alike as objects and as columns", () => {
    const damage = fc.array(fc.tuple(fc.nat(original.length - 1), fc.nat(255)), { minLength: 1, maxLength: 3 });
    const outcome = (read: () => unknown): unknown => {
      try {
        return read();
      } catch (error) {
        return String(error);
      }
    };
    fc.assert(
      fc.property(damage, (changes) => {
        const broken = original.slice();
        for (const [position, value] of changes) broken[position] = value;
        const columns = outcome(() => {
          const { offsets, keyStart, keyEnd } = readIndexColumns(broken);
          return { blockMeta: Array.from(offsets, (offset, block) => ({ offset, firstKey: broken.slice(keyStart[block], keyEnd[block]) })) };
        });
        expect(columns).toEqual(outcome(() => decodeIndex(broken)));
      }),
      { seed: 13, numRuns: 2000 },
    );
  });
});
