// Codecs whose stored form is the payload's length and a body that only the codec understands: snappy and lz4. The kernel does their
// work; where there is none, a package with the same library does.
import { COMPRESSION_IDS } from "../generated/constants.js";
import type { Kernel } from "../kernel.js";
import {
  checkLimits, checkRealLength, corrupt, runCompressor, runDecompressor, type Codec, type CompressionName, type DecompressLimits,
} from "./codec.js";
import { checkKernelLength, codecAreas, withKernelForm, type KernelCodec } from "./kernel-codec.js";
import { plainBytes } from "./node-zlib.js";

/** What the stored form begins with. */
export interface Prefix {
  /** Length of the payload in bytes, checked against the limit and against what the body can hold. */
  readonly payloadLength: number;
  /** Where the body begins. */
  readonly bodyAt: number;
}

export interface PrefixedFormat {
  readonly name: CompressionName;
  /** The library that decides the compressed bytes, with its exact version. */
  readonly library: string;
  /** @throws SstError ERR_SST_CORRUPT */
  readPrefix(bytes: Uint8Array, limits: DecompressLimits): Prefix;
}

/** What the kernel does for such a codec. */
export interface KernelWork extends Pick<KernelCodec, "tableBytes" | "maxCompressedLength" | "compress"> {
  /** Decompresses a body; the payload's length, or -1 less the position of what is not sound. */
  decompressBody(kernel: Kernel, source: number, length: number, target: number, capacity: number): number;
}

/** What a package does for such a codec, the length included. */
export interface PackagedCodec {
  compressSync(bytes: Uint8Array): Uint8Array;
  uncompressSync(bytes: Uint8Array): Uint8Array;
}

/**
 * What a package gives, held to be one: bundles for browsers have nothing in the place of native packages (`browser` in package.json).
 * Declarations that ask for a `Buffer` take any `Uint8Array`.
 */
export function packagedCodec(loaded: object): PackagedCodec {
  const { compressSync, uncompressSync } = loaded as Partial<PackagedCodec>;
  if (compressSync === undefined || uncompressSync === undefined) throw new Error("the package is native, and this is no Node.js");
  return { compressSync, uncompressSync };
}

/** The codec by the kernel. */
export function kernelBackedCodec(format: PrefixedFormat, work: KernelWork): Codec {
  const { name } = format;
  const { tableBytes } = work;

  function decompressBody(kernel: Kernel, source: number, length: number, target: number, { payloadLength, bodyAt }: Prefix): number {
    const real = work.decompressBody(kernel, source, length - bodyAt, target, payloadLength);
    if (real < 0) {
      const offset = bodyAt - real - 1;
      throw corrupt(name, `of ${length} bytes cannot be decompressed: what begins at byte ${offset} is cut off or reaches too far`, { length, offset });
    }
    checkRealLength(name, payloadLength, real);
    return real;
  }

  const codec: Codec = {
    name,
    id: COMPRESSION_IDS[name],
    library: format.library,
    compress: (bytes) => runCompressor(name, bytes, (payload) => {
      checkKernelLength(name, payload.length);
      const { kernel, source, target, table } = codecAreas(name, payload.length, work.maxCompressedLength(payload.length), tableBytes);
      kernel.bytes.set(payload, source);
      return kernel.bytes.slice(target, target + work.compress(kernel, source, payload.length, target, table));
    }),
    decompress(bytes, limits) {
      checkLimits(limits);
      const prefix = format.readPrefix(bytes, limits);
      checkKernelLength(name, Math.max(bytes.length, prefix.payloadLength));
      const { kernel, source, target } = codecAreas(name, bytes.length - prefix.bodyAt, prefix.payloadLength, 0);
      kernel.bytes.set(bytes.subarray(prefix.bodyAt), source);
      return kernel.bytes.slice(target, target + decompressBody(kernel, source, bytes.length, target, prefix));
    },
  };
  return withKernelForm(codec, {
    tableBytes,
    maxCompressedLength: (length) => work.maxCompressedLength(length),
    compress(kernel, source, length, target, table) {
      checkKernelLength(name, length);
      return work.compress(kernel, source, length, target, table);
    },
    decompress(kernel, source, length, target, limits) {
      checkLimits(limits);
      checkKernelLength(name, length);
      const prefix = format.readPrefix(kernel.bytes.subarray(source, source + length), limits);
      checkKernelLength(name, prefix.payloadLength);
      return decompressBody(kernel, source + prefix.bodyAt, length, target, prefix);
    },
  });
}

/** The codec by a package, which allocates for each call. */
export function packageBackedCodec(format: PrefixedFormat, library: PackagedCodec): Codec {
  const { name } = format;
  return {
    name,
    id: COMPRESSION_IDS[name],
    library: format.library,
    compress: (bytes) => runCompressor(name, bytes, (payload) => plainBytes(library.compressSync(payload))),
    decompress(bytes, limits) {
      checkLimits(limits);
      const { payloadLength } = format.readPrefix(bytes, limits);
      const payload = runDecompressor(name, bytes, (stored) => plainBytes(library.uncompressSync(stored)));
      // lz4-napi takes a length that is too large for a capacity and says nothing.
      checkRealLength(name, payloadLength, payload.length);
      return payload;
    },
  };
}
