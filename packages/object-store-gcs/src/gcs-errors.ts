// What a request to Google Cloud Storage may end in, as errors of object stores, without anything secret: a session's
// address lets whoever holds it write, and tokens stand in headers.
import type { StoreErrorCode } from "@slate-sst/format";
import { StoreError } from "@slate-sst/object-store";
import { codeOfStatus, isPassingStatus, NETWORK_FAILURES } from "@slate-sst/object-store/adapter";

const BAD_REQUEST = 400;
const NOT_FOUND = 404;
/** How the service says that there is no bucket. Of an object it tells the bucket's name and the object's, whatever stands in those. */
const NO_BUCKET = /^the specified bucket does not exist/i;
/** A session that is gone, and one that was cancelled. */
const SESSION_GONE = [NOT_FOUND, 410, 499];

/** What is known of a failed request without anything secret. */
export class GcsRequestError extends Error {
  /** `GcsRequestError`. */
  override readonly name: string = "GcsRequestError";
  /** The service's reason or Node's code, such as "rateLimitExceeded" or "ECONNRESET". */
  readonly code: string;
  /** HTTP status; `undefined` where there was no answer. */
  readonly status: number | undefined;

  /** `code` is the service's own, `status` that of HTTP: undefined where there was no answer. */
  constructor(message: string, code: string, status: number | undefined) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** Whether a status says that an upload's session is not there (any more). */
export function isSessionGone(status: number): boolean {
  return SESSION_GONE.includes(status);
}

/** The error for an answer that is none of those a request hopes for. */
export async function answerError(response: Response, operation: string, path: string, session: boolean): Promise<StoreError> {
  const { status } = response;
  const { reason, message } = await reasonOf(response);
  const cause = new GcsRequestError(message, reason, status);
  const says = `${operation}: ${message} (HTTP ${status})`;
  const [code, text] = failureOf(status, message, session);
  if (code !== undefined) return new StoreError(code, `${text}; ${says}`, { path, cause });
  return new StoreError("ERR_STORE_FAILED", says, { path, cause, retryable: isPassingStatus(status) });
}

/** The error for a request that had no whole answer, or none that can be read. */
export function requestError(error: unknown, operation: string, path: string): StoreError {
  if (error instanceof StoreError) return error;
  // fetch says no more than that it failed; what its cause says holds an address at most.
  const code = codeOf((error as Error).cause) ?? codeOf(error);
  const text = code ?? (error instanceof SyntaxError ? "the answer is not JSON" : "the connection failed");
  return new StoreError("ERR_STORE_FAILED", `${operation}: ${text}`, { path, cause: new GcsRequestError(text, code ?? "fetch failed", undefined), retryable: true });
}

/** The error for credentials that could not be had. Whoever gives them out may be out of reach for a moment. */
export function credentialsError(error: unknown, operation: string, path: string): StoreError {
  const { message, cause: inner, status } = error as Error & { readonly status?: unknown };
  const code = [codeOf(error), codeOf(inner)].find((one) => one !== undefined && NETWORK_FAILURES.has(one));
  const text = `no credentials: ${firstLine(message)}`;
  const state = typeof status === "number" ? status : undefined;
  const cause = new GcsRequestError(text, code ?? "credentials", state);
  if (code !== undefined || isPassingStatus(state)) return new StoreError("ERR_STORE_FAILED", `${operation}: ${text}`, { path, cause, retryable: true });
  return new StoreError("ERR_STORE_PERMISSION", `${operation}: ${text}`, { path, cause });
}

const TEXTS: Partial<Record<StoreErrorCode, string>> = {
  ERR_STORE_ALREADY_EXISTS: "an object is there already",
  ERR_STORE_RANGE: "the object ends before the range",
  ERR_STORE_PERMISSION: "access was refused, or there are no credentials",
};

function failureOf(status: number, message: string, session: boolean): [StoreErrorCode | undefined, string] {
  if (session && isSessionGone(status)) return ["ERR_STORE_UPLOAD_NOT_FOUND", "there is no such upload: it was completed or aborted, or it expired"];
  if (status === NOT_FOUND && !NO_BUCKET.test(message)) return ["ERR_STORE_NOT_FOUND", "there is no such object"];
  const code = codeOfStatus(status);
  if (code !== undefined) return [code, TEXTS[code] ?? ""];
  if (status === BAD_REQUEST && /crc32c|md5|hash/i.test(message)) return ["ERR_STORE_CHECKSUM", "the bytes received do not match their checksum"];
  return [undefined, ""];
}

async function reasonOf(response: Response): Promise<{ readonly reason: string; readonly message: string }> {
  const text = await response.text().catch(() => "");
  try {
    const { error } = JSON.parse(text) as { error?: { message?: string; errors?: readonly { reason?: string }[] } };
    return { reason: error?.errors?.[0]?.reason ?? String(response.status), message: firstLine(error?.message ?? "") };
  } catch {
    return { reason: String(response.status), message: firstLine(text) };
  }
}

/** Text of a service, without addresses. */
function firstLine(text: string): string {
  const line = (text.split(/[\r\n<]/)[0] ?? "").replaceAll(/https?:\/\/\S+/g, "…");
  return line === "" ? "no text" : line;
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
