// The bytes of one key after the other, in memory that is used again.
import { KEY_BYTES_MAX } from "@slate-sst/format";

/** UTF-8 bytes of a text take at most this many for each UTF-16 unit. */
const UTF8_BYTES_PER_UNIT_MAX = 3;
const START_BYTES = 256;
const HIGH_BIT = 0x80;
const ALL_BITS = 0xff;

export class KeyBuffer {
  #memory = Buffer.alloc(START_BYTES);
  #length = 0;
  readonly #encoder = new TextEncoder();

  clear(): void {
    this.#length = 0;
  }

  /** What was appended, a view that the next key overwrites. */
  get view(): Uint8Array {
    return this.#memory.subarray(0, this.#length);
  }

  text(text: string): void {
    // What is too long for a key need not be written to be refused.
    const given = text.length > KEY_BYTES_MAX ? text.slice(0, KEY_BYTES_MAX + 1).toWellFormed() : text;
    this.#reserve(given.length * UTF8_BYTES_PER_UNIT_MAX);
    this.#length += this.#encoder.encodeInto(given, this.#memory.subarray(this.#length)).written;
  }

  bytes(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#memory.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  byte(byte: number): void {
    this.#reserve(1);
    this.#memory[this.#length++] = byte;
  }

  /** Unsigned, most significant byte first. */
  integer(value: bigint, byteCount: number): void {
    this.#reserve(BigUint64Array.BYTES_PER_ELEMENT);
    if (byteCount === BigUint64Array.BYTES_PER_ELEMENT) this.#memory.writeBigUInt64BE(value, this.#length);
    else this.#memory.writeUIntBE(Number(value), this.#length, byteCount);
    this.#length += byteCount;
  }

  /** Most significant byte first, with the bits turned over that make the bytes sort as the numbers do. */
  float(value: number, isDouble: boolean): void {
    const byteCount = isDouble ? Float64Array.BYTES_PER_ELEMENT : Float32Array.BYTES_PER_ELEMENT;
    this.#reserve(byteCount);
    const start = this.#length;
    if (isDouble) this.#memory.writeDoubleBE(value, start);
    else this.#memory.writeFloatBE(value, start);
    const isNegative = (this.#memory[start]! & HIGH_BIT) !== 0;
    if (isNegative) for (let at = start; at < start + byteCount; at++) this.#memory[at]! ^= ALL_BITS;
    else this.#memory[start]! ^= HIGH_BIT;
    this.#length += byteCount;
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#memory.length) return;
    const grown = Buffer.alloc((this.#length + bytes) * 2);
    grown.set(this.view);
    this.#memory = grown;
  }
}
