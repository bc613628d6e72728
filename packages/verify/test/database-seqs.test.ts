// M4.1: sequence numbers against the order of level 0 and the runs.
import { BoundType, type BytesRange } from "@slate-sst/format";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SampleDatabase, sampleSst, utf8, type SampleRows } from "./database-samples.js";

const range = (from: string, to: string, ends: [number, number] = [BoundType.Included, BoundType.Excluded]): BytesRange => ({
  startBound: { key: utf8(from), boundType: ends[0] as BytesRange["startBound"]["boundType"] }, endBound: { key: utf8(to), boundType: ends[1] as BytesRange["startBound"]["boundType"] },
});

describe("M4.1", () => {
  it.each<[string, SampleRows[], SampleRows[][], string[]]>([
    ["newer above older", [["k@9"], ["k@8"]], [[["k@7"]], [["k@6"]]], []],
    ["equal ones: the first in the list wins", [["k@5"], ["k@5"]], [[["k@5"]]], []],
    ["level 0 in the wrong order", [["k@8"], ["k@9"]], [], ["M4.1 manifest.l0[1]"]],
    ["a run newer than level 0", [["k@8"]], [[["k@9"]]], ["M4.1 manifest.compacted[0]"]],
    ["runs in the wrong order", [], [[["a@1", "k@8"]], [["k@9", "z@1"]]], ["M4.1 manifest.compacted[1]"]],
    ["a version between the other's versions", [["k@9", "k@3"]], [[["k@5"]]], ["M4.1 manifest.compacted[0]"]],
    ["other keys only", [["a@1", "c@2", "e@3"]], [[["b@9", "d@9"]]], []],
    ["the second SST of a run", [["a@9", "z@1"]], [[["a@8", "b@8"], ["y@7", "z@2"]]], ["M4.1 manifest.compacted[0]"]],
    ["not the place in between", [["k@5"], ["j@9", "l@9"]], [[["k@6"]]], ["M4.1 manifest.compacted[0]"]],
    ["versions that go on in the next SST of a run", [["k@4"]], [[["a@1", "k@3"], ["k@2", "z@1"]]], []],
  ])("%s", async (_, l0, runs, expected) => {
    const { rules } = await new SampleDatabase(...numbered(l0, runs)).verify();
    expect(rules).toEqual(expected);
  });

  it("gives one finding for two places, with the first key and how many there are", async () => {
    const keys = Array.from({ length: 40 }, (_, at) => `k${String(at).padStart(3, "0")}`);
    const newer = sampleSst(keys.map((key) => `${key}@5`), { blockRows: 7 });
    const older = sampleSst(keys.map((key, at) => `${key}@${at < 30 ? 4 : 6}`), { blockRows: 3 });
    const { findings } = await new SampleDatabase({ 1: newer, 2: older }, { runs: [[1], [2]] }).verify();
    expect(findings).toEqual([
      expect.objectContaining({
        rule: "M4.1", severity: "error", object: "db/manifest/00000000000000000007.manifest", path: "manifest.compacted[1]",
        expected: "no row of key 6b303330 with a sequence number above 5, as manifest.compacted[0] has it", found: "sequence number 6",
        hint: "10 keys contradict the order of these two; get and scan give different rows for them",
      }),
    ]);
  });

  it("is not judged for SSTs whose rows are out of order, nor on level quick", async () => {
    const unsorted = await new SampleDatabase({ 1: sampleSst(["k@5", "a@1"], { change: { firstEntry: utf8("a"), lastEntry: utf8("k") } }), 2: sampleSst(["k@9"]) }, { l0: [1, 2] }).verify();
    expect(unsorted.rules.filter((rule) => rule.startsWith("M"))).toEqual([]);
    expect(unsorted.state("M4.1")).toBe("stopped");
    const quick = await new SampleDatabase({ 1: sampleSst(["k@5"]), 2: sampleSst(["k@9"]) }, { l0: [1, 2] }).verify({ level: "quick" });
    expect([quick.rules, quick.state("M4.1")]).toEqual([[], "level"]);
  });

  it("is named as skipped where too many places overlap to walk them side by side", async () => {
    const places = Array.from({ length: 29 }, (_, at) => [`k@${29 - at}`]);
    const few = await new SampleDatabase(...numbered([], places.slice(1).map((place) => [place]))).verify();
    expect([few.rules, few.state("M4.1")]).toEqual([[], "held"]);
    const many = await new SampleDatabase(...numbered([], places.map((place) => [place]))).verify();
    expect([many.rules, many.state("M4.1"), many.result.complete]).toEqual([[], "skipped", false]);
  });

  it("reads no rows again where nothing overlaps", async () => {
    const single = await rangesRead([["a@1"]], []);
    expect(await rangesRead([["b@9"]], [["a@1"], ["c@1"]])).toBe(3 * single);
    expect(await rangesRead([["b@9"]], [["a@1"], ["b@1"]])).toBeGreaterThan(3 * single);
  });

  it("agrees with a plain comparison of all rows", async () => {
    const rows = fc.uniqueArray(fc.tuple(fc.constantFrom("a", "b", "c", "d"), fc.nat(6)), { minLength: 1, maxLength: 6, selector: ([key, seq]) => `${key}${seq}` });
    await fc.assert(fc.asyncProperty(fc.array(rows, { minLength: 2, maxLength: 5 }), fc.nat(2), fc.integer({ min: 1, max: 3 }), async (drawn, l0, blockRows) => {
      const places = drawn.map((place) => place.sort(([left, a], [right, b]) => (left === right ? b - a : left < right ? -1 : 1)));
      const ssts = Object.fromEntries(places.map((place, at) => [at + 1, sampleSst(place.map(([key, seq]) => `${key}@${seq}`), { blockRows })]));
      const numbers = places.map((_, at) => at + 1);
      const { findings } = await new SampleDatabase(ssts, { l0: numbers.slice(0, l0), runs: numbers.slice(l0).map((number) => [number]) }).verify();
      const isBroken = places.some((newer, at) => places.slice(at + 1).some((older) => older.some(([key, seq]) => newer.some(([other, least]) => other === key && seq > least))));
      expect(findings.every(({ rule }) => rule === "M4.1")).toBe(true);
      expect(findings.length > 0).toBe(isBroken);
    }), { seed: 41, numRuns: 150 });
  });
});

