// The filter block's payload around a bloom filter: legacy (the filter alone) or composite (named filters).
import {
  COMPOSITE_FILTER_BYTES,
  encodeBloomFilter,
  encodeCompositeFilter,
  encodeNamedFilter,
  sizeBloomFilter,
  sizeNamedFilter,
} from "./generated/codecs.js";
import { BLOOM_FILTER_NAME } from "./generated/constants.js";

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
  const bloom = new Uint8Array(sizeBloomFilter(bits.length));
  encodeBloomFilter(bloom, 0, probes, bits, 0, bits.length);
  if (format === "legacy") return bloom;
  const payload = new Uint8Array(filterPayloadLength(format, bits.length));
  const at = encodeCompositeFilter(payload, 0, 1);
  encodeNamedFilter(payload, at, bloomFilterName, 0, bloomFilterName.length, bloom, 0, bloom.length);
  return payload;
}
