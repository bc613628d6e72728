// Ranges of keys, as callers give them and as blocks and rows are held against them.
import { compareKeys, KEY_BYTES_MAX, SstRangeError, SstTypeError } from "@slate-sst/format";

/** Bytes, or text that stands for its UTF-8. */
export type Bytes = Uint8Array | string;

/** Which keys a scan gives. Without any, all. */
export interface KeyRange {
  /** From this key on. */
  readonly gte?: Bytes | undefined;
  /** From behind this key on. */
  readonly gt?: Bytes | undefined;
  /** Up to this key. */
  readonly lte?: Bytes | undefined;
  /** Up to before this key. */
  readonly lt?: Bytes | undefined;
  /** Keys that begin with this. */
  readonly prefix?: Bytes | undefined;
}

export const keyRangeNames: readonly string[] = ["gte", "gt", "lte", "lt", "prefix"] satisfies (keyof KeyRange)[];

/** A key and whether it belongs to the range itself. */
interface Bound {
  readonly key: Uint8Array;
  readonly inclusive: boolean;
}

const BYTE_MAX = 0xff;

export class Bounds {
  readonly lower: Bound | undefined;
  readonly upper: Bound | undefined;

  private constructor(lower: Bound | undefined, upper: Bound | undefined) {
    this.lower = lower;
    this.upper = upper;
  }

  /** The tightest bounds that a range gives. @throws SstTypeError, SstRangeError for what is no key. */
  static of(range: KeyRange): Bounds {
    const lowers = [bound("gte", range.gte, true), bound("gt", range.gt, false)];
    const uppers = [bound("lte", range.lte, true), bound("lt", range.lt, false)];
    const prefix = bound("prefix", range.prefix, true);
    if (prefix !== undefined) {
      lowers.push(prefix);
      uppers.push(behindPrefix(prefix.key));
    }
    return new Bounds(tightest(lowers, 1), tightest(uppers, -1));
  }

  /** Keys that lie in both ranges. */
  and(other: Bounds): Bounds {
    return new Bounds(tightest([this.lower, other.lower], 1), tightest([this.upper, other.upper], -1));
  }

  /** The same as a range that a scan takes. */
  toRange(): KeyRange {
    const { lower, upper } = this;
    return { ...(lower && { [lower.inclusive ? "gte" : "gt"]: lower.key }), ...(upper && { [upper.inclusive ? "lte" : "lt"]: upper.key }) };
  }

  /** Whether keys from one to another may lie in the range; an end that is not known excludes nothing. */
  mayHold(first: Uint8Array | undefined, last: Uint8Array | undefined): boolean {
    return !(first !== undefined && this.isAbove(first, first.length)) && !(last !== undefined && this.isBelow(last, last.length));
  }

  /** Whether a key sorts before the range. */
  isBelow(key: Uint8Array, length: number): boolean {
    if (this.lower === undefined) return false;
    const order = compareKeys(key, length, this.lower.key, this.lower.key.length);
    return this.lower.inclusive ? order < 0 : order <= 0;
  }

  /** Whether a key sorts behind the range. */
  isAbove(key: Uint8Array, length: number): boolean {
    if (this.upper === undefined) return false;
    const order = compareKeys(key, length, this.upper.key, this.upper.key.length);
    return this.upper.inclusive ? order > 0 : order >= 0;
  }
}

/** The bytes of a key argument. */
export function keyBytes(name: string, key: unknown): Uint8Array {
  const bytes = typeof key === "string" ? new TextEncoder().encode(key) : key;
  if (!(bytes instanceof Uint8Array)) throw new SstTypeError("ERR_SST_OPTION_INVALID", `${name} is a Uint8Array or a string`, { details: { option: name } });
  if (bytes.length > KEY_BYTES_MAX) {
    throw new SstRangeError("ERR_SST_OPTION_INVALID", `${name} has ${bytes.length} bytes, and no key has more than ${KEY_BYTES_MAX}`, { details: { option: name, length: bytes.length } });
  }
  return bytes;
}

function bound(name: string, key: Bytes | undefined, inclusive: boolean): Bound | undefined {
  return key === undefined ? undefined : { key: keyBytes(name, key), inclusive };
}

/** The first key behind all that begin with a prefix; undefined where there is none. */
function behindPrefix(prefix: Uint8Array): Bound | undefined {
  let length = prefix.length;
  while (length > 0 && prefix[length - 1] === BYTE_MAX) length--;
  if (length === 0) return undefined;
  const key = Uint8Array.from(prefix.subarray(0, length));
  key[length - 1]!++;
  return { key, inclusive: false };
}

function tightest(bounds: readonly (Bound | undefined)[], direction: 1 | -1): Bound | undefined {
  let best: Bound | undefined;
  for (const one of bounds) {
    if (one === undefined) continue;
    const order = best === undefined ? direction : compareKeys(one.key, one.key.length, best.key, best.key.length);
    if (order * direction > 0 || (order === 0 && !one.inclusive)) best = one;
  }
  return best;
}
