// spec/fbs/*.fbs -> a part of a page for each file: what it says, a diagram and a table of each table, enumeration and union.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { parseSchema } from "../../../codegen/src/fbs/parser.mjs";
import { cell, code, plain, table } from "../markdown.mjs";
import { read, ROOT } from "../repository.mjs";
import { strip } from "./diagram.mjs";

const SCALARS = /** @type {Record<string, number>} */ ({ bool: 1, byte: 1, ubyte: 1, short: 2, ushort: 2, int: 4, uint: 4, long: 8, ulong: 8 });
const REFERENCE_BYTES = 4;

/** Every schema, parsed, with the comment that opens its file. @returns {any[]} */
export function schemas() {
  return readdirSync(join(ROOT, "spec/fbs")).filter((name) => name.endsWith(".fbs")).sort().map((name) => {
    const source = read(`spec/fbs/${name}`);
    return { ...parseSchema(`fbs/${name}`, source), id: name.slice(0, -".fbs".length), intro: openingComment(source) };
  });
}

/** @param {string} source */
function openingComment(source) {
  const lines = source.split("\n");
  const end = lines.findIndex((line) => !/^\/\/( |$)/.test(line));
  return lines.slice(0, end).map((line) => line.slice(3)).join("\n");
}

/** The anchor of a type. @param {string} name */
export const anchorOf = (name) => name.toLowerCase();

/**
 * @param {any} schema one of schemas() @param {readonly any[]} all @param {(id: string) => string} pageOf
 */
export function schemaSection(schema, all, pageOf) {
  const types = new Map(all.flatMap((one) => one.types.map((/** @type {any} */ type) => [type.name, { type, page: pageOf(one.id) }])));
  const parts = schema.types.map((/** @type {any} */ type) => typeSection(type, types, schema.root === type.name));
  return `## ${code(`${schema.id}.fbs`)} {#${schema.id.replaceAll("_", "-")}-fbs}\n\n${schema.intro.split(/\n\n/).map((/** @type {string} */ part) => plain(part.replaceAll("\n", " "))).join("\n\n")}\n\n${parts.join("\n")}`;
}

/** @param {any} type @param {Map<string, { type: any, page: string }>} types @param {boolean} isRoot */
function typeSection(type, types, isRoot) {
  const words = type.kind === "table" ? (isRoot ? ", the root table" : "") : `, ${type.kind === "enum" ? "an enumeration" : "a union"}`;
  const head = `### ${type.name}${words} {#${anchorOf(type.name)}}\n\n${plain(type.doc.replaceAll("\n", " "))}\n\n`;
  if (type.kind === "enum") return `${head}${table(["number", "name", "meaning"], type.values.map((/** @type {any} */ one) => [String(one.value), code(one.name), cell(one.doc)]))}\n`;
  if (type.kind === "union") return `${head}${table(["number", "member"], type.members.map((/** @type {string} */ name, /** @type {number} */ index) => [String(index + 1), typeLink(name, types)]))}\n`;
  const fields = [...type.fields].sort((one, other) => one.attributes.get("id") - other.attributes.get("id"));
  const ordered = fields.some((field) => field.attributes.has("child_order"));
  const columns = ["slot", "field", "type", "in the table", ...(ordered ? ["written"] : []), "meaning"];
  const rows = fields.map((field) => [
    String(field.attributes.get("id")), code(field.name), typeText(field, types), `${inlineBytes(field, types)} bytes${field.attributes.has("required") ? ", required" : ""}`,
    ...(ordered ? [field.attributes.has("child_order") ? String(field.attributes.get("child_order")) : ""] : []),
    cell(field.doc + (field.optional ? " May be absent, which is not the same as 0." : "")),
  ]);
  const after = ordered ? "**Written** is the order in which the children are put into the buffer; the table follows them.\n\n" : "";
  return `${head}${strip(`Slots of ${type.name}`, fields.map((field) => slotBox(field, types)))}\n${table(columns, rows)}\n${after}`;
}

/** @param {any} field @param {Map<string, any>} types */
function slotBox(field, types) {
  const inline = inlineBytes(field, types);
  const target = isReference(field, types) ? `→ ${field.type === "ubyte" && field.vector ? "bytes" : field.type}${field.vector && field.type !== "ubyte" ? "s" : ""}` : undefined;
  return {
    name: `${field.attributes.get("id")} ${field.name}`, size: `${inline} bytes`.replace(/^1 bytes/, "1 byte"), optional: !field.attributes.has("required"), reference: target !== undefined,
    ...(target === undefined ? {} : { note: target }),
  };
}

/** @param {any} field @param {Map<string, any>} types */
const isReference = (field, types) => field.vector || field.type === "string" || ["table", "union"].includes(types.get(field.type)?.type.kind);

/** @param {any} field @param {Map<string, any>} types */
function inlineBytes(field, types) {
  if (isReference(field, types)) return REFERENCE_BYTES;
  return SCALARS[field.type] ?? 1;
}

/** @param {any} field @param {Map<string, any>} types */
function typeText(field, types) {
  const one = typeLink(field.type, types);
  const safe = field.attributes.has("safe_integer") ? ", at most 2^53 - 1" : "";
  return (field.vector ? `vector of ${one}` : one) + safe;
}

/** @param {string} name @param {Map<string, any>} types */
function typeLink(name, types) {
  const found = types.get(name);
  return found === undefined ? code(name) : `[${name}](${found.page}#${anchorOf(name)})`;
}
