// spec/fbs/*.fbs -> packages/format/src/generated/fbs: types, writers with SlateDB's bytes, checked readers.
import { join } from "node:path";
import { generated, listSpec, readSpec, SpecError, writeGenerated } from "../output.mjs";
import { emitEnum, emitInterface, emitUnion } from "./emit-types.mjs";
import { emitReader, emitRootReader, emitUnionReader } from "./emit-readers.mjs";
import { emitRootWriter, emitWriter } from "./emit-writers.mjs";
import { compileWithFlatc } from "./flatc.mjs";
import { Module, moduleName } from "./module.mjs";
import { parseSchema } from "./parser.mjs";
import { resolveSchemas } from "./schema.mjs";

/** Every file of a file's includes, itself first. */
function includesOf(schema, byFile, found = new Set()) {
  if (found.has(schema.file)) return found;
  found.add(schema.file);
  for (const name of schema.includes) {
    const included = byFile.get(`fbs/${name}`);
    if (included === undefined) throw new SpecError(schema.file, `includes ${name}, which is not there`);
    includesOf(included, byFile, found);
  }
  return found;
}

function emitType(module, type) {
  if (type.kind === "enum") return emitEnum(module, type);
  if (type.kind === "union") {
    emitUnion(module, type);
    return emitUnionReader(module, type);
  }
  emitInterface(module, type);
  emitWriter(module, type);
  return emitReader(module, type);
}

/** The module of one schema file. */
export function emitModule(schema) {
  const module = new Module(schema);
  for (const type of schema.types) emitType(module, type);
  if (schema.root !== undefined) {
    emitRootWriter(module, schema.root);
    emitRootReader(module, schema.root);
  }
  return module.text();
}

/** Parsed and resolved schemas of `{ file name -> text }`. */
export function loadSchemas(sources) {
  return resolveSchemas([...sources].map(([file, text]) => parseSchema(file, text)));
}

/** Texts of all schema files by their names. */
export function readSchemaSources() {
  const names = listSpec("fbs").filter((name) => name.endsWith(".fbs"));
  return new Map(names.map((name) => [`fbs/${name}`, readSpec(`fbs/${name}`)]));
}

export async function generateFlatBuffers() {
  const sources = readSchemaSources();
  const schemas = loadSchemas(sources);
  const byFile = new Map(schemas.map((schema) => [schema.file, schema]));
  await compileWithFlatc(schemas, sources);
  return schemas.filter(({ types }) => types.length > 0).map((schema) =>
    writeGenerated(join(generated, "fbs", `${moduleName(schema.file)}.ts`), [...includesOf(schema, byFile)], emitModule(schema)));
}
