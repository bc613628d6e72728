// Payloads of data blocks: those of SlateDB's files, edges around restart points, and blocks that do not hold together.
import { BLOCK_LAYOUTS, FORMAT_VERSION_V2, type FormatVersion } from "@slate-sst/format";
import { ConformanceLayer, type ConformanceValue } from "@slate-sst/format/proto/conformance";
import type { RuleId } from "@slate-sst/format/rules";
import { encodeChunks, encodeForgedRow, encodeRows, joinBytes } from "../../forgeries/forged-rows.js";
import type { GoldenRow } from "../../side-car.js";
import { stored } from "../../testees/stored-row.js";
import { BY_HAND, type Right, SLATEDB, SuiteBuilder, withNote } from "../builder.js";
import { rowMessage, value, VERSIONS } from "../values.js";
import type { Golden } from "./golden.js";

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const U16_BYTES = 2;

const WITH_RESTARTS: readonly RuleId[] = ["B1.1", "B1.2", "B1.3", "B1.4", "B1.5", "B2.1", "B2.2", "B2.3", "B2.4", "B3.3", "B3.4", "B3.5", "B4.1", "B4.2", "B4.3", "B5.1", "B5.2"];
const WITH_ALL_POSITIONS: readonly RuleId[] = ["B1.1", "B1.2", "B1.3", "B1.4", "B1.5", "B2.1", "B2.2", "B2.5", "B3.6", "B3.7", "B4.1", "B4.2", "B5.1", "B5.2"];

const rulesOf = (version: FormatVersion): readonly RuleId[] => (BLOCK_LAYOUTS[version].hasRestarts ? WITH_RESTARTS : WITH_ALL_POSITIONS);

function blockOf(version: FormatVersion, rows: readonly GoldenRow[]): ConformanceValue {
  return value({ case: "block", value: { formatVersion: version, rows: rows.map(rowMessage) } });
}

/** Rows of all kinds, one key with versions among them. */
export function sampleRows(count: number, seqFrom = 100n): GoldenRow[] {
  return Array.from({ length: count }, (_, i): GoldenRow => {
    const kind = i % 5 === 3 ? "delete" : i % 7 === 4 ? "merge" : "put";
    const key = utf8(`key-${String(Math.floor(i / 3) * 3 + Math.min(i % 3, 1)).padStart(4, "0")}`);
    return { kind, key, value: kind === "delete" ? undefined : utf8(`value ${i}`), seq: seqFrom - BigInt(i % 3), createTs: i % 2 === 0 ? 1_700_000_000_000n + BigInt(i) : undefined, expireTs: i % 4 === 0 ? 4_102_444_800_000n : undefined };
  });
}

/** Blocks of golden files that are worth a case: which, of which file. */
const GOLDEN_BLOCKS: readonly (readonly [string, number])[] = [
  ["tiny-all", 0], ["single-row", 0], ["puts-small", 0], ["deletes", 0], ["only-deletes", 0], ["empty-values", 0], ["merges", 0], ["ttl", 0], ["ttl-merges", 0], ["default-ttl", 0], ["binary-keys", 0], ["binary-keys", 1],
  ["long-prefix-keys", 0], ["multi-version", 0], ["multi-version", 3], ["multi-version-samekey-blocks", 2], ["restart-boundary", 0], ["restart-boundary", 5], ["block-1024", 4], ["block-4096", 3], ["block-8192", 2],
  ["zstd-mixed", 1], ["lz4-mixed", 1], ["wal-many--wal2", 0], ["sorted-run-merges-ttl--run0-0", 0],
];

export function blockSuite(golden: ReadonlyMap<string, Golden>): SuiteBuilder {
  const suite = new SuiteBuilder(ConformanceLayer.BLOCK);
  for (const [name, block] of GOLDEN_BLOCKS) goldenBlock(suite, golden.get(name), block);
  for (const version of VERSIONS) {
    for (const count of [1, 2, 15, 16, 17, 32, 33, 100]) madeBlock(suite, version, count);
    brokenBlocks(suite, version);
  }
  return suite;
}

function goldenBlock(suite: SuiteBuilder, golden: Golden | undefined, block: number): void {
  const payload = golden?.parts.blocks[block];
  if (golden === undefined || payload === undefined) throw new RangeError(`no block ${block}`);
  const from = golden.sst.blocks.slice(0, block).reduce((sum, { rows }) => sum + rows, 0);
  const rows = golden.sst.rows.slice(from, from + (golden.sst.blocks[block]?.rows ?? 0));
  const origin = withNote(SLATEDB, `block ${block} of golden/${golden.sst.name}.sst, decompressed`);
  const about = `Block ${block} of ${golden.sst.name}: ${rows.length} rows`;
  const is = blockOf(FORMAT_VERSION_V2, rows);
  suite.encode({ name: `slatedb ${golden.sst.name} ${block} to bytes`, about, origin }, is, payload);
  suite.decode({ name: `slatedb ${golden.sst.name} ${block} from bytes`, about, origin, rules: rulesOf(FORMAT_VERSION_V2) }, payload, { accept: is }, { formatVersion: FORMAT_VERSION_V2 });
}

