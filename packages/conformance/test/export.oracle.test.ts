// A shard of a database that real SlateDB has written, and still has rows of in its write-ahead log: SlateDB sees in it what it sees of the range in the source,
// and goes on from there.
import { createDatabase, exportRange, writeRun } from "@slate-sst/ingest";
import { LocalObjectStore, MemoryObjectStore } from "@slate-sst/object-store";
import { DatabaseReader } from "@slate-sst/reader";
import { describe, expect, it } from "vitest";
import { openDatabase, openReader, type ScanRange, type VisibleRow } from "../src/oracle/database.js";
import { TempFolder } from "../src/oracle/folders.js";
import { Xorshift32 } from "../src/xorshift32.js";

const SEED = 88_000;
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));
const shown = (rows: readonly VisibleRow[]): unknown[] => rows.map(({ key, value, seq, expireTs }) => [Buffer.from(key).toString(), Buffer.from(value).toString("hex"), seq, expireTs]);
async function scan(dir: string, root: string, range: ScanRange = {}): Promise<unknown[]> {
  await using reader = await openReader(dir, root);
  return shown(await reader.readAll(range));
}

describe("a range of keys", () => {
  it.each([false, true])("with what a scan shows, or with all versions: %s", async (allVersions) => {
    using source = new TempFolder("export");
    using target = new TempFolder("export");
    const random = new Xorshift32(SEED);
    {
      await using database = await openDatabase(source.path, "db", { create: true });
      for (let write = 0; write < 900; write++) {
        const key = bytes(`key${random.below(200)}`);
        if (random.oneIn(4)) await database.delete(key);
        else await database.put(key, random.bytes(random.below(40)), random.oneIn(5) ? BigInt(Date.now()) + 3_600_000n : undefined);
        if (write % 250 === 249) await database.flush();
      }
    }
    const [from, to] = ["key110", "key17"];
    const expected = await scan(source.path, "db", { start: bytes(from), end: bytes(to) });
    expect(expected.length).toBeGreaterThan(20);
    const from0 = new LocalObjectStore(source.path);
    const store = new LocalObjectStore(target.path);
    const { ssts, lastL0Seq } = await exportRange(from0, "db", { gte: from, lt: to }, { store, root: "shard" }, { allVersions, writer: { sstSize: 1500, compression: "zstd" } });
    expect(lastL0Seq).toBeGreaterThan(0n);
    await createDatabase(store, "shard", ssts, { lastL0Seq });
    const stored = await rowsOf(store, "shard", true);
    expect(stored > expected.length).toBe(allVersions);
    expect(await scan(target.path, "shard")).toEqual(expected);
    {
      await using database = await openDatabase(target.path, "shard");
      await database.put(bytes("key115"), bytes("new"));
      await database.delete(bytes("key116"));
    }
    const after = (await scan(target.path, "shard")) as [string, string][];
    expect(after.find(([key]) => key === "key115")?.[1]).toBe(Buffer.from("new").toString("hex"));
    expect(after.find(([key]) => key === "key116")).toBeUndefined();
  });
});

async function rowsOf(store: LocalObjectStore, root: string, allVersions: boolean): Promise<number> {
  let count = 0;
  for await (const rows of (await DatabaseReader.open(store, root)).scanBatches({ allVersions })) count += rows.length;
  return count;
}

it("a database with a manifest of the second layout is read and written by SlateDB 0.12.1", async () => {
  using folder = new TempFolder("manifest-v2");
  const store = new LocalObjectStore(folder.path);
  const rows = Array.from({ length: 500 }, (_, at) => ({ key: `k${String(at).padStart(4, "0")}`, value: `v${at}` }));
  const ssts = await writeRun(store, "db", rows, { sstSize: 2000 });
  expect(ssts.length).toBeGreaterThan(3);
  await createDatabase(store, "db", ssts, { manifestVersion: 2 });
  expect(((await scan(folder.path, "db")) as [string, string][]).map(([key, value]) => `${key} ${Buffer.from(value, "hex").toString()}`)).toEqual(rows.map(({ key, value }) => `${key} ${value}`));
  {
    await using database = await openDatabase(folder.path, "db");
    await database.put(bytes("k0001"), bytes("new"));
    await database.flush();
  }
  expect(((await scan(folder.path, "db")) as [string, string][]).slice(0, 3).map(([, value]) => Buffer.from(value, "hex").toString())).toEqual(["v0", "new", "v2"]);
});

it("what SlateDB hides is refused where versions are exported, and left out where rows are", async () => {
  const store = new MemoryObjectStore();
  const ssts = await writeRun(store, "db", [{ key: "a", value: "1", seq: 3n }, { key: "b", value: "2", seq: 5n }]);
  const { decodeManifest, encodeManifestV1 } = await import("@slate-sst/format");
  const { manifestPath } = await createDatabase(store, "db", ssts);
  const { manifest } = decodeManifest(await store.get(manifestPath));
  await store.put(manifestPath, encodeManifestV1({ ...(manifest as Parameters<typeof encodeManifestV1>[0]), lastL0Seq: 4n }), { mode: "overwrite" });
  const target = new MemoryObjectStore();
  await expect(exportRange(store, "db", {}, { store: target, root: "x" }, { allVersions: true })).rejects.toMatchObject({ code: "ERR_SST_UNSUPPORTED", details: { seq: 5n } });
  const exported = await exportRange(store, "db", {}, { store: target, root: "x" });
  expect(exported).toMatchObject({ lastL0Seq: 4n, ssts: [{ rowCount: 1n }] });
  for (const call of [() => exportRange(store, "db", null as never, { store: target, root: "y" }), () => exportRange(store, "db", { from: "b" } as never, { store: target, root: "y" }), () => exportRange(store, "db", { limit: 1 } as never, { store: target, root: "y" }), () => exportRange(store, "db", {}, {} as never), () => exportRange(store, "db", {}, { store: target, root: "y" }, { versions: 1 } as never)]) {
    await expect(call()).rejects.toMatchObject({ code: expect.stringMatching(/ERR_SST_OPTION_/) as string });
  }
});
