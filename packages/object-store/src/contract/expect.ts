// The few assertions that the contract is written with, so that it needs no test framework.
import type { StoreErrorCode } from "@slate-sst/format";
import { isStoreError } from "../store-error.js";
import { SHOWN_MAX } from "./sizes.js";

/** A store breaks its contract. */
export class ContractError extends Error {
  /** `ContractError`. */
  override readonly name: string = "ContractError";
}

/** Two values without identity of their own (numbers, strings, arrays and objects of them) are equal. */
export function expectEqual(actual: unknown, expected: unknown, what: string): void {
  const [left, right] = [JSON.stringify(actual, byName), JSON.stringify(expected, byName)];
  if (left !== right) throw new ContractError(`${what}: expected ${shorten(right)}, got ${shorten(left)}`);
}

/** Properties in one order: which one an object has says nothing. */
function byName(_: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** Something holds. */
export function expectTrue(holds: boolean, what: string): void {
  if (!holds) throw new ContractError(what);
}

/** Bytes are these, and in a plain Uint8Array: a Buffer's `slice` would share memory. */
export function expectBytes(actual: Uint8Array, expected: Uint8Array, what: string): void {
  expectTrue(actual instanceof Uint8Array && actual.constructor === Uint8Array, `${what}: bytes are a plain Uint8Array`);
  expectEqual(actual.length, expected.length, `${what}: length`);
  for (let at = 0; at < actual.length; at++) {
    if (actual[at] !== expected[at]) throw new ContractError(`${what}: byte ${at} is ${actual[at]}, not ${expected[at]}`);
  }
}

/** A call fails with a StoreError of one of these codes; resolves with that code. */
export async function expectCode(codes: StoreErrorCode | readonly StoreErrorCode[], call: Promise<unknown>, what: string): Promise<StoreErrorCode> {
  const wanted = typeof codes === "string" ? [codes] : codes;
  const error = await rejection(call, `${what}: should have failed with ${wanted.join(" or ")}`);
  if (isStoreError(error) && wanted.includes(error.code)) return error.code;
  throw new ContractError(`${what}: expected ${wanted.join(" or ")}, got ${shorten(describe(error))}`, { cause: error });
}

/** A call fails with exactly this value. */
export async function expectReason(reason: unknown, call: Promise<unknown>, what: string): Promise<void> {
  const error = await rejection(call, `${what}: should have failed with the signal's reason`);
  if (error !== reason) throw new ContractError(`${what}: expected the signal's reason, got ${shorten(describe(error))}`, { cause: error });
}

/** All items of an iteration. */
export async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of source) items.push(item);
  return items;
}

async function rejection(call: Promise<unknown>, otherwise: string): Promise<unknown> {
  let result: unknown;
  try {
    result = await call;
  } catch (error) {
    return error;
  }
  throw new ContractError(`${otherwise}, but gave ${shorten(JSON.stringify(result) ?? "nothing")}`);
}

function describe(error: unknown): string {
  if (isStoreError(error)) return `${error.code} (${error.message})`;
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

function shorten(text: string | undefined): string {
  if (text === undefined) return "nothing";
  return text.length <= SHOWN_MAX ? text : `${text.slice(0, SHOWN_MAX)}… (${text.length} characters)`;
}
