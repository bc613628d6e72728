// What the thread that was called and those that write say to each other. One SST at a time is written by a thread.
import type { RowColumns, SstWriterConfig } from "@slate-sst/writer";
import type { CarriedError } from "./carried-error.js";

/** What a thread is started with. */
export interface ThreadData {
  readonly storeUrl: string;
  /** Of every SST. What cannot be sent to a thread is not in it. */
  readonly config: SstWriterConfig;
  /** Its first word is not 0 once the rows are not wanted any more: also a source that never waits sees it. */
  readonly stop: Int32Array;
}

export type ToThread =
  | { readonly type: "begin"; readonly path: string; readonly module: string | undefined; readonly data: unknown }
  | { readonly type: "columns"; readonly columns: RowColumns }
  /** There are no more batches than so many. */
  | { readonly type: "end"; readonly batches: number }
  | { readonly type: "abort" };

export type FromThread =
  /** The object was not there, where that matters: what is at the path from now on is the thread's. */
  | { readonly type: "begun" }
  /** A batch's rows are in the SST. */
  | { readonly type: "taken" }
  /** SstMetadata as protobuf. */
  | { readonly type: "written"; readonly metadata: Uint8Array }
  | { readonly type: "failed"; readonly error: CarriedError; readonly mayBeThere: boolean };
