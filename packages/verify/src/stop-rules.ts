// Which rules may still be judged. A rule needs others to hold first, for the structure it is about and for those it compares
// that with (`needs` in the catalogue); where one of them is broken, or was itself stopped, the rule is stopped there too, so
// that one damage gives one finding.
import { type Rule, type RuleCondition, type RuleId, RULES, type RuleSection } from "@slate-sst/format/rules";
import type { RuleOutcome, VerifyLevel } from "./result.js";

/** What a rule is judged about. */
export type Structure = RuleSection | "file" | "info";

/** Which data blocks a rule looks at: the present one, that and the one before, or all so far. */
export type Reach = "block" | "pair" | "file";

/** Rules about rows that follow each other. */
const ORDER_FAMILY = "R";

const LEVELS: Readonly<Record<VerifyLevel, number>> = { quick: 0, full: 1, paranoid: 2 };

/** Where a rule was found broken. */
interface Breaks {
  findings: number;
  inPresentBlock: boolean;
  inBlockBefore: boolean;
  readonly structures: Set<Structure>;
}

/** What became of each rule: broken, held, or stopped by another one. Internal to the package. */
export class RuleLedger {
  readonly #level: VerifyLevel;
  readonly #rules: readonly Rule[];
  readonly #breaks = new Map<RuleId, Breaks>();
  readonly #conditions = new Map<RuleCondition, boolean>();
  readonly #skips = new Map<RuleId, string>();
  /** Judgements that hold as long as nothing changes. */
  readonly #judged = new Map<string, boolean>();

  /** `rules` are those that outcomes() lists. */
  constructor(level: VerifyLevel, rules: readonly Rule[]) {
    this.#level = level;
    this.#rules = rules;
  }

  /** Says whether a condition is true; until then it is not known. */
  know(condition: RuleCondition, isTrue: boolean): void {
    this.#conditions.set(condition, isTrue);
    this.#judged.clear();
  }

