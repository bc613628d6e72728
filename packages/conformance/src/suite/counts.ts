// How many cases there are, in the READMEs that tell it.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { LoadedCase } from "../runner/cases.js";
import { LAYERS, layerName } from "./builder.js";

/** A run's table, as the README shows it. */
const NAME_WIDTH = 12;
const COUNT_WIDTH = 7;

/** Writes the counts anew: the table of a run in which every case passes, and the sentences. @param top folder of the repository. */
export function tellCounts(top: string, cases: readonly LoadedCase[]): void {
  const passed = new Map([...LAYERS.map((layer) => [layerName(layer), cases.filter((one) => one.layer === layer).length] as const), ["all", cases.length]]);
  for (const path of ["README.md", "packages/conformance/README.md"]) {
    const file = join(top, path);
    if (!existsSync(file)) continue;
    const text = readFileSync(file, "utf8");
    const told = text
      .replace(/^(\w+) +\d+( +0 +0 +0)$/gm, (line, name: string, rest: string) => (passed.has(name) ? `${name.padEnd(NAME_WIDTH)}${String(passed.get(name)).padStart(COUNT_WIDTH)}${rest}` : line))
      .replace(/\b[\d,]+ cases (?=of the format as data|in \d+ layers)/g, `${cases.length.toLocaleString("en-US")} cases `);
    if (told !== text) writeFileSync(file, told);
  }
}
