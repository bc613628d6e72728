// Checked readers of tables into plain objects, and into columns where a vector is bulk.
import { docComment, SpecError } from "../output.mjs";
import { isReference } from "./schema.mjs";
import { valuesOf } from "./emit-types.mjs";

const scalarReaders = {
  bool: "boolField", ushort: "ushortField", uint: "uintField", ulong: "ulongField", long: "longField", safe: "safeField",
};
const optionalReaders = { ushort: "optionalUshortField" };

/** Typed arrays that hold a column of each scalar. */
const columnArrays = { safe: "Float64Array", ushort: "Uint16Array", uint: "Uint32Array" };

const place = (field) => `reader, table, ${field.slot}, ${JSON.stringify(field.name)}`;

/** The expression that reads one field. */
function fieldCode(module, field) {
  const use = (name) => module.use("fields", name);
  switch (field.kind) {
    case "scalar": {
      const name = (field.optional ? optionalReaders : scalarReaders)[field.scalar];
      if (name === undefined) throw new SpecError(field.where, `no reader for ${field.type}`);
      return `${use(name)}(${place(field)})`;
    }
    case "enum": return `${use("enumField")}(${place(field)}, ${module.from(field.target, valuesOf(field.target))})`;
    case "bytes": return `${use("bytesField")}(${place(field)})`;
    case "string": return `${use("textField")}(${place(field)})`;
    case "table": return `${use("tableField")}(${place(field)}, ${module.from(field.target, `read${field.target.name}Table`)})`;
    case "vector": return `${use("tablesField")}(${place(field)}, ${module.from(field.target, `read${field.target.name}Table`)})`;
    case "union": return `${module.from(field.target, `read${field.target.name}`)}(${place(field)})`;
    default: throw new SpecError(field.where, `no reader for ${field.kind}`);
  }
}

const propertyLine = (module, field) => propertyOf(module, field, fieldCode(module, field));

/** The line of an object that holds a field's value; an absent one is refused when the field is required. */
function propertyOf(module, field, code) {
  const whole = field.required ? `${module.use("fields", "required")}(${code}, reader, table, ${JSON.stringify(field.name)})` : code;
  return `    ${field.property}: ${whole},\n`;
}

export function emitReader(module, table) {
  const reader = module.useType("buffer-reader", "BufferReader");
  module.add(
    `/** Reads one ${table.name}. */\n` +
    `export function read${table.name}Table(reader: ${reader}, table: number): ${table.name} {\n  return {\n` +
    table.fields.map((field) => propertyLine(module, field)).join("") + "  };\n}\n",
  );
}

export function emitUnionReader(module, union) {
  const reader = module.useType("buffer-reader", "BufferReader");
  const use = (name) => module.use("fields", name);
  const cases = union.members.map((member, index) => {
    const value = `${use("tableField")}(reader, table, slot, name, ${module.from(member, `read${member.name}Table`)})`;
    return `    case ${index + 1}: return { kind: "${member.name}", value: ${use("required")}(${value}, reader, table, name) };\n`;
  });
  module.add(
    `/** Reads one ${union.name}: the slot before holds the number of its member, 0 for none. */\n` +
    `export function read${union.name}(reader: ${reader}, table: number, slot: number, name: string): ${union.name} | undefined {\n` +
    `  const member = ${use("ubyteField")}(reader, table, slot - 1, name);\n` +
    `  switch (member) {\n    case 0: return undefined;\n${cases.join("")}    default: throw reader.unsupported(table, name, member);\n  }\n}\n`,
  );
}