  /** Whether a rule belongs to the level, and none of its conditions is known to be false. */
  applies(rule: RuleId): boolean {
    const { level, when } = RULES[rule];
    return LEVELS[level] <= LEVELS[this.#level] && when.every((condition) => this.#conditions.get(condition) !== false);
  }

  /**
   * Whether a rule is known to apply and everything that it needs holds. Of the file as a whole a rule cannot be judged when it
   * was skipped somewhere.
   */
  mayJudge(rule: RuleId, structure: Structure, reach: Reach): boolean {
    const key = `${rule} ${structure} ${reach}`;
    let may = this.#judged.get(key);
    if (may === undefined) {
      const isKnown = RULES[rule].when.every((condition) => this.#conditions.get(condition) === true);
      const isSkipped = reach === "file" && this.#skips.has(rule);
      may = isKnown && !isSkipped && this.applies(rule) && !this.#isSettled(rule) && this.#brokenNeed(RULES[rule], structure, reach) === undefined;
      this.#judged.set(key, may);
    }
    return may;
  }

  /** The order of rows is judged up to the first one out of place in a block: those behind it may only seem so. */
  #isSettled(rule: RuleId): boolean {
    const { family, scope } = RULES[rule];
    return family === ORDER_FAMILY && scope === "row" && this.#breaks.get(rule)?.inPresentBlock === true;
  }

  /** Whether everything that a rule needs holds, whatever its level. */
  needsHold(rule: RuleId, structure: Structure, reach: Reach): boolean {
    return this.#brokenNeed(RULES[rule], structure, reach) === undefined;
  }

  /** Records that a rule is broken. */
  breaks(rule: RuleId, structure: Structure): void {
    let breaks = this.#breaks.get(rule);
    if (breaks === undefined) {
      breaks = { findings: 0, inPresentBlock: false, inBlockBefore: false, structures: new Set() };
      this.#breaks.set(rule, breaks);
    }
    breaks.findings++;
    const isNew = !breaks.structures.has(structure) || (structure === "block" && !breaks.inPresentBlock);
    if (!isNew) return;
    breaks.structures.add(structure);
    breaks.inPresentBlock ||= structure === "block";
    this.#judged.clear();
  }

  /** Whether no rule about blocks and rows was found broken in the present block. */
  get isBlockSound(): boolean {
    for (const { inPresentBlock } of this.#breaks.values()) if (inPresentBlock) return false;
    return true;
  }

  /** Goes on to the next data block. */
  nextBlock(): void {
    let changed = false;
    for (const breaks of this.#breaks.values()) {
      changed ||= breaks.inPresentBlock || breaks.inBlockBefore;
      breaks.inBlockBefore = breaks.inPresentBlock;
      breaks.inPresentBlock = false;
    }
    if (changed) this.#judged.clear();
  }

  /** Records that a rule could not be checked everywhere, and why. The first reason is kept. */
  leaveOpen(rules: readonly RuleId[], reason: string): void {
    for (const rule of rules) if (this.applies(rule) && !this.#skips.has(rule)) this.#skips.set(rule, reason);
    this.#judged.clear();
  }

  /** What became of each rule, in the order of the catalogue. */
  outcomes(): RuleOutcome[] {
    return this.#rules.map((rule) => ({ rule: rule.id, findings: this.#breaks.get(rule.id)?.findings ?? 0, ...this.#stateOf(rule) }));
  }

  #stateOf(rule: Rule): Pick<RuleOutcome, "state" | "reason"> {
    if (this.#breaks.has(rule.id)) return { state: "broken" };
    if (LEVELS[rule.level] > LEVELS[this.#level]) return { state: "level", reason: rule.level };
    const untrue = rule.when.find((condition) => this.#conditions.get(condition) === false);
    if (untrue !== undefined) return { state: "inapplicable", reason: untrue };
    const need = this.#structuresOf(rule).map((structure) => this.#brokenNeed(rule, structure, "file")).find((broken) => broken !== undefined);
    if (need !== undefined) return { state: "stopped", reason: need };
    const unknown = rule.when.find((condition) => !this.#conditions.has(condition));
    if (unknown !== undefined) return { state: "inapplicable", reason: unknown };
    const reason = this.#skips.get(rule.id);
    return reason === undefined ? { state: "held" } : { state: "skipped", reason };
  }

  #structuresOf({ scope, sections }: Rule): readonly Structure[] {
    if (scope === "section") return sections;
    if (scope === "row" || scope === "manifest" || scope === "database") return [scope === "row" ? "block" : "file"];
    return [scope];
  }

  #brokenNeed(rule: Rule, structure: Structure, reach: Reach): RuleId | undefined {
    return rule.needs.find((need) => {
      const place = structureOfNeed(RULES[need], structure);
      return place !== undefined && this.#isBad(need, place, reach);
    });
  }

  #isBad(rule: RuleId, structure: Structure, reach: Reach): boolean {
    const key = `${rule} ${structure} ${reach} bad`;
    let isBad = this.#judged.get(key);
    if (isBad === undefined) {
      isBad = this.#isBroken(rule, structure, reach) || (this.applies(rule) && this.#brokenNeed(RULES[rule], structure, reach) !== undefined);
      this.#judged.set(key, isBad);
    }
    return isBad;
  }

  #isBroken(rule: RuleId, structure: Structure, reach: Reach): boolean {
    const breaks = this.#breaks.get(rule);
    if (breaks === undefined) return false;
    const { scope } = RULES[rule];
    if (structure === "block" && reach !== "file") return breaks.inPresentBlock || (reach === "pair" && breaks.inBlockBefore);
    return scope === "section" && structure !== "file" ? breaks.structures.has(structure) : true;
  }
}

/** Where a need must hold for a rule that is judged about a structure; undefined where it has no bearing on it. */
function structureOfNeed({ scope, sections }: Rule, structure: Structure): Structure | undefined {
  if (scope === "section") {
    if (structure === "file" || structure === "info") return sections.length === 1 ? sections[0] : "file";
    return sections.some((section) => section === structure) ? structure : undefined;
  }
  if (scope === "row") return "block";
  return scope === "manifest" || scope === "database" ? "file" : scope;
}

/** A rule and all that need it, directly or not. */
export function rulesThatNeed(rule: RuleId): RuleId[] {
  const found = new Set<RuleId>([rule]);
  for (const needed of found) {
    for (const { id, needs } of Object.values(RULES)) if (needs.includes(needed)) found.add(id);
  }
  return [...found];
}
