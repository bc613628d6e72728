// What a reader can be told.
import { booleanOption, checkOptionNames, type Codec, integerOption, invalidOption } from "@slate-sst/format";
import type { BlockTransformer } from "./section.js";

/** Most bytes of one decompressed data block, unless told otherwise: 256 MiB. A value larger than that needs more. */
const DEFAULT_MAX_BLOCK_BYTES = 256 * 1024 * 1024;
/** Most bytes of the decompressed index, filter or stats, unless told otherwise: 1 GiB. */
const DEFAULT_MAX_SECTION_BYTES = 1024 * 1024 * 1024;

/** How an SST is read. Everything is optional. */
export interface SstReaderOptions {
  /** Undoes the transformer that the SST was written with. The file does not tell that there was one. */
  readonly transform?: BlockTransformer | undefined;
  /** Codecs to use instead of the optional packages, for example in a browser. */
  readonly codecs?: readonly Codec[] | undefined;
  /** Most bytes that a data block may decompress to. Default 256 MiB. */
  readonly maxBlockBytes?: number | undefined;
  /** Most bytes that index, filter or stats may decompress to. Default 1 GiB. */
  readonly maxSectionBytes?: number | undefined;
  /** Whether scans use the kernel in WebAssembly, where the engine has it. The rows and errors are the same. Default true. */
  readonly kernel?: boolean | undefined;
  /** Cancels requests of open(), index(), stats() and filter(). */
  readonly signal?: AbortSignal | undefined;
}

export interface ResolvedReaderOptions {
  readonly transform: BlockTransformer | undefined;
  readonly codecs: readonly Codec[];
  readonly maxBlockBytes: number;
  readonly maxSectionBytes: number;
  readonly kernel: boolean;
  readonly signal: AbortSignal | undefined;
}

export const sstReaderOptionNames: readonly string[] = ["transform", "codecs", "maxBlockBytes", "maxSectionBytes", "kernel", "signal"] satisfies (keyof SstReaderOptions)[];

export function resolveOptions(options: SstReaderOptions): ResolvedReaderOptions {
  checkOptionNames(options, sstReaderOptionNames, "SstReader.open");
  if (options.transform !== undefined && typeof options.transform.decode !== "function") {
    throw invalidOption("transform", options.transform, "an object with a method decode");
  }
  return {
    transform: options.transform,
    codecs: options.codecs ?? [],
    maxBlockBytes: integerOption("maxBlockBytes", options.maxBlockBytes, DEFAULT_MAX_BLOCK_BYTES, 1, Number.MAX_SAFE_INTEGER),
    maxSectionBytes: integerOption("maxSectionBytes", options.maxSectionBytes, DEFAULT_MAX_SECTION_BYTES, 1, Number.MAX_SAFE_INTEGER),
    kernel: booleanOption("kernel", options.kernel, true),
    signal: options.signal,
  };
}
