// What a scan of a database shows where the write-ahead log, level 0 and runs hold versions of the same keys, against a model; and
// what stops one. Without SlateDB, so that every place can be made to order; database-reader.oracle compares with SlateDB itself.
import { compareBytes, COMPACTED_FOLDER, encodeManifestV1, encodeManifestV2, INITIAL_CLOCK_TICK, isSstError, loadCodec, type ManifestV1, SST_EXTENSION, SstType } from "@slate-sst/format";
import { type ListedObject, type ListOptions, MemoryObjectStore, type ObjectStore, StoreError } from "@slate-sst/object-store";
import { DecoratedObjectStore, FailingObjectStore, RecordingObjectStore } from "@slate-sst/object-store/testing";
import { DatabaseReader, type DatabaseReaderOptions, type DatabaseScanOptions } from "@slate-sst/reader";
import { DatabaseLayout, MANIFEST_BYTES_MAX } from "@slate-sst/reader/database";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { putTogether, takeApart } from "../src/forgeries/index.js";
import { firstRowDifference } from "../src/row-difference.js";
import { asV2, entryOf, ulid } from "../src/suite/layers/databases.js";
import { goldenManifest, goldenSst, type GoldenRow } from "../src/vectors.js";
import { versionsByKey } from "../src/visible-rows.js";
import { sorted } from "./laws/arbitraries.js";
import { writeRows } from "./laws/law.js";

const layout = new DatabaseLayout("db");
const walPath = (number: number): string => layout.walPath(BigInt(number));
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const put = (key: string, value: string, seq: number): GoldenRow => ({ kind: "put", key: utf8(key), value: utf8(value), seq: BigInt(seq), createTs: undefined, expireTs: undefined });

/** An SST that says it is a file of the write-ahead log. */
async function walFile(rows: readonly GoldenRow[]): Promise<Uint8Array> {
  return putTogether(takeApart(await writeRows(sorted(rows)), await loadCodec("none")), { info: (info) => ({ ...info, sstType: SstType.Wal }) });
}

/** Rows of each place, the newest place first; of a run, of each SST. */
interface Places {
  readonly wal?: readonly (readonly GoldenRow[])[];
  readonly l0?: readonly (readonly GoldenRow[])[];
  readonly runs?: readonly (readonly (readonly GoldenRow[])[])[];
}

async function databaseOf({ wal = [], l0 = [], runs = [] }: Places, change: Partial<ManifestV1> = {}, isV2 = false): Promise<MemoryObjectStore> {
  const store = new MemoryObjectStore();
  let count = 0;
  const entry = async (rows: readonly GoldenRow[]): Promise<ManifestV1["l0"][number]> => {
    const name = ulid(++count);
    const bytes = await writeRows(sorted(rows), { blockSize: 1024 });
    await store.put(`${layout.compacted}${name}${SST_EXTENSION}`, bytes, { mode: "create" });
    return entryOf(name, bytes);
  };
  for (const [at, rows] of wal.entries()) await store.put(walPath(at + 1), await walFile(rows), { mode: "create" });
  const levels = { l0: await Promise.all(l0.map(entry)), compacted: await Promise.all(runs.map(async (ssts, at) => ({ id: runs.length - at, ssts: await Promise.all(ssts.map(entry)) }))) };
  const manifest: ManifestV1 = {
    manifestId: 0n, initialized: true, writerEpoch: 1n, compactorEpoch: 1n, replayAfterWalId: 0n, walIdLastSeen: 0n, lastL0ClockTick: INITIAL_CLOCK_TICK, checkpoints: [], lastL0Seq: 1000n, recentSnapshotMinSeq: 0n, ...levels, ...change,
  };
  await store.put(layout.manifestPath(1n), isV2 ? encodeManifestV2(asV2(manifest)) : encodeManifestV1(manifest), { mode: "create" });
  return store;
}

async function scanned(store: ObjectStore, scan?: DatabaseScanOptions, options?: DatabaseReaderOptions): Promise<GoldenRow[]> {
  const rows: GoldenRow[] = [];
  const reader = await DatabaseReader.open(store, "db", options);
  for await (const batch of reader.scanBatches(scan)) rows.push(...batch);
  return rows;
}

