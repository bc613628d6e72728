// BENCHMARKS.md.
import type { ContestResult } from "../contest.js";
import { memory } from "./figures.js";
import { type BenchReport, isFullRun, judge, SMALL_RUN } from "./report.js";
import { sidesTable, type Table, targetsTable } from "./tables.js";

/** The file of a series' plot, beside BENCHMARKS.md. */
export const plotFile = (of: string): string => `plots/${of}.svg`;

const escaped = (cell: string): string => cell.replaceAll("|", "\\|");

export function markdownTable({ head, rows }: Table): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(escaped).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

export function markdownReport(report: BenchReport): string {
  const { machine, versions, command, date, contests } = report;
  return `${[
    "# Benchmarks",
    "Made by the bench itself; do not edit. What the contests are and how they are measured is in [README.md](README.md).",
    ...(isFullRun(report) ? [] : [`**${SMALL_RUN}**`]),
    [
      `- Command: \`${command}\``,
      `- Date: ${date.slice(0, "2000-01-01".length)}`,
      `- Machine: ${machine.cores} x ${machine.cpu}, ${memory(machine.memoryBytes)} of memory; ${machine.system}`,
      `- Versions: ${Object.entries(versions).map(([name, version]) => `${name} ${version}`).join(", ")}`,
      `- Files: ${report.inMemory ? "on a memory-backed file system" : "in the system's temporary folder"}`,
      `- ${report.rows.toLocaleString("en-US")} rows and ${report.rounds} rounds, unless a contest says otherwise`,
    ].join("\n"),
    "## Targets",
    "Ratios are of rows a second, ours over theirs, round by round in one interleaved run. Above 1, ours is faster.",
    markdownTable(targetsTable(judge(contests))),
    ...contests.flatMap(contestMarkdown),
  ].join("\n\n")}\n`;
}

function contestMarkdown(result: ContestResult): string[] {
  const { title, name, conditions, sides, series, notes, checks, skipped } = result;
  const remarks = [...notes, ...checks.map((check) => `Checked: ${check}`), ...skipped.map((reason) => `Skipped: ${reason}`)];
  return [
    `## ${title}`,
    `\`--only ${name}\`: ${conditions}.`,
    ...(series === undefined ? [] : [`![${title}: rows a second](${plotFile(series.of)})`]),
    ...(sides.length === 0 ? [] : [markdownTable(sidesTable(result))]),
    ...(remarks.length === 0 ? [] : [remarks.map((remark) => `- ${remark}`).join("\n")]),
  ];
}
