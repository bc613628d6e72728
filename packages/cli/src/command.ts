// The command line as data: commands, options, their values and help, by commander.
import { EXIT_FAILED, EXIT_SOUND, integer } from "@slate-sst/verify/command-line";
import { type CompressionName, COMPRESSION_NAMES, DEFAULT_SST_SIZE } from "@slate-sst/format";
import { SORT_CHOICES, type SortChoice, SOURCE_FORMATS, type SourceFormat } from "@slate-sst/ingest/import";
import type { DuplicatePolicy, VerifyLevel } from "./import/choices.js";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { CAT_FORMATS, type CatFormat } from "./cat/formats.js";
import { bytes, milliseconds, names } from "./import/quantities.js";
import { ENCODINGS, type Encoding } from "./encoding.js";
import { TOOL_VERSION } from "./version.js";

/** Threads that an import may have. */
const JOBS_MAX = 256;
const DATABASE_OR_SST = "an SST or a database, by file, folder or URL (file:, memory:, or a cloud's by its package); - for an SST on standard input";
const EXIT_CODES = "\nExit codes: 0 done, 1 what was named is damaged, 2 something could not be read or written, or wrong usage, 130 Ctrl-C, 143 SIGTERM.";

interface SourceOptions {
  /** Path of the manifest to go by. */
  readonly manifest?: string;
}

export interface CatOptions extends SourceOptions {
  readonly from?: string;
  readonly to?: string;
  readonly prefix?: string;
  readonly limit?: number;
  readonly reverse?: true;
  readonly allVersions?: true;
  /** False for --no-wal. */
  readonly wal: boolean;
  readonly format: CatFormat;
  readonly encoding: Encoding;
}

export interface InspectOptions extends SourceOptions {
  readonly json?: true;
  readonly quiet?: true;
}

export interface UploadsOptions {
  /** Path in the store, or the URL of another one. */
  readonly journals: string;
  /** Milliseconds. */
  readonly olderThan?: number;
  readonly json?: true;
  /** Whether to remove; undefined to list only. */
  readonly abort?: "dry run" | "remove";
}

/** How rows of a source become rows of SSTs. */
export interface RowsOptions {
  readonly key?: string;
  readonly value?: string;
  /** Milliseconds. */
  readonly ttl?: number;
  readonly format?: SourceFormat;
  readonly columns?: readonly string[];
  readonly onDuplicate: DuplicatePolicy;
  readonly compression: CompressionName;
}

export interface WriteOptions extends RowsOptions {
  readonly out: string;
}

export interface ImportCommandOptions extends RowsOptions {
  readonly db: string;
  /** Bytes. */
  readonly sstSize: number;
  readonly verify: VerifyLevel | "off";
  readonly sort: SortChoice;
  /** Bytes. */
  readonly memoryLimit?: number;
  readonly temp?: string;
  readonly jobs?: number;
  readonly resume?: true;
  readonly discard?: true;
  readonly dryRun?: true;
  readonly json?: true;
  readonly quiet?: true;
}

export interface CommitOptions {
  readonly db: string;
  readonly manifestVersion: 1 | 2;
  readonly discardOthers?: true;
}

export interface ExportCommandOptions extends SourceOptions {
  readonly db: string;
  readonly from?: string;
  readonly to?: string;
  readonly prefix?: string;
  readonly encoding: Encoding;
  readonly allVersions?: true;
  /** False for --no-wal. */
  readonly wal: boolean;
  readonly compression: CompressionName;
  /** Bytes. */
  readonly sstSize: number;
  readonly verify: VerifyLevel | "off";
  readonly json?: true;
}

/** What was asked for: a command, or only words about them. */
export type Asked =
  | { readonly command: "cat"; readonly target: string; readonly options: CatOptions }
  | { readonly command: "inspect"; readonly target: string; readonly options: InspectOptions }
  | { readonly command: "uploads"; readonly target: string; readonly options: UploadsOptions }
  | { readonly command: "write"; readonly sources: readonly string[]; readonly options: WriteOptions }
  | { readonly command: "import"; readonly sources: readonly string[]; readonly options: ImportCommandOptions }
  | { readonly command: "export"; readonly target: string; readonly options: ExportCommandOptions }
  | { readonly command: "commit"; readonly files: readonly string[]; readonly options: CommitOptions }
  | { readonly command: undefined; readonly exitCode: number; readonly stdout: string; readonly stderr: string };

