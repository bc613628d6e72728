// What an import tells while it runs.

/** `sort`: rows are read and sorted, where the source is not; `write`: rows become SSTs; `verify`: SSTs are read back; `publish`: the manifest is put. */
export type ImportPhase = "sort" | "write" | "verify" | "publish";

/** What `onEvent` of an import is told; `type` tells which. */
export type ImportEvent =
  | { readonly type: "phase"; readonly phase: ImportPhase }
  /** Now and then while rows are read. Counts are those of the whole import, also when it was resumed. */
  | ({ readonly type: "progress" } & ImportProgress)
  /** An SST is there; `index` counts from 0. */
  | { readonly type: "sst"; readonly index: number; readonly path: string; readonly rows: bigint; readonly bytes: bigint }
  | { readonly type: "verified"; readonly index: number; readonly path: string };

/** How far an import is. */
export interface ImportProgress {
  /** Rows of the source that were read. */
  readonly rows: number;
  /** Bytes of the source that were read, packed as they are; of sorted rows that are written, rows. */
  readonly bytesRead: number;
  /** The same of all of the source; undefined where nobody knows, as of standard input. */
  readonly bytesTotal: number | undefined;
  /** Bytes of SSTs. */
  readonly bytesWritten: number;
  /** SSTs that are finished. */
  readonly ssts: number;
}
