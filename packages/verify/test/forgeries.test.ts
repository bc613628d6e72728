// Forgeries: one rule broken, every checksum right. Each is reported once, under its rule and at its place.
import { type CompressionFormat, encodeInfo, loadCodec, type SsTableInfo } from "@slate-sst/format";
import { describe, expect, test } from "vitest";
import { assemble, bytesOf, FLAG_MERGE, FLAG_TOMBSTONE, type ForgedRow, numberedRows, type Parts, type PartsOptions, seqKey, soundParts } from "./forge.js";
import { rulesAndPlaces, verifyBytes } from "./verify-bytes.js";

const rows = numberedRows(200);

type Forge = (parts: Parts) => void;
type Case = readonly [expected: string | readonly string[], forge: Forge, options?: PartsOptions & { readonly rows?: readonly ForgedRow[] }];

/** Changes one byte of a block's payload. */
const poke = (block: number, at: number, change: (byte: number) => number): Forge => (parts) => {
  const payload = parts.blocks[block]!;
  const index = at < 0 ? payload.length + at : at;
  payload[index] = change(payload[index]!);
};
const moveInfo = (change: (info: SsTableInfo) => Partial<SsTableInfo>): Forge => (parts) => void (parts.moveInfo = change);
const setStats = (change: Partial<NonNullable<Parts["stats"]>>): Forge => (parts) => void (parts.stats = { ...parts.stats!, ...change });
const replaceBlock = (block: number, make: (payload: Uint8Array) => Uint8Array): Forge => (parts) => void (parts.blocks[block] = make(parts.blocks[block]!));

/** Position of the flags of the first row: three varints, key, value, sequence number. */
const FLAGS_AT = 3 + "key-00000".length + "value 0".length + 8;
/** The first row's end, and the key lengths of the second. */
const SECOND_ROW_AT = FLAGS_AT + 1;

async function check(forge: Forge, options: PartsOptions & { readonly rows?: readonly ForgedRow[] } = {}): Promise<string[]> {
  const parts = soundParts(options.rows ?? rows, options);
  forge(parts);
  return rulesAndPlaces(assemble(parts), { level: "paranoid" });
}

const flip = (bytes: Uint8Array, at: number, mask = 1): Uint8Array => {
  const copy = Uint8Array.from(bytes);
  copy[at]! ^= mask;
  return copy;
};

test("files put together like this are sound", async () => {
  for (const options of [{}, { version: 1 }, { filterFormat: "composite" }, { isWal: true }, { bitsPerKey: 0 }, { blockSize: 4096 }] as const) {
    const sorted = "isWal" in options ? rows.map((row, index) => ({ ...row, seq: index + 1 })) : rows;
    const { findings, result } = await verifyBytes(assemble(soundParts(sorted, options)), { level: "paranoid" });
    expect(findings).toEqual([]);
    expect(result).toMatchObject({ sound: true, complete: true, coverage: { unexplained: 0 }, rows: { count: rows.length } });
  }
});

const framing: readonly Case[] = [
  ["F1.3 footer.format_version", (parts) => void (parts.version = 0xffff)],
  ["F1.4 footer.info_offset", (parts) => void (parts.infoOffset = (offset) => offset + 10_000)],
  ["F1.5 info", (parts) => void (parts.infoOffset = (offset) => offset - 4)],
  ["F1.6 info", (parts) => void (parts.infoPayload = Uint8Array.of(200, 0, 0, 0))],
  ["F2.1 info.index_len", moveInfo(() => ({ indexLen: 0 }))],
  ["F2.2 info.filter_len", moveInfo(() => ({ filterLen: 4 }))],
  ["F2.3 info.stats_offset", moveInfo(({ statsLen }) => ({ statsLen: statsLen + 1 }))],
  ["F2.4 info.stats_len", moveInfo(({ statsLen, indexLen }) => ({ statsLen: 0, indexLen: indexLen + statsLen }))],
  ["F2.5 info.index_offset", moveInfo(({ filterLen }) => ({ filterLen: filterLen - 1 }))],
  ["F2.6 info.stats_offset", moveInfo(({ indexLen }) => ({ indexLen: indexLen - 1 }))],
  ["F2.7 info.stats_len", moveInfo(({ statsLen }) => ({ statsLen: statsLen - 1 }))],
  ["R2.3 info.first_entry", (parts) => void (parts.info = { firstEntry: bytesOf("a") }), { rows: [], bitsPerKey: 0 }],
];

