// Codec "none": payloads are stored as they are.
import { COMPRESSION_IDS } from "../generated/constants.js";
import { checkLimits, tooLong, type Codec, type DecompressLimits } from "./codec.js";

/** Gives back the very bytes it gets, without copying them. */
export const noneCodec: Codec = {
  name: "none",
  id: COMPRESSION_IDS.none,
  library: "none",
  compress(bytes: Uint8Array): Uint8Array {
    return bytes;
  },
  decompress(bytes: Uint8Array, limits: DecompressLimits): Uint8Array {
    checkLimits(limits);
    if (bytes.length > limits.maxLength) throw tooLong("none", bytes.length, limits);
    return bytes;
  },
};
