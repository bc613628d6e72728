// Ctrl-C, and the signal that schedulers send: an import ends in order, says how to go on, has published nothing, and goes on to the same database.
import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { run, temporaryFolder } from "./command-run.js";

const BIN = fileURLToPath(new URL("../bin/slate-sst.mjs", import.meta.url));
const ROWS = 12_000;

interface Ended {
  readonly code: number | null;
  readonly stderr: string;
}

/** Runs the command and sends it a signal as soon as it tells of something. */
async function interrupt(argv: readonly string[], told: string, signal: NodeJS.Signals, hasEnd = true): Promise<Ended> {
  const child = spawn(process.execPath, [BIN, ...argv, "--json"], { stdio: "pipe" });
  if (hasEnd) child.stdin.end();
  let [stdout, stderr, isSent] = ["", "", false];
  child.stdout.on("data", (text: Buffer) => {
    stdout += text.toString();
    if (isSent || !stdout.includes(told)) return;
    isSent = true;
    child.kill(signal);
  });
  child.stderr.on("data", (text: Buffer) => (stderr += text.toString()));
  return await new Promise((resolve) => child.on("close", (code) => resolve({ code, stderr })));
}

const values = (db: string): string[] => readdirSync(join(db, "compacted")).sort().map((name) => readFileSync(join(db, "compacted", name)).toString("base64"));

test.each([["it sorts", '"phase":"sort"', "SIGINT", 130, "always"], ["it writes what is sorted", '"type":"sst"', "SIGINT", 130, "always"], ["it writes sorted rows", '"type":"sst"', "SIGTERM", 143, "never"]] as const)("while %s", async (_what, told, signal, exitCode, sort) => {
  const folder = temporaryFolder();
  const file = join(folder, "x.ndjson");
  writeFileSync(file, Array.from({ length: ROWS }, (_, at) => `${JSON.stringify({ id: sort === "never" ? at : (at * 7919) % ROWS, text: "abc".repeat(at % 7) })}\n`).join(""));
  const db = join(folder, "db");
  const argv = ["import", file, "--db", db, "--key", "{id:u32}", "--sst-size", "80KiB", "--sort", sort, "--temp", folder, "--memory-limit", "256MiB", "--jobs", "1"];
  const interrupted = await interrupt(argv, told, signal);
  expect(interrupted).toEqual({ code: exitCode, stderr: `slate-sst: ${db}: nothing is published yet; the same command with --resume goes on, slate-sst import --db ${db} --discard removes what is there\nslate-sst: aborted; nothing is published\n` });
  expect(existsSync(join(db, "manifest"))).toBe(false);
  expect(await run([...argv, "--resume"])).toMatchObject({ code: 0, stderr: "" });
  const other = join(folder, "other");
  expect(await run(argv.map((word) => (word === db ? other : word)))).toMatchObject({ code: 0, stderr: "" });
  expect(values(db)).toEqual(values(other));
  expect(readdirSync(folder).filter((name) => name.startsWith("slate-sst-sort-"))).toEqual([]);
});

test("while standard input keeps still", async () => {
  const db = join(temporaryFolder(), "db");
  const { code, stderr } = await interrupt(["import", "-", "--format", "ndjson", "--db", db, "--key", "{id:u32}"], '"phase":"write"', "SIGTERM", false);
  expect(code).toBe(143);
  expect(stderr).toContain("--resume goes on");
});
