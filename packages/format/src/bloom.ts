// SlateDB's bloom filter: size, probe count and bits (SlateDB SST format, section 5.1). The u16 probe count in front of the
// bits, and the block around them, are encoded elsewhere.
//
// Enhanced double hashing of a 64-bit key hash: h starts as its low half, d as its high half, both modulo the number of bits;
// probe i first adds i to d, takes bit h, then adds d to h. Every sum stays below twice the number of bits, hence
// below 2^33: JavaScript numbers hold it exactly, and a subtraction does for the modulo.
import { SstError, SstRangeError } from "./errors.js";
import { BLOOM_BITS_MAX, BLOOM_PROBE_FACTOR, FILTER_BITS_PER_KEY_MAX } from "./generated/constants.js";
import type { KeyHashes } from "./key-hashes.js";
import { showValue } from "./options.js";

/** Bits in a byte. */
const BYTE_BITS = 8;

/** Bit numbers below this fit in a signed 32-bit integer. */
const SIGNED_BITS_END = 2 ** 31;

/**
 * Probes a key gets: bits per key times ln 2, in 32-bit floating point as SlateDB computes it, cut to an integer.
 * @param bitsPerKey integer from 0 to FILTER_BITS_PER_KEY_MAX.
 */
export function bloomProbeCount(bitsPerKey: number): number {
  checkBitsPerKey(bitsPerKey);
  return Math.trunc(Math.fround(Math.fround(bitsPerKey) * Math.fround(BLOOM_PROBE_FACTOR)));
}

/**
 * Whether a filter of `rows` keys can be built at all. SlateDB counts its bits, rounded up to whole bytes, in 32 bits.
 */
export function bloomFits(rows: number, bitsPerKey: number): boolean {
  return bytesFor(rows, bitsPerKey) * BYTE_BITS <= BLOOM_BITS_MAX;
}

/**
 * Bytes of the bit array for `rows` keys, duplicates included.
 * @throws SstError ERR_SST_LIMIT_FILTER where SlateDB's 32-bit arithmetic would wrap.
 */
export function bloomByteLength(rows: number, bitsPerKey: number): number {
  const bytes = bytesFor(rows, bitsPerKey);
  if (bytes * BYTE_BITS > BLOOM_BITS_MAX) {
    throw new SstError(
      "ERR_SST_LIMIT_FILTER",
      `a bloom filter of ${rows} rows with ${bitsPerKey} bits each would have more than ${BLOOM_BITS_MAX} bits, ` +
        "which SlateDB cannot count: use fewer bits per key, no filter, or more SSTs",
      { details: { rows, bitsPerKey, bitsMax: BLOOM_BITS_MAX } },
    );
  }
  return bytes;
}

/**
 * The bit array of a filter over all hashes.
 * @param bits where to build it: `bloomByteLength` bytes, all 0. New ones unless given.
 * @throws SstError ERR_SST_LIMIT_FILTER, see `bloomByteLength`.
 */
export function buildBloomBits(hashes: KeyHashes, bitsPerKey: number, bits = new Uint8Array(bloomByteLength(hashes.count, bitsPerKey))): Uint8Array {
  const probes = bloomProbeCount(bitsPerKey);
  if (bits.length === 0 || probes === 0) return bits;
  for (const chunk of hashes.chunks()) setBloomBits(bits, probes, chunk);
  return bits;
}

/**
 * Whether a key with this hash may be in the set: false is certain, true is not.
 * A filter without bits, without probes or with more bits than SlateDB can count knows nothing: the answer is true.
 * @param hashLow low half of the key's hash, unsigned. @param hashHigh high half, unsigned.
 */
