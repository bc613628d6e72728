// The contract's messages from and to what the packages work with: rows, infos, manifests.
import {
  type CompactedSsTable, type CompressionName, type DecodedManifest, DEFAULT_FORMAT_VERSION, FORMAT_VERSIONS, formatUlid, type FormatVersion, isFormatVersion, MANIFEST_VERSION_V1, type ManifestV1, type ManifestV2,
  parseUlid, type SstStats,
} from "@slate-sst/format";
import { codecMessage, codecOfMessage, CompressionCodec, create, infoMessage, infoOfMessage, type MessageInitShape } from "@slate-sst/format/proto";
import {
  type ConformanceValue, ConformanceValueSchema, type ManifestSst, ManifestSstSchema, type ManifestValue, ManifestValueSchema, RowKind, type SstConfig, SstConfigSchema, type SstRow, SstRowSchema, type StatsValue, StatsValueSchema,
} from "@slate-sst/format/proto/conformance";
import type { ExpectedConfig } from "@slate-sst/verify";
import type { SstWriterConfig } from "@slate-sst/writer";
import type { GoldenRow } from "../side-car.js";

const KINDS = { put: RowKind.PUT, delete: RowKind.DELETE, merge: RowKind.MERGE } as const;
const NO_BYTES = new Uint8Array(0);

/** A value of one layer, by the name of its field. */
export function value(kind: MessageInitShape<typeof ConformanceValueSchema>["kind"]): ConformanceValue {
  return create(ConformanceValueSchema, kind === undefined ? {} : { kind });
}

export function rowMessage({ kind, key, value: bytes = NO_BYTES, seq, createTs, expireTs }: GoldenRow): SstRow {
  return create(SstRowSchema, { kind: KINDS[kind], key, value: bytes, seq, ...(createTs === undefined ? {} : { createTs }), ...(expireTs === undefined ? {} : { expireTs }) });
}

/** @throws RangeError for a row of no known kind. */
export function rowOf({ kind, key, value: bytes, seq, createTs, expireTs }: SstRow): GoldenRow {
  const name = (Object.keys(KINDS) as (keyof typeof KINDS)[]).find((one) => KINDS[one] === kind);
  if (name === undefined) throw new RangeError(`a row of kind ${kind}`);
  return { kind: name, key, value: name === "delete" ? undefined : bytes, seq, createTs, expireTs };
}

/** Versions of data blocks in the order of their vectors: the default first, the oldest last, so that no new version comes behind a layer's last line, which would get a comma. */
export const VERSIONS: readonly FormatVersion[] = [...FORMAT_VERSIONS].sort((left, right) => Number(right === DEFAULT_FORMAT_VERSION) - Number(left === DEFAULT_FORMAT_VERSION) || right - left);

export function formatVersionOf(version: number): FormatVersion {
  if (!isFormatVersion(version)) throw new RangeError(`format version ${version}`);
  return version;
}

/** @throws RangeError for a number without a name. */
export function codecName(codec: CompressionCodec): CompressionName {
  const name = codecOfMessage(codec);
  if (name === undefined) throw new RangeError(`compression codec ${codec}`);
  return name;
}

/** What a verifier or writer is told; what is not known stays unset. */
export function configMessage({ formatVersion, blockSize, compression, filter, minFilterKeys, filterBitsPerKey, filterFormat }: ExpectedConfig | SstWriterConfig): SstConfig {
  return create(SstConfigSchema, {
    formatVersion: formatVersion ?? 0,
    blockSize: blockSize ?? 0,
    compression: compression === undefined ? CompressionCodec.UNSPECIFIED : codecMessage(typeof compression === "string" ? compression : compression.name),
    ...(minFilterKeys === undefined || filter === false ? {} : { minFilterKeys: BigInt(minFilterKeys) }),
    ...(filterBitsPerKey === undefined || filter === false ? {} : { filterBitsPerKey }),
    compositeFilter: filterFormat === "composite",
  });
}

/** The configuration of a writer that was told everything. */
export function writerConfigOf(config: SstConfig): SstWriterConfig {
  return {
    formatVersion: formatVersionOf(config.formatVersion),
    blockSize: config.blockSize as NonNullable<SstWriterConfig["blockSize"]>,
    compression: codecName(config.compression),
    ...(config.filterBitsPerKey === undefined ? { filter: false } : { filterBitsPerKey: config.filterBitsPerKey, minFilterKeys: Number(config.minFilterKeys ?? 0n) }),
    filterFormat: config.compositeFilter ? "composite" : "legacy",
  };
}

/** What a verifier expects, as far as the message says. */
export function expectedConfigOf(config: SstConfig | undefined): ExpectedConfig | undefined {
  if (config === undefined) return undefined;
  return {
    ...(config.formatVersion === 0 ? {} : { formatVersion: formatVersionOf(config.formatVersion) }),
    ...(config.blockSize === 0 ? {} : { blockSize: config.blockSize }),
    ...(config.compression === CompressionCodec.UNSPECIFIED ? {} : { compression: codecName(config.compression) }),
    ...(config.minFilterKeys === undefined ? {} : { minFilterKeys: Number(config.minFilterKeys) }),
    ...(config.filterBitsPerKey === undefined ? {} : { filterBitsPerKey: config.filterBitsPerKey, filterFormat: config.compositeFilter ? ("composite" as const) : ("legacy" as const) }),
  };
}

