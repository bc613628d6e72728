// DatabaseReader, which `slate-sst cat` prints, shows of a database what real SlateDB's scan shows: SSTs of level 0 and runs that
// overlap, rows that are in the write-ahead log only, tombstones, operands, sequence numbers that are not visible.
import { BoundType, type BytesBound, decodeManifest, encodeManifestV1, MANIFEST_VERSION_V1 } from "@slate-sst/format";
import { createDatabase, writeRun } from "@slate-sst/ingest";
import { LocalObjectStore } from "@slate-sst/object-store";
import { DatabaseReader, type DatabaseReaderOptions, type DatabaseScanOptions } from "@slate-sst/reader";
import { describe, expect, it } from "vitest";
import { toWriterRow } from "../src/database-model.js";
import { openDatabase, openReader, type ScanRange, type VisibleRow } from "../src/oracle/database.js";
import { TempFolder } from "../src/oracle/folders.js";
import { randomCase } from "../src/random-rows.js";
import type { GoldenRow } from "../src/side-car.js";
import { visibleRows } from "../src/visible-rows.js";
import { Xorshift32 } from "../src/xorshift32.js";

const SEED = 61_000;
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "latin1"));
const shown = (rows: readonly VisibleRow[]): unknown[] => rows.map(({ key, value, seq, createTs, expireTs }) => [Buffer.from(key).toString("latin1"), Buffer.from(value).toString("latin1"), seq, createTs, expireTs]);

async function scanned(folder: TempFolder, scan: DatabaseScanOptions = {}, options: DatabaseReaderOptions = {}): Promise<GoldenRow[]> {
  const database = await DatabaseReader.open(new LocalObjectStore(folder.path), "db", options);
  const rows: GoldenRow[] = [];
  for await (const row of database.scan(scan)) rows.push(row);
  return rows;
}

/** What SlateDB shows of the same rows: operands joined. */
const joined = (rows: readonly GoldenRow[]): unknown[] => shown(visibleRows(rows));

async function oracle(folder: TempFolder, range: ScanRange = {}): Promise<unknown[]> {
  await using reader = await openReader(folder.path, "db");
  return shown(await reader.readAll(range));
}

/** Writes of all kinds, flushed now and then; the last ones are in the write-ahead log only. */
async function fill(folder: TempFolder, random: Xorshift32, slateDb: Readonly<Record<string, unknown>> = {}): Promise<void> {
  for (let opening = 0; opening < 2; opening++) {
    await using database = await openDatabase(folder.path, "db", { create: opening === 0, slateDb, compression: random.pick(["none", "zstd"] as const), minFilterKeys: random.pick([1, 1000]) });
    for (let flush = 0; flush < 4; flush++) {
      for (let row = 0; row < 250; row++) {
        const key = bytes(`key${random.below(300)}`);
        const kind = random.pick(["put", "put", "put", "delete", "merge"] as const);
        if (kind === "delete") await database.delete(key);
        else await database[kind](key, random.bytes(random.below(40)), random.oneIn(5) ? BigInt(Date.now()) + 3_600_000n : undefined);
      }
      if (flush < 3) await database.flush();
    }
  }
}

describe("databases of real SlateDB", () => {
  it("level 0 and the write-ahead log, whole, in ranges, backwards and cut short", async () => {
    for (let seed = SEED; seed < SEED + 3; seed++) {
      using folder = new TempFolder("database-reader");
      const random = new Xorshift32(seed);
      await fill(folder, random);
      const rows = await scanned(folder);
      const wanted = await oracle(folder);
      expect(joined(rows), `seed ${seed}`).toEqual(wanted);
      expect(wanted.length).toBeGreaterThan(100);
      for (let range = 0; range < 20; range++) {
        const [low, high] = [`key${random.below(320)}`, `key${random.below(320)}`].sort() as [string, string];
        // SlateDB refuses an empty range.
        if (low === high) continue;
        const inRange = await scanned(folder, { gte: low, lt: high });
        expect(joined(inRange), `seed ${seed}, ${low} to ${high}`).toEqual(await oracle(folder, { start: bytes(low), end: bytes(high) }));
        const backwards = await scanned(folder, { gte: low, lt: high, reverse: true });
        expect(joined(backwards), `seed ${seed}, ${high} back to ${low}`).toEqual(joined(inRange).reverse());
        expect(await scanned(folder, { gte: low, lt: high, limit: 7 })).toEqual(inRange.slice(0, 7));
      }
      // Without the log, rows are missing: it was needed above.
      expect(joined(await scanned(folder, {}, { wal: false }))).not.toEqual(wanted);
    }
  });

  it("sorted runs that SlateDB's compactor made, under newer SSTs", async () => {
    using folder = new TempFolder("database-reader");
    await fill(folder, new Xorshift32(SEED + 10), { "compactor_options.poll_interval": "50ms", l0_max_ssts: 4 });
    const store = new LocalObjectStore(folder.path);
    const { tree } = await DatabaseReader.open(store, "db");
    expect(tree.trees.flatMap(({ runs }) => runs).length).toBeGreaterThan(0);
    expect(joined(await scanned(folder))).toEqual(await oracle(folder));
  });

  it("every version, where that is asked for", async () => {
    using folder = new TempFolder("database-reader");
    {
      await using database = await openDatabase(folder.path, "db", { create: true });
      for (const value of ["1", "2"]) {
        await database.put(bytes("a"), bytes(value));
        await database.flush();
      }
      await database.delete(bytes("a"));
    }
    const told = (await scanned(folder, { allVersions: true })).map(({ kind, value, seq }) => [kind, value && Buffer.from(value).toString(), seq]);
    expect(told).toEqual([["delete", undefined, 3n], ["put", "2", 2n], ["put", "1", 1n]]);
    expect(await scanned(folder)).toEqual([]);
    expect(await oracle(folder)).toEqual([]);
  });
});

