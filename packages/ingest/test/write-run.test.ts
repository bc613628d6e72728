// A run: SSTs that follow each other, each as one SstWriter writes the same rows, none cut between the versions of a key.
import { compareBytes, DEFAULT_SST_SIZE } from "@slate-sst/format";
import { MemoryObjectStore, type ObjectStore } from "@slate-sst/object-store";
import { type Row, SstWriter, type SstWriterConfig } from "@slate-sst/writer";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { writeRun } from "../src/index.js";
import { keyBytes } from "../src/key-bytes.js";
import { latin1, NOW, objectPaths, paths, puts } from "./samples.js";

/** The rule of rolling over at its plainest: ask the writer's size after every row, and begin with the next greater key. */
async function plainRun(rows: readonly Row[], sstSize: number, config: SstWriterConfig): Promise<Uint8Array[]> {
  const store = new MemoryObjectStore();
  const ssts: Uint8Array[] = [];
  let writer: SstWriter | undefined;
  let last: Uint8Array | undefined;
  for (const row of rows) {
    const key = keyBytes(row.key).slice();
    if (writer !== undefined && last !== undefined && writer.estimatedSize() >= sstSize && compareBytes(key, last) > 0) {
      ssts.push(await store.get((await writer.close()).path));
      writer = undefined;
    }
    writer ??= await SstWriter.create(store, `sst-${ssts.length}`, config);
    await writer.add(row);
    last = key;
  }
  if (writer !== undefined) ssts.push(await store.get((await writer.close()).path));
  return ssts;
}

async function ourRun(rows: readonly Row[], sstSize: number, config: SstWriterConfig): Promise<Uint8Array[]> {
  const store = new MemoryObjectStore();
  const ssts = await writeRun(store, "db", rows, { ...config, sstSize });
  expect((await objectPaths(store)).sort()).toEqual(ssts.map(({ path }) => path).sort());
  return await Promise.all(ssts.map(({ path }) => store.get(path)));
}

const rowsOfKeys = fc.array(fc.record({
  key: fc.oneof({ weight: 9, arbitrary: fc.uint8Array({ minLength: 1, maxLength: 40 }) }, fc.uint8Array({ minLength: 500, maxLength: 3000 })),
  versions: fc.integer({ min: 1, max: 12 }),
  valueLength: fc.oneof(fc.nat({ max: 60 }), fc.nat({ max: 3000 })),
  fill: fc.integer({ min: 0, max: 255 }),
}), { minLength: 1, maxLength: 120 }).map((drawn) => {
  const keys = new Map(drawn.map((one) => [latin1(one.key), one]));
  return [...keys.values()].sort((a, b) => Buffer.compare(a.key, b.key)).flatMap(({ key, versions, valueLength, fill }) =>
    Array.from({ length: versions }, (_, i): Row => {
      const seq = BigInt(versions - i);
      return i % 3 === 2 ? { kind: "delete", key, seq } : { kind: i % 3 === 1 ? "merge" : "put", key, seq, value: new Uint8Array(valueLength).fill(fill + i) };
    }));
});

