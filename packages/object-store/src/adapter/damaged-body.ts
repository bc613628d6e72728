// Bodies that a service refuses by their checksum: was it wrong to begin with, or were the bytes damaged on the way?
import { isStoreError, StoreError } from "../store-error.js";

/**
 * What a refused body is to fail with: where it fits its checksum here, it was damaged on its way, and sending it again may help.
 * Anything but ERR_STORE_CHECKSUM stays as it is.
 * @param fits whether the body fits the checksum that went with it; asked only when it was refused.
 */
export function damagedOnTheWay(error: unknown, fits: () => boolean, path: string): unknown {
  if (!isStoreError(error, "ERR_STORE_CHECKSUM") || !fits()) return error;
  return new StoreError("ERR_STORE_CHECKSUM", error.message, { path, cause: error.cause, retryable: true });
}
