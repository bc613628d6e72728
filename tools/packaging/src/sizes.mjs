// The size of each package, as it is downloaded and as it lies on disk, and of what bundlers make of format and reader. Compared with what is
// committed: a package may not grow by more than the tolerance in silence, nor shrink, for then files are missing.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { bundle } from "./bundle.mjs";
import { publishedPackages, TOP } from "./packages.mjs";

const FILE = "tools/packaging/sizes.json";

/** Share of the committed size by which one may differ. */
const TOLERANCE = 0.05;

/** What is bundled, all exports of an entry, and measured minified and compressed by gzip. */
const BUNDLES = ["@slate-sst/format", "@slate-sst/reader"];

/**
 * @param {ReadonlyMap<string, import("./pack.mjs").Packed>} packed
 * @param {boolean} update
 * @returns {Promise<string[]>}
 */
export async function checkSizes(packed, update) {
  const now = {
    packages: Object.fromEntries([...packed.values()].map(({ name, packed: size, unpacked, files }) => [name, { packed: size, unpacked, files: files.length }])),
    bundles: Object.fromEntries(await Promise.all(BUNDLES.map(async (name) => [name, await bundleSizes(name)]))),
  };
  const path = join(TOP, FILE);
  const before = existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : { packages: {}, bundles: {} };
  /** @type {string[]} */
  const wrong = [];
  for (const [kind, of] of Object.entries(now)) {
    for (const name of new Set([...Object.keys(of), ...Object.keys(before[kind])])) {
      const [is, was] = [of[name], before[kind][name]];
      if (is === undefined || was === undefined) wrong.push(`${name}: ${FILE} and what is packed do not both have it`);
      else for (const what of Object.keys(is)) if (differs(is[what], was[what])) wrong.push(`${name}: ${what} is ${is[what]}, and was ${was[what]}`);
    }
  }
  if (!update) return wrong;
  if (wrong.length > 0) writeFileSync(path, `${JSON.stringify(now, null, 2)}\n`);
  return [];
}

/** @param {number} is @param {number} was */
const differs = (is, was) => Math.abs(is - was) > was * TOLERANCE;

/** @param {string} name */
async function bundleSizes(name) {
  const external = publishedPackages().flatMap(({ manifest }) => Object.keys(manifest["peerDependencies"] ?? {}));
  const code = await bundle(`export * from ${JSON.stringify(name)};`, { folder: join(TOP, "tools/packaging"), minify: true, external });
  return { minified: code.length, gzip: gzipSync(code, { level: 9 }).length };
}
