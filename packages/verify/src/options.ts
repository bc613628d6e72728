// What a verification can be told.
import { type Codec, COMPRESSION_IDS, type CompressionName, type FilterFormatName, type FormatVersion, SstRangeError, SstTypeError } from "@slate-sst/format";
import type { SstMetadata } from "@slate-sst/format/proto";
import type { BlockTransformer } from "@slate-sst/reader";
import type { VerifyLevel } from "./result.js";

/** Findings handed out unless told otherwise. */
const DEFAULT_MAX_FINDINGS = 1000;
/** Most bytes of one data block, stored or decompressed, unless told otherwise: 256 MiB. */
const DEFAULT_MAX_BLOCK_BYTES = 256 * 1024 * 1024;
/** Most bytes of the index, filter or stats, stored or decompressed, unless told otherwise: 1 GiB. */
const DEFAULT_MAX_SECTION_BYTES = 1024 * 1024 * 1024;

/** How the SST was written, as far as that is known: the names and meanings of a writer's configuration. */
export interface ExpectedConfig {
  readonly formatVersion?: FormatVersion | undefined;
  /** Bytes of uncompressed payload at which a block is finished. */
  readonly blockSize?: number | undefined;
  readonly compression?: CompressionName | undefined;
  readonly filter?: boolean | undefined;
  readonly minFilterKeys?: number | undefined;
  readonly filterBitsPerKey?: number | undefined;
  readonly filterFormat?: FilterFormatName | undefined;
}

/** How far a verification is. */
export interface VerifyProgress {
  /** Bytes of data blocks checked so far. */
  readonly bytes: number;
  /** Bytes of all data blocks. */
  readonly totalBytes: number;
  readonly blocks: number;
  readonly rows: number;
}

/** How an SST is verified. Everything is optional. */
export interface VerifyOptions {
  /** How thoroughly. Default full. */
  readonly level?: VerifyLevel | undefined;
  /** The configuration the SST was written with. Only what is named is taken as known; names of no bearing are ignored. */
  readonly expect?: ExpectedConfig | undefined;
  /** What the writer returned on close. */
  readonly metadata?: SstMetadata | undefined;
  /** Undoes the transformer that the SST was written with. The file does not tell that there was one. */
  readonly transform?: BlockTransformer | undefined;
  /** Codecs to use instead of the optional packages. Whether they compress as SlateDB does is then not checked. */
  readonly codecs?: readonly Codec[] | undefined;
  /** Findings to hand out; more are only counted. Default 1,000. */
  readonly maxFindings?: number | undefined;
  /** Most bytes of one data block; what is larger is named as not checked. Default 256 MiB. */
  readonly maxBlockBytes?: number | undefined;
  /** Most bytes of the index, filter or stats; what is larger is named as not checked. Default 1 GiB. */
  readonly maxSectionBytes?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called now and then while data blocks are read. */
  readonly onProgress?: ((progress: VerifyProgress) => void) | undefined;
}

export interface ResolvedOptions {
  readonly level: VerifyLevel;
  readonly expect: ExpectedConfig;
  readonly metadata: SstMetadata | undefined;
  readonly transform: BlockTransformer | undefined;
  readonly codecs: readonly Codec[];
  readonly maxFindings: number;
  readonly maxBlockBytes: number;
  readonly maxSectionBytes: number;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ((progress: VerifyProgress) => void) | undefined;
}

const names: readonly string[] = [
  "level", "expect", "metadata", "transform", "codecs", "maxFindings", "maxBlockBytes", "maxSectionBytes", "signal", "onProgress",
] satisfies (keyof VerifyOptions)[];
const levels: readonly string[] = ["quick", "full", "paranoid"] satisfies VerifyLevel[];

