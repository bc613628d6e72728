// Errors of an SST know its blocks and offsets; of a database, which SST it is comes first.
import { SstError } from "@slate-sst/format";

/** What was thrown, with the object that it is about; what is no SstError, or names its object already, stays as it is. */
export function namedError(error: unknown, path: string): unknown {
  if (!(error instanceof SstError) || error.details["object"] !== undefined) return error;
  return new SstError(error.code, `${path}: ${error.message}`, { cause: error, details: { ...error.details, object: path } });
}
