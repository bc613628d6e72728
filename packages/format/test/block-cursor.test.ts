// The block cursor: every row of a sound block, and of any other block an error of its own that says where.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BlockCursor } from "../src/block-cursor.js";
import { createBlockEncoder } from "../src/block-encoder.js";
import { FORMAT_VERSIONS, type FormatVersion } from "../src/generated/block-layouts.js";
import { isSstError, SstError } from "../src/errors.js";
import { FLAG_CREATE_TS, FLAG_EXPIRE_TS, FLAG_MERGE, FLAG_TOMBSTONE } from "../src/generated/codecs.js";
import { referenceRows } from "../src/reference.js";
import { encodedBlocks, lines, modelBlocks, type ModelRow, sortedRows, text } from "./block-model.js";

const versions = [1, 2] as const;
const signed = (hi: number, lo: number): bigint => BigInt.asIntN(64, (BigInt(hi) << 32n) | BigInt(lo >>> 0));

/** One for all tests: what went wrong before must not matter. */
const cursors = Object.fromEntries(FORMAT_VERSIONS.map((version) => [version, new BlockCursor(version)])) as Record<FormatVersion, BlockCursor>;

/** Every row of a payload that lies anywhere in an array. */
function readRows(version: FormatVersion, bytes: Uint8Array, start = 0, end = bytes.length): ModelRow[] {
  const cursor = cursors[version];
  cursor.open(bytes, start, end);
  const rows: ModelRow[] = [];
  while (cursor.next()) {
    const { row, key, keyLength } = cursor;
    if (cursor.ordinal !== rows.length) throw new Error(`row ${rows.length} has ordinal ${cursor.ordinal}`);
    rows.push({
      kind: (row.flags & FLAG_TOMBSTONE) !== 0 ? "delete" : (row.flags & FLAG_MERGE) !== 0 ? "merge" : "put",
      key: key.slice(0, keyLength),
      value: bytes.slice(row.valueAt, row.valueAt + row.valueLength),
      seq: BigInt.asUintN(64, signed(row.seqNumHi, row.seqNumLo)),
      createTs: (row.flags & FLAG_CREATE_TS) === 0 ? undefined : signed(row.createTsHi, row.createTsLo),
      expireTs: (row.flags & FLAG_EXPIRE_TS) === 0 ? undefined : signed(row.expireTsHi, row.expireTsLo),
    });
  }
  return rows;
}

function failureOf(version: FormatVersion, payload: Uint8Array): SstError {
  try {
    readRows(version, payload);
  } catch (error) {
    if (error instanceof SstError) return error;
    throw error;
  }
  throw new Error("the block passed");
}

