// The hand-written pages are programs too: each sample is compiled and run as in a reader's project, page by page, in the order of the page.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SampleProject } from "./sample-project.js";
import { fits, pages, samplesOf } from "./samples.js";

const all = pages();
const withSamples = all.filter(({ samples }) => samples.length > 0);

let project: SampleProject;
beforeAll(async () => {
  project = await SampleProject.create(all);
});
afterAll(async () => await project.remove());

describe("samples", () => {
  it("are found", () => {
    expect(withSamples.length).toBeGreaterThanOrEqual(7);
    expect(all.flatMap(({ samples }) => samples).length).toBeGreaterThanOrEqual(30);
  });

  it("type-check, the JavaScript ones too", () => {
    expect(project.typeErrors(withSamples)).toBe("");
  });

  it("that name a file are used by another sample of their page", () => {
    const unused = withSamples.flatMap(({ name, samples }) =>
      samples.filter(({ file, line }) => file !== undefined && !samples.some((other) => other.line !== line && other.text.includes(file))).map(({ file }) => `${name}: ${file}`));
    expect(unused).toEqual([]);
  });

  it("and their pages name files and scripts that there are", () => {
    const top = join(import.meta.dirname, "../../..");
    const { scripts } = JSON.parse(readFileSync(join(top, "package.json"), "utf8")) as { scripts: Record<string, string> };
    const files = all.flatMap(({ name, markdown }) => Array.from(markdown.matchAll(/`((?:packages|spec|tools)\/[\w./-]+)`/g), ([, path = ""]) => ({ name, path })));
    expect(files.length).toBeGreaterThan(20);
    // The page about changes names the file that a change will make.
    expect(files.filter(({ path }) => path !== "spec/sst/block_v3.ksy" && !existsSync(join(top, path)))).toEqual([]);
    const named = all.flatMap(({ markdown }) => Array.from(markdown.matchAll(/npm run ([\w:-]+)/g), ([, script = ""]) => script));
    expect(named.filter((script) => !(script in scripts))).toEqual([]);
  });

  it("promise what is compared line by line", () => {
    expect(samplesOf("```sh\necho a\n```\n\n```text\na\n```\n")).toMatchObject([{ language: "sh", prints: "a\n", line: 1 }]);
    expect(samplesOf("```js\n// prints: 1\n```\n\nSo it is.\n\n```text\na\n```\n")).toMatchObject([{ prints: "1\n" }]);
    expect(fits("a 12 b\nc\n", "a … b\nc\n")).toBe(true);
    expect(fits("a\nx\ny\nb\n", "a\n…\nb\n")).toBe(true);
    expect(fits("a\nb\n", "a\n")).toBe(false);
    expect(fits("a.b\n", "a+b\n")).toBe(false);
  });
});

describe.each(withSamples)("$name", (page) => {
  it.each(page.samples.map((sample) => ({ ...sample, called: sample.file ?? sample.language })))("line $line: $called", async (sample) => {
    if (sample.file !== undefined) return project.keep(page, sample);
    const { status, stdout, stderr } = await project.run(page, sample);
    expect({ status, stderr: status === 0 ? "" : stderr }, stdout).toEqual({ status: 0, stderr: "" });
    if (sample.prints === undefined && sample.language === "sh") return;
    const promised = sample.prints ?? "";
    if (!fits(stdout, promised)) expect(stdout).toBe(promised);
  });
});
