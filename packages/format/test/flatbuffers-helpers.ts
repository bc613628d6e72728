// What the FlatBuffers tests share: bytes as hex, error codes, and damage.
import { isSstError, type ErrorDetails } from "../src/errors.js";

/** Bytes of hex digits; spaces are for the eye. */
export function bytes(digits: string): Uint8Array {
  return new Uint8Array(Buffer.from(digits.replaceAll(" ", ""), "hex"));
}

/** Hex digits without spaces. */
export function hex(value: Uint8Array | string): string {
  return typeof value === "string" ? value.replaceAll(/\s/g, "") : Buffer.from(value).toString("hex");
}

/** Bytes of a dump as the format's documentation prints it: offset, hex, text. */
export function dump(lines: string): Uint8Array {
  const digits = lines.trim().split("\n").map((line) => line.trim().split("  ")[0]?.replace(/^[0-9a-f]+: /, "") ?? "");
  return bytes(digits.join(""));
}

/** The code and the details of the error that a call throws; any other outcome fails. */
export function errorOf(call: () => unknown): { code: string; details: ErrorDetails } {
  try {
    call();
  } catch (error) {
    if (isSstError(error)) return { code: error.code, details: error.details };
    throw error;
  }
  throw new Error("nothing was thrown");
}

export const codeOf = (call: () => unknown): string => errorOf(call).code;

const REPLACEMENTS = [0, 1, 2, 3, 4, 8, 0x40, 0x7f, 0x80, 0xfe, 0xff];

/** Every truncation of a buffer, and every byte of it set to several values and with each bit flipped. */
export function* damaged(original: Uint8Array): Generator<Uint8Array> {
  for (let length = 0; length < original.length; length++) yield original.slice(0, length);
  for (const [position, byte] of original.entries()) {
    const values = new Set([...REPLACEMENTS, ...Array.from({ length: 8 }, (_, bit) => byte ^ (1 << bit))]);
    values.delete(byte);
    for (const value of values) {
      const copy = original.slice();
      copy[position] = value;
      yield copy;
    }
  }
}

/** How a reader took damaged buffers: values it gave, and errors by code. Anything but the toolkit's own errors is thrown. */
export function readDamaged(original: Uint8Array, root: string, read: (damagedBytes: Uint8Array) => unknown): Map<string, number> {
  const outcomes = new Map<string, number>();
  for (const copy of damaged(original)) {
    let outcome = "value";
    try {
      read(copy);
    } catch (error) {
      if (!isSstError(error)) throw error;
      const { offset, path } = error.details;
      if (typeof offset !== "number" || typeof path !== "string" || !path.startsWith(root)) throw error;
      outcome = error.code;
    }
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  }
  return outcomes;
}
