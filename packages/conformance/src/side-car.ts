// What the side-car of a golden SST says: the settings that make the file, its sections, and its rows
// (vectors/golden/README.md, "Sidecar fields").
import { COMPRESSION_IDS, type CompressionName } from "@slate-sst/format";
import { asArray, asBigint, asCount, asObject, asOneOf, asString, orNull, type JsonObject } from "./json-fields.js";
import { decodeSideCarBytes } from "./side-car-bytes.js";

/** Names of the codecs that golden files are compressed by. */
export const GOLDEN_CODECS = ["none", "snappy", "lz4", "zlib", "zstd"] as const;
/** One of {@link GOLDEN_CODECS}. */
export type GoldenCodec = (typeof GOLDEN_CODECS)[number];

/** Whether SlateDB 0.12.1 has a codec, so that golden files can be compressed by it. */
export const isGoldenCodec = (name: CompressionName): name is GoldenCodec => GOLDEN_CODECS.some((known) => known === name);

/** Codecs of `spec/` that SlateDB 0.12.1 does not have: vectors of them are ours. */
export const OTHER_CODECS: readonly CompressionName[] = (Object.keys(COMPRESSION_IDS) as CompressionName[]).filter((name) => !isGoldenCodec(name));

/** A row of a golden file. */
export interface GoldenRow {
  /** A value, a tombstone or a merge operand. */
  kind: "put" | "delete" | "merge";
  /** The row's key. */
  key: Uint8Array;
  /** Undefined for a tombstone. */
  value: Uint8Array | undefined;
  /** Its sequence number. */
  seq: bigint;
  /** Milliseconds since the Unix epoch. */
  createTs: bigint | undefined;
  /** When it expires, in milliseconds since the Unix epoch; undefined where it does not. */
  expireTs: bigint | undefined;
}

/** What a writer must be told to make the same file from the rows. */
export interface GoldenConfig {
  /** Bytes of a block before compression. */
  blockSize: number;
  /** Rows from which on there is a filter. */
  minFilterKeys: number;
  /** Bits of the filter for each row. */
  filterBitsPerKey: number;
  /** Codec of all sections. */
  compression: GoldenCodec;
  /** Version of the data blocks. */
  formatVersion: number;
  /** Format of the filter. */
  filterFormat: "legacy" | "composite";
}

/** The SsTableInfo of the file. Offsets and lengths in bytes, lengths with the 4 bytes of the CRC. */
export interface SideCarInfo {
  /** First key; undefined in an SST without rows. */
  firstEntry: Uint8Array | undefined;
  /** Last key, where the info has one. */
  lastEntry: Uint8Array | undefined;
  /** First byte of the index. */
  indexOffset: number;
  /** Bytes of the index, checksum included. */
  indexLen: number;
  /** First byte of the filter. */
  filterOffset: number;
  /** Bytes of the filter, checksum included; 0 where there is none. */
  filterLen: number;
  /** The number stored in the file: 0 none, 1 snappy, 2 zlib, 3 lz4, 4 zstd. */
  compressionFormat: number;
  /** Number of the kind of SST: compacted or WAL. */
  sstType: number;
  /** First byte of the stats. */
  statsOffset: number;
  /** Bytes of the stats, checksum included; 0 where there are none. */
  statsLen: number;
  /** Number of the filter's format. */
  filterFormat: number;
}

/** Rows by their kind. */
export interface SideCarCounts {
  /** Values. */
  numPuts: number;
  /** Tombstones. */
  numDeletes: number;
  /** Merge operands. */
  numMerges: number;
}

/** What the stats section tells. */
export interface SideCarStats extends SideCarCounts {
  /** Bytes of all keys. */
  rawKeySize: number;
  /** Bytes of all values. */
  rawValSize: number;
  /** Counts of each block. */
  blockStats: SideCarCounts[];
}

/** What the filter section holds. */
export interface SideCarFilter {
  /** Bits that are set for a key. */
  numProbes: number;
  /** Bytes of the bit array. */
  bitBytes: number;
  /** Of the uncompressed filter payload without its CRC, as hex. */
  sha256: string;
}

/** One data block. */
export interface SideCarBlock {
  /** Its first byte in the file. */
  offset: number;
  /** With the 4 bytes of the CRC. */
  storedLen: number;
  /** Of the uncompressed payload, without CRC. */
  rawLen: number;
  /** Rows in it. */
  rows: number;
  /** Restart points in it. */
  restarts: number;
  /** The separator in the index; in a WAL file the first sequence number, 8 bytes big-endian. */
  indexKey: Uint8Array;
}

/** What is told of a golden SST. */
export interface SideCar {
  /** The name the object had in SlateDB's own folder. */
  objectName: string;
  /** Where it stood: level 0, a sorted run, or the write-ahead log. */
  kind: "l0" | "sorted-run" | "wal";
  /** Bytes of the file. */
  size: number;
  /** Settings that SlateDB wrote it with. */
  config: GoldenConfig;
  /** What its info tells. */
  info: SideCarInfo;
  /** Where the info section starts, as the footer says. */
  metadataOffset: number;
  /** What its stats tell; undefined where it has none. */
  stats: SideCarStats | undefined;
  /** Its filter; undefined where it has none. */
  filter: SideCarFilter | undefined;
  /** Its data blocks, in their order. */
  blocks: SideCarBlock[];
  /** In the order of the file. */
  rows: GoldenRow[];
}