const index: readonly Case[] = [
  ["I1.1 index", (parts) => void (parts.indexPayload = Uint8Array.of(99, 0, 0, 0))],
  ["I1.2 index.block_meta", (parts) => void (parts.moveOffsets = () => [])],
  ["I1.3 index.block_meta[0].offset", (parts) => void (parts.moveOffsets = ([, ...rest]) => [1, ...rest])],
  ["I1.4 index.block_meta[2].offset", (parts) => void (parts.moveOffsets = ([a, b, , ...rest]) => [a!, b!, b!, ...rest])],
  ["I1.5 index.block_meta[1].offset", (parts) => void (parts.moveOffsets = ([a, b, , ...rest]) => [a!, b!, b! + 4, ...rest])],
  ["I2.1 index.block_meta[0].first_key", (parts) => void (parts.separators[0] = bytesOf("key-00001"))],
  ["I2.2 index.block_meta[1].first_key", (parts) => void (parts.separators[1] = bytesOf("key-00003"))],
  ["I2.2 index.block_meta[2].first_key", (parts) => void (parts.separators[2] = bytesOf("key-9"))],
  ["I2.3 index.block_meta[0].first_key", (parts) => void (parts.separators[0] = bytesOf("k"))],
  ["I2.3 index.block_meta[1].first_key", (parts) => void (parts.separators[1] = Uint8Array.from([...parts.separators[1]!, ...bytesOf("-")])), { rows: rows.map((row) => ({ ...row, key: `${String(row.key)}-end` })) }],
  ["I2.4 index.block_meta[1].first_key", (parts) => void (parts.separators[1] = seqKey(1)), { isWal: true, rows: rows.map((row, at) => ({ ...row, seq: at + 1 })) }],
];

const blocks: readonly Case[] = [
  ["B1.1 block[1].num_restarts", replaceBlock(1, () => Uint8Array.of(1))],
  ["B1.2 block[1].num_restarts", poke(1, -1, () => 0)],
  ["B1.3 block[1].num_restarts", poke(1, -2, () => 0xff)],
  ["B1.4 block[1].rows", replaceBlock(1, () => Uint8Array.of(0, 0, 0, 1))],
  ["B1.5 block[0].row[0].value", poke(0, 2, () => 0x7f), { rows: [{ key: "a", value: "b" }] }],
  ["B2.1 block[0].restarts[0]", (parts) => poke(0, -2 - 2 * parts.blocks[0]!.at(-1)! + 1, () => 1)(parts)],
  ["B2.2 block[0].restarts[2]", (parts) => [-3, -4].forEach((at) => poke(0, at, () => 0)(parts))],
  ["B2.3 block[0].restarts[1]", (parts) => poke(0, -2 - 2 * (parts.blocks[0]!.at(-1)! - 1) + 1, (byte) => byte + 1)(parts)],
  ["B2.4 block[0].row[0].shared", poke(0, 0, () => 1)],
  ["B3.3 block[0].row[0].value_len", replaceBlock(0, (payload) => Uint8Array.from([...payload.subarray(0, 2), payload[2]! | 0x80, 0, ...payload.subarray(3)]))],
  ["B3.1 block[0].row[0].shared", replaceBlock(0, (payload) => Uint8Array.from([0x80, 0x80, 0x80, 0x80, 0x80, 0x00, ...payload.subarray(1)]))],
  ["B3.2 block[0].row[0].shared", replaceBlock(0, (payload) => Uint8Array.from([0x80, 0x80, 0x80, 0x80, 0x10, ...payload.subarray(1)]))],
  ["B3.4 block[0].row[1].shared", poke(0, SECOND_ROW_AT, () => 60)],
  ["B4.1 block[0].row[0].flags", poke(0, FLAGS_AT, () => 0x40)],
  ["B4.2 block[0].row[0].flags", poke(0, FLAGS_AT, () => FLAG_TOMBSTONE | FLAG_MERGE)],
];

const order: readonly Case[] = [
  ["R1.2 block[0].row[1].seq_num", () => undefined, { rows: [{ key: "a", seq: 1 }, { key: "a", seq: 2 }] }],
  ["R1.3 block[0].row[1].seq_num", () => undefined, { rows: [{ key: "a", seq: 1 }, { key: "a", seq: 1 }] }],
  ["R1.1 block[0].row[1].key", () => undefined, { rows: [{ key: "b", seq: 1 }, { key: "a", seq: 2 }] }],
  ["R1.4 block[0].row[1].seq_num", () => undefined, { isWal: true, rows: [{ key: "b", seq: 2 }, { key: "a", seq: 1 }] }],
  ["R2.1 info.first_entry", moveInfo(() => ({ firstEntry: bytesOf("key-0") }))],
  ["R2.2 info.last_entry", moveInfo(() => ({ lastEntry: bytesOf("key-9") }))],
  ["R2.4 info.first_entry", moveInfo(() => ({ firstEntry: seqKey(9) })), { isWal: true, rows: [{ key: "b", seq: 2 }] }],
  ["R2.5 info.last_entry", moveInfo(() => ({ lastEntry: bytesOf("b") })), { isWal: true, rows: [{ key: "b", seq: 2 }] }],
];

