// spec/sst/*.ksy -> a part of a page for each file: what it says, a diagram and a table of each structure.
import { loadKsyFiles } from "../../../codegen/src/ksy/model.mjs";
import { cell, code, plain, table } from "../markdown.mjs";
import { strip } from "./diagram.mjs";

const INTEGERS = { u1: "unsigned, 1 byte", u2: "unsigned, 2 bytes", u4: "unsigned, 4 bytes", u8: "unsigned, 8 bytes", s8: "signed, 8 bytes" };

/** All files in the order of their names. @returns {any[]} */
export const layoutFiles = () => [...loadKsyFiles().values()];

/** The anchor of a structure. @param {string} file @param {string} [type] */
export const anchorOf = (file, type) => (type === undefined ? file : `${file}-${type}`).replaceAll("_", "-");

/** @param {any} file one of layoutFiles() */
export function layoutSection(file, pageOf = (/** @type {string} */ _id) => "") {
  const { id, title, endian } = file.meta;
  const scope = { file, pageOf };
  const own = body(id, title, file, scope, "###");
  const types = Object.entries(file.types ?? {}).map(([name, type]) => `### ${id}.${name} {#${anchorOf(id, name)}}\n\n${body(`${id}.${name}`, `${id}.${name}`, type, scope, "####")}`);
  const enums = Object.entries(file.enums ?? {}).map(([name, values]) => `### ${id}.${name}, an enumeration {#${anchorOf(id, name)}}\n\n${enumTable(values)}`);
  const order = file["-primitive"] !== undefined ? "" : endian === "le" ? " Numbers are little-endian." : " Numbers are big-endian.";
  return `## ${plain(title)} {#${anchorOf(id)}}\n\nFrom ${code(`spec/sst/${id}.ksy`)}.${order}\n\n${own}${[...types, ...enums].join("\n")}\n`;
}

/** @param {string} name @param {string} title @param {any} type @param {any} scope @param {string} level */
function body(name, title, type, scope, level) {
  const fields = type.seq ?? [];
  const instances = Object.entries(type.instances ?? {}).filter(([, one]) => one.doc !== undefined);
  let text = docText(type.doc ?? "");
  if (type.params !== undefined) text += `Known from outside: ${type.params.map((/** @type {any} */ one) => code(one.id)).join(", ")}.\n\n`;
  if (fields.length > 0) {
    const drawn = isBits(type) ? fields.map(bitBox) : fields.map((/** @type {any} */ field) => fieldBox(field, scope));
    text += `${strip(title, drawn)}\n`;
    const head = isBits(type) ? ["bits", "width", "meaning"] : ["field", "bytes", "there when", "meaning"];
    text += `${table(head, fields.map((/** @type {any} */ field) => (isBits(type) ? bitRow(field) : fieldRow(field, scope))))}\n`;
  }
  if (instances.length > 0) {
    if (fields.length > 0) text += `${level} What follows from ${name}\n\n`;
    text += `${table(["name", "is", "meaning"], instances.map(([id, one]) => [code(id), instanceOf(one, scope), cell(one.doc)]))}\n`;
  }
  return text;
}

/** The doc as paragraphs; indented lines with bars are a strip of sections. @param {string} doc */
function docText(doc) {
  let text = "";
  for (const paragraph of doc.trim().split(/\n\s*\n/)) {
    if (!/^ {2,}/.test(paragraph)) text += `${plain(paragraph.replaceAll("\n", " "))}\n\n`;
    else text += `${strip("The sections in their order", paragraph.trim().split(" | ").map(sectionBox))}\n`;
  }
  return text;
}

/** @param {string} name */
function sectionBox(name) {
  const optional = name.endsWith(" (optional)");
  return { name: name.replace(" (optional)", ""), size: name === "..." ? "more of them" : "", ...(optional ? { optional, size: "optional" } : {}) };
}

const isBits = (/** @type {any} */ type) => (type?.seq ?? []).length > 0 && type.seq.every((/** @type {any} */ one) => /^b\d$/.test(one.type));

