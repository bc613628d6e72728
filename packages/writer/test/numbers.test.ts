// Sequence numbers and timestamps: bigint or safe integer, the whole 64 bits, what is refused, and their ranges in the metadata.
import { SEQ_MAX, TIMESTAMP_MAX, TIMESTAMP_MIN } from "@slate-sst/format";
import { MemoryObjectStore } from "@slate-sst/object-store";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Row, type RowTimes, SstWriter, type Timestamp } from "../src/index.js";
import { asUnsigned, compareUnsigned, Halves, halvesOf, joinRanges, joinSigned, joinUnsigned, Range64 } from "../src/int64.js";
import { PATH, thrownBy, writeSst } from "./sample-rows.js";
import { readSst } from "./sst-file.js";

const u64 = fc.oneof(fc.bigInt(0n, SEQ_MAX), fc.bigInt(0n, 3n), fc.constantFrom(0xffff_ffffn, 0x1_0000_0000n, 0x7fff_ffff_ffff_ffffn, 0x8000_0000_0000_0000n, SEQ_MAX));
const i64 = fc.oneof(fc.bigInt(TIMESTAMP_MIN, TIMESTAMP_MAX), fc.bigInt(-3n, 3n), fc.constantFrom(TIMESTAMP_MIN, TIMESTAMP_MAX, -0x1_0000_0000n, -0x1_0000_0001n, -0x8000_0000n, 0x8000_0000n));

let writer: SstWriter;
beforeEach(async () => {
  writer = await SstWriter.create(new MemoryObjectStore(), PATH, { partSize: 1024 });
});
afterEach(async () => writer.abort());

describe("halves of 64 bits", () => {
  it("keep every number", () => {
    const halves = new Halves();
    fc.assert(fc.property(u64, i64, fc.maxSafeInteger(), (seq, timestamp, integer) => {
      halves.setSeq(seq, 0);
      expect(joinUnsigned(halves.hi, halves.lo)).toBe(seq);
      halves.setTimestamp(timestamp, "createTs", 0);
      expect(joinSigned(halves.hi, halves.lo)).toBe(timestamp);
      halves.setTimestamp(integer, "createTs", 0);
      expect(joinSigned(halves.hi, halves.lo)).toBe(BigInt(integer));
    }), { seed: 61, numRuns: 1000 });
  });

  it("compare as unsigned numbers, and find the least and the greatest", () => {
    const split = (value: bigint): [number, number] => [Number(BigInt.asIntN(32, value >> 32n)), Number(BigInt.asIntN(32, value))];
    fc.assert(fc.property(u64, u64, fc.array(u64, { minLength: 1, maxLength: 8 }), fc.array(i64, { minLength: 1, maxLength: 8 }), (left, right, seqs, timestamps) => {
      expect(Math.sign(compareUnsigned(...split(left), ...split(right)))).toBe(left < right ? -1 : left > right ? 1 : 0);
      for (const [signed, values] of [[false, seqs], [true, timestamps]] as const) {
        const range = new Range64(signed);
        expect([range.min, range.max]).toEqual([undefined, undefined]);
        for (const value of values) range.add(...split(value));
        const sorted = values.toSorted((one, other) => (one < other ? -1 : one > other ? 1 : 0));
        expect([range.count, range.min, range.max]).toEqual([values.length, sorted[0], sorted.at(-1)]);
      }
    }), { seed: 62, numRuns: 500 });
  });
});

