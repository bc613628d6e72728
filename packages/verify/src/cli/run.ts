// `sst-verify` as a function: everything it needs is given, so that it can run in any process.
import { THREADS_MAX, type VerifyOptions } from "../options.js";
import type { Report, RunSummary } from "../report/report.js";
import { TextReport } from "../report/text-report.js";
import { counted, harmless } from "../report/words.js";
import { CliError, type CliIo, complain, EXIT_FAILED, EXIT_SOUND, EXIT_UNSOUND, Output } from "./cli-io.js";
import { type CommandOptions, DEFAULT_JOBS, DEFAULT_THREADS, parseCommand } from "./command.js";
import { readExpectedConfig } from "./expect-config.js";
import type { MetadataList } from "./metadata-list.js";
import { newProgress } from "./progress.js";
import { Reporting } from "./reporting.js";
import { findTarget, type Target, type TargetFile } from "./targets.js";
import { verifyFiles } from "./verify-files.js";
import { TOOL_NAME, TOOL_VERSION } from "./version.js";

/** Missing files that are named one by one. */
const MISSING_SHOWN = 5;

/**
 * Runs the command.
 * @param argv arguments, without the program's name.
 * @returns the exit code: 0 sound, 1 errors found, 2 something could not be read, checked or written, or wrong usage.
 */
export async function runVerify(argv: readonly string[], io: CliIo): Promise<number> {
  const stdout = new Output(io.stdout);
  const stderr = new Output(io.stderr);
  try {
    const asked = parseCommand(argv);
    if ("target" in asked && asked.options.explain === true) {
      const { explainTarget } = await import("./explain-target.js");
      return await explainTarget(asked.target ?? "", asked.options.at, io, stdout);
    }
    if ("target" in asked) return await verify(asked.target, asked.options, io, stdout, stderr);
    await stdout.write(asked.stdout);
    await stderr.write(asked.stderr);
    return asked.exitCode;
  } catch (error) {
    await complain("sst-verify", error, stderr);
    return EXIT_FAILED;
  }
}

async function verify(named: string | undefined, options: CommandOptions, io: CliIo, stdout: Output, stderr: Output): Promise<number> {
  const { db, manifest, level, quiet = false } = options;
  const isDatabase = db !== undefined || manifest !== undefined;
  if (isDatabase && named !== undefined) throw new CliError(`${named} and a database cannot be verified at once`);
  const report = await newReport(options, io);
  const progress = await newProgress(io, quiet);
  const reporting = new Reporting(report, stdout, report instanceof TextReport ? undefined : stderr, progress);
  try {
    const work = isDatabase ? await databaseWork(options) : await filesWork(named ?? "", options, io);
    await stdout.write(report.begin({ name: TOOL_NAME, version: TOOL_VERSION, level }));
    const { exitCode, summary, complaint = "" } = await work(reporting);
    progress.stop();
    await stdout.write(report.end(summary));
    await stdout.flush();
    await stderr.write(complaint);
    return exitCode;
  } finally {
    progress.stop();
  }
}

/** What is left to do when everything that was named has been found. */
type Work = (reporting: Reporting) => Promise<{ readonly exitCode: number; readonly summary: RunSummary; readonly complaint?: string }>;

async function databaseWork({ db, manifest, level, jobs = DEFAULT_JOBS, maxFindings, expect }: CommandOptions): Promise<Work> {
  const config = expect === undefined ? undefined : await readExpectedConfig(expect);
  const { findDatabase, verifyRoot } = await import("./verify-root.js");
  const database = await findDatabase(db, manifest);
  return (reporting) => verifyRoot(database, { level, jobs, maxFindings, expect: config }, reporting);
}

async function filesWork(named: string, { level, jobs, maxFindings, expect, metadata }: CommandOptions, io: CliIo): Promise<Work> {
  const config = expect === undefined ? undefined : await readExpectedConfig(expect);
  const list = metadata === undefined ? undefined : await (await import("./metadata-list.js")).MetadataList.read(metadata);
  const target = await findTarget(named, io);
  const metadataOf = matchMetadata(list, target);
  const missing = target.isFile ? [] : (list?.unused() ?? []);
  return async (reporting) => {
    const began = performance.now();
    const optionsOf = (file: TargetFile): VerifyOptions => ({ level, expect: config, maxFindings, metadata: metadataOf(file), threads: Math.min(jobs ?? DEFAULT_THREADS, THREADS_MAX) });
    const tally = await verifyFiles(target.files, jobs ?? DEFAULT_JOBS, optionsOf, reporting);
    const summary = tally.summary(performance.now() - began);
    return { exitCode: missing.length > 0 ? EXIT_FAILED : exitCodeOf(summary), summary, complaint: missingLine(metadata, missing) };
  };
}

function exitCodeOf({ sound, filesFailed, filesUnsound }: RunSummary): number {
  if (sound) return EXIT_SOUND;
  return filesFailed === 0 && filesUnsound > 0 ? EXIT_UNSOUND : EXIT_FAILED;
}

/** All files are matched before the first is verified: what is ambiguous is found at once. */
function matchMetadata(list: MetadataList | undefined, { files, isFile }: Target): (file: TargetFile) => VerifyOptions["metadata"] {
  if (list === undefined) return () => undefined;
  const matched = new Map(files.map((file) => [file, isFile ? list.ofOnly(file.objectPath) : list.of(file.objectPath)]));
  if ([...matched.values()].every((metadata) => metadata === undefined)) throw new CliError("no entry of the metadata is about any of the files");
  return (file) => matched.get(file);
}

/** Files of the metadata that are not there are as bad as unreadable ones. */
function missingLine(file: string | undefined, missing: readonly string[]): string {
  if (missing.length === 0) return "";
  const more = missing.length > MISSING_SHOWN ? ` and ${missing.length - MISSING_SHOWN} more` : "";
  const entries = `${counted(missing.length, "entry", "entries")} of ${file ?? "the metadata"}`;
  return `${harmless(`sst-verify: no file for ${entries}: ${missing.slice(0, MISSING_SHOWN).join(", ")}${more}`)}\n`;
}

/** What only one kind of report needs is loaded for it alone: protobuf takes longer to load than a small file to verify. */
async function newReport({ json, jsonl, sarif, quiet }: CommandOptions, { env, isTTY }: CliIo): Promise<Report> {
  if (json === true || jsonl === true) {
    const { JsonLinesReport, JsonReport } = await import("../report/json-report.js");
    return json === true ? new JsonReport() : new JsonLinesReport();
  }
  if (sarif === true) {
    const { SarifReport } = await import("../report/sarif-report.js");
    return new SarifReport();
  }
  const isPlain = (env["NO_COLOR"] ?? "") !== "" || env["TERM"] === "dumb";
  return new TextReport({ colors: isTTY.stdout && !isPlain, quiet });
}