describe("visible ranges", () => {
  const overlapping = { 1: sampleSst(["a@1", "m@9"]), 2: sampleSst(["c@5", "m@2", "z@3"]) };

  it("make SSTs of a run disjoint", async () => {
    const database = (): SampleDatabase => new SampleDatabase(overlapping, { runs: [[1, 2]] });
    expect((await database().verify()).rules).toEqual(["M2.3 manifest.compacted[0].ssts[1].info.first_entry"]);
    const cut = database().changeEntry(1, (entry) => ({ ...entry, visibleRange: range("a", "m") })).changeEntry(2, (entry) => ({ ...entry, visibleRange: range("m", "zz") }));
    const { rules, result } = await cut.verify();
    expect([rules, result.notChecked]).toEqual([[], []]);
    expect((await cut.verify({}, cut.asV2())).rules).toEqual([]);
    const touching = cut.changeEntry(1, (entry) => ({ ...entry, visibleRange: range("a", "m", [BoundType.Included, BoundType.Included]) }));
    const { result: named, rules: none } = await touching.verify();
    expect([none, named.complete, named.notChecked.map(({ feature }) => feature)]).toEqual([[], false, ["visible-range"]]);
    const crossing = cut.changeEntry(1, (entry) => ({ ...entry, visibleRange: range("a", "n") })).changeEntry(2, (entry) => ({ ...entry, visibleRange: range("b", "zz", [BoundType.Excluded, BoundType.Excluded]) }));
    expect((await crossing.verify()).rules).toEqual(["M2.3 manifest.compacted[0].ssts[1].info.first_entry"]);
  });

  it("hide rows from M4.1, and SSTs that show nothing count for nothing", async () => {
    const database = (visibleRange?: BytesRange): SampleDatabase => new SampleDatabase(overlapping, { l0: [2, 1] }).changeEntry(1, (entry) => ({ ...entry, visibleRange }));
    expect((await database().verify()).rules).toEqual(["M4.1 manifest.l0[1]"]);
    expect((await database(range("a", "m")).verify()).rules).toEqual([]);
    expect((await database(range("a", "m", [BoundType.Included, BoundType.Included])).verify()).rules).toEqual(["M4.1 manifest.l0[1]"]);
    expect((await database(range("m", "z", [BoundType.Excluded, BoundType.Included])).verify()).rules).toEqual([]);
    expect((await database({ startBound: { boundType: BoundType.Unbounded }, endBound: { boundType: BoundType.Unbounded } }).verify()).rules).toEqual(["M4.1 manifest.l0[1]"]);
  });
});

/** How many ranges are asked for to check SSTs of level 0 and of one run. */
async function rangesRead(l0: SampleRows[], run: SampleRows[]): Promise<number> {
  const database = new SampleDatabase(...numbered(l0, [run]));
  const { store } = database;
  const getRange = store.getRange.bind(store);
  let ranges = 0;
  store.getRange = (...call) => {
    ranges++;
    return getRange(...call);
  };
  expect((await database.verify()).rules).toEqual([]);
  return ranges;
}

/** SSTs numbered from 1, in level 0 and in runs. */
function numbered(l0: SampleRows[], runs: SampleRows[][]): ConstructorParameters<typeof SampleDatabase> {
  const ssts: Record<number, ReturnType<typeof sampleSst>> = {};
  let next = 1;
  const add = (rows: SampleRows): number => {
    ssts[next] = sampleSst(rows);
    return next++;
  };
  const shape = { l0: l0.map(add), runs: runs.map((run) => run.map(add)) };
  return [ssts, shape];
}
