// `nx run spec:diff --against REF`, or `node tools/codegen/src/diff/main.mjs --against REF`: what the present spec means for the files, readers and
// programs of another state of this repository. Exit code 0: everything is compatible, or kept apart by a higher format version. 1: something
// that shipped files contain was removed, renumbered or changed, or an existing vector does not hold any more. 2: it could not be compared.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { root } from "../output.mjs";
import { bufEnvironment, protoModule } from "../proto.mjs";
import { compareSpecs } from "./compare.mjs";
import { readModel } from "./model.mjs";
import { reportText, verdictLines } from "./report.mjs";

const VECTORS = "packages/conformance/vectors";
const DECODER = "packages/conformance/dist/runner/hold-vectors.js";

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

function protoLines(folder) {
  const { status, stdout, stderr, error } = spawnSync("buf", ["breaking", protoModule, "--against", join(folder, protoModule)], { ...bufEnvironment(), encoding: "utf8" });
  if (error !== undefined) throw error;
  return { isBroken: status !== 0, lines: status === 0 ? ["buf breaking: nothing is broken"] : `${stdout}${stderr}`.trim().split("\n") };
}

/** The other state's vectors, asked of the code as it is now. */
function vectorLines(folder) {
  if (!existsSync(join(root, DECODER))) return { isBroken: true, lines: [`not asked: build first (npx nx build conformance), or leave them out with --vectors no`] };
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, DECODER), join(folder, VECTORS)], { cwd: root, encoding: "utf8", maxBuffer: 1 << 28 });
  return { isBroken: status !== 0, lines: `${stdout}${stderr}`.trim().split("\n") };
}

function main() {
  const { against, vectors } = options();
  const folder = mkdtempSync(join(tmpdir(), "slate-sst-spec-diff-"));
  try {
    const commit = checkOut(against, ["spec", ...(vectors === "yes" ? [VECTORS] : [])], folder);
    const [before, after] = [readModel(join(folder, "spec")), readModel(join(root, "spec"))];
    const findings = compareSpecs(before, after);
    const proto = protoLines(folder);
    const held = vectors === "yes" ? vectorLines(folder) : { isBroken: false, lines: ["left out"] };
    const verdict = verdictLines(findings, { versionsBefore: [...before.versions.keys()], versionsAfter: [...after.versions.keys()], defaultVersion: Number(after.constants.get("DEFAULT_FORMAT_VERSION")) });
    process.stdout.write(reportText(`spec/ against ${against} (${commit})`, findings, [
      { name: "Protobuf contracts", lines: proto.lines }, { name: `Vectors of ${against}`, lines: held.lines }, { name: "Verdict", lines: verdict },
    ]));
    return findings.some(({ weight }) => weight === "refused") || proto.isBroken || held.isBroken ? 1 : 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

try {
  process.exitCode = main();
} catch (error) {
  if (!(error instanceof UsageError) && error.name !== "SpecError") throw error;
  console.error(`spec:diff: ${error.message}`);
  process.exitCode = 2;
}
