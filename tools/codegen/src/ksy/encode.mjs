// Structure -> the TypeScript of its sizer and its encoder.
import { docComment, SpecError } from "../output.mjs";
import { camel, conditional, fieldSize, lengthName, oneLine, test, upper } from "./names.mjs";

const encoded = (structure) => structure.fields.filter((field) => field.kind !== "in-place" && field.kind !== "elements");
const conditions = (structure) => structure.fields.some((field) => field.condition !== undefined);

/** Parameters of the sizer. */
export function sizerParameters(structure) {
  const parameters = [];
  for (const field of encoded(structure)) {
    if (field.kind === "varint" && !field.lengthOf) parameters.push(camel(field.id));
    if (field.kind === "bytes") parameters.push(lengthName(field));
    if (field.kind === "array") parameters.push(`${camel(field.id)}Count`);
    if (field.kind === "flags" && conditions(structure)) parameters.push(camel(field.id));
  }
  return parameters;
}

/** A constant when every field is fixed, else a function of what varies. */
export function sizer(structure) {
  const fields = encoded(structure);
  let fixed = 0;
  const terms = [];
  for (const field of fields) {
    const size = fieldSize(field, structure);
    if (field.condition !== undefined) terms.push(`(${test(field.condition)} ? ${size} : 0)`);
    else if (typeof size === "number") fixed += size;
    else terms.push(size);
  }
  const what = structure.inPlace ? ` behind ${structure.inPlace.id}` : "";
  if (terms.length === 0) {
    return docComment(`Bytes of a ${structure.name}${what}.`) + `export const ${upper(structure.name)}_BYTES = ${fixed};\n`;
  }
  return docComment(`Bytes that encode${structure.name} writes.`) +
    `export function size${structure.name}(${sizerParameters(structure).map((name) => `${name}: number`).join(", ")}): number {\n` +
    `  return ${[...(fixed > 0 ? [fixed] : []), ...terms].join(" + ")};\n}\n`;
}

/** Parameters of the encoder with their types. */
export function encoderParameters(structure) {
  const parameters = ["out: Uint8Array", "at: number"];
  for (const field of encoded(structure)) {
    const name = camel(field.id);
    if (field.lengthOf || field.countOf) continue;
    if (field.kind === "bytes") parameters.push(`${name}: Uint8Array`, `${name}Start: number`, `${name}End: number`);
    else if (field.kind === "array") parameters.push(`${name}: Uint${field.bytes * 8}Array`, `${name}Count: number`);
    else if (field.kind === "int" && field.as === "halves") parameters.push(`${name}Hi: number`, `${name}Lo: number`);
    else parameters.push(`${name}: number`);
  }
  return parameters;
}

function storeInteger(bytes, value, isLittleEndian = false) {
  const lines = [];
  for (let index = 0; index < bytes; index++) {
    const shift = 8 * (isLittleEndian ? index : bytes - 1 - index);
    lines.push(`out[at${index ? ` + ${index}` : ""}] = ${value}${shift ? ` >>> ${shift}` : ""};`);
  }
  return lines;
}

function encodeField(field) {
  const name = camel(field.id);
  switch (field.kind) {
    case "int": {
      const value = field.lengthOf ? `${camel(field.lengthOf)}Length` : field.countOf ? `${camel(field.countOf)}Count` : name;
      if (field.bytes < 8) return [...storeInteger(field.bytes, value, field.isLittleEndian), `at += ${field.bytes};`];
      const [hi, lo] = field.as === "halves" ? [`${name}Hi`, `${name}Lo`] : [`Math.floor(${value} / 0x100000000)`, value];
      return [...storeInteger(4, hi), "at += 4;", ...storeInteger(4, lo), "at += 4;"];
    }
    case "flags": return [`out[at] = ${name};`, "at += 1;"];
    case "varint": {
      const value = field.lengthOf ? `${camel(field.lengthOf)}Length` : name;
      return [`if (${value} < 0x80) out[at++] = ${value};`, `else at = writeVarint(out, at, ${value});`];
    }
    case "bytes": return [`at = copyBytes(out, at, ${name}, ${name}Start, ${name}End);`];
    case "array": return [
      `for (let index = 0; index < ${name}Count; index++) {`,
      `  const element = ${name}[index]!;`,
      ...[...storeInteger(field.bytes, "element"), `at += ${field.bytes};`].map((line) => `  ${line}`),
      "}",
    ];
    default: throw new SpecError(field.where, `${field.kind} cannot be encoded`);
  }
}

export function encoder(structure) {
  const fields = encoded(structure);
  const lines = [];
  for (const field of fields) {
    const length = fields.some((other) => other.lengthOf === field.id);
    if (field.kind === "bytes" && length) lines.push(`  const ${lengthName(field)} = ${camel(field.id)}End - ${camel(field.id)}Start;`);
  }
  for (const field of fields) lines.push(...conditional(field.condition, encodeField(field)));
  const inPlace = structure.inPlace ? ` The field ${structure.inPlace.id} already lies before \`at\`.` : "";
  const halves = fields.some((field) => field.as === "halves") ? " Only the low 32 bits of a half count." : "";
  return docComment(`Writes a ${structure.name} at \`at\`; the caller has made room. Returns the position behind it.${inPlace}${halves}\n${oneLine(structure.doc)}`) +
    `export function encode${structure.name}(\n${encoderParameters(structure).map((text) => `  ${text},\n`).join("")}): number {\n${lines.join("\n")}\n  return at;\n}\n`;
}
