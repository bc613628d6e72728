// The errors of Slate SST. Callers branch on `code`, which is stable and catalogued in spec/errors.yaml; texts may change.
import type { ErrorCode } from "./generated/errors.js";

/** Facts for machines that travel with an error: keys, ordinals, offsets, paths, limits. */
export type ErrorDetails = Readonly<Record<string, unknown>>;

/** What an error carries beside its code and text. */
export interface SstErrorOptions {
  /** Facts for machines; which ones depend on the code. */
  readonly details?: ErrorDetails;
  /** The first cause, when this error was caused by another one. */
  readonly cause?: unknown;
}

/** An operation failed for a reason of the format, the data or the environment. */
export class SstError extends Error {
  /** `SstError`. */
  override readonly name: string = "SstError";
  /** Stable code from the catalogue in spec/errors.yaml. */
  readonly code: ErrorCode;
  /** What the text says, for programs: names of fields with their values. */
  readonly details: ErrorDetails;

  /** `code` is one of the catalogue, `message` a sentence for people. */
  constructor(code: ErrorCode, message: string, options: SstErrorOptions = {}) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.details = options.details ?? {};
  }
}

/** A programming mistake: a value of the wrong type. */
export class SstTypeError extends TypeError {
  /** `SstTypeError`. */
  override readonly name: string = "SstTypeError";
  /** Stable between major versions; one of `ERROR_CATALOGUE`. */
  readonly code: ErrorCode;
  /** What the text says, for programs: names of fields with their values. */
  readonly details: ErrorDetails;

  /** `code` is one of the catalogue, `message` a sentence for people. */
  constructor(code: ErrorCode, message: string, options: SstErrorOptions = {}) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.details = options.details ?? {};
  }
}

/** A programming mistake: a value outside its range. */
export class SstRangeError extends RangeError {
  /** `SstRangeError`. */
  override readonly name: string = "SstRangeError";
  /** Stable between major versions; one of `ERROR_CATALOGUE`. */
  readonly code: ErrorCode;
  /** What the text says, for programs: names of fields with their values. */
  readonly details: ErrorDetails;

  /** `code` is one of the catalogue, `message` a sentence for people. */
  constructor(code: ErrorCode, message: string, options: SstErrorOptions = {}) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.details = options.details ?? {};
  }
}

/** Whether a value is one of this toolkit's errors, of any class, optionally with the given code. */
export function isSstError(value: unknown, code?: ErrorCode): value is Error & { readonly code: ErrorCode; readonly details: ErrorDetails } {
  if (!(value instanceof SstError || value instanceof SstTypeError || value instanceof SstRangeError)) return false;
  return code === undefined || value.code === code;
}
