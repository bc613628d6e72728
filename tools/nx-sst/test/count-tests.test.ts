// Goal: the number of test cases that CI prints is the number that ran. Method: reports in a temporary folder.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";

const SCRIPT = fileURLToPath(new URL("../src/count-tests.mjs", import.meta.url));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nx-sst-reports-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const report = (passed: number, failed: number): string => JSON.stringify({ numTotalTests: passed + failed, numPassedTests: passed, numFailedTests: failed });

function count(from: string): { status: number | null; stdout: string } {
  const { status, stdout } = spawnSync(process.execPath, [SCRIPT, from], { encoding: "utf8" });
  return { status, stdout };
}

test("adds up the reports of all runs", () => {
  writeFileSync(join(folder, "1.json"), report(3, 0));
  writeFileSync(join(folder, "2.json"), report(4, 1));
  expect(count(folder)).toEqual({ status: 0, stdout: "7 1\n" });
});

test("no report at all is an error", () => {
  expect(count(folder)).toEqual({ status: 1, stdout: "0 0\n" });
  expect(count(join(folder, "missing"))).toEqual({ status: 1, stdout: "0 0\n" });
});

test("a report without tests is an error", () => {
  writeFileSync(join(folder, "1.json"), report(3, 0));
  writeFileSync(join(folder, "2.json"), report(0, 0));
  expect(count(folder)).toEqual({ status: 1, stdout: "3 0\n" });
});
