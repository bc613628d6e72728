// The memory around the kernel's check of whole blocks: what goes in, what one call takes, and what is known afterwards.
import { describe, expect, it } from "vitest";
import { BlockChecker } from "../src/block-checker.js";
import { BlockScanner } from "../src/block-scanner.js";
import { hasKernel } from "../src/kernel.js";
import { type ModelRow, modelBlocks, text } from "./block-model.js";

const MEMORY_BYTES = 512 * 1024;
const CALL_BYTES = 128 * 1024;
const none = new Uint8Array(0);

const row = (key: string, seq: bigint, times: { readonly createTs?: bigint; readonly expireTs?: bigint } = {}): ModelRow => (
  { kind: "put", key: text(key), value: text("v"), seq, createTs: times.createTs, expireTs: times.expireTs }
);
const payloadOf = (...rows: ModelRow[]): Uint8Array => modelBlocks(2, 4096, rows)[0]!.payload;
const joined = (checker: BlockChecker, name: Parameters<BlockChecker["rowNumber"]>[0]): bigint => BigInt.asIntN(64, (BigInt(checker.rowNumber(name, "hi")) << 32n) | BigInt(checker.rowNumber(name, "lo")));

/** A checker that has found these blocks sound, of which the first is not the file's first. */
function checked(checker: BlockChecker, payloads: readonly Uint8Array[], separators: readonly Uint8Array[] = [], isFirst = true): number {
  checker.clear();
  const [memory] = checker.memory;
  let at = 0;
  for (const [block, payload] of payloads.entries()) {
    memory.set(payload, at);
    const separator = separators[block] ?? none;
    expect(checker.add(memory, at, at + payload.length, separator, 0, separator.length)).toBe(true);
    at += payload.length;
  }
  return checker.check(isFirst);
}

describe.runIf(hasKernel)("what is known of the row before", () => {
  it("is nothing at first, then the last row, and what one says or forgets", () => {
    const checker = BlockChecker.create(MEMORY_BYTES)!;
    expect([checker.hasKey, checker.key.length]).toEqual([false, 0]);
    expect(checked(checker, [payloadOf(row("a", 2n), row("bcd", 1n))])).toBe(1);
    expect([checker.hasKey, [...checker.key]]).toEqual([true, [...text("bcd")]]);
    checker.setKey(text("xyz and more"), 3, 1, 5);
    expect([checker.hasKey, [...checker.key]]).toEqual([true, [...text("xyz")]]);
    checker.forgetKey();
    expect([checker.hasKey, checker.key.length]).toEqual([false, 0]);
  });

  it("decides about the first block: greater keys only, or an older version of the same", () => {
    const soundAfter = (key: string, hi: number, lo: number, next: ModelRow, separator: string): number => {
      const checker = BlockChecker.create(MEMORY_BYTES)!;
      checker.setKey(text(key), key.length, hi, lo);
      return checked(checker, [payloadOf(next)], [text(separator)], false);
    };
    expect(soundAfter("a", 0, 9, row("b", 9n), "b")).toBe(1);
    expect(soundAfter("c", 0, 9, row("b", 9n), "b")).toBe(0);
    expect(soundAfter("b", 1, 0, row("b", 2n ** 32n - 1n), "b")).toBe(1);
    expect(soundAfter("b", 1, 0, row("b", 2n ** 32n), "b")).toBe(0);
    expect(soundAfter("b", 0, 7, row("b", 2n ** 32n), "b")).toBe(0);
    expect(soundAfter("b", 0, 7, row("b", 6n), "b")).toBe(1);
    expect(soundAfter("b", 0, 7, row("b", 7n), "b")).toBe(0);
    const fresh = BlockChecker.create(MEMORY_BYTES)!;
    fresh.setKey(text("z"), 1, 0, 1);
    fresh.forgetKey();
    expect(checked(fresh, [payloadOf(row("b", 1n))], [none])).toBe(1);
  });
});

describe.runIf(hasKernel)("keys of 65,535 bytes", () => {
  it("that differ in the last one alone are in order, in a block and from block to block", () => {
    // What would be written over the end of the key before sorts behind it.
    const long = (last: number): ModelRow => ({ ...row("", 1n), key: new Uint8Array(65_535).fill(0x7a, 0, 65_000).fill(last, 65_534) });
    const checker = BlockChecker.create(MEMORY_BYTES)!;
    const keys = [long(1), long(2), long(3), long(4)];
    const near = (last: number): ModelRow => ({ ...row("", 1n), key: new Uint8Array(65_490).fill(0x7a, 0, 65_400).fill(last, 65_489) });
    const [inOne] = modelBlocks(2, 65_536, [near(1), near(2)]);
    expect([inOne!.rows.length, checked(BlockChecker.create(MEMORY_BYTES)!, [inOne!.payload])]).toEqual([2, 1]);
    for (const one of keys) {
      expect(checked(checker, [payloadOf(one)], [one === keys[0] ? none : one.key], one === keys[0])).toBe(1);
      expect(Buffer.compare(checker.key, one.key)).toBe(0);
    }
  });
});

