// A user's project: an empty folder outside the workspace, into which npm installs the tarballs. Optional peers stay away, but for the two codecs
// that browsers need a package for.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { libraries, TOP } from "../packages.mjs";

/** Optional peers that the project does install. */
export const INSTALLED_PEERS = ["@hazae41/foras", "@bokuweb/zstd-wasm"];

/**
 * @param {readonly string[]} tarballs
 * @returns {string} the project's folder
 */
export function installProject(tarballs) {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "slate-sst-install-")));
  writeFileSync(join(folder, "package.json"), '{ "name": "a-user", "private": true, "type": "module" }\n');
  const { peerDependencies } = readJson(join(TOP, "packages/format/package.json"));
  const codecs = INSTALLED_PEERS.map((name) => `${name}@${peerDependencies[name]}`);
  install(folder, ["--no-package-lock", ...tarballs, ...asHere(["typescript", "@types/node"]), ...codecs]);
  return folder;
}

/** @param {string} folder @param {readonly string[]} what */
export function install(folder, what) {
  const options = ["--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error"];
  const { status, stderr, stdout } = spawnSync("npm", ["install", ...options, ...what], { cwd: folder, encoding: "utf8" });
  if (status !== 0) throw new Error(`npm install failed:\n${stdout}${stderr}`);
}

/**
 * What npm was to bring and what not: each package, none from the workspace, and no optional peer that nobody asked for.
 * @param {string} project
 * @returns {string[]}
 */
export function checkInstalled(project) {
  const packages = libraries();
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

/** Packages as npm takes them, in the versions of this workspace. @param {readonly string[]} names */
export const asHere = (names) => names.map((name) => `${name}@${readJson(join(TOP, "package.json")).devDependencies[name]}`);

/** @param {string} path */
function readJson(path) {
  return JSON.parse(readFileSync(path, "utf8"));
}
