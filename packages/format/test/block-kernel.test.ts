// Whole blocks by the kernel: sound ones are known as such, their rows are the model's, and nothing that can be made of bytes leads
// out of its memory or makes it sure of what the cursor refuses.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BlockChecker } from "../src/block-checker.js";
import { BlockCursor } from "../src/block-cursor.js";
import { BlockScanner } from "../src/block-scanner.js";
import { bloomMayContain, setBloomBits } from "../src/bloom.js";
import { compareBytes } from "../src/key-bytes.js";
import { separatorLength } from "../src/separator.js";
import { sipHash13 } from "../src/siphash.js";
import { flagsOf, lines, type ModelBlock, modelBlocks, type ModelRow, sortedRows, text } from "./block-model.js";

const MEMORY_BYTES = 1024 * 1024;
const FILTER = { length: 300, probes: 6 };
const SEED = 20_261_125;
const none = new Uint8Array(0);

const scanner = BlockScanner.create(MEMORY_BYTES)!;

/** What is handed over: the payloads one behind the other in the first array. */
function place(memory: Uint8Array, payloads: readonly Uint8Array[]): { readonly start: number; readonly end: number }[] {
  let at = 0;
  return payloads.map((payload) => {
    memory.set(payload, at);
    at += payload.length;
    return { start: at - payload.length, end: at };
  });
}

/** The separator before a block, as SlateDB has it. */
function separatorOf(blocks: readonly ModelBlock[], block: number): Uint8Array {
  if (block === 0) return none;
  const [before, first] = [blocks[block - 1]!.rows.at(-1)!.key, blocks[block]!.rows[0]!.key];
  return first.subarray(0, separatorLength(before, before.length, first, first.length));
}

/** How many of these blocks a new checker finds sound. */
function check(checker: BlockChecker, payloads: readonly Uint8Array[], separator: (block: number) => Uint8Array): number {
  checker.clear();
  for (const [block, { start, end }] of place(checker.memory[0], payloads).entries()) {
    const bytes = separator(block);
    if (!checker.add(checker.memory[0], start, end, bytes, 0, bytes.length)) return checker.check(true);
  }
  return checker.check(true);
}

function scan(payloads: readonly Uint8Array[], copyValues: boolean): number {
  scanner.clear();
  for (const { start, end } of place(scanner.memory[0], payloads)) if (!scanner.add(scanner.memory[0], start, end)) break;
  return scanner.scan(copyValues);
}

function scannedRows(): ModelRow[] {
  return Array.from({ length: scanner.rows }, (_, row) => {
    const flags = scanner.flags[row]!;
    return {
      kind: (flags & 1) !== 0 ? "delete" : (flags & 8) !== 0 ? "merge" : "put",
      key: scanner.keys.slice(scanner.keyOffsets[row], scanner.keyOffsets[row + 1]),
      value: scanner.bytes.slice(scanner.valueStarts[row], scanner.valueEnds[row]),
      seq: scanner.seqs[row]!,
      createTs: (flags & 4) === 0 ? undefined : scanner.createTs[row],
      expireTs: (flags & 2) === 0 ? undefined : scanner.expireTs[row],
    };
  });
}

/** Versions of a key from the newest to the oldest. */
const isOrdered = (rows: readonly ModelRow[]): boolean => rows.every((row, at) => at === 0 || compareBytes(rows[at - 1]!.key, row.key) < 0 || rows[at - 1]!.seq > row.seq);

const blocksOf = (rows: readonly ModelRow[]): ModelBlock[] => modelBlocks(2, 1024, rows);
const ordered = sortedRows.filter((rows) => rows.length > 0 && isOrdered(rows));

describe("sound blocks", () => {
  it("are known as such, with their sums, ranges, last row and filter", () => {
    fc.assert(fc.property(ordered, (rows) => {
      const checker = BlockChecker.create(MEMORY_BYTES, FILTER)!;
      const blocks = blocksOf(rows);
      expect(check(checker, blocks.map(({ payload }) => payload), (block) => separatorOf(blocks, block))).toBe(blocks.length);
      for (const [block, model] of blocks.entries()) {
        const sum = (of: (row: ModelRow) => number): number => model.rows.reduce((total, row) => total + of(row), 0);
        expect(checker.number(block, "rows")).toBe(model.rows.length);
        expect(checker.number(block, "deletes")).toBe(sum(({ kind }) => Number(kind === "delete")));
        expect(checker.number(block, "merges")).toBe(sum(({ kind }) => Number(kind === "merge")));
        expect(checker.number(block, "keyBytes")).toBe(sum(({ key }) => key.length));
        expect(checker.number(block, "valueBytes")).toBe(sum(({ value }) => value.length));
        expect(checker.number(block, "creates")).toBe(sum((row) => Number((flagsOf(row) & 4) !== 0)));
        expect(checker.number(block, "expires")).toBe(sum((row) => Number((flagsOf(row) & 2) !== 0)));
        expect(compareBytes(checker.firstKey(block), model.rows[0]!.key)).toBe(0);
      }
      expect(compareBytes(checker.key, rows.at(-1)!.key)).toBe(0);
      const least = rows.reduce((min, { seq }) => (seq < min ? seq : min), rows[0]!.seq);
      expect((BigInt(checker.rowNumber("minSeq", "hi")) << 32n) | BigInt(checker.rowNumber("minSeq", "lo"))).toBe(least);
      const hashes = new Uint32Array(2 * rows.length);
      for (const [row, { key }] of rows.entries()) sipHash13(key, 0, key.length, hashes, 2 * row);
      const bits = new Uint8Array(FILTER.length);
      setBloomBits(bits, FILTER.probes, hashes);
      expect(compareBytes(checker.filterBits, bits)).toBe(0);
      expect(bloomMayContain(checker.filterBits, FILTER.probes, hashes[0]!, hashes[1]!)).toBe(true);
    }), { seed: SEED, numRuns: 200 });
  });

  it("are taken apart into the model's rows, values copied or not", () => {
    fc.assert(fc.property(ordered, fc.boolean(), (rows, copyValues) => {
      const blocks = blocksOf(rows);
      expect(scan(blocks.map(({ payload }) => payload), copyValues)).toBe(blocks.length);
      expect(lines(scannedRows())).toEqual(lines(rows));
    }), { seed: SEED, numRuns: 300 });
  });
});

