// `nx g @slate-sst/nx:rule`: a verifier rule about the info: its entry in spec/rules.yaml, its check, and a forgery that breaks it. The sound files of the
// vectors are the cases that keep it, and, where it is asked for, one that just keeps it. A limit of its own becomes a constant of spec/constants.yaml.
import type { Tree } from "@nx/devkit";
import { checkForm, create, edit, GeneratorError, next, pascal, read, sentence, STEPS } from "./edits.js";

export interface RuleOptions {
  /** Group that the rule joins, such as F3; its number there is the next one. */
  readonly group: string;
  /** A few words, for lists. */
  readonly title: string;
  readonly sentence: string;
  /** Field of the info that a finding is about, in lower_snake_case. */
  readonly field: string;
  /** When the rule is kept: an expression in TypeScript over `info`. */
  readonly holds: string;
  /** Changes to a sound info that break it: the fields of an object in TypeScript, over `right`. */
  readonly breaks: string;
  /** Changes to a sound info that just keep it, in the same form. */
  readonly keeps?: string;
  /** A constant of spec/constants.yaml to begin with, as name=number: the name in lower_snake_case. */
  readonly limit?: string;
  /** What the limit is, with its unit. */
  readonly limitDoc?: string;
  /** error unless given. Rules that others need find nothing less serious than they do. */
  readonly severity?: "error" | "warning" | "note";
}

const RULES = "spec/rules.yaml";
const CONSTANTS = "spec/constants.yaml";
const GENERATED_CONSTANTS = "packages/format/src/generated/constants.ts";
const CHECKS = "packages/verify/src/info-rules.ts";
const VERIFY = "packages/verify/src/verify-sst.ts";
const FORGERIES = "packages/conformance/src/forgeries/info-cases.ts";
const SEVERITIES = ["error", "warning", "note"];
const TITLE_MAX = 60;
/** Standing alone, 0, 1 and 2 are words. */
const NUMBER = /(?<![\w.-])(?:[3-9]|\d{2,})(?![\w.-])/;

