// CRC-32 as zlib and IEEE 802.3 define it: the checksum behind every section of an SST (SlateDB SST format, section 1).
// Reflected arithmetic: bit 31 of a word is the coefficient of x^0, so multiplying by x shifts right.
//
// Native code is used where there is some; the portable code reads eight bytes a step with one table for each
// position ("slicing by 8"). Checksums of neighbouring pieces are combined without reading them again, as
// crc(a || b) = crc(a) * x^(8 * length of b) + crc(b) over GF(2), modulo the polynomial.
import { SstRangeError } from "./errors.js";
import { loadNativeCrc32, type NativeCrc32 } from "./native-crc32.js";

/** x^32 + x^26 + x^23 + x^22 + x^16 + x^12 + x^11 + x^10 + x^8 + x^7 + x^5 + x^4 + x^2 + x + 1, reflected, without x^32. */
const POLYNOMIAL = 0xedb88320;

/** The coefficient that a multiplication by x shifts out. */
const LOWEST_BIT = 0x01;

/** The polynomial 1, reflected. */
const ONE = 0x80000000 | 0;

/** The polynomial is primitive: powers of x repeat after this many steps, and so do powers of x^8. */
const PERIOD = 0xffffffff;

/** Values of a byte: entries of one table. */
const BYTE_VALUES = 256;

/** Bits in a byte. */
const BYTE_BITS = 8;

/** Bytes in the four digits to base 256 of a length modulo PERIOD. */
const LENGTH_DIGITS = 4;

/** Powers that are multiplied by with tables: those of lengths below 64 KiB. */
const TABLED_POWERS = 2 * BYTE_VALUES;

const NIBBLE_BITS = 4;
const NIBBLE_VALUES = 1 << NIBBLE_BITS;
const NIBBLE = NIBBLE_VALUES - 1;
/** Of a word. */
const NIBBLES = 8;

/** Bytes that one step of the portable loop takes. */
const STEP_BYTES = 8;

/** Below this length the portable code is faster than the call into native code. */
const NATIVE_BYTES_MIN = 256;

/** Longer runs go to native code in pieces: Node's counts their length in 32 bits and is wrong beyond. 1 GiB. */
const NATIVE_BYTES_MAX = 1024 * 1024 * 1024;

/** Loaded when it is first needed, which takes some milliseconds; false where there is none. */
let nativeCrc32: NativeCrc32 | false | undefined;

// TABLE_k[b] is the effect of byte b when k more bytes follow it in the same step.
const TABLE_0 = firstTable();
const TABLE_1 = nextTable(TABLE_0);
const TABLE_2 = nextTable(TABLE_1);
const TABLE_3 = nextTable(TABLE_2);
const TABLE_4 = nextTable(TABLE_3);
const TABLE_5 = nextTable(TABLE_4);
const TABLE_6 = nextTable(TABLE_5);
const TABLE_7 = nextTable(TABLE_6);

/** TIMES_X4[n] is what the lowest four bits n become when a word is multiplied by x^4. */
const TIMES_X4 = Int32Array.from({ length: NIBBLE_VALUES }, (_, nibble) => timesX(timesX(timesX(timesX(nibble)))));

/**
 * CRC-32 of `bytes`, as an unsigned 32-bit number.
 * @param seed CRC-32 of the bytes that came before, 0 when there are none.
 */
export function crc32(bytes: Uint8Array, seed = 0): number {
  return updateAny(bytes, 0, bytes.length, seed);
}

/**
 * CRC-32 of `bytes[start .. end)`; creates no view where the portable code does the work.
 * @throws SstRangeError ERR_SST_OPTION_INVALID when the range does not lie inside `bytes`.
 */
export function crc32Range(bytes: Uint8Array, start: number, end: number, seed = 0): number {
  if (!(start >= 0 && start <= end && end <= bytes.length)) {
    throw new SstRangeError("ERR_SST_OPTION_INVALID", `bytes ${start} to ${end} do not lie inside ${bytes.length} bytes`, {
      details: { start, end, length: bytes.length },
    });
  }
  return updateAny(bytes, start, end, seed);
}

