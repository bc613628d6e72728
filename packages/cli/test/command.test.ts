// What the command takes and refuses, and how it ends: one clear message and an exit code.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { TOOL_NAME, TOOL_VERSION } from "../src/version.js";
import { golden, placeDatabase, run, temporaryFolder } from "./command-run.js";

const tiny = golden("tiny-all");
const BIN = fileURLToPath(new URL("../bin/slate-sst.mjs", import.meta.url));

async function refusal(...argv: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(argv);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toMatch(/^slate-sst: [^\n]+\n(\(Did you mean [^\n]+\)\n)?$/);
  return stderr.slice("slate-sst: ".length).trimEnd();
}

describe("wrong usage", () => {
  test("is refused with one message", async () => {
    expect(await refusal("dog", tiny)).toMatch(/^unknown command 'dog'/);
    expect(await refusal("cat")).toBe("missing required argument 'target'");
    expect(await refusal("cat", "")).toMatch(/^the name is empty/);
    expect(await refusal("cat", tiny, tiny)).toMatch(/^too many arguments/);
    expect(await refusal("cat", tiny, "--fomat", "csv")).toBe("unknown option '--fomat'\n(Did you mean --format?)");
    expect(await refusal("cat", tiny, "--format", "xml")).toContain("Allowed choices are ndjson, csv, raw.");
    expect(await refusal("cat", tiny, "--limit", "-1")).toContain("It must be an integer from 0");
    expect(await refusal("cat", tiny, "--from", "\\q")).toContain("a backslash begins");
    expect(await refusal("cat", tiny, "--from", "abc", "--encoding", "hex")).toContain("pairs of hexadecimal digits");
    expect(await refusal("cat", tiny, "--from", "abc", "--encoding", "base64")).toContain("base64 with its padding");
    expect(await refusal("inspect", join(temporaryFolder(), "x.sst"))).toContain("ENOENT");
    expect(await refusal("cat", "ftp://host/x.sst")).toContain("no store has the scheme");
    expect(await refusal("cat", "/dev/null")).toBe("/dev/null is neither a file nor a folder");
  });

  test("standard input from a terminal is not waited for", async () => {
    expect(await run(["cat", "-"], { terminals: ["stdin"] })).toMatchObject({ code: 2, stderr: expect.stringContaining("standard input is a terminal") as string });
  });
});

describe("damage", () => {
  test("ends with 1 and its place", async () => {
    const file = join(temporaryFolder(), "x.sst");
    writeFileSync(file, readFileSync(tiny).map((byte, at) => (at === 20 ? byte ^ 1 : byte)));
    for (const command of ["cat", "inspect"]) expect(await run([command, file])).toMatchObject({ code: 1, stdout: "", stderr: expect.stringMatching(/^slate-sst: block\[0\].*checksum/) as string });
    writeFileSync(file, readFileSync(tiny).subarray(0, 9));
    expect((await run(["cat", file])).code).toBe(1);
  });

  test("of a manifest is told with its name", async () => {
    const db = await placeDatabase([{ key: "a", value: "b" }]);
    writeFileSync(join(db, "manifest", "00000000000000000002.manifest"), "xx");
    expect(await run(["cat", db])).toMatchObject({ code: expect.any(Number) as number, stderr: expect.stringMatching(/^slate-sst: manifest\/0+2\.manifest: /) as string });
  });
});

describe("an output that breaks", () => {
  const breaking = (code: string): Writable => new Writable({ write: (_chunk, _encoding, done) => done(Object.assign(new Error(`${code}: broken`), { code })) });

  test("ends quietly when the reader has seen enough, and with a message when it is the disk", async () => {
    for (const command of ["cat", "inspect"]) {
      expect(await run([command, tiny], { stdout: breaking("EPIPE") })).toMatchObject({ code: 0, stderr: "" });
      expect(await run([command, tiny], { stdout: breaking("ENOSPC") })).toMatchObject({ code: 2, stderr: "slate-sst: the output could not be written: ENOSPC: broken\n" });
    }
  });
});

describe("in a process of its own", () => {
  test("the program runs from its build, and head may close the pipe", () => {
    expect(existsSync(fileURLToPath(new URL("../dist/main.js", import.meta.url))), "npm run build").toBe(true);
    expect(execFileSync(process.execPath, [BIN, "cat", tiny, "--limit", "1"], { encoding: "utf8" })).toContain('"apple"');
    expect(spawnSync(process.execPath, [BIN, "cat", join(tiny, "nowhere")], { encoding: "utf8" }).status).toBe(2);
    const piped = spawnSync("sh", ["-c", `"${process.execPath}" "${BIN}" cat "${golden("rows-1000-filter")}" | head -n 1`], { encoding: "utf8" });
    expect(piped.stdout.split("\n")).toHaveLength(2);
    expect(piped.stderr).toBe("");
  });
});

test("--help tells every command, option and exit code; the version is the package's", async () => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  for (const argv of [["--help"], ["cat", "--help"], ["inspect", "--help"], ["import", "--help"], ["write", "--help"], ["export", "--help"], ["commit", "--help"]]) {
    const { code, stdout, stderr } = await run(argv);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain("Exit codes: 0 done, 1 ");
    for (const [, option = ""] of stdout.matchAll(/^ {2}(--[a-z-]+)/gm)) if (option !== "--help" && option !== "--version") expect(readme).toContain(`\`${option}`);
  }
  const { name, version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { name: string; version: string };
  expect({ name, version }).toEqual({ name: TOOL_NAME, version: TOOL_VERSION });
  expect((await run(["--version"])).stdout).toBe(`${version}\n`);
});

test("the README shows what the commands print", async () => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  expect(readme).toContain(`\`\`\`\n${(await run(["cat", tiny])).stdout}\`\`\`\n`);
  const inspected = (await run(["inspect", tiny])).stdout.replace(tiny, "packages/conformance/vectors/golden/tiny-all.sst");
  expect(readme).toContain(`\`\`\`\n${inspected.split("\n").slice(0, 5).join("\n")}\n\`\`\`\n`);
});
