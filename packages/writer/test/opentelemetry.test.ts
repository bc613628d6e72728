// Metrics and traces through OpenTelemetry's own SDK: names, units and labels of spec/telemetry.yaml, with what was really written.
import { AsyncLocalStorage } from "node:async_hooks";
import { type Context, context, type ContextManager, ROOT_CONTEXT, SpanStatusCode, trace } from "@opentelemetry/api";
import { AggregationTemporality, InMemoryMetricExporter, MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { BasicTracerProvider, InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { MemoryObjectStore, type ObjectStore } from "@slate-sst/object-store";
import { DecoratedObjectStore, FailingObjectStore } from "@slate-sst/object-store/testing";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { METRICS, SPANS } from "../src/generated/telemetry.js";
import { type SstWriterConfig, type SstWriterEvent, SstWriter } from "../src/index.js";
import { openTelemetry } from "../src/opentelemetry.js";
import type { WriterTelemetry } from "../src/telemetry.js";
import { WriterWatch } from "../src/writer-watch.js";
import { putRows, retryingStore, settled, watchedWriter } from "./watched-rows.js";

/** Contexts by Node's own means; the SDK brings the same in a package of its own. */
class AsyncContexts implements ContextManager {
  readonly #storage = new AsyncLocalStorage<Context>();
  active(): Context {
    return this.#storage.getStore() ?? ROOT_CONTEXT;
  }
  with<Args extends unknown[], F extends (...args: Args) => ReturnType<F>>(active: Context, act: F, self?: ThisParameterType<F>, ...args: Args): ReturnType<F> {
    return this.#storage.run(active, () => act.call(self, ...args));
  }
  bind<T>(_active: Context, target: T): T {
    return target;
  }
  enable(): this {
    return this;
  }
  disable(): this {
    this.#storage.disable();
    return this;
  }
}

beforeAll(() => void context.setGlobalContextManager(new AsyncContexts()));
afterAll(() => context.disable());

interface Collected {
  readonly telemetry: WriterTelemetry;
  readonly spans: () => ReadableSpan[];
  /** Values by `name{label=value}`: sums, or the number of values of a histogram. */
  readonly metrics: () => Promise<Map<string, number>>;
  readonly units: Map<string, string>;
  readonly tracer: ReturnType<BasicTracerProvider["getTracer"]>;
}

function collect(): Collected {
  const exported = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter: exported, exportIntervalMillis: 2 ** 30 });
  const meterProvider = new MeterProvider({ readers: [reader] });
  const spanExporter = new InMemorySpanExporter();
  const tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spanExporter)] });
  const units = new Map<string, string>();
  return {
    telemetry: openTelemetry({ meterProvider, tracerProvider }),
    tracer: tracerProvider.getTracer("test"),
    units,
    spans: () => spanExporter.getFinishedSpans(),
    metrics: async () => {
      exported.reset();
      await meterProvider.forceFlush();
      const values = new Map<string, number>();
      for (const { descriptor, dataPoints } of exported.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics))) {
        units.set(descriptor.name, descriptor.unit);
        for (const { attributes, value } of dataPoints) {
          const labels = Object.entries(attributes).map(([label, text]) => `${label}=${String(text)}`).join(",");
          values.set(`${descriptor.name.replace("slatedb.sst_writer.", "")}${labels === "" ? "" : `{${labels}}`}`, typeof value === "number" ? value : value.count);
        }
      }
      return values;
    },
  };
}

async function write(store: ObjectStore, collected: Collected, config: SstWriterConfig = {}): Promise<Awaited<ReturnType<SstWriter["close"]>>> {
  const { writer } = await watchedWriter(store, { telemetry: collected.telemetry, ...config });
  await putRows(writer, 40);
  await writer.delete("secret-x");
  await writer.merge("secret-y", "+1");
  return await writer.close();
}

