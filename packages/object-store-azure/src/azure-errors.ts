// What Azure's SDK throws, as errors of object stores. Its own errors carry whole requests with their authorization: only
// names, texts, states and request ids go on from here.
import type { StoreErrorCode } from "@slate-sst/format";
import { StoreError } from "@slate-sst/object-store";
import { codeOfStatus, isPassingStatus, NETWORK_FAILURES } from "@slate-sst/object-store/adapter";

const CODES: Readonly<Record<string, StoreErrorCode>> = {
  BlobNotFound: "ERR_STORE_NOT_FOUND",
  BlobAlreadyExists: "ERR_STORE_ALREADY_EXISTS",
  ConditionNotMet: "ERR_STORE_ALREADY_EXISTS",
  InvalidBlockList: "ERR_STORE_UPLOAD_MISMATCH",
  InvalidBlockId: "ERR_STORE_UPLOAD_MISMATCH",
  InvalidBlobOrBlock: "ERR_STORE_UPLOAD_MISMATCH",
  Md5Mismatch: "ERR_STORE_CHECKSUM",
  InvalidRange: "ERR_STORE_RANGE",
  RequestBodyTooLarge: "ERR_STORE_UNSUPPORTED",
  // A lease is another program's lock. Its status is that of a condition, and this store has set none.
  LeaseIdMissing: "ERR_STORE_PERMISSION",
  CredentialUnavailableError: "ERR_STORE_PERMISSION",
  AggregateAuthenticationError: "ERR_STORE_PERMISSION",
  AuthenticationError: "ERR_STORE_PERMISSION",
};

const TEXTS: Partial<Record<StoreErrorCode, string>> = {
  ERR_STORE_NOT_FOUND: "there is no such blob",
  ERR_STORE_ALREADY_EXISTS: "a blob is there already",
  ERR_STORE_UPLOAD_MISMATCH: "the blocks are not those of the upload",
  ERR_STORE_CHECKSUM: "the bytes received do not match their checksum",
  ERR_STORE_RANGE: "the blob ends before the range",
  ERR_STORE_PERMISSION: "access was refused, or there are no credentials",
};

/** What the SDK says of a request that had no answer. */
const NOT_SENT = "REQUEST_SEND_ERROR";

const NOT_FOUND = 404;

interface SdkError extends Error {
  readonly code?: unknown;
  readonly statusCode?: number;
  readonly details?: { readonly errorCode?: unknown };
  readonly response?: { readonly headers?: { get(name: string): string | undefined } };
}

/** What is known of a failed request without anything secret. */
export class AzureRequestError extends Error {
  /** `AzureRequestError`. */
  override readonly name: string = "AzureRequestError";
  /** Azure's code or Node's, such as "ServerBusy" or "ECONNRESET". */
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

/** The error for what a request threw; `secrets` are taken out of its text, and what follows its first line goes as well. */
export function azureError(error: unknown, operation: string, path: string, secrets: readonly string[]): StoreError {
  if (error instanceof StoreError) return error;
  const { name, message, code: given, statusCode: status, details, response } = error as SdkError;
  const headers = response?.headers;
  const code = text(headers?.get("x-ms-error-code")) ?? text(details?.errorCode) ?? text(given) ?? text(name) ?? "Error";
  const firstLine = (text(message) ?? code).split(/[\r\n<]/)[0] ?? "";
  const shown = secrets.reduce((left, secret) => left.replaceAll(secret, "…"), withoutQueries(firstLine));
  const cause = new AzureRequestError(shown === "" ? code : shown, code, status, headers?.get("x-ms-request-id"));
  const says = `${operation}: ${code}${shown === "" || shown === code ? "" : `: ${shown}`}${status === undefined ? "" : ` (HTTP ${status})`}`;
  // Azurite says "InvalidOperation" where Azure says "Md5Mismatch".
  const failure = CODES[code] ?? CODES[name] ?? (/\bmd5\b|contentMD5/i.test(shown) ? "ERR_STORE_CHECKSUM" : byStatus(status, code));
  if (failure !== undefined) return new StoreError(failure, `${TEXTS[failure] ?? "the store refused the call"}; ${says}`, { path, cause });
  const retryable = code === NOT_SENT || NETWORK_FAILURES.has(code) || isPassingStatus(status) || /socket hang up|aborted|premature/i.test(shown);
  return new StoreError("ERR_STORE_FAILED", says, { path, cause, retryable });
}

function byStatus(status: number | undefined, code: string): StoreErrorCode | undefined {
  return status === NOT_FOUND && code !== "ContainerNotFound" ? "ERR_STORE_NOT_FOUND" : codeOfStatus(status);
}

/** Addresses in texts may carry a shared access signature. */
function withoutQueries(message: string): string {
  return message.replaceAll(/(https?:\/\/[^\s?]*)\?\S*/g, "$1");
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