describe("ranges of 64-bit numbers", () => {
  const rangeOf = (signed: boolean, values: readonly bigint[], before?: Range64): Range64 => {
    const range = new Range64(signed);
    if (before !== undefined) range.restore(before);
    for (const value of values) {
      const { hi, lo } = halvesOf(value);
      range.add(hi, lo);
    }
    return range;
  };
  const facts = ({ count, min, max }: { readonly count: number; readonly min: bigint | undefined; readonly max: bigint | undefined }): unknown => ({ count, min, max });

  it("go on from another one as if all its numbers had been added, and two of them are joined likewise", () => {
    for (const [signed, number] of [[false, u64], [true, i64]] as const) {
      fc.assert(fc.property(fc.array(number, { maxLength: 4 }), fc.array(number, { maxLength: 4 }), (first, second) => {
        const whole = facts(rangeOf(signed, [...first, ...second]));
        expect(facts(rangeOf(signed, second, rangeOf(signed, first)))).toEqual(whole);
        expect(facts(joinRanges(rangeOf(signed, first), rangeOf(signed, second)))).toEqual(whole);
      }), { seed: 63, numRuns: 300 });
    }
    for (const value of [0n, 5n, 7n]) expect(facts(rangeOf(false, [value], rangeOf(false, [5n, 7n])))).toEqual({ count: 3, min: value < 5n ? value : 5n, max: 7n });
  });

  it("know numbers by both halves, however often one comes", () => {
    expect(facts(rangeOf(false, [1n, 1n, 2n ** 32n + 1n, 2n ** 32n + 1n, 2n ** 32n]))).toEqual({ count: 5, min: 1n, max: 2n ** 32n + 1n });
    expect([asUnsigned(-1n), asUnsigned(5n), asUnsigned(-(2n ** 63n))]).toEqual([SEQ_MAX, 5n, 2n ** 63n]);
  });
});

describe("timestamps of rows", () => {
  it("come back from the file, at both ends of their range and as number or bigint", async () => {
    const stamps: readonly Timestamp[] = [0, -0, 1, -1, 2 ** 31, -(2 ** 31) - 1, 2 ** 32, -(2 ** 32), Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 0n, TIMESTAMP_MAX, TIMESTAMP_MIN, 1_700_000_000_000];
    const rows = stamps.map((stamp, at): Row => ({ key: `k${String(at).padStart(2, "0")}`, value: "", expireTs: stamp, createTs: stamps.at(-1 - at)! }));
    for (const formatVersion of [1, 2] as const) {
      const { bytes, metadata } = await writeSst(rows, { formatVersion });
      const file = await readSst(bytes);
      expect(file.rows.map(({ expireTs }) => expireTs)).toEqual(stamps.map((stamp) => BigInt(stamp)));
      expect(file.rows.map(({ createTs }) => createTs)).toEqual(stamps.toReversed().map((stamp) => BigInt(stamp)));
      expect(metadata).toMatchObject({ minExpireTs: TIMESTAMP_MIN, maxExpireTs: TIMESTAMP_MAX, minCreateTs: TIMESTAMP_MIN, maxCreateTs: TIMESTAMP_MAX, createTsCount: 14n, expireTsCount: 14n });
    }
  });

  it("are independent of each other, for every kind of row", async () => {
    const times: readonly RowTimes[] = [{}, { createTs: 5 }, { expireTs: -5n }, { createTs: 6n, expireTs: 7 }, { createTs: undefined, expireTs: undefined }];
    for (const formatVersion of [1, 2] as const) {
      const store = new MemoryObjectStore();
      const one = await SstWriter.create(store, PATH, { formatVersion });
      times.forEach((time, at) => {
        void one.put(`${at} put`, "v", time);
        void one.delete(`${at} tombstone`, time);
        void one.merge(`${at} x`, "m", time);
      });
      expect(await one.close()).toMatchObject({ createTsCount: 6n, expireTsCount: 6n, minCreateTs: 5n, maxCreateTs: 6n, minExpireTs: -5n, maxExpireTs: 7n });
      const found = (await readSst(await store.get(PATH))).rows.map(({ kind, createTs, expireTs }) => ({ kind, createTs, expireTs }));
      const wide = (time: Timestamp | undefined): bigint | undefined => (time === undefined ? undefined : BigInt(time));
      expect(found).toEqual(times.flatMap(({ createTs, expireTs }) => ["put", "delete", "merge"].map((kind) => ({ kind, createTs: wide(createTs), expireTs: wide(expireTs) }))));
    }
  });

  it.each([
    [0.5, "ERR_SST_TIMESTAMP_RANGE"], [Number.NaN, "ERR_SST_TIMESTAMP_RANGE"], [Number.POSITIVE_INFINITY, "ERR_SST_TIMESTAMP_RANGE"], [2 ** 53, "ERR_SST_TIMESTAMP_RANGE"],
    [-(2 ** 53), "ERR_SST_TIMESTAMP_RANGE"], [TIMESTAMP_MAX + 1n, "ERR_SST_TIMESTAMP_RANGE"], [TIMESTAMP_MIN - 1n, "ERR_SST_TIMESTAMP_RANGE"],
    ["1", "ERR_SST_ROW_TYPE"], [null, "ERR_SST_ROW_TYPE"], [new Date(0), "ERR_SST_ROW_TYPE"], [true, "ERR_SST_ROW_TYPE"], [{}, "ERR_SST_ROW_TYPE"],
  ] as const)("%o is refused", (given, code) => {
    for (const field of ["createTs", "expireTs"] as const) {
      const times = { [field]: given } as RowTimes;
      for (const call of [() => writer.put("k", "v", times), () => writer.delete("k", times), () => writer.merge("k", "v", times), () => writer.add({ key: "k", value: "v", ...times })]) {
        expect(thrownBy(call)).toMatchObject({ code, details: { field, ordinal: expect.any(Number) as number } });
      }
    }
    expect(writer.rowCount).toBe(0);
  });

  it("are named by their type when it is another one", () => {
    for (const [given, name] of [[null, "null"], [new Date(0), "object"], ["1", "string"]] as const) expect(String(thrownBy(() => writer.put("k", "v", { createTs: given as unknown as bigint })))).toContain(`createTs is a bigint or a safe integer, not ${name}`);
  });

  it.each([null, 5, 5n, "2030-01-01", true])("%o in the place of the timestamps is refused", (times) => {
    for (const call of [() => writer.put("k", "v", times as RowTimes), () => writer.delete("k", times as RowTimes), () => writer.merge("k", "v", times as RowTimes)]) {
      expect(thrownBy(call)).toMatchObject({ code: "ERR_SST_ROW_TYPE", details: { field: "times" } });
    }
  });
});

