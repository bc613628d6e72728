// Reading JSON of an expected shape: each function checks one value and names its place when it is something else.

/** A JSON object whose values have not been looked at yet. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** A file of test data does not have the shape its description promises. */
export class TestDataError extends Error {
  override readonly name = "TestDataError";
}

function refuse(place: string, expected: string, actual: unknown): never {
  const shown = JSON.stringify(actual) ?? String(actual);
  const SHOWN_MAX = 80;
  throw new TestDataError(`${place}: expected ${expected}, found ${shown.length > SHOWN_MAX ? `${shown.slice(0, SHOWN_MAX)}…` : shown}`);
}

export function asObject(value: unknown, place: string): JsonObject {
  if (typeof value !== "object" || value === null || Array.isArray(value)) refuse(place, "an object", value);
  return value as JsonObject;
}

export function asArray(value: unknown, place: string): readonly unknown[] {
  if (!Array.isArray(value)) refuse(place, "an array", value);
  return value;
}

export function asString(value: unknown, place: string): string {
  if (typeof value !== "string") refuse(place, "a string", value);
  return value;
}

/** A count, length, offset or enumeration value: a safe integer of at least 0. */
export function asCount(value: unknown, place: string): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0) refuse(place, "an integer of at least 0", value);
  return value;
}

/** A 64-bit number as decimal text. */
export function asBigint(value: unknown, place: string): bigint {
  const text = asString(value, place);
  if (!/^-?\d+$/.test(text)) refuse(place, "a decimal number as text", value);
  return BigInt(text);
}

/** One of the given strings. */
export function asOneOf<Choice extends string>(value: unknown, choices: readonly Choice[], place: string): Choice {
  const found = choices.find((choice) => choice === value);
  if (found === undefined) refuse(place, `one of ${choices.join(", ")}`, value);
  return found;
}

/** `read(value)`, or undefined for null. */
export function orNull<Value>(value: unknown, read: (value: unknown, place: string) => Value, place: string): Value | undefined {
  return value === null ? undefined : read(value, place);
}
