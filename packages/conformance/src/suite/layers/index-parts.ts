// What stands behind the data blocks, without the filter: separators, index, stats, info.
import { compareBytes, COMPRESSION_IDS, decodeInfo, encodeIndex, encodeInfo, encodeStats, FOOTER_BYTES, SECTION_BYTES, separatorLength, type SsTableInfo, type SstStats } from "@slate-sst/format";
import { infoFields, infoMessage } from "@slate-sst/format/proto";
import { ConformanceLayer } from "@slate-sst/format/proto/conformance";
import { WALK_TABLES } from "@slate-sst/format/walk";
import { OTHER_CODECS } from "../../side-car.js";
import { BY_HAND, SLATEDB, SuiteBuilder, withNote } from "../builder.js";
import { statsMessage, value } from "../values.js";
import type { Golden } from "./golden.js";

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const of = (...bytes: readonly number[]): Uint8Array => Uint8Array.from(bytes);
const NO_BYTES = new Uint8Array(0);

const SEPARATORS: readonly (readonly [string, Uint8Array, Uint8Array])[] = [
  ["the first byte differs", utf8("apple"), utf8("banana")],
  ["the last byte differs", utf8("apple"), utf8("apply")],
  ["the next key goes on", utf8("apple"), utf8("apples")],
  ["the next key goes on by many bytes", utf8("a"), utf8("abcdefgh")],
  ["the keys are equal", utf8("apple"), utf8("apple")],
  ["a zero byte is added", utf8("a"), of(0x61, 0)],
  ["0x7f and 0x80: bytes have no sign", of(0x7f, 1, 1), of(0x80, 1, 1)],
  ["0xff ends the last key", of(1, 0xff), of(2, 0, 0)],
  ["0xff bytes shared", of(0xff, 0xff, 1, 9), of(0xff, 0xff, 2, 9)],
  ["the last key is longer", utf8("applesauce"), utf8("applet")],
  ["one byte each", of(0), of(1)],
  ["200 bytes shared", of(...new Uint8Array(200).fill(7), 1), of(...new Uint8Array(200).fill(7), 2, 3, 4)],
];

export function separatorSuite(): SuiteBuilder {
  const suite = new SuiteBuilder(ConformanceLayer.SEPARATOR);
  for (const [name, lastKeyBefore, firstKey] of SEPARATORS) {
    if (compareBytes(lastKeyBefore, firstKey) > 0) throw new RangeError(name);
    const length = separatorLength(lastKeyBefore, lastKeyBefore.length, firstKey, firstKey.length);
    suite.encode({ name, about: "The shortest prefix of the first key that is greater than the last key before, or the whole first key", origin: BY_HAND }, value({ case: "separator", value: { lastKeyBefore, firstKey } }), firstKey.slice(0, length));
  }
  for (const firstKey of [utf8("apple"), of(0), of(0xff)]) {
    suite.encode({ name: `first block, key of ${firstKey.length} from ${firstKey[0] ?? 0}`, about: "The first block of a file has the empty separator", origin: BY_HAND }, value({ case: "separator", value: { firstKey } }), NO_BYTES);
  }
  return suite;
}

/** Files whose index, stats and info are cases of their own. */
const GOLDEN = [
  "tiny-all", "single-row", "puts-small", "binary-keys", "block-1024", "key-lengths", "long-prefix-keys", "multi-version-samekey-blocks", "restart-boundary", "rows-1000-filter", "zstd-mixed", "lz4-filter", "snappy-text",
  "zlib-mixed", "sorted-run--run0-0", "sorted-run-merges-ttl--run0-0", "ttl-merges", "only-deletes", "wal-many--wal2", "wal-many--wal1",
] as const;

interface Damage {
  readonly name: string;
  readonly about: string;
  readonly change: (bytes: Uint8Array) => Uint8Array;
}

/** What no FlatBuffer may look like. */
const DAMAGES: readonly Damage[] = [
  { name: "no bytes", about: "Nothing", change: () => NO_BYTES },
  { name: "three bytes", about: "Less than the position of the root table", change: (bytes) => bytes.slice(0, 3) },
  { name: "root table outside", about: "The root table lies behind the end", change: (bytes) => bytes.map((byte, i) => (i === 3 ? 0x7f : byte)) },
  { name: "cut in half", about: "The second half is missing", change: (bytes) => bytes.slice(0, bytes.length >> 1) },
  { name: "vtable outside", about: "The root table's vtable lies outside", change: (bytes) => withVtableAt(bytes, 0x7fff_0000) },
];

function withVtableAt(bytes: Uint8Array, distance: number): Uint8Array {
  const changed = bytes.slice();
  const view = new DataView(changed.buffer);
  view.setInt32(view.getUint32(0, true), distance, true);
  return changed;
}

