// The comparison finds every kind of difference, and each one once.
import { describe, expect, it } from "vitest";
import type { CityRow } from "../src/cities.js";
import { checkAbsent, checkGets, RowComparison, type Verdict } from "../src/read-back.js";
import type { CityReader } from "../src/slatedb.js";

const row = (key: string, value = `value of ${key}`): CityRow => ({ key: Buffer.from(key), value: Buffer.from(value) });
const written = ["a", "b", "c", "d"].map((key) => row(key));

function compare(actual: readonly CityRow[]): Verdict {
  const comparison = new RowComparison(written);
  for (const one of actual) comparison.take(one);
  return comparison.finish();
}

/** A database that answers from a list of rows. */
function readerOf(rows: readonly CityRow[]): CityReader {
  const values = new Map(rows.map(({ key, value }) => [Buffer.from(key).toString(), value]));
  return {
    scan: async (_prefix, visit) => rows.forEach(visit),
    getAll: async (keys) => keys.map((key) => values.get(Buffer.from(key).toString())),
    filterCounts: () => ({ negatives: 0, falsePositives: 0 }),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

describe("RowComparison", () => {
  it("is content with the rows that were written", () => {
    expect(compare(written)).toEqual({ checked: 4, differences: 0, described: [] });
  });

  it.each([
    ["a missing row", [written[0]!, written[2]!, written[3]!], ['"b" is missing']],
    ["missing rows at the end", written.slice(0, 2), ['"c" is missing', '"d" is missing']],
    ["a row too many", [...written.slice(0, 2), row("bb"), ...written.slice(2)], ['"bb" was never written']],
    ["a row behind the last", [...written, row("e")], ['"e" was never written']],
    ["a row twice", [written[0]!, written[1]!, written[1]!, written[2]!, written[3]!], ['"b" came after "b", out of order']],
    ["rows that changed places", [written[0]!, written[2]!, written[1]!, written[3]!], ['"b" is missing', '"b" came after "c", out of order']],
    ["another value", [...written.slice(0, 3), row("d", "value of e")], ['the value of "d" differs from byte 9 on: "e" instead of "d"']],
    ["a cut value", [...written.slice(0, 3), row("d", "value")], ['the value of "d" differs from byte 5 on: "" instead of " of d"']],
    ["a longer value", [...written.slice(0, 3), row("d", "value of d!")], ['the value of "d" differs from byte 10 on: "!" instead of ""']],
  ] as const)("finds %s", (_what, actual, described) => {
    expect(compare(actual)).toEqual({ checked: actual.length, differences: described.length, described });
  });

  it("counts all differences and describes the first five", () => {
    const { differences, described } = new RowComparison(Array.from({ length: 9 }, (_, at) => row(`${at}`))).finish();
    expect(differences).toBe(9);
    expect(described).toHaveLength(5);
  });
});

describe("checkGets", () => {
  it("asks for rows spread over all, and finds what is missing or changed", async () => {
    expect(await checkGets(readerOf(written), written, 2)).toEqual({ checked: 2, differences: 0, described: [] });
    expect(await checkGets(readerOf([written[0]!, row("c", "x")]), written, 100)).toMatchObject({ checked: 4, differences: 3 });
  });
});

describe("checkAbsent", () => {
  it("asks for keys behind those written, and finds one that answers", async () => {
    expect(await checkAbsent(readerOf(written), written, 4)).toMatchObject({ checked: 4, differences: 0 });
    expect(await checkAbsent(readerOf([row("b?")]), written, 4)).toMatchObject({ differences: 1, described: ['"b?" was never written, yet get returns a value'] });
  });
});