describe("what is not surely sound", () => {
  const row = (key: string, seq: number): ModelRow => ({ kind: "put", key: text(key), value: text("v"), seq: BigInt(seq), createTs: undefined, expireTs: undefined });
  const payloadsOf = (...runs: ModelRow[][]): Uint8Array[] => runs.map((rows) => modelBlocks(2, 4096, rows)[0]!.payload);
  const soundOf = (payloads: Uint8Array[], separator: (block: number) => Uint8Array): number => check(BlockChecker.create(MEMORY_BYTES)!, payloads, separator);

  it.each([
    ["keys that descend", payloadsOf([row("b", 1), row("a", 2)]), 0],
    ["a version twice", payloadsOf([row("a", 1), row("a", 1)]), 0],
    ["an older version first", payloadsOf([row("a", 1), row("a", 2)]), 0],
    ["a block that begins below the end of the one before", payloadsOf([row("b", 1)], [row("a", 2)]), 1],
  ])("%s", (_, payloads, sound) => {
    expect(soundOf(payloads, (block) => (block === 0 ? none : text("a")))).toBe(sound);
  });

  it("separators: none but the shortest", () => {
    const payloads = payloadsOf([row("apple", 1)], [row("banana", 2)]);
    expect(soundOf(payloads, (block) => (block === 0 ? none : text("b")))).toBe(2);
    for (const wrong of ["", "ba", "c", "a"]) expect(soundOf(payloads, (block) => (block === 0 ? none : text(wrong)))).toBe(1);
    expect(soundOf(payloads, () => text("b"))).toBe(0);
  });

  it("bytes outside the kernel's memory are never taken", () => {
    const checker = BlockChecker.create(MEMORY_BYTES)!;
    expect(checker.add(new Uint8Array(10), 0, 10, none, 0, 0)).toBe(false);
    expect(checker.add(checker.memory[0], 5, 4, none, 0, 0)).toBe(false);
    expect(checker.add(checker.memory[0], 0, MEMORY_BYTES + 1, none, 0, 0)).toBe(false);
    expect(scanner.add(new Uint8Array(10), 0, 10)).toBe(false);
    expect(scanner.add(scanner.memory[1], 0, MEMORY_BYTES + 1)).toBe(false);
  });
});

describe("hostile bytes", () => {
  const cursor = new BlockCursor(2);
  const checker = BlockChecker.create(MEMORY_BYTES, FILTER)!;

  /** Whether the cursor reads a payload to its end, and how many rows. */
  function cursorRows(payload: Uint8Array): number {
    let rows = 0;
    try {
      cursor.open(payload);
      while (cursor.next()) rows++;
      return rows;
    } catch {
      return -1;
    }
  }

  function expectNoMore(payload: Uint8Array): void {
    const read = cursorRows(payload);
    checker.forgetKey();
    if (check(checker, [payload], () => none) === 1) expect(checker.number(0, "rows")).toBe(read);
    if (scan([payload], true) === 1) expect(scanner.rows).toBe(read);
  }

  it("damaged blocks: no trap, and never sound where the cursor refuses them", () => {
    const changes = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 4 });
    fc.assert(fc.property(ordered, changes, (rows, edits) => {
      const payload = Uint8Array.from(blocksOf(rows)[0]!.payload);
      for (const [at, byte] of edits) payload[at % payload.length] = byte;
      expectNoMore(payload);
    }), { seed: SEED, numRuns: 400 });
  });

  it("random bytes", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), expectNoMore), { seed: SEED, numRuns: 500 });
  });

  it("a block that fills its array to the last byte", () => {
    const payload = new Uint8Array(MEMORY_BYTES).fill(0xff);
    expect(scan([payload], true)).toBe(0);
    payload.fill(0);
    expect(scan([payload], true)).toBe(0);
  });

  it("keys that grow beyond their room end the scan before their block", () => {
    const key = new Uint8Array(60_000).fill(0x61);
    const rows = Array.from({ length: 40 }, (_, at): ModelRow => {
      const own = new Uint8Array(key.length + 1);
      own.set(key);
      own[key.length] = at;
      return { kind: "put", key: own, value: none, seq: 1n, createTs: undefined, expireTs: undefined };
    });
    const blocks = modelBlocks(2, 65_536, rows);
    const scanned = scan(blocks.map(({ payload }) => payload), false);
    expect(scanned).toBeLessThan(blocks.length);
    expect(lines(scannedRows())).toEqual(lines(blocks.slice(0, scanned).flatMap((block) => block.rows)));
  });
});
