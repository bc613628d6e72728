// Every field of a manifest, whatever table it stands in: it keeps the numbers at the ends of its range, and what does not fit it is
// refused at encoding, by its name.
import { describe, expect, it } from "vitest";
import { decodeManifest, encodeManifestV1, encodeManifestV2 } from "../src/manifest.js";
import { errorOf } from "./flatbuffers-helpers.js";
import { fullV1, fullV2 } from "./manifest-samples.js";

type Path = readonly (string | number)[];

const USHORT_MAX = 0xffff;
const UINT_MAX = 0xffff_ffff;
/** Fields whose numbers have a meaning. */
const ENUMS = new Set(["boundType", "compressionFormat", "sstType", "filterFormat"]);
const OPTIONAL = new Set(["externalDbs", "l0LastCompacted", "lastCompactedL0SstViewId", "walObjectStoreUri", "sequenceTracker", "segments", "segmentExtractorName", "visibleRange", "formatVersion", "finalCheckpointId", "metadata", "firstEntry", "lastEntry"]);
/** The largest number of the others; all other bigints are unsigned. */
const NUMBER_MAX: Readonly<Record<string, number>> = {
  formatVersion: USHORT_MAX, id: UINT_MAX, expireTimeS: UINT_MAX, createTimeS: UINT_MAX,
  indexOffset: Number.MAX_SAFE_INTEGER, indexLen: Number.MAX_SAFE_INTEGER, filterOffset: Number.MAX_SAFE_INTEGER, filterLen: Number.MAX_SAFE_INTEGER, statsOffset: Number.MAX_SAFE_INTEGER, statsLen: Number.MAX_SAFE_INTEGER,
};
const bigintEnds = (name: string): readonly [bigint, bigint] => (name === "lastL0ClockTick" ? [-(2n ** 63n), 2n ** 63n - 1n] : [0n, 2n ** 64n - 1n]);

/** Every value of a manifest that is there: tables, lists and what stands in them. */
function* valuesIn(value: unknown, path: Path = []): Generator<{ readonly path: Path; readonly value: unknown }> {
  if (value === undefined) return;
  if (path.length > 0) yield { path, value };
  if (Array.isArray(value)) for (const [at, item] of value.entries()) yield* valuesIn(item, [...path, at]);
  else if (typeof value === "object" && !(value instanceof Uint8Array)) for (const [name, item] of Object.entries(value as object)) yield* valuesIn(item, [...path, name]);
}

/** A copy in which another value stands at a path. */
function changed(value: unknown, [first, ...rest]: Path, put: unknown): unknown {
  if (first === undefined) return put;
  if (Array.isArray(value)) return value.map((item, at) => (at === first ? changed(item, rest, put) : item) as unknown);
  return { ...(value as object), [first]: changed((value as Record<string, unknown>)[first], rest, put) };
}

const nameOf = (path: Path): string => path.findLast((part) => typeof part === "string") ?? "";

/** What does not fit where a value stands. */
function misfits(name: string, value: unknown): unknown[] {
  if (name === "kind") return ["ReaderCheckpoint", undefined];
  if (Array.isArray(value)) return [{}, null, [null], [7]];
  if (value instanceof Uint8Array) return [[...value], "text", null];
  switch (typeof value) {
    case "number": return ENUMS.has(name) ? [99, -1, 0.5, "1", undefined] : [-1, NUMBER_MAX[name]! + 1, 0.5, Number.NaN, "1"];
    case "bigint": return [bigintEnds(name)[0] - 1n, bigintEnds(name)[1] + 1n, 1, "1", undefined];
    case "boolean": return [0, 1, undefined];
    case "string": return [7, null];
    default: return [7, "text", null];
  }
}

const cases = [["first", fullV1, encodeManifestV1], ["second", fullV2, encodeManifestV2]] as readonly (readonly [string, unknown, (manifest: never) => Uint8Array])[];

describe.each(cases)("in the %s layout", (_, whole, encode) => {
  const all = [...valuesIn(whole)];

  it("there are many", () => expect(all.length).toBeGreaterThan(140));

  it("each value is refused where it does not fit, by the field's name", () => {
    for (const { path, value } of all) {
      const name = nameOf(path);
      const field = ["kind", "value"].includes(name) ? "metadata" : name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
      for (const misfit of misfits(name, value)) {
        const { code, details } = errorOf(() => encode(changed(whole, path, misfit) as never));
        expect([code, details["field"]], `${path.join(".")} = ${String(misfit)}`).toEqual(["ERR_SST_FIELD_INVALID", expect.stringMatching(new RegExp(`^[A-Z]\\w+\\.${field}$`))]);
      }
    }
  });

  it("each value that may be absent is so again when it is read", () => {
    for (const { path } of all.filter(({ path: one }) => typeof one.at(-1) === "string" && OPTIONAL.has(nameOf(one)))) {
      const { manifest } = decodeManifest(encode(changed(whole, path, undefined) as never));
      expect(path.reduce((so: unknown, part) => (so as Record<string | number, unknown>)[part], manifest), path.join(".")).toBeUndefined();
    }
  });

  it("each number comes back from both ends of its range", () => {
    const numbers = new Set(all.filter(({ path, value }) => (typeof value === "number" && !ENUMS.has(nameOf(path))) || typeof value === "bigint").map(({ path, value }) => `${typeof value} ${nameOf(path)}`));
    expect(numbers.size).toBeGreaterThan(20);
    for (const one of numbers) {
      const [type = "", name = ""] = one.split(" ");
      for (const end of type === "bigint" ? [...bigintEnds(name), 0n, 1n] : [0, 1, NUMBER_MAX[name]!]) {
        // In all tables at once, so that views still are of SSTs that are listed.
        const manifest = all.filter(({ path, value }) => typeof value === type && nameOf(path) === name).reduce((so, { path }) => changed(so, path, end), whole);
        const found = [...valuesIn(decodeManifest(encode(manifest as never)).manifest)].filter(({ path, value }) => typeof value === type && nameOf(path) === name);
        expect(found.length, one).toBeGreaterThan(0);
        expect(new Set(found.map(({ value }) => value)), one).toEqual(new Set([end]));
      }
    }
  });

  it("a number of eight bytes that is 0 takes no room: smaller ones may lie where padding would", () => {
    // The halves of ids stand in tables of one shape, of which each takes room of its own.
    const longs = all.filter(({ path, value }) => typeof value === "bigint" && !["high", "low"].includes(nameOf(path)));
    const kindOf = (path: Path): string => path.filter((part) => typeof part === "string").join(".");
    const kinds = new Set(longs.map(({ path }) => kindOf(path)));
    expect([...kinds]).toEqual(expect.arrayContaining(["writerEpoch", "checkpoints.manifestId", "checkpoints.metadata.value.epoch"]));
    for (const kind of kinds) {
      const bytesWith = (number: bigint): number => encode(longs.filter(({ path }) => kindOf(path) === kind).reduce((so, { path }) => changed(so, path, number), whole) as never).length;
      expect(bytesWith(0n), kind).toBeLessThan(bytesWith(1n));
    }
  });
});
