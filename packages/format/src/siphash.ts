// SipHash-1-3 with the key 0, 0: the hash under SlateDB's bloom filters (SlateDB SST format, section 5.1).
// 64-bit words live as two signed 32-bit halves, low and high: a BigInt would allocate on every operation.
import { SstRangeError } from "./errors.js";

// The initial state, "somepseudorandomlygeneratedbytes" in ASCII; the key, being zero, changes nothing in it.
const V0_LOW = 0x70736575;
const V0_HIGH = 0x736f6d65;
const V1_LOW = 0x6e646f6d;
const V1_HIGH = 0x646f7261;
const V2_LOW = 0x6e657261;
const V2_HIGH = 0x6c796765;
const V3_LOW = 0x79746573;
const V3_HIGH = 0x74656462;

/** Marks the end of the message: flipped into v2 before the last rounds. */
const FINALIZATION = 0xff;

/** Rounds after the last word. */
const FINAL_ROUNDS = 3;

/** Mask of the bytes that do not fill a word of eight. */
const REST_MASK = 7;

// Counts of rest bytes from which the higher bytes of the last word are there.
const THREE = 3;
const FOUR = 4;
const FIVE = 5;
const SIX = 6;

/**
 * SipHash-1-3 of `bytes[start .. end)`: `out[index]` becomes the low half of the hash, `out[index + 1]` the high half.
 * Allocates nothing.
 * @throws SstRangeError ERR_SST_OPTION_INVALID when the range does not lie inside `bytes`.
 */
export function sipHash13(bytes: Uint8Array, start: number, end: number, out: Uint32Array, index: number): void {
  if (!(start >= 0 && start <= end && end <= bytes.length)) throw rangeError(bytes, start, end);
  let v0 = V0_LOW;
  let v0h = V0_HIGH;
  let v1 = V1_LOW;
  let v1h = V1_HIGH;
  let v2 = V2_LOW;
  let v2h = V2_HIGH;
  let v3 = V3_LOW;
  let v3h = V3_HIGH;
  let low = 0;
  let high = 0;
  let half = 0;
  const rest = (end - start) & REST_MASK;
  const full = end - rest;
  let at = start;

  while (at < full) {
    low = bytes[at++]! | (bytes[at++]! << 8) | (bytes[at++]! << 16) | (bytes[at++]! << 24);
    high = bytes[at++]! | (bytes[at++]! << 8) | (bytes[at++]! << 16) | (bytes[at++]! << 24);
    v3 ^= low;
    v3h ^= high;
    // One round, here and below; a function would have eight results.
    v0 = (v0 + v1) | 0;
    v0h = (v0h + v1h + (v0 >>> 0 < v1 >>> 0 ? 1 : 0)) | 0;
    half = ((v1 << 13) | (v1h >>> 19)) ^ v0;
    v1h = ((v1h << 13) | (v1 >>> 19)) ^ v0h;
    v1 = half;
    half = v0;
    v0 = v0h;
    v0h = half;
    v2 = (v2 + v3) | 0;
    v2h = (v2h + v3h + (v2 >>> 0 < v3 >>> 0 ? 1 : 0)) | 0;
    half = ((v3 << 16) | (v3h >>> 16)) ^ v2;
    v3h = ((v3h << 16) | (v3 >>> 16)) ^ v2h;
    v3 = half;
    v0 = (v0 + v3) | 0;
    v0h = (v0h + v3h + (v0 >>> 0 < v3 >>> 0 ? 1 : 0)) | 0;
    half = ((v3 << 21) | (v3h >>> 11)) ^ v0;
    v3h = ((v3h << 21) | (v3 >>> 11)) ^ v0h;
    v3 = half;
    v2 = (v2 + v1) | 0;
    v2h = (v2h + v1h + (v2 >>> 0 < v1 >>> 0 ? 1 : 0)) | 0;
    half = ((v1 << 17) | (v1h >>> 15)) ^ v2;
    v1h = ((v1h << 17) | (v1 >>> 15)) ^ v2h;
    v1 = half;
    half = v2;
    v2 = v2h;
    v2h = half;
    v0 ^= low;
    v0h ^= high;
  }

  // The last word holds the rest bytes and, in its top byte, the length modulo 256.
  low = 0;
  high = (end - start) << 24;
  if (rest > 0) low = bytes[at++]!;
  if (rest > 1) low |= bytes[at++]! << 8;
  if (rest > 2) low |= bytes[at++]! << 16;
  if (rest > THREE) low |= bytes[at++]! << 24;
  if (rest > FOUR) high |= bytes[at++]!;
  if (rest > FIVE) high |= bytes[at++]! << 8;
  if (rest > SIX) high |= bytes[at++]! << 16;

  // The last word's round and the final rounds differ only in that those take in the word 0.
  for (let roundsLeft = FINAL_ROUNDS; roundsLeft >= 0; roundsLeft--) {
    v3 ^= low;
    v3h ^= high;
    v0 = (v0 + v1) | 0;
    v0h = (v0h + v1h + (v0 >>> 0 < v1 >>> 0 ? 1 : 0)) | 0;
    half = ((v1 << 13) | (v1h >>> 19)) ^ v0;
    v1h = ((v1h << 13) | (v1 >>> 19)) ^ v0h;
    v1 = half;
    half = v0;
    v0 = v0h;
    v0h = half;
    v2 = (v2 + v3) | 0;
    v2h = (v2h + v3h + (v2 >>> 0 < v3 >>> 0 ? 1 : 0)) | 0;
    half = ((v3 << 16) | (v3h >>> 16)) ^ v2;
    v3h = ((v3h << 16) | (v3 >>> 16)) ^ v2h;
    v3 = half;
    v0 = (v0 + v3) | 0;
    v0h = (v0h + v3h + (v0 >>> 0 < v3 >>> 0 ? 1 : 0)) | 0;
    half = ((v3 << 21) | (v3h >>> 11)) ^ v0;
    v3h = ((v3h << 21) | (v3 >>> 11)) ^ v0h;
    v3 = half;
    v2 = (v2 + v1) | 0;
    v2h = (v2h + v1h + (v2 >>> 0 < v1 >>> 0 ? 1 : 0)) | 0;
    half = ((v1 << 17) | (v1h >>> 15)) ^ v2;
    v1h = ((v1h << 17) | (v1 >>> 15)) ^ v2h;
    v1 = half;
    half = v2;
    v2 = v2h;
    v2h = half;
    v0 ^= low;
    v0h ^= high;
    if (roundsLeft === FINAL_ROUNDS) {
      v2 ^= FINALIZATION;
      low = 0;
      high = 0;
    }
  }
  out[index] = v0 ^ v1 ^ v2 ^ v3;
  out[index + 1] = v0h ^ v1h ^ v2h ^ v3h;
}

function rangeError(bytes: Uint8Array, start: number, end: number): SstRangeError {
  return new SstRangeError("ERR_SST_OPTION_INVALID", `bytes ${start} to ${end} do not lie inside ${bytes.length} bytes`, {
    details: { start, end, length: bytes.length },
  });
}
