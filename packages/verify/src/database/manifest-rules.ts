// What a manifest says of itself: M1.5, M2.1, M3.4, M3.5 and M3.7 to M3.10. No other object is needed.
import { type DecodedManifest, EMPTY_SEQUENCE_TRACKER, L0_MAX_SSTS, MANIFEST_VERSION_V1 } from "@slate-sst/format";
import type { RuleId } from "@slate-sst/format/rules";
import type { DatabaseTree, ManifestObject } from "@slate-sst/reader/database";
import type { Discrepancy } from "../finding.js";
import { type DatabaseReport, WHOLE } from "./report.js";

/** A finding of a manifest. Positions of single fields in its FlatBuffer are not known: the place is the whole manifest. */
export function manifestPlace({ path, size }: ManifestObject, field: string): { readonly object: string; readonly path: string; readonly offset: number; readonly length: number } {
  return { object: path, path: field, offset: 0, length: size };
}

export function checkManifest(file: ManifestObject, decoded: DecodedManifest, tree: DatabaseTree, report: DatabaseReport): void {
  const { manifest, version } = decoded;
  const add = (rule: RuleId, subject: string, path: string, discrepancy: Discrepancy): void => {
    report.add(rule, [subject], () => ({ ...manifestPlace(file, path), ...discrepancy }));
  };
  if (version === MANIFEST_VERSION_V1) report.rulesOut(["M3.4"], "manifest_v2");
  for (const { path, name } of tree.dangling) add("M3.4", WHOLE, `${path}.sst_id`, { expected: "an SST that the manifest lists", found: name });
  if (!manifest.initialized) {
    add("M3.5", WHOLE, "manifest.initialized", { expected: "true", found: "false", hint: "a clone that was not finished; SlateDB refuses to read it" });
  }
  checkTracker(manifest.sequenceTracker, (discrepancy) => add("M3.7", WHOLE, "manifest.sequence_tracker", discrepancy));
  const { recentSnapshotMinSeq, lastL0Seq, replayAfterWalId, walIdLastSeen } = manifest;
  if (recentSnapshotMinSeq > lastL0Seq) {
    add("M3.9", WHOLE, "manifest.recent_snapshot_min_seq", { expected: `at most ${lastL0Seq}, which is last_l0_seq`, found: String(recentSnapshotMinSeq) });
  }
  if (replayAfterWalId > walIdLastSeen) {
    add("M3.10", WHOLE, "manifest.replay_after_wal_id", { expected: `at most ${walIdLastSeen}, which is wal_id_last_seen`, found: String(replayAfterWalId) });
  }
  checkListing(tree, (name, path, first) => add("M1.5", name, `${path}.id`, { expected: `an SST that is not listed before, as ${first}`, found: name }));
  for (const { path, l0, runs } of tree.trees) {
    if (l0.length > L0_MAX_SSTS) {
      add("M3.8", WHOLE, `${path}.l0`, { expected: `at most ${L0_MAX_SSTS} SSTs`, found: `${l0.length}`, hint: "SlateDB flushes nothing until a compactor has reduced them" });
    }
    for (const [at, { path: place, runId = 0 }] of runs.entries()) {
      const before = runs[at - 1]?.runId;
      if (before !== undefined && runId >= before) {
        add("M2.1", WHOLE, `${place}.id`, { expected: `less than ${before}, the id of the run before`, found: String(runId), hint: "SlateDB's compactor panics" });
      }
    }
  }
}

function checkTracker(tracker: Uint8Array | undefined, add: (discrepancy: Discrepancy) => void): void {
  if (tracker === undefined) return;
  const [version] = EMPTY_SEQUENCE_TRACKER;
  if (tracker.length === 0) add({ expected: "bytes, or to be absent", found: "no bytes", hint: "SlateDB panics when it reads the manifest" });
  else if (tracker[0] !== version) add({ expected: `${version} in the first byte`, found: String(tracker[0]) });
}

function checkListing({ listed }: DatabaseTree, add: (name: string, path: string, first: string) => void): void {
  const firsts = new Map<string, string>();
  for (const { name, path } of listed) {
    const first = firsts.get(name);
    if (first === undefined) firsts.set(name, path);
    else add(name, path, first);
  }
}
