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

/** Every row was written at this moment, 2023-11-14. SlateDB's own rows carry a create timestamp; RocksDB's have none. */
export const CREATE_TS = 1_700_000_000_000;

/** A key that `nextKey` overwrites. */
export function firstKey(): Uint8Array {
  return Uint8Array.from(Buffer.from(FIRST_KEY, "latin1"));
}

/** Makes a key the one after it. */
export function nextKey(key: Uint8Array): void {
  let at = KEY_BYTES - 1;
  for (let carry = KEY_STEP; carry > 0; at--) {
    const digit = key[at]! - DIGIT_ZERO + carry;
    carry = (digit / DECIMAL) | 0;
    key[at] = DIGIT_ZERO + digit - carry * DECIMAL;
  }
}

/** Decimal digits of a key that lie in one 32-bit word. */
const DIGITS_PER_WORD = 4;
const GROUP = DECIMAL ** DIGITS_PER_WORD;

/** Keys one behind the other, as a column has them: a word of four digits is looked up, not computed. */
export class KeyColumn {
  readonly bytes: Uint8Array;
  readonly #words: Uint32Array;
  readonly #digits = new Uint32Array(Uint8Array.from(Buffer.from(Array.from({ length: GROUP }, (_, group) => String(group).padStart(DIGITS_PER_WORD, "0")).join(""), "latin1")).buffer);
  readonly #user = new Uint32Array(firstKey().buffer)[0]!;
  #low = 0;
  #middle = 0;
  #high = 0;

  /** @param rows room for so many keys */
  constructor(rows: number) {
    this.bytes = new Uint8Array(rows * KEY_BYTES);
    this.#words = new Uint32Array(this.bytes.buffer);
  }

  /** Begins with key 0 again. */
  rewind(): void {
    this.#low = this.#middle = this.#high = 0;
  }

  /** Writes the next keys over the first ones of the column. */
  fill(rows: number): void {
    const words = this.#words;
    const digits = this.#digits;
    for (let row = 0, at = 0; row < rows; row++) {
      words[at++] = this.#user;
      words[at++] = digits[this.#high]!;
      words[at++] = digits[this.#middle]!;
      words[at++] = digits[this.#low]!;
      this.#low += KEY_STEP;
      if (this.#low < GROUP) continue;
      this.#low -= GROUP;
      if (++this.#middle < GROUP) continue;
      this.#middle = 0;
      this.#high++;
    }
  }
}

/** Values one after the other; row i has value i modulo `count`. */
export class ValuePool {
  readonly valueBytes: number;
  readonly count: number;
  readonly bytes: Uint8Array;
  #views: readonly Uint8Array[] | undefined;

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
  views(): readonly Uint8Array[] {
    this.#views ??= Array.from({ length: this.count }, (_, entry) => this.bytes.subarray(entry * this.valueBytes, (entry + 1) * this.valueBytes));
    return this.#views;
  }
}
