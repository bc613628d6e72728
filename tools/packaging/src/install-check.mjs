// `npm run install:check`: the packages work for those who install them. Packs all, installs the tarballs with npm into an empty folder outside this
// workspace, and there runs the READMEs' samples, compiles them in strict mode with the declarations of all packages, runs the command lines by npx, on this
// Node and on Node 24, and decodes SSTs in headless Chromium. The Nx plugin goes into an empty workspace of its own. `--keep` leaves the folders and prints
// their names.
import { execFileSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ensureChromium } from "./chromium.mjs";
import { bundlePage, checkBrowser } from "./install/browser.mjs";
import { checkCommands } from "./install/commands.mjs";
import { checkPlugin, installWorkspace } from "./install/nx.mjs";
import { checkInstalled, installProject } from "./install/project.mjs";
import { inTwos, run } from "./install/run.mjs";
import { writeSamples } from "./install/samples.mjs";
import { packAll } from "./pack.mjs";
import { libraries, TOP } from "./packages.mjs";
import { step } from "./steps.mjs";

const COMPILED = "compiled";

/** Strict options, and declarations of packages checked too. JavaScript of the repository's README is held to types like TypeScript. */
const TSCONFIG = {
  compilerOptions: {
    target: "es2022", module: "nodenext", lib: ["es2023", "esnext.disposable"], types: ["node"], strict: true, exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true, skipLibCheck: false, allowJs: true, outDir: COMPILED, rootDir: ".",
  },
};

/** Entries that are nothing without an optional peer, which is not installed here: OpenTelemetry, and SlateDB itself. */
const NEEDS_PEER = new Set(["@slate-sst/writer/opentelemetry", "@slate-sst/conformance"]);

const packed = packAll();
/** @param {string} name */
const tarballOf = (name) => packed.get(name)?.tarball ?? "";
const project = installProject(libraries().map(({ name }) => tarballOf(name)));
/** @type {string | undefined} */
let workspace;
const nodes = [
  { name: `Node ${process.versions.node}`, folder: dirname(process.execPath), typescript: false },
  { name: "Node 24", folder: dirname(execFileSync(process.execPath, [join(TOP, "tools/nx-sst/src/node24.mjs")], { encoding: "utf8" }).trim()), typescript: true },
];
try {
  await step(`what npm installed, from ${libraries().length} tarballs`, () => checkInstalled(project));
  const { samples, setups, leftOut } = writeSamples(project);
  const typed = samples.filter(({ language, folder }) => language === "ts" || folder.endsWith("root"));
  const entries = libraries().flatMap(({ entries: own }) => own).filter(({ name }) => !NEEDS_PEER.has(name));
  writeFileSync(join(project, "entries.ts"), entries.map(({ name }, at) => `import * as entry${at} from ${JSON.stringify(name)};\nvoid entry${at};\n`).join(""));
  const files = ["entries.ts", ...typed.map(({ folder, file }) => join(folder, file))];
  writeFileSync(join(project, "tsconfig.json"), JSON.stringify({ ...TSCONFIG, files }));
  await step(`${entries.length} entries and ${typed.length} samples compile, strict, declarations included`, async () => {
    const { status, output } = await run("npx", ["--no-install", "tsc"], { folder: project, node: dirname(process.execPath) });
    return status === 0 ? [] : [output];
  });
  for (const node of nodes) {
    await step(`${samples.length} samples on ${node.name}`, async () => {
      for (const folder of new Set([...setups, ...samples.map((sample) => sample.folder)])) {
        for (const made of ["fruit.sst", "data", "file-data", "backup"]) rmSync(join(folder, made), { recursive: true, force: true });
      }
      for (const folder of setups) {
        const { status, output } = await run("node", ["setup.js"], { folder, node: node.folder });
        if (status !== 0) return [output];
      }
      return runSamples(samples, node);
    });
    await step(`the command lines by npx on ${node.name}`, () => checkCommands(project, node.folder));
  }
  for (const reason of leftOut) console.log(`               left out: ${reason}`);
  /** @type {Uint8Array | undefined} */
  let page;
  await step("a bundle for browsers holds nothing of Node", async () => {
    page = await bundlePage(project);
    return [];
  });
  const chromium = ensureChromium();
  if ("missing" in chromium) console.log(`SKIPPED: in a browser. ${chromium.missing}: node tools/packaging/src/chromium.mjs`);
  else await step("SlateDB's SSTs, one of each codec, decoded in headless Chromium", () => checkBrowser(project, page ?? new Uint8Array(0), chromium.path));
  await step("an empty Nx workspace with the plugin", () => {
    workspace = installWorkspace(["@slate-sst/nx", "@slate-sst/object-store", "@slate-sst/format"].map(tarballOf));
    return [];
  });
  await step("the plugin there: a generated object store passes the contract, and what needs the repository says so", () => checkPlugin(workspace ?? ""));
} finally {
  for (const folder of [project, workspace ?? []].flat()) {
    if (process.argv.includes("--keep")) console.log(folder);
    else rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Samples of a README run one after the other, for some read what others wrote; two READMEs at a time.
 * @param {import("./install/samples.mjs").Sample[]} all
 * @param {typeof nodes[number]} node
 */
async function runSamples(all, node) {
  const folders = [...new Set(all.map(({ folder }) => folder))];
  const found = await inTwos(folders, async (folder) => {
    /** @type {string[]} */
    const problems = [];
    for (const { readme, file, language, prints } of all.filter((sample) => sample.folder === folder)) {
      // Node 24 takes TypeScript as it is; older ones what the compiler made of it.
      const script = language === "ts" && !node.typescript ? join(project, COMPILED, folder.slice(project.length), file.replace(/ts$/, "js")) : file;
      const { status, output } = await run("node", [script], { folder, node: node.folder });
      const printed = output.replaceAll(/^.*(ExperimentalWarning|--trace-warnings|Type Stripping).*\n/gm, "");
      if (status !== 0 || (prints !== undefined && printed !== prints)) problems.push(`${readme} ended with ${status}:\n${output}`);
    }
    return problems;
  });
  return found.flat();
}
