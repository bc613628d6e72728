// What generated codecs are built from: the LEB128 varint of spec/sst/varint.ksy, u64 as a number, copying of short runs.
import { corrupt, truncated } from "./codec-errors.js";
import { VALUE_BYTES_MAX, VARINT_BYTES_MAX, VARINT_GROUP_BITS } from "./generated/constants.js";

/** Runs up to this long are copied by a loop: below it, the call of a typed array's set() costs more than the copy. */
const COPY_LOOP_BYTES_MAX = 24;
/** The value below which one byte is enough, and for each further byte the value below which that many are. */
const VARINT_1_BYTE_END = 1 << VARINT_GROUP_BITS;
const VARINT_2_BYTES_END = VARINT_1_BYTE_END << VARINT_GROUP_BITS;
const VARINT_3_BYTES_END = VARINT_2_BYTES_END << VARINT_GROUP_BITS;
const VARINT_4_BYTES_END = VARINT_3_BYTES_END << VARINT_GROUP_BITS;
/** The most that the last byte may hold, so that no length is above a u32. */
const VARINT_LAST_GROUP_MAX = VALUE_BYTES_MAX >>> ((VARINT_BYTES_MAX - 1) * VARINT_GROUP_BITS);
/** One above the highest value of 32 bits. */
const U32_END = 0x1_0000_0000;

/** Bytes of a u32 (0 to 2^32 - 1) as a minimal varint, 1 to 5. */
export function varintSize(value: number): number {
  if (value < VARINT_1_BYTE_END) return 1;
  if (value < VARINT_2_BYTES_END) return 2;
  if (value < VARINT_3_BYTES_END) return VARINT_BYTES_MAX - 2;
  return value < VARINT_4_BYTES_END ? VARINT_BYTES_MAX - 1 : VARINT_BYTES_MAX;
}

/** Writes a u32 as a minimal varint; returns the position behind it. */
export function writeVarint(out: Uint8Array, at: number, value: number): number {
  let rest = value;
  while (rest >= VARINT_1_BYTE_END) {
    out[at++] = (rest & 0x7f) | VARINT_1_BYTE_END;
    rest >>>= VARINT_GROUP_BITS;
  }
  out[at++] = rest;
  return at;
}

/**
 * Reads a minimal u32 varint that lies in [at, end).
 * @throws SstError when it is cut off, not minimal, longer than 5 bytes or beyond 32 bits.
 */
export function readVarint(bytes: Uint8Array, at: number, end: number, path: string): number {
  let value = 0;
  let scale = 1;
  for (let index = 0; index < VARINT_BYTES_MAX; index++) {
    if (at + index >= end) throw truncated(path, at);
    const group = bytes[at + index]!;
    if (index === VARINT_BYTES_MAX - 1 && group > VARINT_LAST_GROUP_MAX) throw corrupt(path, at, "a varint holds at most 32 bits");
    value += (group & 0x7f) * scale;
    if (group < VARINT_1_BYTE_END) {
      if (index > 0 && group === 0) throw corrupt(path, at, "a varint is minimal");
      return value;
    }
    scale *= VARINT_1_BYTE_END;
  }
  throw corrupt(path, at, "a varint holds at most 32 bits");
}

/**
 * Reads a big-endian u64 that must be a safe integer.
 * @throws SstError when it is above 2^53 - 1.
 */
export function readSafeU64(bytes: Uint8Array, at: number, path: string): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at);
  const value = view.getUint32(0) * U32_END + view.getUint32(Uint32Array.BYTES_PER_ELEMENT);
  if (!Number.isSafeInteger(value)) throw corrupt(path, at, "the number is above 2^53 - 1");
  return value;
}

/** Copies source [start, end) to `at`; returns the position behind the copy. */
export function copyBytes(out: Uint8Array, at: number, source: Uint8Array, start: number, end: number): number {
  const length = end - start;
  if (length <= COPY_LOOP_BYTES_MAX) {
    for (let index = start; index < end; index++) out[at++] = source[index]!;
    return at;
  }
  out.set(start === 0 && end === source.length ? source : source.subarray(start, end), at);
  return at + length;
}
