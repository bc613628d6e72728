import { describe, expect, it } from "vitest";
import { KeyHashes } from "../src/key-hashes.js";
import { sipHash13 } from "../src/siphash.js";

function filled(count: number): { hashes: KeyHashes; expected: Uint32Array } {
  const hashes = new KeyHashes();
  const expected = new Uint32Array(count * 2);
  const key = new Uint8Array(4);
  const view = new DataView(key.buffer);
  for (let ordinal = 0; ordinal < count; ordinal++) {
    view.setUint32(0, ordinal);
    hashes.add(key, 0, key.length);
    sipHash13(key, 0, key.length, expected, ordinal * 2);
  }
  return { hashes, expected };
}

describe("KeyHashes", () => {
  it("is empty at first", () => {
    const hashes = new KeyHashes();
    expect(hashes.count).toBe(0);
    expect([...hashes.chunks()]).toEqual([]);
  });

  // Around the ends of the first chunks, and past the size at which chunks stop growing.
  it.each([1, 511, 512, 513, 1535, 1536, 1537, 200_000])("gives %d hashes back in order", (count) => {
    const { hashes, expected } = filled(count);
    expect(hashes.count).toBe(count);
    const all = new Uint32Array(count * 2);
    let at = 0;
    for (const chunk of hashes.chunks()) {
      all.set(chunk, at);
      at += chunk.length;
    }
    expect(at).toBe(all.length);
    expect(all.every((word, index) => word === expected[index])).toBe(true);
  });

  it.each([0, 1, 511, 512, 1537, 1600])("gives those from one on as bytes that another list takes: from %d", (index) => {
    const { hashes, expected } = filled(1600);
    const bytes = Buffer.concat(hashes.bytes(index, 1600));
    expect(bytes.length).toBe((1600 - index) * 8);
    const other = filled(3).hashes;
    // At an odd address.
    other.addBytes(Uint8Array.from([0, ...bytes]).subarray(1));
    expect(Buffer.concat(other.bytes(3, other.count))).toEqual(Buffer.from(expected.buffer, index * 8));
  });

  it.each([[0, 0], [0, 512], [3, 511], [511, 513], [700, 1599], [1600, 1600]])("gives a range of them as bytes: from %d to %d", (from, to) => {
    const { hashes, expected } = filled(1600);
    expect(Buffer.concat(hashes.bytes(from, to))).toEqual(Buffer.from(expected.buffer, from * 8, (to - from) * 8));
  });

  it("has chunks twice as long as those before, up to 65,536 hashes", () => {
    const lengths = [...filled(200_000).hashes.chunks()].map((chunk) => chunk.length / 2);
    expect(lengths).toEqual([512, 1024, 2048, 4096, 8192, 16_384, 32_768, 65_536, 65_536, 200_000 - 196_096]);
  });

  it("gives back chunks of the largest size alone, to be used for such again", () => {
    const { hashes } = filled(512 + 1024);
    hashes.release();
    expect([hashes.count, [...hashes.chunks()]]).toEqual([0, []]);
    const { hashes: large } = filled(200_000);
    const chunk = [...large.chunks()][7]!;
    large.release();
    const again = [...filled(200_000).hashes.chunks()];
    expect(again.slice(7, 9).every(({ length }) => length === 2 * 65_536)).toBe(true);
    expect(again.some(({ buffer }) => buffer === chunk.buffer)).toBe(true);
    expect(again.slice(0, 7).some(({ buffer }) => buffer === chunk.buffer)).toBe(false);
  });

  it("hashes exactly the range it is given, and keeps duplicates", () => {
    const hashes = new KeyHashes();
    const bytes = new TextEncoder().encode("xxapplexx");
    hashes.add(bytes, 2, 7);
    hashes.add(bytes, 2, 7);
    expect([...hashes.chunks()].map((chunk) => [...chunk])).toEqual([[0x716d0e44, 0xe4305d08, 0x716d0e44, 0xe4305d08]]);
  });

  it("takes 8 bytes a key and at most one chunk more, 4 KiB for the smallest SST", () => {
    expect(new KeyHashes().allocatedBytes).toBe(4096);
    for (const count of [512, 2000, 200_000]) {
      const { hashes } = filled(count);
      expect(hashes.allocatedBytes).toBeGreaterThanOrEqual(8 * count);
      expect(hashes.allocatedBytes).toBeLessThanOrEqual(8 * count + Math.min(8 * count + 8192, 524_288));
    }
  });

  it("adds nothing when the range is wrong", () => {
    const hashes = new KeyHashes();
    expect(() => hashes.add(new Uint8Array(3), 1, 4)).toThrow(expect.objectContaining({ code: "ERR_SST_OPTION_INVALID" }));
    expect(hashes.count).toBe(0);
  });

  it("begins again when it was released, and hands large chunks on", () => {
    const { hashes, expected } = filled(200_000);
    hashes.release();
    expect(hashes.count).toBe(0);
    expect(hashes.allocatedBytes).toBe(0);
    expect([...hashes.chunks()]).toEqual([]);
    hashes.add(new Uint8Array(4), 0, 4);
    expect([...hashes.chunks()]).toEqual([expected.subarray(0, 2)]);
    // Memory that others have written to.
    const again = filled(199_999);
    const all = new Uint32Array(again.hashes.count * 2);
    let at = 0;
    for (const chunk of again.hashes.chunks()) {
      all.set(chunk, at);
      at += chunk.length;
    }
    expect(all.every((word, index) => word === again.expected[index])).toBe(true);
  });
});
