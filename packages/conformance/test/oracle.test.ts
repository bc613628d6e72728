// The oracle is real SlateDB; these tests show that its wrappers lose nothing and say what went wrong.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { answer, NO_ANSWER, OracleError } from "../src/oracle/answer.js";
import { openDatabase, openReader, type VisibleRow } from "../src/oracle/database.js";
import { listFiles, placeFiles, TempFolder } from "../src/oracle/folders.js";
import { makeSettings, SLATEDB_BLOCK_SIZES } from "../src/oracle/settings.js";
import { readSstRows } from "../src/oracle/sst-rows.js";
import { writeWithSlateDb, type RowToWrite, type WrittenDatabase } from "../src/oracle/write.js";
import { inCommitOrder, randomCase } from "../src/random-rows.js";
import { goldenSst, goldenSsts, type GoldenRow } from "../src/vectors.js";
import { visibleRows } from "../src/visible-rows.js";

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "latin1"));
const latin1 = (array: Uint8Array | undefined): string | undefined => (array === undefined ? undefined : Buffer.from(array).toString("latin1"));
/** Byte arrays as text: vitest compares long arrays element by element, which takes seconds. */
const shown = (rows: readonly (GoldenRow | VisibleRow)[]): unknown[] => rows.map((row) => ({ ...row, key: latin1(row.key), value: latin1(row.value) }));
/** What SlateDB is told of a row, without what it adds itself. */
const told = (rows: readonly (GoldenRow | RowToWrite)[]): unknown[] => rows.map((row) => [row.kind, latin1(row.key), latin1(row.value), row.expireTs]);

const ROWS = 2_000;
const SEED = 20_240;

/** 2,000 rows of all kinds with versions and expiries, in file order. */
function manyRows(): GoldenRow[] {
  const kinds = ["put", "put", "merge", "delete"] as const;
  return Array.from({ length: ROWS }, (_, i): GoldenRow => {
    const kind = kinds[(i * 7 + (i >> 3)) % kinds.length] ?? "put";
    const value = kind === "delete" ? undefined : bytes(`value ${i} ${"x".repeat(i % 50)}`);
    return { kind, key: bytes(`key${String(i >> 1).padStart(6, "0")}`), value, seq: 0n, createTs: undefined, expireTs: kind !== "delete" && i % 3 === 0 ? 4_102_444_800_000n + BigInt(i) : undefined };
  });
}

describe("a database written and read by real SlateDB", () => {
  const rows = manyRows();
  const folder = new TempFolder("oracle test ä");
  let written: WrittenDatabase;
  let inFile: GoldenRow[];
  let startedAt: bigint;

  beforeAll(async () => {
    startedAt = BigInt(Date.now());
    written = await writeWithSlateDb(folder.path, inCommitOrder(rows, SEED), { blockSize: 1024, compression: "zstd", minFilterKeys: 100 });
    inFile = await readSstRows(written.sst.bytes);
  });
  afterAll(() => folder[Symbol.dispose]());

  it("keeps every version, tombstone, operand and expiry in one SST", () => {
    expect(told(inFile)).toEqual(told(rows));
    expect(listFiles(folder.path).filter((name) => name.endsWith(".sst"))).toEqual([`db/compacted/${written.sst.objectName}`]);
    expect(written.sst.bytes.subarray(-2)).toEqual(new Uint8Array([0, 2]));
  });

  it("numbers the rows in commit order and stamps them with the wall clock", () => {
    expect(inCommitOrder(inFile, SEED).map((row) => row.seq)).toEqual(rows.map((_, i) => BigInt(i + 1)));
    for (const row of inFile) expect(row.createTs !== undefined && row.createTs >= startedAt && row.createTs <= BigInt(Date.now())).toBe(true);
  });

  it("shows the same rows by scan and by get, in a database and in a reader", async () => {
    const expected = visibleRows(inFile);
    expect(expected.length).toBeGreaterThan(ROWS / 3);
    const keys = [...new Set(rows.map((row) => latin1(row.key) ?? ""))];
    const values = new Map(expected.map((row) => [latin1(row.key), latin1(row.value)]));
    const wanted = keys.map((key) => values.get(key));
    await using database = await openDatabase(folder.path, "db");
    await using reader = await openReader(folder.path, "db");
    for (const open of [database, reader]) {
      expect(shown(await open.readAll())).toEqual(shown(expected));
      expect((await open.getAll(keys.map(bytes))).map(latin1)).toEqual(wanted);
    }
    const merged = expected.find((row) => inFile.some((version) => version.seq === row.seq && version.kind === "merge"));
    expect(merged === undefined ? undefined : shown([await database.getRow(merged.key) ?? merged])).toEqual(merged === undefined ? undefined : shown([merged]));
  });

  it("scans a range, and may stop in the middle", async () => {
    await using reader = await openReader(folder.path, "db");
    const range = { start: bytes("key000100"), end: bytes("key000200") };
    const inRange = visibleRows(inFile).filter((row) => Buffer.compare(row.key, range.start) >= 0 && Buffer.compare(row.key, range.end) < 0);
    expect(shown(await reader.readAll(range))).toEqual(shown(inRange));
    const seen: VisibleRow[] = [];
    for await (const row of reader.scan(range)) {
      seen.push(row);
      if (seen.length === 5) break;
    }
    expect(shown(seen)).toEqual(shown(inRange.slice(0, 5)));
  });
});

