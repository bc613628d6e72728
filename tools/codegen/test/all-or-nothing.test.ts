// Goal: codegen writes everything or nothing, and says in one sentence what it refuses. Method: the generator in a copy of what it reads and writes.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const GENERATED = "packages/format/src/generated";

let copy: string;
beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), "slate-sst-codegen-"));
  for (const folder of ["tools/codegen/src", "packages/format/src", "packages/format/assembly"]) cpSync(join(ROOT, folder), join(copy, folder), { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"), "dir");
});
beforeEach(() => cpSync(join(ROOT, "spec"), join(copy, "spec"), { recursive: true }));
afterAll(() => rmSync(copy, { recursive: true }));

function change(file: string, before: string, after: string): void {
  const text = readFileSync(join(copy, "spec", file), "utf8");
  if (!text.includes(before)) throw new Error(`${file} has no ${before}`);
  writeFileSync(join(copy, "spec", file), text.replace(before, after));
}

function codegen(...steps: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [join(copy, "tools/codegen/src/main.mjs"), ...steps], { encoding: "utf8" });
}

/** Text of every generated file by its path. */
function generated(): Map<string, string> {
  const files = readdirSync(join(copy, GENERATED), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return new Map(files.map((file) => [file, readFileSync(file, "utf8")]));
}

it.each<[string, readonly string[], readonly [string, string, string], RegExp]>([
  ["a rule that names a field of before", ["constants", "fbs", "rules"], ["fbs/sst_stats.fbs", "raw_val_size:", "raw_value_size:"], /^codegen: spec\/rules\.yaml: there is no raw_val_size in spec\/fbs\/sst_stats\.fbs, which S\d.* names? \(.*\); nothing was written\n$/],
  ["a message that buf refuses", ["constants", "proto"], ["proto/slate_sst/v1/metadata.proto", "string path = 1;", "string path = ;"], /^codegen: spec\/proto: buf refuses it: .*metadata\.proto:\d+.*; nothing was written\n$/],
])("%s is refused in one sentence, and no file changes", (_, steps, [file, before, after], expected) => {
  const files = generated();
  // Something for the first step to write.
  change("constants.yaml", "doc: Shortest key", "doc: The shortest key");
  change(file, before, after);
  const { status, stdout, stderr } = codegen(...steps);
  expect(stderr).toMatch(expected);
  expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
  expect(generated()).toEqual(files);
});

it("what nothing is refused of is written, and code of a message that is gone does not stay", () => {
  const stale = join(copy, GENERATED, "proto/slate_sst/v1/gone_pb.ts");
  writeFileSync(stale, "export {};\n");
  change("constants.yaml", "doc: Shortest key", "doc: The shortest key");
  const { status, stdout } = codegen("constants", "proto");
  expect(status).toBe(0);
  expect(stdout).toMatch(/^constants: packages\/format\/src\/generated\/constants\.ts\n(proto: .*_pb\.ts\n)+$/);
  expect(readFileSync(join(copy, GENERATED, "constants.ts"), "utf8")).toContain("/** The shortest key");
  expect(existsSync(stale)).toBe(false);
  expect([...generated().keys()].filter((file) => file.endsWith(".new"))).toEqual([]);
});
