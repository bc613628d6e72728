// Codec "lz4": the payload's length as u32le and one LZ4 block, without frame or checksum.
import { decodeLz4Stream, Lz4Stream, sizeLz4Stream } from "../generated/codecs.js";
import { hasKernel } from "../kernel.js";
import { checkDeclaredLength, corrupt, type Codec } from "./codec.js";
import { loadPackage, LZ4_PACKAGE, optional } from "./packages.js";
import { kernelBackedCodec, packageBackedCodec, packagedCodec, type KernelWork, type PrefixedFormat } from "./prefixed.js";

/** Each byte that continues a length adds at most 255 bytes to it. */
const EXPANSION_MAX = 255;

/** Bytes that a block of literals alone adds beside those that continue their length. */
const TOKEN_BYTES_MAX = 2;

/** Bytes of the kernel's table. */
const TABLE_BYTES = 16384;

const format: PrefixedFormat = {
  name: "lz4",
  library: "lz4_flex@0.11.5",
  readPrefix(bytes, limits) {
    const stream = new Lz4Stream();
    try {
      decodeLz4Stream(bytes, 0, bytes.length, stream);
    } catch (error) {
      throw corrupt("lz4", "is shorter than its length", { length: bytes.length }, error);
    }
    if (stream.blockLength === 0) throw corrupt("lz4", "is shorter than its length and one token", { length: bytes.length });
    checkDeclaredLength("lz4", stream.payloadLen, stream.blockLength * EXPANSION_MAX, limits);
    return { payloadLength: stream.payloadLen, bodyAt: stream.blockAt };
  },
};

const work: KernelWork = {
  tableBytes: TABLE_BYTES,
  // A match takes 3 bytes for 4 or more: nothing is longer than literals alone.
  maxCompressedLength: (length) => sizeLz4Stream(length + Math.floor(length / EXPANSION_MAX) + TOKEN_BYTES_MAX),
  compress: (kernel, source, length, target, table) => kernel.compressLz4(source, length, target, table),
  decompressBody: (kernel, source, length, target, capacity) => kernel.decompressLz4(source, length, target, capacity),
};

export async function loadLz4(): Promise<Codec> {
  return hasKernel ? kernelBackedCodec(format, work) : loadLz4Package();
}

/** The codec by its package, as it works where there is no kernel. */
export async function loadLz4Package(): Promise<Codec> {
  return packageBackedCodec(format, await loadPackage("lz4", LZ4_PACKAGE, async () => packagedCodec(await import("lz4-napi").catch(optional))));
}
