// ULIDs, the names of compacted SSTs: 128 bits as 26 characters of Crockford's base 32, most significant bits first.
import { SstRangeError } from "./errors.js";
import { ULID_ALPHABET, ULID_LENGTH } from "./generated/constants.js";
import { showValue } from "./options.js";
import type { Ulid } from "./generated/fbs/common.js";

/** Bits of one character, and the same as a mask. */
const CHARACTER_BITS = 5n;
const CHARACTER_MASK = 0x1fn;

/** Bits of each half of a ULID, and the same as a mask. */
const HALF_BITS = 64n;
const HALF_MASK = 0xffff_ffff_ffff_ffffn;

/** 26 characters hold two bits more than a ULID has, so the first one stays below 8. */
const VALID = new RegExp(`^[0-7][${ULID_ALPHABET}]{${ULID_LENGTH - 1}}$`);

/** Whether a text is a ULID in its one strict form: 26 characters, upper case, the first from 0 to 7. */
export function isUlid(text: string): boolean {
  return VALID.test(text) && text.length === ULID_LENGTH;
}

/** The two halves of a ULID in text form. Anything but the strict form is ERR_SST_ULID. */
export function parseUlid(text: string): Ulid {
  if (typeof text !== "string" || !isUlid(text)) {
    throw new SstRangeError("ERR_SST_ULID", `${showValue(text)} is not a ULID`, { details: { text } });
  }
  let value = 0n;
  for (const character of text) value = (value << CHARACTER_BITS) | BigInt(ULID_ALPHABET.indexOf(character));
  return { high: value >> HALF_BITS, low: value & HALF_MASK };
}

/** The text form of a ULID. A half that is no unsigned 64-bit integer is ERR_SST_ULID. */
export function formatUlid(ulid: Ulid): string {
  const { high, low } = ulid ?? {};
  for (const half of [high, low]) {
    if (typeof half !== "bigint" || half < 0n || half > HALF_MASK) throw new SstRangeError("ERR_SST_ULID", `${showValue(half)} is not one half of a ULID`, { details: { high, low } });
  }
  let value = (ulid.high << HALF_BITS) | ulid.low;
  let text = "";
  for (let index = 0; index < ULID_LENGTH; index++) {
    text = ULID_ALPHABET.charAt(Number(value & CHARACTER_MASK)) + text;
    value >>= CHARACTER_BITS;
  }
  return text;
}