describe("writing with real SlateDB", () => {
  it.each(["none", "snappy", "lz4", "zlib", "zstd"] as const)("with %s: settings reach the file", async (compression) => {
    using folder = new TempFolder();
    const rows = Array.from({ length: 40 }, (_, i): RowToWrite => ({ kind: "put", key: bytes(`k${100 + i}`), value: bytes("same value ".repeat(9)) }));
    const { sst } = await writeWithSlateDb(folder.path, rows, { blockSize: 1024, compression, minFilterKeys: 40, filterBitsPerKey: 20 });
    const without = await writeWithSlateDb(folder.path, rows, { blockSize: 65_536, compression, minFilterKeys: 41 }, { root: "second" });
    expect(told(await readSstRows(sst.bytes))).toEqual(told(rows));
    expect(sst.bytes.length).not.toBe(without.sst.bytes.length);
    expect(sst.objectName).toMatch(/^[0-9A-HJKMNP-TV-Z]{26}\.sst$/);
  });

  it("knows SlateDB's seven block sizes", () => {
    expect(SLATEDB_BLOCK_SIZES).toEqual([1024, 2048, 4096, 8192, 16_384, 32_768, 65_536]);
  });

  it("writes random cases so that the rows come back", async () => {
    for (let seed = 1; seed <= 12; seed++) {
      using folder = new TempFolder();
      const drawn = randomCase(seed, { keysMax: 120 });
      const { sst } = await writeWithSlateDb(folder.path, inCommitOrder(drawn.rows, seed), drawn.config);
      const inFile = await readSstRows(sst.bytes);
      expect(told(inFile), drawn.title).toEqual(told(drawn.rows));
      expect(inFile.map((row) => row.seq), drawn.title).toEqual(drawn.rows.map((row) => row.seq));
      await using database = await openDatabase(folder.path, "db");
      expect(shown(await database.readAll()), drawn.title).toEqual(shown(visibleRows(inFile)));
    }
  });

  it("gives the rows of a batch one sequence number, and ends a batch where a key comes again", async () => {
    using folder = new TempFolder();
    const rows: RowToWrite[] = ["a", "b", "a", "c", "d"].map((key, i) => ({ kind: "put", key: bytes(key), value: bytes(String(i)) }));
    const { sst } = await writeWithSlateDb(folder.path, rows, {}, { rowsPerBatch: 3 });
    expect((await readSstRows(sst.bytes)).map((row) => [latin1(row.key), latin1(row.value), row.seq])).toEqual([["a", "2", 2n], ["a", "0", 1n], ["b", "1", 1n], ["c", "3", 2n], ["d", "4", 2n]]);
  });

  it("stores no expiry that has passed, as SlateDB 0.12.1 does", async () => {
    using folder = new TempFolder();
    const { sst } = await writeWithSlateDb(folder.path, [{ kind: "put", key: bytes("k"), value: bytes("v"), expireTs: 1_000n }]);
    expect((await readSstRows(sst.bytes))[0]?.expireTs).toBeUndefined();
  });
});

describe("single SSTs read by real SlateDB", () => {
  it("gives the rows of every golden SST", async () => {
    for (const sst of goldenSsts()) expect(shown(await readSstRows(sst.bytes)), sst.name).toEqual(shown(sst.rows));
  });

  it("reports damage, and answers in time", async () => {
    const { bytes: damaged } = goldenSst("rows-1000-filter");
    damaged[100] = (damaged[100] ?? 0) ^ 1;
    await expect(readSstRows(damaged)).rejects.toThrow(/^SlateDB: read an SST: Data: .*checksum mismatch/);
    await expect(readSstRows(goldenSst("single-row").bytes.subarray(0, 5), 500)).rejects.toThrow(OracleError);
  });
});

