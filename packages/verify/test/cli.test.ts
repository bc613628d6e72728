// The command: what it verifies, its answers and exit codes.
import { readdirSync, readFileSync, symlinkSync } from "node:fs";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { fromJson, VerifyLineSchema, VerifyReportSchema } from "@slate-sst/format/proto";
import { MemoryObjectStore } from "@slate-sst/object-store";
import { describe, expect, test } from "vitest";
import { TOOL_NAME, TOOL_VERSION } from "../src/cli/version.js";
import { flip, golden, place, placeAllGolden, placeGolden, run, temporaryFolder } from "./cli-run.js";

const vectors = readdirSync(golden).filter((name) => name.endsWith(".sst"));
const puts = join(golden, "puts-small.sst");

describe("one file", () => {
  test("that is sound gives exit code 0 and one line", async () => {
    const { code, stdout, stderr } = await run([puts]);
    expect(stdout).toMatch(new RegExp(`^${puts}: sound \\(full, 1 block, \\d+ rows, [\\d,]+ bytes\\)\n$`));
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  });

  test("that is damaged gives exit code 1, the rule, the place and the bit", async () => {
    const file = placeGolden(temporaryFolder(), "x.sst", "puts-small", flip(20));
    const { code, stdout, stderr } = await run([file]);
    expect(stdout).toContain(`${file}\n  error F4.1 `);
    expect(stdout).toContain("at        block[0] (");
    expect(stdout).toContain("flipping bit 0 of the byte at offset 20 would mend the checksum");
    expect(stdout).toContain("not sound: 1 error");
    expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
  });

  test("may be reached through a link", async () => {
    const folder = temporaryFolder();
    symlinkSync(puts, join(folder, "link.sst"));
    expect((await run([join(folder, "link.sst")])).code).toBe(0);
  });

  test("may have any name, and is read only", async () => {
    const folder = temporaryFolder();
    const file = placeGolden(folder, "no-ending", "puts-small");
    expect((await run([file, "--level", "paranoid"])).code).toBe(0);
    expect(readdirSync(folder)).toEqual(["no-ending"]);
  });

  test("without a byte is an error of the file, not of reading it", async () => {
    const { code, stdout } = await run([place(temporaryFolder(), "empty.sst", "")]);
    expect(stdout).toContain("error F1.1");
    expect(code).toBe(1);
  });
});

describe("standard input", () => {
  async function* chunks(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += 100) yield bytes.subarray(at, at + 100);
  }

  test("is verified like a file", async () => {
    const bytes = new Uint8Array(readFileSync(puts));
    expect(await run(["-"], { stdin: chunks(bytes) })).toMatchObject({ code: 0, stdout: expect.stringMatching(/^standard input: sound/), stderr: "" });
    expect((await run(["-"], { stdin: chunks(flip(20)(bytes)) })).code).toBe(1);
  });

  test("that is a terminal is refused", async () => {
    expect(await run(["-"], { terminals: ["stdin"] })).toEqual({ code: 2, stdout: "", stderr: "sst-verify: standard input is a terminal: send a file to it, or name one\n" });
  });
});

describe("a folder", () => {
  test("of golden SSTs is sound, all of it, in the order of paths", async () => {
    const folder = temporaryFolder();
    placeAllGolden(folder);
    const { code, stdout, stderr } = await run([folder, "--level", "quick", "--jobs", "8"]);
    const lines = stdout.trimEnd().split("\n");
    expect(lines.slice(0, -2).map((line) => basename(line.slice(0, line.indexOf(": "))))).toEqual(vectors.toSorted());
    expect(lines.at(-2)).toBe(`${vectors.length} files: ${vectors.length} sound`);
    expect(lines.at(-1)).toMatch(/^0 errors, 0 warnings, 0 notes; [\d,]+ bytes in \d+\.\d s$/);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  });

  test("is searched below, for *.sst alone, and one damaged file decides", async () => {
    const folder = temporaryFolder();
    placeGolden(folder, "b/c/deep.sst", "deletes");
    placeGolden(folder, "b/bad.sst", "merges", (bytes) => bytes.subarray(0, -1));
    placeGolden(folder, "a.sst", "puts-small");
    place(folder, "b/other.txt", "no SST");
    const { code, stdout } = await run([folder]);
    expect(stdout.indexOf("a.sst")).toBeLessThan(stdout.indexOf("bad.sst"));
    expect(stdout.indexOf("bad.sst")).toBeLessThan(stdout.indexOf("deep.sst"));
    expect(stdout).toContain("3 files: 2 sound, 1 not sound\n");
    expect(code).toBe(1);
    const quiet = await run([folder, "--quiet"]);
    expect(quiet.code).toBe(1);
    expect(quiet.stdout).toContain("bad.sst");
    expect(quiet.stdout).not.toContain("deep.sst");
  });

  test("without an SST is not taken for a sound one", async () => {
    const folder = temporaryFolder();
    expect(await run([folder])).toEqual({ code: 2, stdout: "", stderr: `sst-verify: ${folder} is no file, and no *.sst lies below it\n` });
  });
});

