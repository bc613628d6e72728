// Small SSTs put together part by part, so that any part can be wrong while every checksum is right.
import {
  buildBloomBits, bloomProbeCount, CompressionFormat, createBlockEncoder, crc32, encodeFilterPayload, encodeFooter, encodeIndex, encodeInfo, encodeSection, encodeStats, FilterFormat,
  type FilterFormatName, FLAG_MERGE, FLAG_TOMBSTONE, FOOTER_BYTES, type FormatVersion, KeyHashes, SECTION_BYTES, separatorLength, type SsTableIndex, type SsTableInfo, type SstStats, SstType,
} from "@slate-sst/format";

export interface ForgedRow {
  readonly key: string | Uint8Array;
  readonly value?: string | undefined;
  readonly seq?: number | undefined;
  readonly flags?: number | undefined;
}

/** Everything an SST is made of, before its sections have places. */
export interface Parts {
  version: number;
  /** Payloads of data blocks. */
  blocks: Uint8Array[];
  separators: Uint8Array[];
  stats: SstStats | undefined;
  filter: Uint8Array | undefined;
  info: Partial<SsTableInfo>;
  /** Instead of what was put together. */
  indexPayload?: Uint8Array;
  statsPayload?: Uint8Array;
  infoPayload?: Uint8Array;
  /** Block offsets of the index, once blocks have places. */
  moveOffsets?: (offsets: number[]) => number[];
  infoOffset?: (offset: number) => number;
  /** Changes the info when places are known. */
  moveInfo?: (info: SsTableInfo) => Partial<SsTableInfo>;
  /** Stored form of a section's payload. */
  store?: (payload: Uint8Array) => Uint8Array;
}

export interface PartsOptions {
  readonly version?: FormatVersion;
  readonly blockSize?: number;
  readonly bitsPerKey?: number;
  readonly filterFormat?: FilterFormatName;
  readonly isWal?: boolean;
}

export const bytesOf = (key: string | Uint8Array): Uint8Array => (typeof key === "string" ? new TextEncoder().encode(key) : key);

/** Numbered rows with keys that share prefixes. */
export function numberedRows(count: number): ForgedRow[] {
  return Array.from({ length: count }, (_, index) => ({ key: `key-${String(index).padStart(5, "0")}`, value: `value ${index}`, seq: count - index }));
}

export function seqKey(seq: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(seq));
  return bytes;
}

