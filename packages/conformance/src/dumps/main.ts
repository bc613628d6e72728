// `node packages/conformance/dist/dumps/main.js`: writes dumps/; what is there already is replaced.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { makeDumps } from "./dumps.js";

const folder = fileURLToPath(new URL("../../dumps/", import.meta.url));
rmSync(folder, { recursive: true, force: true });
let bytes = 0;
const dumps = await makeDumps();
for (const [path, text] of dumps) {
  const target = join(folder, path);
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, text);
  bytes += Buffer.byteLength(text);
}
console.log(`${dumps.size} files, ${bytes} bytes in ${folder}`);
