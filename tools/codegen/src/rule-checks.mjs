// Reads the text of spec/rules.yaml. Nothing that it does not understand gets through.
import { parseYaml, SpecError } from "./output.mjs";

const source = "rules.yaml";
/** Ordered: a level includes the ones before it. */
export const levels = ["quick", "full", "paranoid"];
/** Ordered: most severe first. */
export const severities = ["error", "warning", "note"];
export const scopes = ["file", "section", "block", "row", "filter", "index", "stats", "info", "manifest", "database"];
export const sectionKinds = ["block", "filter", "index", "stats"];
export const byConstruction = "by construction";
const requiredKeys = ["title", "level", "severity", "scope", "sentence", "source", "evidence", "needs", "encoder"];
const optionalKeys = ["when", "sections", "implied"];
const titleLengthMax = 60;
// Standing alone, 0, 1 and 2 are words; any higher number is a fact of the format and comes from its constants.
const bareNumber = /(?<![\w.-])(?:[3-9]|\d{2,})(?![\w.-])/;

const isText = (value) => typeof value === "string" && value.trim() === value && value !== "" && !value.includes("\n");

function checkKeys(entry, required, optional, where) {
  if (entry === null || typeof entry !== "object" || Array.isArray(entry)) throw new SpecError(where, "is not a map");
  const unknown = Object.keys(entry).filter((key) => !required.includes(key) && !optional.includes(key));
  if (unknown.length > 0) throw new SpecError(where, `unknown keys ${unknown.join(", ")}`);
  const missing = required.filter((key) => !(key in entry));
  if (missing.length > 0) throw new SpecError(where, `missing keys ${missing.join(", ")}`);
}

function checkOneOf(value, allowed, name, where) {
  if (!allowed.includes(value)) throw new SpecError(where, `${name} is one of ${allowed.join(", ")}, not ${value}`);
}

function checkList(value, name, where) {
  if (!Array.isArray(value) || !value.every(isText)) throw new SpecError(where, `${name} is a list of texts`);
  if (new Set(value).size !== value.length) throw new SpecError(where, `${name} names something twice`);
}

function shown(value) {
  if (Array.isArray(value)) return value.join(", ");
  if (typeof value === "object") return Object.entries(value).map(([name, number]) => `${name} ${number}`).join(", ");
  return String(value);
}

/** A sentence with the values of its constants; refuses numbers that should be constants. */
function sentenceOf(text, constants, where) {
  if (!isText(text) || !/^[^ ].*\.$/.test(text) || /\. [A-Z]/.test(text)) throw new SpecError(where, "is not one sentence");
  const names = /\{([^}]*)\}/g;
  const number = bareNumber.exec(text.replace(names, ""));
  if (number !== null) throw new SpecError(where, `the number ${number[0]} belongs in constants.yaml`);
  const result = text.replace(names, (_, name) => {
    const constant = constants.get(name);
    if (constant === undefined) throw new SpecError(where, `the constant ${name} is not known`);
    return shown(constant.value);
  });
  if (/[{}]/.test(result)) throw new SpecError(where, "has a brace without its partner");
  return result;
}

function evidenceOf(text, where) {
  if (text === "ours") return { evidence: "ours" };
  const match = /^(proven|read) (\d+\.\d+\.\d+)$/.exec(text);
  if (match === null) throw new SpecError(where, 'evidence is "ours", or "proven" or "read" and a release');
  return { evidence: match[1], release: match[2] };
}

/** Why the needs of a rule leave nothing that breaks it; each group named in brackets is one of them. */
function impliedOf({ implied, needs }, where) {
  if (implied === undefined) return {};
  const named = isText(implied) ? (implied.match(/\(([^)]*)\)/g) ?? []).flatMap((groups) => groups.slice(1, -1).split(", ")) : [];
  if (named.length === 0) throw new SpecError(where, "implied is a reason that names needs in brackets");
  for (const name of named) if (!needs.some((need) => need === name || need.startsWith(`${name}.`))) throw new SpecError(where, `is implied by ${name}, which it does not need`);
  return { implied };
}