describe("a URL", () => {
  test("of a local file, and of a folder", async () => {
    const folder = temporaryFolder();
    const file = placeGolden(folder, "with space.sst", "puts-small");
    const { code, stdout } = await run([pathToFileURL(file).href]);
    expect(stdout).toContain("with%20space.sst: sound");
    expect(code).toBe(0);
    placeGolden(folder, "bad.sst", "puts-small", flip(20));
    const both = await run([`${pathToFileURL(folder).href}/?fsync=true`]);
    expect(both.stdout).toContain(`${pathToFileURL(folder).href}/with space.sst: sound`);
    expect(both.code).toBe(1);
  });

  test("of a store in memory", async () => {
    await new MemoryObjectStore({ name: "cli-test" }).put("db/wal/1.sst", new Uint8Array(readFileSync(puts)), { mode: "overwrite" });
    const { code, stdout } = await run(["memory:cli-test"]);
    expect(stdout).toMatch(/^memory:cli-test\/db\/wal\/1\.sst: sound/);
    expect(code).toBe(0);
  });

  test("of no store, of a cloud's, by its adapter, and of nothing", async () => {
    expect((await run(["ftp://host/x.sst"])).stderr).toContain('no store has the scheme "ftp"');
    // The adapter reads the URL, and refuses what it does not know before anything is asked of a cloud.
    const { code, stderr } = await run(["s3://bucket/x.sst?colour=blue"]);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(/^sst-verify: .*colour/) as string });
    const nothing = `${pathToFileURL(temporaryFolder()).href}/x.sst`;
    expect(await run([nothing])).toEqual({ code: 2, stdout: "", stderr: `sst-verify: ${nothing} is no file, and no *.sst lies below it\n` });
  });
});

describe("answers for programs", () => {
  function folderOfThree(): string {
    const folder = temporaryFolder();
    placeGolden(folder, "a.sst", "puts-small");
    placeGolden(folder, "b.sst", "block-1024", flip(20));
    placeGolden(folder, "c.sst", "lz4-filter", flip(30));
    return folder;
  }

  test("--json prints one VerifyReport", async () => {
    const folder = folderOfThree();
    const { code, stdout, stderr } = await run([folder, "--json"]);
    const report = fromJson(VerifyReportSchema, JSON.parse(stdout));
    expect(report).toMatchObject({ tool: { name: TOOL_NAME, version: TOOL_VERSION }, summary: { sound: false, files: 3n, filesSound: 1n, filesUnsound: 2n } });
    expect(report.files.map(({ path, sound }) => [basename(path), sound])).toEqual([["a.sst", true], ["b.sst", false], ["c.sst", false]]);
    expect(report.files[1]?.findings).toMatchObject([{ rule: "F4.1", path: "block[0]", bitFlip: { offset: 20n, bit: 0 } }]);
    expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
  });

  test("--jsonl prints a finding a line and the summary last", async () => {
    const { code, stdout } = await run([folderOfThree(), "--jsonl"]);
    const lines = stdout.trimEnd().split("\n").map((line) => fromJson(VerifyLineSchema, JSON.parse(line)).line);
    expect(lines.map((line) => line.case)).toEqual(["finding", "finding", "report"]);
    expect(lines[2]).toMatchObject({ value: { summary: { files: 3n, counts: { errors: 2n } } } });
    expect(code).toBe(1);
  });

  test("--sarif names files by URIs, also where a URL was typed with what has no place in one", async () => {
    const folder = join(temporaryFolder(), "a folder");
    placeGolden(folder, "x y.sst", "puts-small", flip(20));
    const url = pathToFileURL(folder).href;
    for (const typed of [url.replaceAll("%20", " "), `${url.replaceAll("%20", " ")}/x y.sst`, `${url}/x%20y.sst`]) {
      const { stdout } = await run([typed, "--sarif"]);
      const log = JSON.parse(stdout) as { runs: [{ results: [{ locations: [{ physicalLocation: { artifactLocation: { uri: string } } }] }] }] };
      expect(log.runs[0].results[0].locations[0].physicalLocation.artifactLocation.uri, typed).toBe(`${url}/x%20y.sst`);
    }
  });

  test("--sarif prints a log", async () => {
    const { code, stdout } = await run([folderOfThree(), "--sarif"]);
    const log = JSON.parse(stdout) as { version: string; runs: { results: { ruleId: string }[] }[] };
    expect(log.version).toBe("2.1.0");
    expect(log.runs[0]?.results.map(({ ruleId }) => ruleId)).toEqual(["F4.1", "F4.1"]);
    expect(code).toBe(1);
  });

  test("are the same whatever the number of jobs", async () => {
    const folder = folderOfThree();
    const one = await run([folder, "--jsonl", "--jobs", "1"]);
    const many = await run([folder, "--jsonl", "--jobs", "3"]);
    const findings = (text: string): string[] => text.split("\n").filter((line) => line.startsWith('{"finding"'));
    expect(findings(many.stdout)).toEqual(findings(one.stdout));
  });

  test("--max-findings counts the rest", async () => {
    const file = placeGolden(temporaryFolder(), "x.sst", "puts-small", flip(20));
    const { code, stdout } = await run([file, "--max-findings", "0"]);
    expect(stdout).toContain(`${file}: not sound: 1 error, 1 not shown (full`);
    expect(code).toBe(1);
  });
});

test("the version told is the package's", async () => {
  const { name, version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { name: string; version: string };
  expect({ name, version }).toEqual({ name: TOOL_NAME, version: TOOL_VERSION });
  expect(await run(["--version"])).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
});
