// The README's examples run as they stand there, and it tells of everything there is.
import * as fs from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import * as codecs from "../src/generated/codecs.js";
import * as constants from "../src/generated/constants.js";
import { ERROR_CATALOGUE } from "../src/generated/errors.js";
import * as format from "../src/index.js";

const readme = await fs.readFile(new URL("../README.md", import.meta.url), "utf8");
const manifest = JSON.parse(await fs.readFile(new URL("../package.json", import.meta.url), "utf8")) as { exports: Record<string, unknown>; peerDependencies: Record<string, string> };
const sst = fileURLToPath(new URL("../../conformance/vectors/golden/tiny-all.sst", import.meta.url));
const examples = [...readme.matchAll(/```js\n([^]*?)```/g)].map(([, code]) => code!);
const AsyncFunction = Object.getPrototypeOf(async () => undefined).constructor as new (...text: string[]) => (...values: unknown[]) => Promise<void>;

const expectTold = (text: string): void => expect(readme.includes(text), text).toBe(true);

describe("the README", () => {
  it.each(examples.map((code, at) => [at + 1, code] as const))("has an example %i that prints what it says", async (_, code) => {
    const body = code.replaceAll(/import (\{[^}]*\}) from "([^"]*)";/g, "const $1 = modules[\"$2\"];").replace("\"./fruit.sst\"", "sst");
    const printed: string[] = [];
    await new AsyncFunction("modules", "sst", "console", body)({ "@slate-sst/format": format, "node:fs/promises": fs }, sst, { log: (line: string) => printed.push(line) });
    expect(printed).toEqual([...code.matchAll(/^\/\/ prints: (.*)$/gm)].map(([, line]) => line));
    expect(printed.length).toBeGreaterThan(0);
  });

  it("tells of every export but the generated ones, of every generated layout, and of every entry", () => {
    const generated = new Set([...Object.keys(codecs), ...Object.keys(constants)]);
    for (const name of Object.keys(format).filter((one) => !generated.has(one))) expectTold(`\`${name}\``);
    for (const [, layout] of Object.keys(codecs).join(" ").matchAll(/\bdecode(\w+)/g)) expectTold(`\`${layout}\``);
    for (const entry of Object.keys(manifest.exports)) expectTold(`@slate-sst/format${entry.slice(1)}`);
  });

  it("lists the codecs that there are", () => {
    const table = /^\| codec \|.*\n((?:\|.*\n)*)/m.exec(readme)?.[1] ?? "";
    expect(Array.from(table.matchAll(/^\| `(\w+)` \|/gm), ([, name]) => name).toSorted()).toEqual(Object.keys(constants.COMPRESSION_IDS).toSorted());
  });

  it("names the packages of the codecs in the versions that are pinned, and no error code that there is not", () => {
    for (const [name, version] of Object.entries(manifest.peerDependencies).filter(([one]) => one !== "kaitai-struct")) expectTold(`\`${name}@${version}\``);
    for (const [code] of readme.matchAll(/ERR_[A-Z0-9_]+/g)) expect(Object.keys(ERROR_CATALOGUE)).toContain(code);
  });
});
