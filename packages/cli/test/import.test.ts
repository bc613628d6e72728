// Files of rows to SSTs and databases, by the command: what it makes, tells and refuses, and that nothing is left of what failed.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import zlib from "node:zlib";
import { describe, expect, test } from "vitest";
import { lines, run, temporaryFolder } from "./command-run.js";

const cities = "id,name,people\n1,Zürich,443037\n2,Bern,134794\n10,\"Biel, Bienne\",55206\n";
const KEY = ["--key", "city:{id:u32}"];

function files(contents: Record<string, string | Uint8Array>): (name: string) => string {
  const folder = temporaryFolder();
  for (const [name, content] of Object.entries(contents)) writeFileSync(join(folder, name), content);
  return (name) => join(folder, name);
}
/** Every file below a folder. */
const below = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map(({ name }) => name) : []);

async function values(db: string): Promise<string[]> {
  const { code, stdout } = await run(["cat", db]);
  expect(code).toBe(0);
  return lines(stdout).map(({ key, value }) => `${key} ${value}`);
}

describe("import", () => {
  test("makes a database of CSV, packed too, and cat gives it back", async () => {
    const at = files({ "cities.csv": cities, "cities.csv.gz": zlib.gzipSync(cities) });
    expect(await run(["import", at("cities.csv"), "--db", at("db"), ...KEY])).toMatchObject({ code: 0, stderr: "", stdout: expect.stringMatching(/db: 3 rows in 1 SST, .*; db\/manifest\/0+1\.manifest\n$/) as string });
    expect(await values(at("db"))).toEqual([
      'city:\\x00\\x00\\x00\\x01 {"id":"1","name":"Zürich","people":"443037"}', 'city:\\x00\\x00\\x00\\x02 {"id":"2","name":"Bern","people":"134794"}',
      'city:\\x00\\x00\\x00\\x0a {"id":"10","name":"Biel, Bienne","people":"55206"}',
    ]);
    expect((await run(["import", at("cities.csv.gz"), "--db", at("db2"), "--key", "{id:dec3}", "--value", "name", "--ttl", "30d", "--compression", "lz4", "--quiet"])).code).toBe(0);
    expect(await values(at("db2"))).toEqual(["001 Zürich", "002 Bern", "010 Biel, Bienne"]);
  });

  test("sorts what is not sorted, Parquet too, and write refuses it", async () => {
    const at = files({ "x.csv": "id,v\n2,b\n1,a\n10,j\n2,c\n" });
    const argv = [at("x.csv"), "--key", "{id:dec2}", "--value", "v", "--on-duplicate", "keepFirst"];
    expect(await run(["write", ...argv, "--out", at("x.sst")])).toMatchObject({ code: 2, stderr: expect.stringMatching(/x\.csv:3: .*The source is not sorted by the bytes of its keys\n/) as string });
    expect(await run(["import", ...argv, "--db", at("never"), "--sort", "never"])).toMatchObject({ code: 2, stderr: expect.stringContaining("not sorted") as string });
    expect(await run(["import", ...argv, "--db", at("db"), "--temp", at("."), "--memory-limit", "128MiB", "--jobs", "1"])).toMatchObject({ code: 0, stdout: expect.stringContaining("3 rows in 1 SST") as string });
    expect(await values(at("db"))).toEqual(["01 a", "02 b", "10 j"]);
  });

  test("tells machines everything, and takes standard input", async () => {
    const at = files({});
    const { code, stdout } = await run(["import", "-", "--format", "csv", "--db", at("db"), ...KEY, "--json"], { stdin: (async function* () { yield cities; })() });
    expect(code).toBe(0);
    const events = lines(stdout);
    expect(events.map(({ type }) => type)).toEqual(["phase", "sst", "progress", "phase", "verified", "phase", "result"]);
    expect(events.at(-1)).toMatchObject({ rowCount: "3", sstCount: 1, duplicates: "0" });
  });

  test("plans without writing, and counts what a policy leaves out", async () => {
    const at = files({ "x.ndjson": '{"id":1}\n{"id":1}\n{"id":2}\n' });
    expect(await run(["import", at("x.ndjson"), "--db", at("db"), ...KEY, "--dry-run", "--on-duplicate", "keepLast"])).toMatchObject({ code: 0, stdout: expect.stringMatching(/rows {9}2, and 1 duplicates left out\n {2}SSTs {9}1,/) as string });
    expect(below(at("db"))).toEqual([]);
    expect(await run(["import", at("x.ndjson"), "--db", at("db"), ...KEY, "--on-duplicate", "keepLast"])).toMatchObject({ code: 0, stdout: expect.stringContaining("2 rows in 1 SST, 0.0 MB, 1 duplicate left out") as string });
    expect((await run(["import", "--db", at("db"), "--discard"])).stdout).toContain("no unfinished import");
  });

  test("shows a bar with rows, speed and memory on a terminal", async () => {
    const at = files({ "x.csv": cities });
    const { stderr } = await run(["import", at("x.csv"), "--db", at("db"), ...KEY], { terminals: ["stderr"], columns: 120 });
    expect(stderr).toMatch(/100 % {2}3 rows written, 0 s left, [\d.]+ MB\/s, 1 SST, [\d.]+ MB memory/);
  });
});

