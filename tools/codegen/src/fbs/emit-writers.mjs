// Writers of tables: children first, in their order, then the fields in SlateDB's order.
import { SpecError } from "../output.mjs";
import { isReference } from "./schema.mjs";
import { fieldType, mayBeAbsent, valuesOf } from "./emit-types.mjs";

/** How a scalar is checked, compared with its default, and added to a table. */
const scalarCode = {
  bool: { check: "assertBool", zero: "false", add: "addByte", code: () => "1" },
  ushort: { check: "assertUshort", zero: "0", add: "addShort" },
  uint: { check: "assertUint", zero: "0", add: "addInt" },
  ulong: { check: "assertUlong", zero: "0n", add: "addLong" },
  long: { check: "assertLong", zero: "0n", add: "addLong" },
  safe: { check: "assertSafe", zero: "0", add: "addSafeLong" },
};

function scalarOf(field) {
  const code = scalarCode[field.scalar];
  if (code === undefined) throw new SpecError(field.where, `no writer for a scalar of type ${field.type}`);
  return code;
}

const label = (table, field) => JSON.stringify(`${table.name}.${field.name}`);

function checkLine(module, table, field, value) {
  if (field.kind === "enum") {
    const known = module.from(field.target, valuesOf(field.target));
    return `  ${module.use("checks", "assertEnum")}(${value}, ${known}, ${label(table, field)});\n`;
  }
  const guard = field.optional ? `if (${value} !== undefined) ` : "";
  return `  ${guard}${module.use("checks", scalarOf(field).check)}(${value}, ${label(table, field)});\n`;
}

/** The line that adds what one slot holds; `value` is the expression of the scalar or of the child's position. */
function addLine({ field, slot, member }, value) {
  if (member) return `  if (${value} !== 0) layout.addByte(${slot}, ${value}Member);\n`;
  if (isReference(field)) return `  ${field.required ? "" : `if (${value} !== 0) `}layout.addOffset(${slot}, ${value});\n`;
  if (field.kind === "enum") return `  if (${value} !== 0) layout.addByte(${slot}, ${value});\n`;
  const { zero, add, code = (text) => text } = scalarOf(field);
  const present = field.optional ? `${value} !== undefined` : zero === "false" ? value : `${value} !== ${zero}`;
  return `  if (${present}) layout.${add}(${slot}, ${code(value)});\n`;
}

/** The line that writes one child and keeps its position, 0 for an absent one. */
function childLine(module, table, field) {
  const value = `value.${field.property}`;
  const optional = (code) => (mayBeAbsent(field) ? `${value} === undefined ? 0 : ${code}` : code);
  if (field.kind === "bytes" || field.kind === "string") {
    const helper = module.use("children", field.kind === "bytes" ? "buildBytes" : "buildText");
    return `  const ${field.property} = ${optional(`${helper}(layout, ${value}, ${label(table, field)})`)};\n`;
  }
  if (field.kind === "union") {
    const [only, ...others] = field.target.members;
    if (others.length > 0) throw new SpecError(field.where, `no writer for a union of more than one table`);
    const build = module.from(only, `build${only.name}`);
    const code = `${module.use("children", "buildMember")}(layout, ${value}, "${only.name}", ${label(table, field)}, ${build})`;
    return `  const ${field.property}Member = 1;\n  const ${field.property} = ${optional(code)};\n`;
  }
  const build = module.from(field.target, `build${field.target.name}`);
  const helper = module.use("children", field.kind === "vector" ? "buildTables" : "buildTable");
  return `  const ${field.property} = ${optional(`${helper}(layout, ${value}, ${label(table, field)}, ${build})`)};\n`;
}

const body = (table, valueOf) =>
  `  layout.startTable(${table.slotCount});\n` +
  table.writes.map((write) => addLine(write, isReference(write.field) ? write.field.property : valueOf(write.field))).join("") +
  `  return layout.endTable();\n`;

/** Writer of one table from scalars and from positions of its children, for encoders that add objects one by one. */
function emitIncremental(module, table, layout) {
  const scalars = table.fields.filter((field) => !isReference(field));
  const children = table.fields.filter(isReference).map(({ property }) => `${property}: number`);
  const positional = table.bulkElement === true;
  const names = scalars.map(({ property }) => `"${property}"`).join(" | ");
  const given = positional ? scalars.map((field) => `${field.property}: ${fieldType(module, field)}`)
    : scalars.length > 0 ? [`value: Pick<${table.name}, ${names}>`] : [];
  const valueOf = (field) => (positional ? field.property : `value.${field.property}`);
  module.add(
    `/** Writes one ${table.name} whose children are at the given positions (0 for absent ones); returns its position. */\n` +
    `export function write${table.name}(layout: ${layout}, ${[...given, ...children].join(", ")}): number {\n` +
    scalars.map((field) => checkLine(module, table, field, valueOf(field))).join("") + body(table, valueOf) + "}\n",
  );
  const passed = positional ? scalars.map(({ property }) => `value.${property}`) : scalars.length > 0 ? ["value"] : [];
  return `  return write${table.name}(layout, ${[...passed, ...table.fields.filter(isReference).map(({ property }) => property)].join(", ")});\n`;
}

export function emitWriter(module, table) {
  const layout = module.useType("layout", "FlatBufferLayout");
  const incremental = table.bulkElement === true || table.fields.some(({ bulk }) => bulk);
  const valueOf = (field) => `value.${field.property}`;
  const scalars = incremental ? [] : table.fields.filter((field) => !isReference(field));
  const checks = scalars.map((field) => checkLine(module, table, field, valueOf(field))).join("");
  const children = table.children.map((field) => childLine(module, table, field)).join("");
  const rest = incremental ? emitIncremental(module, table, layout) : body(table, valueOf);
  module.add(
    `/** Writes one ${table.name} after its children; returns its position. */\n` +
    `export function build${table.name}(layout: ${layout}, value: ${table.name}): number {\n${checks}${children}${rest}}\n`,
  );
}

export function emitRootWriter(module, table) {
  module.add(
    `/** The FlatBuffer of one ${table.name}, with the bytes that SlateDB gives it. A value out of range is ERR_SST_FIELD_INVALID. */\n` +
    `export function encode${table.name}(value: ${table.name}): Uint8Array {\n` +
    `  const builder = new ${module.use("builder", "FlatBufferBuilder")}();\n` +
    `  return builder.finish(${module.use("children", "buildTable")}(builder, value, "${table.name}", build${table.name}));\n}\n`,
  );
}
