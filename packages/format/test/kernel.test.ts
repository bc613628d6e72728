// Kernels and their memory: made anew, handed back and borrowed again.
import { describe, expect, it } from "vitest";
import { setBloomBits } from "../src/bloom.js";
import { borrowKernel, createKernel, hasKernel, KernelLayout, returnKernel } from "../src/kernel.js";

const MIB = 1024 * 1024;

describe.runIf(hasKernel)("kernels", () => {
  it("have memory of their own, all 0, with room for every area", () => {
    const layout = new KernelLayout();
    const areas = [layout.area(1), layout.area(MIB), layout.area(0)];
    const kernel = createKernel(layout.length)!;
    expect(new Set(areas).size).toBe(areas.length);
    expect(kernel.bytes.length).toBeGreaterThanOrEqual(areas[1]! + MIB);
    expect(kernel.bytes.subarray(areas[0]).every((byte) => byte === 0)).toBe(true);
    expect(createKernel(layout.length)!.bytes.buffer).not.toBe(kernel.bytes.buffer);
  });

  it("are borrowed again once they were handed back, where their size fits", () => {
    const kernel = borrowKernel(3 * MIB)!;
    returnKernel(kernel);
    const larger = borrowKernel(4 * MIB)!;
    const muchSmaller = borrowKernel(MIB)!;
    expect([larger, muchSmaller]).not.toContain(kernel);
    expect(borrowKernel(2 * MIB)).toBe(kernel);
    expect(borrowKernel(2 * MIB)).not.toBe(kernel);
  });

  it("are kept in small numbers", () => {
    const kernels = Array.from({ length: 6 }, () => createKernel(5 * MIB)!);
    for (const kernel of kernels) returnKernel(kernel);
    const borrowed = Array.from({ length: 6 }, () => borrowKernel(5 * MIB)!);
    expect(borrowed.filter((kernel) => kernels.includes(kernel))).toHaveLength(4);
    expect(new Set(borrowed).size).toBe(borrowed.length);
  });
});

describe.runIf(hasKernel)("the bits of a bloom filter", () => {
  // Around the size from which on bytes are looked at before they are changed, and with more probes than are looked at together.
  const bytes = [1, 100, 2 ** 19 - 1, 2 ** 19, 2 ** 19 + 1, 1_250_000];
  const probes = [1, 6, 69, 192, 384, 385, 700];
  const counts = [0, 1, 2, 63, 64, 65, 1000];
  const cases = bytes.flatMap((length) => probes.map((probe) => [length, probe] as const));

  it.each(cases)("are those of the plain code, with %i bytes and %i probes", (length, probe) => {
    const layout = new KernelLayout();
    const [filterAt, hashesAt] = [layout.area(length), layout.area(counts.at(-1)! * 8)];
    const kernel = createKernel(layout.length)!;
    const expected = new Uint8Array(length);
    let state = 88_675_123;
    for (const count of counts) {
      const hashes = new Uint32Array(kernel.bytes.buffer, hashesAt, count * 2);
      for (let word = 0; word < hashes.length; word++) {
        state ^= state << 13;
        state ^= state >>> 17;
        state ^= state << 5;
        hashes[word] = state;
      }
      setBloomBits(expected, probe, hashes);
      kernel.setBloomBits(filterAt, length * 8, probe, hashesAt, count);
      expect(Buffer.compare(kernel.bytes.subarray(filterAt, filterAt + length), expected)).toBe(0);
    }
    expect(kernel.bytes.subarray(filterAt + length, hashesAt).every((byte) => byte === 0)).toBe(true);
  });
});
