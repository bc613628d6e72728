// One SST as OpenTelemetry sees it: a span with a span for each request, and what is added to the metrics.
import { type Attributes, type Context, context, type Span, SpanStatusCode, trace, type Tracer } from "@opentelemetry/api";
import type { SstWriterEvent } from "./events.js";
import { SPANS } from "./generated/telemetry.js";
import type { OpenTelemetryInstruments } from "./opentelemetry-instruments.js";
import type { RequestEnd, SstTelemetry, SstTotals, TracedRequest } from "./telemetry.js";

/** Milliseconds of a second. */
const SECOND = 1000;

const NO_LABELS = {};

const NO_TOTALS: SstTotals = {
  puts: 0, deletes: 0, merges: 0, rawKeyBytes: 0, rawValueBytes: 0, encodedBytes: 0, blocks: 0, memory: { buffers: 0, filter: 0, index: 0, stats: 0 },
};

export class OpenTelemetrySst implements SstTelemetry {
  readonly #instruments: OpenTelemetryInstruments;
  readonly #tracer: Tracer;
  readonly #context: Context;
  readonly #span: Span;
  readonly #totals: () => SstTotals;
  readonly #parts = new Map<number, Span>();
  /** What the metrics know of already. */
  #told = NO_TOTALS;
  #ended = false;

  constructor(sst: { readonly store: string; readonly path: string; readonly totals: () => SstTotals }, instruments: OpenTelemetryInstruments, tracer: Tracer, parent: Context) {
    this.#instruments = instruments;
    this.#tracer = tracer;
    this.#totals = sst.totals;
    this.#span = tracer.startSpan(SPANS.write, { attributes: { "slatedb.store": sst.store, "slatedb.path": sst.path } }, parent);
    this.#context = trace.setSpan(parent, this.#span);
  }

  onBlock(size: number): void {
    this.#instruments.record("block_bytes", size, NO_LABELS);
  }

  onRequest({ span: name, partNumber, size }: TracedRequest, send: () => Promise<RequestEnd>): Promise<void> {
    const attributes: Attributes = { "slatedb.size": size, ...(partNumber === undefined ? {} : { "slatedb.part": partNumber }) };
    const span = this.#tracer.startSpan(SPANS[name], { attributes }, this.#context);
    const begun = performance.now();
    if (partNumber !== undefined) {
      this.#parts.set(partNumber, span);
      this.#instruments.add("bytes_in_flight", size, NO_LABELS);
    }
    const end = ({ error, attempts }: RequestEnd): void => {
      span.setAttribute("slatedb.attempts", attempts);
      if (error !== undefined) failSpan(span, error);
      span.end();
      if (partNumber === undefined) return;
      this.#parts.delete(partNumber);
      this.#instruments.add("bytes_in_flight", -size, NO_LABELS);
      const result = error === undefined ? "uploaded" : "failed";
      this.#instruments.add("parts", 1, { result });
      this.#instruments.record("part_duration_seconds", (performance.now() - begun) / SECOND, { result });
    };
    return context.with(trace.setSpan(this.#context, span), send).then(end);
  }

  onEvent(event: SstWriterEvent): void {
    const instruments = this.#instruments;
    if (event.type === "part") {
      if (event.result === "skipped") {
        instruments.add("parts", 1, { result: "skipped" });
        instruments.add("bytes_skipped_by_resume", event.size, NO_LABELS);
      }
      this.#tell(this.#ended);
    } else if (event.type === "retry") this.#retried(event);
    else if (event.type === "backpressure") {
      if (!event.waiting) instruments.record("backpressure_wait_seconds", event.duration / SECOND, NO_LABELS);
    } else if (event.type === "checkpoint") {
      instruments.add("checkpoint_count", 1, NO_LABELS);
      instruments.record("checkpoint_duration_seconds", event.duration / SECOND, NO_LABELS);
    } else if (event.type === "resumed") {
      instruments.add("resume", 1, { mode: event.mode, result: "resumed" });
      if (event.mode === "seek") instruments.add("bytes_skipped_by_resume", event.bytes, NO_LABELS);
      this.#told = { ...this.#totals(), memory: this.#told.memory };
      this.#span.addEvent("resumed", { mode: event.mode, rows: event.rows, parts: event.parts });
    } else if (event.type === "warning") {
      instruments.add("warnings", 1, { code: event.code });
      this.#span.addEvent("warning", { code: event.code });
    } else this.#finished(event);
  }

  #retried({ method, partNumber, outcome, reason, delay }: Extract<SstWriterEvent, { type: "retry" }>): void {
    const span = partNumber === undefined ? undefined : this.#parts.get(partNumber);
    (span ?? this.#span).addEvent(outcome, { method, reason, delay });
    if (outcome === "retry") {
      if (method === "uploadPart") this.#instruments.add("part_retries", 1, { reason });
    } else if (method === "completeUpload" || method === "put") this.#instruments.add("complete_ambiguous", 1, NO_LABELS);
  }

  #finished(event: Extract<SstWriterEvent, { type: "closed" | "failed" | "aborted" }>): void {
    const instruments = this.#instruments;
    this.#tell(true);
    if (event.type === "closed") {
      const { encode, upload, publish } = event.phases;
      instruments.add("closed", 1, NO_LABELS);
      instruments.record("close_duration_seconds", encode / SECOND, { phase: "encode" });
      instruments.record("close_duration_seconds", upload / SECOND, { phase: "upload" });
      instruments.record("close_duration_seconds", publish / SECOND, { phase: "publish" });
      const { rawKeyBytes, rawValueBytes } = this.#told;
      if (rawKeyBytes + rawValueBytes > 0) instruments.record("compression_ratio", event.size / (rawKeyBytes + rawValueBytes), NO_LABELS);
      this.#span.setAttributes({ "slatedb.rows": event.rows, "slatedb.size": event.size, "slatedb.parts": event.parts });
    } else if (event.type === "failed") {
      instruments.add("failures", 1, { code: event.code });
      failSpan(this.#span, event.error);
    } else {
      instruments.add("abort", 1, { result: event.removed ? "removed" : "left" });
      if (!this.#ended) this.#span.setStatus({ code: SpanStatusCode.ERROR, message: event.code });
    }
    if (!this.#ended) this.#span.end();
    this.#ended = true;
  }

  /** Adds what has come since the last time. Memory is given back at the end. */
  #tell(isEnd: boolean): void {
    const instruments = this.#instruments;
    const before = this.#told;
    const totals = this.#totals();
    const now = isEnd ? { ...totals, memory: NO_TOTALS.memory } : totals;
    this.#told = now;
    instruments.add("rows", now.puts - before.puts, { kind: "put" });
    instruments.add("rows", now.deletes - before.deletes, { kind: "delete" });
    instruments.add("rows", now.merges - before.merges, { kind: "merge" });
    instruments.add("raw_bytes", now.rawKeyBytes - before.rawKeyBytes, { kind: "key" });
    instruments.add("raw_bytes", now.rawValueBytes - before.rawValueBytes, { kind: "value" });
    instruments.add("encoded_bytes", now.encodedBytes - before.encodedBytes, NO_LABELS);
    instruments.add("blocks", now.blocks - before.blocks, NO_LABELS);
    for (const kind of ["buffers", "filter", "index", "stats"] as const) instruments.add("memory_bytes", now.memory[kind] - before.memory[kind], { kind });
  }
}

/** A span that failed: with the error's text, but not its trace of calls. */
function failSpan(span: Span, error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  span.setStatus({ code: SpanStatusCode.ERROR, message });
}
