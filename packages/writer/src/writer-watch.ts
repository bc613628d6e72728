// All that watches one writer: its progress, whoever listens, telemetry, and the warnings that follow from what is seen.
import type { ObjectStore } from "@slate-sst/object-store";
import type { SstMetadata } from "@slate-sst/format/proto";
import { EventEmitter } from "./event-emitter.js";
import type { ClosedEvent, SstWriterEvent } from "./events.js";
import type { WarningCode } from "./generated/telemetry.js";
import { type Expectation, type ProgressCounters, ProgressMeter, type ProgressSource, type SstProgress } from "./progress.js";
import type { SstTelemetry, SstTotals, WriterTelemetry } from "./telemetry.js";
import { WatchedStore } from "./watched-store.js";

/** Share of the parts that a store takes from which on it is told that they run out. */
const PARTS_SHARE_WARNED = 0.9;

/** Options of a writer that are about watching it. */
export interface WatchOptions extends Expectation {
  readonly onEvent: ((event: SstWriterEvent) => unknown) | undefined;
  readonly keysInEvents: boolean;
  readonly telemetry: WriterTelemetry | undefined;
}

/** The writer, as far as it is watched. */
export interface WatchedWriter {
  readonly state: ProgressSource["state"];
  readonly rows: number;
  /** Bytes of the object made so far. */
  readonly position: number;
  readonly crc32: number;
  sizeNow(): number;
  totals(): Omit<SstTotals, "encodedBytes">;
}

/** A writer that is only about to be made. */
const NO_WRITER: WatchedWriter = {
  state: "writing", rows: 0, position: 0, crc32: 0,
  sizeNow: () => 0,
  totals: () => ({ puts: 0, deletes: 0, merges: 0, rawKeyBytes: 0, rawValueBytes: 0, blocks: 0, memory: { buffers: 0, filter: 0, index: 0, stats: 0 } }),
};

export class WriterWatch {
  readonly emitter: EventEmitter;
  /** The store to be used, which tells of every request. */
  readonly store: WatchedStore;
  readonly #path: string;
  readonly #options: WatchOptions;
  readonly #progress: ProgressMeter;
  readonly #telemetry: SstTelemetry | undefined;
  readonly #warned = new Set<WarningCode>();
  #writer = NO_WRITER;
  #waitingSince: number | undefined;

  /** The telemetry's SST begins here, in the context of the caller. */
  constructor(store: ObjectStore, path: string, options: WatchOptions) {
    this.#path = path;
    this.#options = options;
    this.#progress = new ProgressMeter(() => this.#read(), options);
    this.emitter = new EventEmitter({ store: store.url, path, keys: options.keysInEvents, progress: () => this.progress() });
    if (options.onEvent !== undefined) this.emitter.onAny(options.onEvent);
    this.#telemetry = this.#begin(store.url, path);
    this.store = new WatchedStore(store, { emitter: this.emitter, telemetry: this.#telemetry, objectCrc32: () => this.#writer.crc32, onPart: () => this.#checkPlan() });
  }

  /** Told of every data block's size; undefined when nobody wants to know. */
  get onBlock(): ((size: number) => void) | undefined {
    const telemetry = this.#telemetry;
    if (telemetry?.onBlock === undefined) return undefined;
    return (size) => this.emitter.guard(telemetry, () => telemetry.onBlock?.(size));
  }

  /** The writer is there now. */
  attach(writer: WatchedWriter): void {
    this.#writer = writer;
  }

  progress(): SstProgress {
    return this.#progress.read();
  }

  /** Goes on from the counters of the writer before; what has been restored must be in place. */
  resumeFrom(counters: ProgressCounters): void {
    this.#progress.resumeFrom(counters);
  }

  /** Parts wait for room, or no longer do. */
  waiting(isWaiting: boolean): void {
    const now = performance.now();
    if (isWaiting === (this.#waitingSince !== undefined)) return;
    const duration = now - (this.#waitingSince ?? now);
    this.#waitingSince = isWaiting ? now : undefined;
    this.emitter.emit({ type: "backpressure", waiting: isWaiting, duration });
  }

  warn(code: WarningCode, message: string, error?: unknown): void {
    if (this.#warned.has(code)) return;
    this.#warned.add(code);
    this.emitter.emit({ type: "warning", code, message, ...(error === undefined ? {} : { error }) });
  }

  closed({ rowCount, size, etag, firstKey, lastKey }: SstMetadata, phases: ClosedEvent["phases"]): void {
    this.#progress.end();
    this.emitter.emit({ type: "closed", rows: Number(rowCount), size: Number(size), parts: this.store.parts, etag, phases, firstKey, lastKey });
  }

  failed(error: Error): void {
    this.#progress.end();
    this.emitter.emit({ type: "failed", code: codeOf(error), error });
  }

  /** @param left why what was staged could not be removed; undefined when it was. */
  aborted(failure: Error | undefined, left?: { readonly error: unknown }): void {
    this.#progress.end();
    if (left !== undefined) this.warn("upload_left", `what was staged for ${this.#path} could not be removed; abort() tries again`, left.error);
    this.emitter.emit({ type: "aborted", code: codeOf(failure), removed: left === undefined, error: failure });
  }

  #begin(store: string, path: string): SstTelemetry | undefined {
    const { telemetry } = this.#options;
    if (telemetry === undefined) return undefined;
    const begun: SstTelemetry[] = [];
    this.emitter.guard(telemetry, () => {
      begun.push(telemetry.begin({ store, path, totals: () => ({ ...this.#writer.totals(), encodedBytes: this.#writer.position }) }));
    });
    const [sst] = begun;
    if (sst?.onEvent !== undefined) this.emitter.onAny((event) => sst.onEvent?.(event));
    return sst;
  }

  #read(): ProgressSource {
    const { state, rows, position } = this.#writer;
    const { bytesUploaded, parts, bytesInFlight } = this.store;
    return { state, rows, bytesEncoded: position, bytesUploaded, parts, bytesInFlight, sizeNow: this.#writer.sizeNow() };
  }

  #checkPlan(): void {
    const { expectedSize } = this.#options;
    const { position } = this.#writer;
    if (expectedSize !== undefined && position > expectedSize) {
      this.warn("size_exceeded", `${this.#path} has outgrown the ${expectedSize} bytes that were expected; it goes on as far as its parts reach`);
    }
    const partsMax = this.store.capabilities.uploads?.partsMax ?? Number.POSITIVE_INFINITY;
    if (this.store.parts >= partsMax * PARTS_SHARE_WARNED) {
      this.warn("parts_running_out", `${this.#path} has ${this.store.parts} of the ${partsMax} parts that ${this.store.url} takes: close it and begin the next SST, or give a larger expectedSize or partSize next time`);
    }
  }
}

function codeOf(error: Error | undefined): string {
  return error !== undefined && "code" in error && typeof error.code === "string" ? error.code : "unknown";
}
