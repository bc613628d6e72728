// Forgeries of the filter: bits, probe count, length, and the frame of composite filters.
import {
  bloomByteLength, BLOOM_FILTER_NAME, encodeFilterPayload, encodeNamedFilter, FilterFormat, KeyHashes, setBloomBits, sizeBloomFilter, sizeNamedFilter,
} from "@slate-sst/format";
import { joinBytes } from "./forged-rows.js";
import { putTogether, type SstChanges } from "./forged-sst.js";
import { type BaseName, type ExpectedFinding, forged, type Forgery, rowsOf } from "./forgery.js";

const PROBES_BYTES = sizeBloomFilter(0);
const MANY_PROBES = 60;
/** Probes and bits per key that do not belong together. */
const FEW_PROBES = 2;
const MANY_BITS = 20;
/** Where the name of the only filter begins in a composite block, behind number of filters and length of the name. */
const NAME_AT = 4;

const probesOf = (filter: Uint8Array): Uint8Array => filter.subarray(0, PROBES_BYTES);
const bitsOf = (filter: Uint8Array): Uint8Array => filter.subarray(PROBES_BYTES);

function withFilter(name: string, slateDb: string, change: (filter: Uint8Array) => Uint8Array | undefined, findings: readonly ExpectedFinding[], base: BaseName = "plain", more: SstChanges = {}): Forgery {
  return { name, base, slateDb, make: (parts) => forged(putTogether(parts, { ...more, filter: change }), ...findings) };
}

const LOST = "look-ups do not find keys that there are";
const BITS = "L1.5 filter.bits";

/** A composite block of one bloom filter of that name. */
function named(name: Uint8Array, data: Uint8Array): Uint8Array {
  const out = new Uint8Array(2 + sizeNamedFilter(name.length, data.length));
  out[1] = 1;
  encodeNamedFilter(out, 2, name, 0, name.length, data, 0, data.length);
  return out;
}

export const filterForgeries: readonly Forgery[] = [
  withFilter("a filter of nothing but zeros", LOST, (all) => joinBytes(probesOf(all), new Uint8Array(bitsOf(all).length)), [BITS]),
  withFilter("a filter cut to half its bits", LOST, (all) => all.subarray(0, PROBES_BYTES + bitsOf(all).length / 2), [BITS]),
  withFilter("a filter of too many probes", LOST, (all) => joinBytes(Uint8Array.of(0, MANY_PROBES), bitsOf(all)), [BITS]),
  withFilter("a filter of nothing but ones", "look-ups are slower", (all) => joinBytes(probesOf(all), new Uint8Array(bitsOf(all).length).fill(0xff)), ["L1.6 filter.bits"]),
  withFilter("a filter without probes", "look-ups are slower", (all) => joinBytes(new Uint8Array(PROBES_BYTES), bitsOf(all)), ["L1.6 filter.bits"]),
  withFilter("a filter without bits", "look-ups panic: remainder by zero", probesOf, ["L1.4 filter.bits"]),
  withFilter("a filter of one byte", "look-ups panic: advance out of bounds", () => new Uint8Array(1), ["L1.4 filter"]),
  withFilter("a composite filter in a file that says legacy", LOST, (all) => encodeFilterPayload("composite", all[1] ?? 0, bitsOf(all)), [BITS]),
  withFilter("a legacy filter in a file that says composite", "not tried", (all) => all, ["L1.1 filter.filters[0].name"], "plain", { info: (info) => ({ ...info, filterFormat: FilterFormat.Composite }) }),
  { ...withFilter("no filter where one was asked for", "look-ups are slower", () => undefined, ["L1.3 info.filter_len"]), knowsConfig: true as const },
  withFilter("a composite filter with a byte behind it", "not tried", (all) => joinBytes(all, new Uint8Array(1)), ["L1.1 filter.num_filters"], "composite"),
  withFilter("a composite filter that is cut off", "not tried", (all) => all.subarray(0, -1), ["L1.1 filter.filters[0].data"], "composite"),
  withFilter("a composite filter whose name is no text", "not tried", (all) => all.map((byte, i) => (i === NAME_AT ? 0xff : byte)), ["L1.2 filter.filters[0].name"], "composite"),
  withFilter(
    "a bloom filter with bits of other keys under a composite name", "not tried", (all) => named(new TextEncoder().encode(BLOOM_FILTER_NAME), all.subarray(-bitsLength(all)).map((byte, i) => (i < PROBES_BYTES ? byte : 0))),
    ["L1.5 filter.filters[0].bits"], "composite",
  ),
  {
    name: "a filter built with another number of bits per key than its probes ask for", base: "plain", slateDb: "look-ups work",
    make: (parts) => {
      const hashes = new KeyHashes();
      for (const { key } of parts.blocks.flatMap((_, i) => rowsOf(parts, i))) hashes.add(key, 0, key.length);
      const bits = new Uint8Array(bloomByteLength(hashes.count, MANY_BITS));
      for (const chunk of hashes.chunks()) setBloomBits(bits, FEW_PROBES, chunk);
      return forged(putTogether(parts, { filter: () => encodeFilterPayload("legacy", FEW_PROBES, bits) }), "L1.7 filter.num_probes");
    },
  },
];

/** Bytes of the bloom filter at the end of a composite block. */
function bitsLength(composite: Uint8Array): number {
  return composite.length - 2 - sizeNamedFilter(BLOOM_FILTER_NAME.length, 0);
}
