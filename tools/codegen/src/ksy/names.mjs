// Names and small expressions of the generated TypeScript.
import { SpecError } from "../output.mjs";

export const camel = (id) => id.replace(/_([a-z0-9])/g, (_, letter) => letter.toUpperCase());
export const pascal = (id) => camel(id).replace(/^./, (letter) => letter.toUpperCase());
export const upper = (name) => name.replace(/([a-z0-9])([A-Z])/g, "$1_$2").toUpperCase();

/** The test of a condition over the flags byte, or undefined. */
export function test(condition) {
  if (condition === undefined) return undefined;
  return `(${camel(condition.flags)} & ${hex(condition.mask)}) ${condition.negated ? "===" : "!=="} 0`;
}

export const hex = (number) => `0x${number.toString(16).padStart(2, "0")}`;

/** Statements, behind their condition when there is one. */
export function conditional(condition, statements) {
  if (condition === undefined) return statements.map((line) => `  ${line}`);
  return [`  if (${test(condition)}) {`, ...statements.map((line) => `    ${line}`), "  }"];
}

/** Field id -> the local variable that holds its length in an encoder or sizer. */
export const lengthName = (field) => `${camel(field.id)}Length`;

/** Bytes a field takes, as an expression; a number when fixed. */
export function fieldSize(field, structure) {
  switch (field.kind) {
    case "int": return field.bytes;
    case "flags": return 1;
    case "varint": return `varintSize(${field.lengthOf ? `${camel(field.lengthOf)}Length` : camel(field.id)})`;
    case "bytes": return lengthName(field);
    case "array": return `${field.bytes} * ${camel(field.id)}Count`;
    default: throw new SpecError(structure.where, `${field.kind} has no size`);
  }
}

/** A doc on one line. */
export const oneLine = (doc) => doc.replace(/\s+/g, " ").trim();
