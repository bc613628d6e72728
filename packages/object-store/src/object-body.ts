// Bodies: one run of bytes or several, without joining them before it must be.
import { StoreError } from "./store-error.js";
import type { ObjectBody } from "./object-store.js";

/** Refuses what is not a body. @throws StoreError ERR_STORE_ARGUMENT */
export function assertObjectBody(body: unknown, path: string): asserts body is ObjectBody {
  if (body instanceof Uint8Array) return;
  if (Array.isArray(body) && body.every((chunk) => chunk instanceof Uint8Array)) return;
  throw new StoreError("ERR_STORE_ARGUMENT", "a body is a Uint8Array or an array of them", { path });
}

/** The chunks of a body in order. */
export function bodyChunks(body: ObjectBody): readonly Uint8Array[] {
  return body instanceof Uint8Array ? [body] : body;
}

/** Bytes of a body. */
export function bodySize(body: ObjectBody): number {
  return bodyChunks(body).reduce((size, chunk) => size + chunk.length, 0);
}

/** A copy of a body's bytes in one run of memory that nothing else refers to. */
export function copyBody(body: ObjectBody): Uint8Array {
  const copy = new Uint8Array(bodySize(body));
  let at = 0;
  for (const chunk of bodyChunks(body)) {
    copy.set(chunk, at);
    at += chunk.length;
  }
  return copy;
}
