// Reports for terminals.
import type { ContestResult } from "../contest.js";
import { type BenchReport, isFullRun, judge, SMALL_RUN } from "./report.js";
import { measuredText, requiredText, sidesTable, type Table, targetsTable } from "./tables.js";

const INDENT = "  ";

/** A table with columns side by side; the first is aligned to the left, and so are texts. */
export function textTable({ head, rows }: Table): string {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string => INDENT + cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(INDENT).trimEnd();
  return [head, ...rows].map(line).join("\n");
}

/** What came of one contest. */
export function contestText(result: ContestResult): string {
  const { name, title, conditions, sides, notes, checks, skipped } = result;
  return [
    `${title} (${name})`,
    `${INDENT}${conditions}`,
    ...(sides.length === 0 ? [] : [textTable(sidesTable(result))]),
    ...judge([result]).map((one) => `${INDENT}${one.target.what}: ${measuredText(one)}, ${requiredText(one.target)}: ${one.verdict}`),
    ...notes.map((note) => `${INDENT}${note}`),
    ...checks.map((check) => `${INDENT}checked: ${check}`),
    ...skipped.map((reason) => `${INDENT}SKIPPED: ${reason}`),
  ].join("\n");
}

/** The sum of it all. */
export function targetsText(report: BenchReport): string {
  const judged = judge(report.contests);
  const counted = (verdict: string): number => judged.filter((one) => one.verdict === verdict).length;
  return [
    "Targets",
    textTable(targetsTable(judged)),
    `${INDENT}${counted("reached")} reached, ${counted("missed")} missed, ${counted("not measured")} not measured`,
    ...(isFullRun(report) ? [] : [`${INDENT}${SMALL_RUN}`]),
  ].join("\n");
}
