// `npm run bench:micro`: what the parts cost, one by one.
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { describeMachine } from "../machine.js";
import { spread } from "../report/figures.js";
import { textTable } from "../report/text.js";
import { measureAll, type MicroResult } from "./measure.js";
import { microOperations } from "./operations.js";

const USAGE = "npm run bench:micro -- [--only TEXT] [--samples N] [--ms N] [--json FILE]: operations whose names hold a text; samples of each, and their least milliseconds";
const EXIT_USAGE = 2;
const DEFAULT_SAMPLES = 15;
const DEFAULT_MS = 20;

function readArguments() {
  try {
    const { values } = parseArgs({ options: { only: { type: "string" }, samples: { type: "string" }, ms: { type: "string" }, json: { type: "string" } } });
    const { only = "", json } = values;
    const [samples, sampleMs] = [Number(values.samples ?? DEFAULT_SAMPLES), Number(values.ms ?? DEFAULT_MS)];
    return Number.isSafeInteger(samples) && samples > 0 && sampleMs > 0 ? { only, json, samples, sampleMs } : undefined;
  } catch {
    return undefined;
  }
}

function show(results: readonly MicroResult[]): string {
  return textTable({
    head: ["", "ns, median [min .. max]", "for one", "MB/s"],
    rows: results.map(({ name, unit, cost, megabytesPerSecond }) => [name, spread(cost, (ns) => ns.toFixed(1)), unit, megabytesPerSecond?.toFixed(0) ?? ""]),
  });
}

const wanted = readArguments();
if (wanted === undefined) {
  console.error(USAGE);
  process.exit(EXIT_USAGE);
}
const { operations, skipped } = await microOperations();
const results = measureAll(operations.filter(({ name }) => name.includes(wanted.only)), wanted);
const { cpu } = describeMachine();
console.log(`Node ${process.versions.node}, ${cpu}; blocks of 4 KiB of the benchmark's rows\n${show(results)}`);
for (const reason of skipped) console.log(`  SKIPPED: ${reason}`);
if (wanted.json !== undefined) writeFileSync(wanted.json, `${JSON.stringify({ node: process.versions.node, cpu, skipped, results }, undefined, 2)}\n`);