/** Expands groups and families among `needs` to the ids they hold, without the rule itself. */
function expandNeeds(id, needs, ids, where) {
  const found = new Set();
  for (const need of needs) {
    const family = /^[A-Z]$/.test(need);
    const matching = ids.filter((other) => other === need || other.startsWith(`${need}.`) || (family && other.startsWith(need)));
    if (matching.length === 0) throw new SpecError(where, `needs ${need}, which is not known`);
    if (need === id) throw new SpecError(where, "needs itself");
    for (const other of matching) if (other !== id) found.add(other);
  }
  return ids.filter((other) => found.has(other));
}

/** A rule must not wait for one that is checked later or that finds less serious things. */
function checkNeeds(rule, rules) {
  const where = `${source}: ${rule.id}`;
  for (const need of rule.needs) {
    const other = rules.get(need);
    if (rule.scope !== "section" && levels.indexOf(other.level) > levels.indexOf(rule.level)) {
      throw new SpecError(where, `is ${rule.level} and needs ${need}, which is ${other.level}`);
    }
    if (severities.indexOf(other.severity) > severities.indexOf(rule.severity)) {
      throw new SpecError(where, `finds an ${rule.severity} and needs ${need}, which finds a ${other.severity}`);
    }
  }
}

/**
 * Rules for sections concern several structures at once: blocks need the index, the index needs its own section. So
 * the nodes here are pairs of a rule and, for such rules, a kind of section.
 */
function checkNoCycle(rules) {
  const nodesOf = (id) => (rules.get(id).sections.length === 0 ? [id] : rules.get(id).sections.map((kind) => `${id} ${kind}`));
  const neededBy = (node) => {
    const [id, ownKind] = node.split(" ");
    const rule = rules.get(id);
    const kind = ownKind ?? (sectionKinds.includes(rule.scope) ? rule.scope : undefined);
    const concerns = (other) => kind === undefined || !other.includes(" ") || other.endsWith(` ${kind}`);
    return rule.needs.flatMap(nodesOf).filter(concerns);
  };
  const done = new Set();
  const visit = (node, path) => {
    if (path.includes(node)) throw new SpecError(source, `rules need each other: ${[...path.slice(path.indexOf(node)), node].join(" -> ")}`);
    if (done.has(node)) return;
    for (const need of neededBy(node)) visit(need, [...path, node]);
    done.add(node);
  };
  for (const id of rules.keys()) for (const node of nodesOf(id)) visit(node, []);
}

/** What rules name as their source must be there; all that name a word that is gone are told at once, as of a renamed field. */
function checkSources(rules, sourceHas) {
  const missing = new Map();
  for (const [id, entry] of Object.entries(rules)) {
    const [file, word] = isText(entry?.source) ? entry.source.split("#") : [];
    if (!file || !word || sourceHas(file, word)) continue;
    const known = missing.get(entry.source) ?? { file, word, ids: [] };
    known.ids.push(id);
    missing.set(entry.source, known);
  }
  if (missing.size === 0) return;
  const texts = [...missing.values()].map(({ file, word, ids }) => `there is no ${word} in ${file}, which ${ids.join(", ")} ${ids.length === 1 ? "names" : "name"}`);
  throw new SpecError(source, `${texts.join("; ")} (source: file#word, what it is called now)`);
}

