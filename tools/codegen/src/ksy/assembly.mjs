// spec/sst/*.ksy -> packages/format/assembly/generated/codecs.ts: sizer, encoder and decoder of rows and blocks once more, in
// AssemblyScript, over addresses in place of arrays. The kernel is compiled from them; ../wasm.mjs does that.
import { join } from "node:path";
import { docComment, root, SpecError, writeGenerated } from "../output.mjs";
import { loadKsyFiles, readStructures } from "./model.mjs";
import { camel, conditional, fieldSize, hex, lengthName, test, upper } from "./names.mjs";

/** What the kernel handles: all that is encoded or decoded once for every row or block. */
const WANTED = ["BlockV2", "RowV2", "Lz4Stream"];

const targetFile = join(root, "packages/format/assembly/generated/codecs.ts");

export function generateAssemblyCodecs() {
  const structures = readStructures(loadKsyFiles()).filter(({ name }) => WANTED.includes(name));
  const body = [flags(structures), ...structures.flatMap((structure) => [sizer(structure), encoder(structure), decoder(structure)])].join("\n");
  const sources = [...new Set(structures.map(({ source }) => source))];
  const primitives = ["copyBytes", "readVarint", "varintEnd", "varintSize", "writeVarint"].filter((name) => new RegExp(`\\b${name}\\b`).test(body));
  return [writeGenerated(targetFile, sources, `import { ${primitives.join(", ")} } from "../primitives";\n\n${body}`)];
}

const encoded = (structure) => structure.fields.filter((field) => field.kind !== "in-place");
const lower = (name) => name.replace(/^./, (letter) => letter.toLowerCase());
const word = (bytes) => `u${bytes * 8}`;
const swapped = (bytes, value, isLittleEndian = false) => (bytes === 1 || isLittleEndian ? value : `bswap<${word(bytes)}>(${value})`);

function flags(structures) {
  const masks = new Map();
  for (const field of structures.flatMap((structure) => structure.fields).filter(({ kind }) => kind === "flags")) {
    for (const bit of field.bits.filter((one) => !one.reserved)) masks.set(`FLAG_${upper(camel(bit.id.replace(/^(is|has)_/, "")))}`, hex(bit.mask));
  }
  return [...masks].map(([name, mask]) => `export const ${name}: u32 = ${mask};\n`).join("");
}

function sizer(structure) {
  let fixed = 0;
  const terms = [];
  const parameters = [];
  for (const field of encoded(structure)) {
    const size = fieldSize(field, structure);
    if (field.condition !== undefined) terms.push(`(${cast(field.condition)} ? ${size} : 0)`);
    else if (typeof size === "number") fixed += size;
    else terms.push(size);
    if (field.kind === "varint" && !field.lengthOf) parameters.push(camel(field.id));
    if (field.kind === "bytes") parameters.push(lengthName(field));
    if (field.kind === "array") parameters.push(`${camel(field.id)}Count`);
    if (field.kind === "flags") parameters.push(camel(field.id));
  }
  return docComment(`Bytes that encode${structure.name} writes.`) +
    `@inline\nexport function size${structure.name}(${parameters.map((name) => `${name}: u32`).join(", ")}): u32 {\n  return ${[fixed, ...terms].join(" + ")};\n}\n`;
}

const cast = (condition) => `(${test(condition).replace("===", "==").replace("!==", "!=")})`;

function parameter(field) {
  const name = camel(field.id);
  if (field.lengthOf || field.countOf) return [];
  switch (field.kind) {
    case "bytes": return [`${name}: usize`, `${name}Length: u32`];
    case "array": return [`${name}: usize`, `${name}Count: u32`];
    default: return [`${name}: ${field.kind === "int" && field.bytes === 8 ? "u64" : "u32"}`];
  }
}

function encodeField(field) {
  const name = camel(field.id);
  switch (field.kind) {
    case "int": {
      const value = field.lengthOf ? `${camel(field.lengthOf)}Length` : field.countOf ? `${camel(field.countOf)}Count` : name;
      return [`store<${word(field.bytes)}>(at, ${swapped(field.bytes, `<${word(field.bytes)}>${value}`, field.isLittleEndian)});`, `at += ${field.bytes};`];
    }
    case "flags": return [`store<u8>(at, ${name});`, "at += 1;"];
    case "varint": return [`at = writeVarint(at, ${field.lengthOf ? `${camel(field.lengthOf)}Length` : name});`];
    case "bytes": return [`at = copyBytes(at, ${name}, ${name}Length);`];
    case "array": return [
      `for (let index: u32 = 0; index < ${name}Count; index++) {`,
      `  store<${word(field.bytes)}>(at, ${swapped(field.bytes, `load<${word(field.bytes)}>(${name} + ${field.bytes} * index)`)});`,
      `  at += ${field.bytes};`,
      "}",
    ];
    default: throw new SpecError(field.where, `${field.kind} cannot be encoded`);
  }
}

function encoder(structure) {
  const fields = encoded(structure);
  const lines = fields.flatMap((field) => conditional(field.condition, encodeField(field)).map(loose));
  return docComment(`Writes a ${structure.name} at an address and returns the one behind it. Up to COPY_SLACK_BYTES more may be written over.`) +
    `@inline\nexport function encode${structure.name}(at: usize, ${fields.flatMap(parameter).join(", ")}): usize {\n${lines.join("\n")}\n  return at;\n}\n`;
}

