import { describe, expect, it } from "vitest";
import { fitLine, flatness, median, pairwiseRatios, summarize } from "../src/stats.js";

describe("statistics", () => {
  it("takes the middle number, or the mean of both, whatever their order", () => {
    expect(median([5])).toBe(5);
    expect(median([9, 1, 5])).toBe(5);
    expect(median([10, 1, 2, 4])).toBe(3);
    expect(median([100, 20, 3])).toBe(20);
    expect(() => median([])).toThrow(RangeError);
  });

  it("leaves the numbers as they were", () => {
    const numbers = [3, 1, 2];
    expect(summarize(numbers)).toEqual({ median: 2, min: 1, max: 3, count: 3 });
    expect(numbers).toEqual([3, 1, 2]);
  });

  it("compares round with round: a machine that slows down for both changes nothing", () => {
    const ratios = pairwiseRatios([300, 100, 200], [200, 50, 100]);
    expect(ratios).toEqual([1.5, 2, 2]);
    expect(median(ratios)).toBe(2);
    expect(() => pairwiseRatios([1, 2], [1])).toThrow(RangeError);
  });

  it("calls equal costs flat", () => {
    expect(flatness([4, 4, 4])).toBe(1);
    expect(flatness([2, 3, 2.5])).toBe(1.5);
    for (const noise of [0, -1, Number.NaN]) expect(flatness([2, noise, 2])).toBe(Number.POSITIVE_INFINITY);
  });

  it("finds the line that points lie on", () => {
    const sizes = [0, 10, 100, 1000, 100_000];
    const { fixed, slope } = fitLine(sizes, sizes.map((size) => 250 + 0.75 * size));
    expect(fixed).toBeCloseTo(250, 6);
    expect(slope).toBeCloseTo(0.75, 9);
  });

  it("weighs errors by their costs, so that the largest does not decide alone", () => {
    // 10 % too much at the far end may not cost the near ones more than 10 %.
    const sizes = [0, 10, 100, 1000, 100_000];
    const costs = sizes.map((size) => 200 + size * (size === 100_000 ? 1.1 : 1));
    const { fixed, slope } = fitLine(sizes, costs);
    for (const [at, size] of sizes.entries()) expect(costs[at]! / (fixed + slope * size)).toBeCloseTo(1, 1);
  });
});
