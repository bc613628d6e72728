// Errors of a thread, which knows of its SST alone, for a caller who knows of many.
import { isSstError, SstError, SstRangeError, SstTypeError } from "@slate-sst/format";
import type { CheckedTask } from "./sst-task.js";

/**
 * The error with the SST it is about. Errors of a caller's own module stay as they are.
 * @param batch the place of the batch that was being written, where there are batches.
 */
export function withTask(error: Error, { path, index }: CheckedTask, batch: number | undefined): Error {
  if (!isSstError(error)) return error;
  const message = error.message.includes(path) ? error.message : `${path}: ${error.message}`;
  const isRow = "ordinal" in error.details || error.code === "ERR_SST_COLUMNS_INVALID";
  const options = { cause: error, details: { ...error.details, path, sst: index, ...(batch === undefined || !isRow ? {} : { batch }) } };
  if (error instanceof SstTypeError) return new SstTypeError(error.code, message, options);
  return error instanceof SstRangeError ? new SstRangeError(error.code, message, options) : new SstError(error.code, message, options);
}
