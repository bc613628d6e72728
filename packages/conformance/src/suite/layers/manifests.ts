// Manifests, and whole databases with one: what a manifest says of SSTs, of their order, and of itself.
import { decodeManifest, EMPTY_SEQUENCE_TRACKER, encodeManifestV1, encodeManifestV2, L0_MAX_SSTS, type ManifestV1, parseUlid, type SsTableInfo } from "@slate-sst/format";
import { ConformanceLayer, ConformanceVerifyLevel } from "@slate-sst/format/proto/conformance";
import type { RuleId } from "@slate-sst/format/rules";
import { MemoryObjectStore } from "@slate-sst/object-store";
import { verifyDatabase } from "@slate-sst/verify";
import { MANIFEST_FORGERIES } from "../../forgeries/manifest-cases.js";
import { goldenManifests } from "../../vectors.js";
import { BY_HAND, SLATEDB, SuiteBuilder, withNote } from "../builder.js";
import { manifestMessage, value } from "../values.js";
import { asV2, type Database, makeDatabase, MANIFEST_PATH, NOW, objectsOf, type Plan, smallSst, sstPath, ulid } from "./databases.js";

const { QUICK, FULL } = ConformanceVerifyLevel;
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
/** Slot of checkpoints in ManifestV1's table. */
const CHECKPOINTS_SLOT = 11;

const SOUND: Plan = { ssts: { 1: ["a@1", "c@2"], 2: ["d@3", "f@4"], 3: ["a@5", "z@6"], 4: ["a@7"] }, l0: [4], runs: [[3], [1, 2]] };

export async function manifestSuite(): Promise<SuiteBuilder> {
  const suite = new SuiteBuilder(ConformanceLayer.MANIFEST);
  for (const { name, bytes } of goldenManifests()) {
    const is = value({ case: "manifest", value: manifestMessage(decodeManifest(bytes)) });
    const common = { about: `SlateDB's manifest ${name}`, origin: withNote(SLATEDB, `golden/${name}.manifest`), rules: ["M3.1", "M3.2", "M3.3"] as const };
    suite.encode({ name: `slatedb ${name} to bytes`, ...common, rules: [] }, is, { path: `golden/${name}.manifest` });
    suite.decode({ name: `slatedb ${name} from bytes`, ...common }, { path: `golden/${name}.manifest` }, { accept: is });
  }
  const database = await makeDatabase(SOUND);
  await madeManifests(suite, database);
  brokenManifests(suite, database);
  await soundDatabases(suite, database);
  await brokenDatabases(suite);
  return suite;
}

async function madeManifests(suite: SuiteBuilder, { manifest }: Database): Promise<void> {
  const checkpoint = { id: { high: 1n, low: 2n ** 63n }, manifestId: 7n, expireTimeS: 0, createTimeS: 1_700_000_000, name: "nightly" };
  const made: readonly (readonly [string, ManifestV1])[] = [
    ["level 0 and two runs", manifest],
    ["nothing listed", { ...manifest, l0: [], compacted: [] }],
    ["a run of no number", { ...manifest, compacted: manifest.compacted.slice(0, 1).map((run) => ({ ...run, id: 0 })) }],
    ["a tracker", { ...manifest, sequenceTracker: Uint8Array.from(EMPTY_SEQUENCE_TRACKER) }],
    ["a checkpoint with a name", { ...manifest, checkpoints: [checkpoint] }],
    ["epochs and wal ids at their ends", { ...manifest, writerEpoch: 2n ** 64n - 1n, compactorEpoch: 2n ** 63n, replayAfterWalId: 2n ** 53n + 1n, walIdLastSeen: 2n ** 53n + 1n, lastL0Seq: 2n ** 63n - 1n }],
    ["no format version, which means 1", { ...manifest, l0: manifest.l0.map((sst) => ({ ...sst, formatVersion: undefined })) }],
    ["not initialized", { ...manifest, initialized: false }],
    ["the newest compacted SST of level 0", { ...manifest, l0LastCompacted: parseUlid(ulid(4)) }],
  ];
  for (const [name, one] of made) {
    const bytes = encodeManifestV1(one);
    const is = value({ case: "manifest", value: manifestMessage({ version: 1, manifest: one }) });
    suite.encode({ name: `made ${name} to bytes`, about: `A manifest: ${name}`, origin: BY_HAND }, is, bytes);
    suite.decode({ name: `made ${name} from bytes`, about: `A manifest: ${name}`, origin: BY_HAND, rules: ["M3.1", "M3.2", "M3.3"] }, bytes, { accept: is });
  }
  const v2 = asV2(manifest);
  suite.decode(
    { name: "made second layout from bytes", about: "The same manifest in the layout that releases from 0.13 on write", origin: withNote(BY_HAND, "layout read in the sources of SlateDB 0.13; 0.12.1 reads it"), rules: ["M3.1", "M3.2", "M3.3", "M3.4"] },
    encodeManifestV2(v2), { accept: value({ case: "manifest", value: manifestMessage({ version: 2, manifest: v2 }) }) },
  );
}

