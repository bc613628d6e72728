// The README shows code that runs, and every error code and capability there is.
import { readFileSync } from "node:fs";
import { ERROR_CATALOGUE } from "@slate-sst/format";
import { describe, expect, it } from "vitest";
import { MEMORY_CAPABILITIES } from "../src/index.js";
import { temporaryFolder } from "./local-folder.js";
import { example } from "./readme-example.js";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

describe("the README", () => {
  it("shows an example that is this one", () => {
    const source = readFileSync(new URL("./readme-example.ts", import.meta.url), "utf8");
    const body = source.slice(source.indexOf("// begin\n") + "// begin\n".length, source.indexOf("  // end")).replaceAll(/^ {2}/gm, "");
    const shown = readme.slice(readme.indexOf("```js\n") + "```js\n".length, readme.indexOf("```\n", readme.indexOf("```js\n")));
    expect(shown.replace("LocalObjectStore(\"./data\")", "LocalObjectStore(root)").replaceAll("console.log(", "print(")).toContain(body);
  });

  it("shows an example that runs", async () => {
    const printed: unknown[][] = [];
    await example(await temporaryFolder(), (...values) => printed.push(values));
    expect(printed).toEqual([["greetings/all", 1034], ["greetings/en", 5], [new TextEncoder().encode("el")]]);
  });

  it("lists every error code and every capability", () => {
    const codes = Object.keys(ERROR_CATALOGUE).filter((code) => code.startsWith("ERR_STORE_"));
    for (const name of [...codes, ...Object.keys(MEMORY_CAPABILITIES), ...Object.keys(MEMORY_CAPABILITIES.uploads ?? {})]) expect(readme).toContain(`\`${name}\``);
  });
});
