// exportRange of every kind of source that a manifest can describe: what SlateDB shows of the source is what SlateDB shows of the new database; or the source
// is refused by a code, with the object that it is about, and nothing is left at the target.
import { BoundType, type BytesBound, encodeManifestV1, encodeManifestV2, type ManifestV1, type ManifestV2 } from "@slate-sst/format";
import { createDatabase, type ExportOptions, exportRange } from "@slate-sst/ingest";
import { LocalObjectStore, MemoryObjectStore } from "@slate-sst/object-store";
import { DatabaseReader, type KeyRange } from "@slate-sst/reader";
import { verifyDatabase } from "@slate-sst/verify";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { asV2, forgeDatabase, placeForged, putManifest } from "../src/forged-database.js";
import { openDatabase, openReader, type ScanRange, type VisibleRow } from "../src/oracle/database.js";
import { listFiles, TempFolder } from "../src/oracle/folders.js";
import type { GoldenRow } from "../src/side-car.js";
import { Xorshift32 } from "../src/xorshift32.js";

const SEED = 88_500;
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));
const text = (array: Uint8Array | undefined): string | undefined => (array === undefined ? undefined : Buffer.from(array).toString("latin1"));
const shown = (rows: readonly VisibleRow[]): unknown[] => rows.map(({ key, value, seq, createTs, expireTs }) => [text(key), text(value), seq, createTs, expireTs]);

async function scan(dir: string, root = "db", range: ScanRange = {}): Promise<unknown[]> {
  await using reader = await openReader(dir, root);
  return shown(await reader.readAll(range));
}

/** What SlateDB shows of the new database that an export makes, and the rows in its SSTs. */
async function exported(dir: string, root: string, range: KeyRange = {}, options: ExportOptions = {}): Promise<{ readonly rows: unknown[]; readonly stored: number }> {
  using target = new TempFolder("export");
  const store = new LocalObjectStore(target.path);
  const { ssts, lastL0Seq } = await exportRange(new LocalObjectStore(dir), root, range, { store, root: "shard" }, { ...options, writer: { sstSize: 3000, ...options.writer } });
  const { rowCount } = await createDatabase(store, "shard", ssts, { lastL0Seq });
  for await (const { rule, severity, path } of verifyDatabase(store, "shard")) if (severity === "error") throw new Error(`${rule} ${path}`);
  return { rows: await scan(target.path, "shard"), stored: Number(rowCount) };
}

/** The code and text of a refusal, which leaves nothing. */
async function refused(source: LocalObjectStore | MemoryObjectStore, root: string, options: ExportOptions = {}): Promise<string> {
  const store = new MemoryObjectStore();
  const error = await exportRange(source, root, {}, { store, root: "shard" }, options).then(() => undefined, (thrown: unknown) => thrown as Error & { code?: string });
  for await (const { path } of store.list("")) throw new Error(`${path} was left`);
  return `${error?.code}: ${error?.message}`;
}

const row = (key: string, value: string | undefined, seq: number, kind: GoldenRow["kind"] = "put", expireTs?: bigint): GoldenRow =>
  ({ kind, key: bytes(key), value: value === undefined ? undefined : bytes(value), seq: BigInt(seq), createTs: BigInt(1000 + seq), expireTs });
const puts = (from: number, to: number, seq: number, name = "v"): GoldenRow[] => Array.from({ length: to - from }, (_, at) => row(`k${String(from + at).padStart(3, "0")}`, `${name}${from + at}`, seq + at));

