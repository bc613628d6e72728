// Sums over the files of a run.
import type { RuleId } from "@slate-sst/format/rules";
import type { DatabaseResult } from "../database/index.js";
import type { VerifyResult } from "../result.js";
import type { RunSummary } from "./report.js";

/** What results of files and databases have in common. */
export type Verdict = Pick<VerifyResult, "sound" | "findings" | "withheld" | "rules">;

/** Whether a check was left out for want of something, or because a limit was reached. */
export function hasSkips(result: Verdict): boolean {
  return result.rules.some(({ state }) => state === "skipped");
}

/** The rules whose checks were left out, by reason. */
export function skippedRules({ rules }: Verdict): ReadonlyMap<string, readonly RuleId[]> {
  const skipped = new Map<string, RuleId[]>();
  for (const { rule, state, reason = "no reason given" } of rules) {
    if (state === "skipped") skipped.set(reason, [...(skipped.get(reason) ?? []), rule]);
  }
  return skipped;
}

/** Adds up the results of a run. */
export class Tally {
  #sound = 0;
  #unsound = 0;
  #failed = 0;
  #skipped = 0;
  #errors = 0;
  #warnings = 0;
  #notes = 0;
  #withheld = 0;
  #size = 0;
  #bytesRead = 0;

  /** Counts a file that was verified. */
  add(result: VerifyResult): void {
    if (result.sound) this.#sound++;
    else this.#unsound++;
    if (hasSkips(result)) this.#skipped++;
    this.#errors += result.findings.error;
    this.#warnings += result.findings.warning;
    this.#notes += result.findings.note;
    this.#withheld += result.withheld;
    this.#size += result.size;
    this.#bytesRead += result.bytesRead;
  }

  /** Counts a file that could not be verified. */
  addFailure(): void {
    this.#failed++;
  }

  /** The sums of the run, which took that time. */
  summary(milliseconds: number): RunSummary {
    return {
      sound: this.#unsound === 0 && this.#failed === 0 && this.#skipped === 0,
      files: this.#sound + this.#unsound + this.#failed,
      filesSound: this.#sound,
      filesUnsound: this.#unsound,
      filesFailed: this.#failed,
      filesSkipped: this.#skipped,
      errors: this.#errors,
      warnings: this.#warnings,
      notes: this.#notes,
      withheld: this.#withheld,
      size: this.#size,
      bytesRead: this.#bytesRead,
      milliseconds,
    };
  }
}

/** The sums over the SSTs of a database. @param milliseconds time the run took. */
export function databaseSummary(result: DatabaseResult, milliseconds: number): RunSummary {
  const { ssts, findings, notChecked } = result;
  const unsound = ssts.filter((sst) => sst.state === "missing" || sst.findings.error > 0).length;
  return {
    sound: result.sound && !hasSkips(result) && !notChecked.some(({ feature }) => feature === "ssts"),
    files: ssts.length,
    filesSound: ssts.length - unsound,
    filesUnsound: unsound,
    filesFailed: 0,
    filesSkipped: ssts.filter((sst) => sst.state === "incomplete" && sst.findings.error === 0).length,
    errors: findings.error,
    warnings: findings.warning,
    notes: findings.note,
    withheld: result.withheld,
    size: ssts.reduce((sum, { size }) => sum + size, 0),
    bytesRead: result.bytesRead,
    milliseconds,
  };
}
