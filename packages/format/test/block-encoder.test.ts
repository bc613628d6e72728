// Block encoders against the rules word for word: every byte, every size, and where a block ends.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createBlockEncoder } from "../src/block-encoder.js";
import type { FormatVersion } from "../src/generated/block-layouts.js";
import { crc32 } from "../src/crc32.js";
import { BLOCK_SIZES } from "../src/generated/constants.js";
import { appendRow, encodedBlocks, flagsOf, modelBlocks, type ModelRow, sharedPrefix, sortedRows, text } from "./block-model.js";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const versions = [1, 2] as const;

/** The four rows of SlateDB's vector `tiny-all`. */
const tinyAll: readonly ModelRow[] = [
  { kind: "put", key: text("apple"), value: text("red"), seq: 1n, createTs: 0x1a2086c95abn, expireTs: undefined },
  { kind: "put", key: text("apply"), value: text(""), seq: 2n, createTs: 0x1a2086c95acn, expireTs: 0x3bb2cc3d800n },
  { kind: "delete", key: text("banana"), value: text(""), seq: 3n, createTs: 0x1a2086c95acn, expireTs: undefined },
  { kind: "merge", key: text("cherry"), value: text("||||+1"), seq: 4n, createTs: 0x1a2086c95adn, expireTs: undefined },
];

describe("literal bytes", () => {
  it("V2: the block that SlateDB wrote", () => {
    const [payload, ...more] = encodedBlocks(createBlockEncoder(2, 4096), tinyAll);
    expect(hex(payload!)).toBe([
      "000503", hex(text("apple")), hex(text("red")), "0000000000000001", "04", "000001a2086c95ab",
      "040100", hex(text("y")), "0000000000000002", "06", "000003bb2cc3d800", "000001a2086c95ac",
      "000600", hex(text("banana")), "0000000000000003", "05", "000001a2086c95ac",
      "000606", hex(text("cherry")), hex(text("||||+1")), "0000000000000004", "0c", "000001a2086c95ad",
      "0000", "0001",
    ].join(""));
    expect([more, crc32(payload!)]).toEqual([[], 0xb1649d58]);
  });

  it("V1: the same rows by the rules of V1", () => {
    const [payload, ...more] = encodedBlocks(createBlockEncoder(1, 4096), tinyAll);
    expect(hex(payload!)).toBe([
      "00000005", hex(text("apple")), "0000000000000001", "04", "000001a2086c95ab", "00000003", hex(text("red")),
      "00040001", hex(text("y")), "0000000000000002", "06", "000003bb2cc3d800", "000001a2086c95ac", "00000000",
      "00000006", hex(text("banana")), "0000000000000003", "05", "000001a2086c95ac",
      "00000006", hex(text("cherry")), "0000000000000004", "0c", "000001a2086c95ad", "00000006", hex(text("||||+1")),
      "0000", "0021", "0043", "005e", "0004",
    ].join(""));
    expect([more, crc32(payload!)]).toEqual([[], 0xe78bc604]);
  });

  it("V2: restart points lie at rows 0, 16 and 32, and share nothing even where keys do", () => {
    const rows = Array.from({ length: 33 }, (_, at): ModelRow => ({ kind: "put", key: text(`k${String(at).padStart(2, "0")}`), value: text(""), seq: 0n, createTs: undefined, expireTs: undefined }));
    const [payload] = encodedBlocks(createBlockEncoder(2, 4096), rows);
    const row = (shared: number, suffix: string): string => `0${shared}0${suffix.length}00${hex(text(suffix))}${"00".repeat(9)}`;
    const expected = rows.map((_, at) => (at % 16 === 0 ? row(0, `k${String(at).padStart(2, "0")}`) : at % 10 === 0 ? row(1, `${at}`) : row(2, `${at % 10}`)));
    const length = (to: number): string => (expected.slice(0, to).join("").length / 2).toString(16).padStart(4, "0");
    expect(hex(payload!)).toBe([...expected, "0000", length(16), length(32), "0003"].join(""));
  });

  it.each(versions)("V%i: a block full of the smallest rows, versions of a key that share all of it, has all their positions", (version) => {
    for (const blockSize of BLOCK_SIZES) {
      const rows = Array.from({ length: 1.2 * (blockSize / 12) }, (_, at): ModelRow => ({ kind: "delete", key: text("k"), value: text(""), seq: BigInt(100_000 - at), createTs: undefined, expireTs: undefined }));
      expect(encodedBlocks(createBlockEncoder(version, blockSize), rows).map(hex)).toEqual(modelBlocks(version, blockSize, rows).map(({ payload }) => hex(payload)));
    }
  });

  it("V1: a tombstone keeps its expire_ts and has no value length; a later row shares with the first one, not with the row before", () => {
    const rows: ModelRow[] = [
      { kind: "delete", key: text("abc"), value: text(""), seq: 0n, createTs: undefined, expireTs: -1n },
      { kind: "put", key: text("abcd1"), value: text("v"), seq: 0n, createTs: undefined, expireTs: undefined },
      { kind: "put", key: text("abcd2"), value: text(""), seq: 0n, createTs: undefined, expireTs: undefined },
    ];
    const [payload] = encodedBlocks(createBlockEncoder(1, 4096), rows);
    expect(hex(payload!)).toBe([
      "00000003616263", "0000000000000000", "03", "ffffffffffffffff",
      "00030002", hex(text("d1")), "0000000000000000", "00", "00000001", hex(text("v")),
      "00030002", hex(text("d2")), "0000000000000000", "00", "00000000",
      "0000", "0018", "002c", "0003",
    ].join(""));
  });
});

