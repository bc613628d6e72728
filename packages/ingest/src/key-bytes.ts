// Keys as callers give them.

const encoder = new TextEncoder();

/** The bytes of a key; of a text, its UTF-8. A view of what was given, or new bytes. */
export function keyBytes(key: Uint8Array | string): Uint8Array {
  return typeof key === "string" ? encoder.encode(key) : key;
}
