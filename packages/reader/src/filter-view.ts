// The filter: whether a key may be in the SST.
import {
  BLOOM_FILTER_NAME,
  BloomFilter,
  bloomMayContain,
  COMPOSITE_FILTER_BYTES,
  CompositeFilter,
  decodeBloomFilter,
  decodeCompositeFilter,
  decodeNamedFilter,
  FilterFormat,
  NamedFilter,
  sipHash13,
} from "@slate-sst/format";
import { relocated } from "./file-end.js";
import { corruptFile } from "./section.js";

/** One filter of the filter block. */
export interface FilterPart {
  /** Name in a composite block; undefined for the one filter of a legacy block. */
  readonly name: string | undefined;
  /** Bits set for each key. */
  readonly probes: number;
  /** The bit array. */
  readonly bits: Uint8Array;
}

/** Most filters of a composite block that are looked at; SlateDB writes one for each policy. */
const FILTERS_MAX = 64;

/** The filter of an SST. */
export class SstFilter {
  /** The filters in file order. Those that are no bloom filter of ours have a name of their own. */
  readonly parts: readonly FilterPart[];
  readonly #keyFilter: FilterPart | undefined;
  readonly #hash = new Uint32Array(2);

  /** @throws SstError ERR_SST_CORRUPT, ERR_SST_TRUNCATED. */
  constructor(payload: Uint8Array, format: FilterFormat, offset: number) {
    try {
      this.parts = format === FilterFormat.Composite ? compositeParts(payload, offset) : [bloomPart(payload, 0, payload.length, undefined)];
    } catch (error) {
      throw relocated(error, "filter", offset);
    }
    this.#keyFilter = this.parts.find(({ name }) => name === undefined || name === BLOOM_FILTER_NAME);
  }

  /** False is certain; true means that the key may be there. */
  mayContain(key: Uint8Array): boolean {
    if (this.#keyFilter === undefined) return true;
    sipHash13(key, 0, key.length, this.#hash, 0);
    return bloomMayContain(this.#keyFilter.bits, this.#keyFilter.probes, this.#hash[0]!, this.#hash[1]!);
  }
}

function bloomPart(payload: Uint8Array, start: number, end: number, name: string | undefined): FilterPart {
  const bloom = new BloomFilter();
  decodeBloomFilter(payload, start, end, bloom);
  return { name, probes: bloom.numProbes, bits: payload.subarray(bloom.bitsAt, bloom.bitsAt + bloom.bitsLength) };
}

function compositeParts(payload: Uint8Array, offset: number): FilterPart[] {
  const head = new CompositeFilter();
  decodeCompositeFilter(payload, 0, payload.length, head);
  if (head.numFilters > FILTERS_MAX) throw corruptFile("filter.num_filters", offset, `is ${head.numFilters}, more than ${FILTERS_MAX}`);
  const parts: FilterPart[] = [];
  const named = new NamedFilter();
  let at: number = COMPOSITE_FILTER_BYTES;
  for (let index = 0; index < head.numFilters; index++) {
    at = decodeNamedFilter(payload, at, payload.length, named);
    const name = new TextDecoder().decode(payload.subarray(named.nameAt, named.nameAt + named.nameLength));
    parts.push(bloomPart(payload, named.dataAt, named.dataAt + named.dataLength, name));
  }
  if (at !== payload.length) throw corruptFile("filter", offset, `has ${payload.length - at} bytes behind its last filter`);
  return parts;
}