export function bloomMayContain(bits: Uint8Array, probes: number, hashLow: number, hashHigh: number): boolean {
  const bitCount = bits.length * BYTE_BITS;
  if (bitCount === 0 || bitCount > BLOOM_BITS_MAX) return true;
  let bit = hashLow % bitCount;
  let delta = hashHigh % bitCount;
  let step = 0;
  for (let probe = 0; probe < probes; probe++) {
    if ((bits[bit >>> 3]! & (1 << (bit & 7))) === 0) return false;
    delta += step;
    if (delta >= bitCount) delta -= bitCount;
    bit += delta;
    if (bit >= bitCount) bit -= bitCount;
    // A filter may have fewer bits than probes: the step, too, is taken modulo the number of bits.
    step++;
    if (step === bitCount) step = 0;
  }
  return true;
}

/**
 * Sets the probe bits of every hash (low half, high half, low half, ...) in a bit array that is not empty.
 * The part of `buildBloomBits` that takes time; apart so that large arrays can be tested without billions of keys.
 */
export function setBloomBits(bits: Uint8Array, probes: number, hashes: Uint32Array): void {
  if (bits.length * BYTE_BITS < SIGNED_BITS_END) setProbes(bits, probes, hashes);
  else setProbesOfLargeFilter(bits, probes, hashes);
}

/**
 * Stays in signed 32-bit integers and takes the modulo without a branch, which could not be predicted: x - n is negative
 * exactly when x < n, and then its sign, spread over all bits, masks the n that has to come back. Three times as fast.
 */
function setProbes(bits: Uint8Array, probes: number, hashes: Uint32Array): void {
  const bitCount = bits.length * BYTE_BITS;
  const divisor = bitCount >>> 0;
  for (let at = 0; at < hashes.length; ) {
    let bit = ((hashes[at++]! >>> 0) % divisor) | 0;
    let delta = ((hashes[at++]! >>> 0) % divisor) | 0;
    let step = 0;
    for (let probe = 0; probe < probes; probe++) {
      const byte = bit >>> 3;
      bits[byte] = bits[byte]! | (1 << (bit & 7));
      delta = (delta - bitCount + step) | 0;
      delta = (delta + (bitCount & (delta >> 31))) | 0;
      bit = (bit - bitCount + delta) | 0;
      bit = (bit + (bitCount & (bit >> 31))) | 0;
      step++;
      if (step === bitCount) step = 0;
    }
  }
}

function setProbesOfLargeFilter(bits: Uint8Array, probes: number, hashes: Uint32Array): void {
  const bitCount = bits.length * BYTE_BITS;
  for (let at = 0; at < hashes.length; ) {
    let bit = hashes[at++]! % bitCount;
    let delta = hashes[at++]! % bitCount;
    // Probe counts are u16, far below this number of bits: the probe is the step.
    for (let probe = 0; probe < probes; probe++) {
      const byte = bit >>> 3;
      bits[byte] = bits[byte]! | (1 << (bit & 7));
      delta += probe;
      if (delta >= bitCount) delta -= bitCount;
      bit += delta;
      if (bit >= bitCount) bit -= bitCount;
    }
  }
}

function bytesFor(rows: number, bitsPerKey: number): number {
  checkBitsPerKey(bitsPerKey);
  if (!Number.isSafeInteger(rows) || rows < 0) {
    throw new SstRangeError("ERR_SST_OPTION_INVALID", `a number of rows is a safe integer from 0, not ${showValue(rows)}`, { details: { rows } });
  }
  return Math.ceil((rows * bitsPerKey) / BYTE_BITS);
}

function checkBitsPerKey(bitsPerKey: number): void {
  if (Number.isInteger(bitsPerKey) && bitsPerKey >= 0 && bitsPerKey <= FILTER_BITS_PER_KEY_MAX) return;
  throw new SstRangeError(
    "ERR_SST_OPTION_INVALID",
    `filter bits per key are an integer from 0 to ${FILTER_BITS_PER_KEY_MAX}, not ${showValue(bitsPerKey)}`,
    { details: { bitsPerKey, bitsPerKeyMax: FILTER_BITS_PER_KEY_MAX } },
  );
}
