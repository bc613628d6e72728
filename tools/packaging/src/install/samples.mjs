// The samples of the READMEs as programs of a project. A block without imports goes on from the one before it. What cannot run here is named with
// the reason.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { publishedPackages, TOP } from "../packages.mjs";

/** @typedef {{ readonly readme: string, readonly folder: string, readonly file: string, readonly language: "ts" | "js", readonly text: string, readonly prints: string | undefined }} Sample */

/** What a sample imports, or names, that is not here, and why. */
const LEFT_OUT = /** @type {const} */ ([
  [/"@slatedb\/uniffi"/, "needs SlateDB's native library; tools/demo runs it"],
  [/"apache-arrow"/, "needs apache-arrow; the writer's tests run it"],
  [/"@slate-sst\/writer\/opentelemetry"/, "needs OpenTelemetry; the writer's tests run it"],
  [/"vitest"/, "shows where an adapter of one's own goes"],
  [/(s3|gs|az):\/\//, "needs a cloud; conformance runs it on servers"],
  [/^export default/m, "is the module that the next sample loads"],
]);

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
  for (const owner of ["", ...publishedPackages().map(({ folder }) => folder)]) {
    const readme = join(owner, "README.md");
    const folder = join(project, "samples", owner === "" ? "root" : owner.slice("packages/".length));
    mkdirSync(folder, { recursive: true });
    if (READING.has(owner)) {
      writeFileSync(join(folder, "setup.js"), SETUP);
      setups.push(folder);
    }
    /** @type {string | undefined} */
    let before;
    for (const { language, text, line } of codeBlocks(readFileSync(join(TOP, readme), "utf8"))) {
      const reason = LEFT_OUT.find(([pattern]) => pattern.test(text))?.[1];
      if (reason !== undefined) {
        leftOut.push(`${readme}:${line} ${reason}`);
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

/** @param {string} markdown */
function codeBlocks(markdown) {
  return Array.from(markdown.matchAll(/^```(ts|js)\n([\s\S]*?)^```$/gm), ({ 1: language, 2: text = "", index }) => ({
    language: /** @type {"ts" | "js"} */ (language), text, line: markdown.slice(0, index).split("\n").length,
  }));
}
