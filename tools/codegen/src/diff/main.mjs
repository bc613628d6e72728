// `nx run spec:diff --against REF`, or `node tools/codegen/src/diff/main.mjs --against REF`: what the present spec means for the files, readers and
// programs of another state of this repository. Exit code 0: everything is compatible, or kept apart by a higher format version. 1: something
// is refused: what shipped files contain or programs go by was removed, renumbered or changed, or an existing vector does not hold any more.
// 2: it could not be compared, or the present spec does not hold together, so that no code can be made of it; what can be compared is told then, too.
// The specs are compared first, without a build. Only where nothing is refused, the vectors are asked, of the sources as they are then built.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { root } from "../output.mjs";
import { judge } from "./judge.mjs";
import { askVectors, VECTORS } from "./vectors.mjs";

class UsageError extends Error {}

function options() {
  try {
    const { values } = parseArgs({ options: { against: { type: "string" }, vectors: { type: "string", default: "yes" } } });
    if (values.against === undefined) throw new Error("--against REF is missing: a commit, branch or tag");
    if (values.vectors !== "yes" && values.vectors !== "no") throw new Error("--vectors is yes or no");
    return values;
  } catch (error) {
    throw new UsageError(error.message);
  }
}

/** Unpacks folders of a commit. */
function checkOut(ref, folders, into) {
  const commit = spawnSync("git", ["rev-parse", "--verify", "--short", `${ref}^{commit}`], { cwd: root, encoding: "utf8" });
  if (commit.status !== 0) throw new UsageError(`there is no commit ${ref}`);
  for (const folder of folders) {
    const archive = spawnSync("git", ["archive", "--format=tar", commit.stdout.trim(), folder], { cwd: root, maxBuffer: 1 << 30 });
    if (archive.status !== 0) throw new UsageError(`${ref} has no ${folder}`);
    const tar = spawnSync("tar", ["-x", "-C", into], { input: archive.stdout });
    if (tar.status !== 0) throw new UsageError(`tar: ${tar.stderr.toString()}`);
  }
  return commit.stdout.trim();
}

function main() {
  const { against, vectors } = options();
  const folder = mkdtempSync(join(tmpdir(), "slate-sst-spec-diff-"));
  try {
    const commit = checkOut(against, ["spec", ...(vectors === "yes" ? [VECTORS] : [])], folder);
    const { text, exitCode } = judge(folder, root, { against, commit, ...(vectors === "yes" ? { ask: () => askVectors(folder) } : {}) });
    process.stdout.write(text);
    return exitCode;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

try {
  process.exitCode = main();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`spec:diff: ${error.message}`);
  process.exitCode = 2;
}
