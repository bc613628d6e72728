// What an import tells while it runs.

/**
 * `read`: rows of a source that is not sorted are read and checked; `sort`: DuckDB sorts them; `check`: they are looked through for equal keys; `split`: for
 * where SSTs begin; `write`: rows become SSTs; `verify`: SSTs are read back; `publish`: the manifest is put. Sorted rows begin with `write`.
 */
export type ImportPhase = "read" | "sort" | "check" | "split" | "write" | "verify" | "publish";

/** What `onEvent` of an import is told; `type` tells which. */
export type ImportEvent =
  | { readonly type: "phase"; readonly phase: ImportPhase }
  /** Now and then. Counts are those of the whole import, also when it was resumed. */
  | ({ readonly type: "progress" } & ImportProgress)
  /** An SST is there; `index` counts from 0. */
  | { readonly type: "sst"; readonly index: number; readonly path: string; readonly rows: bigint; readonly bytes: bigint }
  | { readonly type: "verified"; readonly index: number; readonly path: string };

/** How far an import is. */
export interface ImportProgress {
  /** What is being done. */
  readonly phase: ImportPhase;
  /** How much of the phase is done, 0 to 1; undefined where nobody knows, as of standard input. */
  readonly fraction: number | undefined;
  /** Seconds that the rest of the phase takes at its speed so far; undefined before anybody knows. */
  readonly secondsLeft: number | undefined;
  /** Of the source that is read, or of the SSTs that are written; undefined in other phases. */
  readonly bytesPerSecond: number | undefined;
  /** Rows that the phase has behind it. */
  readonly rows: number;
  /** Bytes of the source that were read, packed as they are. */
  readonly bytesRead: number;
  /** The same of all of the source; undefined where nobody knows. */
  readonly bytesTotal: number | undefined;
  /** Bytes of SSTs. */
  readonly bytesWritten: number;
  /** SSTs that are finished. */
  readonly ssts: number;
  /** Bytes of memory that the process holds: its resident set, with all threads. */
  readonly memoryBytes: number;
  /** Bytes of temporary files. */
  readonly temporaryBytes: number;
}