describe("databases of ours", () => {
  it("runs of several SSTs, V1 and V2, as SlateDB shows them", async () => {
    for (const formatVersion of [1, 2] as const) {
      for (let seed = SEED + 100; seed < SEED + 103; seed++) {
        using folder = new TempFolder("database-reader");
        const { rows, config, title } = randomCase(seed, { bytesMax: 30_000 });
        if (rows.length === 0) continue;
        const store = new LocalObjectStore(folder.path);
        const ssts = await writeRun(store, "db", rows.map(toWriterRow), { ...config, blockSize: config.blockSize as never, formatVersion, sstSize: 4000 });
        await createDatabase(store, "db", ssts);
        expect(joined(await scanned(folder)), title).toEqual(await oracle(folder));
        expect(joined((await scanned(folder, { reverse: true }))), title).toEqual((await oracle(folder)).reverse());
      }
    }
  });

  it("hides sequence numbers above last_l0_seq, as SlateDB does", async () => {
    using folder = new TempFolder("database-reader");
    const store = new LocalObjectStore(folder.path);
    const ssts = await writeRun(store, "db", Array.from({ length: 100 }, (_, row) => ({ key: `key${1000 + (row >> 1)}`, value: `${row}`, seq: BigInt(row % 2 === 0 ? 200 - row : row) })), {});
    const { manifestPath } = await createDatabase(store, "db", ssts);
    const { version, manifest } = decodeManifest(Uint8Array.from(await store.get(manifestPath)));
    if (version !== MANIFEST_VERSION_V1) throw new Error("createDatabase writes V1 manifests");
    await store.put(manifestPath.replace(/1\.manifest$/, "2.manifest"), encodeManifestV1({ ...manifest, lastL0Seq: 150n }), { mode: "create" });
    const rows = await scanned(folder);
    expect(joined(rows)).toEqual(await oracle(folder));
    expect(rows.map(({ seq }) => seq).every((seq) => seq <= 150n)).toBe(true);
    expect(await scanned(folder, { allVersions: true })).toHaveLength(100);
  });

  // SlateDB 0.12.1 cuts SSTs of level 0 in scans and gets, but those of runs in gets only: its scan shows what its get does not find.
  it.each(["l0", "compacted"] as const)("cuts SSTs of %s by their visible ranges, as SlateDB's get does", async (level) => {
    const key = (row: number): Uint8Array => bytes(`key${1000 + row}`);
    const keys = Array.from({ length: 100 }, (_, row) => key(row));
    const { Included, Excluded, Unbounded } = BoundType;
    for (const [start, end] of [[Included, Excluded], [Included, Included], [Unbounded, Included], [Included, Unbounded]] as const) {
      using folder = new TempFolder("database-reader");
      const store = new LocalObjectStore(folder.path);
      const { manifestPath } = await createDatabase(store, "db", await writeRun(store, "db", keys.map((one, row) => ({ key: one, value: `${row}` })), { minFilterKeys: 1 }));
      const { version, manifest } = decodeManifest(Uint8Array.from(await store.get(manifestPath)));
      if (version !== MANIFEST_VERSION_V1) throw new Error("createDatabase writes V1 manifests");
      const bound = (boundType: BoundType, row: number): BytesBound => ({ boundType, ...(boundType === Unbounded ? {} : { key: key(row) }) });
      const cut = manifest.compacted.map((run) => ({ ...run, ssts: run.ssts.map((sst) => ({ ...sst, visibleRange: { startBound: bound(start, 20), endBound: bound(end, 40) } })) }));
      const levels = level === "l0" ? { l0: cut.flatMap(({ ssts }) => ssts), compacted: [] } : { compacted: cut };
      await store.put(manifestPath.replace(/1\.manifest$/, "2.manifest"), encodeManifestV1({ ...manifest, ...levels }), { mode: "create" });
      const rows = await scanned(folder);
      expect(rows.length).toBeLessThan(90);
      if (level === "l0") expect(joined(rows)).toEqual(await oracle(folder));
      {
        await using reader = await openReader(folder.path, "db");
        const found = (await reader.getAll(keys)).map((value) => value && Buffer.from(value).toString());
        const ours = new Map(rows.map((row) => [Buffer.from(row.key).toString(), row.value && Buffer.from(row.value).toString()]));
        expect(keys.map((one) => ours.get(Buffer.from(one).toString()))).toEqual(found);
      }
      const above = rows.filter((row) => Buffer.compare(row.key, key(30)) > 0);
      expect(joined(await scanned(folder, { reverse: true, gt: key(30) }))).toEqual(joined(above).reverse());
    }
  });

  it("shows rows whose time to live is over, as SlateDB 0.12.1 does", async () => {
    using folder = new TempFolder("database-reader");
    const store = new LocalObjectStore(folder.path);
    await createDatabase(store, "db", await writeRun(store, "db", [{ key: "over", value: "still there", expireTs: 1000n }], {}));
    const rows = await scanned(folder);
    expect(rows).toHaveLength(1);
    expect(joined(rows)).toEqual(await oracle(folder));
  });
});
