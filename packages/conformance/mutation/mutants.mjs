// Small mistakes, one at a time: what a careless edit would change. Found in the syntax tree of TypeScript; types, imports and
// the texts of errors are left alone, for no test should care about them.
import ts from "typescript";

const { SyntaxKind } = ts;

/** What becomes of binary operators. */
const OPERATORS = new Map([
  [SyntaxKind.PlusToken, ["-"]], [SyntaxKind.MinusToken, ["+"]], [SyntaxKind.AsteriskToken, ["/"]], [SyntaxKind.SlashToken, ["*"]], [SyntaxKind.PercentToken, ["*"]],
  [SyntaxKind.LessThanToken, ["<=", ">="]], [SyntaxKind.LessThanEqualsToken, ["<", ">"]], [SyntaxKind.GreaterThanToken, [">=", "<="]], [SyntaxKind.GreaterThanEqualsToken, [">", "<"]],
  [SyntaxKind.EqualsEqualsEqualsToken, ["!=="]], [SyntaxKind.ExclamationEqualsEqualsToken, ["==="]], [SyntaxKind.AmpersandAmpersandToken, ["||"]], [SyntaxKind.BarBarToken, ["&&"]],
  [SyntaxKind.AmpersandToken, ["|"]], [SyntaxKind.BarToken, ["&"]], [SyntaxKind.CaretToken, ["&"]], [SyntaxKind.LessThanLessThanToken, [">>"]], [SyntaxKind.GreaterThanGreaterThanToken, ["<<"]],
  [SyntaxKind.GreaterThanGreaterThanGreaterThanToken, ["<<"]], [SyntaxKind.PlusEqualsToken, ["-="]], [SyntaxKind.MinusEqualsToken, ["+="]],
]);

/**
 * @typedef {{ start: number, end: number, text: string, line: number, kind: string, site: { start: number, end: number, isStatement: boolean } }} Mutant
 * `site` is the whole expression or statement that is another one in the mutant.
 */

/** All mutants of a source. @param {string} path @param {string} source @returns {Mutant[]} */
export function mutantsOf(path, source) {
  const file = ts.createSourceFile(path, source, ts.ScriptTarget.Latest, true);
  /** @type {Mutant[]} */
  const mutants = [];
  const add = (site, start, end, text, kind) => {
    const line = file.getLineAndCharacterOfPosition(start).line + 1;
    mutants.push({ start, end, text, line, kind, site: { start: site.getStart(file), end: site.getEnd(), isStatement: ts.isStatement(site) } });
  };
  const replace = (node, text, kind, site = node) => add(site, node.getStart(file), node.getEnd(), text, kind);

  const visit = (node) => {
    if (ts.isTypeNode(node) || ts.isImportDeclaration(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node) || ts.isEnumDeclaration(node)) return;
    // What an error says is no behaviour; that it is thrown is.
    if (ts.isThrowStatement(node)) return replace(node, ";", "statement removed");
    if (ts.isNewExpression(node) && node.expression.getText(file).endsWith("Error")) return;
    if (ts.isBinaryExpression(node)) {
      for (const text of OPERATORS.get(node.operatorToken.kind) ?? []) replace(node.operatorToken, text, "operator", node);
      if (node.operatorToken.kind === SyntaxKind.QuestionQuestionToken) add(node, node.left.getEnd(), node.getEnd(), "", "default removed");
    } else if (ts.isPrefixUnaryExpression(node)) {
      if (node.operator === SyntaxKind.ExclamationToken) replace(node, `(${node.operand.getText(file)})`, "negation removed");
      if (node.operator === SyntaxKind.PlusPlusToken) replace(node, `--${node.operand.getText(file)}`, "operator");
      if (node.operator === SyntaxKind.MinusToken && !ts.isNumericLiteral(node.operand)) replace(node, `(${node.operand.getText(file)})`, "sign removed");
    } else if (ts.isPostfixUnaryExpression(node)) {
      replace(node, `${node.operand.getText(file)}${node.operator === SyntaxKind.PlusPlusToken ? "--" : "++"}`, "operator");
    } else if (ts.isIfStatement(node) || ts.isConditionalExpression(node)) {
      const condition = ts.isIfStatement(node) ? node.expression : node.condition;
      for (const text of ["true", "false"]) replace(condition, text, "condition");
    } else if (ts.isWhileStatement(node) || (ts.isForStatement(node) && node.condition !== undefined)) {
      replace(ts.isWhileStatement(node) ? node.expression : node.condition, "false", "loop left out");
    } else if (node.kind === SyntaxKind.TrueKeyword || node.kind === SyntaxKind.FalseKeyword) {
      replace(node, node.kind === SyntaxKind.TrueKeyword ? "false" : "true", "boolean");
    } else if (ts.isNumericLiteral(node)) {
      if (node.parent.name !== node) replace(node, String(Number(node.text.replaceAll("_", "")) + 1), "number");
    } else if (ts.isBigIntLiteral(node)) {
      replace(node, `${BigInt(node.text.slice(0, -1).replaceAll("_", "")) + 1n}n`, "number");
    } else if (ts.isExpressionStatement(node) && (ts.isCallExpression(node.expression) || ts.isBinaryExpression(node.expression) || ts.isAwaitExpression(node.expression))) {
      if (!node.expression.getText(file).startsWith("super(")) replace(node, ";", "statement removed");
    } else if (ts.isPropertyAccessExpression(node) && node.expression.getText(file) === "Math" && /^(min|max)$/.test(node.name.text)) {
      replace(node.name, node.name.text === "min" ? "max" : "min", "Math", node);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return mutants;
}

/**
 * The source with all its mutants in it, each behind a switch: `globalThis.mutation.active` is the number of the one that is on.
 * Each place counts how often it was reached.
 * @param {string} source @param {readonly (Mutant & { number: number, place: number })[]} mutants
 */
export function switched(source, mutants) {
  const sites = new Map();
  for (const mutant of mutants) {
    const { start, end } = mutant.site;
    const site = sites.get(`${start}:${end}`) ?? { ...mutant.site, place: mutant.place, mutants: [] };
    sites.set(`${start}:${end}`, site);
    site.mutants.push(mutant);
  }
  const sorted = [...sites.values()].sort((left, right) => left.start - right.start || right.end - left.end);
  let next = 0;
  const emit = (start, end) => {
    let text = "";
    let at = start;
    while (next < sorted.length && sorted[next].start < end) {
      const site = sorted[next++];
      text += source.slice(at, site.start);
      const original = emit(site.start, site.end);
      const isOn = ({ number }) => `mutationNow.active===${number}&&mutationHit()`;
      if (site.isStatement) text += `{if(mutationReached[${site.place}]++,${site.mutants.map(isOn).join("||")}){}else{${original}}}`;
      else {
        const other = (mutant) => source.slice(site.start, mutant.start) + mutant.text + source.slice(mutant.end, site.end);
        text += `(mutationReached[${site.place}]++,${site.mutants.map((mutant) => `${isOn(mutant)}?(${other(mutant)}):`).join("")}(${original}))`;
      }
      at = site.end;
    }
    return text + source.slice(at, end);
  };
  return `const mutationNow = globalThis.mutation, mutationReached = mutationNow.reached, mutationHit = mutationNow.hit; ${emit(0, source.length)}`;
}
