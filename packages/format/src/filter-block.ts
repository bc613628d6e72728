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
import type { KeyHashes } from "./key-hashes.js";

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
  const payload = new Uint8Array(filterPayloadLength(format, bitsLength));
  buildBloomBits(hashes, bitsPerKey, payload.subarray(payload.length - bitsLength));
  return frameBits(format, bloomProbeCount(bitsPerKey), payload, bitsLength);
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