describe.each(versions)("V%i", (version) => {
  it("gives the rows that were put in, as the reference reader does", () => {
    fc.assert(fc.property(sortedRows, fc.constantFrom(256, 1024, 65_536), (rows, blockSize) => {
      const payloads = encodedBlocks(createBlockEncoder(version, blockSize), rows);
      expect(payloads.flatMap((payload) => lines(readRows(version, payload)))).toEqual(lines(rows));
      const references = payloads.flatMap((payload) => referenceRows(version, payload)).map((row) => ({ ...row, value: row.value ?? new Uint8Array(0) }));
      expect(lines(references)).toEqual(lines(rows));
    }), { seed: 21, numRuns: 100 });
  });

  it("reads a payload in the midst of other bytes, one after the other", () => {
    fc.assert(fc.property(sortedRows, fc.uint8Array({ minLength: 1, maxLength: 9 }), (rows, around) => {
      for (const { payload, rows: expected } of modelBlocks(version, 1024, rows)) {
        const bytes = Uint8Array.of(...around, ...payload, ...around);
        expect(lines(readRows(version, bytes, around.length, around.length + payload.length))).toEqual(lines(expected));
        expect(cursors[version].next()).toBe(false);
      }
    }), { seed: 22, numRuns: 50 });
  });

  it("meets any change of a block with rows or an error of its own, never with a crash or a hang", () => {
    const change = fc.oneof(
      fc.record({ what: fc.constant("set" as const), at: fc.nat(), to: fc.oneof(fc.nat(255), fc.constantFrom(0, 0x7f, 0x80, 0xff)) }),
      fc.record({ what: fc.constant("flip" as const), at: fc.nat(), to: fc.nat(7) }),
      fc.record({ what: fc.constant("remove" as const), at: fc.nat(), to: fc.nat(20) }),
      fc.record({ what: fc.constant("insert" as const), at: fc.nat(), to: fc.nat(20) }),
      fc.record({ what: fc.constant("cut" as const), at: fc.nat(), to: fc.constant(0) }),
    );
    let failed = 0;
    const payloads = fc.sample(sortedRows, { seed: 25, numRuns: 50 }).map((rows) => modelBlocks(version, 1024, rows.filter(({ value }) => value.length < 400))[0]?.payload ?? Uint8Array.of(0, 0));
    fc.assert(fc.property(fc.constantFrom(...payloads), fc.array(change, { minLength: 1, maxLength: 4 }), (payload, changes) => {
      let bytes: number[] = [...payload];
      for (const { what, at, to } of changes) {
        const place = bytes.length === 0 ? 0 : at % bytes.length;
        if (what === "set") bytes[place] = to;
        else if (what === "flip") bytes[place] = (bytes[place] ?? 0) ^ (1 << to);
        else if (what === "remove") bytes.splice(place, to);
        else if (what === "insert") bytes.splice(place, 0, ...Array.from({ length: to }, () => at % 256));
        else bytes = bytes.slice(0, place);
      }
      try {
        if (!readRows(version, Uint8Array.from(bytes)).every(({ key }) => key.length >= 1)) throw new Error("an empty key");
      } catch (error) {
        if (!isSstError(error)) throw error;
        failed++;
        const { path, offset } = error.details;
        if (error.code !== "ERR_SST_CORRUPT" && error.code !== "ERR_SST_TRUNCATED") throw error;
        if (typeof path !== "string" || typeof offset !== "number" || offset > bytes.length) throw error;
      }
    }), { seed: 23, numRuns: 5000 });
    expect(failed).toBeGreaterThan(1500);
  });

  it("meets random bytes in the same way", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        readRows(version, bytes);
      } catch (error) {
        if (!isSstError(error)) throw error;
      }
    }), { seed: 24, numRuns: 3000 });
  });

  it("reads keys of 65,535 bytes, and refuses longer ones", () => {
    const row = (end: number[], length: number): ModelRow => ({ kind: "delete", key: Uint8Array.of(...new Uint8Array(length - end.length).fill(1), ...end), value: text(""), seq: 0n, createTs: undefined, expireTs: undefined });
    // The longest first row behind which another can begin, for a position has 16 bits.
    const first = row([], 65_522);
    for (const [length, refused] of [[65_535, false], [65_536, true], [65_600, true]] as const) {
      const { payload } = modelBlocks(version, 1 << 20, [first, row([2], length)])[0]!;
      if (refused) expect(failureOf(version, payload)).toMatchObject({ code: "ERR_SST_CORRUPT", details: { path: "row[1].key" } });
      else expect(readRows(version, payload).map(({ key }) => key.length)).toEqual([65_522, 65_535]);
    }
  });

  it("refuses payloads that have no room for a row or a trailer", () => {
    expect(failureOf(version, new Uint8Array(0)).code).toBe("ERR_SST_TRUNCATED");
    expect(failureOf(version, new Uint8Array(1)).code).toBe("ERR_SST_TRUNCATED");
    expect(failureOf(version, Uint8Array.of(0, 0)).message).toContain("at least one row");
    expect(failureOf(version, Uint8Array.of(0, 0, 0, 1)).message).toContain("at least one row");
    expect(failureOf(version, Uint8Array.of(0, 0, 0xff, 0xff)).code).toBe("ERR_SST_TRUNCATED");
  });

  it("gives nothing more after an error, whatever it is asked", () => {
    const cursor = new BlockCursor(version);
    expect(cursor.next()).toBe(false);
    const rows = Array.from({ length: 3 }, (_, at): ModelRow => ({ kind: "put", key: text(`k${at}`), value: text("v"), seq: 0n, createTs: undefined, expireTs: undefined }));
    const { payload } = modelBlocks(version, 4096, rows)[0]!;
    cursor.open(payload);
    expect(cursor.next()).toBe(true);
    expect(() => cursor.open(Uint8Array.of(1))).toThrow(SstError);
    expect(cursor.next()).toBe(false);
    cursor.open(payload.map((byte, at) => (at === 0 ? byte ^ 0x80 : byte)));
    expect(() => cursor.next()).toThrow(SstError);
    expect(cursor.next()).toBe(false);
  });

  it.each([[5, 4], [-1, 4], [0, 11], [Number.NaN, 4]])("refuses the range %d to %d of ten bytes", (start, end) => {
    expect(() => new BlockCursor(version).open(new Uint8Array(10), start, end)).toThrow(expect.objectContaining({ code: "ERR_SST_OPTION_INVALID" }) as Error);
  });
});

