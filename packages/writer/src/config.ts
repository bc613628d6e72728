// What a writer can be told, resolved and checked once.
import {
  booleanOption,
  checkOptionNames,
  choiceOption,
  integerOption,
  invalidOption,
  kernelCodec,
  BLOCK_SIZES,
  COMPRESSION_IDS,
  type Codec,
  type CompressionName,
  DEFAULT_BLOCK_SIZE,
  DEFAULT_COMPRESSION,
  DEFAULT_FILTER_BITS_PER_KEY,
  DEFAULT_FILTER_FORMAT,
  DEFAULT_FORMAT_VERSION,
  DEFAULT_MIN_FILTER_KEYS,
  DEFAULT_SEQ,
  FILTER_BITS_PER_KEY_MAX,
  type FilterFormatName,
  FORMAT_VERSIONS,
  type FormatVersion,
  loadCodec,
  SEQ_MAX,
} from "@slate-sst/format";
import type { ObjectStore } from "@slate-sst/object-store";
import type { Compressors } from "./block-queue.js";
import { type CheckpointConfig, checkpointOption, type ResolvedCheckpoint } from "./checkpoint/checkpoint-config.js";
import { CompressionPool } from "./compression-pool.js";
import type { SstWriterEvent } from "./events.js";
import { PART_SIZE_MAX, planPartSize } from "./part-size.js";
import type { WriterTelemetry } from "./telemetry.js";

/** Bytes of a part when none are asked for: 5 MiB, the least part that every cloud store takes. */
const DEFAULT_PART_SIZE = 5 * 1024 * 1024;
/** Parts uploading at the same time when no number is asked for. */
const DEFAULT_PARTS_IN_FLIGHT = 2;
const PART_SIZE_MIN = 1024;
const PARTS_IN_FLIGHT_MAX = 64;
const WORKERS_MAX = 64;

/**
 * Changes the stored bytes of data blocks, filter, index and stats after compression and before the checksum, for
 * example to encrypt them. It leaves no trace in the file: a reader must be given the same transformer.
 */
export interface BlockTransformer {
  /** What is stored instead of these bytes. Called in file order, one call at a time. */
  encode(bytes: Uint8Array): Uint8Array | Promise<Uint8Array>;
  /** The way back, which `verifyBlocks` uses when it is there. It is given a copy. */
  decode?(bytes: Uint8Array): Uint8Array | Promise<Uint8Array>;
}

/** What becomes of a row that has the key (and the sequence number) of the row before it. */
export type DuplicatePolicy = "error" | "keepFirst" | "keepLast";