/** @throws SstTypeError ERR_SST_OPTION_UNKNOWN, ERR_SST_OPTION_INVALID; SstRangeError ERR_SST_OPTION_INVALID. */
export function resolveOptions(options: VerifyOptions): ResolvedOptions {
  const unknown = Object.keys(options).find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new SstTypeError("ERR_SST_OPTION_UNKNOWN", `verifySst has no option ${unknown}; known are ${names.join(", ")}`, { details: { option: unknown, known: names } });
  }
  const { level = "full", transform, onProgress, signal } = options;
  if (!levels.includes(level)) throw invalid("level", level, `one of ${levels.join(", ")}`);
  if (transform !== undefined && typeof transform.decode !== "function") throw invalid("transform", transform, "an object with a method decode");
  if (onProgress !== undefined && typeof onProgress !== "function") throw invalid("onProgress", onProgress, "a function");
  if (signal !== undefined && !(signal instanceof AbortSignal)) throw invalid("signal", signal, "an AbortSignal");
  return {
    level,
    expect: knownConfig(options.expect, options.metadata),
    metadata: options.metadata,
    transform,
    codecs: options.codecs ?? [],
    maxFindings: limit("maxFindings", options.maxFindings, DEFAULT_MAX_FINDINGS, 0),
    maxBlockBytes: limit("maxBlockBytes", options.maxBlockBytes, DEFAULT_MAX_BLOCK_BYTES, 1),
    maxSectionBytes: limit("maxSectionBytes", options.maxSectionBytes, DEFAULT_MAX_SECTION_BYTES, 1),
    signal,
    onProgress,
  };
}

/** What is known of the configuration: what was given, else what the metadata says. */
function knownConfig(expect: ExpectedConfig | undefined, metadata: SstMetadata | undefined): ExpectedConfig {
  if (expect !== undefined && (typeof expect !== "object" || expect === null)) throw invalid("expect", expect, "an object");
  const given: ExpectedConfig = expect ?? {};
  const { filter } = metadata ?? {};
  const minFilterKeys = given.minFilterKeys ?? (filter?.minFilterKeys === undefined ? undefined : Number(filter.minFilterKeys));
  const blockSize = given.blockSize ?? (metadata === undefined || metadata.blockSize === 0 ? undefined : metadata.blockSize);
  const config: ExpectedConfig = {
    formatVersion: given.formatVersion,
    blockSize,
    compression: given.compression,
    filter: given.filter ?? (filter === undefined ? undefined : filter.minFilterKeys !== undefined),
    minFilterKeys,
    filterBitsPerKey: given.filterBitsPerKey ?? filter?.bitsPerKey,
    filterFormat: given.filterFormat,
  };
  if (config.formatVersion !== undefined && !Number.isInteger(config.formatVersion)) throw invalid("expect.formatVersion", config.formatVersion, "an integer");
  if (config.compression !== undefined && !Object.hasOwn(COMPRESSION_IDS, config.compression)) throw invalid("expect.compression", config.compression, `one of ${Object.keys(COMPRESSION_IDS).join(", ")}`);
  if (config.filter !== undefined && typeof config.filter !== "boolean") throw invalid("expect.filter", config.filter, "true or false");
  if (config.filterFormat !== undefined && config.filterFormat !== "legacy" && config.filterFormat !== "composite") throw invalid("expect.filterFormat", config.filterFormat, "legacy or composite");
  checkCount("expect.blockSize", config.blockSize, 1);
  checkCount("expect.minFilterKeys", config.minFilterKeys, 0);
  checkCount("expect.filterBitsPerKey", config.filterBitsPerKey, 0);
  return config;
}

function checkCount(option: string, value: number | undefined, min: number): void {
  if (value !== undefined) limit(option, value, value, min);
}

function limit(option: string, value: number | undefined, fallback: number, min: number): number {
  if (value === undefined) return fallback;
  if (!Number.isSafeInteger(value) || value < min) throw new SstRangeError("ERR_SST_OPTION_INVALID", `${option} must be an integer from ${min}, not ${value}`, { details: { option, value } });
  return value;
}

function invalid(option: string, value: unknown, wanted: string): SstTypeError {
  return new SstTypeError("ERR_SST_OPTION_INVALID", `${option} must be ${wanted}, not ${String(value)}`, { details: { option } });
}
