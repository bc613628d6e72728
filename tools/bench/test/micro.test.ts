import { describe, expect, it } from "vitest";
import { measureAll } from "../src/micro/measure.js";
import { microOperations } from "../src/micro/operations.js";

describe("the parts", () => {
  it("are measured in turn, by what they did and not by what was asked", () => {
    let asked = 0;
    const busy = (times: number): number => {
      asked += times;
      const end = performance.now() + 0.01 * times;
      while (performance.now() < end);
      return 2 * times;
    };
    const [one] = measureAll([{ name: "busy", unit: "thing", bytes: 1000, run: busy }], { samples: 3, sampleMs: 1 });
    expect(one).toMatchObject({ name: "busy", unit: "thing", cost: { count: 3 } });
    // 10 microseconds for two of them.
    expect(one!.cost.min).toBeGreaterThanOrEqual(4900);
    expect(one!.megabytesPerSecond).toBeCloseTo(1e6 / one!.cost.median, 6);
    expect(asked).toBeGreaterThan(0);
  });

  it("all run, the codecs among them", async () => {
    const { operations, skipped } = await microOperations();
    const names = operations.map(({ name }) => name);
    for (const part of ["row encode", "CRC-32", "SipHash", "bloom", "block decode", "prefix compare", "lz4 compress", "snappy decompress", "zstd compress"]) {
      expect(names.some((name) => name.includes(part)), part).toBe(true);
    }
    expect(skipped).toEqual([]);
    for (const { run } of operations) expect(run(1)).toBeGreaterThan(0);
  });
});