describe("a folder made by others", () => {
  it("opens with nothing in it but the SST and one manifest", async () => {
    using source = new TempFolder();
    const rows: RowToWrite[] = [
      { kind: "put", key: bytes("a"), value: bytes("1") },
      { kind: "delete", key: bytes("b") },
      { kind: "merge", key: bytes("c"), value: bytes("+2") },
    ];
    const { sst, manifest } = await writeWithSlateDb(source.path, rows);
    using folder = new TempFolder();
    const root = "some/where";
    placeFiles(folder.path, { [`${root}/compacted/${sst.objectName}`]: sst.bytes, [`${root}/manifest/${"1".padStart(20, "0")}.manifest`]: manifest.bytes });
    const expected = [["a", "1", 1n], ["c", "+2", 3n]];
    const seen = (found: readonly VisibleRow[]): unknown[] => found.map((row) => [latin1(row.key), latin1(row.value), row.seq]);
    {
      await using reader = await openReader(folder.path, root);
      expect(seen(await reader.readAll())).toEqual(expected);
    }
    {
      await using database = await openDatabase(folder.path, root);
      expect(seen(await database.readAll())).toEqual(expected);
      expect([await database.put(bytes("new"), bytes("x")), await database.merge(bytes("c"), bytes("+3")), await database.delete(bytes("a"))]).toEqual([4n, 5n, 6n]);
      await database.flush();
      expect(latin1(await database.get(bytes("c")))).toBe("+2+3");
    }
    await using again = await openDatabase(folder.path, root);
    expect(seen(await again.readAll())).toEqual([["c", "+2+3", 5n], ["new", "x", 4n]]);
    expect(await again.get(bytes("a"))).toBeUndefined();
  });
});

describe("errors", () => {
  const noDatabase = /^SlateDB: open db: Usage: there is no database in /;

  it("refuses a folder without a database, unless one is to be made", async () => {
    using folder = new TempFolder();
    await expect(openDatabase(folder.path, "db")).rejects.toThrow(noDatabase);
    await expect(openReader(folder.path, "db")).rejects.toThrow(noDatabase);
    await using made = await openDatabase(folder.path, "db", { create: true });
    expect(await made.readAll()).toEqual([]);
    await expect(openDatabase(folder.path, "../db", { create: true })).rejects.toThrow(/leads out of/);
  });

  it("refuses settings SlateDB does not have, and filters it panics on", () => {
    expect(() => makeSettings({ slateDb: { no_such_setting: 1 } })).toThrow("SlateDB: set no_such_setting: Usage: SlateDB has no such setting");
    expect(() => makeSettings({ slateDb: { flush_interval: 7 } })).toThrow(/^SlateDB: set flush_interval: Invalid: /);
    expect(() => makeSettings({ filterBitsPerKey: 0 })).toThrow(/filterBitsPerKey is 0/);
    using folder = new TempFolder();
    return expect(openDatabase(folder.path, "db", { create: true, blockSize: 3000 })).rejects.toThrow(/no block size of 3000/);
  });

  it("names operation and reason when SlateDB refuses a row", async () => {
    using folder = new TempFolder();
    await expect(writeWithSlateDb(folder.path, [{ kind: "put", key: bytes(""), value: bytes("v") }])).rejects.toThrow("SlateDB: write an SST: Invalid: key cannot be empty");
    await expect(writeWithSlateDb(folder.path, [], {}, { root: "empty" })).rejects.toThrow(/the flush left 0 SSTs/);
    await expect(writeWithSlateDb(folder.path, [{ kind: "put", key: bytes("k") }], {}, { root: "third" })).rejects.toThrow(/a put row has no value/);
    await expect(writeWithSlateDb(folder.path, [{ kind: "put", key: bytes("k"), value: bytes("v") }])).rejects.toThrow(/db is not empty/);
  });

  it("says that a closed database is closed", async () => {
    using folder = new TempFolder();
    const database = await openDatabase(folder.path, "db", { create: true });
    await database.close();
    await database.close();
    await expect(database.get(bytes("k"))).rejects.toThrow(OracleError);
  });

  it("turns silence into an error", async () => {
    const silent = answer("wait", () => new Promise<never>(() => undefined), 20);
    await expect(silent).rejects.toMatchObject({ name: "OracleError", kind: NO_ANSWER, message: "SlateDB: wait: NoAnswer: nothing came back in 20 ms" });
    await expect(answer("run", () => Promise.reject(new RangeError("beyond")))).rejects.toMatchObject({ kind: "RangeError", operation: "run", message: "SlateDB: run: RangeError: beyond" });
  });

  it("leaves no temporary folder", () => {
    const folder = new TempFolder();
    placeFiles(folder.path, { "a/b": bytes("x") });
    expect(listFiles(folder.path)).toEqual(["a/b"]);
    folder[Symbol.dispose]();
    folder[Symbol.dispose]();
    expect(listFiles(folder.path)).toEqual([]);
  });
});
