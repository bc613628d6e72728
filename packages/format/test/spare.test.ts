// Memory kept for a moment for whoever needs the same next.
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Spare } from "../src/spare.js";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const any = (): boolean => true;

describe("spare memory", () => {
  it("is handed out once, the last given first, if it fits", () => {
    const spare = new Spare<{ size: number }>(3);
    const [small, large, other] = [{ size: 1 }, { size: 9 }, { size: 1 }];
    for (const item of [small, large, other]) spare.give(item);
    expect(spare.take(({ size }) => size > 1)).toBe(large);
    expect(spare.take(({ size }) => size > 1)).toBeUndefined();
    expect([spare.take(any), spare.take(any), spare.take(any)]).toEqual([other, small, undefined]);
  });

  it("is no more than was asked for, and the oldest goes", () => {
    const spare = new Spare<number[]>(2);
    for (const item of [[1], [2], [3]]) spare.give(item);
    expect([spare.take(any), spare.take(any), spare.take(any)]).toEqual([[3], [2], undefined]);
  });

  it("goes when nobody takes it for a second, and is kept again afterwards", () => {
    const spare = new Spare<number[]>(2);
    spare.give([1]);
    vi.advanceTimersByTime(1000);
    expect(spare.take(any)).toBeUndefined();
    spare.give([2]);
    vi.advanceTimersByTime(999);
    expect(spare.take(any)).toEqual([2]);
    vi.advanceTimersByTime(1001);
    expect(vi.getTimerCount()).toBe(0);
    for (const again of [[3], [4]]) {
      spare.give(again);
      vi.advanceTimersByTime(1000);
      expect(spare.take(any)).toBeUndefined();
    }
  });

  it("stays as long as somebody takes some", () => {
    const spare = new Spare<number[]>(2);
    spare.give([1]);
    for (let second = 0; second < 3; second++) {
      vi.advanceTimersByTime(999);
      const item = spare.take(any);
      expect(item).toEqual([1]);
      spare.give(item!);
      vi.advanceTimersByTime(1);
    }
    vi.advanceTimersByTime(1000);
    expect(spare.take(any)).toBeUndefined();
    expect(vi.getTimerCount()).toBe(0);
  });
});
