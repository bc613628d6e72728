// Kernels and their memory: made anew, handed back and borrowed again.
import { describe, expect, it } from "vitest";
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
