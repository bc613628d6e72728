// Reads any structure of spec/sst by its walk table. What cannot be read ends the walk with a problem, never with an error.
import { VARINT_BYTES_MAX, VARINT_GROUP_BITS } from "@slate-sst/format";
import type { WalkCondition, WalkField, WalkStructure } from "@slate-sst/format/walk";
import type { ExplainNode, Name, Region } from "./node.js";
import { flagsProblem, readInteger, showFlags, showInteger } from "./values.js";

/** Values of a group; a byte with more says that another one follows. */
const GROUP_VALUES = 2 ** VARINT_GROUP_BITS;
/** One above the highest value of 32 bits. */
const U32_END = 2 ** 32;

/** A field and where it lies. */
export interface Span {
  readonly field: WalkField;
  readonly at: number;
  readonly end: number;
  /** Of numbers and flags; 0 for bytes. */
  readonly value: number | bigint;
  readonly problem: string | undefined;
}

export interface Walked {
  readonly spans: readonly Span[];
  /** Where the walk ended: behind the structure, or where it could not go on. */
  readonly end: number;
  /** Why it could not go on. */
  readonly problem: string | undefined;
}

/** Reads a structure that begins at `at` and lies before `end`. */
export function walkForward({ fields }: WalkStructure, bytes: Uint8Array, at: number, end: number): Walked {
  const spans: Span[] = [];
  const values = new Map<string, number | bigint>();
  let next = at;
  for (const field of fields) {
    if (field.kind === "elements" || !isPresent(field.condition, values)) continue;
    const length = lengthOf(field, values, bytes, next, end);
    if (next + length > end) {
      return { spans, end: next, problem: `${field.id} has ${length} bytes, and ${end - next} are left` };
    }
    const span = spanOf(field, bytes, next, next + length);
    values.set(field.id, span.value);
    spans.push(span);
    next = span.end;
  }
  return { spans, end: next, problem: undefined };
}

/** Reads a structure whose first field lies in place: the fields behind it, from the end, and then what is left. */
export function walkBackward({ fields }: WalkStructure, bytes: Uint8Array, at: number, end: number): Walked {
  const spans: Span[] = [];
  const counts = new Map<string, number>();
  let next = end;
  for (const field of fields.slice(1).reverse()) {
    const width = field.bytes ?? 0;
    const length = field.kind === "array" ? width * (counts.get(field.id) ?? 0) : width;
    if (next - length < at) return { spans, end: next, problem: `${field.id} has ${length} bytes, and ${next - at} are left` };
    const span = spanOf(field, bytes, next - length, next);
    if (field.countOf !== undefined) counts.set(field.countOf, Number(span.value));
    spans.unshift(span);
    next = span.at;
  }
  return { spans, end: next, problem: undefined };
}

function isPresent(condition: WalkCondition | undefined, values: ReadonlyMap<string, number | bigint>): boolean {
  if (condition === undefined) return true;
  const isSet = (Number(values.get(condition.flags) ?? 0) & condition.mask) !== 0;
  return isSet !== (condition.isNegated ?? false);
}

function lengthOf(field: WalkField, values: ReadonlyMap<string, number | bigint>, bytes: Uint8Array, at: number, end: number): number {
  if (field.kind === "varint") return varintLength(bytes, at, end);
  if (field.kind !== "bytes") return field.bytes ?? 0;
  return field.lengthFrom === undefined ? end - at : Number(values.get(field.lengthFrom) ?? 0);
}

/** Bytes of a varint, at least one; more than are left when it is cut off. */
function varintLength(bytes: Uint8Array, at: number, end: number): number {
  let length = 1;
  while (length < VARINT_BYTES_MAX && at + length <= end && bytes[at + length - 1]! >= GROUP_VALUES) length++;
  return length;
}

function spanOf(field: WalkField, bytes: Uint8Array, at: number, end: number): Span {
  if (field.kind === "varint") return varintSpan(field, bytes, at, end);
  if (field.kind === "flags") {
    const flags = bytes[at]!;
    return { field, at, end, value: flags, problem: flagsProblem(field, flags) };
  }
  const isNumber = field.kind === "int";
  const value = isNumber ? readInteger(bytes, at, end - at, field) : 0;
  const isKnown = field.labels === undefined || Object.hasOwn(field.labels, String(value));
  return { field, at, end, value, problem: isKnown ? undefined : "the value is not known" };
}

function varintSpan(field: WalkField, bytes: Uint8Array, at: number, end: number): Span {
  let value = 0;
  for (let index = at; index < end; index++) value += (bytes[index]! % GROUP_VALUES) * GROUP_VALUES ** (index - at);
  const last = bytes[end - 1]!;
  const isTooLong = last >= GROUP_VALUES || value >= U32_END;
  const problem = isTooLong ? "a varint holds at most 32 bits" : end - at > 1 && last === 0 ? "a varint is minimal" : undefined;
  return { field, at, end, value, problem };
}

/** A field as a leaf; what is not told of it follows from its table. */
export function explainSpan(region: Region, parent: Name, { field, at, end, value, problem }: Span, told: { readonly value?: string; readonly error?: string | undefined } = {}): ExplainNode {
  return region.leaf("field", parent.child(field.id), at, end, { value: told.value ?? showSpan(field, value), doc: field.doc, error: told.error ?? problem });
}

/** Undefined for bytes, which are shown as they are. */
function showSpan(field: WalkField, value: number | bigint): string | undefined {
  if (field.kind === "bytes") return undefined;
  return field.kind === "flags" ? showFlags(field.bits ?? [], Number(value)) : showInteger(field.id, value, field.labels);
}

/** All fields, and as raw bytes what is left up to `end`. */
export function* explainWalked(region: Region, parent: Name, { spans, end: stopped, problem }: Walked, end: number, rest: string): Generator<ExplainNode, void, undefined> {
  for (const span of spans) yield explainSpan(region, parent, span);
  if (stopped < end) yield region.leaf("raw", parent.child(rest), stopped, end, { error: problem ?? "nothing is known of these bytes" });
  else if (problem !== undefined) yield region.leaf("raw", parent.child(rest), stopped, end, { error: problem });
}
