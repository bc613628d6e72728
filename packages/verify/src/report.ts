// Where checks bring what they find: held against the stop rules, counted, and kept until it is handed out.
import { type RuleId, RULES, type RuleSeverity } from "@slate-sst/format/rules";
import { createFinding, type Discrepancy, type Finding, type Place } from "./finding.js";
import type { VerifyLevel } from "./result.js";
import { type Reach, RuleLedger, type Structure } from "./stop-rules.js";

/** What a finding says; made only when it is handed out. */
export type Details = () => Place & Discrepancy;

const rules = Object.values(RULES);

/** Where checks bring what they find. Internal to the package. */
export class Report {
  /** What is known of rules and conditions. */
  readonly ledger: RuleLedger;
  /** Findings so far, withheld ones included. */
  readonly counts: Record<RuleSeverity, number> = { error: 0, warning: 0, note: 0 };
  /** Findings beyond the limit. */
  withheld = 0;
  #waiting: Finding[] = [];
  #left: number;

  /** Hands out `maxFindings` findings and counts the rest. `families`: letters of the rules' families. */
  constructor(level: VerifyLevel, maxFindings: number, families: string) {
    this.ledger = new RuleLedger(level, rules.filter(({ family }) => families.includes(family)));
    this.#left = maxFindings;
  }

  /**
   * Brings one finding. It is dropped where the rule is not checked on this level, does not apply or was stopped.
   * @param reach which data blocks the rule looks at, if it needs rules about blocks; of a block's own rules, the block.
   * @returns whether it counts.
   */
  add(rule: RuleId, structure: Structure, details: Details, reach: Reach = structure === "block" ? "block" : "file"): boolean {
    if (!this.ledger.mayJudge(rule, structure, reach)) return false;
    this.addJudged(rule, structure, details);
    return true;
  }

  /** Brings a finding that was found worth it before. */
  addJudged(rule: RuleId, structure: Structure, details: Details): void {
    this.ledger.breaks(rule, structure);
    this.counts[RULES[rule].severity]++;
    if (this.#left === 0) {
      this.withheld++;
      return;
    }
    this.#left--;
    const made = details();
    this.#waiting.push(createFinding(rule, made, made));
  }

  /** Hands out what came since the last call. */
  take(): Finding[] {
    const taken = this.#waiting;
    this.#waiting = [];
    return taken;
  }
}