/** @param {any} field */
const bitBox = (field) => ({ name: field.id, size: `${field.type.slice(1)} bit${field.type === "b1" ? "" : "s"}`, ...(field.valid === 0 ? { note: "zero", optional: true } : {}) });

/** @param {any} field */
const bitRow = (field) => [code(field.id), field.type.slice(1), cell(field.doc)];

/** @param {any} field @param {any} scope */
function fieldBox(field, scope) {
  const note = field.if === undefined ? undefined : `if ${field.if}`;
  return { name: field.id, size: sizeOf(field, scope), repeated: field.repeat !== undefined, optional: note !== undefined, ...(note === undefined ? {} : { note }) };
}

/** @param {any} field @param {any} scope */
function fieldRow(field, scope) {
  const values = field.enum === undefined ? "" : ` One of [${field.enum}](#${anchorOf(scope.file.meta.id, field.enum)}).`;
  return [code(field.id), linked(field, scope), field.if === undefined ? "always" : code(field.if), cell(field.doc ?? "") + values];
}

/** How long a field is, in words. @param {any} field @param {any} scope */
function sizeOf(field, scope) {
  const one = () => {
    if (field.type in INTEGERS) return `${field.type.slice(1)} byte${field.type === "u1" ? "" : "s"}`;
    const name = nameOf(field.type);
    const found = lookUp(name, scope);
    if (found?.type["-primitive"] !== undefined) return "1 to 5 bytes";
    return isBits(found?.type) ? "1 byte" : name;
  };
  if (field.repeat === "expr") return `${field["repeat-expr"]} × ${one()}`;
  if (field.repeat === "until") return `${nameOf(field.type)}, until the last`;
  if (field.repeat === "eos") return `${nameOf(field.type)}, to the end`;
  if (field["size-eos"]) return "to the end";
  if (field["-in-place"] || /_io\.size/.test(String(field.size))) return "what is left";
  if (field.size !== undefined) return `${String(field.size).replace(".value", "")} bytes`;
  return one();
}

/** The same with a link to the structure, for a table. @param {any} field @param {any} scope */
function linked(field, scope) {
  const name = nameOf(field.type ?? "");
  const size = cell(sizeOf(field, scope));
  const found = lookUp(name, scope);
  if (found === undefined) return field.type in INTEGERS && field.repeat === undefined ? (/** @type {any} */ (INTEGERS))[field.type] : size;
  const link = `[${name}](${found.page}#${found.anchor})`;
  return size.includes(name) ? size.replace(name, link) : `${link}, ${size}`;
}

/** A type's name without its arguments. @param {any} type */
const nameOf = (type) => (typeof type === "string" ? type.replace(/\(.*$/, "") : "");

/** @param {string} name @param {any} scope */
function lookUp(name, { file, pageOf }) {
  const local = file.types?.[name];
  if (local !== undefined) return { type: local, page: "", anchor: anchorOf(file.meta.id, name) };
  const imported = (file.meta.imports ?? []).includes(name) ? loadKsyFiles().get(name) : undefined;
  return imported === undefined ? undefined : { type: imported, page: pageOf(name), anchor: anchorOf(name) };
}

/** @param {any} instance @param {any} scope */
function instanceOf(instance, scope) {
  if (instance.value !== undefined) return code(String(instance.value).replace(/\s+/g, " "));
  const type = typeof instance.type === "object" ? Object.values(instance.type.cases).map((/** @type {any} */ one) => linked({ type: one }, scope)).join(" or ") : linked({ type: instance.type }, scope);
  return `${type} at ${code(String(instance.pos))}${instance.if === undefined ? "" : `, if ${code(instance.if)}`}`;
}

/** @param {any} values */
function enumTable(values) {
  return table(["number", "name", "meaning"], Object.entries(values).map(([number, { id, doc }]) => [number, code(id), cell(doc)]));
}