function brokenManifests(suite: SuiteBuilder, { manifest }: Database): void {
  const sound = encodeManifestV1(manifest);
  const refused = (name: string, about: string, bytes: Uint8Array, rule: RuleId): void => suite.decode({ name: `broken ${name}`, about, origin: BY_HAND }, bytes, { reject: rule });
  refused("no bytes", "An empty object", new Uint8Array(0), "M3.1");
  refused("one byte", "Half a header", Uint8Array.of(0), "M3.1");
  refused("version 0", "There is no such version", sound.map((byte, i) => (i === 1 ? 0 : byte)), "M3.1");
  refused("version 3", "There is no such version", sound.map((byte, i) => (i === 1 ? 3 : byte)), "M3.1");
  refused("nothing behind the header", "There is no FlatBuffer", sound.slice(0, 2), "M3.2");
  refused("root table outside", "The root table lies behind the end", sound.map((byte, i) => (i >= 2 && i < 6 ? 0xff : byte)), "M3.2");
  refused("cut in half", "The second half is missing", sound.slice(0, sound.length >> 1), "M3.2");
  refused("no checkpoints", "A required vector is absent", withoutCheckpoints(sound), "M3.3");
}

/** The root table without one of its required vectors. */
function withoutCheckpoints(manifest: Uint8Array): Uint8Array {
  const bytes = manifest.slice();
  const view = new DataView(bytes.buffer, bytes.byteOffset + 2);
  const table = view.getUint32(0, true);
  view.setUint16(table - view.getInt32(table, true) + 4 + 2 * CHECKPOINTS_SLOT, 0, true);
  return bytes;
}

/** Objects as they stand in a case; equal SSTs share a file. */
function stored(suite: SuiteBuilder, objects: readonly (readonly [string, Uint8Array])[]): { path: string; bytes?: Uint8Array; file?: string }[] {
  return objects.map(([path, bytes]) => ({ path, ...suite.object(`${path === MANIFEST_PATH ? "manifest" : "sst"}-${suite.files.size}`, bytes) }));
}

async function heldIn(objects: readonly (readonly [string, Uint8Array])[]): Promise<RuleId[]> {
  const store = new MemoryObjectStore();
  for (const [path, bytes] of objects) await store.put(`db/${path}`, bytes, { mode: "create" });
  const verification = verifyDatabase(store, "db", { now: () => Number(NOW) });
  for await (const finding of verification) throw new RangeError(`a sound database breaks ${finding.rule}`);
  return verification.result.rules.filter(({ rule, state }) => state === "held" && rule.startsWith("M")).map(({ rule }) => rule);
}

async function soundDatabases(suite: SuiteBuilder, database: Database): Promise<void> {
  const versions = await makeDatabase({ ssts: { 1: ["a@9", "k@8"], 2: ["k@7", "z@6"], 3: ["k@9"] }, l0: [3], runs: [[1, 2]] });
  const full = await makeDatabase({ ssts: Object.fromEntries(Array.from({ length: L0_MAX_SSTS }, (_, i) => [i + 1, [`k${i}@${i + 1}`]])), l0: Array.from({ length: L0_MAX_SSTS }, (_, i) => L0_MAX_SSTS - i) });
  const tracked: Database = { ...database, manifest: { ...database.manifest, sequenceTracker: Uint8Array.from(EMPTY_SEQUENCE_TRACKER), recentSnapshotMinSeq: 100n, replayAfterWalId: 5n, walIdLastSeen: 5n } };
  const sound: readonly (readonly [string, [string, Uint8Array][]])[] = [
    ["level 0 and two runs", objectsOf(database)], ["second layout", objectsOf(database, encodeManifestV2(asV2(database.manifest)))], ["versions that go on in the next SST", objectsOf(versions)], ["a full level 0", objectsOf(full)],
    ["numbers at their limits", objectsOf(tracked)],
  ];
  for (const [name, objects] of sound) {
    suite.verify({ name: `database ${name}`, about: `A database: ${name}`, origin: BY_HAND, rules: await heldIn(objects) }, undefined, { level: FULL, objects: stored(suite, objects), now: NOW }, "sound");
  }
}

interface Broken {
  readonly rule: RuleId;
  readonly name: string;
  readonly plan: Plan;
  readonly also?: readonly RuleId[];
  /** Quick where the SSTs themselves are not true, either. */
  readonly level?: ConformanceVerifyLevel;
  readonly change?: (objects: [string, Uint8Array][], database: Database) => [string, Uint8Array][] | Promise<[string, Uint8Array][]>;
  readonly now?: bigint;
}

