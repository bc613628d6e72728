// What a writer tells of the SST it has closed.
import { bloomByteLength, bloomProbeCount, BLOOM_FILTER_NAME } from "@slate-sst/format";
import { codecMessage, create, FilterKind, infoMessage, type MessageInitShape, type SstMetadata, SstMetadataSchema } from "@slate-sst/format/proto";
import type { ResolvedConfig } from "./config.js";
import type { SstEncoder } from "./sst-encoder.js";
import type { SstTail } from "./sst-tail.js";
import { WRITER_NAME, WRITER_VERSION } from "./version.js";

/** The object as the store and the output know it. */
export interface WrittenObject {
  readonly path: string;
  readonly store: string;
  readonly size: number;
  readonly crc32: number;
  readonly sha256: Uint8Array | undefined;
  readonly etag: string | undefined;
}

export function sstMetadata(encoder: SstEncoder, config: ResolvedConfig, tail: SstTail, object: WrittenObject): SstMetadata {
  const { info, infoOffset } = tail;
  const { totals } = encoder.stats;
  return create(SstMetadataSchema, {
    path: object.path,
    store: object.store,
    size: BigInt(object.size),
    crc32: object.crc32,
    ...optional("sha256", object.sha256),
    ...optional("etag", object.etag),
    rowCount: BigInt(encoder.rows),
    putCount: BigInt(totals.numPuts),
    deleteCount: BigInt(totals.numDeletes),
    mergeCount: BigInt(totals.numMerges),
    firstKey: encoder.firstKey!,
    lastKey: encoder.lastKey.slice(),
    minSeq: encoder.seqs.min!,
    maxSeq: encoder.seqs.max!,
    ...optional("minCreateTs", encoder.createTs.min),
    ...optional("maxCreateTs", encoder.createTs.max),
    ...optional("minExpireTs", encoder.expireTs.min),
    ...optional("maxExpireTs", encoder.expireTs.max),
    createTsCount: BigInt(encoder.createTs.count),
    expireTsCount: BigInt(encoder.expireTs.count),
    rawKeyBytes: BigInt(totals.rawKeySize),
    rawValueBytes: BigInt(totals.rawValSize),
    blockCount: BigInt(encoder.index.blocks),
    formatVersion: config.formatVersion,
    compression: codecMessage(config.codec.name),
    blockSize: config.blockSize,
    transformed: config.transform !== undefined,
    filter: filterMetadata(encoder, config),
    infoOffset: BigInt(infoOffset),
    info: infoMessage(info),
    writer: { name: WRITER_NAME, version: WRITER_VERSION },
  });
}

function filterMetadata(encoder: SstEncoder, config: ResolvedConfig): NonNullable<MessageInitShape<typeof SstMetadataSchema>["filter"]> {
  if (!config.filter) return { kind: FilterKind.NONE };
  const settings = { bitsPerKey: config.filterBitsPerKey, minFilterKeys: BigInt(config.minFilterKeys) };
  if (!encoder.hasFilter) return { kind: FilterKind.NONE, ...settings };
  const composite = config.filterFormat === "composite";
  return {
    ...settings,
    kind: composite ? FilterKind.COMPOSITE : FilterKind.LEGACY,
    probeCount: bloomProbeCount(config.filterBitsPerKey),
    bitArrayBytes: BigInt(bloomByteLength(encoder.rows, config.filterBitsPerKey)),
    ...(composite ? { name: BLOOM_FILTER_NAME } : {}),
  };
}

/** A property that is there only when it has a value. */
function optional<Name extends string, Value>(name: Name, value: Value | undefined): Partial<Record<Name, Value>> {
  return value === undefined ? {} : ({ [name]: value } as Record<Name, Value>);
}
