// What one SST adds to the metrics, event by event: every amount, in the unit of spec/telemetry.yaml, and what its spans say.
import { type Context, context, type Meter, ROOT_CONTEXT, type Span, type SpanOptions, SpanStatusCode, trace, type Tracer } from "@opentelemetry/api";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Happening } from "../src/events.js";
import { METRICS, SPANS } from "../src/generated/telemetry.js";
import { OpenTelemetryInstruments } from "../src/opentelemetry-instruments.js";
import { OpenTelemetrySst } from "../src/opentelemetry-sst.js";
import type { RequestEnd, SstTotals } from "../src/telemetry.js";

afterEach(() => void vi.restoreAllMocks());

interface NotedSpan {
  readonly name: string;
  readonly parent: Context;
  readonly attributes: Record<string, unknown>;
  readonly events: (readonly [string, unknown])[];
  status: unknown;
  ends: number;
}

const NOTHING: SstTotals = { puts: 0, deletes: 0, merges: 0, rawKeyBytes: 0, rawValueBytes: 0, encodedBytes: 0, blocks: 0, memory: { buffers: 0, filter: 0, index: 0, stats: 0 } };
const PREFIX = "slatedb.sst_writer.";

/** One SST, and everything that was told of it: sums and values by `name{label=value}`. */
function begin() {
  const told: (readonly [string, number])[] = [];
  const made = new Map<string, { readonly kind: string; readonly unit: string; readonly boundaries: unknown }>();
  const instrument = (kind: string) => (name: string, options: { unit: string; advice?: { explicitBucketBoundaries: unknown } }) => {
    made.set(name, { kind, unit: options.unit, boundaries: options.advice?.explicitBucketBoundaries });
    const note = (amount: number, labels: Record<string, string>): void => {
      const text = Object.entries(labels).map(([label, value]) => `${label}=${value}`).join(",");
      told.push([`${name.replace(PREFIX, "")}${text === "" ? "" : `{${text}}`}`, amount]);
    };
    return { add: note, record: note };
  };
  const meter = { createCounter: instrument("counter"), createUpDownCounter: instrument("updown"), createHistogram: instrument("histogram") } as unknown as Meter;
  const spans: NotedSpan[] = [];
  const noted = new Map<unknown, NotedSpan>();
  const tracer = {
    startSpan(name: string, options: SpanOptions, parent: Context) {
      const span: NotedSpan = { name, parent, attributes: { ...options.attributes }, events: [], status: undefined, ends: 0 };
      spans.push(span);
      const handle = {
        setAttribute: (attribute: string, value: unknown) => void (span.attributes[attribute] = value), setAttributes: (more: object) => void Object.assign(span.attributes, more),
        addEvent: (event: string, attributes: unknown) => void span.events.push([event, attributes]), setStatus: (status: unknown) => void (span.status = status), end: () => void span.ends++,
      };
      noted.set(handle, span);
      return handle as unknown as Span;
    },
  } as unknown as Tracer;
  let totals = NOTHING;
  const sst = new OpenTelemetrySst({ store: "memory:x", path: "a.sst", totals: () => totals }, new OpenTelemetryInstruments(meter), tracer, ROOT_CONTEXT);
  /** What was told since the last call. */
  const news = (): Record<string, number> => Object.fromEntries(told.splice(0));
  return {
    sst, spans, made, news,
    /** The noted span that a context is in. */
    spanIn: (at: Context) => noted.get(trace.getSpan(at)),
    grow: (more: Partial<SstTotals>) => void (totals = { ...totals, ...more }),
    tell: (event: Happening) => {
      sst.onEvent({ ...event, store: "memory:x", path: "a.sst", progress: undefined as never });
      return news();
    },
  };
}

const part = (result: "uploaded" | "skipped", size = 100): Happening => ({ type: "part", partNumber: 1, size, result, duration: 1, attempts: 1 });
const closed: Happening = { type: "closed", rows: 5, size: 900, parts: 2, etag: undefined, phases: { encode: 1500, upload: 250, publish: 125 } };