describe("openTelemetry()", () => {
  it("counts what was written", async () => {
    const collected = collect();
    const metadata = await write(new MemoryObjectStore(), collected);
    const metrics = await collected.metrics();
    const told = Object.fromEntries(metrics);
    const parts = Math.ceil(Number(metadata.size) / 4096);
    expect(told).toMatchObject({
      "rows{kind=put}": 40, "rows{kind=delete}": 1, "rows{kind=merge}": 1, "raw_bytes{kind=key}": Number(metadata.rawKeyBytes), "raw_bytes{kind=value}": Number(metadata.rawValueBytes),
      encoded_bytes: Number(metadata.size), blocks: Number(metadata.blockCount), block_bytes: Number(metadata.blockCount), "parts{result=uploaded}": parts,
      "part_duration_seconds{result=uploaded}": parts, bytes_in_flight: 0, compression_ratio: 1, closed: 1,
      "close_duration_seconds{phase=encode}": 1, "close_duration_seconds{phase=upload}": 1, "close_duration_seconds{phase=publish}": 1,
    });
    for (const kind of ["buffers", "filter", "index", "stats"]) expect(told[`memory_bytes{kind=${kind}}`], kind).toBe(0);
    const units = new Map<string, string>(Object.values(METRICS).map(({ name, unit }) => [name, unit]));
    for (const [name, unit] of collected.units) expect(unit, name).toBe(units.get(name));
  });

  it("shows the memory of an SST that is being written", async () => {
    const collected = collect();
    const { writer } = await watchedWriter(new MemoryObjectStore(), { telemetry: collected.telemetry });
    await putRows(writer, 40);
    await settled();
    const metrics = await collected.metrics();
    for (const kind of ["filter", "index", "stats"]) expect(metrics.get(`memory_bytes{kind=${kind}}`), kind).toBeGreaterThan(0);
    await writer.abort();
    await settled();
    const after = await collected.metrics();
    for (const kind of ["buffers", "filter", "index", "stats"]) expect(after.get(`memory_bytes{kind=${kind}}`) ?? 0, kind).toBe(0);
    expect(after.get("abort{result=removed}")).toBe(1);
  });

  it("traces an SST below the caller's span, and its requests below that; what stores trace lies inside", async () => {
    const collected = collect();
    const inner: string[] = [];
    const store = new (class extends DecoratedObjectStore {
      protected override async before({ method }: { method: string }): Promise<void> {
        inner.push(`${method} in ${(trace.getActiveSpan() as unknown as ReadableSpan | undefined)?.name ?? "nothing"}`);
      }
    })(new MemoryObjectStore({ name: "traced" }));
    const outer = collected.tracer.startSpan("load");
    const metadata = await context.with(trace.setSpan(context.active(), outer), async () => await write(store, collected));
    outer.end();
    const spans = collected.spans();
    const sst = spans.find(({ name }) => name === SPANS.write)!;
    expect(sst.parentSpanContext?.spanId).toBe(outer.spanContext().spanId);
    const parts = spans.filter(({ name }) => name === SPANS.part);
    expect(sst.attributes).toEqual({ "slatedb.store": "memory:traced", "slatedb.path": "db/a.sst", "slatedb.rows": 42, "slatedb.size": Number(metadata.size), "slatedb.parts": parts.length });
    expect(parts.map(({ attributes }) => attributes["slatedb.part"])).toEqual(expect.arrayContaining([1, 2, parts.length]));
    for (const span of [...parts, spans.find(({ name }) => name === SPANS.complete)!]) expect(span.parentSpanContext?.spanId).toBe(sst.spanContext().spanId);
    expect(inner).toContain(`uploadPart in ${SPANS.part}`);
    expect(inner).toContain(`completeUpload in ${SPANS.complete}`);
  });

  it("traces the one request of a small SST", async () => {
    const collected = collect();
    await write(new MemoryObjectStore(), collected, { partSize: 1 << 20 });
    expect(collected.spans().map(({ name }) => name)).toEqual([SPANS.put, SPANS.write]);
  });

  it("counts attempts, and answers that were lost", async () => {
    const collected = collect();
    await write(retryingStore("uploadPart", 1), collected);
    await write(retryingStore("put", 1, "after"), collected, { partSize: 1 << 20 });
    const metrics = await collected.metrics();
    expect(metrics.get("part_retries{reason=SlowDown}")).toBe(1);
    expect(metrics.get("complete_ambiguous")).toBe(1);
    const part = collected.spans().find(({ name, attributes }) => name === SPANS.part && attributes["slatedb.attempts"] === 2);
    expect(part?.events.map(({ name }) => name)).toEqual(["retry"]);
  });

  it("tells of failures", async () => {
    const collected = collect();
    await expect(write(new FailingObjectStore(new MemoryObjectStore(), { method: "uploadPart", call: 1, when: "before" }), collected)).rejects.toMatchObject({ code: "ERR_SST_WRITE" });
    await settled();
    const metrics = await collected.metrics();
    expect(metrics.get("failures{code=ERR_SST_WRITE}")).toBe(1);
    expect(metrics.get("parts{result=failed}")).toBe(1);
    expect(metrics.get("bytes_in_flight")).toBe(0);
    const failed = collected.spans().filter(({ status }) => status.code === SpanStatusCode.ERROR).map(({ name }) => name);
    expect(failed).toEqual(expect.arrayContaining([SPANS.part, SPANS.write]));
  });

  it("counts checkpoints, resumed writers and what they need not upload", async () => {
    const collected = collect();
    const watch = new WriterWatch(new MemoryObjectStore(), "a.sst", { expectedSize: undefined, expectedRows: undefined, onEvent: undefined, keysInEvents: false, telemetry: collected.telemetry });
    watch.resumeFrom({ rows: 10, bytesEncoded: 100, bytesUploaded: 0, parts: 0 });
    watch.emitter.emit({ type: "resumed", mode: "replay", rows: 10, parts: 1, bytes: 50, epoch: 2, lastKey: undefined });
    watch.store.skipPart(1, 50);
    watch.emitter.emit({ type: "checkpoint", sequence: 2, rows: 20, parts: 2, size: 100, duration: 3 });
    await settled();
    const metrics = await collected.metrics();
    expect(Object.fromEntries(metrics)).toMatchObject({
      "resume{mode=replay,result=resumed}": 1, "parts{result=skipped}": 1, bytes_skipped_by_resume: 50, checkpoint_count: 1, checkpoint_duration_seconds: 1,
    });
    expect(watch.progress()).toMatchObject({ rows: 10, bytesUploaded: 50, parts: 1 });
  });

  it("leaves no metric of the listing out", async () => {
    const asked: string[] = [];
    const instrument = { add: () => undefined, record: () => undefined };
    const note = (name: string): typeof instrument => (asked.push(name), instrument);
    const meter = { createCounter: note, createUpDownCounter: note, createHistogram: note };
    openTelemetry({ meterProvider: { getMeter: () => meter } as never });
    expect(asked.sort()).toEqual(Object.values(METRICS).map(({ name }) => name).sort());
  });
});

describe("a telemetry that fails", () => {
  it("changes nothing, and is told of", async () => {
    vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
    const boom = (): never => {
      throw new Error("boom");
    };
    const telemetries: WriterTelemetry[] = [
      { begin: boom }, { begin: () => ({ onEvent: boom, onBlock: boom, onRequest: boom }) }, { begin: () => ({ onRequest: () => undefined }) },
      { begin: () => ({ onRequest: async (_, send) => (await send(), boom()), onEvent: async () => boom() }) },
    ];
    for (const telemetry of telemetries) {
      const events: SstWriterEvent[] = [];
      const { writer } = await watchedWriter(new MemoryObjectStore(), { telemetry, onEvent: (event) => events.push(event) });
      await putRows(writer, 20);
      expect((await writer.close()).rowCount).toBe(20n);
      await settled();
      expect(events.filter(({ type }) => type === "warning").length).toBe(telemetry === telemetries[2] ? 0 : telemetry === telemetries[0] ? 1 : 2);
    }
    vi.restoreAllMocks();
  });
});
