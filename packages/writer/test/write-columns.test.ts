// writeColumns(): the same file and metadata as the same rows one by one, whatever the rows, their layout and the configuration.
import { BLOCK_SIZES, KEY_BYTES_MAX } from "@slate-sst/format";
import { MemoryObjectStore } from "@slate-sst/object-store";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type RowColumns, SstWriter, type SstWriterConfig } from "../src/index.js";
import { columnShape, PLAIN_SHAPE, sliceColumns, toColumns, writeByColumns } from "./column-rows.js";
import { asRow, bytesOf, expectSameBytes, lines, numbers, PATH, type SampleRow, sampleRows, writeSamples, type WrittenSst } from "./sample-rows.js";
import { readSst } from "./sst-file.js";

/** The longest value that goes through the kernel. */
const VALUE_EDGE = 256 * 1024;

const reverse = { encode: (bytes: Uint8Array) => bytes.slice().reverse(), decode: (bytes: Uint8Array) => bytes.slice().reverse() };
const config: fc.Arbitrary<SstWriterConfig> = fc.record({
  formatVersion: fc.constantFrom(1, 2, 2, 2),
  blockSize: fc.constantFrom(...BLOCK_SIZES),
  compression: fc.constantFrom("none", "none", "snappy", "lz4", "zlib", "zstd"),
  filter: fc.boolean(),
  minFilterKeys: fc.constantFrom(0, 100, 1000),
  filterFormat: fc.constantFrom("legacy", "composite"),
  onDuplicate: fc.constantFrom("error", "error", "keepFirst", "keepLast"),
  verifyBlocks: fc.constantFrom(false, false, true),
  partSize: fc.constantFrom(1024, 5 * 1024 * 1024),
  seq: fc.constantFrom(0n, 77n),
  workers: fc.constantFrom(0, 0, 2),
}, { requiredKeys: [] }).map((options) => (options.verifyBlocks === true ? { ...options, workers: 0 } : options)).chain((options) => fc.constantFrom<SstWriterConfig>(options, options, { ...options, transform: reverse }));

/** What does not depend on the store. */
const facts = ({ metadata }: WrittenSst): object => ({ ...metadata, store: "", etag: "" });

function expectSameSst(actual: WrittenSst, expected: WrittenSst): void {
  expect(facts(actual)).toEqual(facts(expected));
  expectSameBytes(actual.bytes, expected.bytes);
}

const plainRow = (key: Uint8Array, value: Uint8Array = new Uint8Array(0)): SampleRow => ({ kind: "put", key, value, seq: 0n, createTs: undefined, expireTs: undefined });

