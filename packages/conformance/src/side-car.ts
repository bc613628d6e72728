// What the side-car of a golden SST says: the settings that make the file, its sections, and its rows
// (vectors/golden/README.md, "Sidecar fields").
import { asArray, asBigint, asCount, asObject, asOneOf, asString, orNull, type JsonObject } from "./json-fields.js";
import { decodeSideCarBytes } from "./side-car-bytes.js";

export const GOLDEN_CODECS = ["none", "snappy", "lz4", "zlib", "zstd"] as const;
export type GoldenCodec = (typeof GOLDEN_CODECS)[number];

export interface GoldenRow {
  kind: "put" | "delete" | "merge";
  key: Uint8Array;
  /** Undefined for a tombstone. */
  value: Uint8Array | undefined;
  seq: bigint;
  /** Milliseconds since the Unix epoch. */
  createTs: bigint | undefined;
  expireTs: bigint | undefined;
}

/** What a writer must be told to make the same file from the rows. */
export interface GoldenConfig {
  blockSize: number;
  minFilterKeys: number;
  filterBitsPerKey: number;
  compression: GoldenCodec;
  formatVersion: number;
  filterFormat: "legacy" | "composite";
}

/** The SsTableInfo of the file. Offsets and lengths in bytes, lengths with the 4 bytes of the CRC. */
export interface SideCarInfo {
  firstEntry: Uint8Array | undefined;
  lastEntry: Uint8Array | undefined;
  indexOffset: number;
  indexLen: number;
  filterOffset: number;
  filterLen: number;
  /** The number stored in the file: 0 none, 1 snappy, 2 zlib, 3 lz4, 4 zstd. */
  compressionFormat: number;
  sstType: number;
  statsOffset: number;
  statsLen: number;
  filterFormat: number;
}

export interface SideCarCounts {
  numPuts: number;
  numDeletes: number;
  numMerges: number;
}

export interface SideCarStats extends SideCarCounts {
  rawKeySize: number;
  rawValSize: number;
  blockStats: SideCarCounts[];
}

export interface SideCarFilter {
  numProbes: number;
  bitBytes: number;
  /** Of the uncompressed filter payload without its CRC, as hex. */
  sha256: string;
}

export interface SideCarBlock {
  offset: number;
  /** With the 4 bytes of the CRC. */
  storedLen: number;
  /** Of the uncompressed payload, without CRC. */
  rawLen: number;
  rows: number;
  restarts: number;
  /** The separator in the index; in a WAL file the first sequence number, 8 bytes big-endian. */
  indexKey: Uint8Array;
}

export interface SideCar {
  /** The name the object had in SlateDB's own folder. */
  objectName: string;
  kind: "l0" | "sorted-run" | "wal";
  size: number;
  config: GoldenConfig;
  info: SideCarInfo;
  /** Where the info section starts, as the footer says. */
  metadataOffset: number;
  stats: SideCarStats | undefined;
  filter: SideCarFilter | undefined;
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
