// The README shows what the command prints, every option it has, and code that runs.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { LocalObjectStore } from "@slate-sst/object-store";
import { expect, test } from "vitest";
import { verifySst } from "../src/index.js";
import { placeGolden, run, temporaryFolder } from "./cli-run.js";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const FLIPPED = 11_057;

test("shows an answer as it is", async () => {
  const folder = temporaryFolder();
  placeGolden(folder, "users.sst", "lz4-filter", (bytes) => bytes.map((byte, index) => (index === FLIPPED ? byte ^ 8 : byte)));
  const { code, stdout } = await run([folder]);
  expect(code).toBe(1);
  const shown = stdout.replace(join(folder, "users.sst"), "backup/users.sst").trimEnd();
  expect(readme).toContain(`\`\`\`\n${shown}\n\`\`\`\n`);
});

test("lists every option of the command", async () => {
  const { stdout } = await run(["--help"]);
  const options = [...stdout.matchAll(/^ {2}(--[a-z-]+)/gm)].map(([, option]) => option).filter((option) => option !== "--help" && option !== "--version");
  expect(options.length).toBeGreaterThan(5);
  for (const option of options) expect(readme).toContain(`\`${option}`);
});

test("always names the package", () => {
  const commands = [...readme.matchAll(/npx (?!-p @slate-sst\/verify )(.*)/g)].map(([command]) => command);
  expect(commands).toEqual(["npx sst-verify` would run whatever package has that name."]);
});

test("shows code that runs", async () => {
  const root = temporaryFolder();
  placeGolden(root, "users/compacted/01JA2Q3W4E5R6T7Y8U9I0OPASD.sst", "puts-small");
  const printed: unknown[] = [];
  // begin
  const verification = verifySst(new LocalObjectStore(root), "users/compacted/01JA2Q3W4E5R6T7Y8U9I0OPASD.sst", { level: "full" });
  for await (const { rule, path, offset, expected, found } of verification) printed.push(rule, path, offset, expected, found);
  printed.push(verification.result.sound);
  // end
  expect(printed).toEqual([true]);
  const source = readFileSync(new URL("./cli-readme.test.ts", import.meta.url), "utf8");
  const body = source.slice(source.indexOf("  // begin\n") + "  // begin\n".length, source.indexOf("  // end\n")).replaceAll(/^ {2}/gm, "");
  expect(readme.replace('"./backup"', "root").replaceAll("console.log(", "printed.push(")).toContain(body);
});
