// Kernels and their memory: made anew, handed back and borrowed again.
import { afterEach, describe, expect, it, vi } from "vitest";
import { setBloomBits } from "../src/bloom.js";
import { KERNEL_MEMORY_BASE } from "../src/generated/kernel.js";
import { borrowKernel, createKernel, hasKernel, KERNEL_SLACK_BYTES, KernelLayout, returnKernel } from "../src/kernel.js";

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
    // Whole kernels are not given to expect(): it would look for words for megabytes.
    expect([larger === kernel, muchSmaller === kernel, borrowKernel(2 * MIB) === kernel, borrowKernel(2 * MIB) === kernel]).toEqual([false, false, true, false]);
  });

  it("are borrowed up to their last byte, and with twice as much memory and a page at most", () => {
    const room = 8 * MIB - KERNEL_MEMORY_BASE - KERNEL_SLACK_BYTES;
    const kernel = createKernel(room)!;
    expect(kernel.bytes.length).toBe(8 * MIB);
    for (const [length, isTaken] of [[room + 1, false], [room, true], [Math.ceil((room - 65_536) / 2), true], [Math.ceil((room - 65_536) / 2) - 1, false]] as const) {
      returnKernel(kernel);
      expect(borrowKernel(length) === kernel, String(length)).toBe(isTaken);
      if (!isTaken) expect(borrowKernel(room) === kernel).toBe(true);
    }
  });

  it("are kept in small numbers", () => {
    const kernels = Array.from({ length: 6 }, () => createKernel(5 * MIB)!);
    for (const kernel of kernels) returnKernel(kernel);
    const borrowed = Array.from({ length: 6 }, () => borrowKernel(5 * MIB)!);
    expect(borrowed.filter((kernel) => kernels.includes(kernel))).toHaveLength(4);
    expect(new Set(borrowed).size).toBe(borrowed.length);
  });
});

describe.runIf(hasKernel)("a kernel's memory", () => {
  it("has 0 to 4 GiB, or the number is refused", () => {
    expect(createKernel(0)?.bytes.length).toBe(65_536);
    for (const length of [-1, 1.5, NaN, Infinity, 2 ** 32, 2 ** 32 - KERNEL_MEMORY_BASE - 63]) {
      expect(() => createKernel(length)).toThrow(expect.objectContaining({ code: "ERR_SST_OPTION_INVALID", details: { length } }));
    }
  });

  it("ends with whole pages: what is asked for, the constants before it and the slack behind it", () => {
    const most = 65_536 - KERNEL_MEMORY_BASE - KERNEL_SLACK_BYTES;
    expect(createKernel(most)?.bytes.length).toBe(65_536);
    expect(createKernel(most + 1)?.bytes.length).toBe(2 * 65_536);
  });

  it("has areas that begin at multiples of 64 bytes, with 64 bytes at least behind each", () => {
    const layout = new KernelLayout();
    expect(layout.length).toBe(0);
    const areas = [0, 1, 63, 64, 65].map((bytes) => [layout.area(bytes) - KERNEL_MEMORY_BASE, layout.length]);
    expect(areas).toEqual([[0, 64], [64, 192], [192, 320], [320, 448], [448, 640]]);
  });
});

describe("where there is no kernel", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.resetModules();
  });

  async function freshKernel(api: unknown): Promise<typeof import("../src/kernel.js")> {
    vi.stubGlobal("WebAssembly", api);
    vi.resetModules();
    return await import("../src/kernel.js");
  }
  /** A constructor that fails. */
  const refuses = vi.fn<() => void>(() => {
    throw new RangeError("could not allocate memory");
  });

  it.each([["no WebAssembly", undefined], ["none that compiles it", { Module: refuses }]])("because the engine has %s, nothing can be made or borrowed", async (_, api) => {
    const none = await freshKernel(api);
    expect([none.hasKernel, none.createKernel(100), none.borrowKernel(100)]).toEqual([false, undefined, undefined]);
    const [{ BlockScanner }, { BlockChecker }] = await Promise.all([import("../src/block-scanner.js"), import("../src/block-checker.js")]);
    expect([BlockScanner.create(100), BlockChecker.create(100)]).toEqual([undefined, undefined]);
  });

  it("because there is no memory, the next one may be had", async () => {
    const real = (globalThis as unknown as { readonly WebAssembly: Record<"Module" | "Instance" | "Memory", unknown> }).WebAssembly;
    const api = { Module: real.Module, Instance: real.Instance, Memory: refuses as unknown };
    const fresh = await freshKernel(api);
    expect([fresh.hasKernel, fresh.createKernel(100)]).toEqual([true, undefined]);
    api.Memory = real.Memory;
    expect(fresh.createKernel(100)?.bytes.length).toBe(65_536);
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
