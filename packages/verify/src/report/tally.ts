// Sums over the files of a run.
import type { RuleId } from "@slate-sst/format/rules";
import type { VerifyResult } from "../result.js";
import type { RunSummary } from "./report.js";

/** Whether a check was left out of a file for want of something, or because a limit was reached. */
export function hasSkips(result: VerifyResult): boolean {
  return result.rules.some(({ state }) => state === "skipped");
}

/** The rules whose checks were left out, by reason. */
export function skippedRules({ rules }: VerifyResult): ReadonlyMap<string, readonly RuleId[]> {
  const skipped = new Map<string, RuleId[]>();
  for (const { rule, state, reason = "no reason given" } of rules) {
    if (state === "skipped") skipped.set(reason, [...(skipped.get(reason) ?? []), rule]);
  }
  return skipped;
}

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

  /** @param milliseconds time the run took. */
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
