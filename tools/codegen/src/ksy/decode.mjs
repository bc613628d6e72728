// Structure -> the TypeScript of its decoder: every length and offset is checked before it is used.
import { docComment, SpecError } from "../output.mjs";
import { camel, conditional, oneLine, hex, upper } from "./names.mjs";

/** An unsigned integer of up to 4 bytes at an offset expression. */
function loadInteger(bytes, at, { signed = false, isLittleEndian = false } = {}) {
  const parts = [];
  for (let index = 0; index < bytes; index++) {
    const shift = 8 * (isLittleEndian ? index : bytes - 1 - index);
    parts.push(`bytes[${at}${index ? ` + ${index}` : ""}]!${shift ? ` << ${shift}` : ""}`);
  }
  const joined = parts.length === 1 ? parts[0] : `(${parts.join(" | ")})`;
  return bytes === 4 && !signed ? `${joined} >>> 0` : joined;
}

function members(structure) {
  const list = [];
  for (const field of structure.fields) {
    const name = camel(field.id);
    if (field.kind === "in-place") list.push([`${name}End`, `Where ${field.id} ends. ${field.doc}`]);
    else if (field.kind === "bytes") list.push([`${name}At`, `Where ${field.id} begins. ${field.doc}`], [`${name}Length`, `Length of ${field.id} in bytes.`]);
    else if (field.kind === "array") list.push([`${name}At`, `Where ${field.id} begins. ${field.doc}`], [`${name}Count`, `Number of ${field.id}.`]);
    else if (field.kind === "int" && field.as === "halves") list.push([`${name}Hi`, `High 32 bits of ${field.id}, as a signed number. ${field.doc}`], [`${name}Lo`, `Low 32 bits of ${field.id}, as a signed number.`]);
    else if (field.kind !== "elements" && !field.lengthOf && !field.countOf) list.push([name, field.doc]);
  }
  return list;
}

function decodeField(field, structure) {
  const name = camel(field.id);
  const path = JSON.stringify(field.id);
  const room = (bytes) => `if (end - at < ${bytes}) throw truncated(${path}, at);`;
  const target = field.lengthOf ? `${camel(field.lengthOf)}Length` : name;
  switch (field.kind) {
    case "int": {
      const lines = [room(field.bytes)];
      if (field.bytes === 8 && field.as === "halves") lines.push(`into.${name}Hi = ${loadInteger(4, "at", { signed: true })};`, `into.${name}Lo = ${loadInteger(4, "at + 4", { signed: true })};`);
      else if (field.bytes === 8) lines.push(`into.${target} = readSafeU64(bytes, at, ${path});`);
      else lines.push(`into.${target} = ${loadInteger(field.bytes, "at", field)};`);
      if (field.values) lines.push(`if (${field.values.map((value) => `into.${target} !== ${value}`).join(" && ")}) throw unsupported(${path}, at, into.${target});`);
      return [...lines, `at += ${field.bytes};`];
    }
    case "varint": return [
      room(1),
      `into.${target} = bytes[at]!;`,
      `if (into.${target} < 0x80) at += 1;`,
      "else {",
      `  into.${target} = readVarint(bytes, at, end, ${path});`,
      `  at += varintSize(into.${target});`,
      "}",
    ];
    case "flags": {
      const reserved = field.bits.filter((bit) => bit.reserved).reduce((mask, bit) => mask | bit.mask, 0);
      const lines = [room(1), `const ${name} = bytes[at]!;`];
      if (reserved) lines.push(`if ((${name} & ${hex(reserved)}) !== 0) throw corrupt(${path}, at, "an unknown flag is set");`);
      for (const bit of field.bits.filter((one) => one.excludes)) {
        const both = bit.mask | field.bits.find((other) => other.id === bit.excludes).mask;
        lines.push(`if ((${name} & ${hex(both)}) === ${hex(both)}) throw corrupt(${path}, at, "${bit.id} and ${bit.excludes} exclude each other");`);
      }
      return [...lines, `into.${name} = ${name};`, "at += 1;"];
    }
    case "bytes": {
      const length = field.lengthField ? [`if (end - at < into.${name}Length) throw truncated(${path}, at);`] : [`into.${name}Length = end - at;`];
      return [...length, `into.${name}At = at;`, `at += into.${name}Length;`];
    }
    case "elements": return [];
    default: throw new SpecError(structure.where, `${field.kind} cannot be decoded`);
  }
}

