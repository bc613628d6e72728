// The payload of a filter section: one bloom filter (legacy), or named filters one behind the other (composite).
import { BLOOM_FILTER_NAME, FilterFormat } from "@slate-sst/format";
import { WALK_STRUCTURES, type WalkStructure } from "@slate-sst/format/walk";
import type { ExplainNode, Name, Region } from "./node.js";
import { explainSpan, explainWalked, type Span, walkForward } from "./structure-walk.js";

const structures: Readonly<Record<string, WalkStructure>> = WALK_STRUCTURES;
const BYTE_BITS = 8;
/** Set bits of half a byte. */
const NIBBLE_BITS = Uint8Array.of(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
const nameStart = new TextEncoder().encode(BLOOM_FILTER_NAME);

/** Explains a payload; `format` is the info's filter_format. */
export function* explainFilter(region: Region, name: Name, format: number): Generator<ExplainNode, void, undefined> {
  if (format === FilterFormat.Composite) yield* explainComposite(region, name);
  else yield* explainBloom(region, name, 0, region.length);
}

function* explainComposite(region: Region, name: Name): Generator<ExplainNode, void, undefined> {
  const frame = WALK_STRUCTURES.CompositeFilter;
  const walked = walkForward(frame, region.bytes, 0, region.length);
  for (const span of walked.spans) yield explainSpan(region, name, span);
  const list = frame.fields[1];
  const count = Number(walked.spans.find(({ field }) => field.id === list.countedBy)?.value ?? 0);
  let at = walked.end;
  for (let index = 0; index < count && walked.problem === undefined; index++) {
    const end = yield* explainNamed(region, name.child(`${list.elementId}[${index}]`), at);
    if (end === undefined) return;
    at = end;
  }
  if (at < region.length) yield region.leaf("raw", name.child("rest"), at, region.length, { error: walked.problem ?? "bytes behind the last filter" });
}

/** @returns where the next filter begins; undefined when that is not known, and everything up to the end was explained. */
function* explainNamed(region: Region, name: Name, at: number): Generator<ExplainNode, number | undefined, undefined> {
  const structure = structures[WALK_STRUCTURES.CompositeFilter.fields[1].elements];
  if (structure === undefined) return undefined;
  const { spans, end, problem } = walkForward(structure, region.bytes, at, region.length);
  yield region.group(name, at, problem === undefined ? end : region.length, { doc: structure.doc });
  const filterName = spans.find(({ field }) => field.id === "name");
  for (const span of spans) {
    if (span.field.id === "data" && filterName !== undefined && isBloom(region, filterName)) {
      yield region.group(name.child(span.field.id), span.at, span.end, { doc: span.field.doc });
      yield* explainBloom(region, name.child(span.field.id), span.at, span.end);
    } else yield explainSpan(region, name, span);
  }
  if (problem === undefined) return end;
  yield region.leaf("raw", name.child("rest"), end, region.length, { error: problem });
  return undefined;
}

function isBloom({ bytes }: Region, { at, end }: Span): boolean {
  return end - at >= nameStart.length && nameStart.every((byte, index) => bytes[at + index] === byte);
}

function* explainBloom(region: Region, name: Name, at: number, end: number): Generator<ExplainNode, void, undefined> {
  const walked = walkForward(WALK_STRUCTURES.BloomFilter, region.bytes, at, end);
  const last = walked.spans.at(-1);
  if (last?.field.id !== "bits") {
    yield* explainWalked(region, name, walked, end, "rest");
    return;
  }
  for (const span of walked.spans) {
    if (span === last) yield explainSpan(region, name, span, { value: `${(last.end - last.at) * BYTE_BITS} bits, ${setBits(region.bytes, last)} of them set` });
    else yield explainSpan(region, name, span);
  }
}

function setBits(bytes: Uint8Array, { at, end }: Span): number {
  let count = 0;
  for (let index = at; index < end; index++) count += NIBBLE_BITS[bytes[index]! >> 4]! + NIBBLE_BITS[bytes[index]! & 0x0f]!;
  return count;
}
