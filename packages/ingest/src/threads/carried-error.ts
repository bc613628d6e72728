// Errors on their way from one thread to another, which structured cloning would strip of class, code and details.
import { SstError, SstRangeError, SstTypeError } from "@slate-sst/format";
import { StoreError } from "@slate-sst/object-store";

/** Causes of causes are carried so far. */
const CAUSES_MAX = 8;

const SST_CLASSES: Readonly<Record<string, typeof SstError | typeof SstTypeError | typeof SstRangeError>> = { SstError, SstTypeError, SstRangeError };

/** An error as data. */
export interface CarriedError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly code: string | undefined;
  readonly details: Readonly<Record<string, unknown>> | undefined;
  /** Of a StoreError. */
  readonly path: string | undefined;
  readonly retryable: boolean;
  readonly cause: CarriedError | undefined;
}

export function carry(error: unknown, causes = CAUSES_MAX): CarriedError {
  if (!(error instanceof Error)) return { name: "Error", message: String(error), stack: undefined, code: undefined, details: undefined, path: undefined, retryable: false, cause: undefined };
  const { name, message, stack, cause, code, details, path, retryable } = error as Error & { readonly code?: unknown; readonly details?: unknown; readonly path?: unknown; readonly retryable?: unknown };
  return {
    name, message, stack,
    code: typeof code === "string" ? code : undefined,
    details: typeof details === "object" && details !== null ? Object.fromEntries(Object.entries(details).map(([key, value]) => [key, sendable(value)])) : undefined,
    path: typeof path === "string" ? path : undefined,
    retryable: retryable === true,
    cause: cause === undefined || causes === 0 ? undefined : carry(cause, causes - 1),
  };
}

/** The error as its own thread had it: of our classes with code, details and cause; any other with its name and message. */
export function revive({ name, message, stack, code, details, path, retryable, cause }: CarriedError): Error {
  const options = cause === undefined ? {} : { cause: revive(cause) };
  const sstClass = SST_CLASSES[name];
  if (sstClass !== undefined && code !== undefined) return withStack(new sstClass(code as SstError["code"], message, { ...options, details: details ?? {} }), stack);
  if (name === "StoreError" && code !== undefined) return withStack(new StoreError(code as StoreError["code"], message, { ...options, path, retryable }), stack);
  const error = new Error(message, options);
  Object.defineProperty(error, "name", { value: name, configurable: true, writable: true });
  return withStack(code === undefined ? error : Object.assign(error, { code }), stack);
}

/** Where it was thrown, which is in the other thread. */
function withStack<Thrown extends Error>(error: Thrown, stack: string | undefined): Thrown {
  if (stack !== undefined) Object.defineProperty(error, "stack", { value: stack, configurable: true, writable: true });
  return error;
}

function sendable(value: unknown): unknown {
  try {
    return structuredClone(value);
  } catch {
    return String(value);
  }
}
