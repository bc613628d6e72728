// spec/*.yaml -> the pages of rules, errors, constants, and of what a writer tells.
import { parse } from "yaml";
import { readConstants } from "../../../codegen/src/constants.mjs";
import { buildRules } from "../../../codegen/src/rule-checks.mjs";
import { cell, code, pageHead, plain, table } from "../markdown.mjs";
import { has, read } from "../repository.mjs";
import { cases } from "./examples.mjs";

const LAYERS = ["varint", "crc", "row", "block", "index", "stats", "info", "filter", "file", "manifest"];
const SEVERITIES = { error: "rows are lost, misread or unreadable, or the file says of itself what is not true", warning: "every known release copes, but something unusual needs a look", note: "valid, but other bytes than SlateDB writes for the same rows" };
const LEVELS = { quick: "footer, info, index, stats, filter; no data block is read", full: "every byte and every row", paranoid: "canonical form and second looks" };
const EXAMPLES_MAX = 2;

/** @returns {Map<string, string>} */
export function cataloguePages() {
  return new Map([["reference/rules.md", rulesPage()], ["reference/errors.md", errorsPage()], ["reference/constants.md", constantsPage()], ["reference/telemetry.md", telemetryPage()]]);
}

export const ruleAnchor = (/** @type {string} */ id) => id.toLowerCase().replace(".", "-");

function rulesPage() {
  const errorCodes = new Set(Object.values(parse(read("spec/errors.yaml"))).flatMap((codes) => Object.keys(codes)));
  const sourceHas = (/** @type {string} */ file, /** @type {string} */ word) => has(file) && (read(file).match(/\w+/g) ?? []).includes(word);
  const constants = readConstants();
  const { families, conditions, rules } = buildRules(read("spec/rules.yaml"), { constants, errorCodes, sourceHas });
  const written = parse(read("spec/rules.yaml"));
  const broken = casesByRule();
  let text = `${pageHead("Rules", { outline: [2, 2] })}What a sound SST, and the database that lists it, obeys. Findings of \`sst-verify\` name these rules. An id never changes its meaning.\n\n`;
  text += `${rules.size} rules. ${table(["level", "looks at"], Object.entries(LEVELS).map(([name, meaning]) => [name, meaning])).replace(/^/, "\n\n")}\n`;
  text += `${table(["severity", "means"], Object.entries(SEVERITIES).map(([name, meaning]) => [name, meaning]))}\n`;
  for (const [letter, about] of Object.entries(families)) {
    text += `## ${letter}: ${plain(about)} {#family-${letter.toLowerCase()}}\n\n`;
    for (const [id, rule] of rules) if (rule.family === letter) text += ruleText(id, rule, oursOfRule(written.rules[id], written.conditions, constants), broken.get(id) ?? []);
  }
  return `${text}## Conditions\n\n${table(["condition", "meaning"], Object.entries(conditions).map(([name, meaning]) => [code(name), cell(meaning)]))}`;
}

