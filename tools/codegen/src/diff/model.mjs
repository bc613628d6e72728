// A spec as the comparison sees it: byte layouts, tables and catalogues as plain data, of this repository or of another state of it.
import { readConstants } from "../constants.mjs";
import { loadSchemas, readSchemaSources } from "../fbs/generate.mjs";
import { loadKsyFiles, readStructures } from "../ksy/model.mjs";
import { readBlockVersions } from "../ksy/versions.mjs";
import { readSpecYaml, withSpec } from "../output.mjs";

/** Reads the spec in a folder. @throws SpecError when the generator would refuse it. */
export const readModel = (folder) => withSpec(folder, read);

function read() {
  const files = loadKsyFiles();
  const structures = new Map(readStructures(files).map((one) => [one.name, structureOf(one)]));
  const schemas = loadSchemas(readSchemaSources());
  const types = schemas.flatMap((schema) => schema.types.map((type) => ({ ...type, file: schema.file })));
  const rules = readSpecYaml("rules.yaml").rules;
  const errors = Object.assign({}, ...Object.values(readSpecYaml("errors.yaml")));
  return {
    versions: new Map(versionsOf(files).map((one) => [one.version, one])),
    enums: new Map([...files.values()].flatMap(({ enums = {}, where }) => Object.entries(enums).map(([name, values]) => [`${where}: ${name}`, labelsOf(values)]))),
    structures,
    tables: new Map(types.filter(({ kind }) => kind === "table").map((one) => [one.name, tableOf(one)])),
    fbsEnums: new Map(types.filter(({ kind }) => kind !== "table").map((one) => [one.name, { file: one.file, kind: one.kind, values: membersOf(one) }])),
    roots: new Map(schemas.filter(({ root }) => root !== undefined).map(({ file, root }) => [file, root.name ?? root])),
    constants: new Map([...safely(readConstants)].filter(([, { where }]) => where === undefined).map(([name, { value }]) => [name, JSON.stringify(value)])),
    rules: new Map(Object.entries(rules)),
    errors: new Map(Object.entries(errors)),
  };
}

/** A state from before blocks told what sets them apart has numbers only. */
function versionsOf(files) {
  try {
    return readBlockVersions(files).map(({ version, doc, block, row, interval, keysExtend, hasRestarts, isOwnPositionCounted }) => ({
      version, doc, structures: [block.name, row.name],
      facts: { "key extends": `the ${keysExtend} key`, "positions of": hasRestarts ? `every ${interval}th row, a restart point` : "every row", "own position counts": String(isOwnPositionCounted) },
    }));
  } catch (error) {
    if (error.name !== "SpecError") throw error;
    return Object.entries(files.get("sst")?.enums?.format_version ?? {}).map(([number, { doc }]) => ({ version: Number(number), doc, structures: [`BlockV${number}`, `RowV${number}`], facts: undefined }));
  }
}

function safely(constants) {
  try {
    return constants();
  } catch (error) {
    if (error.name !== "SpecError") throw error;
    return new Map();
  }
}

const labelsOf = (values) => new Map(Object.entries(values).map(([value, { id }]) => [Number(value), id]));

/** Fields in file order, each with where it lies as far as that is fixed. */
function structureOf({ name, source, fields, inPlace }) {
  let at = inPlace === undefined ? 0 : undefined;
  const rows = fields.map((field) => {
    const bytes = field.kind === "flags" ? 1 : field.kind === "int" ? field.bytes : undefined;
    const row = { id: field.id, at: at === undefined ? "+" : String(at), type: typeOf(field), condition: field.condition === undefined ? "" : `if ${field.condition.text}`, bits: field.bits, labels: field.labels };
    at = at === undefined || bytes === undefined || field.condition !== undefined ? undefined : at + bytes;
    return row;
  });
  return { name, source, fields: rows };
}

function typeOf(field) {
  const of = field.lengthOf ?? field.countOf;
  const means = of === undefined ? "" : field.lengthOf === undefined ? `, count of ${of}` : `, length of ${of}`;
  const order = field.bytes === 1 ? "" : field.isLittleEndian ? " little-endian" : " big-endian";
  switch (field.kind) {
    case "int": return `${field.isSigned ? "s" : "u"}${8 * field.bytes}${order}${means}`;
    case "varint": return `varint${means}`;
    case "array": return `array of u${8 * field.bytes}${order}`;
    case "flags": return `flags ${field.bits.filter((bit) => !bit.reserved).map(({ id, mask }) => `${id}=0x${mask.toString(16).padStart(2, "0")}`).join(" ")}`;
    case "bytes": return field.lengthField === undefined ? "bytes up to the end" : `bytes, as many as ${field.lengthField} says`;
    case "in-place": return "everything before the fields behind it";
    default: return field.kind;
  }
}

function tableOf({ name, file, fields }) {
  return {
    name, file,
    fields: fields.map((field) => ({ name: field.name, slot: field.slot ?? field.attributes.get("id"), type: `${field.vector ? `[${field.type}]` : field.type}${field.optional ? " or null" : ""}`, required: field.required === true || field.attributes.has("required") })),
  };
}

const membersOf = ({ kind, values, members }) =>
  new Map(kind === "enum" ? values.map(({ name, value }) => [Number(value), name]) : members.map((one, index) => [index + 1, one.name ?? one]));
