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
 * @typedef {{ id: string, start: number, end: number, text: string, line: number, kind: string, scope: number }} Mutant
 * `scope` is the place of the innermost function around it, -1 outside of any.
 */

/** All mutants of a source. @param {string} path @param {string} source @returns {Mutant[]} */
export function mutantsOf(path, source) {
  const file = ts.createSourceFile(path, source, ts.ScriptTarget.Latest, true);
  /** @type {Mutant[]} */
  const mutants = [];
  const add = (node, start, end, text, kind, scope) => {
    const line = file.getLineAndCharacterOfPosition(start).line + 1;
    mutants.push({ id: `${path}:${line}:${start}:${text === "" ? "nothing" : text}`, start, end, text, line, kind, scope });
  };
  const replace = (node, text, kind, scope) => add(node, node.getStart(file), node.getEnd(), text, kind, scope);

  const visit = (node, scope) => {
    if (ts.isTypeNode(node) || ts.isImportDeclaration(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node) || ts.isEnumDeclaration(node)) return;
    // What an error says is no behaviour; that it is thrown is.
    if (ts.isThrowStatement(node)) return replace(node, ";", "statement removed", scope);
    if (ts.isNewExpression(node) && node.expression.getText(file).endsWith("Error")) return;
    const inner = ts.isFunctionLike(node) && "body" in node && node.body !== undefined ? node.getStart(file) : scope;
    if (ts.isBinaryExpression(node)) {
      for (const text of OPERATORS.get(node.operatorToken.kind) ?? []) replace(node.operatorToken, text, "operator", inner);
      if (node.operatorToken.kind === SyntaxKind.QuestionQuestionToken) add(node, node.left.getEnd(), node.getEnd(), "", "default removed", inner);
    } else if (ts.isPrefixUnaryExpression(node)) {
      if (node.operator === SyntaxKind.ExclamationToken) replace(node, `(${node.operand.getText(file)})`, "negation removed", inner);
      if (node.operator === SyntaxKind.PlusPlusToken) replace(node, `--${node.operand.getText(file)}`, "operator", inner);
      if (node.operator === SyntaxKind.MinusToken && !ts.isNumericLiteral(node.operand)) replace(node, `(${node.operand.getText(file)})`, "sign removed", inner);
    } else if (ts.isPostfixUnaryExpression(node)) {
      replace(node, `${node.operand.getText(file)}${node.operator === SyntaxKind.PlusPlusToken ? "--" : "++"}`, "operator", inner);
    } else if (ts.isIfStatement(node) || ts.isConditionalExpression(node)) {
      const condition = ts.isIfStatement(node) ? node.expression : node.condition;
      for (const text of ["true", "false"]) replace(condition, text, "condition", inner);
    } else if (ts.isWhileStatement(node) || (ts.isForStatement(node) && node.condition !== undefined)) {
      replace(ts.isWhileStatement(node) ? node.expression : node.condition, "false", "loop left out", inner);
    } else if (node.kind === SyntaxKind.TrueKeyword || node.kind === SyntaxKind.FalseKeyword) {
      replace(node, node.kind === SyntaxKind.TrueKeyword ? "false" : "true", "boolean", inner);
    } else if (ts.isNumericLiteral(node)) {
      const number = Number(node.text.replaceAll("_", ""));
      replace(node, String(number + 1), "number", inner);
    } else if (ts.isExpressionStatement(node) && (ts.isCallExpression(node.expression) || ts.isBinaryExpression(node.expression) || ts.isAwaitExpression(node.expression))) {
      if (!node.expression.getText(file).startsWith("super(")) replace(node, ";", "statement removed", inner);
    } else if (ts.isPropertyAccessExpression(node) && node.expression.getText(file) === "Math" && /^(min|max)$/.test(node.name.text)) {
      replace(node.name, node.name.text === "min" ? "max" : "min", "Math", inner);
    }
    ts.forEachChild(node, (child) => visit(child, inner));
  };
  visit(file, -1);
  return mutants;
}

/** Where a counter belongs that tells whether a function ran: behind the brace of each function body, by the function's place. */
export function instrumented(path, source) {
  const file = ts.createSourceFile(path, source, ts.ScriptTarget.Latest, true);
  /** @type {{ at: number, text: string }[]} */
  const inserts = [];
  const hit = (scope) => `(globalThis.functionsThatRan ??= new Set()).add(${JSON.stringify(`${path}:${scope}`)})`;
  const visit = (node) => {
    if (ts.isFunctionLike(node) && "body" in node && node.body !== undefined) {
      const scope = node.getStart(file);
      if (ts.isBlock(node.body)) {
        const first = node.body.statements[0];
        const superCall = node.body.statements.find((statement) => statement.getText(file).startsWith("super("));
        inserts.push({ at: superCall === undefined ? (first === undefined ? node.body.getEnd() - 1 : first.getStart(file)) : superCall.getEnd(), text: ` ${hit(scope)}; ` });
      } else {
        inserts.push({ at: node.body.getStart(file), text: `(${hit(scope)}, ` }, { at: node.body.getEnd(), text: ")" });
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  let text = source;
  for (const { at, text: more } of inserts.toSorted((left, right) => right.at - left.at)) text = text.slice(0, at) + more + text.slice(at);
  return `${text}\n;${hit(-1)};\n`;
}
