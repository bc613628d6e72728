// spec/rules.yaml -> the catalogue of rules; rule-checks.mjs says what a rule looks like.
import { join } from "node:path";
import { readConstants } from "./constants.mjs";
import { docComment, generated, isMade, readMade, readSpec, readSpecYaml, root, SpecError, writeGenerated } from "./output.mjs";
import { buildRules, byConstruction, levels, scopes, sectionKinds, severities } from "./rule-checks.mjs";

const source = "rules.yaml";

function readErrorCodes() {
  return new Set(Object.values(readSpecYaml("errors.yaml")).flatMap((codes) => Object.keys(codes)));
}

function repositoryHas(file, word) {
  return (textOf(file)?.match(/\w+/g) ?? []).includes(word);
}

function textOf(file) {
  if (!file.startsWith("spec/")) return isMade(join(root, file)) ? readMade(join(root, file)) : undefined;
  try {
    return readSpec(file.slice("spec/".length));
  } catch (error) {
    if (!(error instanceof SpecError)) throw error;
    return undefined;
  }
}

const union = (names) => names.map((name) => `\n  | ${JSON.stringify(name)}`).join("");

function record(entries) {
  return `{\n${entries.map(([name, value]) => `  ${JSON.stringify(name)}: ${JSON.stringify(value)},\n`).join("")}}`;
}

/** Families, conditions and rules, checked. */
export function readRules() {
  return buildRules(readSpec(source), { constants: readConstants(), errorCodes: readErrorCodes(), sourceHas: repositoryHas });
}

export function generateRules() {
  const { families, conditions, rules } = readRules();
  const text =
    `import type { ErrorCode, StoreErrorCode } from "./errors.js";\n\n` +
    docComment("Stable name of a rule: family letter, group, number.") + `export type RuleId =${union([...rules.keys()])};\n\n` +
    docComment("Letter of a family of rules.") + `export type RuleFamily =${union(Object.keys(families))};\n\n` +
    docComment("Verify level from which on a rule is checked; each includes the ones before.") + `export type RuleLevel =${union(levels)};\n\n` +
    docComment("How serious a broken rule is; a note means valid but not canonical.") + `export type RuleSeverity =${union(severities)};\n\n` +
    docComment("What a single finding of a rule is about.") + `export type RuleScope =${union(scopes)};\n\n` +
    docComment("A section of the file with a checksum, the info apart.") + `export type RuleSection =${union(sectionKinds)};\n\n` +
    docComment("What must be true for a rule to apply.") + `export type RuleCondition =${union(Object.keys(conditions))};\n\n` +
    `${docComment("Where the facts of a rule come from.")}export interface RuleSource {
${docComment("Where they are defined or computed: file#word in it, from the repository's top level.", "  ")}  readonly defined: string;
${docComment("Seen by running SlateDB, read in its sources, or a contract of this toolkit.", "  ")}  readonly evidence: "proven" | "read" | "ours";
${docComment("The SlateDB release that was run or read; absent for contracts of this toolkit.", "  ")}  readonly release?: string;
}

${docComment("One rule that a sound SST, or the database that lists it, obeys.")}export interface Rule {
  readonly id: RuleId;
  readonly family: RuleFamily;
${docComment("A few words, for lists.", "  ")}  readonly title: string;
  readonly level: RuleLevel;
  readonly severity: RuleSeverity;
  readonly scope: RuleScope;
${docComment("The sections that a rule of scope section concerns; empty for other scopes.", "  ")}  readonly sections: readonly RuleSection[];
${docComment("The rule, one sentence.", "  ")}  readonly sentence: string;
${docComment("All must be true for the rule to apply.", "  ")}  readonly when: readonly RuleCondition[];
  readonly source: RuleSource;
${docComment(
  "Rules that must hold first for the same structure and for the others it is compared with, so that one damage gives one finding.\nOne that does not apply, or whose inputs were not given, counts as held; one that was itself stopped counts as broken.",
  "  ",
)}  readonly needs: readonly RuleId[];
${docComment("Why no input can break the rule without breaking one of its needs; absent where some input can.", "  ")}  readonly implied?: string;
${docComment("Error codes with which the encoder refuses input that would break the rule, or that no input can.", "  ")}  readonly encoder: "${byConstruction}" | readonly (ErrorCode | StoreErrorCode)[];
}

` +
    docComment("What each family is about.") + `export const RULE_FAMILIES: Readonly<Record<RuleFamily, string>> = ${record(Object.entries(families))};\n\n` +
    docComment("What each condition means.") + `export const RULE_CONDITIONS: Readonly<Record<RuleCondition, string>> = ${record(Object.entries(conditions))};\n\n` +
    docComment("Every rule by its id, in the order of the catalogue.") + `export const RULES: Readonly<Record<RuleId, Rule>> = ${record([...rules])};\n`;
  return [writeGenerated(join(generated, "rules.ts"), [source, "constants.yaml"], text)];
}
