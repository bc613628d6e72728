// `node tools/nx-sst/src/walk.mjs [--keep] [--full]`, after a build: does in a copy of the repository what CONTRIBUTING.md says under "Change the format", command
// by command, and looks at what came of it: vectors, dumps and docs of the new version, field and codec are there, the new verifier knows the files, and the
// one of this repository, the old reader, refuses them. Then the generator that the walk has not used makes a store, which is built and tested.
// What takes long is run in part, as STAND_INS says; --full runs all of it whole.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { top } from "./lint/sources.mjs";
import { copyWorkspace, linkPackage } from "./workspace-copy.mjs";

const COMMANDS_MAX = 14;
/** Generators of what the section has no example of. The package is one of the installed ones that the format does not use yet. */
const OTHERS = [
  'npx nx g @slate-sst/nx:info-field --name remark --doc "What people say of it."',
  'npx nx g @slate-sst/nx:codec --name deflate --package fflate --packageVersion 0.8.3 --compress deflateSync --decompress inflateSync --doc "A raw DEFLATE stream."',
];
const { values: options } = parseArgs({ options: { keep: { type: "boolean", default: false }, full: { type: "boolean", default: false } } });

/** Of `npm test`: suites that a new version, field, rule or codec concerns. */
const QUICK = [
  ["packages/format", "block-encoder", "block-cursor", "codecs", "compression/rawsnap", "compression/deflate", "compression/load", "constants", "reference", "rules", "sst-info", "readme"],
  ["packages/verify", "forgeries"],
  ["tools/codegen", "spec-diff"],
  ["tools/nx-sst", "generators"],
  ["packages/conformance", "suite.test", "verify-coverage"],
];

/** @param {string} folder @param {...string} suites */
const vitest = (folder, ...suites) => `node node_modules/vitest/vitest.mjs run --root ${folder} --config ../../tools/nx-sst/vitest.config.mjs --reporter=dot ${suites.join(" ")}`;

/** Of `npm run lint`: the packages that generators write code into, and, of the constants, those with a number that the new rule's limit equals by chance. */
const WRITTEN_INTO = "packages/format/src/compression packages/format/test/compression packages/verify/src packages/conformance/src/forgeries";
const WITH_EQUAL_NUMBERS = ["packages/verify", "packages/object-store"];

/**
 * What is run of commands that take long. Reports of the API decide nothing; types are checked by the builds, those of the new test alone.
 * @type {Readonly<Record<string, readonly string[]>>}
 */
const STAND_INS = {
  "npm run package:update": [],
  "npm run lint": [...WITH_EQUAL_NUMBERS.map((folder) => `node tools/nx-sst/src/lint/constants.mjs ${folder}`), `npx oxlint ${WRITTEN_INTO}`],
  "npm run typecheck": [],
  "npm test": QUICK.map(([folder = "", ...suites]) => vitest(folder, ...suites)),
};

/** The commands of the section, in their order. */
function commands() {
  const text = readFileSync(join(top, "CONTRIBUTING.md"), "utf8");
  const section = /^## Change the format\n([^]*?)(?=^## |$(?![^]))/m.exec(text)?.[1] ?? "";
  const lines = [...section.matchAll(/^```sh\n([^]*?)^```/gm)].flatMap(([, block = ""]) => block.replaceAll(/\\\n\s*/g, "").split("\n")).map((line) => line.trim());
  return lines.filter((line) => line !== "" && !line.startsWith("#"));
}

/**
 * @param {string} command
 * @param {string} cwd
 */
function shell(command, cwd) {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(NX_|VITEST|SLATE_SST_|NODE_ENV$|CI$|FORCE_COLOR$)/.test(name)));
  const started = performance.now();
  const { status, stdout, stderr } = spawnSync("bash", ["-c", command], { cwd, encoding: "utf8", maxBuffer: 1 << 28, env: { ...env, NO_COLOR: "1" } });
  console.log(`${status === 0 ? "ok    " : "FAILED"} ${((performance.now() - started) / 1000).toFixed(1).padStart(6)} s  ${command}`);
  if (status !== 0) throw new Error(`${command} ended with ${status}\n${stdout}\n${stderr}`);
  return stdout;
}

/**
 * @param {boolean} isTrue
 * @param {string} what
 */
function must(isTrue, what) {
  if (!isTrue) throw new Error(`not so: ${what}`);
  console.log(`ok             ${what}`);
}

