// Where checks of a database bring what they find. Rules of the database are judged about subjects: the whole database, or
// one SST by its name. Where a rule that they need is broken for a subject, they are stopped for that subject, so that one
// damage gives one finding.
import { type Rule, type RuleId, RULES, type RuleSeverity } from "@slate-sst/format/rules";
import { createFinding, type Discrepancy, type Finding, type Place } from "../finding.js";
import type { RuleOutcome, RuleState, VerifyLevel } from "../result.js";

/** The subject of rules about a database as a whole. */
export const WHOLE = "";

const LEVELS: Readonly<Record<VerifyLevel, number>> = { quick: 0, full: 1, paranoid: 2 };
const FAMILY = "M";

/** States from the one that matters least to the one that matters most, when several SSTs have them. */
const STATES: readonly RuleState[] = ["level", "inapplicable", "held", "skipped", "stopped", "broken"];

type Counts = Record<RuleSeverity, number>;

export class DatabaseReport {
  readonly counts: Counts = { error: 0, warning: 0, note: 0 };
  /** Findings beyond the limit. */
  withheld = 0;
  readonly #level: VerifyLevel;
  readonly #maxFindings: number;
  #handedOut = 0;
  #waiting: Finding[] = [];
  /** By rule, the subjects for which it is broken, or was stopped in an SST's own verification. */
  readonly #bad = new Map<RuleId, Set<string>>();
  readonly #found = new Map<RuleId, number>();
  readonly #stops = new Map<RuleId, RuleId>();
  readonly #skips = new Map<RuleId, string>();
  readonly #inapplicable = new Map<RuleId, string>();
  /** Outcomes of rules that are no rules of the database. */
  readonly #ofSsts = new Map<RuleId, RuleOutcome>();

  constructor(level: VerifyLevel, maxFindings: number) {
    this.#level = level;
    this.#maxFindings = maxFindings;
  }

  /** Whether a rule belongs to the level. */
  isOnLevel(rule: RuleId): boolean {
    return LEVELS[RULES[rule].level] <= LEVELS[this.#level];
  }

  /** Whether a rule belongs to the level and all that it needs holds for all subjects. If it does not, that is remembered. */
  mayJudge(rule: RuleId, subjects: readonly string[]): boolean {
    if (!this.isOnLevel(rule)) return false;
    const need = RULES[rule].needs.find((one) => subjects.some((subject) => this.#isBad(one, subject)));
    if (need !== undefined && !this.#stops.has(rule)) this.#stops.set(rule, need);
    return need === undefined;
  }

  /** Brings one finding, if the rule may be judged for all of its subjects, all of which are then bad. */
  add(rule: RuleId, subjects: readonly string[], details: () => Place & Discrepancy): void {
    if (!this.mayJudge(rule, subjects)) return;
    for (const subject of subjects) this.#mark(rule, subject);
    this.#found.set(rule, (this.#found.get(rule) ?? 0) + 1);
    this.counts[RULES[rule].severity]++;
    if (this.#isFull) {
      this.withheld++;
      return;
    }
    const made = details();
    this.#waiting.push(createFinding(rule, made, made));
  }

  /** Takes over what the verification of an SST found and became of its rules. */
  addSst(subject: string, findings: readonly Finding[], counts: Readonly<Counts>, outcomes: readonly RuleOutcome[]): void {
    for (const severity of ["error", "warning", "note"] as const) this.counts[severity] += counts[severity];
    const handedOut = findings.slice(0, this.#maxFindings - this.#handedOut - this.#waiting.length);
    this.withheld += counts.error + counts.warning + counts.note - handedOut.length;
    this.#waiting.push(...handedOut);
    for (const outcome of outcomes) {
      const { rule, state } = outcome;
      if (state === "broken" || state === "stopped") this.#mark(rule, subject);
      const known = this.#ofSsts.get(rule);
      const findingsOfRule = (known?.findings ?? 0) + outcome.findings;
      const worst = known !== undefined && STATES.indexOf(known.state) >= STATES.indexOf(state) ? known : outcome;
      this.#ofSsts.set(rule, { ...worst, findings: findingsOfRule });
    }
  }

  /** Records that rules could not be checked everywhere, and why. The first reason is kept. */
  leaveOpen(rules: readonly RuleId[], reason: string): void {
    for (const rule of rules) if (this.isOnLevel(rule) && !this.#skips.has(rule)) this.#skips.set(rule, reason);
  }

  /** Records that rules do not apply. */
  rulesOut(rules: readonly RuleId[], reason: string): void {
    for (const rule of rules) this.#inapplicable.set(rule, reason);
  }

  /** Hands out what came since the last call. */
  take(): Finding[] {
    const taken = this.#waiting;
    this.#waiting = [];
    this.#handedOut += taken.length;
    return taken;
  }

  /** Findings that may still be handed out. */
  get room(): number {
    return this.#maxFindings - this.#handedOut - this.#waiting.length;
  }

  /** What became of the rules: first those of the database, then the others. */
  outcomes(): RuleOutcome[] {
    const own = Object.values(RULES).filter(({ family }) => family === FAMILY);
    return [...own.map((rule) => ({ rule: rule.id, findings: this.#found.get(rule.id) ?? 0, ...this.#stateOf(rule) })), ...this.#ofSsts.values()];
  }

  get #isFull(): boolean {
    return this.room <= 0;
  }

  #stateOf({ id, level, needs }: Rule): Pick<RuleOutcome, "state" | "reason"> {
    if (this.#found.has(id)) return { state: "broken" };
    if (!this.isOnLevel(id)) return { state: "level", reason: level };
    const need = this.#stops.get(id) ?? needs.find((one) => this.#isBad(one, WHOLE));
    if (need !== undefined) return { state: "stopped", reason: need };
    const skip = this.#skips.get(id);
    if (skip !== undefined) return { state: "skipped", reason: skip };
    const condition = this.#inapplicable.get(id);
    return condition === undefined ? { state: "held" } : { state: "inapplicable", reason: condition };
  }

  #mark(rule: RuleId, subject: string): void {
    const subjects = this.#bad.get(rule);
    if (subjects === undefined) this.#bad.set(rule, new Set([subject]));
    else subjects.add(subject);
  }

  /** Whether a rule is broken, or had to be stopped, for a subject. What SSTs say of their own rules includes their needs. */
  #isBad(rule: RuleId, subject: string): boolean {
    const subjects = this.#bad.get(rule);
    if (subjects !== undefined && (subjects.has(subject) || subjects.has(WHOLE))) return true;
    const { family, needs } = RULES[rule];
    return family === FAMILY && this.isOnLevel(rule) && needs.some((need) => this.#isBad(need, subject));
  }
}
