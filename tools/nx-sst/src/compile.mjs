// Compiles one package from nothing: `node tools/nx-sst/src/compile.mjs packages/NAME`. Old output goes first, so that `dist`
// follows from the sources alone; an incremental compile would keep files whose source is gone and not replace deleted ones.
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const [root] = process.argv.slice(2);
if (root === undefined) {
  console.error("compile: name the package's folder");
  process.exit(2);
}
rmSync(join(root, "dist"), { recursive: true, force: true });
rmSync(join(root, "tsconfig.tsbuildinfo"), { force: true });
const compiler = createRequire(import.meta.url).resolve("typescript/lib/tsc.js");
const { status } = spawnSync(process.execPath, [compiler, "-p", root], { stdio: "inherit" });
process.exit(status ?? 1);
