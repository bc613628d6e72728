// The runner: what it asks, what it makes of answers and of testees that give none, and its reports.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { create, fromJsonString, toJsonString } from "@slate-sst/format/proto";
import { type ConformanceReport, ConformanceReportSchema, ConformanceRequestSchema, ConformanceValueSchema, ConformanceVerdict } from "@slate-sst/format/proto/conformance";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { TempFolder } from "../src/oracle/folders.js";
import { loadCases } from "../src/runner/cases.js";
import { conformance, EXIT_CONFORMANT, EXIT_NOT_CONFORMANT, EXIT_USAGE, splitCommand } from "../src/runner/command.js";
import { parseExpectedFailures } from "../src/runner/expected-failures.js";
import { frame, FrameError, FrameSplitter } from "../src/runner/frames.js";
import { reportText, summaryText } from "../src/runner/reports.js";
import { LAYERS, layerName } from "../src/suite/builder.js";
import { buildWhatIsMissing } from "./built-packages.js";
import { isSampled } from "./sampled.js";

const bin = (name: string): string => fileURLToPath(new URL(`../bin/${name}.mjs`, import.meta.url));
const OURS = `"${process.execPath}" "${bin("testee-slate-sst")}"`;
const SLATEDB = `"${process.execPath}" "${bin("testee-slatedb")}"`;
const EXPECTED = fileURLToPath(new URL("../expected-failures/slatedb-0.12.1.txt", import.meta.url));
/** Whole files and databases take most of the time; `npm run conformance` asks all of them. */
const LARGE_EVERY = 7;

const folder = new TempFolder("runner");
beforeAll(buildWhatIsMissing);
afterAll(() => folder[Symbol.dispose]());

async function run(...args: readonly string[]): Promise<{ code: number; out: string; error: string }> {
  let [out, error] = ["", ""];
  const code = await conformance(args, { out: (text) => (out += text), error: (text) => (error += text) });
  return { code, out, error };
}

/** A testee made of a few lines; `reply(request)` of what it does. */
function smallTestee(name: string, body: string): string {
  const path = join(folder.path, `${name}.mjs`);
  writeFileSync(path, body);
  return `"${process.execPath}" "${path}"`;
}

/** A folder of vectors with these files of cases. */
function vectorsOf(files: Readonly<Record<string, string>>): string {
  const path = mkdtempSync(join(folder.path, "vectors-"));
  mkdirSync(join(path, "cases"));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, "cases", name), text);
  return path;
}

