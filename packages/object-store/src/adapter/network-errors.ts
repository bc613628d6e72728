// What every service's failures have in common: the network's, and the meaning of HTTP's states.
import type { StoreErrorCode } from "@slate-sst/format";

/** Failures of the network that pass, by the codes of Node. */
export const NETWORK_FAILURES: ReadonlySet<string> = new Set([
  "ECONNRESET", "ECONNREFUSED", "ECONNABORTED", "EPIPE", "ETIMEDOUT", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH",
]);

const FORBIDDEN = [401, 403];
const PRECONDITION = 412;
const RANGE = 416;
const PASSING = [408, 429];
const SERVER = 500;

/** What an HTTP status means to a store, whatever the service; undefined where that depends on the service. */
export function codeOfStatus(status: number | undefined): StoreErrorCode | undefined {
  if (status === undefined) return undefined;
  if (status === PRECONDITION) return "ERR_STORE_ALREADY_EXISTS";
  if (status === RANGE) return "ERR_STORE_RANGE";
  return FORBIDDEN.includes(status) ? "ERR_STORE_PERMISSION" : undefined;
}

/** Whether an answer of this status may be another one next time. */
export function isPassingStatus(status: number | undefined): boolean {
  return status !== undefined && (status >= SERVER || PASSING.includes(status));
}