function updateAny(bytes: Uint8Array, start: number, end: number, seed: number): number {
  if (end - start < NATIVE_BYTES_MIN) return update(bytes, start, end, seed);
  nativeCrc32 ??= loadNativeCrc32() ?? false;
  return nativeCrc32 === false ? update(bytes, start, end, seed) : updateNative(nativeCrc32, bytes, start, end, seed);
}

function updateNative(native: NativeCrc32, bytes: Uint8Array, start: number, end: number, seed: number): number {
  if (end - start <= NATIVE_BYTES_MAX) return native(bytes.subarray(start, end), seed);
  let crc = seed;
  for (let at = start; at < end; at += NATIVE_BYTES_MAX) crc = native(bytes.subarray(at, Math.min(end, at + NATIVE_BYTES_MAX)), crc);
  return crc;
}

/** CRC-32 by the portable code, whatever the machine offers. */
export function crc32Portable(bytes: Uint8Array, seed = 0): number {
  return update(bytes, 0, bytes.length, seed);
}

/**
 * CRC-32 of a section, that is of a payload and its own CRC-32 behind it as u32be, from the payload's CRC-32 alone.
 */
export function crc32WithChecksum(crcOfPayload: number): number {
  let crc = ~crcOfPayload;
  crc = (crc >>> 8) ^ TABLE_0[(crc ^ (crcOfPayload >>> 24)) & 0xff]!;
  crc = (crc >>> 8) ^ TABLE_0[(crc ^ (crcOfPayload >>> 16)) & 0xff]!;
  crc = (crc >>> 8) ^ TABLE_0[(crc ^ (crcOfPayload >>> 8)) & 0xff]!;
  crc = (crc >>> 8) ^ TABLE_0[(crc ^ crcOfPayload) & 0xff]!;
  return ~crc >>> 0;
}

/**
 * CRC-32 of `a || b` from the checksums of both.
 * @param crcA CRC-32 of a. @param crcB CRC-32 of b. @param lengthB bytes in b, a safe integer.
 * @throws SstRangeError ERR_SST_OPTION_INVALID when the length is negative or not a safe integer.
 */
export function crc32Combine(crcA: number, crcB: number, lengthB: number): number {
  if (!Number.isSafeInteger(lengthB) || lengthB < 0) {
    throw new SstRangeError("ERR_SST_OPTION_INVALID", `a length is a safe integer from 0, not ${lengthB}`, { details: { lengthB } });
  }
  const powers = (POWERS ??= powersOfLengths());
  let product = crcA | 0;
  let row = 0;
  for (let digits = (lengthB < PERIOD ? lengthB : lengthB % PERIOD) >>> 0; digits !== 0; digits >>>= BYTE_BITS) {
    const digit = digits & 0xff;
    if (digit !== 0) product = row < TABLED_POWERS ? multiplyTabled(product, row + digit) : multiply(product, powers[row + digit]!);
    row += BYTE_VALUES;
  }
  return (product ^ crcB) >>> 0;
}

/**
 * CRC-32 of `a` from the checksums of `a || b` and of b: what crc32Combine() does, the other way round.
 * @throws SstRangeError ERR_SST_OPTION_INVALID when the length is negative or not a safe integer.
 */
export function crc32WithoutEnd(crcAB: number, crcB: number, lengthB: number): number {
  // Multiplying by x^8 as often as makes a whole period with the times that lengthB stands for takes those back.
  const back = Number.isSafeInteger(lengthB) && lengthB >= 0 ? PERIOD - (lengthB % PERIOD) : lengthB;
  return crc32Combine((crcAB ^ crcB) >>> 0, 0, back);
}

