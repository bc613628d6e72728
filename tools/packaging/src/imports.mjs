// Everything that built code and its types import is declared: a package of the registry in package.json, by a module that is there.
import { readdirSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { join } from "node:path";
import ts from "typescript";

/** Packages that are looked for, not imported: text in `import()` that stands in a variable is not seen at all. */
const BUILT_IN = new Set(builtinModules);

/**
 * @param {import("./packages.mjs").Package} of
 * @returns {string[]}
 */
export function checkImports({ path, manifest, name }) {
  const runtime = new Set([name, ...Object.keys({ ...manifest["dependencies"], ...manifest["peerDependencies"], ...manifest["optionalDependencies"] })]);
  /** @type {Set<string>} */
  const wrong = new Set();
  for (const file of readdirSync(join(path, "dist"), { recursive: true, encoding: "utf8" })) {
    if (!/\.(js|d\.ts)$/.test(file)) continue;
    const { importedFiles } = ts.preProcessFile(readFileSync(join(path, "dist", file), "utf8"), true, true);
    for (const { fileName } of importedFiles) {
      if (fileName.startsWith(".")) continue;
      const imported = fileName.split("/").slice(0, fileName.startsWith("@") ? 2 : 1).join("/");
      if (fileName.startsWith("node:") || BUILT_IN.has(imported) || runtime.has(imported)) continue;
      wrong.add(`dist/${file} imports ${imported}, which package.json does not declare`);
    }
  }
  return [...wrong];
}