function absent(field) {
  const name = camel(field.id);
  if (field.kind === "int" && field.as === "halves") return [`into.${name}Hi = 0;`, `into.${name}Lo = 0;`];
  if (field.kind === "bytes") return [`into.${name}At = at;`, `into.${name}Length = 0;`];
  return [];
}

/** Structures whose first field lies in place are read from their end. */
function backwards(structure) {
  const lines = ["  let at = end;"];
  for (const field of structure.fields.slice(1).reverse()) {
    const name = camel(field.id);
    const path = JSON.stringify(field.id);
    if (field.kind === "array") {
      lines.push(`  if ((at - start) < ${field.bytes} * into.${name}Count) throw truncated(${path}, start);`, `  at -= ${field.bytes} * into.${name}Count;`, `  into.${name}At = at;`);
    } else {
      const target = field.countOf ? `${camel(field.countOf)}Count` : name;
      lines.push(`  if (at - start < ${field.bytes}) throw truncated(${path}, start);`, `  at -= ${field.bytes};`, `  into.${target} = ${loadInteger(field.bytes, "at")};`);
    }
  }
  return [...lines, `  into.${camel(structure.inPlace.id)}End = at;`];
}

export function decoder(structure) {
  const name = structure.name;
  const fields = members(structure).map(([member, doc]) => docComment(oneLine(doc), "  ") + `  ${member} = 0;\n`).join("");
  let text = docComment(`Where the fields of a decoded ${name} lie, and their numbers.`) + `export class ${name} {\n${fields}}\n\n`;
  if (structure.inPlace) {
    text += docComment(`Reads what stands behind ${structure.inPlace.id} in bytes [start, end). Throws SstError when it does not fit.`) +
      `export function decode${name}(bytes: Uint8Array, start: number, end: number, into: ${name}): void {\n${backwards(structure).join("\n")}\n}\n`;
    for (const field of structure.fields.filter((one) => one.kind === "array")) {
      text += "\n" + docComment(`One of the ${field.id}, by its index (unchecked).`) +
        `export function ${camel(name.replace(/^./, (letter) => letter.toLowerCase()))}${camel(field.id).replace(/^./, (letter) => letter.toUpperCase())}(bytes: Uint8Array, from: ${name}, index: number): number {\n` +
        `  const at = from.${camel(field.id)}At + ${field.bytes} * index;\n  return ${loadInteger(field.bytes, "at")};\n}\n`;
    }
    return text;
  }
  const lines = [];
  for (const field of structure.fields) {
    const flagged = field.condition ? conditional(field.condition, decodeField(field, structure)) : decodeField(field, structure).map((line) => `  ${line}`);
    const otherwise = field.condition ? absent(field) : [];
    if (otherwise.length === 0) lines.push(...flagged);
    else lines.push(...flagged.slice(0, -1), "  } else {", ...otherwise.map((line) => `    ${line}`), "  }");
  }
  return text + docComment(`Reads a ${name} at \`at\`, not beyond \`end\`. Returns the position behind it. Throws SstError with the offset and the field.`) +
    `export function decode${name}(bytes: Uint8Array, at: number, end: number, into: ${name}): number {\n${lines.join("\n")}\n  return at;\n}\n`;
}

/** The masks of a flags byte. */
export function flagConstants(structures) {
  const seen = new Map();
  for (const structure of structures) {
    for (const field of structure.fields.filter((one) => one.kind === "flags")) {
      for (const bit of field.bits.filter((one) => !one.reserved)) {
        const name = `FLAG_${upper(camel(bit.id.replace(/^(is|has)_/, "")))}`;
        if (!seen.has(name)) seen.set(name, docComment(`Flags bit: ${bit.doc}`) + `export const ${name} = ${hex(bit.mask)};\n`);
      }
    }
  }
  return [...seen.values()].join("\n");
}
