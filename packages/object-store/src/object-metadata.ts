// Object metadata: the names and values that every store which keeps metadata returns unchanged.
import { StoreError } from "./store-error.js";
import type { ObjectMetadata } from "./object-store.js";

/** Azure wants identifiers, HTTP headers know no case, and some proxies drop headers with an underscore: this is left. */
const NAME = /^[a-z][a-z0-9]{0,62}$/;

/** Printable ASCII; HTTP strips spaces at the ends. */
const VALUE = /^[\x21-\x7e]([\x20-\x7e]{0,253}[\x21-\x7e])?$/;

/**
 * Refuses malformed metadata, and metadata beyond what a store takes (`sizeMax` bytes of names and values).
 * @throws StoreError ERR_STORE_ARGUMENT, ERR_STORE_UNSUPPORTED
 */
export function assertObjectMetadata(metadata: ObjectMetadata | undefined, sizeMax: number, path: string): void {
  if (metadata === undefined) return;
  if (typeof metadata !== "object" || metadata === null) throw new StoreError("ERR_STORE_ARGUMENT", "metadata is an object of strings", { path });
  let size = 0;
  for (const [name, value] of Object.entries(metadata)) {
    if (!NAME.test(name)) {
      throw new StoreError("ERR_STORE_ARGUMENT", `metadata name ${JSON.stringify(name)}: a to z first, then a to z and 0 to 9, at most 63`, { path });
    }
    if (typeof value !== "string" || !VALUE.test(value)) {
      throw new StoreError("ERR_STORE_ARGUMENT", `metadata ${name}: its value is 1 to 255 printable ASCII characters without spaces at the ends`, { path });
    }
    size += name.length + value.length;
  }
  if (size <= sizeMax) return;
  const reason = sizeMax === 0 ? "the store keeps no metadata" : `metadata of ${size} bytes; the store keeps ${sizeMax}`;
  throw new StoreError("ERR_STORE_UNSUPPORTED", reason, { path });
}

/** Whether two objects' metadata is the same. */
export function equalMetadata(left: ObjectMetadata, right: ObjectMetadata): boolean {
  const names = Object.keys(left);
  return names.length === Object.keys(right).length && names.every((name) => left[name] === right[name]);
}
