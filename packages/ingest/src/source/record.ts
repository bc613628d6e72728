// One row of a source, before it is a row of a database, and errors that name its place.
import { isSstError, SstError, SstTypeError, type ErrorCode } from "@slate-sst/format";

/** Columns of a row by their names. */
export type Fields = Readonly<Record<string, unknown>>;

export interface SourceRecord {
  /** The source as it was named. */
  readonly file: string;
  /** Its first line, from 1; of binary rows, the row's number. */
  readonly line: number;
  /** Undefined for binary rows. */
  readonly fields: Fields | undefined;
  /** The record as it stands in the source, where that is a text: a line of NDJSON. */
  readonly text?: string | undefined;
  /** Key and value of a binary row. */
  readonly key?: Uint8Array | undefined;
  readonly value?: Uint8Array | undefined;
}

/** Where a record stands. */
export type Place = Pick<SourceRecord, "file" | "line">;

export function sourceError(code: ErrorCode, { file, line }: Place, problem: string, details: Readonly<Record<string, unknown>> = {}, cause?: unknown): SstError {
  return new SstError(code, `${file}:${line}: ${problem}`, { ...(cause === undefined ? {} : { cause }), details: { ...details, file, line } });
}

/** An error of the writer about a row, which tells the row's ordinal, with its place in the source in front. Any other is left as it is. */
export function atRecord(error: unknown, { file, line }: Place, hint = ""): unknown {
  if (!isSstError(error) || error.details["line"] !== undefined || error.details["ordinal"] === undefined) return error;
  const options = { cause: error, details: { ...error.details, file, line } };
  const message = `${file}:${line}: ${error.message}${hint}`;
  return error instanceof SstTypeError ? new SstTypeError(error.code, message, options) : new SstError(error.code, message, options);
}
