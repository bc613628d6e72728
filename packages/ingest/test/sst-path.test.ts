// Names of new SSTs: ULIDs that hold the time of the call, under the root's folder for SSTs.
import { isUlid, parseUlid, ULID_LENGTH } from "@slate-sst/format";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { newSstPath, sstPaths } from "../src/index.js";
import { ulidTime } from "../src/sst-path.js";
import { NOW } from "./samples.js";

const zeros = (count: number): Uint8Array => new Uint8Array(count);
const ones = (count: number): Uint8Array => new Uint8Array(count).fill(0xff);
const TIME_MAX = 2 ** 48 - 1;

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1, -".sst".length);
}

describe("newSstPath", () => {
  it("puts time and random bits where a ULID has them", () => {
    expect(newSstPath("db", { now: () => 0, random: zeros })).toBe(`db/compacted/${"0".repeat(26)}.sst`);
    expect(newSstPath("db", { now: () => 0, random: ones })).toBe(`db/compacted/0000000000${"Z".repeat(16)}.sst`);
    expect(newSstPath("db", { now: () => TIME_MAX, random: zeros })).toBe(`db/compacted/7ZZZZZZZZZ${"0".repeat(16)}.sst`);
    // The example of the ULID specification.
    expect(newSstPath("db", { now: () => 1_469_918_176_385, random: zeros })).toBe(`db/compacted/01ARYZ6S41${"0".repeat(16)}.sst`);
    expect(parseUlid(nameOf(newSstPath("db", { now: () => 1, random: (count) => Uint8Array.from({ length: count }, (_, i) => i + 1) })))).toEqual({ high: 0x1_0102n, low: 0x0304_0506_0708_090an });
  });

  it("takes the time of the call, and 80 fresh bits", () => {
    const before = Date.now();
    const names = Array.from({ length: 200 }, () => nameOf(newSstPath("db")));
    const after = Date.now();
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) {
      expect(name.length).toBe(ULID_LENGTH);
      expect(isUlid(name)).toBe(true);
      expect(ulidTime(parseUlid(name))).toBeGreaterThanOrEqual(before);
      expect(ulidTime(parseUlid(name))).toBeLessThanOrEqual(after);
    }
  });

  it("gives back the time for every time there is", () => {
    fc.assert(fc.property(fc.maxSafeNat(), fc.uint8Array({ minLength: 10, maxLength: 10 }), (number, random) => {
      const time = number % (TIME_MAX + 1);
      expect(ulidTime(parseUlid(nameOf(newSstPath("", { now: () => time, random: () => random }))))).toBe(time);
    }), { seed: 1 });
  });

  it("takes the store's own root, and roots of several segments", () => {
    const options = { now: () => 0, random: zeros };
    expect(newSstPath("", options)).toBe(`compacted/${"0".repeat(26)}.sst`);
    expect(newSstPath("prod/users v2/.x", options)).toBe(`prod/users v2/.x/compacted/${"0".repeat(26)}.sst`);
  });

  it.each(["/", "db/", "/db", "a//b", "..", "a/./b", "a\\b", "a\u0000b", "\ud800", "x".repeat(2000), ".slate-sst", "a".repeat(200).concat("/").repeat(5)])("refuses the root %j", (root) => {
    expect(() => newSstPath(root)).toThrow(expect.objectContaining({ code: "ERR_STORE_PATH" }));
    expect(() => sstPaths(root)()).toThrow(expect.objectContaining({ code: "ERR_STORE_PATH" }));
  });

  it.each(["\"", "#", "%", "*", "<", ">", "?", "[", "]", "^", "`", "{", "|", "}", "~", "ä", "日本", "\u{1f600}"])("refuses a root with %s, which SlateDB would look for elsewhere", (character) => {
    const error = expect.objectContaining({ code: "ERR_SST_INGEST_ROOT", name: "SstRangeError" });
    expect(() => newSstPath(`a/b${character}c`)).toThrow(error);
    expect(() => sstPaths(`a/b${character}c`)).toThrow(error);
  });

  it.each([-1, 0.5, Number.NaN, TIME_MAX + 1, Number.POSITIVE_INFINITY])("refuses the time %d", (time) => {
    expect(() => newSstPath("db", { now: () => time })).toThrow(expect.objectContaining({ code: "ERR_SST_OPTION_INVALID" }));
  });

  it("refuses a source that gives another number of random bytes", () => {
    expect(() => newSstPath("db", { random: () => new Uint8Array(9) })).toThrow(expect.objectContaining({ code: "ERR_SST_OPTION_INVALID" }));
    expect(() => newSstPath("db", { random: () => "0123456789" as unknown as Uint8Array })).toThrow(expect.objectContaining({ code: "ERR_SST_OPTION_INVALID" }));
  });
});

describe("sstPaths", () => {
  it("ascends within a millisecond by one", () => {
    const next = sstPaths("db", { now: () => NOW, random: (count) => Uint8Array.from({ length: count }, () => 0xff).fill(0xfe, count - 1) });
    const ids = [next(), next(), next()].map((path) => parseUlid(nameOf(path)));
    expect(ids[1]).toEqual({ high: ids[0]?.high, low: (ids[0]?.low ?? 0n) + 1n });
    // 80 bits are used up: the time must not change, so the third is drawn afresh.
    expect(ids[2]).toEqual(ids[0]);
  });

  it("ascends with a clock that stands or goes on, and never is from the future", () => {
    fc.assert(fc.property(fc.array(fc.nat({ max: 3 }), { minLength: 2, maxLength: 40 }), (steps) => {
      let now = NOW;
      const next = sstPaths("db", { now: () => now });
      const made = steps.map((step) => {
        now += step;
        const path = next();
        expect(ulidTime(parseUlid(nameOf(path)))).toBe(now);
        return path;
      });
      expect(made).toEqual([...new Set(made)].sort());
    }), { seed: 2 });
  });

  it("follows a clock that is set back", () => {
    let now = NOW;
    const next = sstPaths("db", { now: () => now-- });
    expect([next(), next(), next()].map((path) => ulidTime(parseUlid(nameOf(path))))).toEqual([NOW, NOW - 1, NOW - 2]);
  });

  it("gives two sources different names", () => {
    const options = { now: () => NOW };
    expect(sstPaths("db", options)()).not.toBe(sstPaths("db", options)());
  });
});
