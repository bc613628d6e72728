// What the writer declared on close, changed in one respect: each must be found as a difference to the file.
import type { RuleId } from "@slate-sst/format/rules";
import type { SstMetadata } from "@slate-sst/writer";

export interface DeclaredCase {
  readonly rule: RuleId;
  /** Path of the finding. */
  readonly path: string;
  readonly change: (metadata: SstMetadata) => Partial<SstMetadata>;
}

const OTHER_KEY = Uint8Array.of(1);

export const DECLARED_CASES: readonly DeclaredCase[] = [
  { rule: "D1.1", path: "metadata.size", change: ({ size }) => ({ size: size + 1n }) },
  { rule: "D1.2", path: "metadata.info_offset", change: ({ infoOffset }) => ({ infoOffset: infoOffset - 1n }) },
  { rule: "D1.2", path: "metadata.info.index_len", change: ({ info }) => (info === undefined ? {} : { info: { ...info, indexLen: info.indexLen + 1n } }) },
  { rule: "D1.2", path: "metadata.info.first_entry", change: ({ info }) => (info === undefined ? {} : { info: { ...info, firstEntry: OTHER_KEY } }) },
  { rule: "D1.3", path: "metadata.format_version", change: ({ formatVersion }) => ({ formatVersion: formatVersion - 1 }) },
  { rule: "D1.3", path: "metadata.filter.probe_count", change: ({ filter }) => (filter === undefined ? {} : { filter: { ...filter, probeCount: 1 } }) },
  { rule: "D1.4", path: "metadata.row_count", change: ({ rowCount }) => ({ rowCount: rowCount - 1n }) },
  { rule: "D1.4", path: "metadata.block_count", change: ({ blockCount }) => ({ blockCount: blockCount + 1n }) },
  { rule: "D1.4", path: "metadata.expire_ts_count", change: () => ({ expireTsCount: 0n }) },
  { rule: "D1.5", path: "metadata.first_key", change: () => ({ firstKey: OTHER_KEY }) },
  { rule: "D1.5", path: "metadata.last_key", change: () => ({ lastKey: OTHER_KEY }) },
  { rule: "D1.6", path: "metadata.min_seq", change: ({ minSeq }) => ({ minSeq: minSeq + 1n }) },
  { rule: "D1.6", path: "metadata.max_seq", change: ({ maxSeq }) => ({ maxSeq: maxSeq + 1n }) },
  { rule: "D1.6", path: "metadata.min_create_ts", change: () => ({ minCreateTs: 0n }) },
  { rule: "D1.6", path: "metadata.max_expire_ts", change: () => ({ maxExpireTs: undefined }) },
  { rule: "D1.7", path: "metadata.raw_key_bytes", change: ({ rawKeyBytes }) => ({ rawKeyBytes: rawKeyBytes + 1n }) },
  { rule: "D1.7", path: "metadata.raw_value_bytes", change: () => ({ rawValueBytes: 0n }) },
  { rule: "D1.8", path: "metadata.crc32", change: ({ crc32 }) => ({ crc32: (crc32 ^ 1) >>> 0 }) },
  { rule: "D1.9", path: "metadata.sha256", change: ({ sha256 }) => ({ sha256: sha256?.map((byte) => byte ^ 1) }) },
];
