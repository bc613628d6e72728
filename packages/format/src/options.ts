// Checking option objects at the door: unknown names get a suggestion, values their range.
import { SstRangeError, SstTypeError } from "./errors.js";

/** Names further from the given one than this many edits are not suggested, nor are those that share less than half of it. */
const SUGGESTION_DISTANCE_MAX = 3;
/** Values longer than this are cut in messages. */
const SHOWN_LENGTH_MAX = 100;

/** @throws SstTypeError ERR_SST_OPTION_UNKNOWN for the first name that is not known. */
export function checkOptionNames(options: object, known: readonly string[], what: string): void {
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue;
    const nearest = known.map((other) => ({ other, distance: editDistance(name, other) })).sort((a, b) => a.distance - b.distance)[0];
    const isNear = nearest !== undefined && nearest.distance <= SUGGESTION_DISTANCE_MAX && nearest.distance * 2 <= name.length;
    const suggestion = isNear ? nearest.other : undefined;
    const hint = suggestion === undefined ? `known are ${known.join(", ")}` : `did you mean ${suggestion}?`;
    throw new SstTypeError("ERR_SST_OPTION_UNKNOWN", `${what} has no option ${name}; ${hint}`, { details: { option: name, suggestion, known } });
  }
}

/** An option that has a value outside its range. */
export function invalidOption(option: string, value: unknown, expected: string): SstRangeError {
  return new SstRangeError("ERR_SST_OPTION_INVALID", `${option} must be ${expected}, not ${showValue(value)}`, { details: { option, value, expected } });
}

/** A value for people. Objects are only named: they may be large, or refer to themselves. */
export function showValue(value: unknown): string {
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "string") return JSON.stringify(value.slice(0, SHOWN_LENGTH_MAX));
  if (typeof value === "function") return "a function";
  return typeof value === "object" && value !== null ? "an object" : String(value);
}

/** An integer option within [min, max], or its default when undefined. */
export function integerOption(option: string, value: unknown, fallback: number, min: number, max: number): number {
  if (value === undefined) return fallback;
  if (typeof value !== "number" || !Number.isInteger(value) || value < min || value > max) {
    throw invalidOption(option, value, `an integer from ${min} to ${max}`);
  }
  return value;
}

/** An option that is one of a list, or its default when undefined. */
export function choiceOption<T>(option: string, value: unknown, fallback: T, choices: readonly T[]): T {
  if (value === undefined) return fallback;
  const choice = choices.find((one) => one === value);
  if (choice === undefined) throw invalidOption(option, value, `one of ${choices.map(String).join(", ")}`);
  return choice;
}

/** A boolean option, or its default when undefined. */
export function booleanOption(option: string, value: unknown, fallback: boolean): boolean {
  return choiceOption(option, value, fallback, [true, false]);
}

/** Insertions, removals and replacements that turn one name into the other, case aside. */
function editDistance(left: string, right: string): number {
  const from = left.toLowerCase();
  const to = right.toLowerCase();
  let above = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const line = [row];
    for (let column = 1; column <= to.length; column++) {
      const replaced = above[column - 1]! + (from[row - 1] === to[column - 1] ? 0 : 1);
      line.push(Math.min(replaced, above[column]! + 1, line[column - 1]! + 1));
    }
    above = line;
  }
  return above[to.length]!;
}
