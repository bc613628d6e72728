// An import whose process is killed: resumed, it comes to the same; discarded, nothing is left. How often: SLATE_SST_KILLS, 2 unless
// given; `SLATE_SST_KILLS=30 npx vitest run --root packages/cli --config ../../tools/nx-sst/vitest.config.mjs test/import-kill.test.ts` is the long run.
import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "./command-run.js";

const BIN = fileURLToPath(new URL("../bin/slate-sst.mjs", import.meta.url));
const KILLS = Number(process.env["SLATE_SST_KILLS"] ?? 2);
const ROWS = Math.max(20_000, KILLS * 6000);
const TIMEOUT_MS = 60_000 + KILLS * 15_000;

/** Rows in the order of their keys, or in another one. */
const source = (folder: string, isSorted = true): string => {
  const file = join(folder, "x.ndjson");
  const ids = Array.from({ length: ROWS }, (_, at) => (isSorted ? at : (at * 7919) % ROWS));
  writeFileSync(file, ids.map((id) => `${JSON.stringify({ id, text: "abc".repeat(id % 7) })}\n`).join(""));
  return file;
};
/** What is there, without the bytes of a put that was under way: they are no object, and a folder's store leaves them where they were staged. */
const files = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile() && !entry.name.startsWith("put-")).map((entry) => join(entry.parentPath, entry.name)).sort() : []);
/** The SSTs' bytes in the order of their names, which is that of their keys. */
const ssts = (db: string): string[] => files(join(db, "compacted")).map((file) => readFileSync(file).toString("base64"));
const SORTED = ["--sst-size", "30KiB"];
const UNSORTED = ["--sst-size", "150KiB", "--sort", "always", "--memory-limit", "256MiB", "--jobs", "2"];
const importing = (file: string, db: string, isSorted = true): string[] => ["import", file, "--db", db, "--key", "{id:u32}", ...(isSorted ? SORTED : [...UNSORTED, "--temp", dirname(file)])];

/** Folders that hold what is sorted. */
const sorting = (folder: string): string[] => readdirSync(folder).filter((name) => name.startsWith("slate-sst-sort-"));

interface Kill {
  readonly ssts: number;
  readonly moreMs: number;
}

/** Sorted rows become SSTs from the first moment on; where they are sorted first, every third kill comes before there are any. */
function killAt(random: number, isSorted: boolean): Kill {
  if (isSorted) return { ssts: 1 + (random % 2), moreMs: random % 20 };
  return random % 3 === 0 ? { ssts: 0, moreMs: random % 400 } : { ssts: 1, moreMs: random % 20 };
}

/** Runs the command and kills it after it has told of so many SSTs, or after so many milliseconds more. */
async function runUntil(argv: readonly string[], kill: Kill | undefined): Promise<number | null> {
  const child = spawn(process.execPath, [BIN, ...argv, "--json"], { stdio: ["ignore", "pipe", "inherit"] });
  let told = 0;
  // From the first event on, which tells that the import has begun.
  let begun = false;
  child.stdout.on("data", (text: Buffer) => {
    const before = told;
    told += text.toString().split('"type":"sst"').length - 1;
    if (kill !== undefined && (kill.ssts === 0 ? !begun : before < kill.ssts && told >= kill.ssts)) setTimeout(() => child.kill("SIGKILL"), kill.moreMs);
    begun = true;
  });
  return await new Promise((resolve) => child.on("close", resolve));
}

describe("a process that is killed", () => {
  test.each([["sorted rows", true], ["rows in any order", false]])(`${KILLS} times and resumed each time has imported the same in the end: %s`, { timeout: TIMEOUT_MS }, async (_rows, isSorted) => {
    const folder = temporaryFolder();
    const file = source(folder, isSorted);
    expect(await runUntil(importing(file, join(folder, "undisturbed"), isSorted), undefined)).toBe(0);
    const expected = ssts(join(folder, "undisturbed"));
    if (isSorted) expect(expected.length).toBeGreaterThan(KILLS);
    const db = join(folder, "db");
    let random = 4711;
    let killed = 0;
    for (;;) {
      const begun = existsSync(join(folder, "db.import", "plan.json"));
      random = (random * 48_271) % 2_147_483_647;
      const code = await runUntil([...importing(file, db, isSorted), ...(begun ? ["--resume"] : [])], killed < KILLS ? killAt(random, isSorted) : undefined);
      if (code === 0) break;
      // Killed where it has published nothing; whoever looks sees no database.
      expect(code).toBe(null);
      expect(existsSync(join(db, "manifest")), `kill ${++killed}`).toBe(false);
    }
    expect(killed).toBe(KILLS);
    expect(ssts(db)).toEqual(expected);
    expect(files(db)).toHaveLength(expected.length + 1);
    expect([...files(join(folder, "db.import")), ...sorting(folder)]).toEqual([]);
  });

  test("and discarded has left nothing", { timeout: TIMEOUT_MS }, async () => {
    const folder = temporaryFolder();
    const db = join(folder, "data", "db");
    for (const isSorted of [true, false]) {
      expect(await runUntil(importing(source(folder, isSorted), db, isSorted), { ssts: isSorted ? 3 : 1, moreMs: 5 })).toBe(null);
      expect(files(join(folder, "data")).length).toBeGreaterThan(1);
      expect(await runUntil(["import", "--db", db, "--discard"], undefined)).toBe(0);
      expect([...files(join(folder, "data")), ...sorting(folder)]).toEqual([]);
    }
  });
});