function buildRule(id, entry, { ids, families, conditions, constants, errorCodes }) {
  const where = `${source}: ${id}`;
  if (!/^[A-Z][1-9]\d*\.[1-9]\d*$/.test(id)) throw new SpecError(where, "an id is a letter, a number, a point and a number");
  checkKeys(entry, requiredKeys, optionalKeys, where);
  if (!(id[0] in families)) throw new SpecError(where, `the family ${id[0]} is not known`);
  if (!isText(entry.title) || entry.title.length > titleLengthMax || entry.title.endsWith(".")) {
    throw new SpecError(where, `a title has 1 to ${titleLengthMax} characters and no point at its end`);
  }
  checkOneOf(entry.level, levels, "level", where);
  checkOneOf(entry.severity, severities, "severity", where);
  checkOneOf(entry.scope, scopes, "scope", where);
  const when = entry.when ?? [];
  checkList(when, "when", where);
  for (const name of when) if (!(name in conditions)) throw new SpecError(where, `the condition ${name} is not known`);
  const sections = entry.sections ?? [];
  checkList(sections, "sections", where);
  for (const kind of sections) checkOneOf(kind, sectionKinds, "a section", where);
  if ((entry.scope === "section") !== sections.length > 0) throw new SpecError(where, "a rule of scope section, and no other, names its sections");
  checkList(entry.needs, "needs", where);
  const [file, word, ...more] = isText(entry.source) ? entry.source.split("#") : [];
  if (!file || !word || more.length > 0) throw new SpecError(where, "source is file#word");
  if (entry.encoder !== byConstruction) {
    checkList(entry.encoder, "encoder", where);
    if (entry.encoder.length === 0) throw new SpecError(where, `encoder is "${byConstruction}" or error codes`);
    for (const code of entry.encoder) if (!errorCodes.has(code)) throw new SpecError(where, `the error code ${code} is not known`);
  }
  return {
    id,
    family: id[0],
    title: entry.title,
    level: entry.level,
    severity: entry.severity,
    scope: entry.scope,
    sections,
    sentence: sentenceOf(entry.sentence, constants, where),
    when,
    source: { defined: entry.source, ...evidenceOf(entry.evidence, where) },
    needs: expandNeeds(id, entry.needs, ids, where),
    ...impliedOf(entry, where),
    encoder: entry.encoder,
  };
}

/**
 * Checks the text of spec/rules.yaml and returns families, conditions (name -> sentence) and rules (id -> rule), in the
 * order of the file. `constants` is the map of readConstants(), `errorCodes` a set, `sourceHas(file, word)` says whether
 * a file of the repository has the word.
 */
export function buildRules(text, { constants, errorCodes, sourceHas }) {
  const document = parseYaml(text, source);
  checkKeys(document, ["families", "conditions", "rules"], [], source);
  const { families, conditions } = document;
  for (const [name, part] of Object.entries(document)) if (part === null || typeof part !== "object") throw new SpecError(`${source}: ${name}`, "is not a map");
  for (const [letter, title] of Object.entries(families)) {
    if (!/^[A-Z]$/.test(letter) || !isText(title)) throw new SpecError(`${source}: families.${letter}`, "is not a letter and its title");
  }
  for (const [name, doc] of Object.entries(conditions)) {
    const where = `${source}: conditions.${name}`;
    if (!/^[a-z][a-z0-9_]*$/.test(name)) throw new SpecError(where, "a name is lower_snake_case");
    conditions[name] = sentenceOf(doc, constants, where);
  }
  const ids = Object.keys(document.rules);
  checkSources(document.rules, sourceHas);
  const context = { ids, families, conditions, constants, errorCodes };
  const rules = new Map(Object.entries(document.rules).map(([id, entry]) => [id, buildRule(id, entry, context)]));
  for (const rule of rules.values()) checkNeeds(rule, rules);
  checkNoCycle(rules);
  for (const name of Object.keys(conditions)) {
    if (![...rules.values()].some(({ when }) => when.includes(name))) throw new SpecError(`${source}: conditions.${name}`, "no rule uses it");
  }
  for (const letter of Object.keys(families)) {
    if (!ids.some((id) => id.startsWith(letter))) throw new SpecError(`${source}: families.${letter}`, "has no rules");
  }
  return { families, conditions, rules };
}
