// The packages that are published: every folder of packages/ whose package.json is not private.
import { readdirSync, readFileSync } from "node:fs";
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
  return readdirSync(join(TOP, "packages"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => readPackage(`packages/${name}`))
    .filter(({ manifest }) => manifest["private"] !== true);
}

/** @param {string} folder @returns {Package} */
function readPackage(folder) {
  const path = join(TOP, folder);
  const manifest = JSON.parse(readFileSync(join(path, "package.json"), "utf8"));
  const entries = Object.entries(manifest.exports ?? {}).map(([key, conditions]) => ({
    key,
    name: key === "." ? manifest.name : `${manifest.name}/${key.slice(2)}`,
    source: conditions["@slate-sst/source"],
    types: conditions.types,
    default: conditions.default,
  }));
  return { folder, path, manifest, name: manifest.name, entries };
}
