// Traps that real SlateDB falls into, found by trying them on it.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LAST_L0_SEQ_MAX, SEQ_MAX } from "@slate-sst/format";
import { LocalObjectStore, MemoryObjectStore } from "@slate-sst/object-store";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createDatabase, writeRun } from "../src/index.js";

describe("sequence numbers that leave no room for new writes", () => {
  it.each([SEQ_MAX, SEQ_MAX - 1n, LAST_L0_SEQ_MAX + 1n])("are refused: %i", async (seq) => {
    const store = new MemoryObjectStore();
    const ssts = await writeRun(store, "db", [{ key: "a", value: "b" }], { seq });
    await expect(createDatabase(store, "db", ssts)).rejects.toMatchObject({ code: "ERR_SST_INGEST_SEQ" });
  });

  it("are refused when asked for, and taken up to the limit", async () => {
    const store = new MemoryObjectStore();
    const ssts = await writeRun(store, "db", [{ key: "a", value: "b" }]);
    await expect(createDatabase(store, "db", ssts, { lastL0Seq: LAST_L0_SEQ_MAX + 1n })).rejects.toMatchObject({ code: "ERR_SST_INGEST_SEQ" });
    expect((await createDatabase(store, "db", ssts, { lastL0Seq: LAST_L0_SEQ_MAX })).lastL0Seq).toBe(LAST_L0_SEQ_MAX);
  });
});

describe("symbolic links under the root, which SlateDB follows", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "ingest-links-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it.each([
    ["a manifest", "db/manifest/00000000000000000007.manifest"],
    ["a WAL folder", "db/wal"],
    ["a WAL file", "db/wal/00000000000000000001.sst"],
  ])("%s is found", async (_, link) => {
    const store = new LocalObjectStore(join(folder, "store"));
    const ssts = await writeRun(store, "db", [{ key: "a", value: "b" }]);
    const path = join(folder, "store", link);
    mkdirSync(join(path, ".."), { recursive: true });
    symlinkSync(folder, path);
    await expect(createDatabase(store, "db", ssts)).rejects.toMatchObject({ code: "ERR_SST_INGEST_ROOT_NOT_EMPTY", details: { paths: [link] } });
  });
});

it("one Buffer for every key does not keep SSTs from rolling over", async () => {
  const key = Buffer.alloc(8);
  function* rows(): Generator<{ key: Buffer; value: Uint8Array }> {
    for (let row = 0; row < 3000; row++) {
      key.write(String(row).padStart(8, "0"));
      yield { key, value: new Uint8Array(50) };
    }
  }
  const ssts = await writeRun(new MemoryObjectStore(), "db", rows(), { sstSize: 20_000 });
  expect(ssts.length).toBeGreaterThan(5);
  expect(ssts.reduce((sum, { rowCount }) => sum + rowCount, 0n)).toBe(3000n);
});

it("a run is not written under a root that holds a database", async () => {
  const store = new MemoryObjectStore();
  const rows = [{ key: "a", value: "b" }];
  await createDatabase(store, "db", await writeRun(store, "db", rows));
  await expect(writeRun(store, "db", rows)).rejects.toMatchObject({ code: "ERR_SST_INGEST_EXISTS" });
  const paths: string[] = [];
  for await (const { path } of store.list("")) paths.push(path);
  expect(paths).toHaveLength(2);
});
