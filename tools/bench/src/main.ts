// `npm run bench`: ours against theirs, on the same rows in one run. Ends with 0 unless somebody wrote other rows or bytes than
// they should have; targets that are missed are told, and are no failure of the bench.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { CheckError } from "./checks.js";
import type { ContestResult, Series } from "./contest.js";
import { CONTESTS } from "./contests/index.js";
import { describeMachine, describeVersions } from "./machine.js";
import { type BenchOptions, commandText, parseOptions, UsageError, usage } from "./options.js";
import { findPeers } from "./peers/peers.js";
import { markdownReport, plotFile } from "./report/markdown.js";
import { plotSvg, type PlotTexts } from "./report/plot.js";
import { type BenchReport, jsonReport } from "./report/report.js";
import { contestText, targetsText } from "./report/text.js";
import { WorkFolder } from "./work-folder.js";

const EXIT_USAGE = 2;
const PACKAGE = fileURLToPath(new URL("..", import.meta.url));

const PLOTS: Readonly<Record<Series["of"], PlotTexts>> = {
  rows: { title: "Rows a second, by the number of rows", axis: "rows of 16 + 100 bytes in one SST" },
  values: { title: "Rows a second, by the length of values", axis: "bytes of a value; keys have 16" },
};

async function run(options: BenchOptions): Promise<BenchReport> {
  const { rows, rounds, only } = options;
  const date = new Date().toISOString();
  const peers = await findPeers();
  using work = new WorkFolder();
  const contests: ContestResult[] = [];
  for (const contest of CONTESTS.filter(({ name }) => only.length === 0 || only.includes(name))) {
    const folder = join(work.path, contest.name);
    mkdirSync(folder);
    const onPass = (done: number, all: number): void => progress(`${contest.title}: ${done} of ${all}`);
    const result = await contest.run({ rows, rounds, folder, peers, onPass });
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
    progress("");
    console.log(`${contestText(result)}\n`);
    contests.push(result);
  }
  return { date, command: commandText(options), machine: describeMachine(), versions: await describeVersions(peers), inMemory: work.isInMemory, rows, rounds, contests };
}

/** One line that is written over, where somebody looks at it. */
function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001B[K${text}`);
}

function write(report: BenchReport): void {
  writeFileSync(join(PACKAGE, "BENCHMARKS.md"), markdownReport(report));
  for (const { series } of report.contests) {
    if (series === undefined) continue;
    const file = join(PACKAGE, plotFile(series.of));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, plotSvg(series, PLOTS[series.of]));
  }
}

try {
  const options = parseOptions(process.argv.slice(2), CONTESTS.map(({ name }) => name));
  if (options === "help") console.log(usage(CONTESTS));
  else {
    const report = await run(options);
    console.log(targetsText(report));
    if (options.json !== undefined) writeFileSync(options.json, jsonReport(report));
    if (options.write) write(report);
  }
} catch (error) {
  if (error instanceof UsageError) console.error(`bench: ${error.message}\n\n${usage(CONTESTS)}`);
  else console.error(error instanceof CheckError ? `bench: ${error.message}` : error);
  process.exitCode = error instanceof UsageError ? EXIT_USAGE : 1;
}
// The binding's threads may wait for something even then; what was printed leaves first.
process.stdout.write("", () => process.exit());
