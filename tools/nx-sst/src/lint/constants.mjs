// Keeps the format's numbers in spec/: `node tools/nx-sst/src/lint/constants.mjs packages/NAME`. A number in a hand-written
// source is free only when it can hardly be a byte width, flag, limit or default. Any other must be the value of a
// constant at the top level of a module, and constants.json must list it with the reason why it is no part of the format. A
// number that has a name is listed whatever its value: a name can make a flag of a one.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { readSources, report, startedOn, top } from "./sources.mjs";
import { bitOperandOf, isRadix, numberOf, numbersIn } from "./numbers.mjs";

const ALLOWED_FILE = "tools/nx-sst/src/lint/constants.json";
const GENERATED_FILE = "packages/format/src/generated/constants.ts";

/**
 * Tests that live among the sources: conformance looks at the format from outside, and with numbers out of spec/ it would compare
 * the spec with itself; contract suites and fake servers are tests that ship.
 */
const TESTS = /^packages\/(conformance\/|[^/]+\/src\/contract\/|object-store-[^/]+\/src\/testing\/)/;

/** Up to here equal values say nothing. */
const TELLING_ABOVE = 16;

/**
 * How the generated comment of a constant ends that SlateDB does not have. What was in code before it came cannot be a copy of it, so `equals` need
 * not name it; whoever writes such a number later is still told of it when the number is not listed.
 */
export const OURS = "a contract of this toolkit, which SlateDB does not have";

/** Names of equal constants shown with a finding. */
const HINTS_MAX = 3;

/** Counting, indexing and signs. */
const FREE = new Set([-1, 0, 1, 2]);

/** Shifts inside a machine's word are arithmetic. */
const SHIFT_MAX = 63;

/**
 * @typedef {import("./sources.mjs").Source} Source
 * @typedef {import("./sources.mjs").Finding} Finding
 *
 * Why constants are no part of the format. `equals` names the generated constants that merely have the same value; those that are ours need not be named.
 * @typedef {{ names: string[], reason: string, equals?: string[] }} Allowed
 *
 * Path of a source to what is known about its constants.
 * @typedef {Record<string, Allowed[]>} AllowedByFile
 *
 * A generated constant; `isOurs` when SlateDB does not have it.
 * @typedef {{ name: string, isOurs: boolean }} Generated
 */

/**
 * Checks sources against what is allowed; `generated` is the source of the format's generated constants.
 * @param {readonly Source[]} sources
 * @param {AllowedByFile} allowed
 * @param {string} generated
 * @returns {Finding[]}
 */
export function checkConstants(sources, allowed, generated) {
  const ofFormat = generatedNumbers(generated);
  return sources.filter(({ path }) => !TESTS.test(path)).flatMap((source) => checkSource(source, allowed[source.path] ?? [], ofFormat));
}

/**
 * @param {Source} source
 * @param {readonly Allowed[]} allowed
 * @param {Map<number, Generated[]>} ofFormat
 */
function checkSource({ path, text }, allowed, ofFormat) {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  /** @type {Finding[]} */
  const findings = [];
  const entries = new Map(allowed.flatMap((entry) => entry.names.map((name) => [name, entry])));
  const unused = new Set(entries.keys());

  /** @param {ts.Node} node @param {string} message */
  const find = (node, message) => {
    const { line, character } = file.getLineAndCharacterOfPosition(node.getStart(file));
    findings.push({ path, line: line + 1, column: character + 1, message });
  };

  /** @param {ts.Node} node @returns {void} */
  const visit = (node) => {
    const constant = moduleConstant(node);
    if (constant !== undefined) {
      const entry = entries.get(constant.name.text);
      unused.delete(constant.name.text);
      if (entry !== undefined) checkAllowed(constant, entry, ofFormat, find);
      else if (holdsNumbers(constant.initializer)) find(constant, adviceFor(constant.name.text, constant.initializer, ofFormat));
      return;
    }
    const literal = literalWithSign(node);
    if (literal === undefined) ts.forEachChild(node, visit);
    else if (!isFree(literal)) find(literal, adviceFor(literal.getText(file), literal, ofFormat));
  };
  visit(file);
  for (const name of unused) find(file, `${ALLOWED_FILE} lists ${name}, which this file does not have: remove the entry`);
  return findings;
}

/**
 * A constant declared at the top level of a module whose value is no function.
 * @param {ts.Node} node
 * @returns {(ts.VariableDeclaration & { name: ts.Identifier, initializer: ts.Expression }) | undefined}
 */
function moduleConstant(node) {
  if (!ts.isVariableDeclaration(node) || !ts.isIdentifier(node.name) || node.initializer === undefined) return undefined;
  if ((node.parent.flags & ts.NodeFlags.Const) === 0 || !ts.isSourceFile(node.parent.parent.parent)) return undefined;
  if (ts.isFunctionLike(node.initializer)) return undefined;
  return /** @type {ts.VariableDeclaration & { name: ts.Identifier, initializer: ts.Expression }} */ (node);
}