describe("instruments", () => {
  it("are those of the listing, with their units and boundaries", () => {
    const { made } = begin();
    const listed = Object.values(METRICS).map((metric) => [metric.name, { kind: metric.kind, unit: metric.unit, boundaries: "boundaries" in metric ? metric.boundaries : undefined }]);
    expect(Object.fromEntries(made)).toEqual(Object.fromEntries(listed));
  });
});

describe("what was written", () => {
  it("is added as far as it has grown, and nothing where it has not; memory goes up and down, and is given back at the end", () => {
    const { grow, tell } = begin();
    expect(tell(part("uploaded"))).toEqual({});
    grow({ puts: 5, deletes: 3, merges: 2, rawKeyBytes: 40, rawValueBytes: 60, encodedBytes: 120, blocks: 4, memory: { buffers: 100, filter: 80, index: 30, stats: 20 } });
    expect(tell(part("uploaded"))).toEqual({
      "rows{kind=put}": 5, "rows{kind=delete}": 3, "rows{kind=merge}": 2, "raw_bytes{kind=key}": 40, "raw_bytes{kind=value}": 60, encoded_bytes: 120, blocks: 4,
      "memory_bytes{kind=buffers}": 100, "memory_bytes{kind=filter}": 80, "memory_bytes{kind=index}": 30, "memory_bytes{kind=stats}": 20,
    });
    grow({ puts: 7, deletes: 4, merges: 5, rawKeyBytes: 50, rawValueBytes: 100, encodedBytes: 300, blocks: 6, memory: { buffers: 40, filter: 90, index: 31, stats: 20 } });
    expect(tell(part("uploaded"))).toEqual({
      "rows{kind=put}": 2, "rows{kind=delete}": 1, "rows{kind=merge}": 3, "raw_bytes{kind=key}": 10, "raw_bytes{kind=value}": 40, encoded_bytes: 180, blocks: 2,
      "memory_bytes{kind=buffers}": -60, "memory_bytes{kind=filter}": 10, "memory_bytes{kind=index}": 1,
    });
    expect(tell(closed)).toEqual({
      "memory_bytes{kind=buffers}": -40, "memory_bytes{kind=filter}": -90, "memory_bytes{kind=index}": -31, "memory_bytes{kind=stats}": -20, closed: 1,
      "close_duration_seconds{phase=encode}": 1.5, "close_duration_seconds{phase=upload}": 0.25, "close_duration_seconds{phase=publish}": 0.125, compression_ratio: 6,
    });
    // A part that arrives late takes no memory any more.
    grow({ puts: 8 });
    expect(tell(part("uploaded"))).toEqual({ "rows{kind=put}": 1 });
  });

  it("has a ratio only where there are bytes: of keys or of values", () => {
    for (const [rawKeyBytes, rawValueBytes, ratio] of [[0, 0, undefined], [1, 0, 900], [9, 0, 100], [0, 9, 100], [450, 450, 1]] as const) {
      const { grow, tell } = begin();
      grow({ rawKeyBytes, rawValueBytes });
      expect(tell(closed)["compression_ratio"]).toBe(ratio);
    }
  });

  it("by the writer before counts there, but for its memory", () => {
    const { grow, tell, spans } = begin();
    grow({ puts: 5, encodedBytes: 120, memory: { buffers: 10, filter: 80, index: 30, stats: 20 } });
    expect(tell({ type: "resumed", mode: "seek", rows: 5, parts: 1, bytes: 70, epoch: 2 })).toEqual({ "resume{mode=seek,result=resumed}": 1, bytes_skipped_by_resume: 70 });
    grow({ puts: 6 });
    expect(tell(part("uploaded"))).toEqual({ "rows{kind=put}": 1, "memory_bytes{kind=buffers}": 10, "memory_bytes{kind=filter}": 80, "memory_bytes{kind=index}": 30, "memory_bytes{kind=stats}": 20 });
    expect(tell({ type: "resumed", mode: "replay", rows: 5, parts: 1, bytes: 70, epoch: 2 })).toEqual({ "resume{mode=replay,result=resumed}": 1 });
    // A replay counts each part when it comes to it.
    expect(tell(part("skipped", 70))).toEqual({ "parts{result=skipped}": 1, bytes_skipped_by_resume: 70 });
    expect(spans[0]!.events).toEqual([["resumed", { mode: "seek", rows: 5, parts: 1 }], ["resumed", { mode: "replay", rows: 5, parts: 1 }]]);
  });
});

