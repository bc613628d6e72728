// One instrument of OpenTelemetry for each metric of spec/telemetry.yaml.
import type { Counter, Histogram, Meter, UpDownCounter } from "@opentelemetry/api";
import { type MetricLabels, METRICS } from "./generated/telemetry.js";

type MetricName = keyof typeof METRICS;
type MetricOfKind<Kind extends string> = { [Name in MetricName]: (typeof METRICS)[Name]["kind"] extends Kind ? Name : never }[MetricName];

export class OpenTelemetryInstruments {
  readonly #sums: Readonly<Record<string, Counter | UpDownCounter>>;
  readonly #histograms: Readonly<Record<string, Histogram>>;

  constructor(meter: Meter) {
    const sums: Record<string, Counter | UpDownCounter> = {};
    const histograms: Record<string, Histogram> = {};
    for (const [metric, { name, unit, description, kind, ...rest }] of Object.entries(METRICS)) {
      const options = { unit, description };
      if (kind === "counter") sums[metric] = meter.createCounter(name, options);
      else if (kind === "updown") sums[metric] = meter.createUpDownCounter(name, options);
      else if ("boundaries" in rest) histograms[metric] = meter.createHistogram(name, { ...options, advice: { explicitBucketBoundaries: [...rest.boundaries] } });
    }
    this.#sums = sums;
    this.#histograms = histograms;
  }

  /** Adds to a counter or an up-down counter. */
  add<Name extends MetricOfKind<"counter" | "updown">>(metric: Name, amount: number, labels: MetricLabels[Name]): void {
    if (amount !== 0) this.#sums[metric]?.add(amount, { ...labels });
  }

  record<Name extends MetricOfKind<"histogram">>(metric: Name, value: number, labels: MetricLabels[Name]): void {
    this.#histograms[metric]?.record(value, labels);
  }
}