describe("writeRun", () => {
  it("writes one SST where the rows fit, with the paths of the root", async () => {
    const store = new MemoryObjectStore();
    const ssts = await writeRun(store, "prod/db", puts(100), { paths: paths("prod/db") });
    expect(ssts.map(({ path }) => path)).toEqual([paths("prod/db")()]);
    expect(ssts[0]).toMatchObject({ rowCount: 100n, store: store.url, formatVersion: 2 });
    expect(await objectPaths(store)).toEqual([paths("prod/db")()]);
  });

  it("rolls over: every SST reaches the size with its last row, the last one may be smaller", async () => {
    const store = new MemoryObjectStore();
    const ssts = await writeRun(store, "", puts(5000), { sstSize: 20_000 });
    expect(ssts.map(({ rowCount }) => Number(rowCount)).reduce((sum, rows) => sum + rows, 0)).toBe(5000);
    expect(ssts.length).toBeGreaterThan(4);
    for (const { size } of ssts.slice(0, -1)) expect(Number(size)).toBeGreaterThan(20_000 - 32);
    for (const { size } of ssts) expect(Number(size)).toBeLessThan(21_500);
    expect(ssts.map(({ path }) => path)).toEqual(await objectPaths(store, "compacted/"));
    for (const [i, sst] of ssts.slice(1).entries()) expect(compareBytes(ssts[i]?.lastKey ?? new Uint8Array(), sst.firstKey)).toBeLessThan(0);
  });

  it("has SlateDB's size as default", async () => {
    expect(DEFAULT_SST_SIZE).toBe(256 * 1024 * 1024);
    expect(await writeRun(new MemoryObjectStore(), "db", puts(5000))).toHaveLength(1);
  });

  it("cuts as if it asked for the size after every row, and each SST is what one writer makes", async () => {
    const configs: SstWriterConfig[] = [{}, { minFilterKeys: 0 }, { minFilterKeys: 20, filterBitsPerKey: 500 }, { filter: false, blockSize: 1024 }, { formatVersion: 1 }, { minFilterKeys: 5, filterFormat: "composite" }];
    await fc.assert(fc.asyncProperty(rowsOfKeys, fc.constantFrom(...configs), fc.oneof(fc.integer({ min: 1, max: 5_000 }), fc.integer({ min: 5_000, max: 60_000 })), async (rows, config, sstSize) => {
      const [ours, plain] = [await ourRun(rows, sstSize, config), await plainRun(rows, sstSize, config)];
      expect(ours.map((sst) => sst.length)).toEqual(plain.map((sst) => sst.length));
      for (const [i, sst] of ours.entries()) expect(Buffer.compare(sst, plain[i] ?? new Uint8Array())).toBe(0);
    }), { seed: 4, numRuns: 60 });
  });

  it.each(["snappy", "lz4", "zlib", "zstd"] as const)("with %s: no key in two SSTs, sizes near what was asked for", async (compression) => {
    const rows = puts(6000).map((row, i): Row => ({ key: row.key, value: Uint8Array.from({ length: 100 }, (_, at) => Math.imul(i * 131 + at, 0x9e3779b1) >>> (at % 3 === 0 ? 24 : 30)) }));
    const ssts = await writeRun(new MemoryObjectStore(), "db", rows, { sstSize: 50_000, compression });
    expect(ssts.length).toBeGreaterThan(3);
    for (const { size } of ssts.slice(0, -1)) expect(Math.abs(Number(size) - 50_000)).toBeLessThan(5_000);
  });

  it("keeps the versions of a key together, however many", async () => {
    const versions = Array.from({ length: 500 }, (_, i): Row => ({ key: "k", value: "x".repeat(100), seq: BigInt(500 - i) }));
    const ssts = await writeRun(new MemoryObjectStore(), "db", [{ key: "a", value: "" }, ...versions, { key: "k\u0000", value: "" }], { sstSize: 1 });
    expect(ssts.map(({ firstKey, lastKey, rowCount }) => [latin1(firstKey), latin1(lastKey), rowCount])).toEqual([["a", "a", 1n], ["k", "k", 500n], ["k\u0000", "k\u0000", 1n]]);
  });

  it.each([["keepFirst", "first"], ["keepLast", "last"]] as const)("holds onDuplicate %s where an SST is full", async (onDuplicate, kept) => {
    const store = new MemoryObjectStore();
    const rows: Row[] = ["a", "b"].flatMap((key) => [{ key, value: "first" }, { key, value: "middle" }, { key, value: "last" }]);
    const ssts = await writeRun(store, "db", rows, { sstSize: 1, onDuplicate });
    expect(ssts.map(({ rowCount }) => rowCount)).toEqual([1n, 1n]);
    for (const [i, { path }] of ssts.entries()) expect(latin1(await store.get(path))).toContain(`${i === 0 ? "a" : "b"}${kept}`);
  });

  it("takes iterables of every kind, and rows whose buffers are used again", async () => {
    const expected = await ourRun(puts(400), 4_000, {});
    const key = new Uint8Array(9);
    const row: { key: Uint8Array; value: Uint8Array } = { key, value: key };
    function* reusing(): Generator<Row> {
      for (const { key: text, value } of puts(400)) {
        key.set(keyBytes(text));
        row.value = keyBytes(value ?? "");
        yield row;
        key.fill(0xff);
        row.value.fill(0xff);
      }
    }
    async function* eventually(): AsyncGenerator<Row> {
      for (const one of puts(400)) {
        await Promise.resolve();
        yield one;
      }
    }
    for (const rows of [reusing(), eventually(), new Set(puts(400))]) {
      const store = new MemoryObjectStore();
      const ssts = await writeRun(store, "db", rows, { sstSize: 4_000 });
      expect(await contents(store, ssts.map(({ path }) => path))).toEqual(expected.map(latin1));
    }
  });

  it("mints each path when its SST begins, not before there are rows", async () => {
    let now = NOW;
    const next = paths("db", now);
    const minted: number[] = [];
    function* rows(): Generator<Row> {
      for (const row of puts(3)) {
        now++;
        yield row;
      }
    }
    await writeRun(new MemoryObjectStore(), "db", rows(), { sstSize: 1, paths: () => (minted.push(now - NOW), next()) });
    expect(minted).toEqual([1, 2, 3]);
  });

  it("gives other paths to every run of a root", async () => {
    const store = new MemoryObjectStore();
    const runs = await Promise.all([0, 1, 2, 3].map((part) => writeRun(store, "db", puts(50, part * 50), { sstSize: 500 })));
    expect(await objectPaths(store)).toHaveLength(runs.flat().length);
  });
});

async function contents(store: ObjectStore, objects: readonly string[]): Promise<string[]> {
  return await Promise.all(objects.map(async (path) => latin1(await store.get(path))));
}
