// The door of every store: arguments first, then what the store can do, then the signal, all before anything happens.
// Adapters call these, so that all stores refuse the same things by the same codes.
import type { StoreCapabilities, UploadCapabilities } from "./capabilities.js";
import { assertChecksum } from "./checksum.js";
import { assertObjectBody, bodySize } from "./object-body.js";
import { assertObjectMetadata } from "./object-metadata.js";
import { assertListPrefix, assertObjectPath } from "./object-path.js";
import type { CallOptions, ListOptions, ObjectBody, PutOptions, StreamOptions, WriteMode } from "./object-store.js";
import { StoreError } from "./store-error.js";

const CALL_OPTIONS: readonly (keyof CallOptions)[] = ["signal", "onAttempt"];
const PUT_OPTIONS: readonly (keyof PutOptions)[] = ["mode", "metadata", "checksum", "signal", "onAttempt"];
const LIST_OPTIONS: readonly (keyof ListOptions)[] = ["startAfter", "onSkipped", "signal", "onAttempt"];
const STREAM_OPTIONS: readonly (keyof StreamOptions)[] = ["start", "end", "signal", "onAttempt"];

/** Checks a call that takes a path and nothing else: `get`, `head`, `delete`. */
export function assertObjectCall(path: string, options: CallOptions | undefined): void {
  assertObjectPath(path);
  assertOptions(options, CALL_OPTIONS, path);
  options?.signal?.throwIfAborted();
}

/** Checks `put`. */
export function assertPut(capabilities: StoreCapabilities, path: string, body: ObjectBody, options: PutOptions): void {
  assertObjectPath(path);
  assertObjectBody(body, path);
  assertRequiredOptions(options, PUT_OPTIONS, path);
  assertWriteMode(options.mode, path);
  assertObjectMetadata(options.metadata, capabilities.metadataSizeMax, path);
  assertChecksum(options.checksum, capabilities.checksums, path);
  if (options.mode === "create" && !capabilities.putCreate) {
    throw new StoreError("ERR_STORE_UNSUPPORTED", "the store cannot create an object only where none is; use mode \"overwrite\" under a fresh name", { path });
  }
  const size = bodySize(body);
  if (size > capabilities.putSizeMax) {
    throw new StoreError("ERR_STORE_UNSUPPORTED", `an object of ${size} bytes in one put; the store takes ${capabilities.putSizeMax}`, { path });
  }
  options.signal?.throwIfAborted();
}

/** Checks `getRange`. */
export function assertGetRange(path: string, start: number, end: number, options: CallOptions | undefined): void {
  assertObjectPath(path);
  assertRange(path, start, end);
  assertOptions(options, CALL_OPTIONS, path);
  options?.signal?.throwIfAborted();
}

/** Checks `stream`; the end is only known to lie in the object when it was given. */
export function assertStream(path: string, options: StreamOptions | undefined): void {
  assertObjectPath(path);
  assertOptions(options, STREAM_OPTIONS, path);
  const start = options?.start ?? 0;
  assertRange(path, start, options?.end ?? Math.max(start, 0));
  options?.signal?.throwIfAborted();
}

/** Refuses a range that begins behind the object, or ends behind it. @throws StoreError ERR_STORE_RANGE */
export function assertRangeInObject(path: string, start: number, end: number, size: number): void {
  if (start <= end && end <= size) return;
  throw new StoreError("ERR_STORE_RANGE", `bytes ${start} to ${end} of an object of ${size} bytes`, { path });
}

/** Checks `list` and `listUploads`. */
export function assertListing(prefix: string, options: ListOptions | undefined): void {
  assertListPrefix(prefix);
  assertOptions(options, LIST_OPTIONS, prefix);
  if (options?.startAfter !== undefined) assertListPrefix(options.startAfter);
  options?.signal?.throwIfAborted();
}

/** The upload capabilities of a store. @throws StoreError ERR_STORE_UNSUPPORTED where it has none */
export function requireUploads(capabilities: StoreCapabilities, path: string): UploadCapabilities {
  if (capabilities.uploads !== undefined) return capabilities.uploads;
  throw new StoreError("ERR_STORE_UNSUPPORTED", "the store has no multipart uploads", { path });
}

/** Refuses options that are not an object or have a name that is not known. @throws StoreError ERR_STORE_ARGUMENT */
export function assertOptions(options: object | undefined, known: readonly string[], path: string): void {
  if (options === undefined) return;
  assertRequiredOptions(options, known, path);
}

/** As {@link assertOptions}, for calls whose options have to be there. @throws StoreError ERR_STORE_ARGUMENT */
export function assertRequiredOptions(options: object, known: readonly string[], path: string): void {
  if (typeof options !== "object" || options === null) throw new StoreError("ERR_STORE_ARGUMENT", `options are an object with: ${known.join(", ")}`, { path });
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new StoreError("ERR_STORE_ARGUMENT", `unknown option ${JSON.stringify(unknown)}; known are: ${known.join(", ")}`, { path });
  }
  if ("signal" in options && options.signal !== undefined && !(options.signal instanceof AbortSignal)) {
    throw new StoreError("ERR_STORE_ARGUMENT", "signal is an AbortSignal", { path });
  }
  if ("onAttempt" in options && options.onAttempt !== undefined && typeof options.onAttempt !== "function") {
    throw new StoreError("ERR_STORE_ARGUMENT", "onAttempt is a function", { path });
  }
}

/** Refuses what is not a write mode. @throws StoreError ERR_STORE_ARGUMENT */
export function assertWriteMode(mode: WriteMode, path: string): void {
  if (mode === "create" || mode === "overwrite") return;
  throw new StoreError("ERR_STORE_ARGUMENT", `mode is "create" or "overwrite", not ${JSON.stringify(mode)}`, { path });
}

function assertRange(path: string, start: number, end: number): void {
  if (Number.isSafeInteger(start) && Number.isSafeInteger(end) && start >= 0 && start <= end) return;
  throw new StoreError("ERR_STORE_RANGE", `bytes ${start} to ${end} are no range`, { path });
}
