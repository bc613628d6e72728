// 64-bit numbers as two 32-bit halves, which is how rows are encoded without a BigInt each.
import { SEQ_MAX, SstError, SstTypeError, TIMESTAMP_MAX, TIMESTAMP_MIN } from "@slate-sst/format";

/** One above the highest value of 32 bits. */
const U32_END = 0x1_0000_0000;
const HALF_BITS = 32;
const WHOLE_BITS = 64;

/** The halves of the number split last; only their low 32 bits count. */
export class Halves {
  hi = 0;
  lo = 0;

  /** @throws SstTypeError, or SstError ERR_SST_SEQ_RANGE. */
  setSeq(seq: unknown, ordinal: number): void {
    if (typeof seq !== "bigint") throw seqType(seq, ordinal);
    if (seq < 0n || seq > SEQ_MAX) throw seqRange(seq, ordinal);
    this.#split(seq);
  }

  /** Milliseconds since the Unix epoch. @throws SstTypeError, or SstError ERR_SST_TIMESTAMP_RANGE. */
  setTimestamp(timestamp: unknown, field: string, ordinal: number): void {
    if (typeof timestamp === "number") {
      if (!Number.isSafeInteger(timestamp)) throw timestampRange(field, timestamp, ordinal);
      this.hi = Math.floor(timestamp / U32_END) | 0;
      this.lo = timestamp | 0;
      return;
    }
    if (typeof timestamp !== "bigint") throw timestampType(field, timestamp, ordinal);
    if (timestamp < TIMESTAMP_MIN || timestamp > TIMESTAMP_MAX) throw timestampRange(field, timestamp, ordinal);
    this.#split(timestamp);
  }

  #split(value: bigint): void {
    const { hi, lo } = halvesOf(value);
    this.hi = hi;
    this.lo = lo;
  }
}

// Errors are made apart, see row.ts.

function seqType(seq: unknown, ordinal: number): SstTypeError {
  return new SstTypeError("ERR_SST_ROW_TYPE", `row ${ordinal}: a sequence number is a bigint, not ${typeof seq}`, { details: { field: "seq", ordinal } });
}

function seqRange(seq: bigint, ordinal: number): SstError {
  return new SstError("ERR_SST_SEQ_RANGE", `row ${ordinal}: sequence number ${seq} is not from 0 to ${SEQ_MAX}`, { details: { seq, ordinal } });
}

function timestampType(field: string, timestamp: unknown, ordinal: number): SstTypeError {
  const given = timestamp === null ? "null" : typeof timestamp;
  return new SstTypeError("ERR_SST_ROW_TYPE", `row ${ordinal}: ${field} is a bigint or a safe integer, not ${given}`, { details: { field, ordinal } });
}

function timestampRange(field: string, timestamp: number | bigint, ordinal: number): SstError {
  return new SstError("ERR_SST_TIMESTAMP_RANGE", `row ${ordinal}: ${field} ${timestamp} is not an integer of 64 bits (as a number: a safe integer)`, { details: { field, timestamp, ordinal } });
}

/** A number of 64 bits as an unsigned one. */
export function asUnsigned(value: bigint): bigint {
  return BigInt.asUintN(WHOLE_BITS, value);
}

/** The halves of a number of 64 bits, signed or not. */
export function halvesOf(value: bigint): { readonly hi: number; readonly lo: number } {
  return { hi: Number(BigInt.asIntN(HALF_BITS, value >> BigInt(HALF_BITS))), lo: Number(BigInt.asIntN(HALF_BITS, value)) };
}

/** The halves as an unsigned number. */
export function joinUnsigned(hi: number, lo: number): bigint {
  return (BigInt(hi >>> 0) << BigInt(HALF_BITS)) | BigInt(lo >>> 0);
}

/** The halves as a signed number. */
export function joinSigned(hi: number, lo: number): bigint {
  return BigInt.asIntN(WHOLE_BITS, joinUnsigned(hi, lo));
}

/** Negative, 0 or positive as the first unsigned number is less than, equal to or greater than the second. */
export function compareUnsigned(hi: number, lo: number, otherHi: number, otherLo: number): number {
  return (hi | 0) === (otherHi | 0) ? (lo >>> 0) - (otherLo >>> 0) : (hi >>> 0) - (otherHi >>> 0);
}

/** How many 64-bit numbers there were, the least and the greatest of them; undefined when there was none. */
export interface NumberRange {
  readonly count: number;
  readonly min: bigint | undefined;
  readonly max: bigint | undefined;
}

/** What two ranges hold together. */
export function joinRanges(left: NumberRange, right: NumberRange): NumberRange {
  if (left.min === undefined || left.max === undefined) return right;
  if (right.min === undefined || right.max === undefined) return left;
  return { count: left.count + right.count, min: left.min < right.min ? left.min : right.min, max: left.max > right.max ? left.max : right.max };
}

/** Least and greatest of a stream of 64-bit numbers. */
export class Range64 implements NumberRange {
  count = 0;
  #lastHi = 0;
  #lastLo = 0;
  #minHi = 0;
  #minLo = 0;
  #maxHi = 0;
  #maxLo = 0;
  /** Signed numbers sort like unsigned ones once their sign bit is turned. */
  readonly #flip: number;

  constructor(signed: boolean) {
    this.#flip = signed ? 1 << (HALF_BITS - 1) : 0;
  }

  add(hi: number, lo: number): void {
    if (this.count++ !== 0 && hi === this.#lastHi && lo === this.#lastLo) return;
    this.#lastHi = hi;
    this.#lastLo = lo;
    const flipped = hi ^ this.#flip;
    if (this.count === 1 || compareUnsigned(flipped, lo, this.#minHi, this.#minLo) < 0) {
      this.#minHi = flipped;
      this.#minLo = lo;
    }
    if (this.count === 1 || compareUnsigned(flipped, lo, this.#maxHi, this.#maxLo) > 0) {
      this.#maxHi = flipped;
      this.#maxLo = lo;
    }
  }

  /** Goes on from another range. Nothing was added yet. */
  restore({ count, min, max }: NumberRange): void {
    if (min === undefined || max === undefined) return;
    this.count = count;
    const highest = halvesOf(max);
    const lowest = halvesOf(min);
    [this.#maxHi, this.#maxLo] = [highest.hi ^ this.#flip, highest.lo];
    [this.#minHi, this.#minLo] = [lowest.hi ^ this.#flip, lowest.lo];
    [this.#lastHi, this.#lastLo] = [lowest.hi, lowest.lo];
  }

  /** Undefined when nothing was added. */
  get min(): bigint | undefined {
    return this.count === 0 ? undefined : this.#joined(this.#minHi, this.#minLo);
  }

  get max(): bigint | undefined {
    return this.count === 0 ? undefined : this.#joined(this.#maxHi, this.#maxLo);
  }

  #joined(hi: number, lo: number): bigint {
    return this.#flip === 0 ? joinUnsigned(hi, lo) : joinSigned(hi ^ this.#flip, lo);
  }
}
