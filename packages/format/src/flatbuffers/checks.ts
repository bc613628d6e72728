// Checks of plain values before they are written into a FlatBuffer. `field` names the value as Table.field.
import { SstError, SstRangeError } from "../errors.js";

/** Largest values of the unsigned scalars. */
const USHORT_MAX = 0xffff;
const UINT_MAX = 0xffff_ffff;
const ULONG_MAX = 0xffff_ffff_ffff_ffffn;
const LONG_MAX = 0x7fff_ffff_ffff_ffffn;
const LONG_MIN = -LONG_MAX - 1n;

/** A code unit that is half of a pair and stands alone, which UTF-8 cannot hold. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/** The error for a value that a FlatBuffer's field cannot take. */
export function fieldInvalid(field: string, expected: string, value: unknown): SstRangeError {
  const shown = typeof value === "number" || typeof value === "bigint" || typeof value === "boolean" ? String(value) : typeof value;
  return new SstRangeError("ERR_SST_FIELD_INVALID", `${field}: expected ${expected}, got ${shown}`, { details: { field, expected, value } });
}

function assertInteger(value: number, max: number, field: string): void {
  if (!(Number.isInteger(value) && value >= 0 && value <= max)) throw fieldInvalid(field, `an integer from 0 to ${max}`, value);
}

export function assertUshort(value: number, field: string): void {
  assertInteger(value, USHORT_MAX, field);
}

export function assertUint(value: number, field: string): void {
  assertInteger(value, UINT_MAX, field);
}

/** A 64-bit scalar that is kept in a number. */
export function assertSafe(value: number, field: string): void {
  assertInteger(value, Number.MAX_SAFE_INTEGER, field);
}

export function assertUlong(value: bigint, field: string): void {
  if (!(typeof value === "bigint" && value >= 0n && value <= ULONG_MAX)) throw fieldInvalid(field, "a bigint from 0 to 2^64-1", value);
}

export function assertLong(value: bigint, field: string): void {
  if (!(typeof value === "bigint" && value >= LONG_MIN && value <= LONG_MAX)) throw fieldInvalid(field, "a bigint from -2^63 to 2^63-1", value);
}

export function assertBool(value: boolean, field: string): void {
  if (typeof value !== "boolean") throw fieldInvalid(field, "a boolean", value);
}

export function assertEnum(value: number, known: readonly number[], field: string): void {
  if (!known.includes(value)) throw fieldInvalid(field, `one of ${known.join(", ")}`, value);
}

/** A Proxy only says that it is one. */
export function assertBytes(value: Uint8Array, field: string): void {
  if (!(ArrayBuffer.isView(value) && value instanceof Uint8Array)) throw fieldInvalid(field, "a Uint8Array", value);
}

export function assertText(value: string, field: string): void {
  if (typeof value !== "string") throw fieldInvalid(field, "a string", value);
  if (LONE_SURROGATE.test(value)) {
    throw new SstError("ERR_SST_STRING_NOT_UTF8", `${field}: the string holds a lone surrogate, which UTF-8 cannot hold`, { details: { field } });
  }
}

export function assertItems(value: readonly unknown[], field: string): void {
  if (!Array.isArray(value)) throw fieldInvalid(field, "an array", value);
}
