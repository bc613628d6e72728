// Goal: the README tells of every generator and option, its commands are those that are run elsewhere, and the package holds what it says. Method: hold it against
// the schemas, against CONTRIBUTING.md (whose commands src/walk.mjs runs), and against package.json.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { top } from "../src/lint/sources.mjs";

const PLUGIN = join(top, "tools/nx-sst");
const text = (path: string): string => readFileSync(join(top, path), "utf8");
const json = (path: string): unknown => JSON.parse(readFileSync(join(PLUGIN, path), "utf8"));

const readme = text("tools/nx-sst/README.md");
const { generators } = json("generators.json") as { generators: Record<string, { schema: string }> };
const section = (name: string): string => new RegExp(`^### ${name}\\n([^]*?)(?=^##)`, "m").exec(readme)?.[1] ?? "";

/** Commands of the fences, each on one line. */
const commands = (markdown: string): string[] => [...markdown.matchAll(/^```sh\n([^]*?)^```/gm)].flatMap(([, block = ""]) => block.replaceAll(/\\\n\s*/g, "").trim().split("\n"));

describe("the README", () => {
  it.each(Object.entries(generators))("tells of %s and its options, and of no other", (name, { schema }) => {
    const { properties } = json(schema) as { properties: Record<string, unknown> };
    const told = [...section(name).matchAll(/^\| (`--[^|]*`) \|/gm)].flatMap(([, cell = ""]) => [...cell.matchAll(/--(\w+)/g)].map(([, option = ""]) => option));
    expect(told.toSorted()).toEqual(Object.keys(properties).toSorted());
  });

  it("gives an example of each generator that is run: by the walk, which takes it from CONTRIBUTING or has it itself", () => {
    const walk = text("tools/nx-sst/src/walk.mjs");
    const run = [...commands(text("CONTRIBUTING.md")), ...walk.matchAll(/"(npx nx g [^"]*)"/g)].map((one) => (typeof one === "string" ? one : (one[1] ?? "")));
    const examples = commands(readme).filter((command) => command.startsWith("npx nx g"));
    expect(examples.map((command) => /nx:([\w-]+)/.exec(command)?.[1]).toSorted()).toEqual(Object.keys(generators).toSorted());
    for (const example of examples) expect(run).toContain(example);
  });

  it("tells of every option of the plugin", () => {
    const options = [...text("tools/nx-sst/src/options.ts").matchAll(/^ {2}readonly (\w+)\?:/gm)].map(([, option = ""]) => option);
    expect(options.length).toBeGreaterThan(0);
    for (const option of options) expect(readme).toContain(`| \`${option}\` |`);
  });
});
