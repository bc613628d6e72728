// The README shows what the demo prints. Times differ from run to run and names of SSTs too; everything else must not.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadCities, sortedRows } from "../src/cities.js";
import { runDemo } from "../src/demo.js";
import { type CityReader, openWithSlateDb } from "../src/slatedb.js";
import { capture } from "./capture.js";
import { codeBlocks, readme } from "./readme-blocks.js";

/** A line without what differs: times, speeds, and the folder and the name of an SST. */
function lasting(line: string): string {
  return line
    .replace(/^ +\S*demo-data\//, "   demo-data/")
    .replace(/[0-9A-Z]{26}(?=\.sst)/, "ULID")
    .replaceAll(/ *[\d.]+ s\b/g, " TIME")
    .replace(/[\d,]+ rows\/s/, "SPEED");
}

/** Real SlateDB but for the scan of all rows, which takes seconds and has its own test. */
async function openWithoutLongScan(folder: string, root: string): Promise<CityReader> {
  const reader = await openWithSlateDb(folder, root);
  const rows = sortedRows(await loadCities());
  return {
    scan: async (prefix, visit) => {
      if (prefix === "") for (const row of rows) visit(row);
      else await reader.scan(prefix, visit);
    },
    getAll: (keys) => reader.getAll(keys),
    filterCounts: () => reader.filterCounts(),
    [Symbol.asyncDispose]: () => reader[Symbol.asyncDispose](),
  };
}

describe("the demo's output in the README", () => {
  const excerpt = codeBlocks(readme()).find(({ language }) => language === "text");
  let folder: string;
  let printed: Set<string>;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "slate-sst-excerpt-"));
    const { screen, text } = capture();
    await runDemo(screen, { folder: join(folder, "demo-data"), open: openWithoutLongScan });
    printed = new Set(text().split("\n").map(lasting));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("is what the demo prints: the same rows, bytes, blocks and filter answers", () => {
    const lines = excerpt?.text.split("\n").map(lasting) ?? [];
    expect(lines.length).toBeGreaterThan(10);
    expect(lines.filter((line) => !printed.has(line))).toEqual([]);
  });
});
