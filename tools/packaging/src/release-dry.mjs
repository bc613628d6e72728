// `npm run release:dry`: what would be published, without publishing it. Versions come from the changesets, by the same code that `changeset version` runs;
// tarballs are packed as they are. Says too what would hinder: a dirty tree, a repository address that is not this clone's.
import { spawnSync } from "node:child_process";
import { packAll } from "./pack.mjs";
import { publishedPackages, TOP } from "./packages.mjs";
import { releasePlan } from "./release-plan.mjs";

const plan = await releasePlan(TOP);
const packages = publishedPackages();
const packed = packAll();
const planned = new Map(plan.releases.map((release) => [release.name, release]));

const versions = new Set(packages.map(({ name, manifest }) => planned.get(name)?.newVersion ?? manifest["version"]));
if (versions.size !== 1) throw new Error(`versions move together, but these would be published: ${[...versions].join(", ")}`);
console.log(`${packages.length} packages as version ${[...versions][0]}, by ${plan.changesets.length} changesets:\n`);
for (const { name, manifest } of packages) {
  const { packed: size = 0, unpacked = 0, files = [] } = packed.get(name) ?? {};
  const next = planned.get(name);
  const step = next === undefined ? `${manifest["version"]}, unchanged` : `${next.oldVersion} -> ${next.newVersion} (${next.type})`;
  console.log(`  ${name.padEnd(32)} ${step.padEnd(26)} ${kib(size)} KiB, ${kib(unpacked)} KiB unpacked, ${files.length} files`);
}
for (const { summary } of plan.changesets) console.log(`\n  - ${summary.trim().replaceAll("\n", "\n    ")}`);

console.log("\nBefore publishing:");
const dirty = git("status", "--porcelain");
if (dirty !== "") console.log("  commit or remove what git status shows");
const told = packages[0]?.manifest["repository"].url.replace(/^git\+/, "").replace(/\.git$/, "");
const origin = git("remote", "get-url", "origin").replace(/\.git$/, "");
if (origin !== told) console.log(`  provenance binds packages to ${told}; this clone's origin is ${origin === "" ? "nowhere" : "another"}`);
console.log("  npm run package:check && npm run install:check, then npx changeset version, and npx changeset publish where the registry trusts the job (provenance)");

/** @param {number} bytes */
function kib(bytes) {
  return (bytes / 1024).toFixed(0).padStart(5);
}

/** What git says; nothing when it refuses. @param {...string} parameters */
function git(...parameters) {
  const { status, stdout } = spawnSync("git", parameters, { cwd: TOP, encoding: "utf8" });
  return status === 0 ? stdout.trim() : "";
}
