// The skeleton of zstd frames, on frames written by hand, and the decoder's use of it.
import { describe, expect, it } from "vitest";
import { walkZstdFrame } from "../../src/compression/zstd-frame.js";
import { compressingCodecs } from "./codec-list.js";

const MAGIC = [0x28, 0xb5, 0x2f, 0xfd];
const BLOCK_MAX = 131_072;
const corrupt = (details: Record<string, unknown> = {}): unknown =>
  expect.objectContaining({ code: "ERR_SST_CORRUPT", details: expect.objectContaining(details) as unknown });

/** A block: type 0 raw, 1 run length, 2 compressed. */
function block(type: number, size: number, content: ArrayLike<number>, last = true): number[] {
  const header = (size << 3) | (type << 1) | (last ? 1 : 0);
  return [header & 0xff, (header >>> 8) & 0xff, (header >>> 16) & 0xff, ...Array.from(content)];
}
const frame = (descriptor: number, fields: number[], ...blocks: number[][]): Uint8Array => Uint8Array.from([...MAGIC, descriptor, ...fields, ...blocks.flat()]);
const abc = block(0, 3, [0x61, 0x62, 0x63]);

const frames: [string, Uint8Array, { contentSize: number | undefined; capacity: number }][] = [
  ["one byte of size", frame(0x20, [3], abc), { contentSize: 3, capacity: 3 }],
  ["two bytes of size", frame(0x60, [1, 0], block(1, 257, [7])), { contentSize: 257, capacity: 257 }],
  ["four bytes of size", frame(0xa0, [3, 0, 0, 0], abc), { contentSize: 3, capacity: 3 }],
  ["eight bytes of size", frame(0xe0, [3, 0, 0, 0, 0, 0, 0, 0], abc), { contentSize: 3, capacity: 3 }],
  ["a window and no size", frame(0x00, [0x50], abc), { contentSize: undefined, capacity: 3 }],
  ["a window and a size", frame(0x40, [0x50, 0, 0], block(1, 256, [7])), { contentSize: 256, capacity: 256 }],
  ["a dictionary id of 0", frame(0x21, [0, 3], abc), { contentSize: 3, capacity: 3 }],
  ["two blocks", frame(0x20, [4], block(0, 1, [0x61], false), block(0, 3, [0x62, 0x63, 0x64])), { contentSize: 4, capacity: 4 }],
];

describe("walkZstdFrame", () => {
  it.each(frames)("reads a frame with %s", (_, bytes, expected) => {
    expect(walkZstdFrame(bytes)).toEqual(expected);
    for (let length = 0; length < bytes.length; length++) expect(() => walkZstdFrame(bytes.subarray(0, length))).toThrow(corrupt());
    expect(() => walkZstdFrame(Uint8Array.from([...bytes, 0]))).toThrow(corrupt({ used: bytes.length }));
  });

  it("counts a checksum", () => {
    const bytes = frame(0x24, [3], abc, [1, 2, 3, 4]);
    expect(walkZstdFrame(bytes)).toEqual({ contentSize: 3, capacity: 3 });
    expect(() => walkZstdFrame(bytes.subarray(0, -1))).toThrow(corrupt());
  });

  it("takes no more than a block's maximum for a block, whatever it says", () => {
    expect(walkZstdFrame(frame(0x20, [3], block(1, 0x1fffff, [0]))).capacity).toBe(BLOCK_MAX);
    expect(walkZstdFrame(frame(0x20, [3], block(2, 5, [1, 2, 3, 4, 5]))).capacity).toBe(BLOCK_MAX);
  });

  it("refuses other magic numbers, skippable frames among them", () => {
    for (let at = 0; at < MAGIC.length; at++) {
      const other = frame(0x20, [3], abc);
      other[at]! ^= 1;
      expect(() => walkZstdFrame(other)).toThrow(expect.objectContaining({ message: expect.stringContaining("does not begin with a frame") as string, details: { compression: "zstd", length: other.length } }));
    }
    expect(() => walkZstdFrame(Uint8Array.from([0x50, 0x2a, 0x4d, 0x18, 1, 0, 0, 0, 9]))).toThrow(corrupt());
  });
});

describe.each((await compressingCodecs()).filter(({ codec }) => codec.name === "zstd"))("$label", ({ codec }) => {
  const limits = { maxLength: 1_000_000 };

  it.each(frames)("decompresses a frame with %s", (_, bytes, { capacity }) => {
    expect(codec.decompress(bytes, limits).length).toBe(capacity);
  });

  it("refuses a declared size beyond the limit or beyond the blocks, before it allocates", () => {
    const huge = frame(0xe0, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], abc);
    expect(() => codec.decompress(huge, limits)).toThrow(corrupt({ maxLength: limits.maxLength }));
    const large = frame(0xa0, [0xff, 0xff, 0xff, 0x7f], abc);
    expect(() => codec.decompress(large, { maxLength: 2 ** 40 })).toThrow(corrupt({ declared: 0x7fffffff, capacity: 3 }));
  });

  it("refuses a declared size that is not the real one", () => {
    expect(() => codec.decompress(frame(0x20, [2], abc), limits)).toThrow(corrupt());
    expect(() => codec.decompress(frame(0x20, [4], block(2, 3, [0, 0, 0])), limits)).toThrow(corrupt());
  });

  it("keeps to the limit where no size is declared", () => {
    const undeclared = frame(0x00, [0x50], block(1, 100_000, [7], false), block(1, 100_000, [7]));
    expect(codec.decompress(undeclared, { maxLength: 200_000 }).length).toBe(200_000);
    expect(() => codec.decompress(undeclared, { maxLength: 199_999 })).toThrow(corrupt());
  });
});
