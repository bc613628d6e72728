// Whole SSTs: rows to bytes, bytes to rows, and bytes to the rules that they break.
import { type CompressionName, FORMAT_VERSION_V2, SEQ_MAX, TIMESTAMP_MAX, TIMESTAMP_MIN } from "@slate-sst/format";
import { ConformanceLayer, ConformanceVerifyLevel } from "@slate-sst/format/proto/conformance";
import type { RuleId } from "@slate-sst/format/rules";
import type { ExpectedConfig } from "@slate-sst/verify";
import type { SstMetadata, SstWriterConfig } from "@slate-sst/writer";
import { DECLARED_CASES } from "../../declared-cases.js";
import { type BaseName, FORGERIES, putTogether, takeApart } from "../../forgeries/index.js";
import { forgeryBase } from "../../forgery-bases.js";
import { inCommitOrder, randomCase } from "../../random-rows.js";
import { rewriteSst, writerConfig } from "../../rewrite.js";
import { GOLDEN_CODECS, type GoldenRow, OTHER_CODECS } from "../../side-car.js";
import { verifyBytes } from "../../verify-bytes.js";
import { BY_HAND, type Origin, OURS, SLATEDB, SuiteBuilder, withNote } from "../builder.js";
import { configMessage, expectedConfigOf, rowMessage, value, VERSIONS } from "../values.js";
import { sampleRows } from "./blocks.js";
import type { Golden } from "./golden.js";

const { FULL, PARANOID } = ConformanceVerifyLevel;
const BASES: readonly BaseName[] = ["plain", "v1", "composite", "snappy", "lz4", "zlib", "zstd", "wal", "empty"];
/** Golden files beyond this are left to the tests of this repository: the vectors are to stay small. */
const GOLDEN_BYTES_MAX = 90_000;
/** So many bytes of a file before its end are the footer. */
const FOOTER = 10;
const U16_BYTES = 2;

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

export async function fileSuite(golden: ReadonlyMap<string, Golden>): Promise<SuiteBuilder> {
  const suite = new SuiteBuilder(ConformanceLayer.FILE);
  for (const one of golden.values()) await goldenFile(suite, one);
  await madeFiles(suite);
  damagedFiles(suite, golden);
  await soundFiles(suite);
  await forgedFiles(suite);
  await declaredFiles(suite);
  writtenFiles(suite);
  return suite;
}

async function goldenFile(suite: SuiteBuilder, { sst }: Golden): Promise<void> {
  if (sst.bytes.length > GOLDEN_BYTES_MAX) return;
  const path = `golden/${sst.name}.sst`;
  const origin = withNote(SLATEDB, `golden/README.md tells how golden/${sst.name}.sst was made`);
  const about = `${sst.rows.length} rows, ${sst.config.compression}, blocks of ${sst.config.blockSize} bytes`;
  const is = value({ case: "file", value: { config: configMessage(writerConfig(sst.config)), rows: sst.rows.map(rowMessage) } });
  if (sst.kind !== "wal") suite.encode({ name: `slatedb ${sst.name} to bytes`, about, origin }, is, { path });
  suite.decode({ name: `slatedb ${sst.name} from bytes`, about, origin }, { path }, { accept: is });
  const config = sst.kind === "wal" ? {} : writerConfig(sst.config);
  suite.verify({ name: `slatedb ${sst.name} verified`, about, origin, rules: await held(sst.bytes, config) }, { path }, { level: PARANOID, config: configMessage(config) }, "sound");
}

/** The rules that a verifier checked and found kept. */
async function held(bytes: Uint8Array, config: SstWriterConfig | ExpectedConfig, metadata?: SstMetadata): Promise<RuleId[]> {
  const { result } = await verifyBytes(bytes, { level: "paranoid", expect: expectedConfigOf(configMessage(config)), metadata });
  return result.rules.filter(({ state }) => state === "held").map(({ rule }) => rule);
}

