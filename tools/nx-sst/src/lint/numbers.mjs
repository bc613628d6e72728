// Numbers in TypeScript syntax trees: their values and the parts they play.
import ts from "typescript";

const SHIFTS = new Set([
  ts.SyntaxKind.LessThanLessThanToken,
  ts.SyntaxKind.GreaterThanGreaterThanToken,
  ts.SyntaxKind.GreaterThanGreaterThanGreaterThanToken,
  ts.SyntaxKind.LessThanLessThanEqualsToken,
  ts.SyntaxKind.GreaterThanGreaterThanEqualsToken,
  ts.SyntaxKind.GreaterThanGreaterThanGreaterThanEqualsToken,
]);

const MASKS = new Set([
  ts.SyntaxKind.AmpersandToken,
  ts.SyntaxKind.BarToken,
  ts.SyntaxKind.CaretToken,
  ts.SyntaxKind.AmpersandEqualsToken,
  ts.SyntaxKind.BarEqualsToken,
  ts.SyntaxKind.CaretEqualsToken,
]);

/** Bases people read numbers in. */
const RADIXES = new Set([10, 16, 36]);

/**
 * Value of an expression of literals; undefined for anything else. Bigints beyond 2^53 lose digits, which is enough to compare.
 * @param {ts.Node} node
 * @returns {number | undefined}
 */
export function numberOf(node) {
  if (ts.isNumericLiteral(node)) return Number(node.text);
  if (ts.isBigIntLiteral(node)) return Number(BigInt(node.text.slice(0, -1).replaceAll("_", "")));
  if (ts.isParenthesizedExpression(node) || ts.isAsExpression(node) || ts.isSatisfiesExpression(node)) return numberOf(node.expression);
  if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.MinusToken) {
    const value = numberOf(node.operand);
    return value === undefined ? undefined : -value;
  }
  if (!ts.isBinaryExpression(node)) return undefined;
  const left = numberOf(node.left);
  const right = numberOf(node.right);
  return left === undefined || right === undefined ? undefined : arithmetic(node.operatorToken.kind, left, right);
}

/**
 * @param {ts.SyntaxKind} operator
 * @param {number} left
 * @param {number} right
 */
function arithmetic(operator, left, right) {
  switch (operator) {
    case ts.SyntaxKind.PlusToken:
      return left + right;
    case ts.SyntaxKind.MinusToken:
      return left - right;
    case ts.SyntaxKind.AsteriskToken:
      return left * right;
    case ts.SyntaxKind.SlashToken:
      return left / right;
    case ts.SyntaxKind.AsteriskAsteriskToken:
      return left ** right;
    case ts.SyntaxKind.LessThanLessThanToken:
      return left * 2 ** right;
    default:
      return undefined;
  }
}

/**
 * Numbers that a constant's value holds: a computed number once, else every number inside it.
 * @param {ts.Node} node
 * @returns {Set<number>}
 */
export function numbersIn(node) {
  const whole = numberOf(node);
  if (whole !== undefined) return new Set([whole]);
  /** @type {Set<number>} */
  const found = new Set();
  ts.forEachChild(node, (child) => {
    for (const number of numbersIn(child)) found.add(number);
  });
  return found;
}

/**
 * Which part a literal plays beside a bit operator, if any: the amount of a shift, or a mask.
 * @param {ts.Expression} literal
 * @returns {"shift" | "mask" | undefined}
 */
export function bitOperandOf(literal) {
  const { parent } = literal;
  if (!ts.isBinaryExpression(parent)) return undefined;
  if (MASKS.has(parent.operatorToken.kind)) return "mask";
  return SHIFTS.has(parent.operatorToken.kind) && parent.right === literal ? "shift" : undefined;
}

/**
 * Whether a literal is the base of `toString` or `parseInt`.
 * @param {ts.Expression} literal
 */
export function isRadix(literal) {
  const { parent } = literal;
  if (!ts.isCallExpression(parent) || !RADIXES.has(numberOf(literal) ?? 0)) return false;
  const { expression: callee, arguments: given } = parent;
  const name = ts.isPropertyAccessExpression(callee) ? callee.name.text : ts.isIdentifier(callee) ? callee.text : "";
  return (name === "toString" && given[0] === literal) || (name === "parseInt" && given[1] === literal);
}
