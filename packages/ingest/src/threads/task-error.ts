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

/** What cannot be sent to a thread: functions in a task's data, columns that are no plain arrays, memory that was handed over before. */
export function unsendable({ path, index }: CheckedTask, type: string, batch: number, cause: unknown): SstTypeError {
  const why = cause instanceof Error ? cause.message : String(cause);
  if (type === "columns") return new SstTypeError("ERR_SST_COLUMNS_INVALID", `${path}: batch ${batch} cannot be sent to a thread: ${why}`, { cause, details: { path, sst: index, batch } });
  return new SstTypeError("ERR_SST_OPTION_INVALID", `${path}: the task's data cannot be sent to a thread: ${why}`, { cause, details: { option: "data", path, sst: index } });
}
