// Rows without the kernel by themselves: which row may come next, also behind rows of another writer, and what is known of all of them.
import { MemoryObjectStore } from "@slate-sst/object-store";
import { beforeAll, describe, expect, it } from "vitest";
import type { BlockStage } from "../src/block-stage.js";
import { type ResolvedConfig, resolveConfig } from "../src/config.js";
import { halvesOf } from "../src/int64.js";
import { filterRowsMax } from "../src/limits.js";
import { PlainRows, ROW_DISORDERED, ROW_DUPLICATE } from "../src/plain-rows.js";

let config: ResolvedConfig;
beforeAll(async () => {
  config = await resolveConfig({ formatVersion: 1 }, new MemoryObjectStore());
});

const text = (key: string): Uint8Array => new TextEncoder().encode(key);
const NONE = { count: 0, min: undefined, max: undefined };

function open(): PlainRows {
  const stage = { rows: { bytes: new Uint8Array(4096), at: 0, reserve: () => undefined } } as unknown as BlockStage;
  return new PlainRows(config, stage, undefined, undefined);
}

function prefixOf(rows: PlainRows, key: string, seq: bigint): number {
  const { hi, lo } = halvesOf(seq);
  return rows.prefixOf(text(key), key.length, hi, lo);
}

function take(rows: PlainRows, key: string, seq: bigint): void {
  const { hi, lo } = halvesOf(seq);
  void rows.take(prefixOf(rows, key, seq), text(key), key.length, text("v"), 1, hi, lo, 0, 0, 0, 0, 0, 0);
}

/** The row that came last: taken, or taken by the writer before. */
describe.each(["taken", "restored"] as const)("behind a row that was %s", (way) => {
  it.each([2n ** 64n - 1n, 2n ** 63n, 2n ** 32n + 5n, 7n])("a row comes next with a greater key, or the same and a lower sequence number: %s", (seq) => {
    const rows = open();
    if (way === "taken") take(rows, "key-5", seq);
    else rows.restore({ rows: 1, offered: 1, firstKey: text("key-5"), lastKey: text("key-5"), lastSeq: seq, seqs: { count: 1, min: seq, max: seq }, createTs: NONE, expireTs: NONE });
    expect([rows.lastKey, rows.lastSeq]).toEqual([text("key-5"), seq]);
    expect(["key-6", "key-50", "l", "kez"].map((key) => prefixOf(rows, key, 1n))).toEqual([4, 5, 0, 2]);
    expect(["key-4", "key-", "key", "a"].map((key) => prefixOf(rows, key, 1n))).toEqual([ROW_DISORDERED, ROW_DISORDERED, ROW_DISORDERED, ROW_DISORDERED]);
    expect([prefixOf(rows, "key-5", seq), prefixOf(rows, "key-5", seq - 1n), prefixOf(rows, "key-5", 0n)]).toEqual([ROW_DUPLICATE, 5, 5]);
    if (seq < 2n ** 64n - 1n) expect(prefixOf(rows, "key-5", seq + 1n)).toBe(ROW_DISORDERED);
    expect([rows.seqs.min, rows.seqs.max]).toEqual([seq, seq]);
    take(rows, "key-6", 1n);
    expect([rows.seqs.count, rows.seqs.min, rows.seqs.max]).toEqual([2, 1n, seq]);
  });
});

it("the first row comes behind none", () => {
  expect(["a", "\u0000"].map((key) => prefixOf(open(), key, 0n))).toEqual([0, 0]);
});

it("a filter that is not written yet limits the rows before it only", () => {
  for (const minFilterKeys of [70_001, 65_538, 65_537]) expect(filterRowsMax({ ...config, filterBitsPerKey: 65_535, minFilterKeys })).toBe(minFilterKeys - 1);
  expect(filterRowsMax({ ...config, filterBitsPerKey: 65_535, minFilterKeys: 10 })).toBe(65_536);
  expect(filterRowsMax({ ...config, filter: false })).toBe(Number.MAX_SAFE_INTEGER);
});

it("where the last of equal rows counts, blocks end with the row before the one that waits", async () => {
  const keepLast = await resolveConfig({ formatVersion: 1, onDuplicate: "keepLast" }, new MemoryObjectStore());
  const stage = { rows: { bytes: new Uint8Array(4096), at: 0, reserve: () => undefined } } as unknown as BlockStage;
  const rows = new PlainRows(keepLast, stage, undefined, undefined);
  for (const [ordinal, [key, seq]] of ([["a", 2n ** 40n + 7n], ["b", 2n ** 50n + 9n]] as const).entries()) {
    const { hi, lo } = halvesOf(seq);
    void rows.take(0, text(key), 1, text("v"), 1, hi, lo, 0, 0, 0, 0, 0, ordinal);
  }
  expect(rows.ends(false, 1)).toEqual({ lastKey: text("a"), lastSeq: 2n ** 40n + 7n, ordinal: 1 });
  expect(rows.ends(true, 1)).toEqual({ lastKey: text("b"), lastSeq: 2n ** 50n + 9n, ordinal: 1 });
});
