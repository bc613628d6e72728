// The packages that are published: every folder of packages/ and tools/ whose package.json is not private.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The workspace's folder. */
export const TOP = fileURLToPath(new URL("../../..", import.meta.url));

/** What the checks leave behind: tarballs, API reports to compare. */
export const CACHE = join(TOP, ".cache/packaging");

/**
 * One entry of a package's `exports`.
 * @typedef {{ readonly key: string, readonly name: string, readonly source: string, readonly types: string, readonly default: string }} Entry
 *
 * @typedef {{ readonly folder: string, readonly path: string, readonly manifest: Record<string, any>, readonly name: string, readonly entries: readonly Entry[] }} Package
 */

/** @returns {Package[]} in the order of their folders' names */
export function publishedPackages() {
  return ["packages", "tools"]
    .flatMap((group) => readdirSync(join(TOP, group)).map((name) => `${group}/${name}`))
    .filter((folder) => existsSync(join(TOP, folder, "package.json")))
    .map(readPackage)
    .filter(({ manifest }) => manifest["private"] !== true);
}

/** Those that programs import and run; the other one is a plugin for Nx workspaces. */
export const libraries = () => publishedPackages().filter(({ manifest }) => manifest["generators"] === undefined);

/** @param {string} folder @returns {Package} */
function readPackage(folder) {
  const path = join(TOP, folder);
  const manifest = JSON.parse(readFileSync(join(path, "package.json"), "utf8"));
  // Files that are exported as they are have no types and no API.
  const modules = Object.entries(manifest.exports ?? {}).filter(([, conditions]) => typeof conditions === "object");
  const entries = modules.map(([key, conditions]) => ({
    key,
    name: key === "." ? manifest.name : `${manifest.name}/${key.slice(2)}`,
    source: conditions["@slate-sst/source"],
    types: conditions.types,
    default: conditions.default,
  }));
  return { folder, path, manifest, name: manifest.name, entries };
}
