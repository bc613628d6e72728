// The demo on two countries, with real SlateDB, in a temporary folder.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { cityKey, cityRow, cityValue, sortedRows } from "../src/cities.js";
import { runDemo } from "../src/demo.js";
import { reportNextSteps } from "../src/next-steps.js";
import { WIDTH } from "../src/screen.js";
import { type CityReader, openWithSlateDb, SLATEDB_VERSION } from "../src/slatedb.js";
import { capture, citiesOf } from "./capture.js";

const ESCAPE = "\u001b";
const COUNTRIES = ["IS", "CH"] as const;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "slate-sst-demo-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("rows of the data set", () => {
  it("hold the country in the key, and the place in the value", async () => {
    const zurich = (await citiesOf("CH")).find(({ name }) => name === "Zürich");
    expect(zurich && cityKey(zurich)).toBe("city/CH/Zürich/2657896");
    expect(zurich && cityValue(zurich)).toBe('{"name":"Zürich","admin":"ZH","kind":"PPLA","population":341730,"lat":47.36667,"lon":8.55}');
  });

  it("ascend by the bytes of their keys, which UTF-16 and the alphabet do not", async () => {
    const [city] = await citiesOf("CH");
    const names = ["\u{1f3d9}", "\uff5a", "Vogar", "Álftanes", "akranes"];
    const cities = names.map((name) => ({ ...city!, name }));
    const sorted = sortedRows(cities).map(({ key }) => Buffer.from(key).toString("utf8").split("/")[2]);
    expect(sorted).toEqual(["Vogar", "akranes", "Álftanes", "\uff5a", "\u{1f3d9}"]);
    expect(sortedRows([cities[0]!])).toEqual([cityRow(cities[0]!)]);
  });
});

describe("the demo with real SlateDB", () => {
  it("reads every row back, and does so again over its own folder, with the same bytes", async () => {
    const cities = await citiesOf(...COUNTRIES);
    expect(cities.length).toBeGreaterThan(1_400);
    const runs = [capture(), capture()];
    const files: Buffer[] = [];
    for (const { screen } of runs) {
      const { equal, rows, written } = await runDemo(screen, { folder: join(folder, "demo-data"), cities });
      expect({ equal, rows }).toEqual({ equal: true, rows: cities.length });
      files.push(readFileSync(join(folder, "demo-data", written.ssts[0]!.path)));
    }
    expect(files[0]!.equals(files[1]!)).toBe(true);
    expect(runs[0]!.text()).not.toContain("Deleted");
    expect(runs[1]!.text()).toContain("Deleted the database an earlier run left");
    const text = runs[0]!.text();
    expect(text).toContain(`SlateDB returned all ${cities.length.toLocaleString("en-US")} rows exactly as they were written.`);
    expect(text.replaceAll(/\s+/g, " ")).toContain("Vogar, Álftanes, Ísafjörður, Ólafsvík, Þorlákshöfn");
    expect(text).toContain('{"name":"Zürich"');
    expect(text).toContain("not found");
    expect(text).toMatch(/get, not there +1,448 +keys: none found/);
    // The filter lets about one key in a hundred pass.
    expect(Number(/bloom filter +([\d,]+) +of them/.exec(text)?.[1]?.replace(",", ""))).toBeGreaterThan(1_400);
  });

  it("keeps to 100 columns, and without a terminal to plain lines", async () => {
    const { screen, text } = capture();
    await runDemo(screen, { folder: join(folder, "demo-data"), cities: await citiesOf(...COUNTRIES) });
    expect(text()).not.toContain(ESCAPE);
    expect(text()).toMatch(/^ +100 % {2}1,448 rows$/m);
    const lines = text().split("\n").filter((line) => !line.includes(folder.slice(1)));
    expect(lines.filter((line) => line.length > WIDTH)).toEqual([]);
  });

  it("draws bars on a terminal", async () => {
    const { screen, text } = capture("terminal");
    await runDemo(screen, { folder: join(folder, "demo-data"), cities: await citiesOf("IS") });
    expect(text()).toContain(`${"█".repeat(40)} 100 %  33 rows`);
  });

  it("says so and fails when SlateDB returns one byte that was not written", async () => {
    const { screen, text } = capture();
    const open = async (path: string, root: string): Promise<CityReader> => flipOneByte(await openWithSlateDb(path, root), 20);
    const { equal } = await runDemo(screen, { folder: join(folder, "demo-data"), cities: await citiesOf("IS"), open });
    expect(equal).toBe(false);
    expect(text()).toContain("FAILED: what SlateDB returned is not what was written.");
    expect(text()).toMatch(/33 +rows: 1 DIFFERENT/);
    expect(text()).toMatch(/the value of "city\/IS\/[^"]+" differs from byte 0 on: "z/);
    expect(text()).not.toContain("exactly as they were written");
  });

  it("fails with SlateDB's own words when SlateDB cannot open what was written", async () => {
    const { screen } = capture();
    const open = (path: string): Promise<CityReader> => openWithSlateDb(path, "elsewhere");
    const run = runDemo(screen, { folder: join(folder, "demo-data"), cities: await citiesOf("IS"), open });
    await expect(run).rejects.toThrow(/^SlateDB: open elsewhere: /);
  });
});

describe("what the demo says of itself", () => {
  it("names the SlateDB it depends on", () => {
    const manifest: unknown = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
    expect(manifest).toMatchObject({ dependencies: { "@slatedb/uniffi": SLATEDB_VERSION } });
  });

  it("suggests commands that name the file it wrote", async () => {
    const { screen, text } = capture();
    const { written } = await runDemo(screen, { folder: join(folder, "demo-data"), cities: await citiesOf("IS") });
    reportNextSteps(screen, written, (path) => `demo-data/${path}`);
    const steps = text().slice(text().indexOf("Try next"));
    expect(steps).toContain("npm run demo");
    const sst = written.ssts[0]!;
    for (const line of steps.split("\n").filter((one) => one.includes("demo-data"))) {
      expect(line).toMatch(new RegExp(`^ +(hexdump|xxd|od) .*${sst.infoOffset} demo-data/${sst.path}$`));
    }
  });
});

/** A reader that changes the first byte of one row's value in its first scan. */
function flipOneByte(reader: CityReader, ordinal: number): CityReader {
  let rows = 0;
  return {
    scan: (prefix, visit) =>
      reader.scan(prefix, (row) => {
        const changed = rows++ === ordinal ? Buffer.from(row.value).fill("z", 0, 1) : row.value;
        visit({ key: row.key, value: changed });
      }),
    getAll: (keys) => reader.getAll(keys),
    filterCounts: () => reader.filterCounts(),
    [Symbol.asyncDispose]: () => reader[Symbol.asyncDispose](),
  };
}