describe.runIf(hasKernel)("numbers", () => {
  const checker = BlockChecker.create(MEMORY_BYTES)!;
  const first = [row("a", 2n ** 40n + 7n, { createTs: -5n }), row("b", 3n, { expireTs: 9n }), row("c", 4n, { createTs: 2n ** 40n, expireTs: -(2n ** 50n) })];

  const checkBoth = (): number => checked(checker, [payloadOf(...first), payloadOf(row("dd", 1n))], [none, text("d")]);

  it("of a block: its first key and sequence number in halves", () => {
    expect(checkBoth()).toBe(2);
    expect([checker.firstSeq(0, "hi"), checker.firstSeq(0, "lo"), checker.firstSeq(1, "hi"), checker.firstSeq(1, "lo")]).toEqual([256, 7, 0, 1]);
    expect([[...checker.firstKey(0)], [...checker.firstKey(1)]]).toEqual([[...text("a")], [...text("dd")]]);
    expect((["rows", "creates", "expires", "keyBytes", "valueBytes", "deletes", "merges", "firstKeyLength"] as const).map((name) => checker.number(0, name))).toEqual([3, 2, 2, 3, 3, 0, 0, 1]);
  });

  it("of all rows: least and greatest, signed where they are times", () => {
    checkBoth();
    expect((["minSeq", "maxSeq", "minCreate", "maxCreate", "minExpire", "maxExpire"] as const).map((name) => joined(checker, name))).toEqual(
      [1n, 2n ** 40n + 7n, -5n, 2n ** 40n, -(2n ** 50n), 9n],
    );
  });

  it("widen by those of another checker, on either side, sequence numbers without a sign", () => {
    checkBoth();
    const other = BlockChecker.create(MEMORY_BYTES)!;
    checked(other, [payloadOf(row("a", 2n ** 64n - 1n, { createTs: -6n }), row("b", 2n, { createTs: 2n ** 41n, expireTs: 1n }))]);
    other.addRanges(checker.ranges.slice());
    expect((["minSeq", "maxSeq", "minCreate", "maxCreate", "minExpire", "maxExpire"] as const).map((name) => BigInt.asUintN(64, joined(other, name)))).toEqual(
      [1n, 2n ** 64n - 1n, -6n, 2n ** 41n, -(2n ** 50n), 9n].map((number) => BigInt.asUintN(64, number)),
    );
    const before = [...other.ranges];
    other.addRanges(BlockChecker.create(MEMORY_BYTES)!.ranges.slice());
    expect([...other.ranges]).toEqual(before);
    expect(before).toHaveLength(12);
  });
});

describe.runIf(hasKernel)("a filter", () => {
  it("is the union of what several checkers built", () => {
    const filter = { length: 50, probes: 6 };
    const [left, right, both] = [1, 2, 3].map(() => BlockChecker.create(MEMORY_BYTES, filter)!);
    checked(left!, [payloadOf(row("a", 1n))]);
    checked(right!, [payloadOf(row("b", 1n))]);
    checked(both!, [payloadOf(row("a", 1n), row("b", 1n))]);
    expect([...left!.filterBits]).not.toEqual([...both!.filterBits]);
    left!.addFilterBits(right!.filterBits.slice());
    const full = BlockChecker.create(MEMORY_BYTES, { length: 3, probes: 6 })!;
    full.addFilterBits(Uint8Array.of(1, 2, 128));
    full.addFilterBits(Uint8Array.of(4, 2, 1));
    expect([...full.filterBits]).toEqual([5, 2, 129]);
    expect([...left!.filterBits]).toEqual([...both!.filterBits]);
    expect(left!.filterBits).toHaveLength(50);
    expect(BlockChecker.create(MEMORY_BYTES)!.filterBits).toHaveLength(0);
  });

  it("has no bits of a block that is not sound", () => {
    const checker = BlockChecker.create(MEMORY_BYTES, { length: 50, probes: 6 })!;
    expect(checked(checker, [payloadOf(row("b", 1n), row("a", 1n))])).toBe(0);
    expect(checker.filterBits.every((byte) => byte === 0)).toBe(true);
  });
});

