// The mark by which a writer knows its own object again: a random id among the object's metadata. Stores put it there and
// hide it, so that callers see the metadata they gave.
import type { ObjectMetadata } from "../object-store.js";
import { randomId } from "../random-id.js";

/** Name of the id in an object's metadata, as other tools show it. */
export const WRITE_ID_METADATA = "slatesstid";

/** A new id. */
export function newWriteId(): string {
  return randomId();
}

/** Bytes of metadata that an id takes. */
export function writeIdSize(): number {
  return WRITE_ID_METADATA.length + newWriteId().length;
}

/** The metadata with an id. */
export function withWriteId(metadata: ObjectMetadata | undefined, id: string): ObjectMetadata {
  return { ...metadata, [WRITE_ID_METADATA]: id };
}

/** The metadata as its writer gave it. */
export function withoutWriteId(metadata: ObjectMetadata): ObjectMetadata {
  const { [WRITE_ID_METADATA]: _id, ...rest } = metadata;
  return rest;
}
