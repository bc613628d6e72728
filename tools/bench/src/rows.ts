// The benchmark's rows, byte for byte those of peers/rows.h.

/** Key i: `user` and the 12 decimal digits of 37 * i. */
export const KEY_BYTES = 16;
const KEY_STEP = 37;
const FIRST_KEY = "user000000000000";
const DIGIT_ZERO = 0x30;
const DECIMAL = 10;

/** Bytes of a value unless a contest is about values. */
export const VALUE_BYTES = 100;

/** Values come from a pool of about so many bytes: larger than the first caches, so that reading them costs something. */
const POOL_BYTES = 1024 * 1024;

/** Where xorshift32 begins; Marsaglia's own choice. */
const SEED = 2463534242;

/** Every row was written at this moment, 2023-11-14. SlateDB's own rows carry a create timestamp, and RocksDB's none. */
export const CREATE_TS = 1_700_000_000_000;

/** A key that is overwritten by `nextKey`. */
export function firstKey(): Uint8Array {
  return Uint8Array.from(Buffer.from(FIRST_KEY, "latin1"));
}

/** Makes the key that ends before `end` the one after it. */
export function nextKey(bytes: Uint8Array, end: number = KEY_BYTES): void {
  let at = end - 1;
  for (let carry = KEY_STEP; carry > 0; at--) {
    const digit = bytes[at]! - DIGIT_ZERO + carry;
    carry = (digit / DECIMAL) | 0;
    bytes[at] = DIGIT_ZERO + digit - carry * DECIMAL;
  }
}

/** Values one after the other; row i has value i modulo `count`. */
export class ValuePool {
  readonly valueBytes: number;
  readonly count: number;
  readonly bytes: Uint8Array;

  /** @param valueBytes length of each value: its first half of pseudo-random bytes twice, so that a codec can roughly halve it */
  constructor(valueBytes: number) {
    this.valueBytes = valueBytes;
    this.count = valueBytes === 0 ? 1 : Math.max(1, Math.floor(POOL_BYTES / valueBytes));
    this.bytes = new Uint8Array(valueBytes * this.count);
    const half = Math.ceil(valueBytes / 2);
    let word = SEED;
    for (let start = 0; start < this.bytes.length; start += valueBytes) {
      for (let at = 0; at < half; at++) {
        word ^= word << 13;
        word ^= word >>> 17;
        word ^= word << 5;
        this.bytes[start + at] = word & 0xff;
      }
      this.bytes.copyWithin(start + half, start, start + valueBytes - half);
    }
  }

  /** A view for each value, made once. */
  views(): Uint8Array[] {
    return Array.from({ length: this.count }, (_, entry) => this.bytes.subarray(entry * this.valueBytes, (entry + 1) * this.valueBytes));
  }
}
