import { MemoryObjectStore } from "@slate-sst/object-store";
import { SstWriter } from "@slate-sst/writer";
import { describe, expect, it } from "vitest";
import { assertSum, CheckError, ssTableSum } from "../src/checks.js";
import type { RowColumns } from "@slate-sst/writer";
import { CREATE_TS, ValuePool } from "../src/rows.js";
import { prepareRows, rowObjects } from "../src/write-ways.js";

/** Takes columns apart as a writer would, and keeps the rows as text. */
class ColumnsReader {
  readonly rows: string[] = [];

  writeColumns({ keys, keyOffsets, values, valueOffsets, createTs = new BigInt64Array(0) }: RowColumns): undefined {
    for (const [bytes, offsets] of [[keys, keyOffsets], [values, valueOffsets]] as const) {
      if (offsets.length !== createTs.length + 1 || offsets[0] !== 0 || offsets.at(-1) !== bytes.length) throw new RangeError(`offsets ${offsets[0]} to ${offsets.at(-1)}, ${offsets.length} of them`);
    }
    for (const [row, timestamp] of createTs.entries()) {
      this.rows.push(rowText(keys.subarray(keyOffsets[row], keyOffsets[row + 1]), values.subarray(valueOffsets[row], valueOffsets[row + 1]), timestamp));
    }
  }
}

function rowText(key: Uint8Array, value: Uint8Array, createTs: bigint | number): string {
  return `${Buffer.from(key).toString("latin1")} ${Buffer.from(value.subarray(0, 20)).toString("hex")} ${value.length} ${createTs}`;
}

describe("ways to hand rows over", () => {
  it.each([
    [0, 20_000], [10, 20_000], [100, 25_000], [1000, 5000], [100_000, 25],
  ])("gives the same rows in columns as in objects: values of %d bytes", async (valueBytes, rows) => {
    const pool = new ValuePool(valueBytes);
    const expected = Array.from(rowObjects(rows, pool), ({ key, value, createTs }) => rowText(key, value, createTs));
    for (const keysMade of ["before", "meanwhile"] as const) {
      const write = prepareRows("columns", rows, pool, keysMade);
      // Twice, as a warm process does.
      for (let pass = 0; pass < 2; pass++) {
        const reader = new ColumnsReader();
        await write(reader as unknown as SstWriter);
        expect(reader.rows.length).toBe(rows);
        expect(reader.rows.findIndex((row, at) => row !== expected[at]), keysMade).toBe(-1);
      }
    }
  });

  it("puts the rows that row objects are, to the same bytes", async () => {
    const store = new MemoryObjectStore();
    const size = { rows: 3000, valueBytes: 100 };
    for (const way of ["put", "objects"] as const) {
      await using writer = await SstWriter.create(store, `${way}.sst`);
      await prepareRows(way, size.rows, new ValuePool(size.valueBytes))(writer);
      const { minCreateTs, maxCreateTs, createTsCount } = await writer.close();
      expect({ minCreateTs, maxCreateTs, createTsCount }).toEqual({ minCreateTs: BigInt(CREATE_TS), maxCreateTs: BigInt(CREATE_TS), createTsCount: BigInt(size.rows) });
      assertSum(way, await ssTableSum(store, [`${way}.sst`]), size);
    }
    expect(Buffer.compare(await store.get("put.sst"), await store.get("objects.sst"))).toBe(0);
  });

  it("notices a row that is missing, and one that is another", async () => {
    const store = new MemoryObjectStore();
    const size = { rows: 50, valueBytes: 100 };
    const rows = [...rowObjects(size.rows, new ValuePool(size.valueBytes))];
    const sumOf = async (path: string, some: typeof rows) => {
      await using writer = await SstWriter.create(store, path);
      await writer.writeAll(some);
      await writer.close();
      return await ssTableSum(store, [path]);
    };
    assertSum("all", await sumOf("all.sst", rows), size);
    const missing = await sumOf("missing.sst", rows.toSpliced(20, 1));
    const other = await sumOf("other.sst", rows.with(20, { ...rows[20]!, value: rows[21]!.value }));
    expect(() => assertSum("missing", missing, size)).toThrow(CheckError);
    expect(() => assertSum("other", other, size)).toThrow(/other wrote 50 rows/);
  });
});
