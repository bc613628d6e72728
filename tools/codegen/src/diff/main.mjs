// `nx run spec:diff --against REF`, or `node tools/codegen/src/diff/main.mjs --against REF`: what the present spec means for the files, readers and
// programs of another state of this repository. Exit code 0: everything is compatible, or kept apart by a higher format version. 1: something
// that shipped files contain was removed, renumbered or changed, or an existing vector does not hold any more. 2: it could not be compared.
// The specs are compared first, without a build. Only where nothing is refused, the vectors are asked, of the sources as they are then built.
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
const NX = "node_modules/nx/dist/bin/nx.js";

/** Of a build that fails. */
const ERRORS_SHOWN = 5;

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

/** The other state's vectors, asked of the code as it is now. What they are not asked of cannot be told to be compatible. */
function vectorLines(folder) {
  // Nx tells what it starts about itself by variables, which another Nx must not hear.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("NX_") || name === "NX_CACHE_DIRECTORY"));
  const build = spawnSync(process.execPath, [join(root, NX), "build", "conformance"], { cwd: root, env, encoding: "utf8", maxBuffer: 1 << 28 });
  if (build.status !== 0 || !existsSync(join(root, DECODER))) {
    const errors = `${build.stdout}${build.stderr}`.split("\n").filter((line) => /error TS\d+|Error: /.test(line)).slice(0, ERRORS_SHOWN);
    return { isBroken: true, lines: ["not asked: the sources do not build as they are now, which npm run typecheck tells in full", ...errors] };
  }
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
    const isRefused = findings.some(({ weight }) => weight === "refused") || proto.isBroken;
    const held = isRefused ? { isBroken: false, lines: ["not asked, since something is refused"] } : vectors === "yes" ? vectorLines(folder) : { isBroken: false, lines: ["left out"] };
    const verdict = verdictLines(findings, { versionsBefore: [...before.versions.keys()], versionsAfter: [...after.versions.keys()], defaultVersion: Number(after.constants.get("DEFAULT_FORMAT_VERSION")) });
    process.stdout.write(reportText(`spec/ against ${against} (${commit})`, findings, [
      { name: "Protobuf contracts", lines: proto.lines }, { name: `Vectors of ${against}`, lines: held.lines }, { name: "Verdict", lines: verdict },
    ]));
    return isRefused || held.isBroken ? 1 : 0;
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
