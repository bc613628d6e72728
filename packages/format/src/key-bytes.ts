// Keys as bytes: their order, and how they are shown to people.

/** Keys longer than this are cut in messages. Details hold them whole. */
const SHOWN_BYTES_MAX = 48;
const PRINTABLE_FIRST = 0x20;
const PRINTABLE_LAST = 0x7e;
const BACKSLASH = 0x5c;
const QUOTE = 0x22;
const HEX = 16;

/** Negative, 0 or positive as the first sorts before, with or after the second, by unsigned bytes. */
export function compareBytes(left: Uint8Array, right: Uint8Array): number {
  return compareKeys(left, left.length, right, right.length);
}

/** The same for keys that are the first bytes of their arrays. */
export function compareKeys(left: Uint8Array, leftLength: number, right: Uint8Array, rightLength: number): number {
  const shorter = Math.min(leftLength, rightLength);
  for (let at = 0; at < shorter; at++) {
    if (left[at] !== right[at]) return left[at]! - right[at]!;
  }
  return leftLength - rightLength;
}

/** A key for people: escaped and in hex, cut when long. */
export function showKey(key: Uint8Array): string {
  const shown = key.subarray(0, SHOWN_BYTES_MAX);
  let escaped = "";
  let hex = "";
  for (const byte of shown) {
    const pair = byte.toString(HEX).padStart(2, "0");
    hex += pair;
    const isPlain = byte >= PRINTABLE_FIRST && byte <= PRINTABLE_LAST && byte !== BACKSLASH && byte !== QUOTE;
    escaped += isPlain ? String.fromCharCode(byte) : `\\x${pair}`;
  }
  const cut = key.length > shown.length ? `… (${key.length} bytes)` : "";
  return `"${escaped}"${cut} (0x${hex}${cut === "" ? "" : "…"})`;
}
