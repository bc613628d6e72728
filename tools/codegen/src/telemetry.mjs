// spec/telemetry.yaml -> the writer's events, metrics and spans as data, and their listing for users.
import { join } from "node:path";
import { docComment, readSpecYaml, root, SpecError, writeGenerated } from "./output.mjs";

const source = "telemetry.yaml";
const folder = join(root, "packages/writer/src/generated");
const kinds = { counter: "counter", updown: "up-down counter", histogram: "histogram" };
const metricKeys = new Set(["kind", "unit", "labels", "boundaries", "doc"]);

const topKeys = ["channel_prefix", "metric_prefix", "events", "warnings", "metrics", "spans"];

/** The spec as it stands there, checked. */
export function readTelemetry() {
  const spec = readSpecYaml(source);
  const unknown = Object.keys(spec).filter((key) => !topKeys.includes(key));
  if (unknown.length > 0) throw new SpecError(source, `unknown keys ${unknown.join(", ")}`);
  for (const name of topKeys.slice(2)) if (spec[name] === null || typeof spec[name] !== "object") throw new SpecError(`${source}: ${name}`, "is not a map");
  for (const [name, metric] of Object.entries(spec.metrics)) checkedMetric(name, metric);
  for (const section of ["events", "warnings"]) {
    for (const [name, doc] of Object.entries(spec[section])) if (typeof doc !== "string") throw new SpecError(`${source}: ${section}.${name}`, "is a text");
  }
  for (const [name, { doc }] of Object.entries(spec.spans)) if (typeof doc !== "string") throw new SpecError(`${source}: spans.${name}`, "doc is missing");
  return spec;
}

export function generateTelemetry() {
  const spec = readTelemetry();
  const metrics = Object.entries(spec.metrics).map(([name, metric]) => checkedMetric(name, metric));
  const spans = Object.entries(spec.spans);
  return [
    writeGenerated(join(folder, "telemetry.ts"), [source], code(spec, metrics, spans)),
    writeGenerated(join(folder, "telemetry.md"), [source], listing(spec, metrics, spans), "<!--", " -->"),
  ];
}

function checkedMetric(name, metric) {
  const where = `${source}: metrics.${name}`;
  if (!/^[a-z][a-z_]*$/.test(name)) throw new SpecError(where, "a name is lower_snake_case");
  if (metric === null || typeof metric !== "object") throw new SpecError(where, "is not a map of kind, unit and doc");
  const unknown = Object.keys(metric).filter((key) => !metricKeys.has(key));
  if (unknown.length > 0) throw new SpecError(where, `unknown keys ${unknown.join(", ")}`);
  if (!(metric.kind in kinds)) throw new SpecError(where, `kind is one of ${Object.keys(kinds).join(", ")}`);
  if (typeof metric.unit !== "string" || typeof metric.doc !== "string") throw new SpecError(where, "unit or doc is missing");
  if ((metric.kind === "histogram") !== Array.isArray(metric.boundaries)) throw new SpecError(where, "a histogram, and nothing else, has boundaries");
  const labels = Object.entries(metric.labels ?? {});
  const wrong = labels.find(([, values]) => values !== "any" && !Array.isArray(values));
  if (wrong !== undefined) throw new SpecError(where, `label ${wrong[0]} has a list of values, or any`);
  return { ...metric, name, labels };
}

function code(spec, metrics, spans) {
  const union = (values) => values.map((value) => JSON.stringify(value)).join(" | ");
  const record = (name, doc, entries) => docComment(doc) + `export const ${name} = {\n${entries.map(([key, value]) => `  ${key}: ${value},\n`).join("")}} as const;\n\n`;
  const labelTypes = metrics.map(({ name, labels }) => {
    const fields = labels.map(([label, values]) => `readonly ${label}: ${values === "any" ? "string" : union(values)}`);
    return `  readonly ${name}: ${fields.length === 0 ? "Readonly<Record<string, never>>" : `{ ${fields.join("; ")} }`};\n`;
  });
  return (
    record("EVENTS", "Events of a writer, and what each tells.", Object.entries(spec.events).map(([name, doc]) => [name, JSON.stringify(doc)])) +
    docComment("Channels of node:diagnostics_channel are named by this and the event.") + `export const CHANNEL_PREFIX = ${JSON.stringify(spec.channel_prefix)};\n\n` +
    docComment("Codes of warnings.") + `export type WarningCode = ${union(Object.keys(spec.warnings))};\n\n` +
    record("METRICS", "Metrics of a writer.", metrics.map(({ name, kind, unit, doc, boundaries }) => [
      name, JSON.stringify({ name: spec.metric_prefix + name, kind, unit, description: doc, ...(boundaries === undefined ? {} : { boundaries }) }),
    ])) +
    docComment("Labels of each metric.") + `export interface MetricLabels {\n${labelTypes.join("")}}\n\n` +
    record("SPANS", "Names of spans.", spans.map(([name]) => [name, JSON.stringify(spec.metric_prefix + name)]))
  );
}

function listing(spec, metrics, spans) {
  const table = (head, rows) => [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
  const ticked = (name) => `\`${name}\``;
  const labels = (all) => all.map(([label, values]) => `${ticked(label)}${values === "any" ? "" : `: ${values.join(", ")}`}`).join("; ") || "none";
  return `
# What a writer tells

## Events

Each is published on a channel of \`node:diagnostics_channel\`, too.

${table(["event", "channel", "meaning"], Object.entries(spec.events).map(([name, doc]) => [ticked(name), ticked(spec.channel_prefix + name), doc]))}

## Warnings

${table(["code", "meaning"], Object.entries(spec.warnings).map(([name, doc]) => [ticked(name), doc]))}

## Metrics

${table(["metric", "kind", "unit", "labels", "meaning"], metrics.map(({ name, kind, unit, labels: all, doc }) => [ticked(spec.metric_prefix + name), kinds[kind], ticked(unit), labels(all), doc]))}

## Spans

${table(["span", "attributes", "meaning"], spans.map(([name, { attributes, doc }]) => [ticked(spec.metric_prefix + name), Object.entries(attributes).map(([key, text]) => `${ticked(key)} (${text})`).join(", "), doc]))}
`;
}
