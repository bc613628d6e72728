// The command line of `npm run bench`.
import { parseArgs } from "node:util";
import { TARGET_ROUNDS, TARGET_ROWS } from "./targets.js";

export interface BenchOptions {
  readonly rows: number;
  readonly rounds: number;
  /** Names of the contests to run; empty for all of them. */
  readonly only: readonly string[];
  /** Where the report goes as JSON. */
  readonly json: string | undefined;
  /** Write BENCHMARKS.md and its plots. */
  readonly write: boolean;
}

/** What is wrong with a command line. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** The smallest contests take a tenth, and must still be contests. */
const ROWS_MIN = 100;
const ROWS_MAX = 10_000_000;
const ROUNDS_MAX = 1000;

/** @throws UsageError */
export function parseOptions(argv: readonly string[], contests: readonly string[]): BenchOptions | "help" {
  const values = parsed(argv);
  if (values.help === true) return "help";
  const only = values.only ?? [];
  const unknown = only.find((name) => !contests.includes(name));
  if (unknown !== undefined) throw new UsageError(`there is no contest ${unknown}; there are ${contests.join(", ")}`);
  const write = values.write ?? false;
  if (write && only.length > 0) throw new UsageError("--write takes all contests: leave --only out");
  return {
    rows: integer("--rows", values.rows, TARGET_ROWS, ROWS_MIN, ROWS_MAX),
    rounds: integer("--rounds", values.rounds, TARGET_ROUNDS, 1, ROUNDS_MAX),
    only, write,
    json: values.json,
  };
}

/** The command that measures the same again. Where its report goes is left out: that is a path of one machine. */
export function commandText({ rows, rounds, only, write }: BenchOptions): string {
  const given = [
    ...(rows === TARGET_ROWS ? [] : [`--rows ${rows}`]), ...(rounds === TARGET_ROUNDS ? [] : [`--rounds ${rounds}`]),
    ...only.map((name) => `--only ${name}`), ...(write ? ["--write"] : []),
  ];
  return ["npm run bench", ...(given.length === 0 ? [] : ["--", ...given])].join(" ");
}

function parsed(argv: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        rows: { type: "string" }, rounds: { type: "string" }, only: { type: "string", multiple: true }, json: { type: "string" },
        write: { type: "boolean" }, help: { type: "boolean", short: "h" },
      },
    });
    return values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function integer(option: string, text: string | undefined, fallback: number, min: number, max: number): number {
  if (text === undefined) return fallback;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < min || value > max) throw new UsageError(`${option} is an integer from ${min} to ${max.toLocaleString("en-US")}, not ${text}`);
  return value;
}

/** The help text. */
export function usage(contests: readonly { readonly name: string; readonly title: string }[]): string {
  const width = Math.max(...contests.map(({ name }) => name.length));
  return [
    "npm run bench -- [--rows N] [--rounds N] [--only NAME]... [--json FILE] [--write]",
    "",
    `--rows    rows of a contest, ${TARGET_ROWS.toLocaleString("en-US")} unless given; some take a fixed multiple`,
    `--rounds  rounds of each contest, ${TARGET_ROUNDS} unless given`,
    "--only    a contest to run, once or several times; all unless given",
    "--json    write the report to a file, too",
    "--write   write BENCHMARKS.md and its plots",
    "",
    ...contests.map(({ name, title }) => `${name.padEnd(width)}  ${title}`),
  ].join("\n");
}
