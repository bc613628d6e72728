// A small seeded generator of pseudo-random 32-bit numbers (Marsaglia's xorshift, 13-17-5). The side-cars of the golden
// vectors name byte strings by its seed, and the random row sets are drawn from it: a seed always gives the same numbers.

/** Stands in for a seed of 0, from which xorshift would never leave 0. */
const SEED_FOR_ZERO = 0x9e3779b9;
/** The bits of a number above its top byte's place. */
const TOP_BYTE_SHIFT = 24;
/** How many different numbers `next` can return, counting 0, which it never does. */
const NUMBERS = 2 ** 32;

export class Xorshift32 {
  private state: number;

  /** @param seed any number; only its low 32 bits count */
  constructor(seed: number) {
    const state = seed >>> 0;
    this.state = state === 0 ? SEED_FOR_ZERO : state;
  }

  /** The next number, 1 to 2^32 - 1. */
  next(): number {
    let x = this.state;
    x = (x ^ (x << 13)) >>> 0;
    x = (x ^ (x >>> 17)) >>> 0;
    x = (x ^ (x << 5)) >>> 0;
    this.state = x;
    return x;
  }

  /** The top byte of the next number, 0 to 255. */
  byte(): number {
    return this.next() >>> TOP_BYTE_SHIFT;
  }

  /** An integer from 0 to `limit` - 1; `limit` is 1 to 2^32. Not free of bias, which does not matter for test data. */
  below(limit: number): number {
    return Math.floor((this.next() / NUMBERS) * limit);
  }

  /** An integer from `low` to `high`, both included. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  /** True once in `times` calls on average. */
  oneIn(times: number): boolean {
    return this.below(times) === 0;
  }

  /** One of the items; the list must not be empty. */
  pick<Item>(items: readonly Item[]): Item {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new RangeError("pick: the list is empty or holds undefined");
    return item;
  }

  /** `length` random bytes. */
  bytes(length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let i = 0; i < length; i++) bytes[i] = this.byte();
    return bytes;
  }
}
