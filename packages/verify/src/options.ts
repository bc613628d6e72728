// What a verification can be told.
import {
  booleanOption, checkOptionNames, choiceOption, type Codec, COMPRESSION_IDS, type CompressionName, FILTER_BITS_PER_KEY_MAX, type FilterFormatName, FORMAT_VERSIONS,
  type FormatVersion, integerOption, invalidOption, isCompressionName,
} from "@slate-sst/format";
import type { SstMetadata } from "@slate-sst/format/proto";
import type { BlockTransformer } from "@slate-sst/reader";
import type { VerifyLevel } from "./result.js";

/** Findings handed out unless told otherwise. */
const DEFAULT_MAX_FINDINGS = 1000;
/** Most bytes of one data block, stored or decompressed, unless told otherwise: 256 MiB. */
const DEFAULT_MAX_BLOCK_BYTES = 256 * 1024 * 1024;
/** Most bytes of the index, filter or stats, stored or decompressed, unless told otherwise: 1 GiB. */
const DEFAULT_MAX_SECTION_BYTES = 1024 * 1024 * 1024;

/** Most threads for one file. */
export const THREADS_MAX = 64;

/** How the SST was written, as far as that is known: the names and meanings of a writer's configuration. */
export interface ExpectedConfig {
  /** Version of the data blocks. */
  readonly formatVersion?: FormatVersion | undefined;
  /** Bytes of uncompressed payload at which a block is finished. */
  readonly blockSize?: number | undefined;
  /** Codec of all sections. */
  readonly compression?: CompressionName | undefined;
  /** Whether a filter was asked for. */
  readonly filter?: boolean | undefined;
  /** Rows from which on there is a filter. */
  readonly minFilterKeys?: number | undefined;
  /** Bits of the filter for each row, 1 to 65,535. */
  readonly filterBitsPerKey?: number | undefined;
  /** Format of the filter. */
  readonly filterFormat?: FilterFormatName | undefined;
}

/** How far a verification is. */
export interface VerifyProgress {
  /** Bytes of data blocks checked so far. */
  readonly bytes: number;
  /** Bytes of all data blocks. */
  readonly totalBytes: number;
  /** Data blocks that were checked. */
  readonly blocks: number;
  /** Rows that were checked. */
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
  /** Whether blocks are first looked at by the kernel in WebAssembly, where the engine has it. The findings are the same. Default true. */
  readonly kernel?: boolean | undefined;
  /** Most threads that check the blocks of one large file in a LocalObjectStore, the caller's included: 1 to 64. Default 1. */
  readonly threads?: number | undefined;
  /** Cuts it off, which rejects with the signal's reason. */
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
  readonly kernel: boolean;
  readonly threads: number;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ((progress: VerifyProgress) => void) | undefined;
}

const names: readonly string[] = [
  "level", "expect", "metadata", "transform", "codecs", "maxFindings", "maxBlockBytes", "maxSectionBytes", "kernel", "threads", "signal", "onProgress",
] satisfies (keyof VerifyOptions)[];
const compressionNames = Object.keys(COMPRESSION_IDS).filter(isCompressionName);

/** @throws SstTypeError ERR_SST_OPTION_UNKNOWN; SstRangeError ERR_SST_OPTION_INVALID. */
export function resolveOptions(options: VerifyOptions): ResolvedOptions {
  checkOptionNames(options, names, "verifySst");
  const { transform, onProgress, signal, codecs, metadata } = options;
  if (transform !== undefined && typeof transform.decode !== "function") throw invalidOption("transform", transform, "an object with a method decode");
  if (onProgress !== undefined && typeof onProgress !== "function") throw invalidOption("onProgress", onProgress, "a function");
  if (signal !== undefined && !(signal instanceof AbortSignal)) throw invalidOption("signal", signal, "an AbortSignal");
  if (codecs !== undefined && !Array.isArray(codecs)) throw invalidOption("codecs", codecs, "an array");
  if (metadata !== undefined && (typeof metadata !== "object" || metadata === null)) throw invalidOption("metadata", metadata, "the metadata of an SST");
  return {
    level: choiceOption<VerifyLevel>("level", options.level, "full", ["quick", "full", "paranoid"]),
    expect: knownConfig(options.expect, metadata),
    metadata,
    transform,
    codecs: codecs ?? [],
    maxFindings: limit("maxFindings", options.maxFindings, DEFAULT_MAX_FINDINGS, 0),
    maxBlockBytes: limit("maxBlockBytes", options.maxBlockBytes, DEFAULT_MAX_BLOCK_BYTES, 1),
    maxSectionBytes: limit("maxSectionBytes", options.maxSectionBytes, DEFAULT_MAX_SECTION_BYTES, 1),
    kernel: booleanOption("kernel", options.kernel, true),
    threads: limit("threads", options.threads, 1, 1, THREADS_MAX),
    signal,
    onProgress,
  };
}

/** What is known of the configuration: what was given, else what the metadata says. */
function knownConfig(expect: ExpectedConfig | undefined, metadata: SstMetadata | undefined): ExpectedConfig {
  if (expect !== undefined && (typeof expect !== "object" || expect === null)) throw invalidOption("expect", expect, "an object");
  const { formatVersion, blockSize, compression, filter, minFilterKeys, filterBitsPerKey, filterFormat } = expect ?? {};
  const declared = metadata?.filter;
  const declaredSize = metadata?.blockSize === 0 ? undefined : metadata?.blockSize;
  const declaredMinimum = declared?.minFilterKeys === undefined ? undefined : Number(declared.minFilterKeys);
  return {
    formatVersion: choiceOption<FormatVersion | undefined>("expect.formatVersion", formatVersion, undefined, FORMAT_VERSIONS),
    blockSize: limit("expect.blockSize", blockSize, declaredSize, 1),
    compression: choiceOption<CompressionName | undefined>("expect.compression", compression, undefined, compressionNames),
    filter: choiceOption<boolean | undefined>("expect.filter", filter, declared && declared.minFilterKeys !== undefined, [true, false]),
    minFilterKeys: limit("expect.minFilterKeys", minFilterKeys, declaredMinimum, 0),
    filterBitsPerKey: limit("expect.filterBitsPerKey", filterBitsPerKey, declared?.bitsPerKey, 0, FILTER_BITS_PER_KEY_MAX),
    filterFormat: choiceOption<FilterFormatName | undefined>("expect.filterFormat", filterFormat, undefined, ["legacy", "composite"]),
  };
}

function limit<Fallback extends number | undefined>(option: string, value: unknown, fallback: Fallback, min: number, max = Number.MAX_SAFE_INTEGER): number | Fallback {
  return value === undefined ? fallback : integerOption(option, value, 0, min, max);
}
