// SstReader in all its ways: rows as copies, views and columns, with the kernel and without, through a transformer; ranges; and what
// it says of files that are not true.
import { FilterFormat, isSstError, type SsTableInfo } from "@slate-sst/format";
import { isStoreError, MemoryObjectStore } from "@slate-sst/object-store";
import { type RowColumns, type ScanColumnsOptions, type ScanOptions, SstReader, type SstReaderOptions } from "@slate-sst/reader";
import { SstWriter, type SstWriterConfig } from "@slate-sst/writer";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FORGERIES, putTogether, type SstChanges, takeApart } from "../src/forgeries/index.js";
import { forgeryBase } from "../src/forgery-bases.js";
import { firstRowDifference } from "../src/row-difference.js";
import { goldenSst, type GoldenRow } from "../src/vectors.js";
import { config, countedRows, sortedRows } from "./laws/arbitraries.js";
import { law, sameBytes, writeRows } from "./laws/law.js";

const PATH = "a.sst";
const KINDS = ["put", "delete", "merge"] as const;

async function open(bytes: Uint8Array, options: SstReaderOptions = {}): Promise<SstReader> {
  const store = new MemoryObjectStore();
  await store.put(PATH, bytes, { mode: "create" });
  return await SstReader.open(store, PATH, options);
}

const copy = ({ kind, key, value, seq, createTs, expireTs }: GoldenRow): GoldenRow => ({ kind, key: key.slice(), value: value?.slice(), seq, createTs, expireTs });

async function scanned(reader: SstReader, options: ScanOptions = {}): Promise<GoldenRow[]> {
  const rows: GoldenRow[] = [];
  for await (const row of reader.scan(options)) rows.push(copy(row));
  return rows;
}

/** The rows that columns hold. */
function rowsOf({ rows, keys, keyOffsets, values, valueOffsets, kinds, seqs, createTs, createTsValidity, expireTs, expireTsValidity }: RowColumns): GoldenRow[] {
  const time = (column: BigInt64Array | undefined, validity: Uint8Array | undefined, row: number): bigint | undefined =>
    column === undefined || (validity !== undefined && ((validity[row >> 3] ?? 0) & (1 << (row & 7))) === 0) ? undefined : column[row];
  return Array.from({ length: rows }, (_, row) => {
    const kind = KINDS[kinds[row] ?? 0] ?? "put";
    const value = values.slice(valueOffsets[row], valueOffsets[row + 1]);
    return { kind, key: keys.slice(keyOffsets[row], keyOffsets[row + 1]), value: kind === "delete" ? undefined : value, seq: seqs[row] ?? 0n, createTs: time(createTs, createTsValidity, row), expireTs: time(expireTs, expireTsValidity, row) };
  });
}

async function failureOf(work: () => unknown): Promise<unknown> {
  try {
    await work();
    return undefined;
  } catch (error) {
    return error;
  }
}

describe("rows in every shape", () => {
  law("shapes: copies, views and columns, with a kernel and without, are the same rows, and columns go back into a writer", fc.record({ rows: sortedRows, config, rowsMax: fc.constantFrom(1, 3, 17, 8192) }), 12, async ({ rows, config: settings, rowsMax }) => {
    const bytes = await writeRows(rows, settings);
    for (const kernel of [true, false]) {
      await using reader = await open(bytes, { kernel });
      for (const views of [true, false]) expect(firstRowDifference(await scanned(reader, { views }), rows), `views ${views}, kernel ${kernel}`).toBeUndefined();
      const found: GoldenRow[] = [];
      const again = await writeRows([], settings, async (writer) => {
        for await (const columns of reader.scanColumns({ rowsMax })) {
          expect(columns.rows).toBeLessThanOrEqual(rowsMax);
          found.push(...rowsOf(columns));
          const { rows: _, ...own } = columns;
          await writer.writeColumns(own);
        }
      });
      expect(firstRowDifference(found, rows), `columns, kernel ${kernel}`).toBeUndefined();
      expect(sameBytes(again, bytes), `written again, kernel ${kernel}`).toBe(true);
    }
  });

  law("backwards: keys descend, versions of one key do not, and a limit cuts", fc.record({ rows: sortedRows, config, limit: fc.integer({ min: 1, max: 30 }) }), 12, async ({ rows, config: settings, limit }) => {
    await using reader = await open(await writeRows(rows, settings));
    const groups: GoldenRow[][] = [];
    for (const row of rows) {
      const last = groups.at(-1);
      if (last?.[0] !== undefined && Buffer.compare(last[0].key, row.key) === 0) last.push(row);
      else groups.push([row]);
    }
    const backwards = groups.toReversed().flat();
    expect(firstRowDifference(await scanned(reader, { reverse: true }), backwards)).toBeUndefined();
    expect(firstRowDifference(await scanned(reader, { reverse: true, limit }), backwards.slice(0, limit))).toBeUndefined();
    expect(firstRowDifference(await scanned(reader, { limit, views: true }), rows.slice(0, limit))).toBeUndefined();
    let count = 0;
    for await (const columns of reader.scanColumns({ limit })) count += columns.rows;
    expect(count).toBe(Math.min(limit, rows.length));
  });

  it("of a file whose sections were transformed, for scans, columns, index, stats and filter", async () => {
    const rows = countedRows(300);
    const mask = (bytes: Uint8Array): Uint8Array => bytes.map((byte) => byte ^ 0x5a);
    const settings: SstWriterConfig = { transform: { encode: mask }, blockSize: 1024, compression: "lz4", minFilterKeys: 1 };
    const store = new MemoryObjectStore();
    const writer = await SstWriter.create(store, PATH, settings);
    await writer.writeAll(rows.map(({ kind, key, value, seq }) => (kind === "delete" ? { kind, key, seq } : { kind, key, value: value ?? "", seq })));
    await writer.close();
    for (const transform of [{ decode: mask }, { decode: async (bytes: Uint8Array) => await Promise.resolve(mask(bytes)) }]) {
      await using reader = await SstReader.open(store, PATH, { transform });
      expect(firstRowDifference(await scanned(reader), rows)).toBeUndefined();
      const found: GoldenRow[] = [];
      for await (const columns of reader.scanColumns()) found.push(...rowsOf(columns));
      expect(firstRowDifference(found, rows)).toBeUndefined();
      expect([(await reader.stats())?.numPuts, (await reader.filter())?.parts.length]).toEqual([rows.filter(({ kind }) => kind === "put").length, 1]);
    }
    await using wrong = await SstReader.open(store, PATH, { transform: { decode: () => "text" as unknown as Uint8Array } });
    expect(await failureOf(() => wrong.index())).toMatchObject({ code: "ERR_SST_CODEC_FAILED", details: { path: "index" } });
  });
});