const sums: readonly Case[] = [
  ["S1.1 stats", (parts) => void (parts.statsPayload = Uint8Array.of(99, 0, 0, 0))],
  ["S1.2 stats.block_stats", (parts) => setStats({ blockStats: parts.stats!.blockStats!.slice(1) })(parts)],
  ["S1.3 stats.block_stats[1]", (parts) => setStats({ blockStats: parts.stats!.blockStats!.map((block, at) => (at === 1 ? { ...block, numMerges: 1 } : block)) })(parts)],
  ["S1.4 stats.num_puts", setStats({ numPuts: 1 })],
  ["S1.5 stats.raw_key_size", setStats({ rawKeySize: 1 })],
  ["S1.6 stats.raw_val_size", setStats({ rawValSize: 1 })],
  ["L1.1 filter.num_filters", (parts) => void (parts.filter = Uint8Array.from([...parts.filter!, 0])), { filterFormat: "composite" }],
  ["L1.2 filter.filters[0].name", (parts) => void (parts.filter![4] = 0xff), { filterFormat: "composite" }],
  ["L1.4 filter.bits", (parts) => void (parts.filter = parts.filter!.slice(0, 2))],
  ["L1.5 filter.bits", (parts) => void parts.filter!.fill(0, 2)],
  ["L1.5 filter.bits", (parts) => void (parts.filter![1] = 60)],
  ["L1.6 filter.bits", (parts) => void parts.filter!.fill(0xff, 2)],
  ["L1.7 filter.num_probes", (parts) => void (parts.filter = Uint8Array.from([0, 0, ...new Uint8Array(parts.filter!.length - 2)]))],
];

describe.each([["framing", framing], ["index", index], ["blocks", blocks], ["order", order], ["sums", sums]] as const)("%s", (_, cases) => {
  test.each(cases.map(([expected, forge, options]) => ({ expected, forge, options })))("$expected", async ({ expected, forge, options }) => {
    expect(await check(forge, options)).toEqual([expected].flat());
  });
});

test.each([["sstType", "F3.2 info.sst_type"], ["filterFormat", "F3.3 info.filter_format"], ["compressionFormat", "F3.1 info.compression_format"]] as const)("a number of %s without a meaning", async (field, expected) => {
  const parts = soundParts(rows);
  let payload: Uint8Array = new Uint8Array(0);
  parts.moveInfo = (info) => {
    // Of the fields of one byte only this one is stored; the byte that differs between two of its values is its own.
    const [first, second] = field === "compressionFormat" ? [1, 2] as const : [1, 1] as const;
    payload = encodeInfo({ ...info, [field]: first });
    const at = field === "compressionFormat" ? encodeInfo({ ...info, [field]: second }).findIndex((byte, position) => byte !== payload[position]) : firstOne(payload);
    payload[at] = 9;
    return {};
  };
  assemble(parts);
  parts.infoPayload = payload;
  expect(await rulesAndPlaces(assemble(parts), { level: "quick" })).toEqual([expected]);
});

/** Position of the only byte 1 in the first field of the root table. */
function firstOne(payload: Uint8Array): number {
  const field = new DataView(payload.buffer).getUint32(0, true) + Uint32Array.BYTES_PER_ELEMENT;
  return field + payload.subarray(field, field + Uint32Array.BYTES_PER_ELEMENT).indexOf(1);
}

describe("compressed sections", () => {
  test.each(["snappy", "lz4", "zlib", "zstd"] as const)("%s", async (name) => {
    const codec = await loadCodec(name);
    const parts = soundParts(rows);
    parts.info = { ...parts.info, compressionFormat: codec.id as CompressionFormat };
    parts.store = (payload) => codec.compress(payload);
    const { findings, result } = await verifyBytes(assemble(parts), { level: "paranoid" });
    expect(findings).toEqual([]);
    expect(result.coverage.unexplained).toBe(0);
    // One block that is no compressed data at all.
    const second = parts.blocks[1]!;
    parts.store = (payload) => (payload === second ? flip(payload, 0, 0xff) : codec.compress(payload));
    const damaged = await verifyBytes(assemble(parts), { level: "full" });
    expect(damaged.findings.map(({ path }) => path)).toEqual(["block[1]"]);
    expect(damaged.findings[0]!.rule).toMatch(/^F5\./);
    // A row that breaks a rule inside a compressed block is placed in the block's payload.
    parts.store = (payload) => codec.compress(payload);
    poke(1, 0, () => 1)(parts);
    const [finding] = (await verifyBytes(assemble(parts), { level: "full" })).findings;
    expect(finding).toMatchObject({ rule: "B2.4", path: "block[1].row[0].shared", payloadOffset: 0 });
  });
});
