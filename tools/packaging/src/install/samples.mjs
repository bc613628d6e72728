// The samples of the READMEs as programs of a project. A block without imports goes on from the one before it. What cannot run here is named with
// the reason.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { libraries, TOP } from "../packages.mjs";

/** @typedef {{ readonly readme: string, readonly folder: string, readonly file: string, readonly language: "ts" | "js", readonly text: string, readonly prints: string | undefined }} Sample */

/**
 * Samples that are not run here: text that they hold, why, and which file of the repository runs them instead, or something like them.
 * @type {readonly { readonly readme: string, readonly holds: string, readonly reason: string, readonly by: string }[]}
 */
export const LEFT_OUT = [
  { readme: "README.md", holds: '"@slatedb/uniffi"', reason: "needs SlateDB's native library", by: "tools/demo/test/readme.test.ts" },
  { readme: "packages/writer/README.md", holds: '"apache-arrow"', reason: "needs apache-arrow", by: "packages/writer/test/readme.test.ts" },
  { readme: "packages/writer/README.md", holds: '"@slate-sst/writer/opentelemetry"', reason: "needs OpenTelemetry", by: "packages/writer/test/readme.test.ts" },
  { readme: "packages/object-store/README.md", holds: '"vitest"', reason: "shows where an adapter of one's own goes; the memory store stands there in the tests", by: "packages/object-store/test/contract.test.ts" },
  ...["s3", "gcs", "azure"].map((cloud) => ({ readme: `packages/object-store-${cloud}/README.md`, holds: "openStore(", reason: "needs a cloud; run on servers of this machine", by: "packages/conformance/test/cloud-readmes.test.ts" })),
  { readme: "packages/ingest/README.md", holds: "// rows.js:", reason: "is the module that the next sample loads", by: "tools/packaging/src/install/samples.mjs" },
  { readme: "packages/ingest/README.md", holds: 'openStore("s3://bucket")', reason: "needs a cloud; imports are run into servers of this machine", by: "packages/conformance/test/import-stores.test.ts" },
  { readme: "packages/ingest/README.md", holds: 'openStore("s3://old")', reason: "needs a cloud; ranges are moved between folders", by: "packages/conformance/test/export.oracle.test.ts" },
];

/** Makes what samples read: an SST here and in a store, a database, and a copy of an SST. */
const SETUP = `
import { createDatabase, writeRun } from "@slate-sst/ingest";
import { LocalObjectStore } from "@slate-sst/object-store";
import { SstWriter } from "@slate-sst/writer";
for (const [store, path] of [[new LocalObjectStore("."), "fruit.sst"], [new LocalObjectStore("./data"), "fruit.sst"],
  [new LocalObjectStore("./backup"), "users/compacted/01JA2Q3W4E5R6T7Y8U9I0OPASD.sst"]]) {
  const writer = await SstWriter.create(store, path);
  for (const [key, value] of [["apple", "red"], ["apply", ""], ["banana", ""], ["cherry", "purple"]]) await writer.put(key, value);
  await writer.close();
}
const store = new LocalObjectStore("./data");
await createDatabase(store, "users", await writeRun(store, "users", [{ key: "user/42", value: "Ada" }]));
`;

/** Packages whose samples read what SETUP makes; the others write all they need. */
const READING = new Set(["packages/format", "packages/reader", "packages/verify"]);

/**
 * Writes all samples into the project.
 * @param {string} project
 * @returns {{ samples: Sample[], setups: string[], leftOut: string[] }} `setups`: folders in which setup.js is to run first
 */
export function writeSamples(project) {
  /** @type {Sample[]} */
  const samples = [];
  /** @type {string[]} */
  const leftOut = [];
  const setups = [];
  for (const { owner, readme, blocks } of readmes()) {
    const folder = join(project, "samples", owner === "" ? "root" : owner.slice("packages/".length));
    mkdirSync(folder, { recursive: true });
    if (READING.has(owner)) {
      writeFileSync(join(folder, "setup.js"), SETUP);
      setups.push(folder);
    }
    /** @type {string | undefined} */
    let before;
    for (const { language, text, line } of blocks) {
      const instead = LEFT_OUT.find((one) => one.readme === readme && text.includes(one.holds));
      if (instead !== undefined) {
        leftOut.push(`${readme}:${line} ${instead.reason} (${instead.by})`);
        const name = /^\/\/ (\w+\.js):/.exec(text)?.[1];
        if (name !== undefined) writeFileSync(join(folder, name), text);
        continue;
      }
      const here = text.replaceAll("file:///data", pathToFileURL(join(folder, "file-data")).href);
      const whole = /^import /m.test(here) || before === undefined ? here : before + here;
      before = whole;
      const file = `line-${line}.${language}`;
      writeFileSync(join(folder, file), whole);
      const prints = Array.from(text.matchAll(/^\/\/ prints: (.*)$/gm), ([, printed = ""]) => `${printed}\n`).join("");
      samples.push({ readme: `${readme}:${line}`, folder, file, language, text: whole, prints: prints === "" ? undefined : prints });
    }
  }
  return { samples, setups, leftOut };
}

/** The READMEs with samples, the repository's own first, whose owner is "". */
export function readmes() {
  return ["", ...libraries().map(({ folder }) => folder)].map((owner) => {
    const readme = join(owner, "README.md");
    return { owner, readme, blocks: codeBlocks(readFileSync(join(TOP, readme), "utf8")) };
  });
}

/** @param {string} markdown */
function codeBlocks(markdown) {
  return Array.from(markdown.matchAll(/^```(ts|js)\n([\s\S]*?)^```$/gm), ({ 1: language, 2: text = "", index }) => ({
    language: /** @type {"ts" | "js"} */ (language), text, line: markdown.slice(0, index).split("\n").length,
  }));
}
