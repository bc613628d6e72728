// The command `slate-sst-conformance`.
import { readFileSync, writeFileSync } from "node:fs";
import type { ConformanceLayer } from "@slate-sst/format/proto/conformance";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { LAYERS, layerName } from "../suite/builder.js";
import { loadCases, VECTORS } from "./cases.js";
import { type ExpectedFailures, parseExpectedFailures } from "./expected-failures.js";
import type { Wire } from "./frames.js";
import { REPORT_ENDINGS, REPORT_FORMATS, type ReportFormat, reportText, summaryText } from "./reports.js";
import { runCases, UnusableTesteeError } from "./run.js";
import { TesteeProcess } from "./testee-process.js";

/** Where the command writes; tests take the text. */
export interface Output {
  readonly out: (text: string) => void;
  readonly error: (text: string) => void;
}

interface Options {
  readonly testee: [string, ...string[]];
  readonly layer?: ConformanceLayer[];
  readonly case?: string[];
  readonly jobs: number;
  readonly expectedFailures?: string;
  readonly report?: ReportFormat;
  readonly reportFile?: string;
  readonly timeout: number;
  readonly memoryLimit: number;
  readonly wire: Wire;
  readonly vectors: string;
}

export const EXIT_CONFORMANT = 0;
export const EXIT_NOT_CONFORMANT = 1;
export const EXIT_USAGE = 2;

const JOBS_MAX = 64;
const TIMEOUT_MS_MAX = 3_600_000;
const MEMORY_MIB_MAX = 1_048_576;
const BYTES_PER_MIB = 1024 * 1024;
/** Defaults: a testee at a time, ten seconds, 2 GiB. */
const JOBS = 1;
const TIMEOUT_MS = 10_000;
const MEMORY_MIB = 2048;

function integer(min: number, max: number) {
  return (text: string): number => {
    const number = Number(text);
    if (!Number.isInteger(number) || number < min || number > max) throw new InvalidArgumentError(`an integer from ${min} to ${max}.`);
    return number;
  };
}

/** Words as a shell would part them: at spaces, unless they stand in quotes. There is no other syntax. */
export function splitCommand(text: string): [string, ...string[]] {
  const words = [...text.matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g)].map(([word]) => word.replaceAll(/"([^"]*)"|'([^']*)'/g, "$1$2"));
  const [program, ...args] = words;
  if (program === undefined || program === "") throw new InvalidArgumentError("the program and its arguments, in one string.");
  return [program, ...args];
}

function layerOf(text: string, before: ConformanceLayer[] = []): ConformanceLayer[] {
  const layer = LAYERS.find((one) => layerName(one) === text);
  if (layer === undefined) throw new InvalidArgumentError(`known are ${LAYERS.map(layerName).join(", ")}.`);
  return [...before, layer];
}

/** Runs the command. @param args without program and script. Gives the exit code. */
export async function conformance(args: readonly string[], output: Output): Promise<number> {
  const command = new Command("slate-sst-conformance")
    .description("Asks any program whether it writes, reads and verifies SlateDB's SSTs as the format wants it.")
    .requiredOption("--testee <command>", "the program and its arguments, in one string", splitCommand)
    .option("--layer <layer>", `only this layer; may be given again: ${LAYERS.map(layerName).join(", ")}`, layerOf)
    .option("--case <id>", "only this case; may be given again", (id: string, before: string[] = []) => [...before, id])
    .option("--jobs <n>", "testees at the same time", integer(1, JOBS_MAX), JOBS)
    .option("--expected-failures <file>", "cases that are known to fail, one id a line, a reason behind #; the list may only shrink")
    .addOption(new Option("--report <format>", "also write a report").choices([...REPORT_FORMATS]))
    .option("--report-file <file>", "where; default slate-sst-conformance.xml, .json or .html")
    .option("--timeout <ms>", "for one answer", integer(1, TIMEOUT_MS_MAX), TIMEOUT_MS)
    .option("--memory-limit <MiB>", "resident memory of a testee, on Linux", integer(1, MEMORY_MIB_MAX), MEMORY_MIB)
    .addOption(new Option("--wire <form>", "how messages are written").choices(["binary", "json"]).default("binary"))
    .option("--vectors <folder>", "another folder of vectors", VECTORS)
    .exitOverride()
    .configureOutput({ writeOut: output.out, writeErr: output.error });
  try {
    command.parse(args, { from: "user" });
    return await run(command.opts<Options>(), output);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_CONFORMANT : EXIT_USAGE;
    if (error instanceof UnusableTesteeError || error instanceof RangeError || isFileError(error)) {
      output.error(`slate-sst-conformance: ${error.message}\n`);
      return EXIT_USAGE;
    }
    // Whatever it is: nothing was found out about the testee.
    output.error(`slate-sst-conformance: ${error instanceof Error ? error.stack : String(error)}\n`);
    return EXIT_USAGE;
  }
}

async function run(options: Options, output: Output): Promise<number> {
  const expected: ExpectedFailures = options.expectedFailures === undefined ? new Map() : parseExpectedFailures(readFileSync(options.expectedFailures, "utf8"));
  const all = loadCases(options.vectors, options.layer);
  const cases = options.case === undefined ? all : all.filter(({ case: { id } }) => options.case?.includes(id));
  const missing = options.case?.find((id) => !cases.some((one) => one.case.id === id));
  if (missing !== undefined) throw new RangeError(`there is no case ${missing}`);
  const ids = new Set(all.map(({ case: { id } }) => id));
  // A run of some layers or cases says nothing about the others.
  const isPart = options.case !== undefined || options.layer !== undefined;
  const known = isPart ? new Map([...expected].filter(([id]) => ids.has(id) && cases.some((one) => one.case.id === id))) : expected;
  if (cases.length === 0) throw new RangeError(`there are no cases in ${options.vectors}`);
  if (options.reportFile !== undefined && options.report === undefined) throw new RangeError("--report-file is for a report: name its form by --report");
  const report = await runCases(cases, {
    start: () => new TesteeProcess(options.testee, options.wire, { timeoutMs: options.timeout, memoryBytes: options.memoryLimit * BYTES_PER_MIB }),
    jobs: options.jobs, expected: known, testee: options.testee.join(" "),
  });
  output.out(summaryText(report));
  if (options.report !== undefined) {
    const file = options.reportFile ?? `slate-sst-conformance.${REPORT_ENDINGS[options.report]}`;
    writeFileSync(file, reportText(report, options.report));
    output.error(`report: ${file}\n`);
  }
  return report.passed ? EXIT_CONFORMANT : EXIT_NOT_CONFORMANT;
}

function isFileError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "code" in error && "syscall" in error;
}
