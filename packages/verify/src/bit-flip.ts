// The single flipped bit behind a wrong checksum. CRC-32 is linear: flipping a bit changes it by an amount that depends on the
// bit's distance from the end alone. So the difference of stored and computed checksum tells which bit it was, found by baby
// steps and giant steps over byte distances: the square root of the section's length, not its bits.
import { crc32Combine, crc32Range, SECTION_BYTES } from "@slate-sst/format";
import type { BitFlip } from "./finding.js";

const BYTE_BITS = 8;
/** The effect of a byte's distance repeats after 2^32 - 1 bits; longer sections have no unique answer. */
const BYTES_MAX = 2 ** 29 - 1;

/**
 * The flip in a section's payload or in the checksum behind it that would make the two fit.
 * @param payloadEnd bytes of payload. @param offset position of the section in the file.
 * @returns undefined when no single flip does.
 */
export function findBitFlip(payloadEnd: number, stored: number, computed: number, offset: number): BitFlip | undefined {
  const difference = (stored ^ computed) >>> 0;
  if (difference === 0 || payloadEnd > BYTES_MAX) return undefined;
  return flipInChecksum(difference, payloadEnd, offset) ?? flipInPayload(difference, payloadEnd, offset);
}

function flipInChecksum(difference: number, payloadEnd: number, offset: number): BitFlip | undefined {
  if ((difference & (difference - 1)) !== 0) return undefined;
  const bit = Math.clz32(1) - Math.clz32(difference);
  return { offset: offset + payloadEnd + SECTION_BYTES - 1 - Math.floor(bit / BYTE_BITS), bit: bit % BYTE_BITS };
}

/** What flipping each bit of the last byte does to a checksum. */
const LAST_BYTE_EFFECTS = Array.from({ length: BYTE_BITS }, (_, bit) => (effectOf(1 << bit) ^ effectOf(0)) >>> 0);

function effectOf(byte: number): number {
  return crc32Range(Uint8Array.of(byte), 0, 1);
}

/** A difference seen through more bytes behind it. */
function behind(difference: number, bytes: number): number {
  return crc32Combine(difference, 0, bytes);
}

function flipInPayload(difference: number, length: number, offset: number): BitFlip | undefined {
  const stride = Math.ceil(Math.sqrt(length * BYTE_BITS));
  // Distances d = giant * stride - baby: the difference moved on by `baby` bytes meets the effect at `giant * stride`.
  const babies = new Map<number, number>();
  let moved = difference;
  for (let baby = 0; baby < stride; baby++) {
    babies.set(moved, baby);
    moved = behind(moved, 1);
  }
  for (let far = 0; far - stride < length; far += stride) {
    for (const [bit, effect] of LAST_BYTE_EFFECTS.entries()) {
      const baby = babies.get(behind(effect, far));
      if (baby === undefined) continue;
      const distance = far - baby;
      if (distance >= 0 && distance < length) return { offset: offset + length - 1 - distance, bit };
    }
  }
  return undefined;
}

/** A flip as a hint. */
export function flipHint(flip: BitFlip | undefined): string | undefined {
  return flip === undefined ? undefined : `flipping bit ${flip.bit} of the byte at offset ${flip.offset} would mend the checksum`;
}
