// `npm run package:check`: what is published is what it should be. Packs every package once and looks at manifests, imports, types, API reports and
// sizes. `--update` writes API reports and sizes instead of comparing them (`npm run package:update`).
import { checkApi } from "./api.mjs";
import { checkImports } from "./imports.mjs";
import { checkManifest } from "./manifests.mjs";
import { packAll } from "./pack.mjs";
import { publishedPackages } from "./packages.mjs";
import { checkSizes } from "./sizes.mjs";
import { step } from "./steps.mjs";
import { checkTypes } from "./types.mjs";

const update = process.argv.includes("--update");
const packages = publishedPackages();
const packed = packAll();

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

await step("package.json and what is in the tarballs", () => each(checkManifest));
await step("imports are declared", () => each(checkImports));
await step("publint; are the types wrong", () => each(checkTypes));
await step(update ? "API reports, written" : "API reports", () => checkApi(packages, update));
await step(update ? "sizes, written" : "sizes", () => checkSizes(packed, update));
for (const { name, packed: size, unpacked, files } of packed.values()) {
  console.log(`${name.padEnd(32)} ${(size / 1024).toFixed(0).padStart(6)} KiB packed ${(unpacked / 1024).toFixed(0).padStart(7)} KiB unpacked ${String(files.length).padStart(5)} files`);
}
if (process.exitCode === 1) console.log("If an API or a size was meant to change: npm run package:update, and commit what it writes.");
