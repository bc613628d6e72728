// Structures -> data that a walker reads: each structure's fields in file order, with everything that says where they lie.
import { SpecError } from "../output.mjs";
import { oneLine } from "./names.mjs";

/** The first sentence of a doc. The next one begins with a capital letter, a number or a parenthesis. */
export const firstSentence = (doc) => /^.*?\.(?= [A-Z0-9(]|$)/.exec(oneLine(doc))?.[0] ?? oneLine(doc);

/** Drops what is absent, so that tables show only what is there. */
const present = (object) => Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined && value !== false));

/** The type that a structure was read from, and its file. */
function declarationOf(structure, files) {
  for (const file of files.values()) {
    for (const type of [file, ...Object.values(file.types ?? {})]) if (type["-codec"] === structure.name) return { type, file };
  }
  throw new SpecError(structure.where, "the structure's declaration is gone");
}

const named = (text) => /^[a-z0-9_]+/.exec(String(text))?.[0];

/** What follows each other in a field in place or one by one: the generated name of the structure, and what counts it. */
export function elementsOf(structure, field, files) {
  const { type, file } = declarationOf(structure, files);
  const declared = type.seq.find(({ id }) => id === field.id);
  const elements = field.kind === "elements" ? declared : file.types?.[named(declared.type)]?.seq.find(({ repeat }) => repeat === "eos");
  if (elements === undefined) return {};
  const codec = file.types?.[named(elements.type)]?.["-codec"];
  if (codec === undefined) throw new SpecError(`${structure.where}: ${field.id}`, `the elements ${elements.type} have no -codec`);
  return { elements: codec, elementId: field.kind === "elements" ? field.id : named(elements.type), countedBy: elements["repeat-expr"] };
}

function walkBits(field) {
  return field.bits?.map(({ id, mask, reserved, doc }) => present({ id, mask, isReserved: reserved, doc: firstSentence(doc) }));
}

function walkField(structure, field, files) {
  const { kind, condition } = field;
  return present({
    id: field.id,
    kind,
    bytes: kind === "flags" ? 1 : field.bytes,
    isSigned: field.isSigned,
    isLittleEndian: field.isLittleEndian,
    lengthOf: field.lengthOf,
    countOf: field.countOf,
    lengthFrom: field.lengthField,
    condition: condition && present({ flags: condition.flags, mask: condition.mask, isNegated: condition.negated }),
    labels: field.labels,
    bits: walkBits(field),
    ...(kind === "in-place" || kind === "elements" ? elementsOf(structure, field, files) : {}),
    doc: firstSentence(field.doc),
  });
}

/** `{ name: { name, doc, fields } }` of all structures. */
export function walkStructures(structures, files) {
  return Object.fromEntries(structures.map((structure) => [
    structure.name,
    { name: structure.name, doc: firstSentence(structure.doc), fields: structure.fields.map((field) => walkField(structure, field, files)) },
  ]));
}
