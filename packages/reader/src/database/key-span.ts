// Which keys of an SST are visible: from its first entry to its last one, cut by the visible range if it has one.
import { compareKeys, BoundType, type BytesBound, type BytesRange, type SsTableInfo } from "@slate-sst/format";

/** One end of a span. */
export interface SpanEnd {
  /** The key at this end. */
  readonly key: Uint8Array;
  /** Whether the key itself belongs to the span. */
  readonly inclusive: boolean;
}

/** Keys from one to another. */
export interface KeySpan {
  /** Where the span begins. */
  readonly lower: SpanEnd;
  /** Undefined when it is not known: SSTs of old releases have no last entry. */
  readonly upper: SpanEnd | undefined;
  /** The visible range hides a part of the SST's keys, or may do so. */
  readonly isCut: boolean;
}

/** Compares keys by their unsigned bytes. @returns negative, 0 or positive */
export function compare(left: Uint8Array, right: Uint8Array): number {
  return compareKeys(left, left.length, right, right.length);
}

/**
 * The visible keys of an SST.
 * @param lastKey the key of the last row, if it was read: for infos without a last entry.
 * @returns undefined when the info has no first entry, or when the range shows none of the keys.
 */
export function visibleSpan(info: SsTableInfo, range: BytesRange | undefined, lastKey?: Uint8Array): KeySpan | undefined {
  const { firstEntry, lastEntry = lastKey } = info;
  if (firstEntry === undefined) return undefined;
  const start = endOf(range?.startBound);
  const end = endOf(range?.endBound);
  const entry = { key: firstEntry, inclusive: true };
  const lower = start !== undefined && (compare(start.key, firstEntry) > 0 || (compare(start.key, firstEntry) === 0 && !start.inclusive)) ? start : entry;
  let upper: SpanEnd | undefined = lastEntry === undefined ? undefined : { key: lastEntry, inclusive: true };
  const isCutAbove = end !== undefined && (upper === undefined || compare(end.key, upper.key) < 0 || (compare(end.key, upper.key) === 0 && !end.inclusive));
  if (isCutAbove) upper = end;
  const span = { lower, upper, isCut: lower !== entry || isCutAbove };
  return isEmpty(span) ? undefined : span;
}

function endOf(bound: BytesBound | undefined): SpanEnd | undefined {
  if (bound?.key === undefined || (bound.boundType !== BoundType.Included && bound.boundType !== BoundType.Excluded)) return undefined;
  return { key: bound.key, inclusive: bound.boundType === BoundType.Included };
}

function isEmpty({ lower, upper }: KeySpan): boolean {
  if (upper === undefined) return false;
  const order = compare(lower.key, upper.key);
  return order > 0 || (order === 0 && !(lower.inclusive && upper.inclusive));
}

/** Orders two spans by where they begin. */
export function compareStarts(left: KeySpan, right: KeySpan): number {
  const order = compare(left.lower.key, right.lower.key);
  return order !== 0 ? order : Number(right.lower.inclusive) - Number(left.lower.inclusive);
}

/**
 * How a span and the next one lie: a gap between them (negative), one key in common at the boundary (0) or more (positive).
 * The first must have an upper end.
 */
export function overlap(upper: SpanEnd, { lower }: KeySpan): number {
  const order = compare(upper.key, lower.key);
  return order === 0 && !(upper.inclusive && lower.inclusive) ? -1 : order;
}

/** Whether a key lies in a span. */
export function isInSpan(key: Uint8Array, length: number, { lower, upper }: KeySpan): boolean {
  const fromLower = compareKeys(key, length, lower.key, lower.key.length);
  if (fromLower < 0 || (fromLower === 0 && !lower.inclusive)) return false;
  if (upper === undefined) return true;
  const fromUpper = compareKeys(key, length, upper.key, upper.key.length);
  return fromUpper < 0 || (fromUpper === 0 && upper.inclusive);
}