describe("a database that SlateDB has written", () => {
  it("level 0, runs and the write-ahead log, with versions, tombstones, operands and times to live", async () => {
    using folder = new TempFolder("export");
    const random = new Xorshift32(SEED);
    const compacting = { "compactor_options.poll_interval": "20ms", manifest_poll_interval: "20ms", l0_max_ssts: 4 };
    for (const [opening, slateDb] of [[0, compacting], [1, {}]] as const) {
      await using database = await openDatabase(folder.path, "db", { create: opening === 0, slateDb, compression: "zstd", limitMs: 20_000 });
      for (let flush = 0; flush < 5 - 3 * opening; flush++) {
        for (let write = 0; write < 150; write++) {
          const key = bytes(`key${100 + random.below(120)}`);
          const kind = random.pick(["put", "put", "delete", "merge", "merge"] as const);
          if (kind === "delete") await database.delete(key);
          else await database[kind](key, random.bytes(random.below(30)), random.oneIn(4) ? BigInt(Date.now()) + 3_600_000n : undefined);
        }
        if (opening === 0 || flush === 0) await database.flush();
      }
    }
    const source = await DatabaseReader.open(new LocalObjectStore(folder.path), "db");
    const [{ l0, runs } = { l0: [], runs: [] }] = source.tree.trees;
    expect([l0.length > 0, runs.length > 0, (await source.walFiles()).length > 0]).toEqual([true, true, true]);
    let versions = 0;
    for await (const rows of source.scanBatches({ allVersions: true })) versions += rows.length;
    for (const [range, asked, allVersions] of [
      [{}, {}, false], [{}, {}, true], [{ gt: "key120", lte: "key170" }, { start: bytes("key120\0"), end: bytes("key170\0") }, true], [{ prefix: "key1" }, { start: bytes("key1"), end: bytes("key2") }, false],
    ] as const) {
      const { rows, stored } = await exported(folder.path, "db", range, { allVersions, writer: { compression: allVersions ? "lz4" : "zstd" } });
      const expected = await scan(folder.path, "db", asked);
      expect(expected.length).toBeGreaterThan(20);
      expect(rows).toEqual(expected);
      if (Object.keys(range).length === 0) expect(stored === versions).toBe(allVersions);
    }
    // Rows that are in the log alone are left out where that is asked for.
    expect((await exported(folder.path, "db", {}, { reader: { wal: false } })).rows).not.toEqual(await scan(folder.path));
  });
});

describe("the write-ahead log", () => {
  /** Three rows that are in the log only, each in a file of its own; it begins with an empty one. */
  async function logged(folder: TempFolder): Promise<{ readonly store: LocalObjectStore; readonly manifest: ManifestV1 }> {
    {
      await using database = await openDatabase(folder.path, "db", { create: true, slateDb: { flush_interval: "1ms" } });
      for (const key of ["a", "b", "c"]) {
        await database.put(bytes(key), bytes("1"));
        await database.flushLog();
      }
    }
    const store = new LocalObjectStore(folder.path);
    return { store, manifest: (await DatabaseReader.open(store, "db")).decoded.manifest as ManifestV1 };
  }

  it("rows that an SST has are not taken from the log again, where they may have been deleted and compacted away", async () => {
    using folder = new TempFolder("export");
    const { store, manifest } = await logged(folder);
    await putManifest(store, "db", encodeManifestV1({ ...manifest, lastL0Seq: 2n }), 100);
    const both = [await exported(folder.path, "db"), await exported(folder.path, "db", {}, { allVersions: true })];
    const expected = await scan(folder.path);
    expect(expected.map((one) => (one as unknown[])[0])).toEqual(["c"]);
    expect(both.map(({ rows }) => rows)).toEqual([expected, expected]);
  });

  it("ends where a checkpoint does, whose manifest is named", async () => {
    using folder = new TempFolder("export");
    await using database = await openDatabase(folder.path, "db", { create: true });
    await database.put(bytes("a"), bytes("1"));
    await database.flush();
    await database.put(bytes("b"), bytes("in the log"));
    await database.flushLog();
    // A reader of SlateDB's sets a checkpoint; what is written behind it is in the log, and in an SST of a newer manifest.
    await using holding = await openReader(folder.path, "db");
    expect((await holding.readAll()).length).toBe(2);
    await database.put(bytes("a"), bytes("2"));
    await database.flush();
    await database.put(bytes("c"), bytes("3"));
    await database.flushLog();
    const { decoded } = await DatabaseReader.open(new LocalObjectStore(folder.path), "db");
    const [checkpoint] = decoded.manifest.checkpoints;
    const hex = (half: bigint): string => half.toString(16).padStart(16, "0");
    const id = `${hex(checkpoint!.id.high)}${hex(checkpoint!.id.low)}`.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
    const { rows } = await exported(folder.path, "db", {}, { reader: { manifest: `db/manifest/${String(checkpoint!.manifestId).padStart(20, "0")}.manifest` } });
    await using there = await openReader(folder.path, "db", undefined, id);
    expect(rows).toEqual(shown(await there.readAll()));
    expect(rows.map((one) => (one as unknown[]).slice(0, 2))).toEqual([["a", "1"]]);
    expect((await exported(folder.path, "db")).rows.length).toBe(3);
  });

  it("that lacks a file which is known of is refused, as SlateDB refuses it; without it the rest is there", async () => {
    for (const removed of [2, 4]) {
      using folder = new TempFolder("export");
      const { store, manifest } = await logged(folder);
      await putManifest(store, "db", encodeManifestV1({ ...manifest, walIdLastSeen: 4n }), 100);
      rmSync(join(folder.path, "db", "wal", `0000000000000000000${removed}.sst`));
      expect(await refused(store, "db")).toMatch(new RegExp(`^ERR_STORE_NOT_FOUND: db/wal/0+${removed}\\.sst is missing`));
      expect(await refused(store, "db", { reader: { wal: false } })).toMatch(/^ERR_SST_EMPTY: /);
    }
  });

  it("that is in a store of its own is refused", async () => {
    using folder = new TempFolder("export");
    using log = new TempFolder("export");
    {
      await using database = await openDatabase(folder.path, "db", { create: true, logDir: log.path });
      await database.put(bytes("a"), bytes("1"));
      await database.flush();
      await database.put(bytes("b"), bytes("in the log"));
    }
    expect(listFiles(folder.path).filter((name) => name.includes("/wal/"))).toEqual([]);
    expect(await refused(new LocalObjectStore(folder.path), "db")).toMatch(/^ERR_SST_UNSUPPORTED: db\/manifest\/\d+\.manifest: the write-ahead log is in another object store/);
    expect((await exported(folder.path, "db", {}, { reader: { wal: false } })).rows.length).toBe(1);
  });
});

