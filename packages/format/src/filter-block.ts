// The filter block's payload around a bloom filter: legacy (the filter alone) or composite (named filters).
import { bloomByteLength, bloomProbeCount, buildBloomBits } from "./bloom.js";
import {
  COMPOSITE_FILTER_BYTES,
  encodeBloomFilter,
  encodeCompositeFilter,
  encodeNamedFilter,
  sizeBloomFilter,
  sizeNamedFilter,
} from "./generated/codecs.js";
import { BLOOM_FILTER_NAME } from "./generated/constants.js";
import { createKernel, KernelLayout } from "./kernel.js";
import { HASH_BYTES, type KeyHashes, LARGEST_CHUNK_HASHES } from "./key-hashes.js";

/** Bits in a byte. */
const BYTE_BITS = 8;

/** Below this number of hashes a kernel costs more than it saves. */
const KERNEL_HASHES_MIN = 4096;

/** Layouts of the filter block. Release 0.12.1 reads only legacy; releases from 0.13 on read both and write composite. */
export type FilterFormatName = "legacy" | "composite";

const bloomFilterName = new TextEncoder().encode(BLOOM_FILTER_NAME);

/** Bytes of a filter block's payload before compression. */
export function filterPayloadLength(format: FilterFormatName, bitsLength: number): number {
  const bloom = sizeBloomFilter(bitsLength);
  return format === "legacy" ? bloom : COMPOSITE_FILTER_BYTES + sizeNamedFilter(bloomFilterName.length, bloom);
}

/** A filter block's payload before compression: one bloom filter of the given probes and bit array. */
export function encodeFilterPayload(format: FilterFormatName, probes: number, bits: Uint8Array): Uint8Array {
  const payload = new Uint8Array(filterPayloadLength(format, bits.length));
  payload.set(bits, payload.length - bits.length);
  return frameBits(format, probes, payload, bits.length);
}

/**
 * The same over all hashes, built in place: the bits of a large filter lie in memory once.
 * @throws SstError ERR_SST_LIMIT_FILTER, see `bloomByteLength`.
 */
export function buildFilterPayload(format: FilterFormatName, hashes: KeyHashes, bitsPerKey: number): Uint8Array {
  const bitsLength = bloomByteLength(hashes.count, bitsPerKey);
  const probes = bloomProbeCount(bitsPerKey);
  const length = filterPayloadLength(format, bitsLength);
  let payload = payloadInKernel(length, bitsLength, probes, hashes);
  if (payload === undefined) {
    payload = new Uint8Array(length);
    buildBloomBits(hashes, bitsPerKey, payload.subarray(length - bitsLength));
  }
  return frameBits(format, probes, payload, bitsLength);
}

/** A payload whose bits are set, in the memory of a kernel of its own; undefined where none can be had or pays. */
function payloadInKernel(length: number, bitsLength: number, probes: number, hashes: KeyHashes): Uint8Array<ArrayBuffer> | undefined {
  if (hashes.count < KERNEL_HASHES_MIN || probes === 0) return undefined;
  const layout = new KernelLayout();
  const payloadAt = layout.area(length);
  const hashesAt = layout.area(LARGEST_CHUNK_HASHES * HASH_BYTES);
  const kernel = createKernel(layout.length);
  if (kernel === undefined) return undefined;
  const bitsAt = payloadAt + length - bitsLength;
  for (const chunk of hashes.chunks()) {
    kernel.bytes.set(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength), hashesAt);
    kernel.setBloomBits(bitsAt, bitsLength * BYTE_BITS, probes, hashesAt, chunk.byteLength / HASH_BYTES);
  }
  return kernel.bytes.subarray(payloadAt, payloadAt + length);
}

/** Writes what stands before the bits, which lie at the payload's end already. */
function frameBits(format: FilterFormatName, probes: number, payload: Uint8Array, bitsLength: number): Uint8Array {
  const bloom = payload.subarray(payload.length - sizeBloomFilter(bitsLength));
  encodeBloomFilter(bloom, 0, probes, bloom, bloom.length - bitsLength, bloom.length);
  if (format === "composite") {
    const at = encodeCompositeFilter(payload, 0, 1);
    encodeNamedFilter(payload, at, bloomFilterName, 0, bloomFilterName.length, bloom, 0, bloom.length);
  }
  return payload;
}