/** Rows and settings that SlateDB 0.12.1 cannot be made to write. */
async function madeFiles(suite: SuiteBuilder): Promise<void> {
  const rows = sampleRows(200);
  const numbered = (change: (row: GoldenRow, i: number) => Partial<GoldenRow>): GoldenRow[] => rows.map((row, i) => ({ ...row, ...change(row, i) }));
  const made: readonly (readonly [string, readonly GoldenRow[], SstWriterConfig])[] = [
    ...VERSIONS.slice(1).flatMap((formatVersion): readonly (readonly [string, readonly GoldenRow[], SstWriterConfig])[] => [
      [`v${formatVersion} one row`, sampleRows(1), { formatVersion }],
      ...GOLDEN_CODECS.map((compression) => [`v${formatVersion} ${compression}`, rows, { formatVersion, blockSize: 1024, compression, minFilterKeys: 10 }] as const),
      [`v${formatVersion} composite filter`, rows, { formatVersion, filterFormat: "composite", minFilterKeys: 0 }],
    ]),
    ...GOLDEN_CODECS.map((compression): readonly [string, readonly GoldenRow[], SstWriterConfig] => [`composite filter ${compression}`, rows, { filterFormat: "composite", minFilterKeys: 0, compression, blockSize: 1024 }]),
    ["no filter", rows, { filter: false, blockSize: 1024 }],
    ["filter of one bit a key", rows, { minFilterKeys: 0, filterBitsPerKey: 1 }],
    ["filter of 40 bits a key", rows, { minFilterKeys: 0, filterBitsPerKey: 40 }],
    ["as many rows as minFilterKeys", rows, { minFilterKeys: 200 }],
    ["one row less than minFilterKeys", rows, { minFilterKeys: 201 }],
    ["no create_ts", numbered(() => ({ createTs: undefined })), {}],
    ["extreme timestamps", numbered((_, i) => ({ createTs: i % 2 === 0 ? TIMESTAMP_MIN : TIMESTAMP_MAX, expireTs: i % 3 === 0 ? -1n : undefined })), {}],
    ["seqs around 2^53 and 2^64", numbered((_, i) => ({ key: utf8(`k${String(i).padStart(3, "0")}`), seq: [0n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 53n + 1n, SEQ_MAX][i % 5] ?? 0n })), {}],
    ["all rows with seq 0", numbered((_, i) => ({ key: utf8(`k${String(i).padStart(3, "0")}`), seq: 0n })), {}],
    ["a row larger than the block", [...sampleRows(20), { kind: "put", key: utf8("large"), value: new Uint8Array(5000).fill(7), seq: 1n, createTs: undefined, expireTs: undefined }], { blockSize: 1024 }],
    ["60 versions of one key over blocks", Array.from({ length: 60 }, (_, i): GoldenRow => ({ kind: "put", key: utf8("one key"), value: new Uint8Array(60).fill(i), seq: BigInt(1000 - i), createTs: undefined, expireTs: undefined })), { blockSize: 1024 }],
    ["blocks of 32 KiB", rows, { blockSize: 32_768 }],
    ...OTHER_CODECS.map((compression): readonly [string, readonly GoldenRow[], SstWriterConfig] => [`codec ${compression}`, rows, { compression, blockSize: 1024, minFilterKeys: 10 }]),
  ];
  for (const [name, all, config] of made) {
    const whole: SstWriterConfig = { formatVersion: 2, blockSize: 4096, compression: "none", minFilterKeys: 1000, filterBitsPerKey: 10, ...config };
    const { bytes } = await rewriteSst(all, whole);
    const about = `${all.length} rows, ${JSON.stringify(config)}`;
    const origin = originOf(config);
    const is = value({ case: "file", value: { config: configMessage(whole), rows: all.map(rowMessage) } });
    suite.encode({ name: `made ${name} to bytes`, about, origin }, is, { path: `files/file/${slugOf(name)}.sst` });
    suite.files.set(`files/file/${slugOf(name)}.sst`, bytes);
    suite.decode({ name: `made ${name} from bytes`, about, origin }, { path: `files/file/${slugOf(name)}.sst` }, { accept: is });
    suite.verify({ name: `made ${name} verified`, about, origin, rules: await held(bytes, whole) }, { path: `files/file/${slugOf(name)}.sst` }, { level: PARANOID, config: configMessage(whole) }, "sound");
  }
}

/** SlateDB's own versions of blocks end here. */
const SLATEDB_VERSION_MAX = FORMAT_VERSION_V2;