describe("events", () => {
  it("of waiting and of checkpoints have their durations in seconds", () => {
    const { tell, sst, news } = begin();
    expect(tell({ type: "backpressure", waiting: true, duration: 0 })).toEqual({});
    expect(tell({ type: "backpressure", waiting: false, duration: 2500 })).toEqual({ backpressure_wait_seconds: 2.5 });
    expect(tell({ type: "checkpoint", sequence: 1, rows: 5, parts: 1, size: 100, duration: 500 })).toEqual({ checkpoint_count: 1, checkpoint_duration_seconds: 0.5 });
    sst.onBlock(4096);
    expect(news()).toEqual({ block_bytes: 4096 });
  });

  it("of attempts count those of parts, and publications whose answer was lost", () => {
    const { tell, spans } = begin();
    const retry = { type: "retry", partNumber: undefined, attempt: 1, reason: "SlowDown", error: undefined, duration: 1, delay: 50 } as const;
    expect(tell({ ...retry, method: "uploadPart", outcome: "retry" })).toEqual({ "part_retries{reason=SlowDown}": 1 });
    expect(tell({ ...retry, method: "head", outcome: "retry" })).toEqual({});
    expect(tell({ ...retry, method: "put", outcome: "retry" })).toEqual({});
    expect(tell({ ...retry, method: "completeUpload", outcome: "retry" })).toEqual({});
    for (const method of ["put", "completeUpload"] as const) expect(tell({ ...retry, method, outcome: "settled", delay: 0 })).toEqual({ complete_ambiguous: 1 });
    for (const method of ["uploadPart", "createUpload"] as const) expect(tell({ ...retry, method, outcome: "settled", delay: 0 })).toEqual({});
    expect(spans[0]!.events[0]).toEqual(["retry", { method: "uploadPart", reason: "SlowDown", delay: 50 }]);
    expect(spans[0]!.events.at(-1)).toEqual(["settled", { method: "createUpload", reason: "SlowDown", delay: 0 }]);
  });

  it("that warn are counted by their code, and noted on the span", () => {
    const { tell, spans } = begin();
    expect(tell({ type: "warning", code: "size_exceeded", message: "text" })).toEqual({ "warnings{code=size_exceeded}": 1 });
    expect(spans[0]!.events).toEqual([["warning", { code: "size_exceeded" }]]);
  });
});