describe("rows in columns", () => {
  it("make the same file as rows one by one: rows, layouts, calls and configurations at random", async () => {
    await fc.assert(fc.asyncProperty(
      fc.integer({ min: 1, max: 3000 }), fc.integer({ min: 1, max: 1_000_000 }), fc.constantFrom(0, 60, 3000), config, columnShape, fc.array(fc.integer({ min: 1, max: 1500 }), { minLength: 1, maxLength: 4 }),
      async (count, seed, valueMax, options, shape, lengths) => {
        const rows = sampleRows(valueMax > 1000 ? Math.ceil(count / 8) : count, seed, valueMax);
        expectSameSst(await writeByColumns(rows, options, shape, lengths), await writeSamples(rows, options));
      },
    ), { seed: 101, numRuns: 120 });
  });

  it.each(BLOCK_SIZES)("with a block size of %i", async (blockSize) => {
    const rows = sampleRows(6000, 102);
    expectSameSst(await writeByColumns(rows, { blockSize }), await writeSamples(rows, { blockSize }));
  });

  it("of one kind, without timestamps and with the writer's sequence number need four columns", async () => {
    const rows = sampleRows(5000, 103).filter((row, at, all) => at === 0 || Buffer.compare(row.key, all[at - 1]!.key) !== 0).map(({ key, value }) => ({ ...plainRow(key, value), seq: 9n }));
    const columns = toColumns(rows, PLAIN_SHAPE, 9n);
    expect(Object.keys(columns)).toEqual(["keys", "keyOffsets", "values", "valueOffsets"]);
    expectSameSst(await writeByColumns(rows, { seq: 9n }), await writeSamples(rows, { seq: 9n }));
  });

  it("are read back as they were given", async () => {
    const rows = sampleRows(3000, 104);
    const { bytes } = await writeByColumns(rows, { compression: "lz4" });
    expect(lines((await readSst(bytes)).rows)).toEqual(lines(rows));
  });

  it("may be more than one piece of the kernel's memory, in rows, in bytes of keys, in bytes of values", async () => {
    for (const [count, keyLength, valueLength] of [[10_000, 8, 0], [5000, 6, 0], [300, 3000, 3], [900, 10, 3000], [12, KEY_BYTES_MAX, 1], [5, KEY_BYTES_MAX, VALUE_EDGE], [20, 6, VALUE_EDGE]] as const) {
      const rows = Array.from({ length: count }, (_, at) => plainRow(bytesOf(String(at).padStart(6, "0").padEnd(keyLength, "k")), new Uint8Array(valueLength).fill(at)));
      expectSameSst(await writeByColumns(rows, { minFilterKeys: 1 }), await writeSamples(rows, { minFilterKeys: 1 }));
    }
  });

  it("may have long keys and values, around the kernel's limits and beyond, in any order", async () => {
    const next = numbers(105);
    for (const options of [{}, { blockSize: 1024, compression: "lz4" }, { blockSize: 65536, minFilterKeys: 1, transform: reverse }, { formatVersion: 1 }] as const satisfies readonly SstWriterConfig[]) {
      const rows = Array.from({ length: 60 }, (_, at): SampleRow => {
        const length = [3, 40, KEY_BYTES_MAX - 1, KEY_BYTES_MAX][next(4)]!;
        const valueLength = [0, 1, 500, VALUE_EDGE - 1, VALUE_EDGE, VALUE_EDGE + 1, 700_000][next(7)]!;
        const kind = next(5) === 0 ? "delete" : "put";
        return { ...plainRow(bytesOf(String(at).padStart(3, "0").padEnd(length, "k")), new Uint8Array(kind === "delete" ? 0 : valueLength).fill(at)), kind, seq: BigInt(next(100)), createTs: next(2) === 0 ? undefined : BigInt(at) };
      });
      expectSameSst(await writeByColumns(rows, options, { ...PLAIN_SHAPE, margin: 5 }, [7, 1, 20]), await writeSamples(rows, options));
    }
  });

  it("may hold the extremes of numbers", async () => {
    const stamps = [-(2n ** 63n), -1n, 0n, 1n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 63n - 1n, undefined];
    const seqs = [0n, 1n, 2n ** 31n, 2n ** 32n, 2n ** 63n, 2n ** 64n - 1n];
    const rows = stamps.flatMap((createTs, one) => stamps.map((expireTs, other): SampleRow => ({ ...plainRow(bytesOf(`${one}${other}`)), seq: seqs[(one + other) % seqs.length]!, createTs, expireTs })));
    expectSameSst(await writeByColumns(rows), await writeSamples(rows));
  });

  it("may have versions of a key that go over the end of a call", async () => {
    const rows = Array.from({ length: 5000 }, (_, at): SampleRow => ({ ...plainRow(bytesOf(String(Math.floor(at / 2500)))), seq: BigInt(10_000 - at) }));
    expectSameSst(await writeByColumns(rows, {}, PLAIN_SHAPE, [1, 2048, 3]), await writeSamples(rows));
  });

  it("may come together with put, delete, merge, add and writeAll in one file", async () => {
    for (const options of [{}, { compression: "lz4", blockSize: 1024 }, { formatVersion: 1 }, { verifyBlocks: true }, { transform: reverse }] as const satisfies readonly SstWriterConfig[]) {
      const next = numbers(106);
      const rows = sampleRows(6000, 107).map((row, at): SampleRow => (at % 500 === 0 && row.kind !== "delete" ? { ...row, value: new Uint8Array(VALUE_EDGE + at) } : row));
      const store = new MemoryObjectStore();
      const writer = await SstWriter.create(store, PATH, options);
      for (let at = 0; at < rows.length;) {
        const count = 1 + next(200);
        const part = rows.slice(at, at + count);
        const way = next(4);
        if (way === 0) await writer.writeColumns(toColumns(part));
        else if (way === 1) await writer.writeAll(part.map(asRow));
        else for (const row of part) {
          const { key, value, kind, seq, ...times } = row;
          if (way === 2 || seq !== 0n) await writer.add(asRow(row));
          else await (kind === "delete" ? writer.delete(key, times) : writer[kind](key, value, times));
        }
        at += count;
      }
      const metadata = await writer.close();
      expectSameSst({ bytes: await store.get(PATH), metadata, writer }, await writeSamples(rows, options));
    }
  });

  it("and puts whose timestamps are those of the put before do not mix up what they have in common", async () => {
    const rows: SampleRow[] = [];
    const store = new MemoryObjectStore();
    const writer = await SstWriter.create(store, PATH, { seq: 5n });
    for (let at = 0; at < 2000; at++) {
      const row: SampleRow = { ...plainRow(bytesOf(String(at).padStart(5, "0")), bytesOf("v")), seq: 5n, createTs: 7n };
      if (at % 7 === 0) {
        rows.push({ ...row, kind: "merge", seq: 3n, createTs: undefined, expireTs: 9n });
        await writer.writeColumns(toColumns(rows.slice(-1)));
      } else {
        rows.push(row);
        await writer.put(row.key, row.value, { createTs: 7n });
      }
    }
    await writer.close();
    expectSameBytes(await store.get(PATH), (await writeSamples(rows, { seq: 5n })).bytes);
  });

  it("none at all are no rows", async () => {
    const store = new MemoryObjectStore();
    const writer = await SstWriter.create(store, PATH);
    const none: RowColumns = { keys: new Uint8Array(0), keyOffsets: new Int32Array(1), values: new Uint8Array(3), valueOffsets: Uint32Array.of(2) };
    expect(writer.writeColumns(none)).toBeUndefined();
    expect([writer.rowCount, writer.estimatedSize()]).toEqual([0, 0]);
    await expect(writer.close()).rejects.toMatchObject({ code: "ERR_SST_EMPTY" });
    void writer.put("a", "");
    expect(writer.writeColumns({ ...none, kinds: new Uint8Array(0), seqs: new BigUint64Array(0), createTs: new BigInt64Array(0), createTsValidity: new Uint8Array(0) })).toBeUndefined();
    expect((await writer.close()).rowCount).toBe(1n);
  });

  it("may lie in Buffers that are used again after the call", async () => {
    for (const options of [{}, { formatVersion: 1 }, { onDuplicate: "keepLast" }] as const satisfies readonly SstWriterConfig[]) {
      const rows = sampleRows(400, 108);
      const store = new MemoryObjectStore();
      const writer = await SstWriter.create(store, PATH, options);
      for (const part of [rows.slice(0, 100), rows.slice(100)]) {
        const columns = toColumns(part);
        const keys = Buffer.from(columns.keys);
        const values = Buffer.from(columns.values);
        await writer.writeColumns({ ...columns, keys, values });
        for (const column of [keys, values, columns.keyOffsets, columns.valueOffsets]) column.fill(0xff);
      }
      const metadata = await writer.close();
      expectSameSst({ bytes: await store.get(PATH), metadata, writer }, await writeSamples(rows, options));
    }
  });

  it("may lie in shared memory", async () => {
    const rows = sampleRows(300, 109);
    const columns = toColumns(rows);
    const shared = <Column extends Uint8Array | Int32Array>(column: Column): Column => {
      const copy = new (column.constructor as new (buffer: SharedArrayBuffer) => Column)(new SharedArrayBuffer(column.byteLength));
      copy.set(column);
      return copy;
    };
    const store = new MemoryObjectStore();
    const writer = await SstWriter.create(store, PATH);
    await writer.writeColumns({ ...columns, keys: shared(columns.keys), values: shared(columns.values), keyOffsets: shared(columns.keyOffsets as Int32Array), valueOffsets: shared(columns.valueOffsets as Int32Array) });
    await writer.close();
    expectSameBytes(await store.get(PATH), (await writeSamples(rows)).bytes);
  });
});

