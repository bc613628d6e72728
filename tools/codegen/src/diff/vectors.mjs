// The vectors of another state, asked of the code as it is now.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { root } from "../output.mjs";

export const VECTORS = "packages/conformance/vectors";
const DECODER = "packages/conformance/dist/runner/hold-vectors.js";
const NX = "node_modules/nx/dist/bin/nx.js";

/** Of a build that fails. */
const ERRORS_SHOWN = 5;

/** Whether the vectors below a folder hold, with lines that say so; `holds` is undefined where they could not be asked. */
export function askVectors(folder) {
  // Nx tells what it starts about itself by variables, which another Nx must not hear.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("NX_") || name === "NX_CACHE_DIRECTORY"));
  const build = spawnSync(process.execPath, [join(root, NX), "build", "conformance"], { cwd: root, env, encoding: "utf8", maxBuffer: 1 << 28 });
  if (build.status !== 0 || !existsSync(join(root, DECODER))) return { holds: undefined, lines: buildLines(`${build.stdout}${build.stderr}`) };
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, DECODER), join(folder, VECTORS)], { cwd: root, encoding: "utf8", maxBuffer: 1 << 28 });
  return { holds: status === 0, lines: `${stdout}${stderr}`.trim().split("\n") };
}

/** What to do about a build that fails: the code does not follow the spec yet, or cannot be made of it. */
export function buildLines(said) {
  const errors = [...new Set(stripVTControlCharacters(said).split("\n").map((line) => line.trim()).filter((line) => /error TS\d+|^codegen: |Error: /.test(line)))].slice(0, ERRORS_SHOWN);
  const why = errors.some((line) => line.startsWith("codegen: "))
    ? "not asked: npm run codegen refuses the spec as it is now; mend what it names, and ask again"
    : "not asked: the code does not follow the spec yet; npm run typecheck names each place, such as those of a name that is gone. Let them follow, and ask again";
  return [why, ...errors];
}
