// Manifests with every field set, for the manifest tests.
import { BoundType, type BytesRange } from "../src/generated/fbs/common.js";
import { CompressionFormat, FilterFormat, SstType, type SsTableInfo } from "../src/generated/fbs/sst-info.js";
import type { Checkpoint, ExternalDb } from "../src/generated/fbs/manifest-parts.js";
import type { CompactedSsTable, ManifestV1 } from "../src/generated/fbs/manifest-v1.js";
import type { CompactedSsTableView, ManifestV2 } from "../src/generated/fbs/manifest-v2.js";

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

const info = (firstKey: string, lastKey: string): SsTableInfo => ({
  firstEntry: text(firstKey), lastEntry: text(lastKey), indexOffset: 9371, indexLen: 396, filterOffset: 9000, filterLen: 371,
  compressionFormat: CompressionFormat.Zstd, sstType: SstType.Compacted, statsOffset: 9767, statsLen: 196, filterFormat: FilterFormat.Composite,
});

const range: BytesRange = {
  startBound: { boundType: BoundType.Included, key: text("b") }, endBound: { boundType: BoundType.Excluded, key: text("k") },
};
const upwards: BytesRange = { startBound: { boundType: BoundType.Excluded, key: text("") }, endBound: { boundType: BoundType.Unbounded } };

const checkpoints: readonly Checkpoint[] = [
  { id: { high: 11n, low: 12n }, manifestId: 3n, expireTimeS: 0, createTimeS: 1_795_436_466 },
  {
    id: { high: 13n, low: 14n }, manifestId: 4n, expireTimeS: 4_000_000_000, createTimeS: 1_795_436_467, name: "nightly é",
    metadata: { kind: "WriterCheckpoint", value: { epoch: 5n } },
  },
];

const externalDbs: readonly ExternalDb[] = [
  {
    path: "backups/db", sourceCheckpointId: { high: 21n, low: 22n }, finalCheckpointId: { high: 23n, low: 24n },
    sstIds: [{ high: 25n, low: 26n }, { high: 27n, low: 28n }],
  },
  { path: "", sourceCheckpointId: { high: 29n, low: 30n }, sstIds: [] },
];

const common = {
  manifestId: 1n, externalDbs, initialized: true, writerEpoch: 2n, compactorEpoch: 3n, replayAfterWalId: 4n, walIdLastSeen: 5n,
  lastL0ClockTick: -6n, checkpoints, lastL0Seq: 7n, recentSnapshotMinSeq: 8n, sequenceTracker: text("tracker"),
};

const sst = (low: bigint, visibleRange?: BytesRange): CompactedSsTable => ({
  id: { high: 31n, low }, info: info("a", "m"), formatVersion: 2, ...(visibleRange === undefined ? {} : { visibleRange }),
});

/** Every field of the first layout. */
export const fullV1: ManifestV1 = {
  ...common, l0LastCompacted: { high: 9n, low: 10n }, l0: [sst(1n), sst(2n, range)],
  compacted: [{ id: 9, ssts: [sst(3n, upwards), { ...sst(4n), formatVersion: undefined }] }, { id: 0, ssts: [] }], walObjectStoreUri: "s3://wal/ü",
};

const view = (low: bigint, visibleRange?: BytesRange): CompactedSsTableView => ({
  id: { high: 41n, low }, sstId: { high: 31n, low }, ...(visibleRange === undefined ? {} : { visibleRange }),
});

/** Every field of the second layout. */
export const fullV2: ManifestV2 = {
  ...common, lastCompactedL0SstViewId: { high: 9n, low: 10n },
  ssts: [1n, 2n, 3n].map((low) => ({ id: { high: 31n, low }, info: info("a", "m"), formatVersion: 2 })),
  l0: [view(1n), view(2n, range)], compacted: [{ id: 7, ssts: [view(3n, upwards)] }, { id: 6, ssts: [] }],
  segments: [
    { prefix: text("user/"), lastCompactedL0SstViewId: { high: 51n, low: 52n }, l0: [view(3n)], compacted: [{ id: 1, ssts: [view(1n)] }] },
    { prefix: text("z"), l0: [], compacted: [] },
  ],
  segmentExtractorName: "until-slash",
};

const bare = {
  manifestId: 0n, initialized: true, writerEpoch: 0n, compactorEpoch: 0n, replayAfterWalId: 0n, walIdLastSeen: 0n, l0: [], compacted: [],
  checkpoints: [], lastL0Seq: 0n, recentSnapshotMinSeq: 0n,
};

/** A new database in the first layout. */
export const newV1: ManifestV1 = { ...bare, lastL0ClockTick: -(2n ** 63n), sequenceTracker: new Uint8Array([1, ...new Uint8Array(12)]) };

/** A new database in the second layout. */
export const newV2: ManifestV2 = { ...newV1, l0: [], compacted: [], ssts: [] };