/** Reads the side-car of the golden SST `name`. */
export function readSideCar(sideCar: JsonObject, name: string): SideCar {
  return {
    objectName: asString(sideCar["object_name"], `${name}.object_name`),
    kind: asOneOf(sideCar["kind"], ["l0", "sorted-run", "wal"], `${name}.kind`),
    size: asCount(sideCar["size"], `${name}.size`),
    config: readConfig(asObject(sideCar["config"], `${name}.config`), `${name}.config`),
    info: readInfo(asObject(sideCar["info"], `${name}.info`), `${name}.info`),
    metadataOffset: asCount(sideCar["metadata_offset"], `${name}.metadata_offset`),
    stats: orNull(sideCar["stats"], readStats, `${name}.stats`),
    filter: orNull(sideCar["filter"], readFilter, `${name}.filter`),
    blocks: asArray(sideCar["blocks"], `${name}.blocks`).map((block, i) => readBlock(block, `${name}.blocks[${i}]`)),
    rows: asArray(sideCar["rows"], `${name}.rows`).map((row, i) => readRow(row, `${name}.rows[${i}]`)),
  };
}

function readConfig(config: JsonObject, place: string): GoldenConfig {
  const codec = orNull(config["compression_codec"], asString, `${place}.compression_codec`);
  return {
    blockSize: asCount(config["block_size"], `${place}.block_size`),
    minFilterKeys: asCount(config["min_filter_keys"], `${place}.min_filter_keys`),
    filterBitsPerKey: asCount(config["filter_bits_per_key"], `${place}.filter_bits_per_key`),
    compression: asOneOf(codec ?? "none", GOLDEN_CODECS, `${place}.compression_codec`),
    formatVersion: asCount(config["format_version"], `${place}.format_version`),
    filterFormat: asOneOf(config["filter_format"], ["legacy", "composite"], `${place}.filter_format`),
  };
}

function readInfo(info: JsonObject, place: string): SideCarInfo {
  const count = (field: string): number => asCount(info[field], `${place}.${field}`);
  return {
    firstEntry: orNull(info["first_entry"], decodeSideCarBytes, `${place}.first_entry`),
    lastEntry: orNull(info["last_entry"], decodeSideCarBytes, `${place}.last_entry`),
    indexOffset: count("index_offset"),
    indexLen: count("index_len"),
    filterOffset: count("filter_offset"),
    filterLen: count("filter_len"),
    compressionFormat: count("compression_format"),
    sstType: count("sst_type"),
    statsOffset: count("stats_offset"),
    statsLen: count("stats_len"),
    filterFormat: count("filter_format"),
  };
}

function readStats(value: unknown, place: string): SideCarStats {
  const stats = asObject(value, place);
  const count = (field: string): number => asCount(stats[field], `${place}.${field}`);
  return {
    numPuts: count("num_puts"),
    numDeletes: count("num_deletes"),
    numMerges: count("num_merges"),
    rawKeySize: count("raw_key_size"),
    rawValSize: count("raw_val_size"),
    blockStats: asArray(stats["block_stats"], `${place}.block_stats`).map((entry, i) => {
      const at = `${place}.block_stats[${i}]`;
      const [puts, deletes, merges] = asArray(entry, at);
      return { numPuts: asCount(puts, at), numDeletes: asCount(deletes, at), numMerges: asCount(merges, at) };
    }),
  };
}

function readFilter(value: unknown, place: string): SideCarFilter {
  const filter = asObject(value, place);
  return {
    numProbes: asCount(filter["num_probes"], `${place}.num_probes`),
    bitBytes: asCount(filter["bit_bytes"], `${place}.bit_bytes`),
    sha256: asString(filter["sha256"], `${place}.sha256`),
  };
}

function readBlock(value: unknown, place: string): SideCarBlock {
  const block = asObject(value, place);
  const count = (field: string): number => asCount(block[field], `${place}.${field}`);
  return {
    offset: count("offset"),
    storedLen: count("stored_len"),
    rawLen: count("raw_len"),
    rows: count("rows"),
    restarts: count("restarts"),
    indexKey: decodeSideCarBytes(block["index_key"], `${place}.index_key`),
  };
}

const ROW_KINDS = { P: "put", T: "delete", M: "merge" } as const;

function readRow(value: unknown, place: string): GoldenRow {
  const [letter, key, bytes, seq, createTs, expireTs] = asArray(value, place);
  return {
    kind: ROW_KINDS[asOneOf(letter, ["P", "T", "M"], `${place} kind`)],
    key: decodeSideCarBytes(key, `${place} key`),
    value: orNull(bytes, decodeSideCarBytes, `${place} value`),
    seq: asBigint(seq, `${place} seq`),
    createTs: orNull(createTs, asBigint, `${place} create_ts`),
    expireTs: orNull(expireTs, asBigint, `${place} expire_ts`),
  };
}