/**
 * @param {ts.VariableDeclaration & { name: ts.Identifier, initializer: ts.Expression }} constant
 * @param {Allowed} entry
 * @param {Map<number, Generated[]>} ofFormat
 * @param {(node: ts.Node, message: string) => void} find
 */
function checkAllowed(constant, entry, ofFormat, find) {
  const name = constant.name.text;
  if (entry.reason.trim() === "") find(constant, `${ALLOWED_FILE} gives no reason for ${name}`);
  const known = new Set(entry.equals);
  for (const number of numbersIn(constant.initializer)) {
    for (const { name: same, isOurs } of number > TELLING_ABOVE ? (ofFormat.get(number) ?? []) : []) {
      if (known.delete(same) || isOurs) continue;
      find(constant, `${name} has the value of the format's ${same} (${number}): import that, or, when they are equal by chance, list it in "equals" of its entry in ${ALLOWED_FILE}`);
    }
  }
  for (const other of known) find(constant, `${ALLOWED_FILE} says ${name} equals ${other}, which is not so: remove it`);
}

/**
 * A numeric literal, taken together with the minus before it.
 * @param {ts.Node} node
 * @returns {ts.Expression | undefined}
 */
function literalWithSign(node) {
  if (ts.isNumericLiteral(node) || ts.isBigIntLiteral(node)) return node;
  if (!ts.isPrefixUnaryExpression(node) || node.operator !== ts.SyntaxKind.MinusToken) return undefined;
  return ts.isNumericLiteral(node.operand) || ts.isBigIntLiteral(node.operand) ? node : undefined;
}

/** @param {ts.Expression} literal */
function isFree(literal) {
  const value = numberOf(literal);
  if (value === undefined) return false;
  const operand = bitOperandOf(literal);
  if (operand === "shift") return value >= 0 && value <= SHIFT_MAX;
  if (operand === "mask") return value === 0 || isMask(value);
  return FREE.has(value) || isRadix(literal);
}

/**
 * Whether a constant's value is a number or holds one that is not free.
 * @param {ts.Expression} value
 */
function holdsNumbers(value) {
  if (numberOf(value) !== undefined) return true;
  /** @param {ts.Node} node @returns {boolean} */
  const holds = (node) => {
    const literal = literalWithSign(node);
    return literal === undefined ? ts.forEachChild(node, holds) === true : !isFree(literal);
  };
  return holds(value);
}

/**
 * Several low bits, as 0xff. A single bit is no mask but a flag.
 * @param {number} value
 */
function isMask(value) {
  return value > 2 && Number.isInteger(Math.log2(value + 1));
}

/**
 * @param {string} shown
 * @param {ts.Expression} value
 * @param {Map<number, Generated[]>} ofFormat
 */
function adviceFor(shown, value, ofFormat) {
  const same = [...numbersIn(value)].flatMap((number) => (number > TELLING_ABOVE ? (ofFormat.get(number) ?? []) : []));
  const hint = same.length > 0 ? ` (${same.slice(0, HINTS_MAX).map(({ name }) => name).join(", ")}?)` : "";
  return (
    `${shown} is a number of this module's own. One of the format comes from spec/ through packages/format/src/generated${hint}; ` +
    `any other is a constant at the top level of a module, listed with its reason in ${ALLOWED_FILE}`
  );
}

/**
 * Numbers of the generated constants, each with those that hold it.
 * @param {string} text
 * @returns {Map<number, Generated[]>}
 */
function generatedNumbers(text) {
  /** @type {Map<number, Generated[]>} */
  const names = new Map();
  const file = ts.createSourceFile(GENERATED_FILE, text, ts.ScriptTarget.Latest, true);
  for (const statement of file.statements) {
    if (!ts.isVariableStatement(statement)) continue;
    const comment = ts.getJSDocCommentsAndTags(statement).map((doc) => doc.getText(file).replaceAll(/\s*\n\s*\*\s*/g, " ")).join(" ");
    const isOurs = comment.includes(`(${OURS})`);
    for (const constant of statement.declarationList.declarations) {
      if (constant.initializer === undefined || !ts.isIdentifier(constant.name)) continue;
      for (const number of numbersIn(constant.initializer)) names.set(number, [...(names.get(number) ?? []), { name: constant.name.text, isOurs }]);
    }
  }
  return names;
}

const project = startedOn(import.meta.url);
if (project !== undefined) {
  /** @type {AllowedByFile} */
  const allowed = JSON.parse(readFileSync(join(top, ALLOWED_FILE), "utf8"));
  const sources = readSources(project);
  report(checkConstants(sources, allowed, readFileSync(join(top, GENERATED_FILE), "utf8")));
  for (const path of Object.keys(allowed)) {
    if (!path.startsWith(`${project}/`) || existsSync(join(top, path))) continue;
    report([{ path: ALLOWED_FILE, line: 1, column: 1, message: `lists ${path}, which does not exist: remove it` }]);
  }
}
