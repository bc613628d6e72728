// The commands in READMEs are run as in a reader's project, document by document; what is not run here is in a list, with the reason and with what runs it
// instead. TypeScript and JavaScript of packages and of the repository's README are compiled and run where packages are installed (tools/packaging).
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type LeftOut, LEFT_OUT } from "./left-out.js";
import { placeFiles } from "./readme-files.js";
import { CREDENTIALS, SampleProject } from "./sample-project.js";
import { documents, type Sample } from "./samples.js";

const REPOSITORY = join(import.meta.dirname, "../../..");
/** Documents whose TypeScript and JavaScript tools/packaging runs. */
const INSTALLED = /^(packages\/[\w-]+\/)?README\.md$/;

const all = documents();
const isOf = (sample: Sample, document: string, { holds, ...one }: LeftOut): boolean => one.document === document && sample.text.includes(holds);
/** What of a sample is run: nothing, all of it, or the lines that have no entry of their own. */
function runOf(sample: Sample, document: string): string {
  const own = LEFT_OUT.filter((one) => isOf(sample, document, one));
  if (own.some(({ line }) => line !== true)) return "";
  return sample.text.split("\n").filter((line) => !own.some(({ holds }) => line.includes(holds))).join("\n");
}
const commands = all.map((page) => ({ ...page, samples: page.samples.filter(({ language }) => language === "sh") }));
const withCommands = commands.filter(({ name, samples }) => samples.some((sample) => runOf(sample, name).trim() !== ""));

let project: SampleProject;
beforeAll(async () => {
  project = await SampleProject.create(withCommands);
  for (const [name, text] of Object.entries(CREDENTIALS)) vi.stubEnv(name, text);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await project.remove();
});

describe("samples", () => {
  it("are found, in every package's README", () => {
    expect(withCommands.filter(({ name }) => name.startsWith("packages/")).length).toBeGreaterThanOrEqual(9);
    expect(all.flatMap(({ samples }) => samples).length).toBeGreaterThan(60);
  });

  it("in other languages than commands stand where packages are installed and tried", () => {
    expect(all.flatMap(({ name, samples }) => samples.filter(({ language }) => language !== "sh" && !INSTALLED.test(name)).map(({ line }) => `${name}:${line}`))).toEqual([]);
  });

  it("that are left out are there, once, and what runs them instead is there too", () => {
    for (const one of LEFT_OUT) {
      const found = commands.flatMap(({ name, samples }) => samples.filter((sample) => isOf(sample, name, one)));
      expect(found.length, `${one.document}: ${one.holds}`).toBe(1);
      expect(existsSync(join(REPOSITORY, one.by)), one.by).toBe(true);
      expect(one.reason.length, one.holds).toBeGreaterThan(10);
    }
  });

  it("name scripts that there are", () => {
    const { scripts } = JSON.parse(readFileSync(join(REPOSITORY, "package.json"), "utf8")) as { scripts: Record<string, string> };
    const named = all.flatMap(({ name, markdown }) => Array.from(markdown.matchAll(/npm run ([\w:-]+)/g), ([, script = ""]) => `${name}: ${script}`));
    expect(named.filter((one) => !((one.split(": ")[1] ?? "") in scripts))).toEqual([]);
    const files = commands.flatMap(({ name, samples }) => samples.flatMap(({ text }) => Array.from(text.matchAll(/\bnode ((?:packages|tools)\/[\w./-]+)/g), ([, path = ""]) => `${name}: ${path}`)));
    expect(files.filter((one) => !/\/dist\//.test(one) && !existsSync(join(REPOSITORY, one.split(": ")[1] ?? "")))).toEqual([]);
  });
});

describe.concurrent("the commands of", () => {
  it.for(withCommands)("$name", async (page, { expect: expectHere }) => {
    await placeFiles(page.name, { folder: project.folder(page), bucket: (name) => project.bucket(page, name) });
    for (const sample of page.samples) {
      // Each command alone, so that a failure names it; one that goes on in the next line ends with a pipe or a backslash.
      for (const text of runOf(sample, page.name).split(/(?<![|\\])\n/).filter((line) => line.trim() !== "")) {
        const { status, stderr } = await project.run(page, { ...sample, text });
        expectHere({ status, stderr: status === 0 ? "" : stderr }, `${page.name}:${sample.line}: ${text}`).toEqual({ status: 0, stderr: "" });
      }
    }
  });
});