describe.runIf(hasKernel)("one call", () => {
  it("takes 128 KiB of payloads, or one that is longer", () => {
    const checker = BlockChecker.create(MEMORY_BYTES)!;
    const [memory, second] = checker.memory;
    expect([memory.length, second.length, checker.scratch.length]).toEqual([MEMORY_BYTES, MEMORY_BYTES, CALL_BYTES]);
    expect(checker.add(memory, 0, CALL_BYTES + 1, none, 0, 0)).toBe(true);
    expect(checker.add(memory, 0, 0, none, 0, 0)).toBe(false);
    checker.clear();
    expect(checker.add(second, 5, CALL_BYTES, none, 0, 0)).toBe(true);
    expect(checker.add(memory, 5, 10, none, 0, 0)).toBe(true);
    expect(checker.add(memory, 5, 6, none, 0, 0)).toBe(false);
    expect(checker.count).toBe(2);
    checker.dropLast();
    expect(checker.count).toBe(1);
    checker.clear();
    expect(checker.count).toBe(0);
    expect(checker.add(checker.scratch, 0, CALL_BYTES, none, 0, 0)).toBe(true);
  });

  it("takes 512 payloads and 64 KiB of separators", () => {
    const checker = BlockChecker.create(MEMORY_BYTES)!;
    const [memory] = checker.memory;
    for (let block = 0; block < 512; block++) expect(checker.add(memory, 0, 0, none, 0, 0)).toBe(true);
    expect(checker.add(memory, 0, 0, none, 0, 0)).toBe(false);
    checker.clear();
    const separators = new Uint8Array(70_000);
    expect(checker.add(memory, 0, 1, separators, 1, 65_536)).toBe(true);
    expect(checker.add(memory, 0, 1, separators, 0, 2)).toBe(false);
    expect(checker.add(memory, 0, 1, separators, 0, 1)).toBe(true);
    expect(checker.add(memory, 0, 1, separators, 0, 1)).toBe(false);
    expect(checker.count).toBe(2);
  });

  it("knows no payload that was taken back", () => {
    const checker = BlockChecker.create(MEMORY_BYTES)!;
    const payload = payloadOf(row("a", 1n));
    checker.memory[1].set(payload, 3);
    expect(checker.add(checker.memory[1], 3, 3 + payload.length, none, 0, 0)).toBe(true);
    expect(checker.add(checker.memory[1], 0, 3, none, 0, 0)).toBe(true);
    checker.dropLast();
    expect(checker.check(true)).toBe(1);
    expect(checker.check(false)).toBe(0);
  });
});

describe.runIf(hasKernel)("a scanner", () => {
  it("takes 256 KiB of payloads, or one that is longer, and 1024 in all", () => {
    const scanner = BlockScanner.create(MEMORY_BYTES)!;
    const [memory, second] = scanner.memory;
    expect([memory.length, second.length, scanner.scratch.length, scanner.count]).toEqual([MEMORY_BYTES, MEMORY_BYTES, 2 * CALL_BYTES, 0]);
    expect(scanner.add(second, 0, 2 * CALL_BYTES + 1)).toBe(true);
    expect(scanner.add(memory, 0, 0)).toBe(false);
    scanner.clear();
    expect([scanner.add(memory, 0, 2 * CALL_BYTES - 1), scanner.add(memory, 7, 8), scanner.add(memory, 0, 1)]).toEqual([true, true, false]);
    expect([scanner.add(memory, 2, 1), scanner.add(memory, -1, 1)]).toEqual([false, false]);
    scanner.clear();
    for (let block = 0; block < 1024; block++) expect(scanner.add(memory, 0, 0)).toBe(true);
    expect(scanner.add(memory, 0, 0)).toBe(false);
    scanner.dropLast();
    expect(scanner.count).toBe(1023);
    expect(scanner.add(memory, 0, 0)).toBe(true);
  });

  it("finds the rows of as many blocks as it takes", () => {
    const scanner = BlockScanner.create(MEMORY_BYTES)!;
    const [memory] = scanner.memory;
    const names = Array.from({ length: 1024 }, (_, at) => `k${String(at).padStart(4, "0")}`);
    let at = 0;
    for (const name of names) {
      const payload = payloadOf(row(name, 1n));
      memory.set(payload, at);
      expect(scanner.add(memory, at, (at += payload.length))).toBe(true);
    }
    expect([scanner.scan(true), scanner.rows]).toEqual([names.length, names.length]);
    expect(new TextDecoder().decode(scanner.keys.subarray(0, scanner.keyOffsets[names.length]))).toBe(names.join(""));
  });

  it("finds the rows of what is left, their values where they lie or copied", () => {
    const scanner = BlockScanner.create(MEMORY_BYTES)!;
    const payload = payloadOf(row("a", 5n), row("b", 6n));
    scanner.memory[1].set(payload, 9);
    scanner.add(scanner.memory[1], 9, 9 + payload.length);
    scanner.add(scanner.memory[1], 0, 9);
    scanner.dropLast();
    for (const copied of [false, true]) {
      expect([scanner.scan(copied), scanner.rows]).toEqual([1, 2]);
      expect([...scanner.keyOffsets.subarray(0, 3)]).toEqual([0, 1, 2]);
      expect([...scanner.keys.subarray(0, 2)]).toEqual([...text("ab")]);
      expect([...scanner.seqs.subarray(0, 2)]).toEqual([5n, 6n]);
      const at = scanner.valueStarts[0]!;
      expect(scanner.bytes[at]).toBe(text("v")[0]);
      const inPayload = at >= scanner.memory[1].byteOffset && at < scanner.memory[1].byteOffset + MEMORY_BYTES;
      expect(inPayload).toBe(!copied);
    }
  });
});
