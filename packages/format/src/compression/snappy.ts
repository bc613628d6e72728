// Codec "snappy": raw Snappy, that is the length as a varint and the elements, without stream framing.
import { COMPRESSION_IDS } from "../generated/constants.js";
import {
  checkDeclaredLength, checkLimits, checkRealLength, corrupt, runCompressor, runDecompressor, type Codec, type DecompressLimits,
} from "./codec.js";
import { plainBytes } from "./node-zlib.js";
import { loadPackage, packageId, SNAPPY_PACKAGE } from "./packages.js";

/** What is used of the package. */
interface SnappyModule {
  compressSync(bytes: Uint8Array): Uint8Array;
  uncompressSync(bytes: Uint8Array): Uint8Array | string;
}

/** Most bytes a varint of 32 bits takes. */
const VARINT_BYTES_MAX = 5;

/** Bytes of a varint from this value on say that another one follows. */
const VARINT_MORE = 0x80;

/** Bits of a number in one byte of a varint. */
const VARINT_GROUP_BITS = 7;

/** Largest length that Snappy can declare. */
const LENGTH_MAX = 0xffffffff;

/** The densest element, a copy with a 2-byte offset, takes 3 bytes for 64. This is 64 / 3 rounded up. */
const EXPANSION_MAX = 22;

export async function loadSnappy(): Promise<Codec> {
  const snappy = await loadPackage<SnappyModule>("snappy", SNAPPY_PACKAGE, () => import("snappy"));
  return {
    name: "snappy",
    id: COMPRESSION_IDS.snappy,
    library: packageId(SNAPPY_PACKAGE),
    compress(bytes: Uint8Array): Uint8Array {
      return runCompressor("snappy", bytes, (payload) => plainBytes(snappy.compressSync(payload)));
    },
    decompress(bytes: Uint8Array, limits: DecompressLimits): Uint8Array {
      checkLimits(limits);
      const declared = declaredLength(bytes);
      checkDeclaredLength("snappy", declared, bytes.length * EXPANSION_MAX, limits);
      const payload = runDecompressor("snappy", bytes, (stored) => plainBytes(snappy.uncompressSync(stored) as Uint8Array));
      checkRealLength("snappy", declared, payload.length);
      return payload;
    },
  };
}

function declaredLength(bytes: Uint8Array): number {
  let length = 0;
  let unit = 1;
  for (let at = 0; at < VARINT_BYTES_MAX && at < bytes.length; at++) {
    const byte = bytes[at]!;
    length += (byte & 0x7f) * unit;
    if (byte < VARINT_MORE) {
      if (length > LENGTH_MAX) break;
      return length;
    }
    unit *= 1 << VARINT_GROUP_BITS;
  }
  throw corrupt("snappy", "does not begin with its length", { length: bytes.length });
}
