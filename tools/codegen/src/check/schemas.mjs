// Kaitai, FlatBuffers and protobuf: what the generator refuses, what the stock compilers refuse, missing docs, and what nothing reaches.
import { spawnSync } from "node:child_process";
import Compiler from "kaitai-struct-compiler";
import { compileWithFlatc } from "../fbs/flatc.mjs";
import { loadSchemas, readSchemaSources } from "../fbs/generate.mjs";
import { loadKsyFiles, readStructures } from "../ksy/model.mjs";
import { readBlockVersions } from "../ksy/versions.mjs";
import { readSpecYaml, SpecError } from "../output.mjs";
import { bufEnvironment, protoModule } from "../proto.mjs";

const metaKeys = ["id", "title", "endian", "bit-endian", "imports", "file-extension"];

export async function checkKsy() {
  const files = loadKsyFiles();
  const structures = readStructures(files);
  readBlockVersions(files);
  const problems = [...files.values()].flatMap((file) => problemsOfKsy(file, files));
  if (files.get("sst")?.["-proven-versions"] === undefined) problems.push("sst/sst.ksy: -proven-versions is missing: the format versions that SlateDB has");
  const imported = new Set([...files.values()].flatMap(({ meta }) => meta.imports ?? []));
  for (const { meta, where } of files.values()) {
    if (!imported.has(meta.id) && !structures.some(({ source }) => source === where) && (meta["file-extension"] ?? "") === "") problems.push(`${where}: nothing imports it, and it makes no code`);
  }
  const load = (id) => readSpecYaml(`sst/${id}.ksy`);
  for (const [id, { where }] of files) {
    try {
      await Compiler.compile("javascript", load(id), { importYaml: async (name) => load(name) }, false);
    } catch (error) {
      problems.push(`${where}: the stock compiler refuses it: ${String(error.message ?? error).split("\n")[0]}`);
    }
  }
  return problems;
}

function problemsOfKsy({ meta, doc, where, types = {}, enums = {}, seq = [], instances = {} }, files) {
  const problems = [];
  const wanted = (text, place) => typeof text === "string" && text.trim() !== "" ? [] : problems.push(`${where}: ${place} has no doc`);
  for (const key of Object.keys(meta)) if (!metaKeys.includes(key)) problems.push(`${where}: key meta.${key} is not known`);
  if (typeof meta.title !== "string") problems.push(`${where}: meta.title is missing`);
  wanted(doc, "the file");
  for (const [name, type] of Object.entries(types)) wanted(type.doc, `types.${name}`);
  for (const [name, values] of Object.entries(enums)) for (const [value, one] of Object.entries(values)) wanted(one?.doc, `enums.${name}.${value}`);
  const text = JSON.stringify({ seq, instances, types });
  for (const name of Object.keys(types)) if (!mentions(text, name)) reachable(name, where, problems);
  for (const name of Object.keys(enums)) if (!mentions(text, name)) problems.push(`${where}: enums.${name} is used by nothing`);
  for (const name of meta.imports ?? []) {
    if (!files.has(name)) problems.push(`${where}: imports ${name}, which is not there`);
    else if (!mentions(text, name) && where !== "sst/sst.ksy") problems.push(`${where}: imports ${name} and does not use it`);
  }
  return problems;
}

const mentions = (text, name) => new RegExp(`"[^"]*\\b${name}\\b[^"]*"(?!:)`).test(text);

/** Types for callers that have read the FlatBuffers: nothing of the byte layout can refer to them. */
const forCallers = new Set(["layout", "data_block"]);

function reachable(name, where, problems) {
  if (!forCallers.has(name)) problems.push(`${where}: types.${name} is used by nothing`);
}

export async function checkFbs() {
  const sources = readSchemaSources();
  const schemas = loadSchemas(sources);
  await compileWithFlatc(schemas, sources);
  const used = new Set();
  const use = (type) => {
    if (type === undefined || used.has(type.name)) return;
    used.add(type.name);
    for (const { target } of type.fields ?? []) use(target);
    for (const member of type.members ?? []) use(member);
  };
  for (const { root } of schemas) use(root);
  const unused = schemas.flatMap(({ types }) => types).filter(({ name }) => !used.has(name));
  return unused.map(({ name, where }) => `${where}: no root type leads to ${name}`);
}

/** What buf lint and buf format say, a line each. */
export function checkProto() {
  return [["lint", protoModule], ["format", "-d", "--exit-code", protoModule]].flatMap((args) => {
    const { status, stdout, stderr, error } = spawnSync("buf", args, { ...bufEnvironment(), encoding: "utf8" });
    if (error !== undefined) throw new SpecError("proto", error.message);
    return status === 0 ? [] : `${stdout}${stderr}`.trim().split("\n").map((line) => line.replace(/^spec\//, ""));
  });
}
