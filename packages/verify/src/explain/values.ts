// Values of fields as text: numbers, bytes, flags, times. Nothing of a file comes out but printable ASCII.
import type { WalkBit, WalkField } from "@slate-sst/format/walk";

/** How bytes are shown. */
export interface ValueStyle {
  /** Most bytes of a field that are shown. */
  readonly bytes: number;
  /** Bytes as quoted text, or in hexadecimal. */
  readonly values: "text" | "hex";
}

/** No bytes at all. */
export const NO_BYTES = new Uint8Array(0);

const PRINTABLE_FIRST = 0x20;
const PRINTABLE_LAST = 0x7e;
const BACKSLASH = 0x5c;
const QUOTE = 0x22;
const BYTE_VALUES = 0x100;
/** Milliseconds either side of 1970 that a Date can hold. */
const DATE_MAX = 8_640_000_000_000_000n;

/** Two digits a byte. */
export function hex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += byte.toString(16).padStart(2, "0");
  return text;
}

/** A position in hexadecimal, as the first column has it. */
export const position = (at: number | bigint): string => `0x${at.toString(16)}`;

/** Bytes as text or in hexadecimal; `length` is how many there are of which `shown` are the first. */
export function showBytes(shown: Uint8Array, length: number, style: ValueStyle): string {
  const text = style.values === "text" ? quoted(shown) : `0x${hex(shown)}`;
  return length > shown.length ? `${text}… ${length} bytes` : length === 0 && style.values === "hex" ? "no bytes" : text;
}

function quoted(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) {
    const isPlain = byte >= PRINTABLE_FIRST && byte <= PRINTABLE_LAST && byte !== BACKSLASH && byte !== QUOTE;
    text += isPlain ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, "0")}`;
  }
  return `"${text}"`;
}

/** An integer of 1, 2, 4 or 8 bytes; of 8 as a bigint. */
export function readInteger(bytes: Uint8Array, at: number, width: number, { isSigned = false, isLittleEndian = false } = {}): number | bigint {
  if (width === BigUint64Array.BYTES_PER_ELEMENT) {
    const view = new DataView(bytes.buffer, bytes.byteOffset + at, width);
    return isSigned ? view.getBigInt64(0, isLittleEndian) : view.getBigUint64(0, isLittleEndian);
  }
  let value = 0;
  for (let index = 0; index < width; index++) value = value * BYTE_VALUES + bytes[at + (isLittleEndian ? width - 1 - index : index)]!;
  return value;
}

/** An integer as text: with its name, its time, or as a position too. */
export function showInteger(id: string, value: number | bigint, labels?: Readonly<Record<number, string>>): string {
  if (labels !== undefined) return `${value} ${labels[Number(value)] ?? "(not known)"}`;
  if (id.endsWith("_ts")) return `${value}${showTime(BigInt(value))}`;
  return /(^|_)offset$/.test(id) ? `${value} = ${position(value)}` : String(value);
}

function showTime(milliseconds: bigint): string {
  return milliseconds >= -DATE_MAX && milliseconds <= DATE_MAX ? ` ${new Date(Number(milliseconds)).toISOString()}` : "";
}

/** Names of the bits that are set. */
export function showFlags(bits: readonly WalkBit[], flags: number): string {
  const set = bits.filter(({ mask }) => (flags & mask) !== 0).map(({ id }) => id);
  return set.length === 0 ? "none" : set.join(", ");
}

/** What is wrong with flags: reserved bits that are set. */
export function flagsProblem({ bits = [] }: WalkField, flags: number): string | undefined {
  return bits.some(({ mask, isReserved }) => isReserved === true && (flags & mask) !== 0) ? "an unknown flag is set" : undefined;
}
