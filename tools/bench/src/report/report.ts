// All that a run of the bench has to say; what --json writes.
import type { ContestResult, Outcome } from "../contest.js";
import type { Machine } from "../machine.js";
import { isReached, type Target, TARGETS, TARGET_ROUNDS, TARGET_ROWS, type TargetName } from "../targets.js";

export interface BenchReport {
  /** When the run began, ISO 8601. */
  readonly date: string;
  readonly command: string;
  readonly machine: Machine;
  readonly versions: Readonly<Record<string, string>>;
  /** Whether files lay in memory. */
  readonly inMemory: boolean;
  readonly rows: number;
  readonly rounds: number;
  readonly contests: readonly ContestResult[];
}

export type Verdict = "reached" | "missed" | "not measured";

/** A target beside what was measured. */
export interface Judged {
  readonly name: TargetName;
  readonly target: Target;
  readonly outcome: Outcome;
  readonly verdict: Verdict;
}

/** The targets of the contests that were run, each with its figure. */
export function judge(contests: readonly ContestResult[]): Judged[] {
  return contests.flatMap(({ outcomes }) =>
    outcomes.map((outcome) => {
      const target: Target = TARGETS[outcome.target];
      const verdict = "missing" in outcome ? "not measured" : isReached(target, outcome.figure.median) ? "reached" : "missed";
      return { name: outcome.target, target, outcome, verdict };
    }),
  );
}

/** Whether figures may be held against the targets at all. */
export const isFullRun = ({ rows, rounds }: BenchReport): boolean => rows === TARGET_ROWS && rounds >= TARGET_ROUNDS;

export const SMALL_RUN = `Not a run to judge by: targets are set for ${TARGET_ROWS.toLocaleString("en-US")} rows and at least ${TARGET_ROUNDS} rounds.`;

/** The report as JSON, verdicts included. */
export function jsonReport(report: BenchReport): string {
  return `${JSON.stringify({ ...report, targets: judge(report.contests) }, undefined, 2)}\n`;
}
