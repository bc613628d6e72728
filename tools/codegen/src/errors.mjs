// spec/errors.yaml -> the union of error codes and their catalogue.
import { join } from "node:path";
import { docComment, generated, readSpecYaml, SpecError, writeGenerated } from "./output.mjs";

const classes = new Set(["error", "type", "range"]);

const source = "errors.yaml";

/** All codes in their order: code, class, doc. */
export function readErrors() {
  const sections = readSpecYaml(source);
  const entries = [];
  for (const [section, codes] of Object.entries(sections)) {
    if (codes === null || typeof codes !== "object") throw new SpecError(`${source}: ${section}`, "is not a map of codes");
    for (const [code, entry] of Object.entries(codes)) {
      const where = `${source}: ${section}.${code}`;
      if (!/^ERR_(SST|STORE)_[A-Z0-9_]+$/.test(code)) throw new SpecError(where, "a code is ERR_SST_… or ERR_STORE_…");
      if (entry === null || typeof entry !== "object") throw new SpecError(where, "is a class and a doc");
      const unknown = Object.keys(entry).filter((key) => key !== "class" && key !== "doc");
      if (unknown.length > 0) throw new SpecError(where, `unknown keys ${unknown.join(", ")}`);
      if (!classes.has(entry.class)) throw new SpecError(where, `class is one of ${[...classes].join(", ")}`);
      if (typeof entry.doc !== "string") throw new SpecError(where, "doc is missing");
      if (entries.some((other) => other.code === code)) throw new SpecError(where, "is there twice");
      entries.push({ code, ...entry });
    }
  }
  return entries;
}

export function generateErrors() {
  const entries = readErrors();
  const union = (prefix) => entries.filter(({ code }) => code.startsWith(prefix)).map(({ code }) => `  | "${code}"`).join("\n");
  const text =
    docComment("Codes of format, writer, reader and ingest errors.") + `export type ErrorCode =\n${union("ERR_SST_")};\n\n` +
    docComment("Codes of object store errors.") + `export type StoreErrorCode =\n${union("ERR_STORE_")};\n\n` +
    docComment("What each code means.") +
    `export const ERROR_CATALOGUE: Readonly<Record<ErrorCode | StoreErrorCode, string>> = {\n` +
    entries.map(({ code, doc }) => `  ${code}: ${JSON.stringify(doc)},\n`).join("") + "};\n";
  return [writeGenerated(join(generated, "errors.ts"), [source], text)];
}