describe("sequence numbers of rows", () => {
  it("come back from the file, and the metadata knows the range", async () => {
    const seqs = [SEQ_MAX, 2n ** 63n, 2n ** 63n - 1n, 2n ** 32n, 2n ** 32n - 1n, 2n ** 31n, 1n];
    for (const formatVersion of [1, 2] as const) {
      const { bytes, metadata } = await writeSst(seqs.map((seq) => ({ key: "one key", value: `${seq}`, seq })), { formatVersion, blockSize: 1024 });
      expect((await readSst(bytes)).rows.map(({ seq }) => seq)).toEqual(seqs);
      expect(metadata).toMatchObject({ minSeq: 1n, maxSeq: SEQ_MAX, rowCount: 7n });
    }
  });

  it.each([[-1n, "ERR_SST_SEQ_RANGE"], [SEQ_MAX + 1n, "ERR_SST_SEQ_RANGE"], [1, "ERR_SST_ROW_TYPE"], ["1", "ERR_SST_ROW_TYPE"], [null, "ERR_SST_ROW_TYPE"], [{}, "ERR_SST_ROW_TYPE"]])("%o is refused", (seq, code) => {
    const error = thrownBy(() => writer.add({ key: "k", value: "v", seq: seq as bigint }));
    expect(error).toMatchObject({ code });
    expect(String(error)).toContain("row 0: ");
    expect(writer.rowCount).toBe(0);
  });
});

it("numbers that have one half in common with those of the row before are kept whole", async () => {
  const wholes = [2n ** 40n + 7n, 7n, 2n ** 40n + 7n, 2n ** 40n, 7n];
  const rows = wholes.map((whole, at): Row => ({ key: `key ${at}`, value: "v", seq: whole, createTs: whole, expireTs: wholes[(at + 1) % wholes.length]! }));
  const read = await readSst((await writeSst(rows)).bytes);
  expect(read.rows.map(({ seq, createTs, expireTs }) => ({ seq, createTs, expireTs }))).toEqual(rows.map(({ seq, createTs, expireTs }) => ({ seq, createTs, expireTs })));
});