function eachGolden(golden: ReadonlyMap<string, Golden>, run: (one: Golden, common: (section: string) => { about: string; origin: typeof SLATEDB }) => void): void {
  for (const name of GOLDEN) {
    const one = golden.get(name);
    if (one === undefined) throw new RangeError(`no golden file ${name}`);
    run(one, (section) => ({ about: `The ${section} of ${name}`, origin: withNote(SLATEDB, `the ${section} of golden/${name}.sst, decompressed`) }));
  }
}

const HUGE_OFFSET = 0x801f_ffff_ffff_ffffn;
const message64 = (offset: bigint) => value({ case: "index", value: { entries: [{ offset, firstKey: NO_BYTES }] } });

export function indexSuite(golden: ReadonlyMap<string, Golden>): SuiteBuilder {
  const suite = new SuiteBuilder(ConformanceLayer.INDEX);
  const entriesOf = ({ sst, parts }: Golden): { offset: number; firstKey: Uint8Array }[] => parts.separators.map((firstKey, i) => ({ offset: sst.blocks[i]?.offset ?? 0, firstKey }));
  const message = (entries: readonly { offset: number; firstKey: Uint8Array }[]) => value({ case: "index", value: { entries: entries.map(({ offset, firstKey }) => ({ offset: BigInt(offset), firstKey })) } });
  const both = (name: string, common: { about: string; origin: typeof SLATEDB }, entries: readonly { offset: number; firstKey: Uint8Array }[], bytes: Uint8Array): void => {
    suite.encode({ name: `${name} to bytes`, ...common }, message(entries), bytes);
    suite.decode({ name: `${name} from bytes`, ...common, rules: ["I1.1", "C1.2"] }, bytes, { accept: message(entries) });
  };
  eachGolden(golden, (one, common) => both(`slatedb ${one.sst.name}`, common("index"), entriesOf(one), one.payload("index")));
  const made = { about: "An index", origin: BY_HAND };
  const cases: readonly (readonly [string, readonly { offset: number; firstKey: Uint8Array }[]])[] = [
    ["no blocks", []],
    ["keys of one to nine bytes", Array.from({ length: 10 }, (_, i) => ({ offset: i * 100, firstKey: new Uint8Array(i).fill(i) }))],
    ["offsets beyond 32 bits", [{ offset: 0, firstKey: NO_BYTES }, { offset: 2 ** 32 + 5, firstKey: utf8("m") }, { offset: Number.MAX_SAFE_INTEGER, firstKey: utf8("z") }]],
    ["equal keys", Array.from({ length: 5 }, (_, i) => ({ offset: i * 1024, firstKey: i === 0 ? NO_BYTES : utf8("same") }))],
  ];
  for (const [name, entries] of cases) both(name, made, entries, encodeIndex({ blockMeta: entries }));
  const sound = encodeIndex({ blockMeta: [{ offset: 0, firstKey: NO_BYTES }, { offset: 99, firstKey: utf8("m") }] });
  for (const { name, about, change } of DAMAGES) suite.decode({ name: `broken ${name}`, about, origin: BY_HAND }, change(sound), { reject: "I1.1" });
  suite.decode(
    { name: "offset above 2^53", about: "An offset that is no position in any file (I1.1)", origin: BY_HAND }, hugeOffset(),
    { may: "The bytes are a FlatBuffer. A reader that counts positions in doubles must refuse the number, one that has 64 bits may give it", value: message64(HUGE_OFFSET) },
  );
  return suite;
}

/** An index whose only offset is above 2^63. */
function hugeOffset(): Uint8Array {
  const bytes = encodeIndex({ blockMeta: [{ offset: Number.MAX_SAFE_INTEGER, firstKey: NO_BYTES }] });
  const at = Buffer.from(bytes).indexOf(Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x1f, 0]));
  const changed = bytes.slice();
  changed[at + 7] = 0x80;
  return changed;
}

export function statsSuite(golden: ReadonlyMap<string, Golden>): SuiteBuilder {
  const suite = new SuiteBuilder(ConformanceLayer.STATS);
  const both = (name: string, common: { about: string; origin: typeof SLATEDB }, stats: SstStats, bytes: Uint8Array): void => {
    const message = value({ case: "stats", value: statsMessage(stats) });
    suite.encode({ name: `${name} to bytes`, ...common }, message, bytes);
    suite.decode({ name: `${name} from bytes`, ...common, rules: ["S1.1", "C1.3"] }, bytes, { accept: message });
  };
  eachGolden(golden, (one, common) => {
    const { stats } = one.parts;
    if (stats !== undefined) both(`slatedb ${one.sst.name}`, common("stats"), stats, one.payload("stats"));
  });
  const none: SstStats = { numPuts: 0, numDeletes: 0, numMerges: 0, rawKeySize: 0, rawValSize: 0 };
  both("nothing", { about: "Stats of an empty SST", origin: BY_HAND }, none, encodeStats(none));
  const large: SstStats = { numPuts: 65_535, numDeletes: 1, numMerges: 65_535, rawKeySize: 2 ** 40, rawValSize: Number.MAX_SAFE_INTEGER, blockStats: [{ numPuts: 65_535, numDeletes: 0, numMerges: 0 }, { numPuts: 0, numDeletes: 1, numMerges: 65_535 }] };
  both("large numbers", { about: "Counts at the ends of their ranges", origin: BY_HAND }, large, encodeStats(large));
  for (const { name, about, change } of DAMAGES) suite.decode({ name: `broken ${name}`, about, origin: BY_HAND }, change(encodeStats(large)), { reject: "S1.1" });
  return suite;
}

