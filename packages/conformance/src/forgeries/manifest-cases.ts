// Forgeries of a manifest: the copy of an SST's info, which SlateDB reads instead of the one in the file, and the other
// things that a manifest says of its one SST.
import { encodeManifestV1, FIRST_MANIFEST_ID, INITIAL_CLOCK_TICK, type CompactedSsTable, type ManifestV1, parseUlid, type SsTableInfo, SstType } from "@slate-sst/format";
import type { ExpectedFinding } from "./forgery.js";
import type { SstParts } from "./forged-sst.js";

export interface ManifestForgery {
  readonly name: string;
  /** What SlateDB 0.12.1 does with it. */
  readonly slateDb: string;
  readonly make: (manifest: ManifestV1) => ManifestV1;
  readonly findings: readonly ExpectedFinding[];
}

/** The name of the SST in the manifest, with a time in 2023. */
export const FORGED_ULID = "01H00000000000000000000001";
export const FORGED_MANIFEST_ID = FIRST_MANIFEST_ID;
const ENTRY = "manifest.compacted[0].ssts[0]";
const LOW = Uint8Array.of(1);
const HIGH = Uint8Array.of(0xff);

/** A sound manifest of one run with one SST. @param maxSeq the highest sequence number in it. */
export function soundManifest({ info, formatVersion }: SstParts, maxSeq: bigint): ManifestV1 {
  return {
    manifestId: 0n, initialized: true, writerEpoch: 0n, compactorEpoch: 0n, replayAfterWalId: 0n, walIdLastSeen: 0n, l0: [], compacted: [{ id: 0, ssts: [{ id: parseUlid(FORGED_ULID), info, formatVersion }] }],
    lastL0ClockTick: INITIAL_CLOCK_TICK, checkpoints: [], lastL0Seq: maxSeq, recentSnapshotMinSeq: 0n,
  };
}

export function encodeForgedManifest(manifest: ManifestV1): Uint8Array {
  return encodeManifestV1(manifest);
}

function entry(name: string, slateDb: string, change: (entry: CompactedSsTable) => CompactedSsTable, ...findings: readonly ExpectedFinding[]): ManifestForgery {
  const make = (manifest: ManifestV1): ManifestV1 => ({ ...manifest, compacted: manifest.compacted.map((run) => ({ ...run, ssts: run.ssts.map(change) })) });
  return { name, slateDb, make, findings };
}

/** A change of some fields of the info's copy: each is a finding. */
function copy(name: string, slateDb: string, change: (info: SsTableInfo) => Partial<SsTableInfo>, ...fields: readonly string[]): ManifestForgery {
  return entry(name, slateDb, (one) => ({ ...one, info: { ...one.info, ...change(one.info) } }), ...fields.map((field): ExpectedFinding => `M1.1 ${ENTRY}.info.${field}`));
}

const LOST = "keys outside are not found, scans are fine";
const FINE = "does not notice; harmless";

export const MANIFEST_FORGERIES: readonly ManifestForgery[] = [
  copy("first_entry too high", LOST, ({ lastEntry }) => ({ firstEntry: lastEntry }), "first_entry"),
  copy("last_entry too low", LOST, ({ firstEntry }) => ({ lastEntry: firstEntry }), "last_entry"),
  copy("first_entry and last_entry too wide", FINE, () => ({ firstEntry: LOW, lastEntry: HIGH }), "first_entry", "last_entry"),
  copy("last_entry absent", FINE, () => ({ lastEntry: undefined }), "last_entry"),
  copy("stats elsewhere", FINE, ({ statsOffset, statsLen }) => ({ statsOffset: statsOffset + 1, statsLen: statsLen + 1 }), "stats_offset", "stats_len"),
  copy("the type of a WAL file", FINE, () => ({ sstType: SstType.Wal }), "sst_type"),
  copy("a composite filter", FINE, () => ({ filterFormat: 1 }), "filter_format"),
  copy("an index one byte further", "error: checksum mismatch", ({ indexOffset }) => ({ indexOffset: indexOffset + 1 }), "index_offset"),
  copy("an index one byte shorter", "error: checksum mismatch", ({ indexLen }) => ({ indexLen: indexLen - 1 }), "index_len"),
  copy("a filter one byte further", "error: checksum mismatch", ({ filterOffset }) => ({ filterOffset: filterOffset + 1 }), "filter_offset"),
  copy("no filter", FINE, () => ({ filterLen: 0 }), "filter_len"),
  copy("no index", "panics", () => ({ indexLen: 0 }), "index_len"),
  copy("a filter of three bytes", "look-ups panic", () => ({ filterLen: 3 }), "filter_len"),
  copy("no filter, and data that end at 0", "hangs, then panics: capacity overflow", () => ({ filterOffset: 0, filterLen: 0 }), "filter_offset", "filter_len"),
  copy("another codec", "error: error decompressing block", () => ({ compressionFormat: 2 }), "compression_format"),
  entry("no format version, which means 1", "panics", (one) => ({ ...one, formatVersion: undefined }), `M1.2 ${ENTRY}.format_version`),
  entry("format version 3", "error", (one) => ({ ...one, formatVersion: 3 }), `M1.2 ${ENTRY}.format_version`),
  { name: "last_l0_seq lower than a row's sequence number", slateDb: "the row is missing", make: (manifest) => ({ ...manifest, lastL0Seq: manifest.lastL0Seq - 1n }), findings: ["M3.6 manifest.last_l0_seq"] },
  { name: "not initialized", slateDb: "a reader fails, a writer goes on", make: (manifest) => ({ ...manifest, initialized: false }), findings: ["M3.5 manifest.initialized"] },
  {
    name: "the SST twice in the run", slateDb: "not tried",
    make: (manifest) => ({ ...manifest, compacted: manifest.compacted.map((run) => ({ ...run, ssts: [...run.ssts, ...run.ssts] })) }), findings: ["M1.5 manifest.compacted[0].ssts[1].id"],
  },
];