export default async function rule(tree: Tree, options: RuleOptions): Promise<() => void> {
  const { group, title, field, severity = "error" } = options;
  checkForm("group", group, /^[A-Z][1-9]\d*$/, "a letter and a number");
  checkForm("field", field, /^[a-z][a-z0-9_]*$/, "a field of the info in lower_snake_case");
  checkForm("title", title, new RegExp(`^[^:#.]{1,${TITLE_MAX}}$`), `1 to ${TITLE_MAX} characters without colon, number sign and point`);
  if (!SEVERITIES.includes(severity)) throw new GeneratorError(`--severity is ${SEVERITIES.join(", ")}, not ${severity}`);
  const text = sentence("sentence", options.sentence);
  if (NUMBER.test(text)) throw new GeneratorError("--sentence: a number is a constant of spec/constants.yaml, and stands there as {ITS_NAME}");
  if (!new RegExp(`\\b${field}:`).test(read(tree, "spec/fbs/sst_info.fbs"))) throw new GeneratorError(`the info has no field ${field}`);
  addLimit(tree, options);
  checkConstants(tree, options, text);
  const id = addEntry(tree, options, text, severity);
  const check = `  { rule: "${id}", field: "${field}", valueOf: (info) => info.${camel(field)}, holds: (info) => ${options.holds} },\n`;
  if (!tree.exists(CHECKS)) {
    create(tree, CHECKS, checksFile(check));
    edit(tree, VERIFY, /(import \{ checkIndex)/, 'import { checkInfoRules } from "./info-rules.js";\n$1');
    edit(tree, VERIFY, /( {4}const layout = checkLayout\(framing, report\);\n)/, "$1    checkInfoRules(framing, report);\n");
  } else edit(tree, CHECKS, /(const INFO_RULES: readonly InfoRule\[\] = \[\n[^]*?)(\];\n)/, `$1${check.replaceAll("$", "$$$$")}$2`);
  const forgery = (end: string, changes: string, findings: string): string => `  otherInfo(${JSON.stringify(`${title[0]?.toLowerCase() ?? ""}${title.slice(1)}: ${end}`)}, (right) => ({ ...right, ${changes} }), [${findings}], "not tried"),\n`;
  const kept = options.keeps === undefined ? "" : forgery("just kept", options.keeps, "");
  const forgeries = `${forgery("broken", options.breaks, `"${id} info.${field}"`)}${kept}`;
  edit(tree, FORGERIES, /(export const infoForgeries: readonly Forgery\[\] = \[\n)/, `$1${forgeries.replaceAll("$", "$$$$")}`);
  importConstants(tree, CHECKS, options.holds);
  importConstants(tree, FORGERIES, `${options.breaks} ${options.keeps ?? ""}`);
  return next(...STEPS);
}

/** The constant that the rule brings along, for a limit that SlateDB does not have. */
function addLimit(tree: Tree, { limit, limitDoc, sentence: text, holds }: RuleOptions): void {
  if (limit === undefined) {
    if (limitDoc !== undefined) throw new GeneratorError("--limitDoc is of --limit, which is missing");
    return;
  }
  checkForm("limit", limit, /^[a-z][a-z0-9]*(_[a-z0-9]+)*=(0|[1-9]\d{0,14})$/, "a name in lower_snake_case, an equals sign and an integer");
  const [name = "", value = ""] = limit.split("=");
  const constant = name.toUpperCase();
  if (limitDoc === undefined) throw new GeneratorError("--limit needs --limitDoc: what it is, with its unit, one line");
  if (constantsOf(tree).has(constant)) throw new GeneratorError(`--limit: there is a constant ${constant} already`);
  if (!text.includes(`{${constant}}`) || !new RegExp(`\\b${constant}\\b`).test(holds)) throw new GeneratorError(`--limit: the sentence names it as {${constant}}, and --holds as ${constant}`);
  const entry = `  ${name}:\n    value: ${value}\n    doc: ${JSON.stringify(sentence("limitDoc", limitDoc))}\n    source: ours\n`;
  edit(tree, CONSTANTS, /^(limits:\n(?:(?: .*)?\n)*?)(?=\n*^\w)/m, `$1${entry.replaceAll("$", "$$$$")}`);
}

/** Names of constants that code can import. */
function constantsOf(tree: Tree): ReadonlySet<string> {
  const ofYaml = Array.from(read(tree, CONSTANTS).matchAll(/^ {2}(\w+):$/gm), ([, name = ""]) => name.toUpperCase());
  return new Set([...ofYaml, ...Array.from(read(tree, GENERATED_CONSTANTS).matchAll(/^export const (\w+) =/gm), ([, name = ""]) => name)]);
}

/** Refuses what codegen and the compiler would refuse later: names of constants that there are not. */
function checkConstants(tree: Tree, { holds, breaks, keeps = "" }: RuleOptions, text: string): void {
  const known = constantsOf(tree);
  // Sentences can name lists of versions too, for which there is no code: those that are named already.
  const inSentences = new Set(Array.from(read(tree, RULES).replaceAll(/^#.*$/gm, "").matchAll(/\{([A-Z][A-Z0-9_]*)\}/g), ([, name = ""]) => name));
  const refuse = (option: string, name: string): void => {
    throw new GeneratorError(`--${option}: there is no constant ${name} in ${CONSTANTS}: add it there, or begin it with --limit ${/^[A-Z][A-Z0-9_]*$/.test(name) ? name.toLowerCase() : "name"}=NUMBER --limitDoc "What it is."`);
  };
  for (const [, name = ""] of text.matchAll(/\{([^}]*)\}/g)) if (!known.has(name) && !inSentences.has(name)) refuse("sentence", name);
  for (const [option, expression] of Object.entries({ holds, breaks, keeps })) {
    for (const [name] of expression.matchAll(/\b[A-Z][A-Z0-9]*_[A-Z0-9_]+\b/g)) if (!known.has(name)) refuse(option, name);
  }
}

/** Constants of the format that an expression names, imported where it stands. */
function importConstants(tree: Tree, path: string, expression: string): void {
  const known = constantsOf(tree);
  const place = /import (type )?\{ ([^}]*) \} from "@slate-sst\/format";/;
  for (const [name] of expression.matchAll(/\b[A-Z][A-Z0-9_]+\b/g)) {
    const [, isType = "", names = ""] = place.exec(read(tree, path)) ?? [];
    if (!known.has(name) || new RegExp(`\\b${name}\\b`).test(names)) continue;
    edit(tree, path, place, `import { ${name}, ${isType}${names} } from "@slate-sst/format";`);
  }
}

/** `someName` of `some_name`. */
const camel = (name: string): string => `${name[0] ?? ""}${pascal(name).slice(1)}`;

/** @returns the id. */
function addEntry(tree: Tree, { group, title, field }: RuleOptions, text: string, severity: string): string {
  const lines = read(tree, RULES).split("\n");
  const own = lines.flatMap((line, at) => (new RegExp(`^  ${group}\\.\\d+:$`).test(line) ? [at] : []));
  const last = own.at(-1);
  if (last === undefined) throw new GeneratorError(`${RULES} has no group ${group}`);
  const id = `${group}.${Math.max(...own.map((at) => Number(/\.(\d+):/.exec(lines[at] ?? "")?.[1]))) + 1}`;
  let end = last + 1;
  while (lines[end]?.startsWith("    ") === true) end++;
  const entry = [
    `  ${id}:`, `    title: ${title}`, "    level: quick", `    severity: ${severity}`, "    scope: info", `    sentence: ${JSON.stringify(text)}`,
    `    source: spec/fbs/sst_info.fbs#${field}`, "    evidence: ours", "    needs: [F1.6]", "    encoder: by construction",
  ];
  lines.splice(end, 0, ...entry);
  tree.write(RULES, lines.join("\n"));
  return id;
}

function checksFile(check: string): string {
  return `// Rules that the info's fields keep by themselves, whatever else is in the file.
import type { SsTableInfo } from "@slate-sst/format";
import { type RuleId, RULES } from "@slate-sst/format/rules";
import { showField } from "./finding.js";
import type { Framing } from "./framing.js";
import type { Report } from "./report.js";

interface InfoRule {
  readonly rule: RuleId;
  /** Field that a finding is about, and what it holds. */
  readonly field: string;
  readonly valueOf: (info: SsTableInfo) => SsTableInfo[keyof SsTableInfo];
  readonly holds: (info: SsTableInfo) => boolean;
}

const INFO_RULES: readonly InfoRule[] = [
${check}];

export function checkInfoRules({ info, infoOffset, infoPayload }: Framing, report: Report): void {
  for (const { rule, field, valueOf, holds } of INFO_RULES) {
    if (holds(info)) continue;
    const expected = RULES[rule].sentence;
    report.add(rule, "info", () => ({ path: \`info.\${field}\`, offset: infoOffset, length: infoPayload.length, expected, found: showField(valueOf(info)) }));
  }
}
`;
}