function originOf({ formatVersion = SLATEDB_VERSION_MAX, compression }: SstWriterConfig): Origin {
  if (formatVersion > SLATEDB_VERSION_MAX) return withNote(OURS, "a version that SlateDB 0.12.1 does not have");
  return OTHER_CODECS.some((codec) => codec === compression) ? withNote(OURS, "a codec that SlateDB 0.12.1 does not have") : OURS;
}

const slugOf = (name: string): string => `made-${name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-")}`;

/** What a reader of all rows must notice, and what it need not. */
function damagedFiles(suite: SuiteBuilder, golden: ReadonlyMap<string, Golden>): void {
  const one = golden.get("tiny-all");
  if (one === undefined) throw new RangeError("no golden file tiny-all");
  const { bytes, rows, info, metadataOffset } = one.sst;
  const origin = withNote(SLATEDB, "golden/tiny-all.sst, then damaged");
  const flipped = (at: number, mask = 1): Uint8Array => bytes.map((byte, i) => (i === at ? byte ^ mask : byte));
  const refused = (name: string, about: string, damaged: Uint8Array, rule: RuleId | "", also: readonly RuleId[] = []): void =>
    suite.decode({ name: `read ${name}`, about, origin }, damaged, { reject: rule, also });
  refused("a bit of a block flipped", "A data block does not match its checksum", flipped(20), "F4.1");
  refused("the checksum of a block flipped", "A data block does not match its checksum", flipped(info.filterOffset - 1), "F4.1");
  refused("a bit of the index flipped", "The index does not match its checksum", flipped(info.indexOffset + 9), "F4.3");
  refused("a bit of the info flipped", "The info does not match its checksum", flipped(metadataOffset + 9), "F1.5");
  // The last one that a footer could name: the next one will exist some day.
  refused("format version 65535", "The footer names a version that there is not", bytes.map((byte, i) => (i < bytes.length - U16_BYTES ? byte : 0xff)), "F1.3");
  refused("info offset beyond the file", "The footer points behind the end", flipped(bytes.length - FOOTER, 0x40), "F1.4");
  refused("last byte missing", "The footer is cut off", bytes.slice(0, -1), "", ["F1.2", "F1.3", "F1.4"]);
  refused("no bytes", "An empty object", new Uint8Array(0), "F1.1");
  refused("ten bytes", "There is room for a footer only", bytes.slice(-FOOTER), "F1.1");
  refused("zeros", "As many zeros as the file has bytes", new Uint8Array(bytes.length), "", ["F1.2", "F1.3", "F1.4"]);
  refused("another codec", "The info says zlib, the sections are stored as they are", putTogether(one.parts, { info: (right) => ({ ...right, compressionFormat: 2 }) }), "F5.3");
  const accepted = value({ case: "file", value: { rows: rows.map(rowMessage) } });
  const lenient = (name: string, about: string, damaged: Uint8Array, reason: string): void => suite.decode({ name: `read ${name}`, about, origin }, damaged, { may: reason, value: accepted });
  lenient("a bit of the filter flipped", "The filter does not match its checksum (F4.2)", flipped(info.filterOffset + 4), "Reading all rows does not take the filter. A look-up does, and a verifier names the rule");
  lenient("a bit of the stats flipped", "The stats do not match their checksum (F4.4)", flipped(info.statsOffset + 9), "Reading rows does not take the stats. A verifier names the rule");
}

/** The files that forgeries are made of, with everything a verifier can be told. */
async function soundFiles(suite: SuiteBuilder): Promise<void> {
  for (const base of BASES) {
    const { bytes, config, metadata } = await forgeryBase(base);
    const source = base === "wal" || base === "empty" ? { path: `golden/${base === "wal" ? "wal-many--wal2" : "wal-many--wal1"}.sst` } : bytes;
    const rules = await held(bytes, config, metadata);
    suite.verify(
      { name: `sound ${base}`, about: "The file that forgeries are made of, unchanged", origin: metadata === undefined ? SLATEDB : OURS, rules }, source,
      { level: PARANOID, config: configMessage(config), ...(metadata === undefined ? {} : { metadata: withoutStore(metadata) }) }, "sound",
    );
  }
}

