// Rules that need rows put together by hand, a configuration, metadata, or level paranoid.
import { create, FilterKind, CompressionCodec, type SstMetadata, SstMetadataSchema } from "@slate-sst/format/proto";
import { crc32, decodeInfo, encodeBlockV1, encodeBlockV2, encodeRowV1, encodeRowV2, FOOTER_BYTES, loadCodec, RESTART_INTERVAL, SECTION_BYTES, sizeBlockV2, type SsTableInfo } from "@slate-sst/format";
import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { ExpectedConfig } from "../src/index.js";
import { assemble, bytesOf, FLAG_TOMBSTONE, numberedRows, type Parts, soundParts } from "./forge.js";
import { rulesAndPlaces, verifyBytes } from "./verify-bytes.js";

interface RawRow {
  readonly shared: number;
  readonly suffix: string;
  readonly value?: string;
  readonly flags?: number;
  readonly seq?: number;
}

/** A block of rows exactly as given. */
function rawBlock(version: 1 | 2, rows: readonly RawRow[]): Uint8Array {
  const out = new Uint8Array(1 << 18);
  const offsets: number[] = [];
  let at = 0;
  rows.forEach(({ shared, suffix, value = "", flags = 0, seq = 0 }, ordinal) => {
    if (version === 1 || ordinal % RESTART_INTERVAL === 0) offsets.push(at);
    const [key, bytes] = [bytesOf(suffix), bytesOf(value)];
    at = version === 1
      ? encodeRowV1(out, at, shared, key, 0, key.length, 0, seq, flags, 0, 0, 0, 0, bytes, 0, bytes.length)
      : encodeRowV2(out, at, shared, key, 0, key.length, bytes, 0, bytes.length, 0, seq, flags, 0, 0, 0, 0);
  });
  return out.slice(0, (version === 1 ? encodeBlockV1 : encodeBlockV2)(out, at, Uint16Array.from(offsets), offsets.length));
}

/** A file of one block whose rows were put together by hand; info, stats and filter are those of the rows it claims. */
function rawParts(version: 1 | 2, rows: readonly RawRow[], keys: readonly string[]): Parts {
  const parts = soundParts(keys.map((key, at) => ({ key, value: rows[at]?.value, flags: rows[at]?.flags, seq: rows[at]?.seq })), { version, blockSize: 65536 });
  parts.blocks = [rawBlock(version, rows)];
  return parts;
}

/** The info of a sound file. */
function referenceInfo(bytes: Uint8Array): { readonly infoOffset: number; readonly info: SsTableInfo } {
  const infoOffset = Number(new DataView(bytes.buffer).getBigUint64(bytes.length - FOOTER_BYTES));
  return { infoOffset, info: decodeInfo(bytes.slice(infoOffset, bytes.length - FOOTER_BYTES - SECTION_BYTES)) };
}

const paranoid = { level: "paranoid" } as const;

