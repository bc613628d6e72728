// Constants, errors, rules and telemetry: what their generators refuse, and entries that no code and no vector uses.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readConstants } from "../constants.mjs";
import { readErrors } from "../errors.mjs";
import { readSpec, readSpecYaml, root } from "../output.mjs";
import { readRules } from "../rules.mjs";
import { readTelemetry } from "../telemetry.mjs";

/** Words of all hand-written sources of the packages below `folders`, with what stands between quotation marks as one word, too. */
function wordsOf(folders) {
  const words = new Set();
  for (const folder of folders) {
    const top = join(root, folder);
    if (!existsSync(top)) continue;
    for (const entry of readdirSync(top, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || !/\.(ts|mjs)$/.test(entry.name) || entry.parentPath.split(/[\\/]/).some((part) => part === "generated" || part === "node_modules" || part === "dist")) continue;
      for (const [word] of readFileSync(join(entry.parentPath, entry.name), "utf8").matchAll(/[A-Z]\d+\.\d+|\w+/g)) words.add(word);
    }
  }
  return words;
}

const sources = (() => {
  const packages = readdirSync(join(root, "packages")).filter((name) => name !== "conformance");
  let words;
  return () => (words ??= wordsOf([...packages.map((name) => `packages/${name}/src`), "packages/format/assembly", "tools/codegen/src"]));
})();

const lineOf = (file, key) => `${file}:${readSpec(file).split("\n").findIndex((line) => line.trimStart().startsWith(`${key}:`)) + 1}`;

export function checkConstants() {
  const file = "constants.yaml";
  const constants = readConstants();
  const ofRules = new Set([...readSpec("rules.yaml").matchAll(/\{([A-Z0-9_]+)\}/g)].map(([, name]) => name));
  const problems = [];
  for (const entries of Object.values(readSpecYaml(file))) {
    for (const [name, { inverse, enum: from, of, source }] of Object.entries(entries)) {
      if (from !== undefined && of === undefined && source !== "ours") problems.push(`${lineOf(file, name)}: ${name} does not say by of which names of ${from} it is ${source} of`);
      const isUsed = [name, inverse].some((one) => one !== undefined && (sources().has(one.toUpperCase()) || ofRules.has(one.toUpperCase())));
      if (!isUsed) problems.push(`${lineOf(file, name)}: no source and no rule uses ${name}`);
    }
  }
  for (const [name, { doc, literal }] of constants) if (literal !== undefined && typeof doc !== "string") problems.push(`${file}: ${name} has no doc`);
  return problems;
}

export function checkErrors() {
  const file = "errors.yaml";
  return readErrors().filter(({ code }) => !sources().has(code)).map(({ code }) => `${lineOf(file, code)}: no source uses ${code}`);
}

/** A rule is used when the verifier names it, and when there is a vector that breaks it, or it says why there can be none. */
export function checkRules() {
  const file = "rules.yaml";
  const { rules } = readRules();
  const named = wordsOf(["packages/verify/src"]);
  const cases = join(root, "packages/conformance/vectors/cases");
  const vectors = existsSync(cases) ? readdirSync(cases).map((name) => readFileSync(join(cases, name), "utf8")).join("\n") : "";
  return [...rules].flatMap(([id, { implied }]) => [
    ...(named.has(id) ? [] : [`${lineOf(file, id)}: no source of packages/verify names ${id}`]),
    ...(vectors.includes(`"rule":"${id}"`) || implied !== undefined ? [] : [`${lineOf(file, id)}: no vector breaks ${id}`]),
  ]);
}

export function checkTelemetry() {
  const file = "telemetry.yaml";
  const { events, warnings, metrics, spans } = readTelemetry();
  const words = wordsOf(["packages/writer/src"]);
  const names = [...Object.keys(events), ...Object.keys(warnings), ...Object.keys(metrics), ...Object.keys(spans)];
  return names.filter((name) => !words.has(name)).map((name) => `${lineOf(file, name)}: no source of packages/writer uses ${name}`);
}
