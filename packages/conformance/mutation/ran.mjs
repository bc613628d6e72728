// In the tests' own process: writes down which functions ran, when sources count them.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll } from "vitest";

afterAll(() => {
  const ran = globalThis.functionsThatRan;
  if (ran === undefined || process.env.SLATE_SST_RAN === undefined) return;
  const path = join(process.env.SLATE_SST_RAN, "ran.json");
  let before = [];
  try {
    before = JSON.parse(readFileSync(path, "utf8"));
  } catch {
    // The first file of the run.
  }
  writeFileSync(path, JSON.stringify([...new Set([...before, ...ran])]));
});
