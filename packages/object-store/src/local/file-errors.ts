// From errors of the file system to errors of a store.
import { StoreError } from "../store-error.js";

const REFUSED = new Set(["EACCES", "EPERM", "EROFS"]);
const NO_PATH = new Set(["ELOOP", "ENAMETOOLONG", "ENOTDIR", "EISDIR"]);
const FULL = new Set(["ENOSPC", "EDQUOT"]);
const PASSING = new Set(["EAGAIN", "EBUSY", "EINTR", "EMFILE", "ENFILE", "ENOMEM"]);

/** The code of a failed system call (`ENOENT`), or undefined when an error is none. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("syscall" in error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** Whether a system call failed for one of these reasons. */
export function isSystemError(error: unknown, ...codes: readonly string[]): boolean {
  const code = systemCode(error);
  return code !== undefined && codes.includes(code);
}

/** The store's error for a failed system call; any other error (a signal's reason, a StoreError) as it is. */
export function storeErrorOf(error: unknown, path: string): unknown {
  const code = systemCode(error);
  if (code === undefined) return error;
  const options = { path, cause: error };
  if (REFUSED.has(code)) return new StoreError("ERR_STORE_PERMISSION", `the file system refused access to ${path} (${code})`, options);
  if (NO_PATH.has(code)) return new StoreError("ERR_STORE_PATH", `the file system cannot hold an object at ${path} (${code})`, options);
  if (FULL.has(code)) return new StoreError("ERR_STORE_FAILED", `the file system is full: no room for ${path} (${code})`, options);
  return new StoreError("ERR_STORE_FAILED", `the file system failed at ${path} (${code})`, { ...options, retryable: PASSING.has(code) });
}

/** Runs a step of a call about `path`; failed system calls come out as StoreErrors. */
export async function guarded<T>(path: string, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    throw storeErrorOf(error, path);
  }
}
