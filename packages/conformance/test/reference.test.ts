// Three opinions on every row: our own decoders (index, codecs, BlockCursor), the parsers that the stock Kaitai compiler
// made of the spec, and the side-cars of the golden files. What no golden file has (format version 1, composite filters)
// we write ourselves, and at least both readers must agree on it.
import {
  bloomMayContain, BlockCursor, BLOOM_FILTER_NAME, crc32, FLAG_CREATE_TS, FLAG_EXPIRE_TS, FLAG_MERGE, FLAG_TOMBSTONE, FORMAT_VERSION_V1,
  FORMAT_VERSION_V2, loadCodec, SECTION_BYTES, sipHash13, type Codec, type FormatVersion,
} from "@slate-sst/format";
import { referenceFilter, referenceRows, referenceSection } from "@slate-sst/format/reference";
import { describe, expect, it } from "vitest";
import { randomCase } from "../src/random-rows.js";
import { rewriteSst, writerConfig } from "../src/rewrite.js";
import { firstRowDifference } from "../src/row-difference.js";
import { firstByteDifference, sectionPayload, sstSections } from "../src/sst-sections.js";
import { goldenSst, goldenSsts, type GoldenRow } from "../src/vectors.js";

/** No block or filter of these files is larger. */
const PAYLOAD_BYTES_MAX = 2 ** 24;
const RANDOM_SEEDS = Array.from({ length: 20 }, (_, i) => 700 + i);

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

const goldens = goldenSsts().map((golden) => [golden.name, golden] as const);
const compacted = goldens.filter(([, { kind }]) => kind !== "wal");

/** All rows by our own decoders. */
function ourRows(file: Uint8Array, codec: Codec): GoldenRow[] {
  const { formatVersion, blocks } = sstSections(file, codec);
  const cursor = new BlockCursor(formatVersion);
  return blocks.flatMap(({ start, end }) => {
    const payload = codec.decompress(file.subarray(start, end - SECTION_BYTES), { maxLength: PAYLOAD_BYTES_MAX });
    const rows: GoldenRow[] = [];
    for (cursor.open(payload); cursor.next(); ) rows.push(presentRow(cursor, payload));
    return rows;
  });
}

function presentRow({ key, keyLength, row }: BlockCursor, payload: Uint8Array): GoldenRow {
  const has = (flag: number): boolean => (row.flags & flag) !== 0;
  const joined = (hi: number, lo: number): bigint => (BigInt(hi) << 32n) | BigInt(lo >>> 0);
  return {
    kind: has(FLAG_TOMBSTONE) ? "delete" : has(FLAG_MERGE) ? "merge" : "put",
    key: key.slice(0, keyLength),
    value: has(FLAG_TOMBSTONE) ? undefined : payload.slice(row.valueAt, row.valueAt + row.valueLength),
    seq: BigInt.asUintN(64, joined(row.seqNumHi, row.seqNumLo)),
    createTs: has(FLAG_CREATE_TS) ? joined(row.createTsHi, row.createTsLo) : undefined,
    expireTs: has(FLAG_EXPIRE_TS) ? joined(row.expireTsHi, row.expireTsLo) : undefined,
  };
}

/** All rows by the Kaitai parsers, which share no code with ours. */
function theirRows(file: Uint8Array, codec: Codec): GoldenRow[] {
  const { formatVersion, blocks } = sstSections(file, codec);
  return blocks.flatMap((block) => referenceRows(formatVersion, sectionPayload(file, block, codec)));
}

/** Both readers find exactly these rows, and every checksum is right. */
function expectRows(file: Uint8Array, codec: Codec, rows: readonly GoldenRow[], title?: string): void {
  expect(firstRowDifference(ourRows(file, codec), rows), title).toBeUndefined();
  expect(firstRowDifference(theirRows(file, codec), rows), title).toBeUndefined();
  for (const { name, start, end } of sstSections(file, codec).all) {
    if (name === "footer") continue;
    const { payload, crc32: stored } = referenceSection(file.subarray(start, end));
    expect(stored, `${title ?? ""} ${name}`).toBe(crc32(payload));
  }
}

describe("golden SSTs, WAL files among them: side-car, our decoders and the reference parsers agree", () => {
  it("reads those that there are", () => expect([goldens.length, compacted.length]).toEqual([54, 52]));

  it.each(goldens)("%s", async (_, golden) => {
    const codec = await loadCodec(golden.config.compression);
    expectRows(golden.bytes, codec, golden.rows);
    const { formatVersion, info, blocks, filter } = sstSections(golden.bytes, codec);
    expect(formatVersion).toBe(golden.config.formatVersion);
    expect(info).toEqual(golden.info);
    expect(blocks.map(({ start, end, separator }) => [start, end - start, hex(separator)])).toEqual(golden.blocks.map(({ offset, storedLen, indexKey }) => [offset, storedLen, hex(indexKey)]));
    const bloom = filter === undefined ? undefined : referenceFilter("legacy", sectionPayload(golden.bytes, filter, codec));
    expect(bloom === undefined ? undefined : [bloom.probes, bloom.bits.length]).toEqual(golden.filter === undefined ? undefined : [golden.filter.numProbes, golden.filter.bitBytes]);
  });
});