const without = (path: string) => (objects: [string, Uint8Array][]): [string, Uint8Array][] => objects.filter(([one]) => one !== path);
const withManifest = (change: (manifest: ManifestV1) => ManifestV1) => (objects: [string, Uint8Array][], { manifest }: Database): [string, Uint8Array][] =>
  objects.map(([path, bytes]) => [path, path === MANIFEST_PATH ? encodeManifestV1(change(manifest)) : bytes]);
const manifestBytes = (change: (bytes: Uint8Array) => Uint8Array) => (objects: [string, Uint8Array][]): [string, Uint8Array][] => objects.map(([path, bytes]) => [path, path === MANIFEST_PATH ? change(bytes) : bytes]);
const infoCopy = (change: (info: SsTableInfo) => Partial<SsTableInfo>) =>
  withManifest((manifest) => ({ ...manifest, l0: manifest.l0.map((sst) => ({ ...sst, info: { ...sst.info, ...change(sst.info) } })) }));
const formatVersion = (version: number | undefined) => withManifest((manifest) => ({ ...manifest, l0: manifest.l0.map((sst) => ({ ...sst, formatVersion: version })) }));
const fields = (change: Partial<ManifestV1>): Plan => ({ ...SOUND, manifest: change });
const level0 = (count: number): Plan => ({ ssts: Object.fromEntries(Array.from({ length: count }, (_, i) => [i + 1, [`k${i}@${i + 1}`]])), l0: Array.from({ length: count }, (_, i) => count - i) });

/** One SST listed by a view under a name that the manifest does not list. */
function otherView(_: [string, Uint8Array][], { ssts, manifest }: Database): [string, Uint8Array][] {
  const listed = asV2(manifest);
  const bytes = encodeManifestV2(listed);
  // The view's own name and the SST's are equal; the last of them in the bytes that a change turns into M3.4 is the SST's.
  const low = new Uint8Array(8);
  new DataView(low.buffer).setBigUint64(0, listed.l0[0]?.sstId.low ?? 0n, true);
  const places = [...bytes.keys()].filter((at) => Buffer.from(bytes).subarray(at, at + low.length).equals(Buffer.from(low)));
  for (const place of places) {
    const changed = bytes.slice();
    changed[place] = 0x77;
    const decoded = decodeManifest(changed);
    if (decoded.version === 2 && decoded.manifest.l0[0]?.sstId.low !== listed.l0[0]?.sstId.low) return objectsOf({ ssts, manifest }, changed);
  }
  throw new RangeError("no view found");
}

