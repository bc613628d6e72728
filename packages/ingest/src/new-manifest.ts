// The first manifest of a database whose only content is one sorted run. Every other field is what SlateDB gives a
// database that it has just made.
import { EMPTY_SEQUENCE_TRACKER, encodeManifestV1, encodeManifestV2, INITIAL_CLOCK_TICK, MANIFEST_VERSION_V1, type Ulid } from "@slate-sst/format";
import type { WrittenInfo } from "./read-info.js";
import type { ManifestVersion } from "./same-database.js";

/** The run's id. Runs that SlateDB's compactor makes have higher ones, or take its place. */
const RUN_ID = 0;

/** An SST of the run, and what was read from its object. */
export interface ListedSst extends WrittenInfo {
  readonly id: Ulid;
}

/**
 * The object of the manifest.
 * @param ssts in key order
 * @param lastL0Seq at least the highest sequence number of any row
 * @param version V1, which every release reads, or V2, from 0.12 on
 */
export function encodeNewManifest(ssts: readonly ListedSst[], lastL0Seq: bigint, version: ManifestVersion): Uint8Array {
  const common = {
    manifestId: 0n,
    initialized: true,
    writerEpoch: 0n,
    compactorEpoch: 0n,
    replayAfterWalId: 0n,
    walIdLastSeen: 0n,
    // Level 0 is for flushes: more than a few SSTs there stop them.
    l0: [],
    lastL0ClockTick: INITIAL_CLOCK_TICK,
    checkpoints: [],
    lastL0Seq,
    // There is no older snapshot.
    recentSnapshotMinSeq: lastL0Seq,
    sequenceTracker: Uint8Array.from(EMPTY_SEQUENCE_TRACKER),
  };
  // Absent format versions would mean V1.
  const listed = ssts.map(({ id, info, formatVersion }) => ({ id, info, formatVersion }));
  if (version === MANIFEST_VERSION_V1) return encodeManifestV1({ ...common, compacted: [{ id: RUN_ID, ssts: listed }] });
  return encodeManifestV2({ ...common, ssts: listed, compacted: [{ id: RUN_ID, ssts: ssts.map(({ id }) => ({ id, sstId: id })) }] });
}