describe("the span of an SST", () => {
  it("has what was published, and ends with it, once", () => {
    const { tell, spans } = begin();
    expect(spans[0]).toMatchObject({ name: SPANS.write, parent: ROOT_CONTEXT, attributes: { "slatedb.store": "memory:x", "slatedb.path": "a.sst" }, ends: 0 });
    tell(part("uploaded"));
    expect(spans[0]!.ends).toBe(0);
    tell(closed);
    expect(spans[0]).toMatchObject({ attributes: { "slatedb.rows": 5, "slatedb.size": 900, "slatedb.parts": 2 }, status: undefined, ends: 1 });
  });

  it("has the failure as its status, also when the rest is removed afterwards", () => {
    const { tell, spans } = begin();
    expect(tell({ type: "failed", code: "ERR_SST_WRITE", error: new Error("no room") })).toEqual({ "failures{code=ERR_SST_WRITE}": 1 });
    expect(spans[0]).toMatchObject({ status: { code: SpanStatusCode.ERROR, message: "no room" }, ends: 1 });
    expect(tell({ type: "aborted", code: "ERR_SST_WRITE", removed: true })).toEqual({ "abort{result=removed}": 1 });
    expect(spans[0]).toMatchObject({ status: { code: SpanStatusCode.ERROR, message: "no room" }, ends: 1 });
  });

  it("of one that was given up has the code as its status", () => {
    const { tell, spans } = begin();
    expect(tell({ type: "aborted", code: "ERR_SST_ABORTED", removed: false })).toEqual({ "abort{result=left}": 1 });
    expect(spans[0]).toMatchObject({ status: { code: SpanStatusCode.ERROR, message: "ERR_SST_ABORTED" }, ends: 1 });
  });
});

describe("requests", () => {
  it("of parts are traced below the SST and timed in seconds; their bytes are in flight until they end", async () => {
    let now = 1000;
    vi.spyOn(performance, "now").mockImplementation(() => now);
    for (const [error, result] of [[undefined, "uploaded"], [new Error("reset"), "failed"], ["text", "failed"]] as const) {
      const { sst, spans, news, tell, spanIn } = begin();
      let finish!: (end: RequestEnd) => void;
      const done = sst.onRequest({ span: "part", partNumber: 3, size: 700 }, async () => await new Promise((resolve) => (finish = resolve)));
      expect(news()).toEqual({ bytes_in_flight: 700 });
      expect(spans[1]).toMatchObject({ name: SPANS.part, attributes: { "slatedb.size": 700, "slatedb.part": 3 }, ends: 0 });
      expect(spanIn(spans[1]!.parent)).toBe(spans[0]);
      const retry = { type: "retry", method: "uploadPart", attempt: 1, outcome: "retry", reason: "x", error: undefined, duration: 1, delay: 1 } as const;
      tell({ ...retry, partNumber: 3 });
      tell({ ...retry, partNumber: 4 });
      expect([spans[0]!.events.length, spans[1]!.events.length]).toEqual([1, 1]);
      now += 1500;
      finish({ error, attempts: 2 });
      await done;
      expect(news()).toEqual({ bytes_in_flight: -700, [`parts{result=${result}}`]: 1, [`part_duration_seconds{result=${result}}`]: 1.5 });
      expect(spans[1]).toMatchObject({ attributes: { "slatedb.attempts": 2 }, ends: 1 });
      expect(spans[1]!.status).toEqual(error === undefined ? undefined : { code: SpanStatusCode.ERROR, message: error instanceof Error ? "reset" : "text" });
      // The part's span is over: what comes later is the SST's.
      tell({ ...retry, partNumber: 3 });
      expect([spans[0]!.events.length, spans[1]!.events.length]).toEqual([2, 1]);
    }
  });

  it("about no part are traced only", async () => {
    const { sst, spans, news } = begin();
    const put = sst.onRequest({ span: "put", partNumber: undefined, size: 500 }, async () => Promise.resolve({ error: undefined, attempts: 1 }));
    expect(news()).toEqual({});
    await put;
    expect([news(), spans.pop()!.attributes]).toEqual([{}, { "slatedb.size": 500, "slatedb.attempts": 1 }]);
    await sst.onRequest({ span: "complete", partNumber: undefined, size: 0 }, async () => Promise.resolve({ error: undefined, attempts: 1 }));
    expect(news()).toEqual({});
    expect(spans[1]).toMatchObject({ name: SPANS.complete, attributes: { "slatedb.size": 0, "slatedb.attempts": 1 }, status: undefined, ends: 1 });
    expect(spans[1]!.attributes).not.toHaveProperty("slatedb.part");
    expect(context.active()).toBe(ROOT_CONTEXT);
  });
});
