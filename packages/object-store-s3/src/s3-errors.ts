// What S3 and its SDK throw, as errors of object stores. Their own errors carry whole responses and, in some answers, access
// keys: only names, texts, states and request ids go on from here.
import { StoreError } from "@slate-sst/object-store";
import { codeOfStatus, isPassingStatus, NETWORK_FAILURES } from "@slate-sst/object-store/adapter";
import type { StoreErrorCode } from "@slate-sst/format";

const CODES: Readonly<Record<string, StoreErrorCode>> = {
  NoSuchKey: "ERR_STORE_NOT_FOUND",
  NotFound: "ERR_STORE_NOT_FOUND",
  NoSuchUpload: "ERR_STORE_UPLOAD_NOT_FOUND",
  PreconditionFailed: "ERR_STORE_ALREADY_EXISTS",
  InvalidPart: "ERR_STORE_UPLOAD_MISMATCH",
  InvalidPartOrder: "ERR_STORE_UPLOAD_MISMATCH",
  EntityTooSmall: "ERR_STORE_UPLOAD_MISMATCH",
  BadDigest: "ERR_STORE_CHECKSUM",
  XAmzContentSHA256Mismatch: "ERR_STORE_CHECKSUM",
  XAmzContentChecksumMismatch: "ERR_STORE_CHECKSUM",
  InvalidRange: "ERR_STORE_RANGE",
  KeyTooLongError: "ERR_STORE_PATH",
  // MinIO keeps objects as folders: there can be none below another.
  XMinioParentIsObject: "ERR_STORE_PATH",
  XMinioInvalidObjectName: "ERR_STORE_PATH",
  EntityTooLarge: "ERR_STORE_UNSUPPORTED",
  NotImplemented: "ERR_STORE_UNSUPPORTED",
  AccessDenied: "ERR_STORE_PERMISSION",
  CredentialsProviderError: "ERR_STORE_PERMISSION",
};

/** Answers that pass, whatever their status. */
const PASSING = new Set([
  "InternalError", "ServiceUnavailable", "SlowDown", "SlowDownRead", "SlowDownWrite", "Throttling", "ThrottlingException", "TooManyRequests",
  "RequestTimeout", "RequestTimeTooSkewed", "ConditionalRequestConflict", "OperationAborted", "TimeoutError", "NetworkingError",
]);

/** What the SDK says where a server says nothing. */
const NO_MESSAGE = "UnknownError";

interface SdkError extends Error {
  readonly Code?: unknown;
  readonly code?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string };
  readonly $retryable?: unknown;
}

/** What is known of a failed request without anything secret. */
export class S3RequestError extends Error {
  /** `S3RequestError`. */
  override readonly name: string = "S3RequestError";
  /** S3's code or Node's, such as "SlowDown" or "ECONNRESET". */
  readonly code: string;
  /** HTTP status; `undefined` where there was no answer. */
  readonly status: number | undefined;
  /** The service's id of the request, for its support. */
  readonly requestId: string | undefined;

  /** `code` is the service's own, `status` that of HTTP: undefined where there was no answer. */
  constructor(message: string, code: string, status: number | undefined, requestId: string | undefined) {
    super(message);
    this.code = code;
    this.status = status;
    this.requestId = requestId;
  }
}

/** What a request was about. */
export interface Asked {
  readonly operation: string;
  readonly path: string;
  /** It was about an upload: what is not found is that. Ceph says NoSuchKey then. */
  readonly upload: boolean;
  /** What must not stand in a text. */
  readonly secrets: readonly string[];
}

/** The error for what a request threw. */
export function s3Error(error: unknown, { operation, path, upload, secrets }: Asked): StoreError {
  if (error instanceof StoreError) return error;
  const { name, message, Code, code: nodeCode, $metadata, $retryable } = error as SdkError;
  const status = $metadata?.httpStatusCode;
  const code = text(nodeCode) ?? text(Code) ?? text(name) ?? "Error";
  const shown = secrets.reduce((left, secret) => left.replaceAll(secret, "…"), text(message) ?? NO_MESSAGE);
  const cause = new S3RequestError(shown === NO_MESSAGE ? code : shown, code, status, $metadata?.requestId);
  const says = `${operation}: ${shown === NO_MESSAGE ? code : `${code}: ${shown}`}${status === undefined ? "" : ` (HTTP ${status})`}`;
  const known = CODES[code] ?? CODES[name] ?? codeOfStatus(status);
  const failure = upload && known === "ERR_STORE_NOT_FOUND" ? "ERR_STORE_UPLOAD_NOT_FOUND" : known;
  if (failure !== undefined && !PASSING.has(code)) return new StoreError(failure, `${TEXTS[failure] ?? "the store refused the call"}; ${says}`, { path, cause });
  const retryable = PASSING.has(code) || PASSING.has(name) || NETWORK_FAILURES.has(code) || isPassingStatus(status) ||
    $retryable !== undefined || /socket hang up|aborted/i.test(shown);
  return new StoreError("ERR_STORE_FAILED", says, { path, cause, retryable });
}

const TEXTS: Partial<Record<StoreErrorCode, string>> = {
  ERR_STORE_NOT_FOUND: "there is no such object",
  ERR_STORE_UPLOAD_NOT_FOUND: "there is no such upload: it was completed or aborted, or never begun",
  ERR_STORE_ALREADY_EXISTS: "an object is there already",
  ERR_STORE_UPLOAD_MISMATCH: "the parts are not those of the upload",
  ERR_STORE_CHECKSUM: "the bytes received do not match their checksum",
  ERR_STORE_RANGE: "the object ends before the range",
  ERR_STORE_PERMISSION: "access was refused, or there are no credentials",
};

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
