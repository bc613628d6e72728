// The first manifest of a database whose only content is one sorted run. Every other field is what SlateDB gives a
// database that it has just made.
import { EMPTY_SEQUENCE_TRACKER, encodeManifestV1, INITIAL_CLOCK_TICK, type Ulid } from "@slate-sst/format";
import type { WrittenInfo } from "./read-info.js";

/** The run's id. Runs that SlateDB's compactor makes have higher ones, or take its place. */
const RUN_ID = 0;

/** An SST of the run, and what was read from its object. */
export interface ListedSst extends WrittenInfo {
  readonly id: Ulid;
}

/**
 * The object of the manifest, in the layout that every release reads.
 * @param ssts in key order
 * @param lastL0Seq at least the highest sequence number of any row
 */
export function encodeNewManifest(ssts: readonly ListedSst[], lastL0Seq: bigint): Uint8Array {
  return encodeManifestV1({
    manifestId: 0n,
    initialized: true,
    writerEpoch: 0n,
    compactorEpoch: 0n,
    replayAfterWalId: 0n,
    walIdLastSeen: 0n,
    // Level 0 is for flushes: more than a few SSTs there stop them. Absent format versions would mean V1.
    l0: [],
    compacted: [{ id: RUN_ID, ssts: ssts.map(({ id, info, formatVersion }) => ({ id, info, formatVersion })) }],
    lastL0ClockTick: INITIAL_CLOCK_TICK,
    checkpoints: [],
    lastL0Seq,
    // There is no older snapshot.
    recentSnapshotMinSeq: lastL0Seq,
    sequenceTracker: Uint8Array.from(EMPTY_SEQUENCE_TRACKER),
  });
}
