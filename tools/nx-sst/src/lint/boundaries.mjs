// Holds the direction of imports between packages: `node tools/nx-sst/src/lint/boundaries.mjs packages/NAME`.
// Looks at the imports of the package's hand-written sources and at the dependencies of its package.json.
import { readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { join } from "node:path";
import ts from "typescript";
import { placeOf, readSources, report, startedOn, top } from "./sources.mjs";

const SCOPE = "@slate-sst/";

/** Packages without I/O: they run in a browser, so they import nothing of Node's. */
const PURE = ["format"];

/** What lies below the tools that end a chain of imports. */
const LIBRARIES = ["format", "object-store", "object-store-*", "writer", "reader", "ingest", "verify"];

/**
 * Which packages a package may import; `*` stands for any ending. No list holds `conformance` or `cli`: nothing imports them.
 * @type {Readonly<Record<string, readonly string[]>>}
 */
const MAY_IMPORT = {
  format: [],
  "object-store": ["format"],
  "object-store-*": ["format", "object-store"],
  writer: ["format", "object-store"],
  reader: ["format", "object-store"],
  ingest: ["format", "object-store", "writer", "reader"],
  verify: ["format", "object-store", "writer", "reader"],
  cli: LIBRARIES,
  conformance: LIBRARIES,
};

/**
 * @typedef {import("./sources.mjs").Source} Source
 * @typedef {import("./sources.mjs").Finding} Finding
 * @typedef {{ name: string, private?: boolean, dependencies?: Record<string, string>, devDependencies?: Record<string, string>, peerDependencies?: Record<string, string> }} Manifest
 */

/**
 * @param {string} pattern
 * @param {string} name
 */
const matches = (pattern, name) => (pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern);

/**
 * Checks one package. `manifest` is its package.json as a source, so that findings can name a line.
 * @param {Source} manifest
 * @param {readonly Source[]} sources
 * @returns {Finding[]}
 */
export function checkBoundaries(manifest, sources) {
  /** @type {Manifest} */
  const declared = JSON.parse(manifest.text);
  const name = declared.name.replace(SCOPE, "");
  const known = Object.keys(MAY_IMPORT).find((pattern) => matches(pattern, name));
  if (known === undefined) {
    const message = `package "${name}" has no place in the order of imports: add it to MAY_IMPORT in tools/nx-sst/src/lint/boundaries.mjs`;
    return [{ path: manifest.path, line: 1, column: 1, message }];
  }
  const allowed = MAY_IMPORT[known] ?? [];
  /** @param {string} specifier */
  const refuses = (specifier) => {
    const target = packageOf(specifier);
    if (!target.startsWith(SCOPE) || target === declared.name) return false;
    return !allowed.some((pattern) => matches(pattern, target.slice(SCOPE.length)));
  };
  const order = allowed.length === 0 ? `${name} imports no other package` : `${name} may import ${allowed.join(", ")}`;

  /** @type {Finding[]} */
  const findings = [];
  const installed = { ...declared.dependencies, ...declared.peerDependencies };
  const all = { ...installed, ...declared.devDependencies };
  for (const dependency of Object.keys(all).filter(refuses)) {
    const place = placeOf(manifest.text, manifest.text.indexOf(`"${dependency}"`));
    findings.push({ path: manifest.path, ...place, message: `depends on ${dependency}; ${order}` });
  }
  for (const { path, text } of sources) {
    for (const { fileName: specifier, pos } of ts.preProcessFile(text, true, true).importedFiles) {
      const problem = problemOf(specifier, path);
      if (problem !== undefined) findings.push({ path, ...placeOf(text, pos), message: problem });
    }
  }
  return findings;

  /**
   * @param {string} specifier
   * @param {string} importer
   * @returns {string | undefined}
   */
  function problemOf(specifier, importer) {
    if (specifier.startsWith(".")) {
      const root = `${importer.split("/").slice(0, 2).join("/")}/src/`;
      if (join(importer, "..", specifier).startsWith(root)) return undefined;
      return `imports ${specifier}, which lies outside ${root}: import the package by its name`;
    }
    if (specifier.startsWith("node:") || builtinModules.includes(specifier)) {
      return PURE.includes(name) ? `imports ${specifier}; ${name} runs in a browser and imports nothing of Node's` : undefined;
    }
    if (refuses(specifier)) return `imports ${specifier}; ${order}`;
    const target = packageOf(specifier);
    if (target === declared.name || target in (declared.private === true ? all : installed)) return undefined;
    return `imports ${specifier}, which is not among the dependencies or peerDependencies of ${manifest.path}`;
  }
}

/**
 * The package's name out of an import such as `@scope/name/part`.
 * @param {string} specifier
 */
const packageOf = (specifier) => specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");

const project = startedOn(import.meta.url);
if (project !== undefined) {
  const path = `${project}/package.json`;
  report(checkBoundaries({ path, text: readFileSync(join(top, path), "utf8") }, readSources(project)));
}
