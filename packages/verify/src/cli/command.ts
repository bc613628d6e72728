// The command line as data: options, their values and help, by commander.
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import type { VerifyLevel } from "../result.js";
import { EXIT_FAILED, EXIT_SOUND } from "./cli-io.js";
import { TOOL_VERSION } from "./version.js";

/** Files verified at the same time unless told otherwise. */
export const DEFAULT_JOBS = 4;
/** Threads for a large file unless told otherwise: more of them take more memory than is promised. */
export const DEFAULT_THREADS = 2;
const JOBS_MAX = 256;

const DECIMAL = /^\d+$/;
const HEXADECIMAL = /^0x[0-9a-f]{1,13}$/i;

/** Options that say nothing about a tree of bytes. */
const NOT_WITH_EXPLAIN = ["level", "json", "jsonl", "sarif", "expect", "metadata", "db", "manifest", "jobs", "maxFindings"];

export interface CommandOptions {
  readonly level: VerifyLevel;
  readonly json?: true;
  readonly jsonl?: true;
  readonly sarif?: true;
  /** Not verified, but explained byte by byte. */
  readonly explain?: true;
  /** The byte that is explained, instead of all. */
  readonly at?: number;
  /** File that holds a writer's configuration. */
  readonly expect?: string;
  /** File that holds metadata of SSTs. */
  readonly metadata?: string;
  /** Folder or URL of a database. */
  readonly db?: string;
  /** File or URL of a manifest. */
  readonly manifest?: string;
  /** Files at the same time, and threads for a large one; undefined for the defaults of each. */
  readonly jobs: number | undefined;
  readonly maxFindings?: number;
  readonly quiet?: true;
}

/** What was asked for: a verification, or only words about the command. */
export type Asked =
  | { readonly target: string | undefined; readonly options: CommandOptions }
  | { readonly exitCode: number; readonly stdout: string; readonly stderr: string };

/** @param argv arguments without the program's name. */
export function parseCommand(argv: readonly string[]): Asked {
  let stdout = "";
  let stderr = "";
  const command = newCommand().configureOutput({
    writeOut: (text) => (stdout += text),
    writeErr: (text) => (stderr += text),
    outputError: (text, write) => write(text.replace(/^error: /, "sst-verify: ")),
  });
  try {
    command.parse(argv, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return { exitCode: error.exitCode === 0 ? EXIT_SOUND : EXIT_FAILED, stdout, stderr };
  }
  return { target: command.args[0], options: command.opts<CommandOptions>() };
}

function newCommand(): Command {
  return new Command("sst-verify")
    .description("Verifies SlateDB SSTs: every byte against every rule of the format. Reads only, never writes to what it verifies.")
    .argument("[target]", "an SST, a folder (every *.sst below it), a store's URL (file:, memory:, or a cloud's by its package), or - for standard input")
    .addOption(new Option("--level <level>", "quick: framing and tail; full: every byte and row; paranoid: canonical form too").choices(["quick", "full", "paranoid"]).default("full"))
    .addOption(new Option("--json", "print one VerifyReport as JSON").conflicts(["jsonl", "sarif"]))
    .addOption(new Option("--jsonl", "print one finding a line as JSON, and a summary as the last line").conflicts(["json", "sarif"]))
    .addOption(new Option("--sarif", "print a SARIF 2.1.0 log").conflicts(["json", "jsonl"]))
    .addOption(new Option("--explain", "print one SST as a tree of its bytes (position, hexadecimal, field, value) instead of verifying it").conflicts(NOT_WITH_EXPLAIN))
    .addOption(new Option("--at <byte>", "the same, of one byte of the file: its position from 0, decimal or 0x...").argParser(position).implies({ explain: true }).conflicts(NOT_WITH_EXPLAIN))
    .option("--expect <config.json>", "the configuration the SSTs were written with")
    .option("--metadata <meta.json>", "what the writer returned on close: one SstMetadata, an array, or one a line")
    .addOption(new Option("--db <root>", "verify a database instead, by its folder or URL: its newest manifest and every SST it lists").conflicts(["metadata", "manifest"]))
    .addOption(new Option("--manifest <path>", "the same by one of its manifests, a file or URL").conflicts(["metadata", "db"]))
    .addOption(new Option("--jobs <number>", `files verified at the same time, and threads for a large one (default: ${DEFAULT_JOBS}, and ${DEFAULT_THREADS})`).argParser(integer(1, JOBS_MAX)))
    .addOption(new Option("--max-findings <number>", "findings shown of each file; more are only counted (default: 1000)").argParser(integer(0, Number.MAX_SAFE_INTEGER)))
    .option("--quiet", "no progress bar, and in text nothing but errors")
    .version(TOOL_VERSION, "--version", "print the version")
    .helpOption("--help", "print this help")
    .addHelpText("after", "\nExit codes: 0 sound, 1 errors found, 2 something could not be read or checked, or wrong usage.")
    .exitOverride();
}

/** A parser of decimal integers in a range, for commander. */
export function integer(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = DECIMAL.test(text) ? Number(text) : Number.NaN;
    if (Number.isSafeInteger(value) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be an integer from ${min} to ${max}.`);
  };
}

/** As findings tell it, or as the tree does. */
function position(text: string): number {
  return integer(0, Number.MAX_SAFE_INTEGER)(HEXADECIMAL.test(text) ? String(Number(text)) : text);
}
