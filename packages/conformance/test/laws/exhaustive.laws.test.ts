// Everything small, without exception. In full: SLATE_SST_SMALL_SETS=all.
import { BlockCursor, compareBytes, createBlockEncoder, FORMAT_VERSION_V1, FORMAT_VERSION_V2, isSstError, separatorLength } from "@slate-sst/format";
import { referenceRows } from "@slate-sst/format/reference";
import { MemoryObjectStore } from "@slate-sst/object-store";
import { SstWriter } from "@slate-sst/writer";
import { describe, expect, it } from "vitest";
import { encodeRows } from "../../src/forgeries/forged-rows.js";
import { firstRowDifference } from "../../src/row-difference.js";
import { SMALL_KEYS, SMALL_SETS, smallSequences, smallSets } from "../../src/small-sets.js";
import { stored } from "../../src/testees/stored-row.js";
import type { GoldenRow } from "../../src/vectors.js";
import { readRows, sameBytes, toRow, writeRows } from "./law.js";

const isFull = process.env["SLATE_SST_SMALL_SETS"] === "all";
/** Every n-th set, file and sequence. Primes, so that no kind of set is always left out. */
const EVERY = isFull ? 1 : 23;
const FILES_EVERY = isFull ? 97 : 4999;
const SEQUENCES_EVERY = isFull ? 1 : 37;

const payload = new Uint8Array(4096);

/** A block by the encoder that the writer has without a kernel. */
function blockOf(rows: readonly GoldenRow[], version: 1 | 2): Uint8Array {
  const encoder = createBlockEncoder(version, 4096);
  let at = 0;
  let before: Uint8Array | undefined;
  for (const row of rows) {
    const { shared, key, value, flags, seqNumHi, seqNumLo, expireTsHi, expireTsLo, createTsHi, createTsLo } = stored(row, before);
    at = encoder.append(payload, at, shared, key, key.length, value, value.length, seqNumHi, seqNumLo, flags, expireTsHi, expireTsLo, createTsHi, createTsLo);
    before = key;
  }
  return payload.subarray(0, encoder.finish(payload, at));
}

/** What is wrong with a block, or undefined: its bytes, and what the cursor reads. */
function faultOf(rows: readonly GoldenRow[], version: 1 | 2): string | undefined {
  const block = blockOf(rows, version);
  if (Buffer.compare(block, encodeRows(rows.map((row) => stored(row)), version)) !== 0) return "other bytes than those made row by row";
  const cursor = new BlockCursor(version);
  cursor.open(block);
  for (const row of rows) {
    if (!cursor.next()) return "rows are missing";
    if (compareBytes(cursor.key.subarray(0, cursor.keyLength), row.key) !== 0) return "another key is read";
    if (cursor.row.seqNumLo !== Number(row.seq) || cursor.row.valueLength !== (row.value?.length ?? 0)) return "another row is read";
  }
  return cursor.next() ? "rows too many" : undefined;
}

const shown = (rows: readonly GoldenRow[]): string => rows.map(({ kind, key }) => `${kind} ${Buffer.from(key).toString("hex")}`).join(", ");

describe("every small set of rows", () => {
  it(`as a block of either version, one in ${EVERY}`, () => {
    let count = 0;
    for (const rows of smallSets()) {
      if (count++ % EVERY !== 0) continue;
      const fault = faultOf(rows, FORMAT_VERSION_V2) ?? faultOf(rows, FORMAT_VERSION_V1);
      if (fault !== undefined) throw new Error(`${shown(rows)}: ${fault}`);
    }
    expect(count).toBe(SMALL_SETS);
  });

  it(`as a whole SST that is read back, and its block by the reference parser, one in ${FILES_EVERY}`, async () => {
    let count = 0;
    for (const rows of smallSets()) {
      if (count++ % FILES_EVERY !== 0) continue;
      expect(firstRowDifference(await readRows(await writeRows(rows, { minFilterKeys: 1 })), rows), shown(rows)).toBeUndefined();
      expect(firstRowDifference(referenceRows(FORMAT_VERSION_V2, blockOf(rows, FORMAT_VERSION_V2).slice()), rows), shown(rows)).toBeUndefined();
    }
  });
});

describe("every pair of small keys", () => {
  it("has the separator that the rule says", () => {
    const pairs = SMALL_KEYS.flatMap((before) => SMALL_KEYS.map((first) => [before, first] as const)).filter(([before, first]) => compareBytes(before, first) <= 0);
    expect(pairs.length).toBe(78);
    for (const [before, first] of pairs) {
      const lengths = Array.from({ length: first.length + 1 }, (_, length) => length);
      const shortest = lengths.find((length) => compareBytes(first.subarray(0, length), before) > 0) ?? first.length;
      expect(separatorLength(before, before.length, first, first.length)).toBe(shortest);
    }
  });
});

describe("every sequence of up to three small keys, sorted or not", () => {
  it(`is refused at exactly its first offending row, and the file is the one without it, one in ${SEQUENCES_EVERY}`, async () => {
    const made = new Map<string, Promise<Uint8Array>>();
    let [count, refused] = [0, 0];
    for (const rows of smallSequences()) {
      if (count++ % SEQUENCES_EVERY !== 0) continue;
      const store = new MemoryObjectStore();
      const writer = await SstWriter.create(store, "sequence.sst");
      const kept: GoldenRow[] = [];
      for (const [ordinal, row] of rows.entries()) {
        const last = kept.at(-1);
        const order = last === undefined ? -1 : compareBytes(last.key, row.key);
        try {
          await writer.add(toRow(row));
          expect(order, `${shown(rows)}: row ${ordinal} was taken`).toBeLessThan(0);
          kept.push(row);
        } catch (error) {
          refused++;
          expect([order < 0, isSstError(error, order === 0 ? "ERR_SST_ROW_DUPLICATE" : "ERR_SST_ROW_ORDER"), isSstError(error) && error.details["ordinal"]], `${shown(rows)}: row ${ordinal}: ${String(error)}`).toEqual([false, true, ordinal]);
        }
      }
      await writer.close();
      const expected = made.get(shown(kept) + kept.map(({ value }) => value?.length).join("")) ?? writeRows(kept);
      made.set(shown(kept) + kept.map(({ value }) => value?.length).join(""), expected);
      expect(sameBytes(await store.get("sequence.sst"), await expected), shown(rows)).toBe(true);
    }
    expect(count).toBe(12 + 144 + 1728);
    expect(refused).toBeGreaterThan(0);
  });
});