/** How an SST is written. Everything is optional. */
export interface SstWriterConfig {
  /** Version of the data blocks, one of `FORMAT_VERSIONS`. Default 2. It changes blocks and the footer's version, nothing else. */
  readonly formatVersion?: FormatVersion;
  /** Bytes of uncompressed block payload: 1024, 2048, 4096, 8192, 16384, 32768 or 65536. Default 4096. */
  readonly blockSize?: (typeof BLOCK_SIZES)[number];
  /** Compression codec by name, or a codec of your own build. Default "none". */
  readonly compression?: CompressionName | Codec;
  /** false writes no filter, whatever the number of rows. Default true. */
  readonly filter?: boolean;
  /** Rows (every version of a key counts) from which on a filter is written. Default 1000. */
  readonly minFilterKeys?: number;
  /** Bits of the bloom filter for each row, 1 to 65535. Default 10, one false positive in about a hundred. */
  readonly filterBitsPerKey?: number;
  /** Layout of the filter block. Default "legacy", which every release from 0.11 on reads; 0.12.1 misreads "composite". */
  readonly filterFormat?: FilterFormatName;
  /** Sequence number of rows that bring none. Default 0n. */
  readonly seq?: bigint;
  /** "create" fails when the object exists, "overwrite" replaces it. Default "create". */
  readonly mode?: "create" | "overwrite";
  /** What becomes of a row that has the key and the sequence number of the row before it. Default "error". */
  readonly onDuplicate?: DuplicatePolicy;
  /** Encrypts, or changes otherwise, what is stored of each section but the info. */
  readonly transform?: BlockTransformer;
  /** Bytes of a part of the upload. Default 5 MiB. An SST that is smaller is put in one request. */
  readonly partSize?: number;
  /** Parts that may be uploading at the same time, 1 to 64. Default 2. Memory is about partSize times this plus two. */
  readonly maxPartsInFlight?: number;
  /**
   * Threads that compress beside the one that writes, 0 to 64. Default 0. They take zstd and zlib; lz4 and snappy are faster
   * where the rows are. What they write is the same.
   * Not with a codec object, which cannot be sent to a thread, nor with verifyBlocks.
   */
  readonly workers?: number;
  /** Aborts the writer: calls that come later are refused, and what was staged is removed. */
  readonly signal?: AbortSignal;
  /** Decode each finished block again before it leaves and compare it with the rows that were put. Default false. */
  readonly verifyBlocks?: boolean;
  /** Compute a digest of the whole object for the metadata. */
  readonly digest?: "sha256";
  /**
   * Bytes of the object as far as known; an estimate should be a high one. What no number of parts can hold is refused at once,
   * and parts are larger than `partSize` where the store's number of parts asks for it.
   */
  readonly expectedSize?: number;
  /** Rows as far as known: progress() tells by them how large the object will be. */
  readonly expectedRows?: number;
  /** Told of every event. What it throws changes nothing. */
  readonly onEvent?: (event: SstWriterEvent) => unknown;
  /** Whether events show keys. Default false. */
  readonly keysInEvents?: boolean;
  /** Collects metrics and traces: `openTelemetry()` of @slate-sst/writer/opentelemetry, or one of your own. */
  readonly telemetry?: WriterTelemetry;
  /** Keep a journal, so that SstWriter.resume() goes on when this process ends early. Not with digest, transform or workers. */
  readonly checkpoint?: CheckpointConfig;
}

const names = [
  "formatVersion", "blockSize", "compression", "filter", "minFilterKeys", "filterBitsPerKey", "filterFormat", "seq", "mode",
  "onDuplicate", "transform", "partSize", "maxPartsInFlight", "workers", "signal", "verifyBlocks", "digest",
  "expectedSize", "expectedRows", "onEvent", "keysInEvents", "telemetry", "checkpoint",
] as const satisfies readonly (keyof SstWriterConfig)[];

/** A configuration with every default in its place. */
export interface ResolvedConfig {
  readonly formatVersion: FormatVersion;
  readonly blockSize: number;
  readonly codec: Codec;
  readonly filter: boolean;
  readonly minFilterKeys: number;
  readonly filterBitsPerKey: number;
  readonly filterFormat: FilterFormatName;
  readonly seq: bigint;
  readonly mode: "create" | "overwrite";
  readonly onDuplicate: DuplicatePolicy;
  readonly transform: BlockTransformer | undefined;
  readonly partSize: number;
  readonly maxPartsInFlight: number;
  /** Undefined when blocks are compressed by the thread that writes. */
  readonly compressors: Compressors | undefined;
  readonly signal: AbortSignal | undefined;
  readonly verifyBlocks: boolean;
  readonly digest: "sha256" | undefined;
  readonly expectedSize: number | undefined;
  readonly expectedRows: number | undefined;
  readonly onEvent: ((event: SstWriterEvent) => unknown) | undefined;
  readonly keysInEvents: boolean;
  readonly telemetry: WriterTelemetry | undefined;
  readonly checkpoint: ResolvedCheckpoint | undefined;
}