describe("a database as manifests can describe it", () => {
  const oldest = [...puts(0, 60, 1, "a"), row("m", "base", 100)];
  const middle = [row("k005", undefined, 201, "delete"), row("k006", "x", 203), row("k006", "w", 202), row("k007", "over", 204, "put", 1000n), row("m", "+1", 205, "merge"), row("n", "lone", 206, "merge")];
  const newest = [row("k005", "again", 301), row("k050", undefined, 302, "delete"), row("m", "+2", 303, "merge"), row("n", undefined, 304, "delete"), row("o", "+o", 305, "merge")];

  it.each([1, 2])("several places with versions of one key, tombstones in them, rows whose time is over, operands with and without a base: manifest V%i", async (version) => {
    using folder = new TempFolder("export");
    const store = new LocalObjectStore(folder.path);
    const manifest = await forgeDatabase(store, "db", { l0: [newest], runs: [[middle], [oldest.slice(0, 30), oldest.slice(30)]] });
    await putManifest(store, "db", version === 1 ? encodeManifestV1(manifest) : encodeManifestV2(asV2(manifest)));
    const resolved = await exported(folder.path, "db");
    const kept = await exported(folder.path, "db", {}, { allVersions: true });
    const expected = await scan(folder.path);
    expect(expected.length).toBe(61);
    expect(resolved.rows).toEqual(expected);
    expect(kept.rows).toEqual(expected);
    // Of m all three rows, of what is deleted none; and of all versions every one.
    expect([resolved.stored, kept.stored]).toEqual([63, oldest.length + middle.length + newest.length]);
  });

  it("a row that stands in two places with one sequence number is one row: the newer place's", async () => {
    using folder = new TempFolder("export");
    const store = new LocalObjectStore(folder.path);
    await placeForged(store, "db", { l0: [[row("a", "new", 7), row("b", undefined, 7, "delete")]], runs: [[[row("a", "old", 7), row("b", "old", 7), row("c", "c", 7)]]] });
    const both = [await exported(folder.path, "db"), await exported(folder.path, "db", {}, { allVersions: true })];
    const expected = await scan(folder.path);
    expect(both.map(({ rows }) => rows)).toEqual([expected, expected]);
    expect(both.map(({ stored }) => stored)).toEqual([2, 3]);
  });

  const { Included, Excluded, Unbounded } = BoundType;
  const bound = (boundType: BoundType, key?: string): BytesBound => ({ boundType, ...(key === undefined ? {} : { key: bytes(key) }) });
  const range = (startBound: BytesBound, endBound: BytesBound): NonNullable<ManifestV1["l0"][number]["visibleRange"]> => ({ startBound, endBound });
  const left = range(bound(Unbounded), bound(Excluded, "k020"));
  const right = range(bound(Included, "k040"), bound(Included, "k050"));

  it.each([1, 2])("a part of a database whose SSTs of level 0 are cut by visible ranges: manifest V%i", async (version) => {
    using folder = new TempFolder("export");
    const store = new LocalObjectStore(folder.path);
    const manifest = await forgeDatabase(store, "db", { l0: [puts(10, 60, 100, "b"), puts(0, 30, 1, "a")], runs: [] });
    const cut = { ...manifest, l0: [{ ...manifest.l0[0]!, visibleRange: right }, { ...manifest.l0[1]!, visibleRange: left }] };
    await putManifest(store, "db", version === 1 ? encodeManifestV1(cut) : encodeManifestV2(asV2(cut)));
    const made = await exported(folder.path, "db", {}, { allVersions: true });
    const inside = await exported(folder.path, "db", { gte: "k045" });
    expect(made.stored).toBe(31);
    expect(made.rows).toEqual(await scan(folder.path));
    expect(inside.rows).toEqual(await scan(folder.path, "db", { start: bytes("k045") }));
  });

  // SlateDB 0.12.1 cuts the SSTs of runs in gets and forgets to in scans: what its gets find is exported.
  it("and whose SSTs of runs are cut, one of them twice, by two views", async () => {
    using folder = new TempFolder("export");
    const store = new LocalObjectStore(folder.path);
    const manifest = asV2(await forgeDatabase(store, "db", { l0: [], runs: [[puts(0, 60, 1)]] }));
    const [sst] = manifest.ssts;
    const views = [{ id: { high: 1n, low: 1n }, sstId: sst!.id, visibleRange: left }, { id: { high: 1n, low: 2n }, sstId: sst!.id, visibleRange: right }];
    await putManifest(store, "db", encodeManifestV2({ ...manifest, compacted: [{ id: 1, ssts: views }] }));
    const { rows } = await exported(folder.path, "db");
    await using reader = await openReader(folder.path, "db");
    const keys = puts(0, 60, 1).map(({ key }) => key);
    const found = (await reader.getAll(keys)).flatMap((value, at) => (value === undefined ? [] : [[text(keys[at]), text(value)]]));
    expect(found.length).toBe(31);
    expect((rows as unknown[][]).map(([key, value]) => [key, value])).toEqual(found);
  });

  // SlateDB 0.12.1 knows no segments. Each holds the keys with its prefix, so that the same SSTs in one tree hold the same rows, which it does read.
  it("segments, each a tree of its own", async () => {
    using folder = new TempFolder("export");
    const store = new LocalObjectStore(folder.path);
    const named = (prefix: string, from: number, to: number, seq: number): GoldenRow[] => puts(from, to, seq).map((one) => ({ ...one, key: bytes(prefix + text(one.key)) }));
    const flat = asV2(await forgeDatabase(store, "flat", { l0: [named("a/", 5, 15, 200), named("b/", 0, 10, 180)], runs: [[named("a/", 0, 20, 1), named("b/", 5, 30, 50)]] }));
    await putManifest(store, "flat", encodeManifestV2(flat));
    const [inA, inB] = flat.l0;
    const [runA, runB] = flat.compacted[0]!.ssts;
    const segments: NonNullable<ManifestV2["segments"]> = [{ prefix: bytes("a/"), l0: [inA!], compacted: [{ id: 0, ssts: [runA!] }] }, { prefix: bytes("b/"), l0: [inB!], compacted: [{ id: 0, ssts: [runB!] }] }];
    await putManifest(store, "flat", encodeManifestV2({ ...flat, l0: [], compacted: [], segments, segmentExtractorName: "until-slash" }), 2);
    const resolved = await exported(folder.path, "flat");
    const kept = await exported(folder.path, "flat", { prefix: "b/" }, { allVersions: true });
    rmSync(join(folder.path, "flat", "manifest", "00000000000000000002.manifest"));
    expect(resolved.rows).toEqual(await scan(folder.path, "flat"));
    expect(kept.rows).toEqual(await scan(folder.path, "flat", { start: bytes("b/"), end: bytes("b0") }));
    expect([resolved.stored, kept.stored]).toEqual([50, 35]);
  });
});

