// Rows out of order: the code, both keys for people and whole for machines, the ordinal, and the guess at what went wrong.
import { isSstError, SstError } from "@slate-sst/format";
import { MemoryObjectStore } from "@slate-sst/object-store";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Bytes, SstWriter } from "../src/index.js";
import { compareBytes, showKey } from "@slate-sst/format";
import { orderError } from "../src/order.js";
import { bytesOf, expectSameBytes, PATH, thrownBy } from "./sample-rows.js";

async function refusal(previous: Bytes, key: Bytes, seqs: readonly [bigint, bigint] = [0n, 0n]): Promise<SstError> {
  await using writer = await SstWriter.create(new MemoryObjectStore(), PATH);
  void writer.add({ key: previous, value: "", seq: seqs[0] });
  const error = thrownBy(() => writer.add({ key, value: "", seq: seqs[1] }));
  if (!(error instanceof SstError)) throw error;
  return error;
}

describe("a row that sorts before its predecessor", () => {
  it("is ERR_SST_ROW_ORDER with both keys and the ordinal", async () => {
    const error = await refusal("pear", "apple");
    expect(error.code).toBe("ERR_SST_ROW_ORDER");
    expect(error.message).toContain(`row 1 (counted from 0) has the key "apple" (0x6170706c65), which sorts before "pear" (0x70656172)`);
    expect(error.details).toEqual({ ordinal: 1, key: bytesOf("apple"), previousKey: bytesOf("pear"), seq: 0n, previousSeq: 0n, guess: undefined });
  });

  it.each([["b", "a"], ["ab", "a"], ["a\u0000", "a"], ["\u00ff", "\u007f"], ["aab", "aaa"]])("%j then %j", async (previous, key) => {
    expect((await refusal(previous, key)).code).toBe("ERR_SST_ROW_ORDER");
  });

  it("bytes count as unsigned numbers, and the shorter of two equal beginnings comes first", () => {
    const keys = fc.uint8Array({ minLength: 0, maxLength: 5 });
    fc.assert(fc.property(keys, keys, (left, right) => {
      expect(Math.sign(compareBytes(left, right))).toBe(Buffer.compare(left, right));
    }), { seed: 71, numRuns: 2000 });
  });

  it("whatever the keys, the writer takes them exactly if they ascend", async () => {
    const key = fc.uint8Array({ minLength: 1, maxLength: 4, max: 3 });
    await fc.assert(fc.asyncProperty(key, key, async (previous, next) => {
      await using writer = await SstWriter.create(new MemoryObjectStore(), PATH, { partSize: 1024 });
      void writer.put(previous, "");
      const order = Buffer.compare(previous, next);
      if (order < 0) void writer.put(next, "");
      else expect(isSstError(thrownBy(() => writer.put(next, "")), order === 0 ? "ERR_SST_ROW_DUPLICATE" : "ERR_SST_ROW_ORDER")).toBe(true);
      expect(writer.rowCount).toBe(order < 0 ? 2 : 1);
    }), { seed: 72, numRuns: 200 });
  });
});

describe("a key for people", () => {
  it.each([
    [bytesOf("plain"), `"plain" (0x706c61696e)`],
    [Uint8Array.of(0, 0x1f, 0x20, 0x7e, 0x7f, 0xff), `"\\x00\\x1f ~\\x7f\\xff" (0x001f207e7fff)`],
    [bytesOf("back\\slash"), `"back\\x5cslash" (0x6261636b5c736c617368)`],
    [bytesOf('quo"te'), `"quo\\x22te" (0x71756f227465)`],
    [bytesOf("\u20ac"), `"\\xe2\\x82\\xac" (0xe282ac)`],
    [Uint8Array.of(), `"" (0x)`],
  ])("is escaped and in hex", (key, shown) => expect(showKey(key)).toBe(shown));

  it("is cut when long, with its length", () => {
    expect(showKey(new Uint8Array(48).fill(0x61))).toBe(`"${"a".repeat(48)}" (0x${"61".repeat(48)})`);
    expect(showKey(new Uint8Array(49).fill(0x61))).toBe(`"${"a".repeat(48)}"\u2026 (49 bytes) (0x${"61".repeat(48)}\u2026)`);
  });

  it("keeps messages short and details whole", async () => {
    const long = "x".repeat(65_000);
    const error = await refusal(`${long}b`, `${long}a`);
    expect(error.message.length).toBeLessThan(800);
    expect(error.message).toContain("(65001 bytes)");
    expectSameBytes(error.details["key"] as Uint8Array, bytesOf(`${long}a`));
    expectSameBytes(error.details["previousKey"] as Uint8Array, bytesOf(`${long}b`));
  });
});