/** The parts of a sound SST. Rows that stand in one group of `blocks` share a block, if groups are given. */
export function soundParts(rows: readonly ForgedRow[], options: PartsOptions = {}): Parts {
  const { version = 2, blockSize = 1024, bitsPerKey = 10, filterFormat = "legacy", isWal = false } = options;
  const encoder = createBlockEncoder(version, blockSize);
  const hashes = new KeyHashes();
  const parts: Parts = { version, blocks: [], separators: [], stats: undefined, filter: undefined, info: {} };
  const out = new Uint8Array(1 << 20);
  const blockStats: { numPuts: number; numDeletes: number; numMerges: number }[] = [];
  const totals = { numPuts: 0, numDeletes: 0, numMerges: 0, rawKeySize: 0, rawValSize: 0 };
  let at = 0;
  let before = new Uint8Array(0);
  const finish = (): void => {
    blockStats.push({ numPuts: encoder.puts, numDeletes: encoder.deletes, numMerges: encoder.merges });
    totals.numPuts += encoder.puts;
    totals.numDeletes += encoder.deletes;
    totals.numMerges += encoder.merges;
    totals.rawKeySize += encoder.rawKeyBytes;
    totals.rawValSize += encoder.rawValueBytes;
    parts.blocks.push(out.slice(0, encoder.finish(out, at)));
    at = 0;
  };
  rows.forEach((row, ordinal) => {
    const key = Uint8Array.from(bytesOf(row.key));
    const flags = row.flags ?? 0;
    const value = bytesOf((flags & FLAG_TOMBSTONE) === 0 ? (row.value ?? "") : "");
    const shorter = Math.min(key.length, before.length);
    let prefix = 0;
    while (prefix < shorter && key[prefix] === before[prefix]) prefix++;
    if (!encoder.fits(encoder.rowSize(prefix, key.length, value.length, flags))) finish();
    if (at === 0) {
      const length = parts.separators.length === 0 ? 0 : separatorLength(before, before.length, key, key.length);
      parts.separators.push(isWal ? seqKey(row.seq ?? 0) : key.slice(0, length));
    }
    at = encoder.append(out, at, ordinal === 0 ? 0 : prefix, key, key.length, value, value.length, 0, row.seq ?? 0, flags, 0, 0, 0, 0);
    hashes.add(key, 0, key.length);
    before = key;
  });
  if (rows.length > 0) finish();
  if (isWal) parts.info = { firstEntry: seqKey(rows[0]?.seq ?? 0), sstType: SstType.Wal };
  else {
    parts.stats = { ...totals, ...(rows.length === 0 ? {} : { blockStats }) };
    if (rows.length > 0) parts.info = { firstEntry: bytesOf(rows[0]!.key), lastEntry: before };
    if (bitsPerKey > 0) parts.filter = encodeFilterPayload(filterFormat, bloomProbeCount(bitsPerKey), buildBloomBits(hashes, bitsPerKey));
    if (filterFormat === "composite") parts.info = { ...parts.info, filterFormat: FilterFormat.Composite };
  }
  return parts;
}

/** The file of these parts, every checksum right. */
export function assemble(parts: Parts): Uint8Array {
  const pieces: Uint8Array[] = [];
  let position = 0;
  const append = (bytes: Uint8Array): void => {
    pieces.push(bytes);
    position += bytes.length;
  };
  const section = (payload: Uint8Array, store = parts.store): { offset: number; length: number } => {
    const offset = position;
    const stored = store === undefined ? payload : store(payload);
    append(stored);
    const checksum = new Uint8Array(SECTION_BYTES);
    encodeSection(checksum, 0, crc32(stored));
    append(checksum);
    return { offset, length: position - offset };
  };
  const offsets = parts.blocks.map((payload) => section(payload).offset);
  const dataEnd = position;
  const filter = parts.filter === undefined ? { offset: dataEnd, length: 0 } : section(parts.filter);
  const moved = parts.moveOffsets?.(offsets) ?? offsets;
  const index: SsTableIndex = { blockMeta: moved.map((offset, block) => ({ offset, firstKey: parts.separators[block] ?? new Uint8Array(0) })) };
  const indexPlace = section(parts.indexPayload ?? encodeIndex(index));
  const statsPayload = parts.statsPayload ?? (parts.stats === undefined ? undefined : encodeStats(parts.stats));
  const stats = statsPayload === undefined ? { offset: 0, length: 0 } : section(statsPayload);
  const info: SsTableInfo = {
    indexOffset: indexPlace.offset, indexLen: indexPlace.length, filterOffset: filter.offset, filterLen: filter.length, compressionFormat: CompressionFormat.None,
    sstType: SstType.Compacted, statsOffset: stats.offset, statsLen: stats.length, filterFormat: FilterFormat.Legacy, ...parts.info,
  };
  const infoOffset = position;
  section(parts.infoPayload ?? encodeInfo({ ...info, ...parts.moveInfo?.(info) }), (payload) => payload);
  const footer = new Uint8Array(FOOTER_BYTES);
  encodeFooter(footer, 0, parts.infoOffset?.(infoOffset) ?? infoOffset, parts.version);
  append(footer);
  const file = new Uint8Array(position);
  let at = 0;
  for (const piece of pieces) {
    file.set(piece, at);
    at += piece.length;
  }
  return file;
}

export { FLAG_MERGE, FLAG_TOMBSTONE };
