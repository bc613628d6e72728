// spec/sst/*.ksy and spec/fbs/*.fbs -> packages/format/src/generated/walk-tables.ts: where every field lies, as data.
import { join } from "node:path";
import { loadSchemas, readSchemaSources } from "./fbs/generate.mjs";
import { walkEnums, walkTables } from "./fbs/walk.mjs";
import { loadKsyFiles, readStructures } from "./ksy/model.mjs";
import { walkStructures } from "./ksy/walk.mjs";
import { docComment, generated, writeGenerated } from "./output.mjs";

/** A value as TypeScript, one line a leaf of the tree. */
function literal(value, indent = "") {
  const text = inline(value);
  if (text.length + indent.length <= 160 || typeof value !== "object") return text;
  const inner = `${indent}  `;
  if (Array.isArray(value)) return `[\n${value.map((one) => `${inner}${literal(one, inner)},\n`).join("")}${indent}]`;
  return `{\n${Object.entries(value).map(([key, one]) => `${inner}${property(key)}: ${literal(one, inner)},\n`).join("")}${indent}}`;
}

const property = (key) => (/^([A-Za-z_]\w*|\d+)$/.test(key) ? key : JSON.stringify(key));

function inline(value) {
  if (Array.isArray(value)) return `[${value.map(inline).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  return `{ ${Object.entries(value).map(([key, one]) => `${property(key)}: ${inline(one)}`).join(", ")} }`;
}

const constant = (name, type, doc, value) => `${docComment(doc)}export const ${name} = ${literal(value)} as const satisfies Readonly<Record<string, ${type}>>;\n`;

export function generateWalkTables() {
  const files = loadKsyFiles();
  const structures = readStructures(files);
  const schemas = loadSchemas(readSchemaSources());
  const text = [
    'import type { WalkEnum, WalkStructure, WalkTable } from "../walk-types.js";\n',
    constant("WALK_STRUCTURES", "WalkStructure", "Structures of spec/sst by name, their fields in file order.", walkStructures(structures, files)),
    constant("WALK_TABLES", "WalkTable", "FlatBuffers tables of spec/fbs by name, their fields by slot.", walkTables(schemas)),
    constant("WALK_ENUMS", "WalkEnum", "Names of the values of FlatBuffers enums.", walkEnums(schemas)),
  ].join("\n");
  return [writeGenerated(join(generated, "walk-tables.ts"), ["sst/*.ksy", "fbs/*.fbs"], text)];
}
