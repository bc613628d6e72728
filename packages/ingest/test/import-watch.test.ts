// How far an import is: what is told of a phase, and of what an earlier call has done of it.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { fractionOf, ImportWatch } from "../src/import/import-watch.js";
import type { ImportProgress } from "../src/import/index.js";
import type { SourceFile } from "../src/source/source-files.js";

beforeEach(() => void vi.useFakeTimers({ toFake: ["performance", "setInterval", "clearInterval"] }));
afterEach(() => void vi.useRealTimers());

function watching(sizes: readonly (number | undefined)[]): { readonly watch: ImportWatch; readonly told: ImportProgress[] } {
  const told: ImportProgress[] = [];
  return { told, watch: new ImportWatch((event) => void (event.type === "progress" && told.push(event)), sizes.map((size) => ({ size }) as SourceFile)) };
}

test("the rest of a phase takes its time at the speed so far", () => {
  const { watch, told } = watching([60, 40]);
  watch.begin("read");
  vi.advanceTimersByTime(2000);
  watch.tell({ bytesRead: 25, fraction: 0.25, rows: 5 });
  expect(told[0]).toMatchObject({ phase: "read", rows: 5, bytesRead: 25, bytesTotal: 100, fraction: 0.25, secondsLeft: 6, bytesPerSecond: 12.5, memoryBytes: expect.any(Number) as number });
  watch.begin("sort");
  vi.advanceTimersByTime(1000);
  watch.tell({ fraction: 0.1 });
  expect(told[1]).toMatchObject({ phase: "sort", rows: 0, bytesRead: 25, secondsLeft: 9, bytesPerSecond: undefined });
  watch.tell({ fraction: 0.05 });
  expect(told[2]).toMatchObject({ fraction: 0.1 });
});

test("what an earlier call has done says nothing of the speed", () => {
  const { watch, told } = watching([undefined]);
  watch.begin("write", { bytesWritten: 1000, fraction: 0.5, ssts: 1 });
  watch.tell();
  expect(told[0]).toMatchObject({ bytesTotal: undefined, fraction: 0.5, secondsLeft: undefined, bytesPerSecond: 0 });
  vi.advanceTimersByTime(1000);
  watch.tell({ bytesWritten: 1500, fraction: 0.75 });
  watch.tell({ fraction: 1 });
  expect(told[1]).toMatchObject({ secondsLeft: 1, bytesPerSecond: 500 });
  expect(told[2]).toMatchObject({ secondsLeft: 0 });
});

test("it is told now and then", async () => {
  const { watch, told } = watching([1]);
  watch.begin("split");
  for (let row = 0; row < 100; row++) {
    watch.now({ rows: row });
    vi.advanceTimersByTime(10);
  }
  expect(told.length).toBeGreaterThan(2);
  expect(told.length).toBeLessThan(7);
  told.length = 0;
  await watch.during(() => ({ fraction: 0.5 }), async () => void vi.advanceTimersByTime(1000));
  expect(told.map(({ fraction }) => fraction)).toEqual([0.5, 0.5, 0.5, 0.5, 0.5]);
  vi.advanceTimersByTime(1000);
  expect(told).toHaveLength(5);
});

test("a fraction is known where the total is", () => {
  expect([fractionOf(1, undefined), fractionOf(1, 4), fractionOf(5, 4), fractionOf(0, 0)]).toEqual([undefined, 0.25, 1, 1]);
});
