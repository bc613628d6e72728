// `npm run package:check`: what is published is what it should be. Packs every package once and looks at manifests, imports, types, API reports and
// sizes. `--update` writes API reports and sizes instead of comparing them (`npm run package:update`).
import { checkApi } from "./api.mjs";
import { checkImports } from "./imports.mjs";
import { checkManifest } from "./manifests.mjs";
import { packAll } from "./pack.mjs";
import { publishedPackages } from "./packages.mjs";
import { checkSizes } from "./sizes.mjs";
import { checkTypes } from "./types.mjs";

const update = process.argv.includes("--update");
const packages = publishedPackages();
const packed = packAll();
let wrong = 0;

/** @param {string} what @param {() => string[] | Promise<string[]>} check */
async function run(what, check) {
  const started = performance.now();
  const problems = await check();
  wrong += problems.length;
  console.log(`${problems.length === 0 ? "ok   " : "WRONG"} ${((performance.now() - started) / 1000).toFixed(1).padStart(5)} s  ${what}`);
  for (const problem of problems) console.log(`    ${problem}`);
}

/** @param {(of: import("./packages.mjs").Package, packed: import("./pack.mjs").Packed) => string[] | Promise<string[]>} check */
const each = async (check) => {
  /** @type {string[]} */
  const found = [];
  for (const of of packages) {
    const own = packed.get(of.name);
    found.push(...(own === undefined ? ["was not packed"] : await check(of, own)).map((problem) => `${of.name}: ${problem}`));
  }
  return found;
};

await run("package.json and what is in the tarballs", () => each(checkManifest));
await run("imports are declared", () => each(checkImports));
await run("publint; are the types wrong", () => each(checkTypes));
await run(update ? "API reports, written" : "API reports", () => checkApi(packages, update));
await run(update ? "sizes, written" : "sizes", () => checkSizes(packed, update));
for (const { name, packed: size, unpacked, files } of packed.values()) {
  console.log(`${name.padEnd(32)} ${(size / 1024).toFixed(0).padStart(6)} KiB packed ${(unpacked / 1024).toFixed(0).padStart(7)} KiB unpacked ${String(files.length).padStart(5)} files`);
}
if (wrong > 0) console.log(`${wrong} problems. If an API or a size was meant to change: npm run package:update, and commit what it writes.`);
process.exitCode = wrong === 0 ? 0 : 1;