function madeBlock(suite: SuiteBuilder, version: FormatVersion, count: number): void {
  const rows = sampleRows(count);
  const payload = encodeRows(rows.map((row) => stored(row)), version);
  const about = `A V${version} block of ${count} rows of all kinds`;
  const is = blockOf(version, rows);
  suite.encode({ name: `v${version} ${count} rows to bytes`, about, origin: BY_HAND }, is, payload);
  suite.decode({ name: `v${version} ${count} rows from bytes`, about, origin: BY_HAND, rules: rulesOf(version) }, payload, { accept: is }, { formatVersion: version });
}

function brokenBlocks(suite: SuiteBuilder, version: FormatVersion): void {
  const rows = sampleRows(40);
  const sound = encodeRows(rows.map((row) => stored(row)), version);
  const { hasRestarts, interval } = BLOCK_LAYOUTS[version];
  const count = Math.ceil(rows.length / interval);
  const bodyEnd = sound.length - U16_BYTES * (count + 1);
  const add = (name: string, about: string, bytes: Uint8Array, right: Right): void =>
    suite.decode({ name: `v${version} ${name}`, about, origin: BY_HAND }, bytes, right, { formatVersion: version });
  const u16 = (number: number): Uint8Array => Uint8Array.of(number >> 8, number & 0xff);
  add("no bytes", "There is no count", new Uint8Array(0), { reject: "B1.1" });
  add("one byte", "There is half a count", Uint8Array.of(1), { reject: "B1.1" });
  add("count 0", "The count is 0 behind rows", joinBytes(sound.slice(0, bodyEnd), u16(0)), { reject: "B1.2" });
  add("nothing but a count of 0", "No rows, no offsets", u16(0), { reject: "B1.2" });
  add("more offsets than fit", "65,535 offsets in a small block", joinBytes(sound.slice(0, -U16_BYTES), u16(0xffff)), { reject: "B1.3" });
  add("offsets without rows", "One offset, and no row before it", joinBytes(u16(0), u16(1)), { reject: "B1.4" });
  add("last row cut off", "The last row reaches into the offsets", joinBytes(sound.slice(0, bodyEnd - 1), sound.slice(bodyEnd)), { reject: "B1.5" });
  add("bytes between rows and offsets", "Two bytes that are no row", joinBytes(sound.slice(0, bodyEnd), Uint8Array.of(0, 0), sound.slice(bodyEnd)), { reject: "B1.5", also: hasRestarts ? [] : ["B3.6"] });
  const COPES = "The rows can be read without the offsets, one after the other; a look-up by them goes wrong, and a verifier names the rule";
  const lenient = (name: string, about: string, change: (offsets: number[]) => readonly number[]): void =>
    add(name, about, encodeChunks(chunks(rows, version), version, change), { may: COPES, value: blockOf(version, rows) });
  lenient("second offset one too far", "An offset that is no row's position (B2.3, B2.5)", (offsets) => offsets.map((offset, i) => (i === 1 ? offset + 1 : offset)));
  lenient("offsets in reverse", "Offsets that descend (B2.1, B2.2)", (offsets) => offsets.toReversed());
  lenient("first offset not 0", "The first offset is that of the next row (B2.1)", (offsets) => offsets.map((offset, i) => (i === 0 ? 1 : offset)));
  const shared = chunks(rows, version);
  const at = hasRestarts ? interval : 0;
  const [row, before] = [rows[at], rows[at - 1]];
  if (row === undefined) throw new RangeError("no row to change");
  shared[at] = encodeForgedRow({ ...stored(row, before?.key ?? row.key), ...(before === undefined ? { shared: 3 } : {}) }, version);
  // With restart points a reader that goes through the rows in their order can put the key together; one that begins there can not.
  add("restart point with a shared prefix", "The row at an offset does not have its whole key", encodeChunks(shared, version), hasRestarts ? { reject: "B2.4" } : { reject: "B3.6" });
}

/** The bytes of each row, with the prefixes that belong to them. */
function chunks(rows: readonly GoldenRow[], version: FormatVersion): Uint8Array[] {
  const { keysExtend, interval } = BLOCK_LAYOUTS[version];
  return rows.map((row, i) => {
    const basis = keysExtend === "first" ? (i === 0 ? undefined : rows[0]) : i % interval === 0 ? undefined : rows[i - 1];
    return encodeForgedRow(stored(row, basis?.key), version);
  });
}

