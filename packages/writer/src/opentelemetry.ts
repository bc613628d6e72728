// Metrics and traces of writers through OpenTelemetry's API: `import { openTelemetry } from "@slate-sst/writer/opentelemetry"`.
// Names, units and labels stand in spec/telemetry.yaml; generated/telemetry.md lists them.
import { context, metrics, type MeterProvider, trace, type TracerProvider } from "@opentelemetry/api";
import { OpenTelemetryInstruments } from "./opentelemetry-instruments.js";
import { OpenTelemetrySst } from "./opentelemetry-sst.js";
import type { WriterTelemetry } from "./telemetry.js";
import { WRITER_NAME, WRITER_VERSION } from "./version.js";

/** Where metrics and traces go. Everything is optional. */
export interface OpenTelemetryOptions {
  /** The global one unless given. */
  readonly meterProvider?: MeterProvider | undefined;
  /** The global one unless given. */
  readonly tracerProvider?: TracerProvider | undefined;
}

/** The option `telemetry` of writers. One serves any number of them. Register the SDK before it is made: instruments are asked for here. */
export function openTelemetry({ meterProvider = metrics, tracerProvider = trace }: OpenTelemetryOptions = {}): WriterTelemetry {
  const instruments = new OpenTelemetryInstruments(meterProvider.getMeter(WRITER_NAME, WRITER_VERSION));
  const tracer = tracerProvider.getTracer(WRITER_NAME, WRITER_VERSION);
  return { begin: (sst) => new OpenTelemetrySst(sst, instruments, tracer, context.active()) };
}
