// A spec as the comparison sees it: byte layouts, tables and catalogues as plain data, of this repository or of another state of it. What cannot
// be read is left out and told of, so that the rest can be compared; what does not fit together, such as ids with a gap, is read all the same.
import { readConstants } from "../constants.mjs";
import { readErrors } from "../errors.mjs";
import { loadSchemas, readSchemaSources } from "../fbs/generate.mjs";
import { parseSchema } from "../fbs/parser.mjs";
import { loadKsyFiles, readStructures } from "../ksy/model.mjs";
import { readBlockVersions } from "../ksy/versions.mjs";
import { readSpecYaml, SpecError, withSpec } from "../output.mjs";
import { readRules } from "../rules.mjs";
import { readTelemetry } from "../telemetry.mjs";

/** Reads the spec in a folder. Parts that cannot be read are undefined, and their files are among `unread`. */
export const readModel = (folder) => withSpec(folder, read);

/** Whatever the generator refuses of the spec in a folder, a sentence each, as far as one does not hide another. */
export const problemsOf = (folder) => withSpec(folder, () => {
  const problems = new Set();
  const note = ({ sentence }) => problems.add(sentence);
  attempt(() => {
    const files = loadKsyFiles();
    readStructures(files, note);
    readBlockVersions(files);
  }, note);
  for (const readPart of [() => loadSchemas(readSchemaSources()), readConstants, readErrors, readRules, readTelemetry]) attempt(readPart, note);
  return [...problems];
});

function attempt(make, note) {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof SpecError)) throw error;
    note(error);
    return undefined;
  }
}

function read() {
  const unread = new Set();
  const part = (file, make) => attempt(make, () => unread.add(file));
  const files = part("sst", loadKsyFiles);
  const schemas = [...readSchemaSources()].flatMap(([file, text]) => part(file, () => [parseSchema(file, text)]) ?? []);
  const types = schemas.flatMap((schema) => schema.types.map((type) => ({ ...type, file: schema.file })));
  const structures = files && readStructures(files, ({ source }) => source === undefined || unread.add(source));
  const constants = part("constants.yaml", readConstants);
  return {
    unread,
    versions: files && new Map(versionsOf(files).map((one) => [one.version, one])),
    enums: files && new Map([...files.values()].flatMap(({ enums = {}, where }) => Object.entries(enums).map(([name, values]) => [`${where}: ${name}`, { file: where, name, values: labelsOf(values) }]))),
    structures: structures && new Map(structures.map((one) => [one.name, structureOf(one)])),
    tables: new Map(types.filter(({ kind }) => kind === "table").map((one) => [one.name, tableOf(one)])),
    fbsEnums: new Map(types.filter(({ kind }) => kind !== "table").map((one) => [one.name, { file: one.file, name: one.name, values: membersOf(one) }])),
    roots: new Map(schemas.filter(({ root }) => root !== undefined).map(({ file, root }) => [file, root])),
    // Those that restate an enumeration or a layout are compared there.
    constants: constants && new Map([...constants].filter(([, { section, enum: from }]) => section !== undefined && from === undefined).map(([name, { value, section, source }]) => [name, { value: JSON.stringify(value), section, source }])),
    rules: part("rules.yaml", () => mapOf(readSpecYaml("rules.yaml").rules)),
    errors: part("errors.yaml", () => mapOf(Object.assign({}, ...Object.values(readSpecYaml("errors.yaml"))))),
  };
}

const mapOf = (entries) => new Map(Object.entries(entries ?? {}).map(([id, entry]) => [id, entry ?? {}]));

/** A state from before blocks told what sets them apart, or that does not fit together, has numbers only. */
function versionsOf(files) {
  return attempt(() => readBlockVersions(files).map(({ version, doc, block, row, interval, keysExtend, hasRestarts, isOwnPositionCounted }) => ({
    version, doc, interval, structures: [block.name, row.name],
    facts: { "key extends": `the ${keysExtend} key`, "positions of": hasRestarts ? `one row in ${interval} (a restart point)` : "every row", "own position counts": String(isOwnPositionCounted) },
  })), () => {}) ?? Object.entries(files.get("sst")?.enums?.format_version ?? {}).map(([number, { doc }]) => ({ version: Number(number), doc, structures: [`BlockV${number}`, `RowV${number}`], facts: undefined }));
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
    fields: fields.map((field) => ({ name: field.name, slot: field.attributes.get("id"), type: `${field.vector ? `[${field.type}]` : field.type}${field.optional ? " or null" : ""}`, required: field.attributes.has("required") })),
  };
}

const membersOf = ({ kind, values, members }) =>
  new Map(kind === "enum" ? values.map(({ name, value }) => [Number(value), name]) : members.map((one, index) => [index + 1, one]));
