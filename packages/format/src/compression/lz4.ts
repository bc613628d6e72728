// Codec "lz4": the payload's length as u32le and one LZ4 block, without frame or checksum.
import { decodeLz4Stream, Lz4Stream } from "../generated/codecs.js";
import { COMPRESSION_IDS } from "../generated/constants.js";
import {
  checkDeclaredLength, checkLimits, checkRealLength, corrupt, runCompressor, runDecompressor, type Codec, type DecompressLimits,
} from "./codec.js";
import { plainBytes } from "./node-zlib.js";
import { loadPackage, LZ4_PACKAGE, packageId } from "./packages.js";

/** What is used of the package. Its declarations ask for a Buffer where any Uint8Array will do. */
interface Lz4Module {
  compressSync(bytes: Uint8Array): Uint8Array;
  uncompressSync(bytes: Uint8Array): Uint8Array;
}

/** Each byte that continues a match length adds at most 255 bytes. */
const EXPANSION_MAX = 255;

export async function loadLz4(): Promise<Codec> {
  const lz4 = await loadPackage<Lz4Module>("lz4", LZ4_PACKAGE, async () => (await import("lz4-napi")) as unknown as Lz4Module);
  return {
    name: "lz4",
    id: COMPRESSION_IDS.lz4,
    library: packageId(LZ4_PACKAGE),
    compress(bytes: Uint8Array): Uint8Array {
      return runCompressor("lz4", bytes, (payload) => plainBytes(lz4.compressSync(payload)));
    },
    decompress(bytes: Uint8Array, limits: DecompressLimits): Uint8Array {
      checkLimits(limits);
      const declared = readStream(bytes);
      checkDeclaredLength("lz4", declared.payloadLen, declared.blockLength * EXPANSION_MAX, limits);
      const payload = runDecompressor("lz4", bytes, (stored) => plainBytes(lz4.uncompressSync(stored)));
      // The library takes a length that is too large for a capacity and says nothing.
      checkRealLength("lz4", declared.payloadLen, payload.length);
      return payload;
    },
  };
}

function readStream(bytes: Uint8Array): Lz4Stream {
  const stream = new Lz4Stream();
  try {
    decodeLz4Stream(bytes, 0, bytes.length, stream);
  } catch (error) {
    throw corrupt("lz4", "is shorter than its length", { length: bytes.length }, error);
  }
  if (stream.blockLength === 0) throw corrupt("lz4", "is shorter than its length and one token", { length: bytes.length });
  return stream;
}