/** @param argv arguments without the program's name. */
export function parseCommand(argv: readonly string[]): Asked {
  let stdout = "";
  let stderr = "";
  let asked: Asked | undefined;
  const program = named("slate-sst")
    .description("Makes SlateDB databases of files of rows, looks into SSTs and databases, and removes uploads that were left unfinished when it is told to.")
    .version(TOOL_VERSION, "--version", "print the version")
    .helpCommand(false);
  program.addCommand(catCommand((target, options) => (asked = { command: "cat", target, options })));
  program.addCommand(inspectCommand((target, options) => (asked = { command: "inspect", target, options })));
  const uploadsGroup = uploadsCommand((target, options) => (asked = { command: "uploads", target, options }));
  program.addCommand(uploadsGroup);
  program.addCommand(importCommand((sources, options) => (asked = { command: "import", sources, options })));
  program.addCommand(writeCommand((sources, options) => (asked = { command: "write", sources, options })));
  program.addCommand(exportCommand((target, options) => (asked = { command: "export", target, options })));
  program.addCommand(commitCommand((files, options) => (asked = { command: "commit", files, options })));
  for (const command of [program, ...program.commands, ...uploadsGroup.commands]) {
    command.exitOverride().configureOutput({
      writeOut: (text) => (stdout += text),
      writeErr: (text) => (stderr += text),
      outputError: (text, write) => write(text.replace(/^error: /, "slate-sst: ")),
    });
  }
  try {
    program.parse(argv, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return { command: undefined, exitCode: error.exitCode === 0 ? EXIT_SOUND : EXIT_FAILED, stdout, stderr };
  }
  return asked ?? { command: undefined, exitCode: EXIT_FAILED, stdout, stderr };
}

function named(name: string): Command {
  return new Command(name).helpOption("--help", "print this help").addHelpText("after", EXIT_CODES);
}

function catCommand(then: (target: string, options: CatOptions) => void): Command {
  return named("cat")
    .description("Prints the rows of an SST, every one of them, or those of a database as SlateDB's own scan shows them.")
    .argument("<target>", DATABASE_OR_SST)
    .option("--from <key>", "from this key on")
    .option("--to <key>", "up to before this key")
    .option("--prefix <prefix>", "keys that begin with this")
    .addOption(new Option("--limit <number>", "at most this many rows").argParser(integer(0, Number.MAX_SAFE_INTEGER)))
    .option("--reverse", "keys descend; versions of one key still come newest first")
    .addOption(new Option("--format <format>", "ndjson: an object a line; csv: with a header; raw: the values' bytes and nothing else").choices(CAT_FORMATS).default("ndjson"))
    .addOption(new Option("--encoding <encoding>", "keys and values as text, also those of the options above; escaped is text with \\xNN for other bytes").choices(ENCODINGS).default("escaped"))
    .option("--all-versions", "of a database: every row that is stored, older versions and tombstones too")
    .option("--no-wal", "of a database: without rows that are in the write-ahead log only")
    .option("--manifest <path>", "of a database: the state by this manifest, manifest/NUMBER.manifest; the newest unless given")
    .action(then);
}

function inspectCommand(then: (target: string, options: InspectOptions) => void): Command {
  return named("inspect")
    .description("Prints what an SST or a database holds: metadata, layout, and histograms of its rows and blocks.")
    .argument("<target>", DATABASE_OR_SST)
    .option("--json", "print one InspectReport as JSON")
    .option("--manifest <path>", "of a database: the state by this manifest, manifest/NUMBER.manifest; the newest unless given")
    .option("--quiet", "no progress bar")
    .action(then);
}

function uploadsCommand(then: (target: string, options: UploadsOptions) => void): Command {
  const common = (command: Command): Command =>
    command
      .argument("<store>", "the store that the SSTs go to, by folder or URL, as the writer was given it")
      .addOption(new Option("--journals <place>", "where the writers' journals lie: a path in that store (the prefix of checkpoint), or the URL of another one").makeOptionMandatory())
      .addOption(new Option("--older-than <age>", "only those without a sign of life for so long: a number and s, m, h or d").argParser(age))
      .option("--json", "print one UploadsReport as JSON");
  const list = common(named("list").description("Lists uploads that were begun and not finished: resumable, orphaned, and those of others (foreign)."))
    .action((target: string, options: UploadsOptions) => then(target, options));
  const abort = common(named("abort").description("Removes resumable and orphaned uploads and their journals, never foreign ones. Without --yes it only says what it would do."))
    .option("--yes", "remove them")
    .action((target: string, { yes, ...options }: UploadsOptions & { yes?: true }) => then(target, { ...options, abort: yes === true ? "remove" : "dry run" }));
  return named("uploads").description("Lists uploads that were left unfinished, and removes them.").helpCommand(false).addCommand(list).addCommand(abort);
}

const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** An age in milliseconds. */
function age(text: string): number {
  const [, count, unit = ""] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const unitMs = UNITS[unit];
  if (count === undefined || unitMs === undefined) throw new InvalidArgumentError("It must be a number and s, m, h or d, such as 7d.");
  return Number(count) * unitMs;
}

function manifestVersion(text: string): 1 | 2 {
  if (text !== "1" && text !== "2") throw new InvalidArgumentError("It must be 1 or 2.");
  return text === "1" ? 1 : 2;
}

function rowsOptions(command: Command): Command {
  return command
    .option("--key <template>", 'the keys, such as "user:{id:u64}"; binary rows have their own')
    .option("--value <value>", "json, raw, msgpack, or a column's name, also hex:NAME and base64:NAME; json unless given, of binary rows raw")
    .addOption(new Option("--ttl <time>", "rows expire so long after the command began: 90s, 15m, 12h, 30d").argParser(milliseconds))
    .addOption(new Option("--format <format>", "of all sources; told by their names unless given").choices(SOURCE_FORMATS))
    .addOption(new Option("--columns <names>", "of CSV and TSV without a header: the columns' names, with commas").argParser(names))
    .addOption(new Option("--on-duplicate <policy>", "of rows with one key: fail, or keep one of them").choices(["error", "keepFirst", "keepLast"]).default("error"))
    .addOption(new Option("--compression <codec>", "of the SSTs").choices(Object.values(COMPRESSION_NAMES)).default("none"));
}

const SOURCES = "files, globs, URLs of objects, or - for standard input: NDJSON, CSV, TSV, Arrow IPC or binary rows, also with gzip or zstd";

function importCommand(then: (sources: readonly string[], options: ImportCommandOptions) => void): Command {
  return rowsOptions(named("import").description("Makes a new database of rows. Nothing is visible before all of it is written and verified. Of another SlateDB database, slate-sst export makes a new one.").argument("[source...]", `${SOURCES}; or Parquet`))
    .requiredOption("--db <root>", "where the database will lie: a folder, or a URL")
    .addOption(new Option("--sst-size <bytes>", "of one SST, such as 256MiB").argParser(bytes).default(DEFAULT_SST_SIZE, "256MiB"))
    .addOption(new Option("--verify <level>", "how every SST is verified before the database is published").choices(["off", "quick", "full", "paranoid"]).default("full"))
    .addOption(new Option("--sort <choice>", "auto: where a row is out of order, all are sorted, by DuckDB (@duckdb/node-api); always: at once; never").choices(SORT_CHOICES).default("auto"))
    .addOption(new Option("--memory-limit <bytes>", "of sorting; what is more lies on disk meanwhile; 1GiB unless given").argParser(bytes))
    .option("--temp <folder>", "where what is sorted lies meanwhile; the system's folder for temporary files unless given")
    .addOption(new Option("--jobs <number>", "threads that sort, and then write SSTs; the machine's cores unless given").argParser(integer(1, JOBS_MAX)))
    .option("--resume", "go on with an import that was interrupted")
    .option("--discard", "remove what an interrupted import has left, and do nothing else")
    .option("--dry-run", "read and check everything, tell what it would come to, and write nothing")
    .option("--json", "one JSON object a line: what happens, and the result last")
    .option("--quiet", "no progress bar")
    .action(then);
}

function writeCommand(then: (sources: readonly string[], options: WriteOptions) => void): Command {
  return rowsOptions(named("write").description("Writes sorted rows as one SST and prints its metadata as JSON.").argument("<source...>", `${SOURCES}, sorted by the bytes of the keys`))
    .requiredOption("--out <sst>", "file or URL of the SST; below a database's root, ROOT/compacted/ULID.sst, or ROOT/compacted/ for a new name")
    .action(then);
}

function exportCommand(then: (target: string, options: ExportCommandOptions) => void): Command {
  return named("export")
    .description("Makes a new database of a range of another one's keys, which stays as it is: to move a shard, or to copy a database.")
    .argument("<database>", "the database that is read, by folder or URL")
    .requiredOption("--db <root>", "where the new database will lie: a folder, or a URL")
    .option("--from <key>", "from this key on")
    .option("--to <key>", "up to before this key")
    .option("--prefix <prefix>", "keys that begin with this")
    .addOption(new Option("--encoding <encoding>", "keys as text in the options above; escaped is text with \\xNN for other bytes").choices(ENCODINGS).default("escaped"))
    .option("--all-versions", "older versions and tombstones too; only what a scan shows unless given")
    .option("--no-wal", "without rows that are in the write-ahead log only")
    .option("--manifest <path>", "the state by this manifest, manifest/NUMBER.manifest; the newest unless given")
    .addOption(new Option("--compression <codec>", "of the SSTs").choices(Object.values(COMPRESSION_NAMES)).default("none"))
    .addOption(new Option("--sst-size <bytes>", "of one SST, such as 256MiB").argParser(bytes).default(DEFAULT_SST_SIZE, "256MiB"))
    .addOption(new Option("--verify <level>", "how every SST is verified before the database is published").choices(["off", "quick", "full", "paranoid"]).default("full"))
    .option("--json", "print the result as JSON")
    .action(then);
}

function commitCommand(then: (files: readonly string[], options: CommitOptions) => void): Command {
  return named("commit")
    .description("Makes a new database of SSTs that were written below its root, on any number of machines.")
    .argument("<metadata...>", "what slate-sst write printed: files of JSON, any number in each, or - for standard input")
    .requiredOption("--db <root>", "the database's root: a folder, or a URL")
    .addOption(new Option("--manifest-version <version>", "layout of the manifest: 1, which every release of SlateDB reads, or 2, from 0.12 on").argParser(manifestVersion).default(1))
    .option("--discard-others", "first remove SSTs below the root that are not among these: attempts that were made again. Nobody may be writing there")
    .action(then);
}
