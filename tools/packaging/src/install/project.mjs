// A user's project: an empty folder outside the workspace, into which npm installs the tarballs. Optional peers stay away, but for the two codecs
// that browsers need a package for.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { publishedPackages, TOP } from "../packages.mjs";

/** Optional peers that the project does install. */
export const INSTALLED_PEERS = ["@hazae41/foras", "@bokuweb/zstd-wasm"];

/**
 * @param {readonly string[]} tarballs
 * @returns {string} the project's folder
 */
export function installProject(tarballs) {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "slate-sst-install-")));
  writeFileSync(join(folder, "package.json"), '{ "name": "a-user", "private": true, "type": "module" }\n');
  const tools = ["typescript", "@types/node"].map((name) => `${name}@${readJson(join(TOP, "package.json")).devDependencies[name]}`);
  const { peerDependencies } = readJson(join(TOP, "packages/format/package.json"));
  const codecs = INSTALLED_PEERS.map((name) => `${name}@${peerDependencies[name]}`);
  const options = ["--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel", "error"];
  const { status, stderr, stdout } = spawnSync("npm", ["install", ...options, ...tarballs, ...tools, ...codecs], { cwd: folder, encoding: "utf8" });
  if (status !== 0) throw new Error(`npm install failed:\n${stdout}${stderr}`);
  return folder;
}

/**
 * What npm was to bring and what not: each package, none from the workspace, and no optional peer that nobody asked for.
 * @param {string} project
 * @returns {string[]}
 */
export function checkInstalled(project) {
  const packages = publishedPackages();
  /** @type {string[]} */
  const wrong = [];
  for (const { name, manifest } of packages) {
    const folder = join(project, "node_modules", name);
    if (!existsSync(folder)) wrong.push(`${name} was not installed`);
    else if (realpathSync(folder) !== folder) wrong.push(`${name} is a link to ${realpathSync(folder)}`);
    for (const peer of Object.keys(manifest["peerDependencies"] ?? {})) {
      const needed = INSTALLED_PEERS.includes(peer) || packages.some((one) => one.manifest["dependencies"]?.[peer] !== undefined);
      if (!needed && existsSync(join(project, "node_modules", peer))) wrong.push(`${name} brought its optional peer ${peer}`);
    }
  }
  return wrong;
}

/** @param {string} path */
function readJson(path) {
  return JSON.parse(readFileSync(path, "utf8"));
}