export function statsMessage(stats: SstStats): StatsValue {
  const { numPuts, numDeletes, numMerges, rawKeySize, rawValSize, blockStats } = stats;
  return create(StatsValueSchema, {
    numPuts: BigInt(numPuts), numDeletes: BigInt(numDeletes), numMerges: BigInt(numMerges), rawKeySize: BigInt(rawKeySize), rawValSize: BigInt(rawValSize),
    blocks: (blockStats ?? []).map((block) => ({ numPuts: block.numPuts, numDeletes: block.numDeletes, numMerges: block.numMerges })),
  });
}

export function statsOf({ numPuts, numDeletes, numMerges, rawKeySize, rawValSize, blocks }: StatsValue): SstStats {
  return {
    numPuts: Number(numPuts), numDeletes: Number(numDeletes), numMerges: Number(numMerges), rawKeySize: Number(rawKeySize), rawValSize: Number(rawValSize),
    // Without blocks SlateDB stores no vector at all.
    blockStats: blocks.length === 0 ? undefined : blocks.map((block) => ({ numPuts: block.numPuts, numDeletes: block.numDeletes, numMerges: block.numMerges })),
  };
}

function sstMessage({ id, info, formatVersion }: CompactedSsTable): ManifestSst {
  return create(ManifestSstSchema, { id: formatUlid(id), info: infoMessage(info), ...(formatVersion === undefined ? {} : { formatVersion }) });
}

function sstOf({ id, info, formatVersion }: ManifestSst): CompactedSsTable {
  if (info === undefined) throw new RangeError("an SST without info");
  return { id: parseUlid(id), info: infoOfMessage(info), ...(formatVersion === undefined ? {} : { formatVersion }) };
}

type Trees = Pick<ManifestV1, "l0" | "compacted">;

/** Level 0 and runs of the second layout, as the first one has them: each view stands for the SST that it names. */
function treesOfV2({ ssts, l0, compacted }: ManifestV2): Trees {
  const listed = new Map(ssts.map((sst) => [formatUlid(sst.id), sst]));
  const sst = ({ sstId }: ManifestV2["l0"][number]): CompactedSsTable => {
    const found = listed.get(formatUlid(sstId));
    if (found === undefined) throw new RangeError(`a view of ${formatUlid(sstId)}, which the manifest does not list`);
    return found;
  };
  return { l0: l0.map(sst), compacted: compacted.map((run) => ({ id: run.id, ssts: run.ssts.map(sst) })) };
}

export function manifestMessage(decoded: DecodedManifest): ManifestValue {
  const { version, manifest } = decoded;
  const { l0, compacted } = decoded.version === MANIFEST_VERSION_V1 ? decoded.manifest : treesOfV2(decoded.manifest);
  const lastCompacted = "l0LastCompacted" in manifest ? manifest.l0LastCompacted : "lastCompactedL0SstViewId" in manifest ? manifest.lastCompactedL0SstViewId : undefined;
  const { initialized, writerEpoch, compactorEpoch, replayAfterWalId, walIdLastSeen, lastL0ClockTick, lastL0Seq, recentSnapshotMinSeq, sequenceTracker } = manifest;
  return create(ManifestValueSchema, {
    version, initialized, writerEpoch, compactorEpoch, replayAfterWalId, walIdLastSeen, lastL0ClockTick, lastL0Seq, recentSnapshotMinSeq,
    l0: l0.map(sstMessage),
    runs: compacted.map((run) => ({ id: run.id, ssts: run.ssts.map(sstMessage) })),
    checkpoints: manifest.checkpoints.map(({ id, manifestId, expireTimeS, createTimeS, name }) => ({ idHigh: id.high, idLow: id.low, manifestId, expireTimeS, createTimeS, name: name ?? "" })),
    ...(sequenceTracker === undefined ? {} : { sequenceTracker }),
    l0LastCompacted: lastCompacted === undefined ? "" : formatUlid(lastCompacted),
  });
}

/** Only of the first layout. */
export function manifestOf(message: ManifestValue): ManifestV1 {
  const { initialized, writerEpoch, compactorEpoch, replayAfterWalId, walIdLastSeen, lastL0ClockTick, lastL0Seq, recentSnapshotMinSeq, sequenceTracker, l0LastCompacted } = message;
  return {
    manifestId: 0n, initialized, writerEpoch, compactorEpoch, replayAfterWalId, walIdLastSeen, lastL0ClockTick, lastL0Seq, recentSnapshotMinSeq,
    l0: message.l0.map(sstOf),
    compacted: message.runs.map(({ id, ssts }) => ({ id, ssts: ssts.map(sstOf) })),
    checkpoints: message.checkpoints.map(({ idHigh, idLow, manifestId, expireTimeS, createTimeS, name }) => ({
      id: { high: idHigh, low: idLow }, manifestId, expireTimeS, createTimeS, ...(name === "" ? {} : { name }),
    })),
    ...(sequenceTracker === undefined ? {} : { sequenceTracker }),
    ...(l0LastCompacted === "" ? {} : { l0LastCompacted: parseUlid(l0LastCompacted) }),
  };
}