export function emitRootReader(module, table) {
  const reader = module.use("buffer-reader", "BufferReader");
  const signature = "bytes: Uint8Array, root: string, base = 0";
  const doc = (form) =>
    `/**\n * Reads a FlatBuffer whose root is ${table.name}${form}; byte vectors are views of \`bytes\`. \`root\` starts the paths in\n` +
    ` * errors, \`base\` is added to their offsets. Broken bytes are ERR_SST_CORRUPT, unknown enum values ERR_SST_UNSUPPORTED.\n */\n`;
  module.add(
    `${doc("")}export function read${table.name}(${signature}): ${table.name} {\n` +
    `  const reader = new ${reader}(bytes, root, base);\n  return read${table.name}Table(reader, reader.root());\n}\n`,
  );
  const bulk = table.fields.filter((field) => field.bulk);
  if (bulk.length === 0) return;
  for (const field of bulk) emitColumns(module, field.target);
  const lines = table.fields.map((field) => {
    if (!field.bulk) return propertyLine(module, field);
    const code = `read${field.target.name}Columns(${place(field)})`;
    return propertyOf(module, field, code);
  });
  const columns = bulk.map(({ property, required, target }) => `  readonly ${property}${required ? `: ${target.name}Columns` : `?: ${target.name}Columns | undefined`};\n`);
  module.add(
    `/** ${table.name} with columns instead of one object per element. */\n` +
    `export interface ${table.name}Columns extends Omit<${table.name}, ${bulk.map(({ property }) => `"${property}"`).join(" | ")}> {\n${columns.join("")}}\n\n` +
    `${doc(", into columns")}export function read${table.name}Columns(${signature}): ${table.name}Columns {\n` +
    `  const reader = new ${reader}(bytes, root, base);\n  const table = reader.root();\n  return {\n${lines.join("")}  };\n}\n`,
  );
}

/** The columns of one element field: property, array type, and the code that fills element `index`. */
function columnsOf(module, field) {
  const { property } = field;
  const at = place(field).replace("table", "element");
  if (!isReference(field)) {
    const array = columnArrays[field.scalar];
    if (array === undefined) throw new SpecError(field.where, `no column for ${field.type}`);
    const value = `${module.use("fields", scalarReaders[field.scalar])}(${at})`;
    return { columns: [{ property, array, doc: field.doc }], fill: `    ${property}[index] = ${value};\n` };
  }
  const start = `${module.use("fields", "bytesStart")}(${at})`;
  return {
    columns: [
      { property: `${property}Start`, array: "Uint32Array", doc: `Where ${property} starts in the buffer.\n${field.doc}` },
      { property: `${property}End`, array: "Uint32Array", doc: `Where ${property} ends in the buffer.` },
    ],
    fill:
      `    const ${property} = ${start};\n` +
      `    if (${property} === 0) throw reader.corrupt(element, ${JSON.stringify(field.name)}, "a required field is absent");\n` +
      `    ${property}Start[index] = ${property};\n    ${property}End[index] = ${property} + reader.count(${property});\n`,
  };
}

function emitColumns(module, element) {
  const reader = module.useType("buffer-reader", "BufferReader");
  const all = element.fields.map((field) => columnsOf(module, field));
  const columns = all.flatMap((one) => one.columns);
  module.add(
    `/** Many ${element.name}, a column per field. */\nexport interface ${element.name}Columns {\n  /** Elements in each column. */\n  readonly count: number;\n` +
    columns.map(({ property, array, doc }) => `${docComment(doc, "  ")}  readonly ${property}: ${array};\n`).join("") + "}\n\n" +
    `function read${element.name}Columns(reader: ${reader}, table: number, slot: number, name: string): ${element.name}Columns | undefined {\n` +
    `  const elements = ${module.use("fields", "elementsStart")}(reader, table, slot, name);\n  if (elements === 0) return undefined;\n` +
    `  const count = reader.count(elements);\n` +
    columns.map(({ property, array }) => `  const ${property} = new ${array}(count);\n`).join("") +
    `  reader.enter(name);\n  for (let index = 0; index < count; index++) {\n    const element = reader.element(elements, index);\n` +
    all.map(({ fill }) => fill).join("") + `  }\n  reader.leave();\n` +
    `  return { count, ${columns.map(({ property }) => property).join(", ")} };\n}\n`,
  );
}
