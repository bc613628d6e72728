// Adds up Vitest's JSON reports: `node tools/nx-sst/src/count-tests.mjs FOLDER` prints `PASSED FAILED`.
// A run without a report, or a report without tests, is an error: what was not counted must not look like success.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

const [folder] = process.argv.slice(2);
const files = folder !== undefined && existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith(".json")) : [];
let passed = 0;
let failed = 0;
for (const file of files) {
  /** @type {{ numTotalTests: number, numPassedTests: number, numFailedTests: number }} */
  const report = JSON.parse(readFileSync(join(folder ?? "", file), "utf8"));
  if (report.numTotalTests === 0) process.exitCode = 1;
  passed += report.numPassedTests;
  failed += report.numFailedTests;
}
if (files.length === 0) process.exitCode = 1;
console.log(`${passed} ${failed}`);
