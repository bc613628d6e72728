// Schemas -> data that a walker reads: each table's slots with their names, types and widths; each enum's names.
import { firstSentence } from "../ksy/walk.mjs";

const present = (object) => Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined && value !== false));

/** Scalar types whose numbers have a sign. */
const signed = new Set(["long"]);

function walkSlot(field) {
  const { kind, type, target } = field;
  return present({
    slot: field.slot,
    name: field.name,
    kind,
    bytes: field.size,
    isSigned: kind === "scalar" && signed.has(type),
    enum: kind === "enum" ? target.name : undefined,
    table: kind === "table" || kind === "vector" ? target.name : undefined,
    members: kind === "union" ? target.members.map(({ name }) => name) : undefined,
    doc: firstSentence(field.doc),
  });
}

const typesOf = (schemas, kind) => schemas.flatMap(({ types }) => types).filter((type) => type.kind === kind);

/** `{ name: { name, doc, slots } }` of all tables. A union's slot is the one of its reference; the slot before it has the member's number. */
export function walkTables(schemas) {
  return Object.fromEntries(typesOf(schemas, "table").map(({ name, doc, fields }) => [name, { name, doc: firstSentence(doc), slots: fields.map(walkSlot) }]));
}

/** `{ name: { value: name } }` of all enums. */
export function walkEnums(schemas) {
  return Object.fromEntries(typesOf(schemas, "enum").map(({ name, values }) => [name, Object.fromEntries(values.map((one) => [one.value, one.name]))]));
}