describe("onDuplicate", () => {
  it.each(["keepFirst", "keepLast"] as const)("%s keeps the same rows as one by one, also over the end of a call", async (onDuplicate) => {
    const next = numbers(110);
    const rows = sampleRows(1500, 111).flatMap((row) => Array.from({ length: 1 + (next(3) === 0 ? next(4) : 0) }, (_, at) => ({ ...row, value: row.kind === "delete" ? row.value : bytesOf(`copy ${at}`) })));
    const expected = await writeSamples(rows, { onDuplicate });
    expect(Number(expected.metadata.rowCount)).toBeLessThan(rows.length);
    expectSameSst(await writeByColumns(rows, { onDuplicate }, PLAIN_SHAPE, [1, 2, 700]), expected);
  });
});

describe("estimatedSize()", () => {
  it.each([{}, { blockSize: 1024, minFilterKeys: 100 }, { formatVersion: 1 }, { filter: false }] as const)("is the same between calls as after the same rows one by one, and within 32 bytes of the file: %o", async (options) => {
    const rows = sampleRows(4000, 112);
    const columns = toColumns(rows);
    const writer = await SstWriter.create(new MemoryObjectStore(), PATH, options);
    const oneByOne = await SstWriter.create(new MemoryObjectStore(), PATH, options);
    for (let from = 0; from < rows.length; from += 157) {
      const to = Math.min(from + 157, rows.length);
      await writer.writeColumns(sliceColumns(columns, from, to));
      for (const row of rows.slice(from, to)) await oneByOne.add(asRow(row));
      expect(writer.estimatedSize()).toBe(oneByOne.estimatedSize());
      expect(writer.rowCount).toBe(to);
      if (from % 628 === 0) expect(Math.abs(writer.estimatedSize() - (await writeByColumns(rows.slice(0, to), options)).bytes.length)).toBeLessThanOrEqual(32);
    }
    await writer.abort();
    await oneByOne.abort();
  });
});