export function infoSuite(golden: ReadonlyMap<string, Golden>): SuiteBuilder {
  const suite = new SuiteBuilder(ConformanceLayer.INFO);
  const both = (name: string, common: { about: string; origin: typeof SLATEDB }, info: SsTableInfo, bytes: Uint8Array): void => {
    const message = value({ case: "info", value: infoMessage(info) });
    suite.encode({ name: `${name} to bytes`, ...common }, message, bytes);
    suite.decode({ name: `${name} from bytes`, ...common, rules: ["F1.6", "F3.1", "F3.2", "F3.3", "C1.1"] }, bytes, { accept: message });
  };
  eachGolden(golden, ({ sst, parts }, common) => both(`slatedb ${sst.name}`, common("info"), parts.info, sst.bytes.slice(sst.metadataOffset, sst.bytes.length - FOOTER_BYTES - SECTION_BYTES)));
  const base = decodeInfo(encodeInfo({ ...(golden.get("tiny-all")?.parts.info ?? fail()) }));
  const made: readonly (readonly [string, Partial<SsTableInfo>])[] = [
    ["composite filter", { filterFormat: 1 }],
    ["no filter", { filterLen: 0 }],
    ["no last entry", { lastEntry: undefined }],
    ["offsets beyond 32 bits", { filterOffset: 2 ** 33, indexOffset: 2 ** 33 + 100, statsOffset: 2 ** 33 + 200 }],
    ["keys of 1000 bytes", { firstEntry: new Uint8Array(1000).fill(1), lastEntry: new Uint8Array(1000).fill(2) }],
    ["every codec: snappy", { compressionFormat: 1 }], ["every codec: zlib", { compressionFormat: 2 }], ["every codec: lz4", { compressionFormat: 3 }], ["every codec: zstd", { compressionFormat: 4 }],
    ...OTHER_CODECS.map((name): readonly [string, Partial<SsTableInfo>] => [`every codec: ${name}`, { compressionFormat: COMPRESSION_IDS[name] }]),
  ];
  for (const [name, change] of [...made, ...optionalFields(base)]) both(name, { about: `An info: ${name}`, origin: BY_HAND }, { ...base, ...change }, encodeInfo({ ...base, ...change }));
  const sound = encodeInfo({ ...base, compressionFormat: 1, sstType: 1, filterFormat: 1 });
  for (const { name, about, change } of DAMAGES) suite.decode({ name: `broken ${name}`, about, origin: BY_HAND }, change(sound), { reject: "F1.6" });
  // Of codecs the last number that an info could hold: the next one will exist some day.
  const unknown: readonly (readonly [string, number, number, "F3.1" | "F3.2" | "F3.3"])[] = [["codec", 5, 127, "F3.1"], ["sst type", 6, 9, "F3.2"], ["filter format", 10, 9, "F3.3"]];
  for (const [name, slot, byte, rule] of unknown) suite.decode({ name: `unknown ${name}`, about: `A ${name} that has no name`, origin: BY_HAND }, withByteInSlot(sound, slot, byte), { reject: rule });
  return suite;
}

/** Fields that a usual info does not have, each alone. */
function optionalFields(base: SsTableInfo): (readonly [string, Partial<SsTableInfo>])[] {
  const samples: Readonly<Record<string, unknown>> = { bytes: Uint8Array.of(1, 2, 3), string: "some text", scalar: 7 };
  return infoFields(base).filter(({ value: present }) => present === undefined).map(({ name, property }) => {
    const sample = samples[WALK_TABLES.SsTableInfo.slots.find((slot) => slot.name === name)?.kind ?? ""];
    if (sample === undefined) throw new RangeError(`no sample of ${name}`);
    return [`with ${name}`, { [property]: sample }];
  });
}

function fail(): never {
  throw new RangeError("no golden file tiny-all");
}

/** A FlatBuffer whose root table has another byte in one of its fields. */
function withByteInSlot(bytes: Uint8Array, slot: number, byte: number): Uint8Array {
  const changed = bytes.slice();
  const view = new DataView(changed.buffer);
  const table = view.getUint32(0, true);
  const vtable = table - view.getInt32(table, true);
  changed[table + view.getUint16(vtable + 4 + 2 * slot, true)] = byte;
  return changed;
}
