// The filter block's payload around a bloom filter: legacy (the filter alone) or composite (named filters).
import { bloomByteLength, bloomProbeCount, setBloomBits } from "./bloom.js";
import { assertBytes, assertSafe, assertUshort, fieldInvalid } from "./flatbuffers/checks.js";
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

/** Bytes of a filter block's payload before compression. A format or a length that is none is ERR_SST_FIELD_INVALID. */
export function filterPayloadLength(format: FilterFormatName, bitsLength: number): number {
  if (format !== "legacy" && format !== "composite") throw fieldInvalid("filterFormat", `"legacy" or "composite"`, format);
  assertSafe(bitsLength, "BloomFilter.bits");
  const bloom = sizeBloomFilter(bitsLength);
  return format === "legacy" ? bloom : COMPOSITE_FILTER_BYTES + sizeNamedFilter(bloomFilterName.length, bloom);
}

/** A filter block's payload before compression: one bloom filter of the given probes and bit array. A value out of range is ERR_SST_FIELD_INVALID. */
export function encodeFilterPayload(format: FilterFormatName, probes: number, bits: Uint8Array): Uint8Array {
  assertUshort(probes, "BloomFilter.probes");
  assertBytes(bits, "BloomFilter.bits");
  const payload = new Uint8Array(filterPayloadLength(format, bits.length));
  payload.set(bits, payload.length - bits.length);
  return frameBits(format, probes, payload, bits.length);
}

/**
 * The same over all hashes, built in place: the bits of a large filter lie in memory once.
 * @throws SstError ERR_SST_LIMIT_FILTER, see `bloomByteLength`.
 */
export function buildFilterPayload(format: FilterFormatName, hashes: KeyHashes, bitsPerKey: number): Uint8Array {
  const steps = filterPayloadSteps(format, hashes, bitsPerKey);
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}

/** The same in steps of a few milliseconds at most, between which its caller may do something else. */
export function* filterPayloadSteps(format: FilterFormatName, hashes: KeyHashes, bitsPerKey: number): Generator<undefined, Uint8Array> {
  const bitsLength = bloomByteLength(hashes.count, bitsPerKey);
  const probes = bloomProbeCount(bitsPerKey);
  const length = filterPayloadLength(format, bitsLength);
  const inKernel = hashes.count < KERNEL_HASHES_MIN || probes === 0 ? undefined : kernelPayload(length);
  const payload = inKernel?.payload ?? new Uint8Array(length);
  const bits = payload.subarray(length - bitsLength);
  for (const chunk of probes === 0 || bitsLength === 0 ? [] : hashes.chunks()) {
    if (inKernel === undefined) setBloomBits(bits, probes, chunk);
    else inKernel.setBits(bits, probes, chunk);
    yield;
  }
  return frameBits(format, probes, payload, bitsLength);
}

/** A payload in the memory of a kernel of its own, and what sets bits in it; undefined where none can be had. */
function kernelPayload(length: number): { readonly payload: Uint8Array; readonly setBits: (bits: Uint8Array, probes: number, hashes: Uint32Array) => void } | undefined {
  const layout = new KernelLayout();
  const payloadAt = layout.area(length);
  const hashesAt = layout.area(LARGEST_CHUNK_HASHES * HASH_BYTES);
  const kernel = createKernel(layout.length);
  if (kernel === undefined) return undefined;
  return {
    payload: kernel.bytes.subarray(payloadAt, payloadAt + length),
    setBits: (bits, probes, hashes) => {
      kernel.bytes.set(new Uint8Array(hashes.buffer, hashes.byteOffset, hashes.byteLength), hashesAt);
      kernel.setBloomBits(bits.byteOffset, bits.length * BYTE_BITS, probes, hashesAt, hashes.byteLength / HASH_BYTES);
    },
  };
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
