// Failures of the store while an SST is written.
import { isSstError, SstError, SstTypeError } from "@slate-sst/format";
import { isStoreError } from "@slate-sst/object-store";
import type { WatchedStore } from "./watched-store.js";

/** The store's failure as the writer's. Its own error is the cause, and its code is in the details. */
export function writeError(path: string, cause: unknown): SstError {
  if (isStoreError(cause, "ERR_STORE_ALREADY_EXISTS")) return existsError(path, cause);
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new SstError("ERR_SST_WRITE", `writing ${path} failed: ${reason}`, {
    cause,
    details: { path, storeCode: isStoreError(cause) ? cause.code : undefined },
  });
}

function existsError(path: string, cause?: unknown): SstError {
  return new SstError("ERR_SST_EXISTS", `${path} is already there; choose another path, or mode "overwrite" to replace it`, {
    ...(cause === undefined ? {} : { cause }),
    details: { path },
  });
}

/** @throws SstError ERR_SST_EXISTS when there is an object at the path, before anything is written. */
export async function refuseExisting(store: Pick<WatchedStore, "head">, path: string, signal: AbortSignal | undefined): Promise<void> {
  try {
    await store.head(path, signal);
  } catch (error) {
    if (isStoreError(error, "ERR_STORE_NOT_FOUND")) return;
    throw writeError(path, error);
  }
  throw existsError(path);
}

/** The refusal of a row with its place among the rows of writeAll(). */
export function withIndex(error: unknown, index: number): unknown {
  if (!isSstError(error)) return error;
  const options = { details: { ...error.details, index }, cause: error };
  if (error instanceof SstTypeError) return new SstTypeError(error.code, error.message, options);
  return new SstError(error.code, error.message, options);
}