/** A store that lists its objects otherwise. */
class RelistingStore extends DecoratedObjectStore {
  constructor(inner: ObjectStore, readonly listed: (found: readonly ListedObject[]) => readonly ListedObject[]) {
    super(inner);
  }

  override async *list(prefix: string, options?: ListOptions): AsyncGenerator<ListedObject, void, undefined> {
    const found: ListedObject[] = [];
    for await (const one of super.list(prefix, options)) found.push(one);
    yield* this.listed(found);
  }
}

const codeOf = async (work: Promise<unknown>): Promise<unknown> => await work.then(() => undefined, (error: unknown) => (isSstError(error) || error instanceof StoreError ? error.code : error));

describe("places that hold the same keys", () => {
  const kind = fc.constantFrom("put", "put", "delete", "merge") satisfies fc.Arbitrary<GoldenRow["kind"]>;
  const row = fc.record({ kind, key: fc.constantFrom("a", "b", "bb", "c", "d", "e"), seq: fc.bigInt(1n, 20n) });
  const names = ["wal 2", "wal 1", "l0 1", "l0 0", "run 2", "run 1"] as const;
  const places = fc.array(fc.array(row, { maxLength: 8 }), { minLength: names.length, maxLength: names.length });

  it("show of each key the newest version, of equal numbers that of the newer place, down to a put or a tombstone; all of them where that is asked for", async () => {
    await fc.assert(fc.asyncProperty(places, fc.bigInt(1n, 20n), fc.boolean(), fc.integer({ min: 1, max: 12 }), async (drawn, lastL0Seq, isV2, limit) => {
      const rows = drawn.map((list, place) => sorted(list.map((one): GoldenRow => ({ ...one, key: utf8(one.key), value: one.kind === "delete" ? undefined : utf8(names[place]!), createTs: undefined, expireTs: undefined }))));
      const present = (list: readonly (readonly GoldenRow[])[]): (readonly GoldenRow[])[] => list.filter((one) => one.length > 0);
      const [log2 = [], log1 = [], ...rest] = rows;
      // No two rows of a log have a sequence number and a key in common.
      const older = log1.filter((one) => !log2.some((other) => other.seq === one.seq && compareBytes(other.key, one.key) === 0));
      const halves = (one: readonly GoldenRow[]): (readonly GoldenRow[])[] => present([one.filter(({ key }) => compareBytes(key, utf8("c")) < 0), one.filter(({ key }) => compareBytes(key, utf8("c")) >= 0)]);
      const store = await databaseOf({ wal: present([older, log2]), l0: present(rest.slice(0, 2)), runs: rest.slice(2).map(halves) }, { lastL0Seq }, isV2);
      // What the manifest has in SSTs already is not replayed.
      const logged = [...log2, ...older].filter(({ seq }) => seq > lastL0Seq);
      const all = [logged, ...rest].flat().toSorted((left, right) => compareBytes(left.key, right.key) || Number(right.seq - left.seq));
      const shown = (maxSeq: bigint): GoldenRow[] => [...versionsByKey(all)].flatMap((versions) => {
        const visible = versions.filter(({ seq }, at) => seq <= maxSeq && seq !== versions[at - 1]?.seq);
        const end = visible.findIndex((one) => one.kind !== "merge");
        return end < 0 ? visible : visible.slice(0, visible[end]?.kind === "put" ? end + 1 : end);
      });
      const maxSeq = logged.reduce((max, { seq }) => (seq > max ? seq : max), lastL0Seq);
      const expected = shown(maxSeq);
      expect(firstRowDifference(await scanned(store), expected)).toBeUndefined();
      expect(firstRowDifference(await scanned(store, { limit }), expected.slice(0, limit))).toBeUndefined();
      expect(firstRowDifference(await scanned(store, { allVersions: true }), all)).toBeUndefined();
      const descending = [...versionsByKey(expected)].toReversed().flat();
      expect(firstRowDifference(await scanned(store, { reverse: true }), descending)).toBeUndefined();
      expect(firstRowDifference(await scanned(store, { gt: "a", lte: "c", reverse: true }), descending.filter(({ key }) => compareBytes(key, utf8("a")) > 0 && compareBytes(key, utf8("c")) <= 0))).toBeUndefined();
    }), { seed: 20_263, numRuns: 12 });
  });

  it("come in arrays of 256 rows, or of a megabyte, or a row more, however large the values are", async () => {
    const large = "v".repeat(300_000);
    const store = await databaseOf({ l0: [Array.from({ length: 9 }, (_, at) => put(`large ${at}`, large, at)), Array.from({ length: 600 }, (_, at) => put(`small ${1000 + at}`, "v", at))] });
    const counts: number[] = [];
    for await (const batch of (await DatabaseReader.open(store, "db")).scanBatches()) counts.push(batch.length);
    expect(counts).toEqual([4, 4, 256, 256, 89]);
  });

  it("are not opened for no rows, nor where no key of them is asked for", async () => {
    const store = new RecordingObjectStore(await databaseOf({ l0: [[put("b", "", 1)]], runs: [[[put("d", "", 2)], [put("f", "", 3)]]] }));
    const opened = async (scan: DatabaseScanOptions): Promise<number> => {
      store.reset();
      await scanned(store, scan);
      return store.calls("head").filter(({ path }) => path.includes(COMPACTED_FOLDER)).length;
    };
    expect([await opened({ limit: 0 }), await opened({ gt: "b", lt: "d" }), await opened({ gte: "b", lt: "d" }), await opened({ prefix: "f" }), await opened({})]).toEqual([0, 0, 1, 1, 3]);
  });
});

