// An import whose process is killed: resumed, it comes to the same; discarded, nothing is left. How often: SLATE_SST_KILLS, 2 unless
// given; `SLATE_SST_KILLS=30 npx vitest run --root packages/cli --config ../../tools/nx-sst/vitest.config.mjs test/import-kill.test.ts` is the long run.
import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "./command-run.js";

const BIN = fileURLToPath(new URL("../bin/slate-sst.mjs", import.meta.url));
const KILLS = Number(process.env["SLATE_SST_KILLS"] ?? 2);
const ROWS = Math.max(20_000, KILLS * 6000);
const TIMEOUT_MS = 60_000 + KILLS * 15_000;

const source = (folder: string): string => {
  const file = join(folder, "x.ndjson");
  writeFileSync(file, Array.from({ length: ROWS }, (_, id) => `${JSON.stringify({ id, text: "abc".repeat(id % 7) })}\n`).join(""));
  return file;
};
const files = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name)).sort() : []);
/** The SSTs' bytes in the order of their names, which is that of their keys. */
const ssts = (db: string): string[] => files(join(db, "compacted")).map((file) => readFileSync(file).toString("base64"));
const importing = (file: string, db: string): string[] => ["import", file, "--db", db, "--key", "{id:u32}", "--sst-size", "30KiB"];

/** Runs the command and kills it after it has told of so many SSTs, or after so many milliseconds more. */
async function runUntil(argv: readonly string[], kill: { readonly ssts: number; readonly moreMs: number } | undefined): Promise<number | null> {
  const child = spawn(process.execPath, [BIN, ...argv, "--json"], { stdio: ["ignore", "pipe", "inherit"] });
  let told = 0;
  child.stdout.on("data", (text: Buffer) => {
    const before = told;
    told += text.toString().split('"type":"sst"').length - 1;
    if (kill !== undefined && before < kill.ssts && told >= kill.ssts) setTimeout(() => child.kill("SIGKILL"), kill.moreMs);
  });
  return await new Promise((resolve) => child.on("close", resolve));
}

describe("a process that is killed", () => {
  test(`${KILLS} times and resumed each time has imported the same in the end`, { timeout: TIMEOUT_MS }, async () => {
    const folder = temporaryFolder();
    const file = source(folder);
    expect(await runUntil(importing(file, join(folder, "undisturbed")), undefined)).toBe(0);
    const expected = ssts(join(folder, "undisturbed"));
    expect(expected.length).toBeGreaterThan(KILLS);
    const db = join(folder, "db");
    let random = 4711;
    let killed = 0;
    for (;;) {
      const begun = existsSync(join(folder, "db.import", "plan.json"));
      random = (random * 48_271) % 2_147_483_647;
      const code = await runUntil([...importing(file, db), ...(begun ? ["--resume"] : [])], killed < KILLS ? { ssts: 1 + (random % 2), moreMs: random % 20 } : undefined);
      if (code === 0) break;
      // Killed where it has published nothing; whoever looks sees no database.
      expect(code).toBe(null);
      expect(existsSync(join(db, "manifest")), `kill ${++killed}`).toBe(false);
    }
    expect(killed).toBe(KILLS);
    expect(ssts(db)).toEqual(expected);
    expect(files(db)).toHaveLength(expected.length + 1);
    expect(files(join(folder, "db.import"))).toEqual([]);
  });

  test("and discarded has left nothing", { timeout: TIMEOUT_MS }, async () => {
    const folder = temporaryFolder();
    const db = join(folder, "data", "db");
    expect(await runUntil(importing(source(folder), db), { ssts: 3, moreMs: 5 })).toBe(null);
    expect(files(join(folder, "data")).length).toBeGreaterThan(3);
    expect(await runUntil(["import", "--db", db, "--discard"], undefined)).toBe(0);
    expect(files(join(folder, "data"))).toEqual([]);
  });
});
