// What a writer tells while it writes. Every event: what has happened, to which SST, and how far it is.
import type { StoreMethod } from "@slate-sst/object-store";
import type { EVENTS, WarningCode } from "./generated/telemetry.js";
import type { SstProgress } from "./progress.js";

/** What every event has. */
export interface EventBase {
  /** URL of the store, without secrets. */
  readonly store: string;
  /** Path of the SST. */
  readonly path: string;
  /** How far the writer is. */
  readonly progress: SstProgress;
}

/** A part of the upload is in the store. An SST of one request has none. */
export interface PartEvent {
  /** Which event it is. */
  readonly type: "part";
  /** From 1. */
  readonly partNumber: number;
  /** Bytes. */
  readonly size: number;
  /** "skipped": it was there already when the writer was resumed. */
  readonly result: "uploaded" | "skipped";
  /** Milliseconds, all attempts together. */
  readonly duration: number;
  /** Attempts it took, as far as the store tells of them; 0 where it was skipped. */
  readonly attempts: number;
}

/** An attempt at a request failed. */
export interface RetryEvent {
  /** Which event it is. */
  readonly type: "retry";
  /** The store's method that was called. */
  readonly method: StoreMethod;
  /** Number of the part, from 1; undefined where the request is about none. */
  readonly partNumber: number | undefined;
  /** From 1. */
  readonly attempt: number;
  /** "retry": it is made again. "settled": its answer was lost, and a look at the store showed that it has succeeded. */
  readonly outcome: "retry" | "settled";
  /** The service's own code or Node's where there is one, such as "SlowDown" or "ECONNRESET", else the store's error code. */
  readonly reason: string;
  /** What the attempt failed by. */
  readonly error: unknown;
  /** Milliseconds that the attempt took, and until the next one (0 when settled). */
  readonly duration: number;
  /** Milliseconds until the next attempt; 0 when settled. */
  readonly delay: number;
}

/** Parts wait for room because the store is slower than the rows, or no longer do. */
export interface BackpressureEvent {
  /** Which event it is. */
  readonly type: "backpressure";
  /** Whether they wait from now on. */
  readonly waiting: boolean;
  /** Milliseconds that they had to wait; 0 while they do. */
  readonly duration: number;
}

/** A checkpoint is durable: what is before it need not be written again. */
export interface CheckpointEvent {
  /** Which event it is. */
  readonly type: "checkpoint";
  /** Number of the checkpoint, from 1, counted on by writers that were resumed. */
  readonly sequence: number;
  /** Rows up to it. */
  readonly rows: number;
  /** Parts up to it. */
  readonly parts: number;
  /** Bytes of its record. */
  readonly size: number;
  /** Milliseconds until it was durable. */
  readonly duration: number;
  /** Only with `keysInEvents`. */
  readonly lastKey?: Uint8Array | undefined;
}

/** The writer goes on with what another one has begun. */
export interface ResumedEvent {
  /** Which event it is. */
  readonly type: "resumed";
  /** "seek": rows go on behind the last durable one. "replay": they are written again from the first one. */
  readonly mode: "seek" | "replay";
  /** Rows up to the last checkpoint. */
  readonly rows: number;
  /** Parts that the store has, and their bytes. */
  readonly parts: number;
  /** Bytes of those parts. */
  readonly bytes: number;
  /** Number of writers that this upload has had, this one included. */
  readonly epoch: number;
  /** Only with `keysInEvents`. */
  readonly lastKey?: Uint8Array | undefined;
}

/** Something is not as it should be, and the SST is written all the same. */
export interface WarningEvent {
  /** Which event it is. */
  readonly type: "warning";
  /** Which warning it is; `spec/telemetry.yaml` lists them. */
  readonly code: WarningCode;
  /** A sentence for people. */
  readonly message: string;
  /** What it comes from, where there is an error. */
  readonly error?: unknown;
}

/** The SST is there, whole. */
export interface ClosedEvent {
  /** Which event it is. */
  readonly type: "closed";
  /** Rows of the SST. */
  readonly rows: number;
  /** Bytes of the object. */
  readonly size: number;
  /** Parts of its upload; 0 when it was one request. */
  readonly parts: number;
  /** The store's own mark of the object; undefined where it gives none. */
  readonly etag: string | undefined;
  /** Milliseconds of close(): the file's end is encoded, parts arrive, the object is published. */
  readonly phases: { readonly encode: number; readonly upload: number; readonly publish: number };
  /** Only with `keysInEvents`. */
  readonly firstKey?: Uint8Array | undefined;
  /** Only with `keysInEvents`. */
  readonly lastKey?: Uint8Array | undefined;
}

/** The first failure, which every later call repeats. */
export interface FailedEvent {
  /** Which event it is. */
  readonly type: "failed";
  /** Code of the error. */
  readonly code: string;
  /** The first error, which sticks. */
  readonly error: Error;
}

/** The SST was given up, by abort() or after a failure. */
export interface AbortedEvent {
  /** Which event it is. */
  readonly type: "aborted";
  /** Code of the failure or the abort. */
  readonly code: string;
  /** Whether what was staged is removed. Otherwise abort() tries again. */
  readonly removed: boolean;
  /** What it was given up for. Only with `keysInEvents`, since the caller's reason may be an error that shows keys. */
  readonly error?: Error | undefined;
}

/** What happened, as whoever notices it says it. */
export type Happening =
  | PartEvent | RetryEvent | BackpressureEvent | CheckpointEvent | ResumedEvent | WarningEvent | ClosedEvent | FailedEvent | AbortedEvent;

/** The names of events. */
export type SstWriterEventType = keyof typeof EVENTS;

/** An event of a writer: `type` tells which fields there are. */
export type SstWriterEvent = Happening & EventBase;

/** The event of that name. */
export type SstWriterEventOf<Type extends SstWriterEventType> = Extract<SstWriterEvent, { readonly type: Type }>;

/** What events show only when they are asked for keys. */
export const KEY_FIELDS = {
  checkpoint: ["lastKey"], resumed: ["lastKey"], closed: ["firstKey", "lastKey"], aborted: ["error"],
} as const satisfies Partial<Record<SstWriterEventType, readonly string[]>>;