function update(bytes: Uint8Array, start: number, end: number, seed: number): number {
  let crc = ~seed;
  let at = start;
  const last = end - STEP_BYTES;
  while (at <= last) {
    crc ^= bytes[at++]! | (bytes[at++]! << 8) | (bytes[at++]! << 16) | (bytes[at++]! << 24);
    crc =
      TABLE_7[crc & 0xff]! ^ TABLE_6[(crc >>> 8) & 0xff]! ^ TABLE_5[(crc >>> 16) & 0xff]! ^ TABLE_4[crc >>> 24]! ^
      TABLE_3[bytes[at++]!]! ^ TABLE_2[bytes[at++]!]! ^ TABLE_1[bytes[at++]!]! ^ TABLE_0[bytes[at++]!]!;
  }
  while (at < end) crc = (crc >>> 8) ^ TABLE_0[(crc ^ bytes[at++]!) & 0xff]!;
  return ~crc >>> 0;
}

function firstTable(): Int32Array {
  const table = new Int32Array(BYTE_VALUES);
  for (let byte = 0; byte < BYTE_VALUES; byte++) {
    let crc = byte;
    for (let bit = 0; bit < BYTE_BITS; bit++) crc = timesX(crc);
    table[byte] = crc;
  }
  return table;
}

function nextTable(before: Int32Array): Int32Array {
  return before.map(timesX8);
}

function timesX(a: number): number {
  return (a >>> 1) ^ (POLYNOMIAL & -(a & LOWEST_BIT));
}

function timesX8(a: number): number {
  return (a >>> 8) ^ TABLE_0[a & 0xff]!;
}

/** a * b modulo the polynomial. */
function multiply(a: number, b: number): number {
  let product = 0;
  for (let left = a | 0, term = b; left !== 0; left <<= 1) {
    product ^= term & (left >> 31);
    term = timesX(term);
  }
  return product;
}

/**
 * a * powers[power] modulo the polynomial, four bits at a time: a writer does this twice a block.
 * The lowest bits of a are the highest powers of x, so they come first.
 */
function multiplyTabled(a: number, power: number): number {
  const multiples = (MULTIPLES ??= multiplesOfPowers());
  const at = power * NIBBLE_VALUES;
  let product = multiples[at + (a & NIBBLE)]!;
  for (let rest = a >>> NIBBLE_BITS, left = NIBBLES - 1; left > 0; rest >>>= NIBBLE_BITS, left--) {
    product = (product >>> NIBBLE_BITS) ^ TIMES_X4[product & NIBBLE]! ^ multiples[at + (rest & NIBBLE)]!;
  }
  return product;
}

/** multiples[16 * power + n] = powers[power] times the four bits n, the highest of which stands for 1. */
let MULTIPLES: Int32Array | undefined;

function multiplesOfPowers(): Int32Array {
  const powers = (POWERS ??= powersOfLengths());
  const multiples = new Int32Array(TABLED_POWERS * NIBBLE_VALUES);
  for (let at = 0; at < multiples.length; at += NIBBLE_VALUES) {
    let term = powers[at / NIBBLE_VALUES]!;
    for (let bit = NIBBLE_VALUES >> 1; bit > 0; bit >>= 1) {
      for (let value = bit; value < NIBBLE_VALUES; value++) if ((value & bit) !== 0) multiples[at + value]! ^= term;
      term = timesX(term);
    }
  }
  return multiples;
}

/** powers[256 * k + d] = x^(8 * d * 256^k): what d * 256^k bytes do to a checksum in front of them. Made when first needed. */
let POWERS: Int32Array | undefined;

function powersOfLengths(): Int32Array {
  const powers = new Int32Array(LENGTH_DIGITS * BYTE_VALUES);
  let factor = timesX8(ONE);
  for (let row = 0; row < powers.length; row += BYTE_VALUES) {
    powers[row] = ONE;
    for (let digit = 1; digit < BYTE_VALUES; digit++) powers[row + digit] = multiply(powers[row + digit - 1]!, factor);
    factor = multiply(powers[row + BYTE_VALUES - 1]!, factor);
  }
  return powers;
}
