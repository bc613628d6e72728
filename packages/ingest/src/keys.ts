// Keys as bytes: their order, and how they are shown to people.

/** Keys longer than this are cut in messages. Details hold them whole. */
const SHOWN_BYTES_MAX = 48;
const PRINTABLE_FIRST = 0x20;
const PRINTABLE_LAST = 0x7e;
const BACKSLASH = 0x5c;
const HEX = 16;

const encoder = new TextEncoder();

/** The bytes of a key; of a text, its UTF-8. A view of what was given, or new bytes. */
export function keyBytes(key: Uint8Array | string): Uint8Array {
  return typeof key === "string" ? encoder.encode(key) : key;
}

/** Negative, 0 or positive as the first sorts before, with or after the second, by unsigned bytes. */
export function compareBytes(left: Uint8Array, right: Uint8Array): number {
  const shorter = Math.min(left.length, right.length);
  for (let at = 0; at < shorter; at++) {
    if (left[at] !== right[at]) return left[at]! - right[at]!;
  }
  return left.length - right.length;
}

/** A key for people: escaped and in hex, cut when long. */
export function showKey(key: Uint8Array): string {
  const shown = key.subarray(0, SHOWN_BYTES_MAX);
  let escaped = "";
  let hex = "";
  for (const byte of shown) {
    const pair = byte.toString(HEX).padStart(2, "0");
    hex += pair;
    escaped += byte >= PRINTABLE_FIRST && byte <= PRINTABLE_LAST && byte !== BACKSLASH ? String.fromCharCode(byte) : `\\x${pair}`;
  }
  const cut = key.length > shown.length ? `… (${key.length} bytes)` : "";
  return `"${escaped}"${cut} (0x${hex}${cut === "" ? "" : "…"})`;
}
