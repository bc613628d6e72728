// Types of fields in keys, and the bytes they become. All of them sort as their values do: that is what they are for.
import type { KeyBuffer } from "./key-buffer.js";
import { KeyFieldProblem } from "./key-field-problem.js";
import { wholeNumber } from "./whole-number.js";

export interface KeyType {
  readonly name: string;
  /** Whether its end can be seen from its bytes alone: of fixed length, or with an end mark. */
  readonly isDelimited: boolean;
  readonly isText: boolean;
  /** Appends a value. @throws KeyFieldProblem */
  write(value: unknown, target: KeyBuffer): void;
}

const DECIMAL_DIGITS_MAX = 20;
const BYTE_BITS = 8;
const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;
const HEX_PAIRS = /^(?:[0-9a-f]{2})*$/i;

const text = (name: string): KeyType => ({ name, isDelimited: false, isText: true, write: (value, target) => target.text(asText(value)) });

/** Text with a zero byte behind it: it sorts as text in front of anything. */
const text0: KeyType = {
  name: "text0", isDelimited: true, isText: true,
  write(value, target) {
    const given = asText(value);
    if (given.includes("\0")) throw new KeyFieldProblem("holds U+0000, which ends a text0");
    target.text(given);
    target.byte(0);
  },
};

const hex: KeyType = {
  name: "hex", isDelimited: false, isText: false,
  write(value, target) {
    if (typeof value !== "string" || !HEX_PAIRS.test(value)) throw new KeyFieldProblem("is not pairs of hexadecimal digits");
    target.bytes(Buffer.from(value, "hex"));
  },
};

const bytes: KeyType = {
  name: "bytes", isDelimited: false, isText: false,
  write(value, target) {
    if (!(value instanceof Uint8Array)) throw new KeyFieldProblem("is not bytes; for hexadecimal digits take the type hex");
    target.bytes(value);
  },
};

const uuid: KeyType = {
  name: "uuid", isDelimited: true, isText: false,
  write(value, target) {
    if (typeof value !== "string" || !UUID.test(value)) throw new KeyFieldProblem("is not a UUID");
    target.bytes(Buffer.from(value.replaceAll("-", ""), "hex"));
  },
};

/** Big-endian; of signed ones the sign bit is turned over, so that negative numbers come first. */
function integer(name: string, bits: number, isSigned: boolean): KeyType {
  const span = 1n << BigInt(bits);
  const min = isSigned ? -(span >> 1n) : 0n;
  const max = min + span - 1n;
  return {
    name, isDelimited: true, isText: false,
    write(value, target) {
      const number = wholeNumber(value);
      if (number < min || number > max) throw new KeyFieldProblem(`is outside ${name}, ${min} to ${max}`);
      target.integer(BigInt(number) - min, bits / BYTE_BITS);
    },
  };
}

/** IEEE 754, big-endian; positive numbers with the sign bit turned over, negative ones with all bits. -0 is 0. */
function float(name: string, isDouble: boolean): KeyType {
  return {
    name, isDelimited: true, isText: false,
    write(value, target) {
      const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
      if (typeof number !== "number" || Number.isNaN(number)) throw new KeyFieldProblem("is not a number");
      if (!isDouble && Math.fround(number) !== number) throw new KeyFieldProblem("has more digits than f32 holds, where different numbers would have one key; take f64");
      target.float(number === 0 ? 0 : number, isDouble);
    },
  };
}

/** Decimal digits with zeros in front. */
function decimal(digits: number): KeyType {
  const name = `dec${digits}`;
  return {
    name, isDelimited: true, isText: false,
    write(value, target) {
      const number = wholeNumber(value);
      const shown = String(number);
      if (number < 0 || shown.length > digits) throw new KeyFieldProblem(`is outside ${name}, 0 to ${"9".repeat(digits)}`);
      target.text(shown.padStart(digits, "0"));
    },
  };
}

const INTEGER_BITS = [8, 16, 32, 64] as const;
const TYPES: ReadonlyMap<string, KeyType> = new Map([
  text(""), text("text"), text0, hex, bytes, uuid, float("f32", false), float("f64", true),
  ...INTEGER_BITS.flatMap((bits) => [integer(`u${bits}`, bits, false), integer(`i${bits}`, bits, true)]),
  ...Array.from({ length: DECIMAL_DIGITS_MAX }, (_, at) => decimal(at + 1)),
].map((type) => [type.name, type]));

/** The type of a name; "" is text that was not asked for, which looks out for numbers. */
export function keyType(name: string): KeyType | undefined {
  return TYPES.get(name);
}

function asText(value: unknown): string {
  const given = typeof value === "number" || typeof value === "bigint" || typeof value === "boolean" ? String(value) : value;
  if (typeof given !== "string") throw new KeyFieldProblem(value instanceof Uint8Array ? "is bytes, not text; take the type bytes" : "is not text");
  if (!given.isWellFormed()) throw new KeyFieldProblem("holds a lone surrogate, which UTF-8 cannot hold");
  return given;
}