describe("the write-ahead log", () => {
  const log = goldenSst("wal-many--wal2");
  const flushed = goldenSst("wal-many").rows;
  const visible = [...versionsByKey(flushed)].map(([newest]) => newest).filter(({ kind }) => kind !== "delete");

  /** A new database of SlateDB's, with a log it wrote: a file without rows, and one with. */
  async function logged(second = log.bytes): Promise<MemoryObjectStore> {
    const store = new MemoryObjectStore();
    await store.put(layout.manifestPath(1n), goldenManifest("puts-small--manifest-first").bytes, { mode: "create" });
    await store.put(walPath(1), goldenSst("wal-many--wal1").bytes, { mode: "create" });
    await store.put(walPath(2), second, { mode: "create" });
    return store;
  }

  it("shows the rows of the SST that SlateDB makes of it, whole, in part and backwards", async () => {
    const store = await logged();
    expect(firstRowDifference(await scanned(store, { allVersions: true }), flushed)).toBeUndefined();
    expect(firstRowDifference(await scanned(store), visible)).toBeUndefined();
    expect(firstRowDifference(await scanned(store, { reverse: true, limit: 40 }), visible.toReversed().slice(0, 40))).toBeUndefined();
    const [from, to] = [visible[20]!.key, visible[60]!.key];
    expect(firstRowDifference(await scanned(store, { gt: from, lte: to }), visible.slice(21, 61))).toBeUndefined();
    expect(await scanned(store, {}, { wal: false })).toEqual([]);
  });

  it("is every file behind the last one that was replayed, by its number; other objects are none of it", async () => {
    const store = await databaseOf({ wal: [[put("a", "1", 1)], [put("a", "2", 2)], [put("b", "3", 3)]] }, { replayAfterWalId: 1n, lastL0Seq: 0n });
    await store.put(`${layout.wal}notes.txt`, utf8("no file of the log"), { mode: "create" });
    const reader = await DatabaseReader.open(store, "db");
    expect(await reader.walFiles()).toEqual([walPath(2), walPath(3)]);
    expect((await scanned(store, { allVersions: true })).map(({ seq }) => seq)).toEqual([2n, 3n]);
  });

  it("that lacks a file, in between or at its end, is refused, and the SSTs can be read without it", async () => {
    const files = [[put("a", "1", 1)], [put("a", "2", 2)], [put("b", "3", 3)]];
    for (const [missing, walIdLastSeen] of [[1, 0n], [2, 0n], [3, 3n]] as const) {
      const store = await databaseOf({ wal: files, l0: [[put("c", "0", 0)]] }, { lastL0Seq: 0n, walIdLastSeen });
      await store.delete(walPath(missing));
      await expect(scanned(store), String(missing)).rejects.toMatchObject({ code: "ERR_STORE_NOT_FOUND", path: walPath(missing) });
      expect(await scanned(store, {}, { wal: false })).toHaveLength(1);
    }
  });

  it("is read by its numbers, whatever order the store lists", async () => {
    const inner = await databaseOf({ wal: Array.from({ length: 12 }, (_, at) => [put("a", String(at), at + 1)]) });
    const shuffled = new RelistingStore(inner, (found) => found.map((_, at) => found[(at * 5) % found.length]!));
    expect(await (await DatabaseReader.open(shuffled, "db")).walFiles()).toEqual(Array.from({ length: 12 }, (_, at) => walPath(at + 1)));
  });

  it("that is damaged, or takes more memory than it may, ends the scan; rows outside of the range take none", async () => {
    const damaged = log.bytes.with(100, log.bytes[100]! ^ 1);
    expect(await codeOf(scanned(await logged(damaged)))).toBe("ERR_SST_CHECKSUM");
    const store = await logged();
    const rowBytes = 400 + visible[0]!.key.length;
    expect(await codeOf(scanned(store, {}, { maxWalBytes: rowBytes }))).toBe("ERR_SST_LIMIT_WAL");
    // The first row's value is empty.
    expect(await scanned(store, { lte: visible[0]!.key }, { maxWalBytes: rowBytes })).toHaveLength(1);
    expect(await codeOf(scanned(store, { lte: visible[0]!.key }, { maxWalBytes: rowBytes - 1 }))).toBe("ERR_SST_LIMIT_WAL");
  });

  it.each(["the reader's signal", "the scan's"])("is not read on when %s is aborted", async (whose) => {
    const store = await logged();
    const controller = new AbortController();
    const reader = await DatabaseReader.open(store, "db", whose === "the scan's" ? {} : { signal: controller.signal });
    controller.abort(new Error("enough"));
    await expect(reader.scan(whose === "the scan's" ? { signal: controller.signal } : {}).next()).rejects.toThrow("enough");
  });
});