describe("a clone", () => {
  /** The binding of 0.12.1 has no call that makes one: its first manifest is written as SlateDB writes it, over the SSTs of a database that SlateDB has written. */
  async function cloned(folder: TempFolder, change: (manifest: ManifestV1) => ManifestV1 = (manifest) => manifest): Promise<LocalObjectStore> {
    const store = new LocalObjectStore(folder.path);
    {
      await using parent = await openDatabase(folder.path, "parent", { create: true });
      for (const { key, value } of puts(0, 40, 1, "parent")) await parent.put(key, value!);
      await parent.flush();
      for (const { key } of puts(0, 5, 1)) await parent.delete(key);
      await parent.flush();
    }
    const { decoded } = await DatabaseReader.open(store, "parent");
    const { checkpoints: _checkpoints, ...manifest } = decoded.manifest as ManifestV1;
    const externalDbs = [{ path: "parent", sourceCheckpointId: { high: 1n, low: 2n }, finalCheckpointId: { high: 3n, low: 4n }, sstIds: manifest.l0.map(({ id }) => id) }];
    await putManifest(store, "clone", encodeManifestV1(change({ ...manifest, checkpoints: [], externalDbs, replayAfterWalId: 0n, walIdLastSeen: 0n })));
    return store;
  }

  it("has the SSTs of the other database, its own, and its write-ahead log", async () => {
    using folder = new TempFolder("export");
    await cloned(folder);
    {
      await using clone = await openDatabase(folder.path, "clone");
      for (const { key, value } of puts(30, 50, 1, "clone")) await clone.put(key, value!);
      await clone.flush();
      await clone.put(bytes("k035"), bytes("in the log"));
      await clone.delete(bytes("k036"));
    }
    expect(listFiles(folder.path).filter((name) => /^clone\/(compacted|wal)\//.test(name)).length).toBeGreaterThan(2);
    const both = [await exported(folder.path, "clone"), await exported(folder.path, "clone", {}, { allVersions: true })];
    // Its read-only reader looks for the other database's SSTs in the clone, and does not find them.
    await using clone = await openDatabase(folder.path, "clone");
    const expected = shown(await clone.readAll());
    expect(expected.length).toBe(44);
    expect(both.map(({ rows }) => rows)).toEqual([expected, expected]);
  });

  it("that is not finished, or whose other database is elsewhere, is refused", async () => {
    using folder = new TempFolder("export");
    const store = await cloned(folder, (manifest) => ({ ...manifest, initialized: false }));
    expect(await refused(store, "clone")).toMatch(/^ERR_SST_UNSUPPORTED: clone\/manifest\/0+1\.manifest: the database is a clone that was not finished/);
    const { decoded } = await DatabaseReader.open(store, "clone");
    await putManifest(store, "clone", encodeManifestV1({ ...(decoded.manifest as ManifestV1), initialized: true }), 2);
    rmSync(join(folder.path, "parent"), { recursive: true });
    expect(await refused(store, "clone")).toMatch(/^ERR_STORE_NOT_FOUND: parent\/compacted\/\w{26}\.sst is not in this store: it belongs to the database at "parent", of which this one is a clone/);
  });
});

describe("moved and united", () => {
  it("two shards of a database, one of them written to since, are one database again", async () => {
    using folder = new TempFolder("export");
    const random = new Xorshift32(SEED + 1);
    {
      await using database = await openDatabase(folder.path, "db", { create: true });
      for (let write = 0; write < 300; write++) {
        const key = bytes(`key${100 + random.below(90)}`);
        if (random.oneIn(4)) await database.delete(key);
        else if (random.oneIn(3)) await database.merge(key, random.bytes(5));
        else await database.put(key, random.bytes(20));
        if (write === 200) await database.flush();
      }
    }
    const store = new LocalObjectStore(folder.path);
    const split = "key145";
    const move = async (from: string, range: KeyRange, to: string): Promise<Awaited<ReturnType<typeof exportRange>>> => exportRange(store, from, range, { store, root: to }, { allVersions: true, writer: { sstSize: 2000 } });
    const low = await move("db", { lt: split }, "low");
    await createDatabase(store, "low", low.ssts, { lastL0Seq: low.lastL0Seq });
    const high = await move("db", { gte: split }, "high");
    await createDatabase(store, "high", high.ssts, { lastL0Seq: high.lastL0Seq });
    const expected = await scan(folder.path);
    expect([...(await scan(folder.path, "low")), ...(await scan(folder.path, "high"))]).toEqual(expected);
    {
      await using shard = await openDatabase(folder.path, "high");
      await shard.put(bytes("key145"), bytes("since"));
      await shard.delete(bytes("key150"));
      await shard.put(bytes("zz"), bytes("behind"));
    }
    const [back, forth] = [await move("low", {}, "united"), await move("high", {}, "united")];
    const { lastL0Seq } = await createDatabase(store, "united", [...back.ssts, ...forth.ssts], { lastL0Seq: forth.lastL0Seq > back.lastL0Seq ? forth.lastL0Seq : back.lastL0Seq });
    const united = await scan(folder.path, "united");
    expect(united).toEqual([...(await scan(folder.path, "low")), ...(await scan(folder.path, "high"))]);
    expect(united.length).toBeGreaterThan(40);
    // The new database goes on behind the numbers of both.
    await using database = await openDatabase(folder.path, "united");
    expect(await database.put(bytes("key145"), bytes("new"))).toBe(lastL0Seq + 1n);
    expect(text(await database.get(bytes("key145")))).toBe("new");
  });
});
