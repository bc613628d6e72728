// Types of a schema: plain objects for tables, constants for enums, tagged objects for unions.
import { docComment } from "../output.mjs";

const upperSnake = (name) => name.replace(/([a-z0-9])([A-Z])/g, "$1_$2").toUpperCase();

/** Name of the list of an enum's values. */
export const valuesOf = (type) => `${upperSnake(type.name)}_VALUES`;

/** The TypeScript type of a field's value. */
export function fieldType(module, field) {
  switch (field.kind) {
    case "scalar": return field.holds;
    case "bytes": return "Uint8Array";
    case "string": return "string";
    case "vector": return `readonly ${module.from(field.target, `type ${field.target.name}`)}[]`;
    default: return module.from(field.target, `type ${field.target.name}`);
  }
}

/** Whether a field of a plain object may be left out. */
export const mayBeAbsent = (field) => field.optional || (!field.required && field.kind !== "scalar" && field.kind !== "enum");

export function emitEnum(module, type) {
  const values = type.values.map(({ name, doc, value }) => `${docComment(doc, "  ")}  ${name}: ${value},\n`).join("");
  module.add(
    `${docComment(type.doc)}export const ${type.name} = {\n${values}} as const;\n` +
    `export type ${type.name} = (typeof ${type.name})[keyof typeof ${type.name}];\n` +
    docComment(`Every ${type.name}.`) +
    `export const ${valuesOf(type)}: readonly ${type.name}[] = [${type.values.map(({ value }) => value).join(", ")}];\n`,
  );
}

export function emitUnion(module, type) {
  const members = type.members.map((member) => `  | { readonly kind: "${member.name}"; readonly value: ${module.from(member, `type ${member.name}`)} }`);
  module.add(`${docComment(type.doc)}export type ${type.name} =\n${members.join("\n")};\n`);
}

export function emitInterface(module, table) {
  const fields = table.fields.map((field) => {
    const absent = mayBeAbsent(field);
    return `${docComment(field.doc, "  ")}  readonly ${field.property}${absent ? "?" : ""}: ${fieldType(module, field)}${absent ? " | undefined" : ""};\n`;
  });
  module.add(`${docComment(table.doc)}export interface ${table.name} {\n${fields.join("")}}\n`);
}
