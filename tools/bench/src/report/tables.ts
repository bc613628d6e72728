// The tables of a report, as cells.
import type { ContestResult } from "../contest.js";
import { rateOf } from "../run/pass.js";
import { median, summarize } from "../stats.js";
import { cpuPerRow, inUnit, peakMemory, rate, spread } from "./figures.js";
import type { Target } from "../targets.js";
import type { Judged } from "./report.js";

export interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Who did how well in one contest. */
export function sidesTable({ sides }: ContestResult): Table {
  return {
    head: ["", "rows/s, median [min .. max]", "rounds", "CPU ns a row", "peak MiB"],
    rows: sides.map(({ name, rounds }) => {
      const cpu = median(rounds.map(cpuPerRow));
      return [name, spread(summarize(rounds.map(rateOf)), rate), String(rounds.length), Number.isNaN(cpu) ? "?" : cpu.toFixed(0), peakMemory(rounds)];
    }),
  };
}

/** What was to be reached, and whether it was. */
export function targetsTable(judged: readonly Judged[]): Table {
  return {
    head: ["what", "against", "required", "measured, median [min .. max]", "verdict"],
    rows: judged.map((one) => [one.target.what, one.target.against, requiredText(one.target), measuredText(one), one.verdict]),
  };
}

export function requiredText({ required, unit }: Target): string {
  const figure = inUnit(required, unit);
  return unit === "rows/s" ? `at least ${figure} rows/s` : `${unit === "ratio" ? "at least" : "at most"} ${figure}`;
}

/** The figure and what explains it, or why there is none. */
export function measuredText({ target, outcome }: Judged): string {
  const { unit } = target;
  const figure = "missing" in outcome ? outcome.missing : spread(outcome.figure, (value) => inUnit(value, unit)) + (unit === "rows/s" ? " rows/s" : "");
  return outcome.remark === undefined ? figure : `${figure} (${outcome.remark})`;
}