describe("write and commit", () => {
  test("make one database of what several machines have written", async () => {
    const at = files({ "a.ndjson": '{"id":1,"v":"a"}\n', "b.ndjson": '{"id":2,"v":"b"}\n', "rows.rows": Buffer.concat([Uint8Array.of(1, 0, 0, 0), Buffer.from("z"), Uint8Array.of(2, 0, 0, 0), Buffer.from("zz")]) });
    const metadata: string[] = [];
    for (const name of ["b", "a"]) {
      const { code, stdout } = await run(["write", at(`${name}.ndjson`), "--out", `${at("db")}/compacted/`, "--key", "{id:dec2}", "--value", "v"]);
      expect(code).toBe(0);
      metadata.push(stdout);
    }
    metadata.push((await run(["write", at("rows.rows"), "--out", `file://${at("db")}/compacted/`])).stdout);
    writeFileSync(at("meta.json"), metadata.join(""));
    expect(JSON.parse((await run(["commit", at("meta.json"), "--db", at("db")])).stdout)).toEqual({ manifestPath: "db/manifest/00000000000000000001.manifest", sstCount: 3, rowCount: "3" });
    expect(await values(at("db"))).toEqual(["01 a", "02 b", "z zz"]);
    // The same again has the same answer; others are refused.
    expect(JSON.parse((await run(["commit", at("meta.json"), "--db", at("db")])).stdout)).toMatchObject({ rowCount: "3" });
    writeFileSync(at("some.json"), metadata[0]!);
    for (const argv of [["commit", at("some.json")], ["commit", at("meta.json"), "--manifest-version", "2"]]) {
      expect(await run([...argv, "--db", at("db")])).toMatchObject({ code: 2, stderr: expect.stringContaining("there is a database at db already") as string });
    }
  });

  test("write one SST anywhere, never over another one", async () => {
    const at = files({ "x.csv": cities });
    const argv = ["write", at("x.csv"), "--out", at("x.sst"), ...KEY];
    expect(JSON.parse((await run(argv)).stdout)).toMatchObject({ path: "x.sst", rowCount: "3" });
    const bytes = readFileSync(at("x.sst"));
    expect(await run(argv)).toMatchObject({ code: 2, stdout: "" });
    expect(readFileSync(at("x.sst")).equals(bytes)).toBe(true);
    expect((await run(["write", at("x.csv"), "--out", at("x.txt"), ...KEY])).stderr).toContain("name an SST");
  });
});

