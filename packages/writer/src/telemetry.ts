// The interface to systems that collect metrics and traces. `openTelemetry()` of @slate-sst/writer/opentelemetry is one of them.
import type { SstWriterEvent } from "./events.js";
import { SPANS } from "./generated/telemetry.js";

/** What is counted of an SST. Rows, keys, values and blocks count once their block is finished. */
export interface SstTotals {
  /** Values. */
  readonly puts: number;
  /** Tombstones. */
  readonly deletes: number;
  /** Merge operands. */
  readonly merges: number;
  /** Bytes. */
  readonly rawKeyBytes: number;
  /** Bytes of the rows' values. */
  readonly rawValueBytes: number;
  /** Bytes of the object so far. */
  readonly encodedBytes: number;
  /** Data blocks that are finished. */
  readonly blocks: number;
  /** Bytes of memory. */
  readonly memory: { readonly buffers: number; readonly filter: number; readonly index: number; readonly stats: number };
}

/** A request that is traced. */
export interface TracedRequest {
  /** Name of the span in `spec/telemetry.yaml`. */
  readonly span: Exclude<keyof typeof SPANS, "write">;
  /** Number of the part, from 1; undefined where the request is about none. */
  readonly partNumber: number | undefined;
  /** Bytes that go to the store. */
  readonly size: number;
}

/** Told of one SST. All methods are optional. What they throw, and promises of theirs that are rejected, harm nothing. */
export interface SstTelemetry {
  /** Told of every event, as listeners are. */
  onEvent?(event: SstWriterEvent): unknown;
  /** Told of the size of every data block, in bytes as stored. Called inside the calls that write rows: it should be quick. */
  onBlock?(size: number): void;
  /** Told of every request before it leaves. `send` makes it, in the context that it is called in, and tells how it ends. */
  onRequest?(request: TracedRequest, send: () => Promise<RequestEnd>): unknown;
}

/** How a request ended. */
export interface RequestEnd {
  /** Undefined where it succeeded. */
  readonly error: unknown;
  /** Attempts it took. */
  readonly attempts: number;
}

/** Told of every SST that a writer with this option begins. */
export interface WriterTelemetry {
  /** Called once for an SST, in the context of create(). `totals` may be asked at any time. */
  begin(sst: { readonly store: string; readonly path: string; readonly totals: () => SstTotals }): SstTelemetry;
}
