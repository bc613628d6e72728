// What the house asks of a published package.json, and of what is in the tarball beside it.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { publishedPackages, TOP } from "./packages.mjs";

/** Files that every tarball has. */
const ALWAYS = ["LICENSE", "README.md", "package.json"];

/** What no tarball has: tests, what only the compiler reads, API reports. */
const NEVER = /(^|\/)(test|api|scripts|mutation|node_modules)\/|\.tsbuildinfo$|(^|\/)tsconfig[^/]*\.json$|\.test\.[cm]?[jt]s$/;

/**
 * @param {import("./packages.mjs").Package} of
 * @param {import("./pack.mjs").Packed} packed
 * @returns {string[]} what is wrong, a sentence each
 */
export function checkManifest({ manifest, folder, path, entries }, packed) {
  const root = JSON.parse(readFileSync(join(TOP, "package.json"), "utf8"));
  const files = new Set(packed.files.map((file) => file.path));
  /** @type {string[]} */
  const wrong = [];
  /** @param {boolean} holds @param {string} sentence */
  const ask = (holds, sentence) => holds || wrong.push(sentence);

  const siblings = new Map(publishedPackages().map((one) => [one.name, one.manifest["version"]]));
  ask(new Set(siblings.values()).size === 1, `versions move together, but there are ${[...new Set(siblings.values())].join(" and ")}`);
  ask(manifest["type"] === "module", '"type" is "module"');
  ask(manifest["license"] === root.license, `"license" is ${root.license}`);
  ask(Array.isArray(manifest["files"]), '"files" says what is packed');
  ask(typeof manifest["description"] === "string" && manifest["description"].length >= 20, '"description" is a sentence');
  ask(manifest["sideEffects"] === false, '"sideEffects" is false: importing does nothing');
  ask(manifest["engines"]?.node === root.engines.node, `"engines" asks for Node ${root.engines.node}`);
  ask(manifest["repository"]?.directory === folder && String(manifest["repository"]?.url).startsWith("git+https:"), `"repository" has a URL and the directory ${folder}`);
  ask(manifest["publishConfig"]?.access === "public" && manifest["publishConfig"].provenance === true, '"publishConfig" is public, with provenance');
  for (const [kind, names] of Object.entries({ dependencies: manifest["dependencies"], peerDependencies: manifest["peerDependencies"] })) {
    for (const [name, range] of Object.entries(names ?? {})) {
      const version = siblings.get(name);
      if (version !== undefined) ask(range === version, `${kind} has ${name} ${range}, which is ${version}`);
      else if (name.startsWith("@slate-sst/")) wrong.push(`${kind} has ${name}, which is not published`);
    }
  }
  for (const name of Object.keys(manifest["peerDependencies"] ?? {})) {
    ask(manifest["peerDependenciesMeta"]?.[name]?.optional === true, `the peer ${name} is optional`);
  }
  for (const name of ALWAYS) ask(files.has(name), `the tarball has ${name}`);
  ask(readFileSync(join(path, "LICENSE"), "utf8") === readFileSync(join(TOP, "LICENSE"), "utf8"), "LICENSE is that of the repository");
  for (const file of files) ask(!NEVER.test(file), `the tarball has ${file}`);
  const targets = entries.flatMap(({ source, types, default: code }) => [source, types, code]);
  const plain = Object.values(manifest["exports"] ?? {}).filter((target) => typeof target === "string");
  for (const target of [...targets, ...plain, ...Object.values(manifest["bin"] ?? {}), ...generatorFiles(path, manifest)]) {
    ask(files.has(String(target).replace(/^\.\//, "")), `${target} is in the tarball`);
  }
  return wrong;
}

/** The list of an Nx plugin's generators, and the code and options of each. @param {string} path @param {Record<string, any>} manifest @returns {string[]} */
export function generatorFiles(path, manifest) {
  if (manifest["generators"] === undefined) return [];
  /** @type {{ generators: Record<string, { factory: string, schema: string }> }} */
  const { generators } = JSON.parse(readFileSync(join(path, manifest["generators"]), "utf8"));
  return [manifest["generators"], ...Object.values(generators).flatMap(({ factory, schema }) => [`${factory}.js`, schema])];
}
