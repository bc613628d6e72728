// What a checkpoint is made of: where an SST goes on, what its journal can be told, and where replayed rows differ.
import { CheckpointCursorSchema, fromBinary, toBinary } from "@slate-sst/format/proto";
import { MEMORY_CAPABILITIES, MemoryObjectStore, type StoreCapabilities } from "@slate-sst/object-store";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Cursor, cursorMessage, cursorOf, resumePoint } from "../src/checkpoint/boundary.js";
import { checkpointOption } from "../src/checkpoint/checkpoint-config.js";
import { Divergence } from "../src/checkpoint/divergence.js";
import { assertSameFingerprint, fingerprintOf } from "../src/checkpoint/fingerprint.js";
import { resolveConfig } from "../src/config.js";
import { PATH, thrownBy } from "./sample-rows.js";

describe("a cursor", () => {
  const timestamps = fc.option(fc.tuple(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })), { nil: undefined })
    .map((ends) => (ends === undefined ? { count: 0, min: undefined, max: undefined } : { count: 3, min: ends[0], max: ends[1] }));
  const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
  const cursor: fc.Arbitrary<Cursor> = fc.record({
    rows: fc.integer({ min: 1, max: 2 ** 40 }), offered: fc.integer({ min: 1, max: 2 ** 40 }), firstKey: fc.uint8Array(), lastKey: fc.uint8Array(), lastSeq: u64, seqs: fc.tuple(u64, u64).map(([min, max]) => ({ count: 0, min, max })),
    createTs: timestamps, expireTs: timestamps, crc32: fc.nat(2 ** 32 - 1), pending: fc.uint8Array(),
  }).map((one) => ({ ...one, seqs: { ...one.seqs, count: one.rows } }));

  it("comes back from its message with everything", () => {
    fc.assert(fc.property(cursor, (one) => {
      const back = cursorOf(fromBinary(CheckpointCursorSchema, toBinary(CheckpointCursorSchema, cursorMessage(one))));
      expect(back).toEqual(one);
    }), { seed: 181, numRuns: 100 });
  });

  it("says which row is the last that needs not be written again", () => {
    const [one] = fc.sample(cursor, { seed: 182, numRuns: 1 });
    expect(resumePoint({ ...one!, rows: 7, offered: 10 })).toEqual({ key: one!.lastKey, seq: one!.lastSeq, rows: 7, ordinal: 9 });
  });
});

describe("the option checkpoint", () => {
  const storeWith = (changes: Partial<StoreCapabilities>): MemoryObjectStore => new MemoryObjectStore({ capabilities: { ...MEMORY_CAPABILITIES, ...changes } });
  const store = new MemoryObjectStore();
  const resolve = (value: unknown, target = store, workers = 0, companions = {}): unknown => checkpointOption(value, target, workers, companions);
  const base = { store, prefix: "journals" };

  it("may be left out, and has a record for each part where parts travel, for each eighth where they do not", () => {
    expect(resolve(undefined)).toBeUndefined();
    expect(resolve(base)).toEqual({ ...base, everyParts: 8 });
    expect(resolve(base, storeWith({ remote: true }))).toEqual({ ...base, everyParts: 1 });
    expect(resolve(base, storeWith({ remote: undefined }))).toEqual({ ...base, everyParts: 1 });
    for (const everyParts of [1, 1000]) expect(resolve({ ...base, everyParts, token: "t" })).toEqual({ ...base, everyParts, token: "t" });
  });

  it.each([
    ["checkpoint", null], ["checkpoint", 5], ["checkpoint.store", { prefix: "x" }], ["checkpoint.store", { ...base, store: null }], ["checkpoint.store", { ...base, store: { put: () => undefined } }],
    ["checkpoint.store", { ...base, store: { capabilities: {} } }], ["checkpoint.store", { ...base, store: storeWith({ putCreate: false }) }], ["checkpoint.prefix", { store }], ["checkpoint.prefix", { ...base, prefix: "a//b" }],
    ["checkpoint.token", { ...base, token: 5 }], ["checkpoint.token", { ...base, token: null }], ["checkpoint.everyParts", { ...base, everyParts: 0 }], ["checkpoint.everyParts", { ...base, everyParts: 1001 }],
  ])("is refused by the name of what is wrong: %s", (option, value) => {
    expect(thrownBy(() => resolve(value))).toMatchObject({ code: "ERR_SST_OPTION_INVALID", details: { option } });
  });

  it.each([["digest", 0, { digest: "sha256" }], ["transform", 0, { transform: { encode: () => undefined } }], ["workers", 1, {}]])("cannot be had together with %s", (option, workers, companions) => {
    expect(thrownBy(() => resolve(base, store, workers, companions))).toMatchObject({ code: "ERR_SST_OPTION_INVALID", details: { option, with: "checkpoint" } });
  });
});

describe("a fingerprint", () => {
  it("names every field in which another one differs, with both values", async () => {
    const store = new MemoryObjectStore();
    const begun = fingerprintOf(store.url, PATH, await resolveConfig({ seq: 5n }, store));
    const given = fingerprintOf(store.url, `${PATH}x`, await resolveConfig({ partSize: 4096, mode: "overwrite" }, store));
    assertSameFingerprint(begun, { ...begun }, "x");
    expect(thrownBy(() => assertSameFingerprint(begun, given, "x"))).toMatchObject({
      code: "ERR_SST_CHECKPOINT_MISMATCH",
      details: { fields: ["path", "mode", "partSize", "seq"], begun: { path: PATH, mode: "create", partSize: 5_242_880n, seq: 5n }, given: { path: `${PATH}x`, mode: "overwrite", partSize: 4096n, seq: 0n } },
    });
  });
});

describe("rows that are replayed", () => {
  const expected = { crc32: [11, 22, 33], rows: [5, 6, 7] };
  const begin = (): Divergence => {
    const divergence = new Divergence(PATH, 1000);
    divergence.expect(expected);
    return divergence;
  };

  it("are held against the blocks that were written before, and nothing behind them", () => {
    const divergence = begin();
    for (const crc of expected.crc32) divergence.check(400, crc);
    for (const crc of [44, 0]) divergence.check(400, crc);
    new Divergence(PATH, 1000).check(400, 5);
    expect(divergence.ofPart(2).details).toMatchObject({ firstRow: 18 });
  });

  it.each([[0, 1, 0, 4], [1, 1, 5, 10], [2, 2, 11, 17]])("differ first in block %i: its part and its rows are told", (block, part, firstRow, lastRow) => {
    const divergence = begin();
    // The second one begins with the last byte of the first part.
    for (const [at, crc] of expected.crc32.slice(0, block).entries()) divergence.check(at === 0 ? 999 : 1, crc);
    expect(thrownBy(() => divergence.check(500, 99))).toMatchObject({
      code: "ERR_SST_REPLAY_DIVERGED", details: { path: PATH, part, block, firstRow, lastRow }, message: expect.stringContaining(`first in block ${block}, among rows ${firstRow} to ${lastRow} (part ${part}`) as string,
    });
  });

  it("may end early: then the part is told, and the rows up to there", () => {
    const divergence = begin();
    divergence.check(400, 11);
    const error = divergence.ofPart(3);
    expect(error.details).toEqual({ path: PATH, part: 3, block: undefined, firstRow: 5, lastRow: undefined });
    expect(error.message).toContain("first from row 5 on (part 3");
  });
});
