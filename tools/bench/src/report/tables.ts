// The tables of a report, as cells.
import type { ContestResult } from "../contest.js";
import { rateOf } from "../run/pass.js";
import { median, summarize } from "../stats.js";
import { cpuPerRow, inUnit, peakMemory, rate, spread } from "./figures.js";
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
    rows: judged.map(({ target, outcome, verdict }) => {
      const { unit, required } = target;
      const isLeast = unit === "ratio" || unit === "rows/s";
      const measured = "missing" in outcome ? outcome.missing : spread(outcome.figure, (value) => inUnit(value, unit));
      const remark = outcome.remark === undefined ? "" : ` (${outcome.remark})`;
      return [target.what, target.against, `${isLeast ? "at least" : "at most"} ${inUnit(required, unit)}${unit === "rows/s" ? " rows/s" : ""}`, measured + remark, verdict];
    }),
  };
}
