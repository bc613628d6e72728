// Databases of ours in any shape that a manifest can have: SSTs of level 0 and runs that overlap, visible ranges, segments, SSTs of other databases. What
// createDatabase makes is one run; SlateDB's own databases look like these, and so do clones and unions.
import { encodeManifestV1, EMPTY_SEQUENCE_TRACKER, INITIAL_CLOCK_TICK, type ManifestV1, type ManifestV2, parseUlid } from "@slate-sst/format";
import { newSstPath, writeRun, type WriteRunConfig } from "@slate-sst/ingest";
import type { ObjectStore } from "@slate-sst/object-store";
import { SstReader } from "@slate-sst/reader";
import { toWriterRow } from "./database-model.js";
import type { GoldenRow } from "./side-car.js";

type ListedSst = ManifestV1["l0"][number];

/** Rows by their places, newest place first; of each place in file order. */
export interface DatabaseShape {
  /** Rows of each SST of level 0. */
  readonly l0: readonly (readonly GoldenRow[])[];
  /** Rows of each SST of each run. */
  readonly runs: readonly (readonly (readonly GoldenRow[])[])[];
}

/** Writes the SSTs, and gives the manifest that lists them, which the caller puts. */
export async function forgeDatabase(store: ObjectStore, root: string, { l0, runs }: DatabaseShape, config: WriteRunConfig = {}): Promise<ManifestV1> {
  const listed = async (rows: readonly GoldenRow[]): Promise<ListedSst> => {
    const path = newSstPath(root);
    await writeRun(store, root, rows.map(toWriterRow), { ...config, paths: () => path });
    await using reader = await SstReader.open(store, path);
    return { id: parseUlid(path.slice(path.lastIndexOf("/") + 1, path.lastIndexOf("."))), info: reader.info, formatVersion: reader.formatVersion };
  };
  const compacted: ManifestV1["compacted"][number][] = [];
  for (const [at, ssts] of runs.entries()) {
    const entries: ListedSst[] = [];
    for (const rows of ssts) entries.push(await listed(rows));
    compacted.push({ id: runs.length - at, ssts: entries });
  }
  const level0: ListedSst[] = [];
  for (const rows of l0) level0.push(await listed(rows));
  const lastL0Seq = [...l0, ...runs.flat()].flat().reduce((seq, row) => (row.seq > seq ? row.seq : seq), 0n);
  return {
    manifestId: 0n, initialized: true, writerEpoch: 0n, compactorEpoch: 0n, replayAfterWalId: 0n, walIdLastSeen: 0n, l0: level0, compacted,
    lastL0ClockTick: INITIAL_CLOCK_TICK, checkpoints: [], lastL0Seq, recentSnapshotMinSeq: lastL0Seq, sequenceTracker: Uint8Array.from(EMPTY_SEQUENCE_TRACKER),
  };
}

/** Puts a manifest of that number, whatever it says. */
export async function putManifest(store: ObjectStore, root: string, bytes: Uint8Array, number = 1): Promise<string> {
  const path = `${root}/manifest/${String(number).padStart(20, "0")}.manifest`;
  await store.put(path, bytes, { mode: "create" });
  return path;
}

/** The same database in the second layout: its SSTs, and views of them. */
export function asV2({ l0, compacted, l0LastCompacted: _compacted, walObjectStoreUri: _uri, ...common }: ManifestV1): ManifestV2 {
  const view = ({ id, visibleRange }: ListedSst): ManifestV2["l0"][number] => ({ id, sstId: id, ...(visibleRange === undefined ? {} : { visibleRange }) });
  const ssts = [...l0, ...compacted.flatMap((run) => run.ssts)].map(({ id, info, formatVersion = 1 }) => ({ id, info, formatVersion }));
  return { ...common, ssts, l0: l0.map(view), compacted: compacted.map((run) => ({ id: run.id, ssts: run.ssts.map(view) })) };
}

/** Writes and publishes it at once, in the first layout. */
export async function placeForged(store: ObjectStore, root: string, shape: DatabaseShape, change: (manifest: ManifestV1) => ManifestV1 = (manifest) => manifest): Promise<ManifestV1> {
  const manifest = change(await forgeDatabase(store, root, shape));
  await putManifest(store, root, encodeManifestV1(manifest));
  return manifest;
}
