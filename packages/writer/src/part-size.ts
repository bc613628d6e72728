// The size of a writer's parts: what is asked for, or what an object of the expected size needs. What the store cannot do or
// hold is refused here, before the first byte.
import { SstError } from "@slate-sst/format";
import { isStoreError, type ObjectStore, planParts } from "@slate-sst/object-store";

/** Largest part: it is one request's body, held in memory. 1 GiB. */
export const PART_SIZE_MAX = 1024 * 1024 * 1024;

export interface PartSizeOptions {
  readonly mode: "create" | "overwrite";
  /** Bytes of a part that would do. */
  readonly partSize: number;
  /** Bytes of the object, as far as known. */
  readonly expectedSize: number | undefined;
}

/**
 * Bytes of every part but the last.
 * @throws SstError ERR_SST_STORE_CAPABILITY for what the store cannot do or hold; the text names the limit and the ways out.
 */
export function planPartSize({ mode, partSize, expectedSize }: PartSizeOptions, store: ObjectStore): number {
  const details = { store: store.url, mode, partSize, expectedSize };
  const refuse = (problem: string, cause?: unknown): SstError => new SstError("ERR_SST_STORE_CAPABILITY", `${store.url} ${problem}`, { details, ...(cause === undefined ? {} : { cause }) });
  const { putCreate, putSizeMax, uploads } = store.capabilities;
  if (mode === "create" && !putCreate) throw refuse(`cannot put an object only if it is absent; use mode "overwrite" under a fresh name`);
  if (partSize > putSizeMax) throw refuse(`takes at most ${putSizeMax} bytes in one request, and an SST smaller than partSize is put in one; partSize is ${partSize}`);
  if (uploads !== undefined) {
    const { partSizeMin, partSizeMax, partSizeStep } = uploads;
    if (partSize < partSizeMin || partSize > partSizeMax) throw refuse(`takes parts of ${partSizeMin} to ${partSizeMax} bytes; partSize is ${partSize}`);
    if (partSize % partSizeStep !== 0) throw refuse(`takes parts of multiples of ${partSizeStep} bytes; partSize is ${partSize}`);
  }
  if (expectedSize === undefined) return partSize;
  let planned: number;
  try {
    planned = planParts(store.capabilities, { expectedSize, partSize, mode }).partSize;
  } catch (error) {
    if (!isStoreError(error, "ERR_STORE_UNSUPPORTED")) throw error;
    throw refuse(`cannot hold ${error.message}; or write several smaller SSTs`, error);
  }
  if (planned <= PART_SIZE_MAX) return planned;
  throw refuse(`would need parts of ${planned} bytes for an object of ${expectedSize} bytes, and a part is held in memory: at most ${PART_SIZE_MAX} bytes; write several SSTs`);
}
