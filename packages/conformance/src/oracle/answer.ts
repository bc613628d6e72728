// Asking real SlateDB: its failures become one readable error, and silence (SlateDB 0.12.1 retries a read of a cut file
// for ever) becomes an error too.
import { RowEntryKind } from "@slatedb/uniffi";
import type { GoldenRow } from "../side-car.js";

/** How long SlateDB may take for one call of the oracle, in milliseconds, when the caller does not say. */
export const ANSWER_MS_MAX = 60_000;

/** Kind of failure when SlateDB does not answer in time. */
export const NO_ANSWER = "NoAnswer";

/** Real SlateDB refused, failed or panicked; or it was used wrongly. */
export class OracleError extends Error {
  /** `OracleError`. */
  override readonly name = "OracleError";
  /** What was asked of SlateDB. */
  readonly operation: string;
  /** SlateDB's kind of failure (Data, Invalid, Closed, Unavailable, Transaction, Internal), RustPanic, NoAnswer, or Usage. */
  readonly kind: string;

  /** `operation`: what SlateDB was asked for. `kind`: the kind of its error. `text`: its text. */
  constructor(operation: string, kind: string, text: string, cause?: unknown) {
    super(`SlateDB: ${operation}: ${kind}: ${text}`, { cause });
    this.operation = operation;
    this.kind = kind;
  }
}

/** Runs `ask` and waits for its result; every failure comes out as an OracleError that names the operation. */
export async function answer<Result>(operation: string, ask: () => Promise<Result>, limitMs: number = ANSWER_MS_MAX): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new OracleError(operation, NO_ANSWER, `nothing came back in ${limitMs} ms`)), limitMs);
  });
  try {
    return await Promise.race([ask(), silence]);
  } catch (error) {
    throw toOracleError(operation, error);
  } finally {
    clearTimeout(timer);
  }
}

/** `ask` without a promise. */
export function answerNow<Result>(operation: string, ask: () => Result): Result {
  try {
    return ask();
  } catch (error) {
    throw toOracleError(operation, error);
  }
}

function toOracleError(operation: string, error: unknown): OracleError {
  if (error instanceof OracleError) return error;
  if (!(error instanceof Error)) return new OracleError(operation, "Unknown", String(error), error);
  // The binding's errors carry their kind as `tag`; its panics and conversion errors only have a class name.
  const kind = "tag" in error && typeof error.tag === "string" ? error.tag : error.name;
  const reason = "reason" in error && typeof error.reason === "string" ? ` (${error.reason})` : "";
  return new OracleError(operation, kind, error.message + reason, error);
}

/** Frees native objects after use, in the order given, whatever is missing. */
export function freeAll(...objects: readonly ({ dispose(): boolean } | undefined)[]): void {
  for (const object of objects) object?.dispose();
}

/** The binding hands out 64-bit numbers as either type. */
export function toBigint(value: bigint | number): bigint {
  return BigInt(value);
}

export function toBigintOrUndefined(value: bigint | number | undefined): bigint | undefined {
  return value === undefined ? undefined : BigInt(value);
}

const KINDS: Readonly<Record<RowEntryKind, GoldenRow["kind"]>> = {
  [RowEntryKind.Value]: "put",
  [RowEntryKind.Tombstone]: "delete",
  [RowEntryKind.Merge]: "merge",
};

/** Our name for SlateDB's row kind. */
export function toRowKind(kind: RowEntryKind): GoldenRow["kind"] {
  return KINDS[kind];
}
