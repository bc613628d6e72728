import { describe, expect, it } from "vitest";
import { inCommitOrder, randomCase } from "../src/random-rows.js";
import { versionsByKey } from "../src/visible-rows.js";
import type { GoldenRow } from "../src/side-car.js";

const SEEDS = Array.from({ length: 120 }, (_, seed) => seed);
const cases = SEEDS.map((seed) => randomCase(seed));
const sizeOf = (rows: readonly GoldenRow[]): number => rows.reduce((sum, row) => sum + row.key.length + (row.value?.length ?? 0), 0);

describe("random cases", () => {
  it("are the same for the same seed and different for neighbours", () => {
    expect(randomCase(7)).toEqual(randomCase(7));
    expect(randomCase(7).rows).not.toEqual(randomCase(8).rows);
    expect(randomCase(-1).rows.length).toBeGreaterThan(0);
  });

  it.each(cases.map((drawn) => [drawn.title, drawn] as const))("%s: rows stand in file order", (_, { rows }) => {
    for (const [i, row] of rows.entries()) {
      const before = rows[i - 1];
      if (before === undefined) continue;
      const order = Buffer.compare(before.key, row.key);
      expect(order < 0 || (order === 0 && before.seq > row.seq), `row ${i}`).toBe(true);
    }
    expect(rows.length).toBeGreaterThan(0);
    for (const row of rows) expect(row.value === undefined).toBe(row.kind === "delete");
    expect(rows.map((row) => row.seq).toSorted((a, b) => (a < b ? -1 : 1))).toEqual(Array.from(rows.keys(), (i) => BigInt(i + 1)));
  });

  it("respect the limits asked for", () => {
    for (const seed of SEEDS) {
      const { rows, config } = randomCase(seed, { keysMax: 20, bytesMax: 50_000, codecs: ["lz4"] });
      expect([...versionsByKey(rows)].length).toBeLessThanOrEqual(20);
      expect(sizeOf(rows)).toBeLessThan(50_000 + 20 * 70 * 30);
      expect(config.compression).toBe("lz4");
    }
  });

  it("reach the corners", () => {
    const all = cases.flatMap(({ rows, config }) => rows.map((row) => ({ ...row, blockSize: config.blockSize })));
    const reached = (what: (row: (typeof all)[number]) => boolean): number => all.filter(what).length;
    expect(new Set(cases.map(({ config }) => config.blockSize)).size).toBe(7);
    expect(new Set(cases.map(({ config }) => config.compression)).size).toBe(5);
    expect(new Set(cases.map(({ config }) => config.filterBitsPerKey)).size).toBeGreaterThan(5);
    const counts = {
      put: reached((row) => row.kind === "put"),
      delete: reached((row) => row.kind === "delete"),
      merge: reached((row) => row.kind === "merge"),
      emptyValue: reached((row) => row.value?.length === 0),
      oneByteKey: reached((row) => row.key.length === 1),
      longestKey: reached((row) => row.key.length === 65_535),
      zeroByte: reached((row) => row.key.includes(0x00)),
      ffByte: reached((row) => row.key.at(-1) === 0xff),
      valueNearBlock: reached((row) => Math.abs((row.value?.length ?? 0) - row.blockSize) < 100),
      valueBeyondBlock: reached((row) => (row.value?.length ?? 0) > row.blockSize * 2),
      expiry: reached((row) => row.expireTs !== undefined),
      lastExpiry: reached((row) => row.expireTs === 2n ** 63n - 1n),
      noCreateTs: reached((row) => row.createTs === undefined),
      manyVersions: cases.filter(({ rows }) => [...versionsByKey(rows)].some((versions) => versions.length > 20)).length,
      oneRow: cases.filter(({ rows }) => rows.length === 1).length,
      filterAtLimit: cases.filter(({ rows, config }) => config.minFilterKeys === rows.length).length,
      filterJustMissed: cases.filter(({ rows, config }) => config.minFilterKeys === rows.length + 1).length,
      longSharedPrefix: cases.filter(({ rows }) => rows.some((row, i) => i > 0 && row.key.length > 128 && Buffer.compare(row.key.subarray(0, 128), rows[i - 1]?.key.subarray(0, 128) ?? new Uint8Array()) === 0)).length,
    };
    for (const [corner, count] of Object.entries(counts)) expect(count, corner).toBeGreaterThan(0);
    console.log(counts);
  });
});

describe("commit order", () => {
  it("keeps older versions first and every row once", () => {
    for (const { rows, seed } of cases.slice(0, 30)) {
      const ordered = inCommitOrder(rows, seed);
      expect(new Set(ordered)).toEqual(new Set(rows));
      expect(ordered.map((row) => row.seq)).toEqual(ordered.map((_, i) => BigInt(i + 1)));
    }
  });
});
