// How many values fall where, in buckets that end at powers of two: bucket n holds the numbers of n bits.
import { HistogramSchema, type MessageInitShape } from "@slate-sst/format/proto";

/** Bits of the longest number that is counted. */
const BITS_MAX = 53;
const WORD_BITS = 32;
const WORD = 2 ** 32;

export class Histogram {
  count = 0;
  sum = 0;
  min = Number.POSITIVE_INFINITY;
  max = 0;
  readonly #counts = new Float64Array(BITS_MAX + 1);

  /** @param value an integer from 0. */
  add(value: number): void {
    this.count++;
    this.sum += value;
    if (value < this.min) this.min = value;
    if (value > this.max) this.max = value;
    this.#counts[bitsOf(value)]!++;
  }

  addAll(other: Histogram): void {
    this.count += other.count;
    this.sum += other.sum;
    this.min = Math.min(this.min, other.min);
    this.max = Math.max(this.max, other.max);
    for (const [bits, count] of other.#counts.entries()) this.#counts[bits]! += count;
  }

  /** From the bucket of the least value to that of the greatest. */
  buckets(): { readonly from: number; readonly to: number; readonly count: number }[] {
    if (this.count === 0) return [];
    const buckets = [];
    for (let bits = bitsOf(this.min); bits <= bitsOf(this.max); bits++) {
      buckets.push({ from: bits === 0 ? 0 : 2 ** (bits - 1), to: 2 ** bits - 1, count: this.#counts[bits]! });
    }
    return buckets;
  }

  message(): MessageInitShape<typeof HistogramSchema> {
    const { count, sum, min, max } = this;
    return {
      count: BigInt(count),
      sum: BigInt(sum),
      ...(count > 0 && { min: BigInt(min), max: BigInt(max) }),
      buckets: this.buckets().map((bucket) => ({ from: BigInt(bucket.from), to: BigInt(bucket.to), count: BigInt(bucket.count) })),
    };
  }
}

function bitsOf(value: number): number {
  return value < WORD ? WORD_BITS - Math.clz32(value) : 2 * WORD_BITS - Math.clz32(Math.floor(value / WORD));
}
