// Whole numbers as sources have them: numbers, bigints, or decimal text.
import { KeyFieldProblem } from "./key-field-problem.js";

const DECIMAL = /^[+-]?\d+$/;

/** @throws KeyFieldProblem for what is no whole number, or one that JSON has rounded already. */
export function wholeNumber(value: unknown): number | bigint {
  if (typeof value === "bigint") return value;
  if (typeof value === "number") {
    if (!Number.isInteger(value)) throw new KeyFieldProblem("is not a whole number");
    if (!Number.isSafeInteger(value)) throw new KeyFieldProblem("has more digits than a JSON number keeps, so that its last ones are lost already; put it in quotes");
    return value;
  }
  if (typeof value !== "string" || !DECIMAL.test(value)) throw new KeyFieldProblem("is not a whole number");
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : BigInt(value.replace(/^\+/, ""));
}