describe("a composite filter", () => {
  const { rows } = goldenSst("tiny-all");
  const write = async (filter: (payload: Uint8Array) => Uint8Array): Promise<SstReader> => {
    const bytes = await writeRows(rows, { filterFormat: "composite", minFilterKeys: 1 });
    const { codec } = await forgeryBase("plain");
    return await open(putTogether(takeApart(bytes, codec), { filter }));
  };

  it("is looked up by its name, and one for something else is not asked", async () => {
    await using reader = await write((payload) => payload);
    const filter = await reader.filter();
    expect([reader.info.filterFormat, filter?.parts.map(({ name }) => name), filter?.mayContain(Buffer.from("nothing of this name"))]).toEqual([FilterFormat.Composite, ["_bf"], false]);
    await using other = await write((payload) => payload.map((byte, i) => (i === payload.indexOf(0x62) ? 0x63 : byte)));
    expect([(await other.filter())?.parts.map(({ name }) => name), (await other.filter())?.mayContain(Buffer.from("nothing of this name"))]).toEqual([["_cf"], true]);
    expect((await other.get("apple"))?.value).toEqual(rows[0]?.value);
  });

  it.each<[string, (payload: Uint8Array) => Uint8Array, RegExp]>([
    ["more filters than are looked at", (payload) => payload.map((byte, i) => (i === 1 ? 65 : byte)), /num_filters/],
    ["bytes behind the last one", (payload) => Uint8Array.of(...payload, 0), /bytes behind its last filter/],
    ["a filter cut off", (payload) => payload.slice(0, -1), /filter\./],
  ])("with %s is refused, and rows can still be scanned", async (_, change, reason) => {
    await using reader = await write(change);
    const error = await failureOf(() => reader.filter());
    expect([isSstError(error), String(error)]).toEqual([true, expect.stringMatching(reason)]);
    expect(await scanned(reader)).toHaveLength(rows.length);
  });
});