describe("what breaks a rule is named with its place", () => {
  const sound = (count: number): ModelRow[] => Array.from({ length: count }, (_, at): ModelRow => ({ kind: "put", key: text(`k${String(at).padStart(2, "0")}`), value: text("v"), seq: 0n, createTs: undefined, expireTs: undefined }));
  const broken = (version: FormatVersion, count: number, change: (bytes: number[]) => void): SstError => {
    const bytes = [...modelBlocks(version, 4096, sound(count))[0]!.payload];
    change(bytes);
    return failureOf(version, Uint8Array.from(bytes));
  };

  it.each<readonly [string, FormatVersion, number, (bytes: number[]) => void, string, string]>([
    ["an unknown flag", 2, 1, (bytes) => { bytes[15] = 0x10; }, "row[0].flags", "unknown flag"],
    ["tombstone and merge at once", 2, 1, (bytes) => { bytes[15] = 0x09; }, "row[0].flags", "exclude each other"],
    ["a tombstone with a value", 2, 1, (bytes) => { bytes[15] = 0x01; }, "row[0].value_len", "no value"],
    ["a first row that shares", 2, 1, (bytes) => { bytes[0] = 1; }, "row[0].shared", "shares nothing"],
    ["a key of no bytes", 2, 1, (bytes) => { bytes.splice(0, 6, 0, 0, 1); }, "row[0].key", "0 bytes"],
    ["a varint that is not minimal", 2, 1, (bytes) => { bytes.splice(0, 1, 0x80, 0); }, "row[0].shared", "minimal"],
    ["a varint beyond 32 bits", 2, 1, (bytes) => { bytes.splice(0, 1, 0xff, 0xff, 0xff, 0xff, 0x1f); }, "row[0].shared", "32 bits"],
    ["a value length beyond the block", 2, 1, (bytes) => { bytes.splice(2, 1, 0xff, 0xff, 0xff, 0xff, 0x0f); }, "row[0].value", "end before"],
    ["more shared than there is", 2, 2, (bytes) => { bytes[16] = 4; }, "row[1].shared", "a key of 3"],
    ["a restart point elsewhere", 2, 17, (bytes) => { bytes[bytes.length - 3]!++; }, "row[16].restart", "restart point 1 says"],
    ["a restart point that is missing", 2, 17, (bytes) => { bytes.splice(-4, 4, 0, 1); }, "row[16].restart", "every 16th row"],
    ["a restart point too many", 2, 1, (bytes) => { bytes.splice(-2, 2, 0, 1, 0, 2); }, "num_restarts", "the trailer says 2"],
    ["a first restart point that is not 0", 2, 1, (bytes) => { bytes[bytes.length - 3] = 1; }, "row[0].restart", "restart point 0 says 1"],
    ["V1: a first row that shares", 1, 1, (bytes) => { bytes[1] = 1; }, "row[0].shared", "shares nothing"],
    ["V1: more shared than the first key has", 1, 2, (bytes) => { bytes[22] = 4; }, "row[1].shared", "a key of 3"],
    ["V1: more shared than the first key has, though the key before has it", 1, 3, (bytes) => { bytes.splice(23, 3, 0, 4, 0x78, 0x78, 0x78, 0x78); bytes[44] = 4; bytes[bytes.length - 3]! += 3; }, "row[2].shared", "a key of 3"],
    ["V1: a position that is wrong", 1, 2, (bytes) => { bytes[bytes.length - 3]!++; }, "row[1].offset", "the trailer says"],
    ["V1: a position that is missing", 1, 2, (bytes) => { bytes.splice(-4, 4, 0, 1); }, "row[1].offset", "every row"],
    ["V1: a position too many", 1, 1, (bytes) => { bytes.splice(-2, 2, 0, 0, 0, 2); }, "num_rows", "the trailer says 2"],
    ["V1: a value longer than the block", 1, 1, (bytes) => { bytes[16] = 0xff; }, "row[0].value", "end before"],
  ])("%s", (_, version, count, change, path, rule) => {
    const error = broken(version, count, change);
    expect(error.details).toMatchObject({ path });
    expect(error.message).toContain(path);
    expect(error.message).toContain(rule);
  });

  it("counts offsets from the start of the array", () => {
    const { payload } = modelBlocks(2, 4096, sound(1))[0]!;
    const bytes = Uint8Array.of(9, 9, 9, ...payload);
    bytes[3 + 15] = 0x10;
    const cursor = new BlockCursor(2);
    cursor.open(bytes, 3);
    expect(() => cursor.next()).toThrow(expect.objectContaining({ details: expect.objectContaining({ offset: 18 }) as object }) as Error);
  });

  it.each([0, 99, Number.NaN])("format version %d is refused", (version) => {
    expect(() => new BlockCursor(version as FormatVersion)).toThrow(expect.objectContaining({ code: "ERR_SST_OPTION_INVALID" }) as Error);
  });
});