describe("a database that cannot be read", () => {
  const uuid = { high: 1n, low: 2n };
  const rows = [put("a", "1", 1), put("b", "2", 2)];

  it("says what is wrong with an SST, its own or that of another database, and does not call it missing", async () => {
    const own = await databaseOf({ l0: [rows] });
    const path = `${layout.compacted}${ulid(1)}${SST_EXTENSION}`;
    const bytes = await own.get(path);
    await own.put(path, bytes.slice(0, 9), { mode: "overwrite" });
    expect(await codeOf(scanned(own))).toBe("ERR_SST_TRUNCATED");
    const clone = await databaseOf({ l0: [rows] });
    const { decoded } = await DatabaseReader.open(clone, "db");
    const external = { path: "parent", sourceCheckpointId: uuid, finalCheckpointId: uuid, sstIds: (decoded.manifest.l0 as ManifestV1["l0"]).map(({ id }) => id) };
    await clone.put(layout.manifestPath(2n), encodeManifestV1({ ...(decoded.manifest as ManifestV1), externalDbs: [external] }), { mode: "create" });
    await clone.delete(path);
    await clone.put(path.replace("db/", "parent/"), bytes.slice(0, 9), { mode: "create" });
    expect(await codeOf(scanned(clone))).toBe("ERR_SST_TRUNCATED");
    await clone.put(path.replace("db/", "parent/"), bytes, { mode: "overwrite" });
    expect(firstRowDifference(await scanned(clone), rows)).toBeUndefined();
  });

  it("gives the store's own failure on", async () => {
    const inner = await databaseOf({ l0: [rows], runs: [[rows]] });
    for (const method of ["list", "get", "head", "getRange"] as const) {
      expect(await codeOf(scanned(new FailingObjectStore(inner, { method, call: 1, when: "before" }))), method).toBe("ERR_STORE_FAILED");
    }
  });

  it("has no manifest larger than is read, which is seen before it is fetched", async () => {
    const store = new RecordingObjectStore(await databaseOf({ l0: [rows] }));
    expect(await codeOf(scanned(new RelistingStore(store, (found) => found.map((one) => ({ ...one, size: MANIFEST_BYTES_MAX + 1 })))))).toBe("ERR_SST_UNSUPPORTED");
    expect(store.count("get")).toBe(0);
  });
});
