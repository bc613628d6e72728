// A disk that gets full wherever it may: the import says so, nothing is published, and once there is room it goes on to the same database.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isSstError } from "@slate-sst/format";
import { isStoreError, LocalObjectStore, type ObjectStore } from "@slate-sst/object-store";
import { afterEach, expect, onTestFinished, test, vi } from "vitest";
import { hasUnfinishedImport, importDatabase, type ImportOptions } from "../src/import/index.js";
import { installFullDisk } from "./full-disk.js";
import { failure } from "./samples.js";

const ROWS = 400;
const ids = Array.from({ length: ROWS }, (_, at) => (at * 7) % ROWS);
const paths = { now: () => 1_700_000_000_000, random: (count: number) => new Uint8Array(count).fill(7) };
afterEach(() => vi.restoreAllMocks());

async function objects(store: ObjectStore): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for await (const { path } of store.list("")) found[path] = Buffer.from(await store.get(path)).toString("base64");
  return found;
}

test.each([["sorted rows", "never", 4000], ["rows in any order", "always", 7000]] as const)("%s", async (_what, sort, more) => {
  const dir = mkdtempSync(join(tmpdir(), "slate-sst-full-test-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const file = join(dir, "x.ndjson");
  writeFileSync(file, (sort === "never" ? ids.toSorted((a, b) => a - b) : ids).map((id) => `${JSON.stringify({ id, text: "x".repeat(id % 50) })}\n`).join(""));
  const options: ImportOptions = { key: "{id:u32}", sort, sstSize: 12_000, paths, temporaryFolder: dir, memoryLimit: 2 ** 27, jobs: 1 };
  const place = join(dir, "data");
  await importDatabase(file, new LocalObjectStore(place), "db", options);
  const expected = await objects(new LocalObjectStore(place));
  let resumed = 0;
  for (let room = 0, isDone = false; !isDone; room += more) {
    rmSync(place, { recursive: true, force: true });
    const disk = installFullDisk(room);
    const store = new LocalObjectStore(place);
    const error = await importDatabase(file, store, "db", options).then(() => undefined, (thrown: unknown) => thrown);
    isDone = error === undefined;
    if (!isDone) {
      expect(isSstError(error, "ERR_SST_WRITE") || isStoreError(error, "ERR_STORE_FAILED"), String(error)).toBe(true);
      expect((error as Error).message).toMatch(/the file system is full/);
      expect(Object.keys(await objects(store)).filter((path) => path.includes("manifest"))).toEqual([]);
      disk.room = Number.POSITIVE_INFINITY;
      const resume = await hasUnfinishedImport(store, "db");
      if (resume) resumed++;
      else expect(await objects(store)).toEqual({});
      const phases: string[] = [];
      await importDatabase(file, store, "db", { ...options, resume, onEvent: (event) => void (event.type === "phase" && phases.push(event.phase)) });
      // What was sorted is not sorted again.
      if (resume) expect(phases).not.toContain("sort");
    }
    expect(await objects(store), `${room} bytes`).toEqual(expected);
    vi.restoreAllMocks();
  }
  expect(resumed).toBeGreaterThan(1);
});

test("a temporary folder that cannot be written is named", async () => {
  const dir = mkdtempSync(join(tmpdir(), "slate-sst-full-test-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  writeFileSync(join(dir, "x.csv"), "id\n2\n1\n");
  const store = new LocalObjectStore(join(dir, "data"));
  const error = await failure(importDatabase(join(dir, "x.csv"), store, "db", { key: "{id:u32}", temporaryFolder: join(dir, "x.csv") }));
  expect(error).toMatchObject({ code: "ERR_SST_IMPORT_SORT", message: expect.stringContaining(`the temporary folder ${join(dir, "x.csv")}`) as string });
  expect(await objects(store)).toEqual({});
});
