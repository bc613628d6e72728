// Buckets end at powers of two, and hold every value once.
import { expect, test } from "vitest";
import { Histogram } from "../src/inspect/histogram.js";

test("values fall where they belong", () => {
  const histogram = new Histogram();
  const values = [0, 1, 1, 2, 3, 4, 7, 8, 1023, 1024, 2 ** 32 - 1, 2 ** 32, 2 ** 40];
  for (const value of values) histogram.add(value);
  expect({ count: histogram.count, min: histogram.min, max: histogram.max, sum: histogram.sum }).toEqual({ count: values.length, min: 0, max: 2 ** 40, sum: values.reduce((sum, value) => sum + value, 0) });
  for (const { from, to, count } of histogram.buckets()) expect(count).toBe(values.filter((value) => value >= from && value <= to).length);
  expect(histogram.buckets().reduce((sum, { count }) => sum + count, 0)).toBe(values.length);
});

test("sums of histograms are histograms of all values", () => {
  const [left, right, both] = [new Histogram(), new Histogram(), new Histogram()];
  for (const value of [5, 6]) for (const one of [left, both]) one.add(value);
  for (const value of [100, 0]) for (const one of [right, both]) one.add(value);
  left.addAll(right);
  expect(left.message()).toEqual(both.message());
});

test("without values there are no buckets", () => {
  expect(new Histogram().message()).toEqual({ count: 0n, sum: 0n, buckets: [] });
});
