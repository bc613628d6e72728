// The filter block by itself (rules L1.1 to L1.4): its frame, names, and that each bloom filter has bits.
import {
  BLOOM_FILTER_NAME,
  BloomFilter,
  COMPOSITE_FILTER_BYTES,
  CompositeFilter,
  decodeBloomFilter,
  decodeCompositeFilter,
  decodeNamedFilter,
  FilterFormat,
  isSstError,
  NamedFilter,
  sizeBloomFilter,
} from "@slate-sst/format";
import type { Report } from "./report.js";
import type { SectionPlace } from "./sections.js";

/** A bloom filter of the filter block. */
export interface BloomPart {
  /** Undefined for the one of a legacy block. */
  readonly name: string | undefined;
  readonly probes: number;
  readonly bits: Uint8Array;
  /** Where it and its bits begin in the payload. */
  readonly at: number;
  readonly bitsAt: number;
  /** Every row added its whole key. */
  readonly isForKeys: boolean;
  /** And nothing else was added. */
  readonly isPlain: boolean;
  /** Path of a field, inside the filter section. */
  readonly path: (field: string) => string;
}

/** What the filter block holds. */
export interface FilterView {
  readonly place: SectionPlace;
  readonly payload: Uint8Array;
  /** Filters of any kind. */
  readonly count: number;
  readonly blooms: readonly BloomPart[];
}

/** Ending of a bloom filter's name that says that whole keys were not added. */
const WITHOUT_KEYS = ":wh=0";

const names = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

interface Slice {
  readonly name: string | undefined;
  readonly start: number;
  readonly end: number;
  readonly path: string;
}

/** Decodes and checks a filter block. @param isEmpty whether the SST has no rows. @returns undefined when it does not hold together. */
export function checkFilter(payload: Uint8Array, place: SectionPlace, format: FilterFormat, isEmpty: boolean, report: Report): FilterView | undefined {
  const slices = format === FilterFormat.Composite ? checkFrame(payload, place, report) : [{ name: undefined, start: 0, end: payload.length, path: "" }];
  if (slices === undefined) return undefined;
  const isBloom = ({ name }: Slice): boolean => name === undefined || name === BLOOM_FILTER_NAME || name.startsWith(`${BLOOM_FILTER_NAME}:`);
  const blooms = slices.filter(isBloom);
  const parts: BloomPart[] = [];
  const { ledger } = report;
  ledger.know("bloom", blooms.length > 0);
  for (const slice of blooms) {
    const part = bloomPart(payload, slice);
    if (part === undefined) {
      report.add("L1.4", "filter", () => ({ ...place.at(slice.path, slice.start, slice.end - slice.start), expected: `at least ${sizeBloomFilter(0)} bytes, for the probe count`, found: `${slice.end - slice.start} bytes` }));
      continue;
    }
    parts.push(part);
    if (part.bits.length === 0 && !isEmpty) report.add("L1.4", "filter", () => ({ ...place.at(part.path("bits"), part.bitsAt, 0), expected: "at least one byte of bits", found: "none" }));
  }
  ledger.know("key_bloom", parts.some(({ isForKeys }) => isForKeys));
  ledger.know("plain_bloom", parts.some(({ isPlain }) => isPlain));
  return { place, payload, count: slices.length, blooms: parts };
}

function bloomPart(payload: Uint8Array, { name, start, end, path }: Slice): BloomPart | undefined {
  if (end - start < sizeBloomFilter(0)) return undefined;
  const bloom = new BloomFilter();
  decodeBloomFilter(payload, start, end, bloom);
  const isPlain = name === undefined || name === BLOOM_FILTER_NAME;
  return {
    name,
    probes: bloom.numProbes,
    bits: payload.subarray(bloom.bitsAt, bloom.bitsAt + bloom.bitsLength),
    at: start,
    bitsAt: bloom.bitsAt,
    isForKeys: isPlain || !name.endsWith(WITHOUT_KEYS),
    isPlain,
    path: (field) => (path === "" ? field : `${path}.${field}`),
  };
}

/** The filters of a composite block, when they fill it exactly. */
function checkFrame(payload: Uint8Array, place: SectionPlace, report: Report): Slice[] | undefined {
  const slices: Slice[] = [];
  const named = new NamedFilter();
  const head = new CompositeFilter();
  let at = 0;
  try {
    decodeCompositeFilter(payload, 0, payload.length, head);
    at = COMPOSITE_FILTER_BYTES;
    for (let index = 0; index < head.numFilters; index++) {
      const start = at;
      at = decodeNamedFilter(payload, at, payload.length, named);
      const path = `filters[${index}]`;
      const { nameAt, nameLength, dataAt, dataLength } = named;
      slices.push({ name: readName(payload.subarray(nameAt, nameAt + nameLength), place, path, start, report), start: dataAt, end: dataAt + dataLength, path });
    }
  } catch (error) {
    if (!isSstError(error)) throw error;
    const { path, offset } = error.details;
    const field = slices.length === 0 && at === 0 ? String(path) : `filters[${slices.length}].${String(path)}`;
    report.add("L1.1", "filter", () => ({ ...place.at(field, Number(offset), payload.length - Number(offset)), expected: "filters that fit into the block", found: error.message }));
    return undefined;
  }
  if (at === payload.length) return slices;
  report.add("L1.1", "filter", () => ({ ...place.at("num_filters", 0, COMPOSITE_FILTER_BYTES), expected: `filters that fill ${payload.length} bytes`, found: `${head.numFilters} filters that end at ${at}` }));
  return undefined;
}

function readName(bytes: Uint8Array, place: SectionPlace, path: string, at: number, report: Report): string {
  try {
    return names.decode(bytes);
  } catch {
    report.add("L1.2", "filter", () => ({ ...place.at(`${path}.name`, at, bytes.length), expected: "UTF-8", found: "other bytes" }));
    return "";
  }
}
