// The page of packages: what each is, what it exports, and how large it is, from package.json and from the sizes that CI guards.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { pageOf } from "../links.mjs";
import { cell, code, pageHead, table } from "../markdown.mjs";
import { has, read, ROOT } from "../repository.mjs";

const SIZES = "tools/packaging/sizes.json";
const PAGE = "reference/packages/";

/** @typedef {{ folder: string, name: string, description: string, private?: boolean, exports?: Record<string, unknown>, bin?: Record<string, string>, engines: { node: string } }} Manifest */

/** @returns {Manifest[]} */
function published() {
  const folders = ["packages", "tools"].flatMap((group) => readdirSync(join(ROOT, group)).sort().map((name) => `${group}/${name}`));
  return folders.filter((folder) => has(`${folder}/package.json`)).map((folder) => ({ folder, ...JSON.parse(read(`${folder}/package.json`)) })).filter((manifest) => manifest.private !== true);
}

/** @param {number} bytes */
const kib = (bytes) => `${Math.round(bytes / 1024).toLocaleString("en-US")} KiB`;

/** @param {Manifest} manifest */
function link({ folder, name }) {
  const page = pageOf(`${folder}/README.md`) ?? "";
  return `[${code(name)}](${page.startsWith(PAGE) ? `./${page.slice(PAGE.length)}` : `../../${page}`})`;
}

export function packagesPage() {
  const { packages, bundles } = JSON.parse(read(SIZES));
  const manifests = published();
  const what = manifests.map((one) => [link(one), cell(one.description), [...Object.keys(one.exports ?? {}).filter((key) => key !== "." && !key.endsWith(".json")).map((key) => code(one.name + key.slice(1))), ...Object.keys(one.bin ?? {}).map((name) => `${code(name)}, a command`)].join(", ")]);
  const sizes = manifests.map(({ name }) => [code(name), kib(packages[name].packed), kib(packages[name].unpacked), String(packages[name].files)]);
  const bundled = Object.entries(bundles).map(([name, { minified, gzip }]) => [code(name), kib(minified), kib(gzip)]);
  return `${pageHead("Packages")}All have one version, are ES modules with types, and run on Node ${cell(manifests[0]?.engines.node ?? "")}. What a user may not need (codecs, clouds, DuckDB) is an optional peer.

${table(["package", "what it is", "more entries, and commands"], what)}
## Sizes

As npm downloads them, as they lie on disk, and how many files. CI packs all packages, and fails where one differs from this by more than 5 %.

${table(["package", "packed", "unpacked", "files"], sizes)}
In a browser, all exports of an entry, bundled by esbuild. Both decode SSTs of every codec there: CI asks headless Chromium, and Node 20 and 24, for the same rows.

${table(["entry", "minified", "gzip"], bundled)}`;
}