/** Whether a process is there; one that nobody has asked for its end is not. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH" && process.platform !== "linux";
  }
}

const CASE = ["--case", "varint/1-to-bytes"] as const;

describe("our testee", () => {
  it("passes everything in the small layers and a sample of the large ones", async () => {
    const cases = loadCases().filter(({ layer, case: { id } }) => !["file", "manifest"].includes(layerName(layer)) || isSampled(id, LARGE_EVERY));
    const { code, out } = await run("--testee", OURS, ...cases.flatMap(({ case: { id } }) => ["--case", id]));
    expect(out).toMatch(new RegExp(`^all +${cases.length} +0 +0 +0$`, "m"));
    expect(code, out).toBe(EXIT_CONFORMANT);
  });

  it("speaks JSON, too, and several at once", async () => {
    const { code, out } = await run("--testee", `${OURS} --wire json`, "--wire", "json", "--jobs", "2", "--layer", "varint", "--layer", "stats", "--layer", "filter");
    expect(code, out).toBe(EXIT_CONFORMANT);
  });
});

describe("real SlateDB as a testee", () => {
  it("reads and writes a sample of whole files, but for what it is known to fail", async () => {
    const cases = loadCases().filter(({ layer, case: { expectation }, request }) => layerName(layer) === "file" && request.task?.kind.case !== "verify" && expectation.case !== "mustEqual");
    const sample = cases.filter(({ case: { id } }) => isSampled(id, LARGE_EVERY) || id.includes("v1-lz4") || id.includes("read-"));
    const { code, out } = await run("--testee", SLATEDB, "--expected-failures", EXPECTED, "--timeout", "30000", ...sample.flatMap(({ case: { id } }) => ["--case", id]));
    expect(code, out).toBe(EXIT_CONFORMANT);
    // What came after its release it is not asked.
    const added = sample.filter(({ case: { provenance } }) => /^a (codec|version) that SlateDB/.test(provenance?.note ?? "")).length;
    const known = parseExpectedFailures(readFileSync(EXPECTED, "utf8"));
    expect(out).toMatch(new RegExp(`^file +\\d\\d +0 +${sample.filter(({ case: { id } }) => known.has(id)).length} +${added}$`, "m"));
  });
});

describe("the page that tells how to write a testee", () => {
  const hasPython = spawnSync("python3", ["-c", "import sys; sys.exit(sys.version_info < (3, 8))"]).status === 0;

  it.skipIf(!hasPython)("has a program that reads varints (skipped without python3)", async () => {
    const page = readFileSync(new URL("../TESTEES.md", import.meta.url), "utf8");
    const path = join(folder.path, "testee.py");
    writeFileSync(path, /```python\n([^]*?)```/.exec(page)?.[1] ?? "");
    const { code, out } = await run("--testee", `python3 "${path}"`, "--wire", "json", "--layer", "varint");
    expect([code, out]).toEqual([EXIT_CONFORMANT, expect.stringMatching(/^varint +26 +0 +0 +15$/m)]);
  });

  it("shows values that are messages", () => {
    const page = readFileSync(new URL("../TESTEES.md", import.meta.url), "utf8");
    const shown = Array.from(page.matchAll(/^\| \w+ \| `(\{.*?\})`/gm), ([, json = ""]) => json);
    expect(shown.length).toBeGreaterThanOrEqual(4);
    for (const json of shown) expect(JSON.parse(toJsonString(ConformanceValueSchema, fromJsonString(ConformanceValueSchema, json)))).toEqual(JSON.parse(json));
  });

  it("shows the table that a run prints", () => {
    const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
    const cases = loadCases();
    for (const layer of LAYERS) expect(readme).toMatch(new RegExp(`^${layerName(layer)} +${cases.filter((one) => one.layer === layer).length} +0 +0 +0$`, "m"));
    expect(readme).toMatch(new RegExp(`^all +${cases.length} +0 +0 +0$`, "m"));
  });
});

describe("a testee that gives no answer", () => {
  const BODIES: readonly (readonly [string, string, RegExp])[] = [
    ["hangs", "process.stdin.resume();", /no answer within 300 ms/],
    ["ends at once", "console.error('I give up'); process.exit(3);", /ended with exit code 3; it said: I give up/],
    ["writes logs to its output", "process.stdin.once('data', () => console.log('Hello, I am a log line'));", /no message: a message of \d+ bytes: is a log written to standard output/],
    ["writes half a message", "process.stdin.once('data', () => { process.stdout.write(Buffer.from([9, 0, 0, 0, 1])); process.stdin.destroy(); });", /ended with exit code 0/],
    ["answers with nonsense", "process.stdin.once('data', () => process.stdout.write(Buffer.from([2, 0, 0, 0, 255, 255])));", /what it wrote is no message/],
  ];
  it.each(BODIES)("%s", async (name, body, reason) => {
    const { code, out, error } = await run("--testee", smallTestee(name.replaceAll(" ", "-"), body), ...CASE, "--timeout", name === "hangs" ? "300" : "20000");
    expect([code, `${out}${error}`]).toEqual([EXIT_NOT_CONFORMANT, expect.stringMatching(reason)]);
  });

  it("takes too much memory", async () => {
    const hungry = smallTestee("hungry", "const kept = []; process.stdin.on('data', () => setInterval(() => { if (kept.length < 30) kept.push(Buffer.alloc(16 << 20, 1)); }, 5));");
    const { code, out } = await run("--testee", hungry, ...CASE, "--memory-limit", "120", "--timeout", "10000");
    expect([code, out]).toEqual([EXIT_NOT_CONFORMANT, expect.stringMatching(process.platform === "linux" ? /it takes \d+ bytes of memory, 125829120 are allowed/ : /./)]);
  });

  it("is given up when it never answers anything", async () => {
    const { code, error } = await run("--testee", "no-such-program-anywhere --flag", "--layer", "varint");
    expect([code, error]).toEqual([EXIT_USAGE, expect.stringMatching(/no-such-program-anywhere --flag: it cannot be started/)]);
  });

  it.each([
    ["answers everything twice", "process.stdout.write(Buffer.concat([answer, answer]));", /an answer that nobody asked for/],
    ["ends after each answer", "process.stdout.write(answer, () => process.exit(3));", /ended with exit code 3/],
  ])("%s is not conformant, though its answers are right", async (name, write, reason) => {
    const testee = smallTestee(name.replaceAll(" ", "-"), `
      import { respond } from ${JSON.stringify(new URL("../dist/testees/answer.js", import.meta.url).href)};
      import { slateSst } from ${JSON.stringify(new URL("../dist/testees/slate-sst.js", import.meta.url).href)};
      import { decodeRequest, encodeResponse, frame, FrameSplitter } from ${JSON.stringify(new URL("../dist/runner/frames.js", import.meta.url).href)};
      const splitter = new FrameSplitter();
      for await (const piece of process.stdin) for (const message of splitter.push(piece)) {
        const answer = frame(encodeResponse(await respond(slateSst, decodeRequest(message, "binary")), "binary"));
        ${write}
      }`);
    const { code, out } = await run("--testee", testee, ...CASE, "--case", "varint/300-to-bytes");
    expect([code, out]).toEqual([EXIT_NOT_CONFORMANT, expect.stringMatching(reason)]);
  });

  it.skipIf(process.platform === "win32")("and does not care that its input ends is ended with all that it has started", async () => {
    const file = join(folder.path, "pid");
    const lingers = smallTestee("lingers", `
      import { writeFileSync } from "node:fs";
      writeFileSync(${JSON.stringify(file)}, String(process.pid));
      process.stdin.resume();
      setInterval(() => undefined, 1000);`);
    const { code, out } = await run("--testee", `sh -c '${lingers.replaceAll('"', "")}; true'`, ...CASE, "--timeout", "1500");
    expect([code, out]).toEqual([EXIT_NOT_CONFORMANT, expect.stringMatching(/no answer within 1500 ms/)]);
    const pid = Number(readFileSync(file, "utf8"));
    await vi.waitFor(() => expect(isRunning(pid)).toBe(false));
  });

  it("is started again after it died, and asked the rest", async () => {
    const dies = smallTestee("dies", `
      import { serve } from ${JSON.stringify(new URL("../dist/testees/serve.js", import.meta.url).href)};
      import { slateSst } from ${JSON.stringify(new URL("../dist/testees/slate-sst.js", import.meta.url).href)};
      await serve(async (request) => { if (request.caseId.includes("300")) process.exit(1); return await slateSst(request); });`);
    const { code, out } = await run("--testee", dies, "--layer", "varint");
    expect(code).toBe(EXIT_NOT_CONFORMANT);
    expect(out).toMatch(/^varint +39 +2 +0 +0$/m);
  });
});

describe("expected failures", () => {
  const list = (text: string): string => {
    const path = join(folder.path, "expected.txt");
    writeFileSync(path, text);
    return path;
  };
  const WRONG = `"${process.execPath}" "${bin("testee-broken")}" whole-separators`;

  it("are no failures, as long as they fail", async () => {
    const failing = (await run("--testee", WRONG, "--layer", "separator")).out.match(/separator\/[a-z0-9-]+/g) ?? [];
    expect(failing.length).toBeGreaterThan(3);
    const { code, out } = await run("--testee", WRONG, "--layer", "separator", "--expected-failures", list(failing.map((id) => `${id} # known`).join("\n")));
    expect([code, out]).toEqual([EXIT_CONFORMANT, expect.stringMatching(new RegExp(`^separator +${15 - failing.length} +0 +${failing.length} +0$`, "m"))]);
  });

  it("may only shrink: one that passes has to leave the list", async () => {
    const { code, out } = await run("--testee", OURS, "--layer", "separator", "--expected-failures", list("separator/the-keys-are-equal # was known"));
    expect([code, out]).toEqual([EXIT_NOT_CONFORMANT, expect.stringContaining("separator/the-keys-are-equal: does not fail any more; take it off the list")]);
  });

  it("are read line by line", () => {
    expect([...parseExpectedFailures("# a list\n\nfile/one # why \n  file/two   # because")]).toEqual([["file/one", "why"], ["file/two", "because"]]);
    expect(() => parseExpectedFailures("file/one")).toThrow(/line 1 .*needs a reason/);
    expect(() => parseExpectedFailures("file/one #")).toThrow(/needs a reason/);
    expect(() => parseExpectedFailures("file/one # a\nfile/one # b")).toThrow(/line 2.*twice/);
    expect(() => parseExpectedFailures("file/one and more # a")).toThrow(/no id/);
  });
});

describe("the command line", () => {
  it.each<[string, string[], RegExp]>([
    ["no testee", [], /required option '--testee/],
    ["an unknown layer", ["--testee", "x", "--layer", "rows"], /known are varint, crc/],
    ["an unknown case", ["--testee", "x", "--case", "varint/none-of-these"], /there is no case varint\/none-of-these/],
    ["no jobs", ["--testee", "x", "--jobs", "0"], /an integer from 1 to 64/],
    ["an unknown report", ["--testee", "x", "--report", "pdf"], /Allowed choices are junit, json, html/],
    ["the file of a report that is not asked for", ["--testee", "x", "--layer", "varint", "--report-file", "x.xml"], /--report-file is for a report/],
    ["a folder without cases", ["--testee", "x", "--vectors", vectorsOf({})], /there are no cases in/],
    ["a folder of what are no cases", ["--testee", "x", "--vectors", vectorsOf({ "x.json": "{" })], /JSON/],
    ["a list that is not there", ["--testee", "x", "--expected-failures", "/nowhere/list"], /ENOENT/],
  ])("refuses %s", async (_, args, reason) => {
    const { code, error } = await run(...args);
    expect([code, error]).toEqual([EXIT_USAGE, expect.stringMatching(reason)]);
  });

  it("parts a command at spaces that are not in quotes", () => {
    expect(splitCommand(`node "a b.mjs" --x='y z' plain`)).toEqual(["node", "a b.mjs", "--x=y z", "plain"]);
    expect(() => splitCommand("  ")).toThrow(/the program/);
  });

  it("writes reports that say the same as the table", async () => {
    const file = join(folder.path, "report.json");
    const { out } = await run("--testee", OURS, "--layer", "crc", "--report", "json", "--report-file", file);
    const report = fromJsonString(ConformanceReportSchema, readFileSync(file, "utf8"));
    expect(out).toContain("crc              27        0        0        0");
    expect([report.passed, report.results.length, report.layers[0]?.passed]).toEqual([true, 27, 27]);
  });

  it("prints the table before a report that cannot be written", async () => {
    const { code, out, error } = await run("--testee", OURS, ...CASE, "--report", "json", "--report-file", join(folder.path, "no/such/folder/x.json"));
    expect([code, out, error]).toEqual([EXIT_USAGE, expect.stringContaining("Conformant"), expect.stringContaining("ENOENT")]);
  });
});

describe("reports", () => {
  const result = (caseId: string, verdict: ConformanceVerdict, message = ""): ConformanceReport["results"][number] => ({ $typeName: "slate_sst.v1.ConformanceResult", caseId, verdict, message, durationMs: 1500 });
  const report = create(ConformanceReportSchema, {
    testee: "node <x>", layers: [{ layer: 1, passed: 1, failed: 1, expectedFailures: 1, skipped: 1 }], staleExpectations: ["varint/gone: there is no such case in this run"], passed: false,
    results: [result("varint/a", ConformanceVerdict.PASSED), result("varint/b", ConformanceVerdict.FAILED, 'is "1" & <2>\u0000'), result("varint/c", ConformanceVerdict.EXPECTED_FAILURE, "known"), result("varint/d", ConformanceVerdict.SKIPPED, "no")],
  });

  it("for a terminal", () => {
    const text = summaryText(report);
    expect(text).toMatch(/^varint +1 +1 +1 +1$/m);
    expect(text).toContain('  varint/b: is "1" & <2>');
    expect(text).toContain("varint/gone: there is no such case");
    expect(text).toContain("Not conformant.");
    const hostile = { ...report, results: [result("varint/b", ConformanceVerdict.FAILED, "\u001b[2J\u202eline one\nline two")] };
    expect(summaryText(hostile)).toContain("  varint/b: \\u{1b}[2J\\u{202e}line one\nline two");
  });

  it("as JUnit XML", () => {
    const xml = reportText(report, "junit");
    expect(xml).toContain('tests="5" failures="2" skipped="2"');
    expect(xml).toContain('<testcase classname="varint" name="a" time="1.500"/>');
    expect(xml).toContain('<failure message="is &quot;1&quot; &amp; &lt;2&gt;\ufffd"/>');
    const odd = { ...report, results: [result("varint/b", ConformanceVerdict.FAILED, "\ud800\uffff")] };
    expect(reportText(odd, "junit")).toContain('<failure message="\ufffd\ufffd"/>');
  });

  it("as JSON and HTML", () => {
    expect(fromJsonString(ConformanceReportSchema, reportText(report, "json"))).toEqual(report);
    expect(reportText(report, "html")).toContain("<td>varint/b</td><td>failed</td><td>is &quot;1&quot; &amp; &lt;2&gt;");
  });
});

describe("messages on a stream", () => {
  it("are put together from pieces of any length", () => {
    const messages = [new Uint8Array(0), Uint8Array.of(1), new Uint8Array(300).fill(7)];
    const stream = Buffer.concat(messages.map(frame));
    for (const step of [1, 2, 3, 5, 100, 1000]) {
      const splitter = new FrameSplitter();
      const found: Uint8Array[] = [];
      for (let at = 0; at < stream.length; at += step) found.push(...splitter.push(new Uint8Array(stream.subarray(at, at + step))));
      expect(found.map((one) => Buffer.from(one).toString("hex"))).toEqual(messages.map((one) => Buffer.from(one).toString("hex")));
      expect(splitter.pending).toBe(0);
    }
  });

  it("are refused when they claim to be larger than any", () => {
    expect(() => new FrameSplitter().push(Uint8Array.of(0xff, 0xff, 0xff, 0xff))).toThrow(FrameError);
    expect(create(ConformanceRequestSchema, {}).caseId).toBe("");
  });
});
