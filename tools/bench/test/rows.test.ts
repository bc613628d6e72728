import { crc32 } from "@slate-sst/format";
import { describe, expect, it } from "vitest";
import { expectedSum } from "../src/checks.js";
import { firstKey, KEY_BYTES, KeyColumn, nextKey, ValuePool } from "../src/rows.js";

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1");

function keyOf(row: number): string {
  return `user${String(row * 37).padStart(12, "0")}`;
}

describe("the benchmark's rows", () => {
  it("have keys that count in steps of 37", () => {
    const key = firstKey();
    for (let row = 0; row < 30_000; row++) {
      if (text(key) !== keyOf(row)) expect(text(key), `row ${row}`).toBe(keyOf(row));
      nextKey(key);
    }
    expect(text(key)).toBe(keyOf(30_000));
  });

  it("have the same keys in columns, batch by batch", () => {
    const column = new KeyColumn(7000);
    let row = 0;
    // Beyond 10^8 / 37 rows the third word counts, too.
    for (let batch = 0; row < 2_800_000; batch++) {
      const count = batch % 2 === 0 ? 7000 : 6999;
      column.fill(count);
      for (const at of [0, 1, count - 1]) expect(text(column.bytes.subarray(at * KEY_BYTES, (at + 1) * KEY_BYTES))).toBe(keyOf(row + at));
      row += count;
    }
    column.rewind();
    column.fill(1);
    expect(text(column.bytes.subarray(0, KEY_BYTES))).toBe(keyOf(0));
  });

  it.each([10, 100, 1000, 100_000])("have values of %d bytes whose halves are alike", (length) => {
    const views = new ValuePool(length).views();
    expect(views).toHaveLength(Math.floor(1_048_576 / length));
    for (const value of [views[0]!, views.at(-1)!]) expect(Buffer.compare(value.subarray(0, length / 2), value.subarray(length / 2))).toBe(0);
    expect(Buffer.compare(views[0]!, views[1]!)).not.toBe(0);
  });

  it("have values without bytes, too", () => {
    expect(new ValuePool(0).views().map(({ length }) => length)).toEqual([0]);
  });

  it("are those that they have always been", () => {
    expect(crc32(new ValuePool(100).bytes)).toBe(933_392_033);
    expect(expectedSum({ rows: 20_000, valueBytes: 100 })).toEqual({ rows: 20_000, crc32: 1_678_899_425 });
  });
});
