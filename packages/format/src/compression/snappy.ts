// Codec "snappy": raw Snappy, that is the length as a varint and the elements, without stream framing.
import { hasKernel } from "../kernel.js";
import { checkDeclaredLength, corrupt, type Codec } from "./codec.js";
import { loadPackage, optional, SNAPPY_PACKAGE } from "./packages.js";
import { kernelBackedCodec, packageBackedCodec, packagedCodec, type KernelWork, type Prefix, type PrefixedFormat } from "./prefixed.js";

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

/** Snappy's own bound: 32 bytes and a sixth more than the payload. */
const BOUND_BYTES = 32;
const BOUND_DIVISOR = 6;

/** Bytes of the kernel's table. */
const TABLE_BYTES = 32768;

const format: PrefixedFormat = {
  name: "snappy",
  library: "snap@1.1.1",
  readPrefix(bytes, limits) {
    const prefix = readLength(bytes);
    checkDeclaredLength("snappy", prefix.payloadLength, bytes.length * EXPANSION_MAX, limits);
    return prefix;
  },
};

const work: KernelWork = {
  tableBytes: TABLE_BYTES,
  maxCompressedLength: (length) => length + Math.floor(length / BOUND_DIVISOR) + BOUND_BYTES,
  compress: (kernel, source, length, target, table) => kernel.compressSnappy(source, length, target, table),
  decompressBody: (kernel, source, length, target, capacity) => kernel.decompressSnappy(source, length, target, capacity),
};

export async function loadSnappy(): Promise<Codec> {
  return hasKernel ? kernelBackedCodec(format, work) : loadSnappyPackage();
}

/** The codec by its package, as it works where there is no kernel. */
export async function loadSnappyPackage(): Promise<Codec> {
  return packageBackedCodec(format, await loadPackage("snappy", SNAPPY_PACKAGE, async () => packagedCodec(await import("snappy").catch(optional))));
}

function readLength(bytes: Uint8Array): Prefix {
  let length = 0;
  let unit = 1;
  for (let at = 0; at < VARINT_BYTES_MAX && at < bytes.length; at++) {
    const byte = bytes[at]!;
    length += (byte & 0x7f) * unit;
    if (byte < VARINT_MORE) {
      if (length > LENGTH_MAX) break;
      return { payloadLength: length, bodyAt: at + 1 };
    }
    unit *= 1 << VARINT_GROUP_BITS;
  }
  throw corrupt("snappy", "does not begin with its length", { length: bytes.length });
}