const BROKEN: readonly Broken[] = [
  { rule: "M1.1", name: "another first_entry", plan: SOUND, change: infoCopy(() => ({ firstEntry: utf8("b") })) },
  { rule: "M1.1", name: "another last_entry", plan: SOUND, change: infoCopy(() => ({ lastEntry: utf8("b") })) },
  { rule: "M1.1", name: "an index elsewhere", plan: SOUND, change: infoCopy(({ indexOffset }) => ({ indexOffset: indexOffset + 1 })) },
  { rule: "M1.1", name: "a filter that is not there", plan: SOUND, change: infoCopy(() => ({ filterLen: 9 })) },
  { rule: "M1.1", name: "another codec", plan: SOUND, change: infoCopy(() => ({ compressionFormat: 1 })) },
  { rule: "M1.1", name: "the type of a WAL file", plan: SOUND, change: infoCopy(() => ({ sstType: 1 })) },
  { rule: "M1.1", name: "a composite filter", plan: SOUND, change: infoCopy(() => ({ filterFormat: 1 })) },
  { rule: "M1.2", name: "format version 1", plan: SOUND, change: formatVersion(1) },
  { rule: "M1.2", name: "no format version", plan: SOUND, change: formatVersion(undefined) },
  { rule: "M1.2", name: "format version 3", plan: SOUND, change: formatVersion(3) },
  { rule: "M1.3", name: "an SST is missing", plan: SOUND, change: without(sstPath(ulid(2))) },
  { rule: "M1.4", name: "an SST whose name is no ULID", plan: SOUND, change: async (objects) => [...objects, [sstPath("fruit"), await smallSst(["q@1"])]] },
  { rule: "M1.4", name: "a ULID in small letters", plan: SOUND, change: async (objects) => [...objects, [sstPath(ulid(9).toLowerCase()), await smallSst(["q@1"])]] },
  { rule: "M1.5", name: "an SST twice in a run", plan: { ...SOUND, runs: [[3], [1, 2, 2]] } },
  { rule: "M1.6", name: "ULIDs from the future", plan: { ssts: { 1: ["a@1"] }, l0: [1] }, now: BigInt(Date.UTC(2020, 0, 1)) },
  { rule: "M1.7", name: "an SST that nothing lists", plan: { ...SOUND, ssts: { ...SOUND.ssts, 8: ["q@1"] } } },
  { rule: "M2.1", name: "runs with ascending ids", plan: SOUND, change: withManifest((manifest) => ({ ...manifest, compacted: manifest.compacted.map((run, i) => ({ ...run, id: i })) })) },
  { rule: "M2.1", name: "two runs with one id", plan: SOUND, change: withManifest((manifest) => ({ ...manifest, compacted: manifest.compacted.map((run) => ({ ...run, id: 1 })) })) },
  { rule: "M2.2", name: "a run in the wrong order", plan: { ...SOUND, runs: [[3], [2, 1]] } },
  { rule: "M2.3", name: "a run whose SSTs overlap", plan: { ssts: { 1: ["a@9", "m@9"], 2: ["c@1", "z@1"] }, runs: [[1, 2]] } },
  { rule: "M2.4", name: "newer versions in the next SST", plan: { ssts: { 1: ["a@1", "k@2"], 2: ["k@3", "z@4"] }, runs: [[1, 2]] } },
  { rule: "M2.5", name: "first_entry behind last_entry", plan: { ssts: { 1: ["b@1", "d@1"] }, infos: { 1: { firstEntry: utf8("e") } }, runs: [[1]] }, level: QUICK },
  { rule: "M2.6", name: "no first_entry", plan: { ssts: { 1: ["b@1", "d@1"] }, infos: { 1: { firstEntry: undefined } }, runs: [[1]] }, level: QUICK },
  { rule: "M2.6", name: "an empty first_entry", plan: { ssts: { 1: ["b@1", "d@1"] }, infos: { 1: { firstEntry: new Uint8Array(0) } }, runs: [[1]] }, level: QUICK },
  { rule: "M3.1", name: "manifest version 3", plan: SOUND, change: manifestBytes((bytes) => bytes.map((byte, i) => (i === 1 ? 3 : byte))) },
  { rule: "M3.1", name: "an empty manifest", plan: SOUND, change: manifestBytes(() => new Uint8Array(0)) },
  { rule: "M3.2", name: "a manifest of a header", plan: SOUND, change: manifestBytes((bytes) => bytes.slice(0, 2)) },
  { rule: "M3.2", name: "a manifest cut in half", plan: SOUND, change: manifestBytes((bytes) => bytes.slice(0, bytes.length >> 1)) },
  { rule: "M3.3", name: "a manifest without checkpoints", plan: SOUND, change: manifestBytes(withoutCheckpoints) },
  { rule: "M3.4", name: "a view of an SST that is not listed", plan: SOUND, change: otherView },
  { rule: "M3.5", name: "not initialized", plan: fields({ initialized: false }) },
  { rule: "M3.6", name: "a row above last_l0_seq", plan: fields({ lastL0Seq: 6n }) },
  { rule: "M3.7", name: "a tracker of another version", plan: fields({ sequenceTracker: Uint8Array.of(2, 0) }) },
  { rule: "M3.8", name: "a level 0 that blocks flushes", plan: level0(L0_MAX_SSTS + 1) },
  { rule: "M3.9", name: "a snapshot ahead of the rows", plan: fields({ recentSnapshotMinSeq: 101n }) },
  { rule: "M3.10", name: "replay ahead of the WAL", plan: fields({ replayAfterWalId: 6n, walIdLastSeen: 5n }) },
  { rule: "M4.1", name: "level 0 in the wrong order", plan: { ssts: { 1: ["k@8"], 2: ["k@9"] }, l0: [1, 2] } },
  { rule: "M4.1", name: "a run newer than level 0", plan: { ssts: { 1: ["k@8"], 2: ["k@9"] }, l0: [1], runs: [[2]] } },
  { rule: "M4.1", name: "runs in the wrong order", plan: { ssts: { 1: ["a@1", "k@8"], 2: ["k@9", "z@1"] }, runs: [[1], [2]] } },
];

async function brokenDatabases(suite: SuiteBuilder): Promise<void> {
  for (const { rule, name, plan, also = [], level = FULL, change, now = NOW } of BROKEN) {
    const database = await makeDatabase(plan);
    const objects = objectsOf(database);
    const changed = change === undefined ? objects : await change(objects, database);
    suite.verify({ name: `database ${rule} ${name}`, about: `A database that breaks ${rule}: ${name}${tried(name)}`, origin: BY_HAND }, undefined, { level, objects: stored(suite, changed), now }, { reject: rule, also });
  }
}

/** What SlateDB does with the like of it. */
function tried(name: string): string {
  const found = MANIFEST_FORGERIES.find((one) => one.name === name)?.slateDb;
  return found === undefined ? "" : `. SlateDB 0.12.1: ${found}`;
}
