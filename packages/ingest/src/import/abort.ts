import { SstError } from "@slate-sst/format";

/** @throws SstError ERR_SST_ABORTED */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw abortedError(signal);
}

export function abortedError(signal: AbortSignal): SstError {
  return new SstError("ERR_SST_ABORTED", "aborted; nothing is published", { cause: signal.reason });
}

/** What is told of an error: of whatever ends a call that is aborted, that it was aborted. */
export function asAbort(signal: AbortSignal | undefined, error: unknown): unknown {
  return signal?.aborted === true ? abortedError(signal) : error;
}
