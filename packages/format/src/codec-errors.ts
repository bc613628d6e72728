// How generated decoders report damage. The path names the field; callers prefix where the structure itself lies.
import { SstError } from "./errors.js";

/** Bytes end before the field does. */
export function truncated(path: string, offset: number): SstError {
  return new SstError("ERR_SST_TRUNCATED", `${path} at offset ${offset}: the bytes end before the field does`, { details: { path, offset } });
}

/** The field breaks a rule of the format. */
export function corrupt(path: string, offset: number, rule: string): SstError {
  return new SstError("ERR_SST_CORRUPT", `${path} at offset ${offset}: ${rule}`, { details: { path, offset, rule } });
}

/** The field has a value that this release does not know. */
export function unsupported(path: string, offset: number, value: number): SstError {
  return new SstError("ERR_SST_UNSUPPORTED", `${path} at offset ${offset}: the value ${value} is not known`, { details: { path, offset, value } });
}