/** A store in memory has an identity of its own each time. */
function withoutStore(metadata: SstMetadata): SstMetadata {
  const { etag: _, objectVersion: __, ...rest } = metadata;
  return { ...rest, store: "" };
}

/** Of a sound file that is changed. The dumps know it by this note. */
function changed(base: BaseName): Origin {
  return withNote(base === "wal" || base === "empty" ? SLATEDB : OURS, `the case sound-${base}, changed in one respect; checksums mended`);
}

async function forgedFiles(suite: SuiteBuilder): Promise<void> {
  for (const { name, base, slateDb, level = "full", knowsConfig, make } of FORGERIES) {
    const { bytes: sound, codec, config } = await forgeryBase(base);
    const { bytes, findings } = make(takeApart(sound, codec));
    const [rule, ...also] = new Set(findings.map((finding) => finding.slice(0, finding.indexOf(" ")) as RuleId));
    if (rule === undefined) {
      await keptFile(suite, name, base, bytes);
      continue;
    }
    suite.verify(
      { name: `forged ${name}`, about: `${name[0]?.toUpperCase() ?? ""}${name.slice(1)}. SlateDB 0.12.1: ${slateDb}`, origin: changed(base) },
      bytes, { level: level === "paranoid" ? PARANOID : FULL, ...(knowsConfig === true ? { config: configMessage(config) } : {}) }, { reject: rule, also },
    );
  }
}

/** A change that no rule forbids, if only just: no verifier finds anything. */
async function keptFile(suite: SuiteBuilder, name: string, base: BaseName, bytes: Uint8Array): Promise<void> {
  const [broken] = (await verifyBytes(bytes, { level: "paranoid" })).findings;
  if (broken !== undefined) throw new RangeError(`forgery "${name}" is to break nothing, but breaks ${broken.rule}: expected ${broken.expected} Found ${broken.found}`);
  suite.verify({ name: `kept ${name}`, about: `${name[0]?.toUpperCase() ?? ""}${name.slice(1)}: no rule forbids it`, origin: changed(base), rules: await held(bytes, {}) }, bytes, { level: PARANOID }, "sound");
}

/** The file against what its writer said on close. */
async function declaredFiles(suite: SuiteBuilder): Promise<void> {
  const { metadata } = await forgeryBase("plain");
  if (metadata === undefined) throw new RangeError("the base was not written by our writer");
  for (const { rule, path, change } of DECLARED_CASES) {
    suite.verify({ name: `declared ${rule} ${path}`, about: `The writer's metadata are not true: ${path}`, origin: BY_HAND }, { path: "files/file/sound-plain.bin" }, { level: FULL, metadata: { ...withoutStore(metadata), ...change(metadata) } }, { reject: rule });
  }
}

/** Codecs and block sizes in turn. */
const WRITTEN: readonly (readonly [CompressionName, number])[] = [["none", 1024], ["snappy", 2048], ["lz4", 4096], ["zlib", 8192], ["zstd", 16_384], ["none", 65_536], ["none", 4096], ["zstd", 1024], ["lz4", 1024], ["zlib", 1024], ["snappy", 1024], ["none", 2048]];

/** Rows for a writer that chooses sequence numbers and creation times by itself. */
function writtenFiles(suite: SuiteBuilder): void {
  for (const [i, [compression, blockSize]] of WRITTEN.entries()) {
    const { rows, config } = randomCase(9000 + i, { bytesMax: 12_000, keysMax: 60 });
    const settings = configMessage({ formatVersion: 2, blockSize, compression, minFilterKeys: config.minFilterKeys, filterBitsPerKey: config.filterBitsPerKey, filterFormat: "legacy" });
    const plain = inCommitOrder(rows, i).map(({ kind, key, value: bytes, expireTs }): GoldenRow => ({ kind, key, value: bytes, seq: 0n, createTs: undefined, expireTs }));
    suite.write({ name: `written ${compression} ${blockSize} ${i}`, about: `${rows.length} rows in the order of writing, ${compression}, blocks of ${blockSize} bytes`, origin: withNote(BY_HAND, `random rows of seed ${9000 + i}`) }, settings, plain.map(rowMessage));
  }
}