describe("golden rows in format version 1, written by SstWriter: both readers find them", () => {
  it.each(compacted)("%s", async (_, golden) => {
    const { bytes } = await rewriteSst(golden.rows, { ...writerConfig(golden.config), formatVersion: FORMAT_VERSION_V1 });
    const codec = await loadCodec(golden.config.compression);
    expect(sstSections(bytes, codec).formatVersion).toBe(FORMAT_VERSION_V1);
    expectRows(bytes, codec, golden.rows);
  });
});

describe("random rows in both format versions: both readers find them", () => {
  it.each(RANDOM_SEEDS)("seed %i", async (seed) => {
    const { rows, config, title } = randomCase(seed);
    for (const formatVersion of [FORMAT_VERSION_V1, FORMAT_VERSION_V2] as const) {
      const { bytes } = await rewriteSst(rows, writerConfig({ ...config, formatVersion, filterFormat: "legacy" }));
      expectRows(bytes, await loadCodec(config.compression), rows, title);
    }
  });
});

describe("composite filters: the reference parser reads them back", () => {
  const filterOf = async (rows: readonly GoldenRow[], format: "legacy" | "composite", formatVersion: FormatVersion): Promise<ReturnType<typeof referenceFilter>> => {
    const { bytes } = await rewriteSst(rows, { filterFormat: format, minFilterKeys: 0, formatVersion, compression: "zlib" });
    const codec = await loadCodec("zlib");
    const { filter } = sstSections(bytes, codec);
    if (filter === undefined) throw new Error("the SST has no filter");
    return referenceFilter(format, sectionPayload(bytes, filter, codec));
  };

  it.each(compacted)("%s: one filter, with the bits of the legacy one, which knows every key", async (_, golden) => {
    const legacy = await filterOf(golden.rows, "legacy", FORMAT_VERSION_V2);
    const hash = new Uint32Array(2);
    for (const formatVersion of [FORMAT_VERSION_V1, FORMAT_VERSION_V2] as const) {
      const { name, probes, bits } = await filterOf(golden.rows, "composite", formatVersion);
      expect([name, probes, Buffer.compare(bits, legacy.bits)]).toEqual([BLOOM_FILTER_NAME, legacy.probes, 0]);
      for (const { key } of golden.rows) {
        sipHash13(key, 0, key.length, hash, 0);
        expect(bloomMayContain(bits, probes, hash[0] ?? 0, hash[1] ?? 0)).toBe(true);
      }
    }
  });
});

describe("a difference is told with its place", () => {
  it("of bytes, by section", async () => {
    const golden = goldenSst("tiny-all");
    const codec = await loadCodec("none");
    const { all } = sstSections(golden.bytes, codec);
    expect(all.map(({ name }) => name)).toEqual(["block 0", "filter", "index", "stats", "info", "footer"]);
    expect(firstByteDifference(golden.bytes, golden.bytes, codec)).toBeUndefined();
    const damaged = (at: number): string | undefined => firstByteDifference(golden.bytes.map((byte, i) => (i === at ? byte ^ 1 : byte)), golden.bytes, codec);
    expect(damaged(7)).toBe("byte 7 is 0x64 instead of 0x65: byte 7 of the 119 stored in block 0 (from 0); 420 bytes instead of 420");
    expect(damaged(golden.info.filterOffset - 1)).toMatch(/: checksum of block 0 \(from 0\);/);
    expect(damaged(golden.info.statsOffset)).toMatch(/: byte 0 of the \d+ stored in stats \(/);
    expect(damaged(golden.metadataOffset - 1)).toMatch(/: checksum of stats /);
    expect(damaged(golden.metadataOffset)).toMatch(/: byte 0 of the \d+ stored in info /);
    expect(damaged(golden.size - 1)).toMatch(/: byte 9 of the footer;/);
    expect(firstByteDifference(golden.bytes.subarray(0, 100), golden.bytes, codec)).toMatch(/^byte 100 is missing instead of 0x.*100 bytes instead of 420$/);
    expect(firstByteDifference(new Uint8Array([...golden.bytes, 1]), golden.bytes, codec)).toMatch(/^byte 420 is 0x01 instead of missing: behind the end/);
  });

  it("of rows, by field", () => {
    const [first, second] = goldenSst("tiny-all").rows;
    if (first === undefined || second === undefined) throw new Error("the vector has four rows");
    expect(firstRowDifference([first, second], [first, second])).toBeUndefined();
    expect(firstRowDifference([first], [first, second])).toBe("there are 1 rows instead of 2");
    expect(firstRowDifference([first, { ...second, seq: 9n, value: undefined }], [first, second])).toMatch(/^row 1 differs in value, seq: put "6170706c79" = nothing, seq 9,.* instead of put "6170706c79" = "", seq 2,/);
    expect(firstRowDifference([{ ...first, kind: "merge", key: second.key, createTs: undefined, expireTs: 1n }], [first])).toMatch(/^row 0 differs in kind, key, createTs, expireTs: /);
  });
});