/** @param {string} root */
function walk(root) {
  const all = commands();
  must(all.length > 0 && all.length <= COMMANDS_MAX, `CONTRIBUTING.md changes the format in ${all.length} commands, at most ${COMMANDS_MAX}`);
  let report = "";
  for (const command of all) {
    // A field of the other kind, and a codec on a package that no other one uses, before anything is generated of the specs.
    if (command === "npm run codegen") for (const other of OTHERS) shell(other, root);
    for (const one of options.full ? [command] : (STAND_INS[command] ?? [command])) {
      const said = shell(one, root);
      if (command.includes("spec:diff")) report = said;
    }
  }
  const text = (/** @type {string} */ path) => (existsSync(join(root, path)) ? readFileSync(join(root, path), "utf8") : "");
  const conformance = "packages/conformance";
  const made = `${conformance}/vectors/files/file/made-`;
  must(/"id":"block\/v3-/.test(text(`${conformance}/vectors/cases/block.json`)) && /"id":"row\/v3-/.test(text(`${conformance}/vectors/cases/row.json`)) && existsSync(join(root, `${made}v3-none.sst`)), "there are vectors of V3 rows, blocks and files");
  must(["origin", "remark"].every((name) => text(`${conformance}/vectors/cases/info.json`).includes(`"id":"info/with-${name}-`)), "there are vectors of an info with the new field, of text and of bytes");
  must(/"id":"file\/forged-origin-is-short-broken"/.test(text(`${conformance}/vectors/cases/file.json`)) && /"id":"file\/kept-origin-is-short-just-kept"/.test(text(`${conformance}/vectors/cases/file.json`)), "there are vectors of an origin at the rule's limit, and of one beyond");
  must(/"id":"file\/made-codec-rawsnap-[^]*?"a codec that SlateDB 0\.12\.1 does not have"/.test(text(`${conformance}/vectors/cases/file.json`)) && existsSync(join(root, `${made}codec-rawsnap.sst`)), "there are vectors of the new codec, which say that they are ours");
  must(/compression_format.*\bRawsnap\b/.test(text(`${conformance}/dumps/files/file/made-codec-rawsnap.sst.txt`)), "their dump names the codec");
  must(/format_version.*\bv3\b/.test(text(`${conformance}/dumps/files/file/made-v3-none.sst.txt`)), "their dumps say that they are V3");
  must(text("packages/format/README.md").includes("`BlockV3`") && /V2 16, V3 8/.test(text("packages/format/src/generated/rules.ts")), "docs and rules tell of them");
  must(/old readers refuse files of format version 3/.test(report) && /origin is a new optional field: old readers pass over it/.test(report), "spec:diff says that old readers refuse V3, and pass over the new field");
  const tables = ["README.md", "packages/format/README.md"].every((path) => /\| `deflate` \| .*\| ours, no counterpart in SlateDB: A raw DEFLATE stream \|/.test(text(path)));
  const cells = ["README.md", "packages/writer/README.md"].every((path) => /`"rawsnap"`, `"deflate"`[,;] or a codec/.test(text(path)));
  must(tables && cells, "the READMEs list the new codecs, as ours");
  const verifier = "packages/verify/bin/sst-verify.mjs";
  for (const [name, rule] of [["v3-none", "F1.3"], ["codec-rawsnap", "F3.1"]]) {
    shell(`node ${verifier} --level paranoid ${made}${name}.sst`, root);
    const { status, stdout } = spawnSync(process.execPath, [join(top, verifier), "--json", join(root, `${made}${name}.sst`)], { encoding: "utf8" });
    must(status === 1 && stdout.includes(`"${rule}"`), `the reader of before refuses a file of ${name}, by rule ${rule}`);
  }
}

/** The generator that changes nothing of the format. @param {string} root */
function otherGenerators(root) {
  const adapter = "packages/object-store-my-cloud";
  shell("npx nx g @slate-sst/nx:object-store-adapter --name my-cloud", root);
  linkPackage(root, adapter);
  shell(`node tools/nx-sst/src/compile.mjs ${adapter}`, root);
  shell(vitest(adapter), root);
}

const started = performance.now();
const root = copyWorkspace();
try {
  walk(root);
  otherGenerators(root);
  console.log(`the walk ends well, after ${Math.round((performance.now() - started) / 1000)} s`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  if (options.keep) console.log(`kept: ${root}`);
  else rmSync(root, { recursive: true, force: true });
}