describe("bad input has one clear message with file and line, ends with 2, and leaves nothing", () => {
  const csv = (text: string): Record<string, string> => ({ "x.csv": text });
  test.each<[string, Record<string, string | Uint8Array>, string[], RegExp]>([
    ["a CSV row that is too long", csv("id,v\n1,a\n2,b,c\n"), KEY, /x\.csv:3: not CSV: /],
    ["a quote that is not closed", csv('id,v\n1,"a\n'), KEY, /x\.csv:[23]: not CSV: /],
    ["a line that is no JSON", { "x.ndjson": '{"id":1}\n{"id":2,}\n' }, KEY, /x\.ndjson:2: not JSON: /],
    ["a wrong type", { "x.ndjson": '{"id":1}\n{"id":"two"}\n' }, KEY, /x\.ndjson:2: id, a part of the key, is not a whole number: "two"/],
    ["a number outside its type", csv("id\n1\n4294967296\n"), KEY, /x\.csv:3: id, .* is outside u32, 0 to 4294967295/],
    ["a missing column of the key", csv("it,v\n1,a\n"), KEY, /x\.csv:2: there is no field id, which the key needs; there are it, v/],
    ["a missing column of the value", csv("id\n1\n"), [...KEY, "--value", "v"], /x\.csv:2: there is no field v, which is to be the value/],
    ["a null value", { "x.ndjson": '{"id":1,"v":null}' }, [...KEY, "--value", "v"], /x\.ndjson:1: v, .* is null/],
    ["digits that JSON loses", { "x.ndjson": '{"id":1,"v":12345678901234567890}' }, [...KEY, "--value", "v"], /x\.ndjson:1: v, .* put it in quotes/],
    ["a duplicate key", csv("id,v\n1,a\n1,b\n"), KEY, /x\.csv:3: .*equal keys; onDuplicate/],
    ["a key that is too long", { "x.ndjson": JSON.stringify({ id: "k".repeat(70_000) }) }, ["--key", "{id}"], /x\.ndjson:1: .*at most 65535/],
    ["numbers that would not sort", csv("id\n9\n10\n"), ["--key", "c:{id}"], /x\.csv:3: id, .*sort 10 before 9.*\{id:u64\}/],
    ["a text that ends early", csv("id,v\na:b,c\n"), ["--key", "{id}:{v}"], /x\.csv:2: .*two rows could have one key/],
    ["no rows", csv("id\n"), KEY, /there are no rows|no rows/],
    ["a cut off gzip", { "x.csv.gz": zlib.gzipSync(cities).subarray(0, 30) }, KEY, /x\.csv\.gz: the gzip data are damaged or cut off/],
    ["raw values of CSV", csv("id\n1\n"), [...KEY, "--value", "raw"], /x\.csv:2: raw values are lines of NDJSON/],
    ["a template that cannot sort", csv("id\n1\n"), ["--key", "{id:hex}{v}"], /the key template "\{id:hex\}\{v\}": /],
    ["no template", csv("id\n1\n"), [], /rows of csv need a key template/],
  ])("%s", async (_what, contents, options, message) => {
    const at = files(contents);
    const source = at(Object.keys(contents)[0]!);
    for (const argv of [["import", source, "--db", at("db"), ...options], ["write", source, "--out", at("db/x.sst"), ...options]]) {
      const { code, stdout, stderr } = await run(argv);
      expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
      expect(stderr).toMatch(message);
      expect(stderr.trimEnd().split("\n")).toHaveLength(1);
      expect([...below(at("db")), ...below(at("db.import"))]).toEqual([]);
    }
  });

  test("a place that takes no writes", async () => {
    const at = files(csv(cities));
    const { code, stdout, stderr } = await run(["import", at("x.csv"), "--db", at("x.csv/data/db"), ...KEY]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^slate-sst: .*x\.csv.*\n$/);
    expect(readFileSync(at("x.csv"), "utf8")).toBe(cities);
  });

  test("wrong usage", async () => {
    const at = files(csv(cities));
    for (const [argv, message] of [
      [["import", at("x.csv"), ...KEY], "required option '--db <root>'"], [["import", "--db", at("db")], "there is no source"], [["import", at("y.csv"), "--db", at("db"), ...KEY], "ENOENT"],
      [["import", at("x.csv"), "--db", at("db"), ...KEY, "--sst-size", "1XB"], "256MiB"], [["import", at("x.csv"), "--db", at("db"), ...KEY, "--ttl", "soon"], "30d"],
      [["import", at("x.csv"), "--db", at("db"), "--discard"], "stands alone"], [["import", at("x.csv"), "--db", at("db"), ...KEY, "--resume"], "no unfinished import"],
      [["commit", at("x.csv"), "--db", at("db")], "not JSON"], [["import", "-", "--db", at("db"), ...KEY], "say which of ndjson, csv, tsv, rows, parquet, arrow it is"],
      [["import", at("*.ndjson"), "--db", at("db"), ...KEY], "no file matches"], [["import", at("x.csv"), "--db", "ftp://x/y", ...KEY], "no store has the scheme"],
      [["import", at("x.csv"), "--db", "", ...KEY], "the name is empty"], [["import", "--db", "", "--discard"], "the name is empty"],
      [["import", at("x.csv"), "--db", at("db"), ...KEY, "--dry-run", "--resume"], "leave --resume out"],
    ] as const) {
      const { code, stderr } = await run(argv);
      expect({ argv, code }).toEqual({ argv, code: 2 });
      expect(stderr).toContain(message);
    }
  });
});
