// The rules of object paths, and that their order is the order of their UTF-8 bytes.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { assertListPrefix, assertObjectPath, compareObjectPaths, isObjectPath, OBJECT_PATH_BYTES_MAX, OBJECT_PATH_SEGMENT_BYTES_MAX, STAGING_SEGMENT } from "../src/index.js";

const SEED = 20_240_611;

const segment = fc.string({ unit: "binary", minLength: 1, maxLength: 8 })
  .map((text) => text.replace(/[\u0000-\u001f\u007f-\u009f\ufffe\uffff\\/]/g, "x"))
  .filter((text) => text !== "." && text !== "..");
const objectPath = fc.array(segment, { minLength: 1, maxLength: 4 }).map((segments) => segments.join("/"));

describe("object paths", () => {
  it("takes paths of segments without meaning to a file system", () => {
    for (const path of ["a", "a/b", "db/compacted/01JDXW8E9Q0000000000000000.sst", ".hidden", "...", "a b", "\u00fc/\u{1f600}"]) {
      expect(isObjectPath(path), path).toBe(true);
    }
  });

  it("refuses the rest by code, naming the path and the fault", () => {
    expect(() => assertObjectPath("a/../b")).toThrow(expect.objectContaining({ code: "ERR_STORE_PATH", path: "a/../b", message: expect.stringContaining('".."') }));
    for (const path of ["", "/a", "a/", "a//b", "a\\b", "a\u0000", "a\u009f", "\ud800", "\udc00a", `x/${STAGING_SEGMENT}`, ".Slate-SST/x", undefined, 1, null]) {
      expect(isObjectPath(path), String(path)).toBe(false);
    }
  });

  it("counts limits in UTF-8 bytes", () => {
    const long = "\u00fc".repeat(OBJECT_PATH_SEGMENT_BYTES_MAX >> 1);
    expect(isObjectPath(long)).toBe(true);
    expect(isObjectPath(`${long}\u00fc`)).toBe(false);
    const four = [long, long, long, long].join("/");
    expect(isObjectPath(four.padEnd(four.length, "x"))).toBe(true);
    expect(isObjectPath(`${four}/${"x".repeat(OBJECT_PATH_BYTES_MAX)}`)).toBe(false);
  });

  it("keeps messages about very long paths short", () => {
    expect(() => assertObjectPath("x".repeat(10 * OBJECT_PATH_BYTES_MAX))).toThrow(/^.{1,300}$/u);
  });

  it("takes as prefixes what paths begin with, cut anywhere", () => {
    fc.assert(fc.property(objectPath, fc.nat(), (path, cut) => {
      const prefix = Array.from(path).slice(0, cut % (path.length + 1)).join("");
      expect(() => assertListPrefix(prefix)).not.toThrow();
    }), { seed: SEED });
    for (const prefix of ["", "a", "a/", ".", "..", "a/.", "a/..", STAGING_SEGMENT]) expect(() => assertListPrefix(prefix), prefix).not.toThrow();
    for (const prefix of ["/", "a//", "./", "../a", "a/../", `${STAGING_SEGMENT}/x`, "a\u0000", 1]) {
      expect(() => assertListPrefix(prefix), String(prefix)).toThrow(expect.objectContaining({ code: "ERR_STORE_PATH" }));
    }
  });

  it("orders paths as their UTF-8 bytes", () => {
    fc.assert(fc.property(objectPath, objectPath, (left, right) => {
      expect(Math.sign(compareObjectPaths(left, right))).toBe(Buffer.compare(Buffer.from(left), Buffer.from(right)));
    }), { seed: SEED, numRuns: 2000 });
    expect(compareObjectPaths("\u{ff61}", "\u{1f600}")).toBeLessThan(0);
    expect(["\u{ff61}", "\u{1f600}"].sort(), "by UTF-16 it is the other way round").toEqual(["\u{1f600}", "\u{ff61}"]);
  });
});