describe("files that are not true", () => {
  const { rows, bytes } = goldenSst("tiny-all");
  const broken = async (info: (right: SsTableInfo) => Partial<SsTableInfo>, changes: SstChanges = {}): Promise<Uint8Array> => {
    const { codec } = await forgeryBase("plain");
    return putTogether(takeApart(bytes, codec), { ...changes, info: (right) => ({ ...right, ...info(right) }) });
  };

  it.each<[string, (right: SsTableInfo) => Partial<SsTableInfo>, string]>([
    ["no index", () => ({ indexLen: 0 }), "info.index_len"],
    ["an index without room for a byte", () => ({ indexLen: 4 }), "info.index_len"],
    ["an index behind the info", () => ({ indexLen: 9999 }), "info.index_offset"],
    ["a filter that reaches into the index", ({ filterLen }) => ({ filterLen: filterLen + 1 }), "info.filter_len"],
    ["stats before the end of the index", ({ statsOffset }) => ({ statsOffset: statsOffset - 1 }), "info.stats_offset"],
  ])("%s", async (_, change, path) => {
    const file = await broken(change);
    expect(await failureOf(() => open(file))).toMatchObject({ code: "ERR_SST_CORRUPT", details: { path } });
  });

  it.each<[string, (entries: { offset: number; firstKey: Uint8Array }[]) => { offset: number; firstKey: Uint8Array }[], string]>([
    ["no entries before data", () => [], "index.block_meta"],
    ["a first block that does not begin at 0", (entries) => entries.map((entry) => ({ ...entry, offset: entry.offset + 1 })), "index.block_meta[0].offset"],
    ["a block of no bytes", (entries) => [...entries, { offset: 3, firstKey: Uint8Array.of(0xff) }], "index.block_meta[0].offset"],
  ])("an index with %s", async (_, change, path) => {
    await using reader = await open(await broken(() => ({}), { index: (entries) => change([...entries]) }));
    expect(await failureOf(() => reader.index())).toMatchObject({ code: "ERR_SST_CORRUPT", details: { path } });
  });

  it("index, stats and filter that cannot be decoded are errors with their place", async () => {
    const noise = (name: string, payload: Uint8Array): Uint8Array => (name === "index" || name === "stats" ? payload.map((byte, i) => (i < 4 ? 0xff : byte)) : name === "filter" ? payload.slice(0, 1) : payload);
    await using reader = await open(await broken(() => ({}), { payload: noise }));
    for (const [name, code] of [["index", "ERR_SST_CORRUPT"], ["stats", "ERR_SST_CORRUPT"], ["filter", "ERR_SST_TRUNCATED"]] as const) {
      expect(await failureOf(() => reader[name]()), name).toMatchObject({ code, details: { path: expect.stringContaining(name) } });
    }
  });

  it("every forgery ends in rows or in an error of ours, whatever is asked", { timeout: 120_000 }, async () => {
    for (const { name, base, make } of FORGERIES) {
      const { bytes: sound, codec } = await forgeryBase(base);
      const { bytes: forged } = make(takeApart(sound, codec));
      for (const kernel of [true, false]) {
        const error = await failureOf(async () => {
          await using reader = await open(forged, { kernel, maxBlockBytes: 1 << 20, maxSectionBytes: 1 << 20 });
          await scanned(reader, { views: kernel });
          await reader.stats();
          if (reader.info.sstType === 0) await reader.get("key-00042-of-many");
        });
        expect(error === undefined || isSstError(error), `${name}: ${String(error)}`).toBe(true);
      }
    }
  });

  it("a file that has become shorter meanwhile, a closed reader, and options that are none", async () => {
    const store = new MemoryObjectStore();
    const large = await writeRows(countedRows(9000), { blockSize: 1024 });
    await store.put(PATH, large, { mode: "create" });
    await using reader = await SstReader.open(store, PATH);
    await reader.index();
    await store.put(PATH, large.slice(0, 10), { mode: "overwrite" });
    expect(isStoreError(await failureOf(() => scanned(reader)), "ERR_STORE_RANGE")).toBe(true);
    await reader.close();
    expect(await failureOf(() => reader.stats())).toMatchObject({ code: "ERR_SST_STATE" });
    expect(await failureOf(() => open(bytes, { transform: {} as never }))).toMatchObject({ code: "ERR_SST_OPTION_INVALID" });
    expect(await failureOf(() => open(bytes, { maxBlockBytes: 0 }))).toMatchObject({ code: "ERR_SST_OPTION_INVALID" });
    await using again = await open(bytes);
    // A bound that is not understood would be all rows.
    for (const typo of [{ from: "a" }, { revers: true }, { reverse: "no" }]) expect(await failureOf(() => scanned(again, typo as ScanOptions))).toMatchObject({ code: expect.stringMatching(/^ERR_SST_OPTION_/) as string });
    expect(await failureOf(() => again.scanColumns({ reverse: true } as ScanColumnsOptions).next())).toMatchObject({ code: "ERR_SST_OPTION_UNKNOWN", details: { option: "reverse" } });
    for (const rowsMax of [0, 2 ** 31, 1.5]) expect(await failureOf(() => again.scanColumns({ rowsMax }).next()), String(rowsMax)).toMatchObject({ code: "ERR_SST_OPTION_INVALID" });
    expect(await scanned(again, { prefix: "app" })).toHaveLength(rows.filter(({ key }) => Buffer.from(key).toString().startsWith("app")).length);
    expect(await scanned(again, { prefix: Uint8Array.of(0xff, 0xff) })).toEqual([]);
    // Of two ends at one key the one counts that leaves it out; of two others the nearer one.
    const [first, last] = [rows[0]!.key, rows.at(-1)!.key];
    const inside = rows.filter(({ key }) => Buffer.compare(key, first) > 0 && Buffer.compare(key, last) < 0).length;
    for (const ends of [{ gte: first, gt: first, lte: last, lt: last }, { gt: first, lt: last }, { gt: first, prefix: "", lt: last, lte: Uint8Array.of(0xff) }]) {
      expect(await scanned(again, ends)).toHaveLength(inside);
      expect(await scanned(again, { ...ends, reverse: true })).toHaveLength(inside);
    }
    const wal = goldenSst("wal-many--wal2");
    await using log = await open(wal.bytes);
    expect(await failureOf(() => log.get("key"))).toMatchObject({ code: "ERR_SST_UNSUPPORTED" });
    let count = 0;
    for await (const columns of log.scanColumns({ rowsMax: 100 })) count += columns.rows;
    expect(count).toBe(wal.rows.length);
  });
});