describe("guesses", () => {
  const littleEndian = (value: number, width: number): Uint8Array => {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(value), true);
    return bytes.slice(0, width);
  };

  it.each([
    ["numbers sorted as numbers", "9", "10", "numbers"],
    ["after a prefix", "item-99", "item-100", "numbers"],
    ["before an ending", "a/7/z", "a/12/a", "numbers"],
    ["that begin alike", "129", "1200", "numbers"],
    ["that begin with the same digit", "19", "105", "numbers"],
    ["UTF-16 order of a character above U+FFFF", "\u{1f600}", "\uff5e", "UTF-16"],
    ["the same behind a prefix, in 8 bytes", "k\u{1f600}zzz", "k\ufb01aaaa", "UTF-16"],
    ["the same in 4 bytes that a little-endian integer would have", "\u{1f600}", "\ufb01\u007f", "UTF-16"],
    ["the same behind a zero byte", "tenant\u0000\u{1f600}", "tenant\u0000\uff5e", "UTF-16"],
    ["16-bit integers, little-endian", littleEndian(255, 2), littleEndian(256, 2), "little-endian"],
    ["32-bit integers, little-endian", littleEndian(0x00ff, 4), littleEndian(0x0100, 4), "little-endian"],
    ["64-bit integers, little-endian", littleEndian(0x1ffff, 8), littleEndian(0x20000, 8), "little-endian"],
    ["without regard to case", "apple", "Banana", "locale"],
    ["by a locale", "\u00e9clair", "zebra", "locale"],
  ])("%s", async (_, previous, key, named) => {
    const error = await refusal(previous, key);
    expect(error.message).toContain(named);
    expect(error.details["guess"]).toContain(named);
  });

  it.each([
    ["text of four letters in no order", "dogs", "cats"],
    ["text of two letters in no order", "c0", "a1"],
    ["numbers that descend", "10", "09"],
    ["bytes that are no text", Uint8Array.of(0xff, 0xfe, 0xfd), Uint8Array.of(0xfe, 0xff, 0xff)],
    ["big-endian integers that descend", Uint8Array.of(0, 0, 2, 1), Uint8Array.of(0, 0, 1, 0)],
    ["a key and its own beginning", "apples", "apple"],
    ["one text in two ways of Unicode", "\u00e1", "a\u0301"],
  ])("nothing is guessed for %s", async (_, previous, key) => {
    const error = await refusal(previous, key);
    expect(error.details).toMatchObject({ guess: undefined });
    expect(error.message.endsWith("Rows must ascend by the bytes of their keys")).toBe(true);
  });

  it("equal keys", async () => {
    const error = await refusal("same", "same", [7n, 7n]);
    expect(error.code).toBe("ERR_SST_ROW_DUPLICATE");
    expect(error.message).toContain(`row 1 (counted from 0) has the key "same" (0x73616d65) and the sequence number 7`);
    expect(error.message).toContain("keepFirst");
    expect(error.details).toMatchObject({ ordinal: 1, key: bytesOf("same"), previousKey: bytesOf("same"), seq: 7n, previousSeq: 7n });
  });

  it("versions of a key that come oldest first", async () => {
    const error = await refusal("same", "same", [7n, 8n]);
    expect(error.code).toBe("ERR_SST_ROW_ORDER");
    expect(error.message).toContain(`has sequence number 8 after 7 of the same key "same"`);
    expect(error.message).toContain("newest first");
  });

  it("never fail, whatever the keys", () => {
    const key = fc.oneof(fc.uint8Array({ minLength: 1, maxLength: 9 }), fc.string({ unit: "binary", minLength: 1, maxLength: 9 }).map(bytesOf));
    fc.assert(fc.property(key, key, (one, other) => {
      const [smaller, larger] = [one, other].sort((left, right) => Buffer.compare(left, right)) as [Uint8Array, Uint8Array];
      const error = orderError({ previous: larger, previousSeq: 1n, key: smaller, seq: 2n, ordinal: 3 });
      expect(error.message.isWellFormed()).toBe(true);
      expect(error.message).toContain("row 3");
    }), { seed: 73, numRuns: 500 });
  });
});