/** @param {string} id @param {any} rule @param {readonly string[]} ours what it names that SlateDB does not have @param {readonly string[]} broken */
function ruleText(id, rule, ours, broken) {
  const facts = [
    `${rule.severity}, from level ${rule.level}`,
    `about ${rule.sections.length === 0 ? `the ${rule.scope}` : `sections: ${rule.sections.join(", ")}`}`.replace("the row", "a row").replace("the block", "a block"),
    ...(rule.when.length === 0 ? [] : [`when ${rule.when.map(code).join(", ")}`]),
    evidenceText(rule.source.evidence, `, SlateDB ${rule.source.release}`, ours),
    `defined in ${code(rule.source.defined)}`,
  ];
  const kept = rule.encoder === "by construction" ? "The writer keeps it by construction." : `The writer refuses what would break it: ${rule.encoder.map((/** @type {string} */ one) => `[${code(one)}](./errors.md#${one.toLowerCase()})`).join(", ")}.`;
  const needs = rule.needs.length === 0 ? "" : ` Checked where these hold: ${rule.needs.map((/** @type {string} */ one) => `[${one}](#${ruleAnchor(one)})`).join(", ")}.`;
  const shown = broken.slice(0, EXAMPLES_MAX).map(code).join(", ");
  const vectors = broken.length === 0 ? "" : ` ${broken.length === 1 ? "One vector breaks" : `${broken.length} vectors break`} it, such as ${shown}.`;
  return `### ${id} ${plain(rule.title)} {#${ruleAnchor(id)}}\n\n${plain(rule.sentence)}\n\n*${facts.join("; ")}.* ${kept}${needs}${vectors}\n\n`;
}

/** Ids of the cases that break a rule, by rule. */
function casesByRule() {
  /** @type {Map<string, string[]>} */
  const found = new Map();
  for (const layer of LAYERS) {
    for (const { id, mustReject } of cases(layer)) for (const rule of [mustReject?.rule].flat().filter(Boolean)) found.set(rule, [...(found.get(rule) ?? []), id]);
  }
  return found;
}

function errorsPage() {
  const sections = parse(read("spec/errors.yaml"));
  const words = { store: "Object stores: StoreError" };
  let text = `${pageHead("Error codes", { outline: 2 })}Every error has a \`code\` that stays the same between major versions. Branch on it by \`isSstError(error, code)\` of \`@slate-sst/format\` and ` +
    "`isStoreError(error, code)` of `@slate-sst/object-store`. Class `type` is a `TypeError`, class `range` a `RangeError`.\n\n";
  for (const [section, codes] of Object.entries(sections)) {
    text += `## ${(/** @type {any} */ (words))[section] ?? plain(section[0].toUpperCase() + section.slice(1))}\n\n`;
    text += `${table(["code", "class", "meaning"], Object.entries(codes).map(([name, entry]) => [`${code(name)} <a id="${name.toLowerCase()}"></a>`, entry.class, cell(entry.doc)]))}\n`;
  }
  return text;
}

const OURS = "a contract of this toolkit";

/**
 * What a fact is known by. What SlateDB does not have is never more than ours, in whatever list it stands.
 * @param {string} source @param {string} release @param {readonly string[]} [ours]
 */
export function evidenceText(source, release, ours = []) {
  if (source === "ours") return OURS;
  return `${source}${release}${ours.length === 0 ? "" : `; ${ours.join(", ")}: ${OURS}`}`;
}

/**
 * What a rule names, by constants in its sentence and in its conditions, that SlateDB does not have.
 * @param {{ sentence: string, when?: readonly string[] }} rule as written @param {Record<string, string>} conditions as written @param {ReadonlyMap<string, any>} constants
 */
export function oursOfRule({ sentence, when = [] }, conditions, constants) {
  const names = [sentence, ...when.map((name) => conditions[name])].flatMap((text) => Array.from(String(text).matchAll(/\{([A-Z0-9_]+)\}/g), ([, name]) => name ?? ""));
  return [...new Set(names.flatMap((name) => constants.get(name)?.ours ?? []))];
}

function constantsPage() {
  const show = (/** @type {any} */ value) => (typeof value === "object" ? code(JSON.stringify(value).replaceAll(",", ", ").replaceAll('"', "")) : code(String(value)));
  // Those without code of their own are for the sentences of rules.
  const rows = [...readConstants()].filter(([, { literal }]) => literal !== undefined).map(([name, { value, doc, source, ours }]) => [code(name), show(value), cell(doc), source === undefined ? "the layout itself" : evidenceText(source, source === "proven" ? ", 0.12.1" : "", ours)]);
  return `${pageHead("Constants", { outline: 2 })}Limits, defaults, names and enumerations of the format. Code and rules take them from one place, \`spec/constants.yaml\` and the layouts, and so does this page.\n\n${table(["name", "value", "meaning", "evidence"], rows)}`;
}

function telemetryPage() {
  // The generator makes this listing for the package; nothing is said twice.
  const listing = read("packages/writer/src/generated/telemetry.md").replace(/^<!--.*-->\n/, "").replace(/^\s*# .*\n/, "");
  return `${pageHead("Events, metrics and traces", { outline: 2 })}What a writer tells while it writes. How to listen: [watch a write](../reference/packages/writer.md#watch-a-write).\n${listing}`;
}
