// The one error class of object stores. Callers branch on `code`, which is stable and catalogued in spec/errors.yaml.
import type { StoreErrorCode } from "@slate-sst/format";

/** What an error carries beside its code and text. */
export interface StoreErrorOptions {
  /** The object path, prefix or URL the call was about. */
  readonly path?: string | undefined;
  /** The first cause, when this error was caused by another one. */
  readonly cause?: unknown;
  /** See {@link StoreError.retryable}. */
  readonly retryable?: boolean | undefined;
}

/**
 * A store refused a call or failed at it. Messages name paths, sizes and limits, never credentials or upload ids (an
 * upload id may be a bearer secret).
 */
export class StoreError extends Error {
  /** `StoreError`. */
  override readonly name: string = "StoreError";
  /** Stable code from the catalogue in spec/errors.yaml. */
  readonly code: StoreErrorCode;
  /** The object path, prefix or URL the call was about, if there was one. */
  readonly path: string | undefined;
  /**
   * Whether the same call may succeed when it is made again unchanged: a lost connection, throttling, a server's error.
   * It does not say that the failed call had no effect.
   */
  readonly retryable: boolean;

  /** `code` is one of the catalogue, `message` a sentence for people. */
  constructor(code: StoreErrorCode, message: string, options: StoreErrorOptions = {}) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.path = options.path;
    this.retryable = options.retryable ?? false;
  }
}

/** Whether a value is an error of an object store, optionally with the given code; also across copies of this package. */
export function isStoreError(value: unknown, code?: StoreErrorCode): value is StoreError {
  if (!(value instanceof Error) || value.name !== "StoreError" || !("code" in value)) return false;
  return code === undefined ? typeof value.code === "string" : value.code === code;
}