/** Checks a configuration against its ranges and the store's capabilities, and loads its codec. */
export async function resolveConfig(config: SstWriterConfig, store: ObjectStore, call = "SstWriter.create"): Promise<ResolvedConfig> {
  if (typeof config !== "object" || config === null) throw invalidOption("config", config, "an object");
  checkOptionNames(config, names, call);
  const { compression = DEFAULT_COMPRESSION, seq = DEFAULT_SEQ, transform, signal, onEvent, telemetry } = config;
  const isCodec = typeof compression === "object" && compression !== null;
  if (!isCodec) choiceOption<unknown>("compression", compression, DEFAULT_COMPRESSION, Object.keys(COMPRESSION_IDS));
  if (typeof seq !== "bigint" || seq < 0n || seq > SEQ_MAX) throw invalidOption("seq", seq, `a bigint from 0 to ${SEQ_MAX}`);
  if (transform !== undefined && !isTransformer(transform)) throw invalidOption("transform", transform, "an object with a method encode, and decode if it has one");
  if (signal !== undefined && !(signal instanceof AbortSignal)) throw invalidOption("signal", signal, "an AbortSignal");
  if (onEvent !== undefined && typeof onEvent !== "function") throw invalidOption("onEvent", onEvent, "a function");
  if (telemetry !== undefined && typeof (telemetry as Partial<WriterTelemetry> | null)?.begin !== "function") throw invalidOption("telemetry", telemetry, "an object with a method begin");
  const resolved = {
    formatVersion: choiceOption<FormatVersion>("formatVersion", config.formatVersion, DEFAULT_FORMAT_VERSION, FORMAT_VERSIONS),
    blockSize: choiceOption<number>("blockSize", config.blockSize, DEFAULT_BLOCK_SIZE, BLOCK_SIZES),
    filter: booleanOption("filter", config.filter, true),
    minFilterKeys: integerOption("minFilterKeys", config.minFilterKeys, DEFAULT_MIN_FILTER_KEYS, 0, Number.MAX_SAFE_INTEGER),
    filterBitsPerKey: integerOption("filterBitsPerKey", config.filterBitsPerKey, DEFAULT_FILTER_BITS_PER_KEY, 1, FILTER_BITS_PER_KEY_MAX),
    filterFormat: choiceOption<FilterFormatName>("filterFormat", config.filterFormat, DEFAULT_FILTER_FORMAT, ["legacy", "composite"]),
    seq,
    mode: choiceOption("mode", config.mode, "create", ["create", "overwrite"] as const),
    onDuplicate: choiceOption<DuplicatePolicy>("onDuplicate", config.onDuplicate, "error", ["error", "keepFirst", "keepLast"]),
    transform,
    partSize: integerOption("partSize", config.partSize, DEFAULT_PART_SIZE, PART_SIZE_MIN, PART_SIZE_MAX),
    maxPartsInFlight: integerOption("maxPartsInFlight", config.maxPartsInFlight, DEFAULT_PARTS_IN_FLIGHT, 1, PARTS_IN_FLIGHT_MAX),
    signal,
    verifyBlocks: booleanOption("verifyBlocks", config.verifyBlocks, false),
    digest: choiceOption("digest", config.digest, undefined, ["sha256"] as const),
    expectedSize: optionalInteger("expectedSize", config.expectedSize),
    expectedRows: optionalInteger("expectedRows", config.expectedRows),
    onEvent,
    keysInEvents: booleanOption("keysInEvents", config.keysInEvents, false),
    telemetry,
  };
  const workers = integerOption("workers", config.workers, 0, 0, WORKERS_MAX);
  if (workers > 0 && isCodec) throw invalidOption("workers", workers, "0 with a codec object, which cannot be sent to a thread");
  if (workers > 0 && resolved.verifyBlocks) throw invalidOption("workers", workers, "0 with verifyBlocks");
  const checkpoint = checkpointOption(config.checkpoint, store, workers, resolved);
  const partSize = planPartSize(resolved, store);
  const codec = await loadCodec(compression);
  // What the kernel compresses takes less time there than on its way to another thread.
  const compressors = workers === 0 || codec.name === "none" || kernelCodec(codec) !== undefined ? undefined : { pool: await CompressionPool.open(codec.name), workers };
  return { ...resolved, partSize, codec, compressors, checkpoint };
}

function optionalInteger(option: string, value: unknown): number | undefined {
  return value === undefined ? undefined : integerOption(option, value, 0, 0, Number.MAX_SAFE_INTEGER);
}

function isTransformer(value: unknown): value is BlockTransformer {
  const { encode, decode } = (value ?? {}) as Partial<Record<keyof BlockTransformer, unknown>>;
  return typeof encode === "function" && (decode === undefined || typeof decode === "function");
}