/** AssemblyScript compares with two signs. */
const loose = (line) => line.replace("!==", "!=").replace("===", "==");

/** Globals that a decoder leaves: AssemblyScript has no structures without an allocation. */
function members(structure) {
  const list = [];
  for (const field of structure.fields) {
    const name = camel(field.id);
    if (field.kind === "in-place") list.push([`${name}End`, "usize"]);
    else if (field.kind === "bytes") list.push([`${name}At`, "usize"], [`${name}Length`, "u32"]);
    else if (field.kind === "array") list.push([`${name}At`, "usize"], [`${name}Count`, "u32"]);
    else if (!field.lengthOf && !field.countOf) list.push([name, field.kind === "int" && field.bytes === 8 ? "u64" : "u32"]);
  }
  return list.map(([name, type]) => [global(structure, name), type]);
}

const global = (structure, member) => `${lower(structure.name)}${member.replace(/^./, (letter) => letter.toUpperCase())}`;

function decodeField(field, structure) {
  const name = (member) => global(structure, member);
  const target = name(field.lengthOf ? `${camel(field.lengthOf)}Length` : camel(field.id));
  const room = (bytes) => `if (end - at < ${bytes}) return 0;`;
  switch (field.kind) {
    case "int": return [room(field.bytes), `${target} = ${swapped(field.bytes, `load<${word(field.bytes)}>(at)`, field.isLittleEndian)};`, `at += ${field.bytes};`];
    case "varint": return [room(1), `${target} = <u32>load<u8>(at);`, `if (${target} < 0x80) at += 1;`, "else {", `  ${target} = readVarint(at, end);`, "  at = varintEnd;", "  if (at == 0) return 0;", "}"];
    case "flags": {
      const local = camel(field.id);
      const reserved = field.bits.filter((bit) => bit.reserved).reduce((mask, bit) => mask | bit.mask, 0);
      const lines = [room(1), `const ${local}: u32 = <u32>load<u8>(at);`];
      if (reserved) lines.push(`if ((${local} & ${hex(reserved)}) != 0) return 0;`);
      for (const bit of field.bits.filter((one) => one.excludes)) {
        const both = bit.mask | field.bits.find((other) => other.id === bit.excludes).mask;
        lines.push(`if ((${local} & ${hex(both)}) == ${hex(both)}) return 0;`);
      }
      return [...lines, `${target} = ${local};`, "at += 1;"];
    }
    case "bytes": return [...(field.lengthField === undefined ? [`${name(`${camel(field.id)}Length`)} = <u32>(end - at);`] : []), `if (end - at < ${name(`${camel(field.id)}Length`)}) return 0;`, `${name(`${camel(field.id)}At`)} = at;`, `at += ${name(`${camel(field.id)}Length`)};`];
    default: throw new SpecError(structure.where, `${field.kind} cannot be decoded`);
  }
}

function forwards(structure) {
  const lines = [];
  for (const field of structure.fields) {
    if (field.condition === undefined) lines.push(...decodeField(field, structure).map((line) => `  ${line}`));
    else {
      const block = conditional(field.condition, decodeField(field, structure)).map(loose);
      lines.push(...block.slice(0, -1), "  } else {", `    ${global(structure, camel(field.id))} = 0;`, "  }");
    }
  }
  return [...lines, "  return at;"];
}

function backwards(structure) {
  const name = (member) => global(structure, member);
  const lines = ["  let at = end;"];
  for (const field of structure.fields.slice(1).reverse()) {
    const count = name(`${camel(field.kind === "array" ? field.id : (field.countOf ?? field.id))}Count`);
    if (field.kind === "array") lines.push(`  if (at - start < ${field.bytes} * ${count}) return false;`, `  at -= ${field.bytes} * ${count};`, `  ${name(`${camel(field.id)}At`)} = at;`);
    else lines.push(`  if (at - start < ${field.bytes}) return false;`, `  at -= ${field.bytes};`, `  ${count} = <u32>${swapped(field.bytes, `load<${word(field.bytes)}>(at)`)};`);
  }
  return [...lines, `  ${name(`${camel(structure.inPlace.id)}End`)} = at;`, "  return true;"];
}

function decoder(structure) {
  const globals = members(structure).map(([name, type]) => `export let ${name}: ${type} = 0;\n`).join("");
  if (structure.inPlace === undefined) {
    return `${globals}\n${docComment(`Reads a ${structure.name} that ends before \`end\` into the variables above. Returns the address behind it, or 0 when it is not sound.`)}` +
      `@inline\nexport function decode${structure.name}(at: usize, end: usize): usize {\n${forwards(structure).join("\n")}\n}\n`;
  }
  const elements = structure.fields.filter(({ kind }) => kind === "array").map((field) =>
    `\n${docComment(`One of the ${field.id}, by its index (unchecked).`)}@inline\nexport function ${global(structure, camel(field.id))}(index: u32): u32 {\n` +
    `  return <u32>${swapped(field.bytes, `load<${word(field.bytes)}>(${global(structure, `${camel(field.id)}At`)} + ${field.bytes} * index)`)};\n}\n`);
  return `${globals}\n${docComment(`Reads what stands behind ${structure.inPlace.id} in [start, end) into the variables above. Returns whether it fits.`)}` +
    `export function decode${structure.name}(start: usize, end: usize): bool {\n${backwards(structure).join("\n")}\n}\n${elements.join("")}`;
}
