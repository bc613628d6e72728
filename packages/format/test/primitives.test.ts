// What generated codecs are built from: varints to the byte, 64-bit numbers, copies of runs.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SstError } from "../src/errors.js";
import { copyBytes, readSafeU64, readVarint, varintSize, writeVarint } from "../src/primitives.js";
import { varint } from "./block-model.js";

const U32_MAX = 0xffff_ffff;
const borders: readonly (readonly [number, string])[] = [
  [0, "00"], [1, "01"], [127, "7f"], [128, "8001"], [300, "ac02"], [16_383, "ff7f"], [16_384, "808001"], [2_097_151, "ffff7f"], [2_097_152, "80808001"],
  [268_435_455, "ffffff7f"], [268_435_456, "8080808001"], [2 ** 31 - 1, "ffffffff07"], [2 ** 31, "8080808008"], [U32_MAX, "ffffffff0f"],
];
const fromHex = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, "hex"));

describe("varints", () => {
  it.each(borders)("%i is %s", (value, hex) => {
    const out = new Uint8Array(8).fill(0xee);
    const end = writeVarint(out, 1, value);
    expect(Buffer.from(out.subarray(1, end)).toString("hex")).toBe(hex);
    expect([out[0], out[end]]).toEqual([0xee, 0xee]);
    expect(varintSize(value)).toBe(hex.length / 2);
    expect(readVarint(out, 1, end, "field")).toBe(value);
    expect(readVarint(out, 1, out.length, "field")).toBe(value);
  });

  it("come back, with the length foretold, for every value", () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: U32_MAX }), (value) => {
      const bytes = Uint8Array.from(varint(value));
      const out = new Uint8Array(5);
      expect(writeVarint(out, 0, value)).toBe(bytes.length);
      expect(out.subarray(0, bytes.length)).toEqual(bytes);
      expect(varintSize(value)).toBe(bytes.length);
      expect(readVarint(bytes, 0, bytes.length, "field")).toBe(value);
    }), { seed: 31, numRuns: 3000 });
  });

  it.each(["", "80", "ff", "8080", "ffffffff"])("that end too early are refused: %s", (hex) => {
    const bytes = fromHex(`aa${hex}`);
    expect(() => readVarint(bytes, 1, bytes.length, "row.shared")).toThrow(expect.objectContaining({ code: "ERR_SST_TRUNCATED", details: { path: "row.shared", offset: 1 } }) as Error);
  });

  it("do not read beyond their end, even where bytes follow", () => {
    expect(() => readVarint(fromHex("8001"), 0, 1, "field")).toThrow(SstError);
  });

  it.each(["8000", "ff00", "808000", "80808000", "8080808000"])("that are not minimal are refused: %s", (hex) => {
    expect(() => readVarint(fromHex(hex), 0, hex.length / 2, "field")).toThrow("minimal");
  });

  it.each(["8080808010", "ffffffff10", "ffffffff7f", "8080808080", "808080808001", "ffffffffff0f"])("beyond 32 bits are refused: %s", (hex) => {
    expect(() => readVarint(fromHex(hex), 0, hex.length / 2, "field")).toThrow(expect.objectContaining({ code: "ERR_SST_CORRUPT", message: expect.stringContaining("32 bits") as string }) as Error);
  });

  it("of any bytes are a number in range or an error", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 7 }), (bytes) => {
      try {
        const value = readVarint(bytes, 0, bytes.length, "field");
        expect(Number.isInteger(value) && value >= 0 && value <= U32_MAX).toBe(true);
        expect(varint(value)).toEqual([...bytes.subarray(0, varintSize(value))]);
      } catch (error) {
        if (!(error instanceof SstError)) throw error;
      }
    }), { seed: 32, numRuns: 3000 });
  });
});

describe("readSafeU64", () => {
  it.each([["0000000000000000", 0], ["0000000000000001", 1], ["0000000100000000", 2 ** 32], ["00000000ffffffff", U32_MAX], ["001fffffffffffff", Number.MAX_SAFE_INTEGER]] as const)("%s is %d", (hex, value) => {
    expect(readSafeU64(fromHex(`aabb${hex}cc`), 2, "field")).toBe(value);
    expect(readSafeU64(fromHex(`aabbcc${hex}`).subarray(1), 2, "field")).toBe(value);
  });

  it.each(["0020000000000000", "0020000000000001", "8000000000000000", "ffffffffffffffff"])("%s is above what a number holds exactly", (hex) => {
    expect(() => readSafeU64(fromHex(hex), 0, "info_offset")).toThrow(expect.objectContaining({ code: "ERR_SST_CORRUPT", details: { path: "info_offset", offset: 0, rule: "the number is above 2^53 - 1" } }) as Error);
  });
});

describe("copyBytes", () => {
  it("copies any run to any place, and says where it ends", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat(80), fc.nat(80), fc.nat(40), (source, one, other, at) => {
      const [start, end] = [Math.min(one, other, source.length), Math.min(Math.max(one, other), source.length)];
      const out = new Uint8Array(200).fill(0xee);
      expect(copyBytes(out, at, source, start, end)).toBe(at + end - start);
      expect(out.subarray(at, at + end - start)).toEqual(source.slice(start, end));
      expect(out.subarray(0, at).every((byte) => byte === 0xee) && out.subarray(at + end - start).every((byte) => byte === 0xee)).toBe(true);
    }), { seed: 33, numRuns: 1000 });
  });

  it.each([[0, 60], [1, 60], [0, 59], [1, 59], [0, 24], [0, 25], [1, 25], [1, 26], [60, 60]])("copies bytes %i to %i of 60", (start, end) => {
    const source = Uint8Array.from({ length: 60 }, (_, i) => i + 1);
    const out = new Uint8Array(100);
    expect(copyBytes(out, 7, source, start, end)).toBe(7 + end - start);
    expect([...out]).toEqual([...new Uint8Array(7), ...source.slice(start, end), ...new Uint8Array(93 - end + start)]);
  });

  it("copies a whole long array, and a Buffer's part", () => {
    const out = new Uint8Array(2000);
    expect(copyBytes(out, 0, new Uint8Array(1000).fill(1), 0, 1000)).toBe(1000);
    expect(copyBytes(out, 1000, Buffer.alloc(1000, 2).subarray(500), 0, 500)).toBe(1500);
    expect([out[999], out[1000], out[1499], out[1500]]).toEqual([1, 2, 2, 0]);
  });
});
