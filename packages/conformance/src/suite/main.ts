// `node packages/conformance/dist/suite/main.js`: writes vectors/cases and vectors/files; what is there already is replaced. READMEs that tell how many cases
// there are tell it again.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadCases } from "../runner/cases.js";
import { tellCounts } from "./counts.js";
import { generateVectors } from "./generate.js";

const vectors = fileURLToPath(new URL("../../vectors/", import.meta.url));
for (const folder of ["cases", "files"]) rmSync(join(vectors, folder), { recursive: true, force: true });
let bytes = 0;
const files = await generateVectors();
for (const [path, content] of files) {
  const target = join(vectors, path);
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, content);
  bytes += content.length;
}
tellCounts(fileURLToPath(new URL("../../../../", import.meta.url)), loadCases());
console.log(`${files.size} files, ${bytes} bytes in ${vectors}`);