describe.each(versions)("V%i", (version) => {
  it("makes the blocks that the rules make, for every block size", () => {
    fc.assert(fc.property(sortedRows, fc.constantFrom(...BLOCK_SIZES, 1, 13, 64, 300, 1000), (rows, blockSize) => {
      const expected = modelBlocks(version, blockSize, rows).map(({ payload }) => hex(payload));
      expect(encodedBlocks(createBlockEncoder(version, blockSize), rows).map(hex)).toEqual(expected);
    }), { seed: 11, numRuns: 250 });
  });

  it("says beforehand how long everything gets, and counts what it holds", () => {
    fc.assert(fc.property(sortedRows, (rows) => {
      const encoder = createBlockEncoder(version, 2048);
      const out = new Uint8Array(1 << 18);
      let at = 0;
      let held: ModelRow[] = [];
      rows.forEach((row, ordinal) => {
        const prefix = ordinal === 0 ? 0 : sharedPrefix(rows[ordinal - 1]!.key, row.key);
        const sized = (): number => encoder.rowSize(prefix, row.key.length, row.value.length, flagsOf(row));
        if (!encoder.fits(sized())) {
          const { payloadLength } = encoder;
          expect(encoder.finish(out, at)).toBe(payloadLength);
          at = 0;
          held = [];
          expect([encoder.rows, encoder.puts, encoder.deletes, encoder.merges, encoder.rawKeyBytes, encoder.rawValueBytes, encoder.bodyLength, encoder.payloadLength]).toEqual([0, 0, 0, 0, 0, 0, 0, 2]);
          expect(encoder.fits(Number.MAX_SAFE_INTEGER)).toBe(true);
        }
        const [size, payloadAfter] = [sized(), encoder.payloadLengthWith(sized())];
        const end = appendRow(encoder, out, at, prefix, row);
        expect([end - at, encoder.payloadLength, encoder.bodyLength]).toEqual([size, payloadAfter, end]);
        at = end;
        held.push(row);
        const kind = (wanted: string): number => held.filter((one) => one.kind === wanted).length;
        expect([encoder.rows, encoder.puts, encoder.deletes, encoder.merges]).toEqual([held.length, kind("put"), kind("delete"), kind("merge")]);
        expect(encoder.rawKeyBytes).toBe(held.reduce((sum, { key }) => sum + key.length, 0));
        expect(encoder.rawValueBytes).toBe(held.reduce((sum, { value }) => sum + value.length, 0));
      });
    }), { seed: 12, numRuns: 100 });
  });

  it("fills a block to the last byte, and not beyond what SlateDB does", () => {
    const row = (key: string, length: number): ModelRow => ({ kind: "put", key: text(key), value: new Uint8Array(length), seq: 0n, createTs: undefined, expireTs: undefined });
    const lengths: number[] = [];
    for (let length = 900; length < 1024; length++) {
      const payloads = encodedBlocks(createBlockEncoder(version, 1024), [row("a", 10), row("b", length)]);
      if (payloads.length === 1) lengths.push(payloads[0]!.length);
    }
    // A V1 block does not count the position of the row that comes: two bytes more fit.
    expect(Math.max(...lengths)).toBe(version === 1 ? 1026 : 1024);
    expect(lengths).toEqual(lengths.map((_, at) => lengths[0]! + at));
  });

  it("gives a row that is longer than the block one of its own, and what follows the next", () => {
    const row = (key: string, length: number): ModelRow => ({ kind: "put", key: text(key), value: new Uint8Array(length), seq: 0n, createTs: undefined, expireTs: undefined });
    const rows = [row("a", 5000), row("b", 1), row("c", 70_000), row("d", 1), row("e", 1)];
    expect(encodedBlocks(createBlockEncoder(version, 1024), rows).length).toBe(4);
    expect(modelBlocks(version, 1024, rows).map((block) => block.rows.length)).toEqual([1, 1, 1, 2]);
  });

  it("holds the most rows there can be: one key, descending versions, no value, in 64 KiB", () => {
    const rows = Array.from({ length: 5200 }, (_, at): ModelRow => ({ kind: "delete", key: text("k"), value: text(""), seq: BigInt(9999 - at), createTs: undefined, expireTs: undefined }));
    const payloads = encodedBlocks(createBlockEncoder(version, 65_536), rows);
    expect(payloads.map(hex)).toEqual(modelBlocks(version, 65_536, rows).map(({ payload }) => hex(payload)));
    // The last row begins below 65,536, where a position still fits in 16 bits.
    expect(Math.max(...payloads.map((payload) => payload.length))).toBeLessThanOrEqual(65_538);
  });

  it("takes only the low 32 bits of a half, signed or not", () => {
    const bytes = [-1, 0xffff_ffff, 0x1_ffff_ffff].map((half) => {
      const encoder = createBlockEncoder(version, 1024);
      const out = new Uint8Array(64);
      return hex(out.subarray(0, encoder.append(out, 0, 0, text("k"), 1, text(""), 0, half, half, 6, half, half, half, half)));
    });
    expect(new Set(bytes).size).toBe(1);
    expect(bytes[0]).toContain(`${"ff".repeat(8)}06${"ff".repeat(16)}`);
  });

  it("uses only the first bytes of key and value", () => {
    const encoder = createBlockEncoder(version, 1024);
    const [one, other] = [new Uint8Array(64), new Uint8Array(64)];
    encoder.append(one, 0, 0, text("key###"), 3, text("value#"), 5, 0, 1, 0, 0, 0, 0, 0);
    encoder.finish(other, 0);
    encoder.append(other, 0, 0, text("key"), 3, text("value"), 5, 0, 1, 0, 0, 0, 0, 0);
    expect(one).toEqual(other);
  });
});

describe("createBlockEncoder", () => {
  it.each([0, -1, 65_537, 1.5, Number.NaN, Number.POSITIVE_INFINITY])("refuses a block size of %d", (blockSize) => {
    for (const version of versions) expect(() => createBlockEncoder(version, blockSize)).toThrow(expect.objectContaining({ code: "ERR_SST_OPTION_INVALID", details: { option: "blockSize", value: blockSize } }) as Error);
  });

  it.each([0, 99, 1.5, Number.NaN])("refuses format version %d", (version) => {
    expect(() => createBlockEncoder(version as FormatVersion, 4096)).toThrow(expect.objectContaining({ code: "ERR_SST_OPTION_INVALID" }) as Error);
  });
});
