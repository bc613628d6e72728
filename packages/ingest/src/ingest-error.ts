// Errors of SSTs that cannot become a database.
import { showKey, SstError } from "@slate-sst/format";

/** An object is not what its metadata says. */
export function mismatch(path: string, field: string, expected: unknown, actual: unknown): SstError {
  return new SstError("ERR_SST_INGEST_MISMATCH", `${path}: its metadata says that ${field} is ${show(expected)}, but it is ${show(actual)}`, {
    details: { path, field, expected, actual },
  });
}

/** There is a database at the root already. */
export function existsError(root: string, manifest: string, cause?: unknown): SstError {
  return new SstError("ERR_SST_INGEST_EXISTS", `there is a database at ${showRoot(root)} already: ${manifest}; nothing was changed`, {
    ...(cause === undefined ? {} : { cause }),
    details: { root, path: manifest },
  });
}

/** An SST is not where its metadata says. */
export function missingError(path: string, cause?: unknown): SstError {
  return new SstError("ERR_SST_INGEST_MISMATCH", `${path}: there is no such object in the store`, {
    ...(cause === undefined ? {} : { cause }),
    details: { path, field: "the object", expected: "present", actual: "absent" },
  });
}

/** A root for people. */
export function showRoot(root: string): string {
  return root === "" ? "the store's root" : root;
}

function show(value: unknown): string {
  if (value instanceof Uint8Array) return showKey(value);
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}
