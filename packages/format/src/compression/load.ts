// From the name of a codec to the codec. No package is loaded before it is asked for, so that whoever writes uncompressed SSTs, or
// has WebAssembly and writes snappy or lz4, needs none; browsers can bring codecs of their own.
import { SstRangeError } from "../errors.js";
import { COMPRESSION_IDS } from "../generated/constants.js";
import type { Codec, CompressionName } from "./codec.js";
import { loadLz4 } from "./lz4.js";
import { noneCodec } from "./none.js";
import { loadSnappy } from "./snappy.js";
import { loadZlib } from "./zlib.js";
import { loadZstd } from "./zstd.js";

/** A codec by name, or a codec object of the caller's own. */
export type CodecChoice = CompressionName | Codec;

const loaders: Readonly<Record<CompressionName, () => Promise<Codec>>> = {
  none: () => Promise.resolve(noneCodec),
  snappy: loadSnappy,
  lz4: loadLz4,
  zlib: loadZlib,
  zstd: loadZstd,
};

/** Codecs once loaded; they hold no state. */
const loaded = new Map<CompressionName, Promise<Codec>>();

/** Whether a value is the name of a codec. */
export function isCompressionName(value: unknown): value is CompressionName {
  return typeof value === "string" && Object.hasOwn(COMPRESSION_IDS, value);
}

/**
 * The codec for a name, its package loaded when that is still to be done; or the given codec object, checked.
 * @param own codecs that take precedence over the packages, for places where those cannot be loaded.
 * @throws SstError ERR_SST_CODEC_MISSING when a package is needed and not installed; its text says how to install it.
 * @throws SstRangeError ERR_SST_OPTION_INVALID when there is no such codec, or an object is not a codec.
 */
export async function loadCodec(choice: CodecChoice, own: readonly Codec[] = []): Promise<Codec> {
  if (typeof choice === "object" && choice !== null) return checkedCodec(choice);
  if (!isCompressionName(choice)) {
    const names = Object.keys(COMPRESSION_IDS).join(", ");
    throw new SstRangeError("ERR_SST_OPTION_INVALID", `compression is one of ${names}, not ${String(choice)}`, {
      details: { compression: choice },
    });
  }
  const brought = own.map(checkedCodec).find(({ name }) => name === choice);
  if (brought !== undefined) return brought;
  let codec = loaded.get(choice);
  if (codec === undefined) {
    codec = loaders[choice]();
    loaded.set(choice, codec);
    // A package may be installed later, and a failure must not outlive it.
    codec.catch(() => loaded.delete(choice));
  }
  return codec;
}

function checkedCodec(codec: Codec): Codec {
  const fits =
    isCompressionName(codec.name) &&
    codec.id === COMPRESSION_IDS[codec.name] &&
    typeof codec.library === "string" &&
    typeof codec.compress === "function" &&
    typeof codec.decompress === "function";
  if (fits) return codec;
  throw new SstRangeError(
    "ERR_SST_OPTION_INVALID",
    "a codec object has a known name, the id that belongs to it, a library text, and the functions compress and decompress",
    { details: { name: codec.name, id: codec.id } },
  );
}