describe("rows put together by hand", () => {
  test.each([
    ["B3.5 block[0].row[1].shared", rawParts(2, [{ shared: 0, suffix: "abc" }, { shared: 1, suffix: "bd" }], ["abc", "abd"])],
    ["B3.7 block[0].row[1].shared", rawParts(1, [{ shared: 0, suffix: "abc" }, { shared: 1, suffix: "bd" }], ["abc", "abd"])],
    ["B3.6 block[0].row[1].shared", rawParts(1, [{ shared: 0, suffix: "abc" }, { shared: 4, suffix: "d" }], ["abc", "abd"])],
    ["B3.6 block[0].row[0].shared", rawParts(1, [{ shared: 1, suffix: "abc" }], ["abc"])],
    ["B5.1 block[0].row[0].key", rawParts(2, [{ shared: 0, suffix: "" }], ["a"])],
    ["B5.2 block[0].row[0].key", rawParts(2, [{ shared: 0, suffix: "k".repeat(65536) }], ["k"])],
  ] as const)("%s", async (expected, parts) => {
    const found = await rulesAndPlaces(assemble(parts), paranoid);
    expect(found[0]).toBe(expected);
    // Sums of key bytes are those of the rows that were meant.
    expect(found.slice(1).filter((other) => !other.startsWith("S1.5"))).toEqual([]);
  });

  test("B4.3: a tombstone with a value", async () => {
    const parts = soundParts([{ key: "a", flags: FLAG_TOMBSTONE }]);
    parts.blocks = [rawBlock(2, [{ shared: 0, suffix: "a", value: "left", flags: FLAG_TOMBSTONE }])];
    expect(await rulesAndPlaces(assemble(parts), paranoid)).toEqual(["B4.3 block[0].row[0].value_len"]);
  });

  test("B2.5: an offset of a V1 block that is not its row's", async () => {
    const parts = soundParts([{ key: "a" }, { key: "b" }, { key: "c" }], { version: 1 });
    const block = parts.blocks[0]!;
    block[block.length - sizeBlockV2(0) - 1]! += 1;
    expect(await rulesAndPlaces(assemble(parts), paranoid)).toEqual(["B2.5 block[0].offsets[2]"]);
  });

  test("B6.3: a block of several rows beyond the largest block size", async () => {
    const value = "v".repeat(50_000);
    const parts = rawParts(2, [{ shared: 0, suffix: "a", value }, { shared: 0, suffix: "b", value }], ["a", "b"]);
    parts.separators = [new Uint8Array(0)];
    parts.stats = { ...parts.stats!, blockStats: [{ numPuts: 2, numDeletes: 0, numMerges: 0 }] };
    const { findings, result } = await verifyBytes(assemble(parts));
    expect(findings).toMatchObject([{ rule: "B6.3", severity: "warning" }]);
    expect(result.sound).toBe(true);
  });
});

describe("canonical form", () => {
  const rows = numberedRows(200);

  test("B6.1 and B6.2: blocks that another block size explains", async () => {
    const file = assemble(soundParts(rows, { blockSize: 1024 }));
    const rulesFor = async (expected: ExpectedConfig): Promise<string[]> => [...new Set((await verifyBytes(file, { ...paranoid, expect: expected })).findings.map(({ rule }) => rule))];
    expect(await rulesFor({})).toEqual([]);
    expect(await rulesFor({ blockSize: 1024 })).toEqual([]);
    expect(await rulesFor({ blockSize: 2048 })).toEqual(["B6.2"]);
    expect(await rulesFor({ blockSize: 512 })).toEqual(["B6.1"]);
    expect(await rulesFor({ blockSize: 1024, minFilterKeys: 1000 })).toEqual(["L1.3"]);
    expect(await rulesFor({ blockSize: 1024, filter: false })).toEqual(["L1.3"]);
    expect(await rulesFor({ filterBitsPerKey: 20 })).toEqual(["L1.7"]);
    expect(await rulesFor({ blockSize: 1024, minFilterKeys: 0, compression: "lz4" })).toEqual(["C2.2"]);
    expect(await rulesFor({ blockSize: 1024, minFilterKeys: 0, filterFormat: "composite" })).toEqual(["C2.2"]);
  });

  test("C2.2: a file of a release that wrote no stats", async () => {
    const parts = soundParts(rows);
    parts.stats = undefined;
    expect(await rulesAndPlaces(assemble(parts), paranoid)).toEqual([]);
    expect(await rulesAndPlaces(assemble(parts), { ...paranoid, expect: { minFilterKeys: 0 } })).toEqual(["C2.2 info.stats_len"]);
  });

  test.each(["info", "index", "stats"] as const)("every bit of the %s that is flipped under a right checksum is found", async (section) => {
    const sound = assemble(soundParts(numberedRows(50)));
    const { infoOffset, info } = referenceInfo(sound);
    const [start, end] = section === "info" ? [infoOffset, sound.length - FOOTER_BYTES] : section === "index" ? [info.indexOffset, info.indexOffset + info.indexLen] : [info.statsOffset, info.statsOffset + info.statsLen];
    const unseen: string[] = [];
    const rules = new Set<string>();
    for (let at = start; at < end - SECTION_BYTES; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const forged = Uint8Array.from(sound);
        forged[at]! ^= 1 << bit;
        new DataView(forged.buffer).setUint32(end - SECTION_BYTES, crc32(forged.subarray(start, end - SECTION_BYTES)));
        const found = await rulesAndPlaces(forged, paranoid);
        for (const one of found) rules.add(one.split(" ")[0]!);
        if (found.length === 0) unseen.push(`${at - start}.${bit}`);
      }
    }
    expect(unseen).toEqual([]);
    expect(rules).toContain(section === "info" ? "C1.1" : section === "index" ? "C1.2" : "C1.3");
  });

  test("C2.1: sections that another library compressed", async () => {
    const { deflateSync } = await import("node:zlib");
    const parts = soundParts(rows);
    parts.info = { ...parts.info, compressionFormat: (await loadCodec("zlib")).id as 2 };
    parts.store = (payload) => Uint8Array.from(deflateSync(payload, { level: 1 }));
    const { findings, result } = await verifyBytes(assemble(parts), paranoid);
    expect(new Set(findings.map(({ rule }) => rule))).toEqual(new Set(["C2.1"]));
    expect(result.sound).toBe(true);
  });
});

