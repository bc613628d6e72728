// The catalogue of rules as SARIF's reporting descriptors.
import { RULES, type Rule, type RuleCondition, type RuleId, type RuleSeverity } from "@slate-sst/format/rules";

/** Severities have the same names in SARIF. */
export const SARIF_LEVELS: Readonly<Record<RuleSeverity, "error" | "warning" | "note">> = { error: "error", warning: "warning", note: "note" };

const MEANINGS: Readonly<Record<RuleSeverity, string>> = {
  error: "Rows are lost, misread or unreadable, or the file says of itself what is not true.",
  warning: "Every known release of SlateDB copes, but something unusual needs a look.",
  note: "The file is valid, but not the bytes that SlateDB writes for the same rows.",
};

const rules: readonly Rule[] = Object.values(RULES);

/** Position of each rule in {@link sarifRules}. */
export const SARIF_RULE_INDEX: ReadonlyMap<RuleId, number> = new Map(rules.map(({ id }, index) => [id, index]));

/** A descriptor for each rule of the catalogue, in its order. */
export function sarifRules(): object[] {
  return rules.map((rule) => {
    const { id, title, sentence, severity, level, family, source } = rule;
    return {
      id,
      name: title.replaceAll(/[^A-Za-z0-9]+(.)?/g, (_match, next: string | undefined) => (next ?? "").toUpperCase()),
      shortDescription: { text: title },
      fullDescription: { text: sentence },
      help: { text: helpOf(rule) },
      defaultConfiguration: { level: SARIF_LEVELS[severity] },
      properties: { family, verifyLevel: level, evidence: source.release === undefined ? source.evidence : `${source.evidence} ${source.release}`, tags: ["slatedb", "sst"] },
    };
  });
}

function helpOf({ sentence, severity, level, when }: Rule): string {
  const conditions = when.map((condition: RuleCondition) => condition.replaceAll("_", " "));
  const applies = conditions.length === 0 ? "" : ` It applies when all of this holds: ${conditions.join(", ")}.`;
  return `${sentence} ${MEANINGS[severity]} Checked from level ${level} on.${applies}`;
}
