// What explaining can be told.
import { checkOptionNames, choiceOption, type Codec, integerOption, invalidOption } from "@slate-sst/format";
import type { BlockTransformer } from "@slate-sst/reader";
import type { ValueStyle } from "./values.js";

/** Bytes of a field that are shown unless told otherwise. */
const DEFAULT_BYTES = 16;
/** Most bytes of a field that can be shown. */
const BYTES_MAX = 65_536;
/** Most bytes of one data block, stored or decompressed, unless told otherwise: 256 MiB. */
const DEFAULT_MAX_BLOCK_BYTES = 256 * 1024 * 1024;
/** Most bytes of the index, filter, stats or info, stored or decompressed, unless told otherwise: 1 GiB. */
const DEFAULT_MAX_SECTION_BYTES = 1024 * 1024 * 1024;

/** How an SST is explained. Everything is optional. */
export interface ExplainOptions {
  /** Data blocks that are explained, both included, from 0; of the others only where they lie is told. Default all. */
  readonly blocks?: { readonly first?: number | undefined; readonly last?: number | undefined } | undefined;
  /** Only what holds this byte of the file, from 0: not with `blocks`. Of compressed bytes, all of their payload. */
  readonly at?: number | undefined;
  /** Bytes of a field that are shown, 1 to 65,536; of a longer field the first ones, and its length. Default 16. */
  readonly bytes?: number | undefined;
  /** Keys, values and other bytes as quoted text or in hexadecimal. Default text. */
  readonly values?: "text" | "hex" | undefined;
  /** Undoes the transformer that the SST was written with. The file does not tell that there was one. */
  readonly transform?: BlockTransformer | undefined;
  /** Codecs to use instead of the optional packages. */
  readonly codecs?: readonly Codec[] | undefined;
  /** Most bytes of one data block; what is larger is named and passed over. Default 256 MiB. */
  readonly maxBlockBytes?: number | undefined;
  /** Most bytes of the index, filter, stats or info; what is larger is named and passed over. Default 1 GiB. */
  readonly maxSectionBytes?: number | undefined;
  /** Cuts it off, which rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

export interface ResolvedExplainOptions {
  readonly firstBlock: number;
  readonly lastBlock: number;
  readonly at: number | undefined;
  readonly style: ValueStyle;
  readonly transform: BlockTransformer | undefined;
  readonly codecs: readonly Codec[];
  readonly maxBlockBytes: number;
  readonly maxSectionBytes: number;
  readonly signal: AbortSignal | undefined;
}

const names: readonly string[] = ["blocks", "at", "bytes", "values", "transform", "codecs", "maxBlockBytes", "maxSectionBytes", "signal"] satisfies (keyof ExplainOptions)[];

/** @throws SstTypeError ERR_SST_OPTION_UNKNOWN; SstRangeError ERR_SST_OPTION_INVALID. */
export function resolveExplainOptions(options: ExplainOptions): ResolvedExplainOptions {
  checkOptionNames(options, names, "explainSst");
  const { blocks, at, transform, codecs, signal } = options;
  if (blocks !== undefined && (typeof blocks !== "object" || blocks === null)) throw invalidOption("blocks", blocks, "an object with first and last");
  if (blocks !== undefined) checkOptionNames(blocks, ["first", "last"], "blocks");
  if (at !== undefined && blocks !== undefined) throw invalidOption("at", at, "given without blocks");
  if (transform !== undefined && typeof transform.decode !== "function") throw invalidOption("transform", transform, "an object with a method decode");
  if (codecs !== undefined && !Array.isArray(codecs)) throw invalidOption("codecs", codecs, "an array");
  if (signal !== undefined && !(signal instanceof AbortSignal)) throw invalidOption("signal", signal, "an AbortSignal");
  const firstBlock = integerOption("blocks.first", blocks?.first, 0, 0, Number.MAX_SAFE_INTEGER);
  return {
    firstBlock,
    lastBlock: integerOption("blocks.last", blocks?.last, Number.MAX_SAFE_INTEGER, firstBlock, Number.MAX_SAFE_INTEGER),
    at: at === undefined ? undefined : integerOption("at", at, 0, 0, Number.MAX_SAFE_INTEGER),
    style: {
      bytes: integerOption("bytes", options.bytes, DEFAULT_BYTES, 1, BYTES_MAX),
      values: choiceOption<"text" | "hex">("values", options.values, "text", ["text", "hex"]),
    },
    transform,
    codecs: codecs ?? [],
    maxBlockBytes: integerOption("maxBlockBytes", options.maxBlockBytes, DEFAULT_MAX_BLOCK_BYTES, 1, Number.MAX_SAFE_INTEGER),
    maxSectionBytes: integerOption("maxSectionBytes", options.maxSectionBytes, DEFAULT_MAX_SECTION_BYTES, 1, Number.MAX_SAFE_INTEGER),
    signal,
  };
}