describe("what the writer declared", () => {
  const rows = numberedRows(50);
  const file = assemble(soundParts(rows));

  async function metadataOf(bytes: Uint8Array): Promise<SstMetadata> {
    const { result } = await verifyBytes(bytes);
    const { count, puts, first, last, minSeq, maxSeq, rawKeyBytes, rawValueBytes } = result.rows;
    const { infoOffset, info } = referenceInfo(bytes);
    return create(SstMetadataSchema, {
      size: BigInt(bytes.length), crc32: crc32(bytes), sha256: createHash("sha256").update(bytes).digest(), rowCount: BigInt(count), putCount: BigInt(puts), firstKey: first!.key, lastKey: last!.key,
      minSeq: minSeq!, maxSeq: maxSeq!, rawKeyBytes: BigInt(rawKeyBytes), rawValueBytes: BigInt(rawValueBytes), blockCount: BigInt(result.blocks), formatVersion: 2,
      compression: CompressionCodec.NONE, blockSize: 1024, infoOffset: BigInt(infoOffset),
      filter: { kind: FilterKind.LEGACY, probeCount: 6, bitArrayBytes: 63n, bitsPerKey: 10, minFilterKeys: 0n },
      info: {
        firstEntry: info.firstEntry!, lastEntry: info.lastEntry!, indexOffset: BigInt(info.indexOffset), indexLen: BigInt(info.indexLen), filterOffset: BigInt(info.filterOffset), filterLen: BigInt(info.filterLen),
        statsOffset: BigInt(info.statsOffset), statsLen: BigInt(info.statsLen), compressionFormat: 0, sstType: 0, filterFormat: 0,
      },
    });
  }

  test("is true of a file that was not changed", async () => {
    const { findings, result } = await verifyBytes(file, { ...paranoid, metadata: await metadataOf(file) });
    expect(findings).toEqual([]);
    expect(result.rules.filter(({ rule }) => rule.startsWith("D")).map(({ state }) => state)).toEqual(Array(9).fill("held"));
  });

  test.each([
    ["D1.1", (metadata: SstMetadata): void => void metadata.size++],
    ["D1.2", (metadata: SstMetadata): void => void metadata.info!.indexLen++],
    ["D1.3", (metadata: SstMetadata): void => void (metadata.filter!.probeCount = 7)],
    ["D1.4", (metadata: SstMetadata): void => void metadata.rowCount++],
    ["D1.5", (metadata: SstMetadata): void => void (metadata.lastKey = bytesOf("zz"))],
    ["D1.6", (metadata: SstMetadata): void => void metadata.maxSeq++],
    ["D1.7", (metadata: SstMetadata): void => void metadata.rawValueBytes++],
    ["D1.8", (metadata: SstMetadata): void => void metadata.crc32++],
    ["D1.9", (metadata: SstMetadata): void => void (metadata.sha256 = new Uint8Array(32))],
  ] as const)("%s", async (rule, change) => {
    const metadata = await metadataOf(file);
    change(metadata);
    expect((await verifyBytes(file, { metadata })).findings.map((finding) => finding.rule)).toEqual([rule]);
  });

  test("shows a changed value whose checksum was made to fit", async () => {
    const metadata = await metadataOf(file);
    const parts = soundParts(rows.map((row, at) => (at === 7 ? { ...row, value: row.value!.toUpperCase() } : row)));
    expect((await verifyBytes(assemble(parts), paranoid)).findings).toEqual([]);
    expect(await rulesAndPlaces(assemble(parts), { metadata })).toEqual(["D1.8 metadata.crc32"]);
  });
});
