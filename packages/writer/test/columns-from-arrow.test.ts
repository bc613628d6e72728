// Record batches of the real Apache Arrow as columns: every type, slices, nulls, and what is refused by name.
import * as arrow from "apache-arrow";
import { MemoryObjectStore } from "@slate-sst/object-store";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ArrowColumnNames, type ArrowRecordBatch, columnsFromArrow, type RowColumns, SstWriter } from "../src/index.js";
import { bytesOf, expectSameBytes, PATH, type SampleRow, sampleRows, thrownBy, writeSamples } from "./sample-rows.js";

type Column = arrow.Data;
const column = (values: readonly unknown[], type: arrow.DataType): Column => arrow.vectorFromArray(values, type).data[0]!;
const batchOf = (columns: Record<string, Column>): arrow.RecordBatch => new arrow.RecordBatch(columns);
const names: ArrowColumnNames = { key: "k", value: "v" };
const texts = (...values: (string | null)[]): Column => column(values, new arrow.Utf8());

/** Timestamps by their buffers: vectorFromArray() takes milliseconds whatever the unit. */
const stamps = (type: arrow.DataType, values: readonly bigint[], nulls: readonly number[] = []): Column => {
  const nullBitmap = new Uint8Array(Math.ceil(values.length / 8)).fill(0xff);
  for (const row of nulls) nullBitmap[row >>> 3]! &= ~(1 << (row & 7));
  return arrow.makeData({ type, length: values.length, data: BigInt64Array.from(values), ...(nulls.length === 0 ? {} : { nullBitmap }) } as never);
};

async function written(columns: RowColumns): Promise<Uint8Array> {
  const store = new MemoryObjectStore();
  const writer = await SstWriter.create(store, PATH);
  await writer.writeColumns(columns);
  await writer.close();
  return store.get(PATH);
}

const row = (key: string, value: string, more: Partial<SampleRow> = {}): SampleRow => ({ kind: "put", key: bytesOf(key), value: bytesOf(value), seq: 0n, createTs: undefined, expireTs: undefined, ...more });
const expectRows = async (columns: RowColumns, rows: readonly SampleRow[]): Promise<void> => expectSameBytes(await written(columns), (await writeSamples(rows)).bytes);

/** A batch of sample rows with every column. */
function sampleBatch(rows: readonly SampleRow[], bytes: () => arrow.DataType): arrow.RecordBatch {
  const timestamps = (field: "createTs" | "expireTs"): Column => stamps(new arrow.TimestampMillisecond(), rows.map((one) => one[field] ?? 77n), rows.flatMap((one, at) => (one[field] === undefined ? [at] : [])));
  const isText = [arrow.Type.Utf8, arrow.Type.LargeUtf8].includes(bytes().typeId);
  const cell = (value: Uint8Array): unknown => (isText ? new TextDecoder().decode(value) : value);
  return batchOf({
    k: column(rows.map(({ key }) => cell(key)), bytes()),
    v: column(rows.map(({ kind, value }) => (kind === "delete" ? null : cell(value))), bytes()),
    kind: column(rows.map(({ kind }) => ["put", "delete", "merge"].indexOf(kind)), new arrow.Uint8()),
    seq: column(rows.map(({ seq }) => seq), new arrow.Uint64()),
    created: timestamps("createTs"),
    expires: timestamps("expireTs"),
  });
}
const allNames: ArrowColumnNames = { key: "k", value: "v", kind: "kind", seq: "seq", createTs: "created", expireTs: "expires" };

describe("a record batch", () => {
  it("is not copied where the layouts agree", () => {
    const batch = batchOf({ k: texts("a", "b"), v: texts("1", "2"), n: column([5n, 6n], new arrow.Uint64()), t: stamps(new arrow.TimestampMillisecond(), [1n, 2n]), o: column([0, 2], new arrow.Uint8()) });
    const columns = columnsFromArrow(batch, { ...names, seq: "n", createTs: "t", kind: "o" });
    const buffer = (name: string): ArrayBufferLike => (batch.getChild(name)!.data[0]!.values as Uint8Array).buffer;
    expect(columns.keys.buffer).toBe(buffer("k"));
    expect(columns.values.buffer).toBe(buffer("v"));
    expect(columns.seqs!.buffer).toBe(buffer("n"));
    expect(columns.createTs!.buffer).toBe(buffer("t"));
    expect(columns.kinds!.buffer).toBe(buffer("o"));
    expect(columns.keyOffsets.buffer).toBe((batch.getChild("k")!.data[0]!.valueOffsets as Int32Array).buffer);
    expect(columns).not.toHaveProperty("createTsValidity");
  });

  it("needs two columns only", async () => {
    const columns = columnsFromArrow(batchOf({ k: texts("a", "b"), v: texts("1", ""), other: texts("x", null) }), names);
    expect(Object.keys(columns)).toEqual(["keys", "keyOffsets", "values", "valueOffsets"]);
    await expectRows(columns, [row("a", "1"), row("b", "")]);
  });

  it("may have any of the types of bytes, all kinds of rows and nulls, be sliced anywhere, and have come over IPC", async () => {
    await fc.assert(fc.asyncProperty(
      fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 1_000_000 }), fc.constantFrom(() => new arrow.Binary(), () => new arrow.Utf8(), () => new arrow.LargeBinary(), () => new arrow.LargeUtf8()),
      fc.nat(50), fc.nat(50), fc.boolean(),
      async (count, seed, type, one, other, isSent) => {
        // Values that are text as well.
        const rows = sampleRows(count, seed, 20).map((sample): SampleRow => ({ ...sample, value: sample.value.map((byte) => byte & 0x7f) }));
        const whole = sampleBatch(rows, type);
        const batch = isSent ? arrow.tableFromIPC(arrow.tableToIPC(new arrow.Table([whole]))).batches[0]! : whole;
        const [from, to] = [one % (count + 1), other % (count + 1)].sort((left, right) => left - right) as [number, number];
        const columns = columnsFromArrow(batch.slice(from, to), allNames);
        expect(columns.keyOffsets.length).toBe(to - from + 1);
        if (to > from) await expectRows(columns, rows.slice(from, to));
        // A slice of a slice.
        if (to - from > 3) await expectRows(columnsFromArrow(batch.slice(from, to).slice(1, -1), allNames), rows.slice(from + 1, to - 1));
      },
    ), { seed: 151, numRuns: 120 });
  });

  it("may have keys and values of fixed size, also in slices and behind deletes", async () => {
    const fixed = (...values: (string | null)[]): Column => column(values.map((value) => (value === null ? null : bytesOf(value))), new arrow.FixedSizeBinary(2));
    const batch = batchOf({ k: fixed("aa", "ab", "ba", "zz"), v: fixed("11", "22", null, "44"), kind: column([0, 2, 1, 0], new arrow.Int8()) });
    const rows = [row("aa", "11"), row("ab", "22", { kind: "merge" }), row("ba", "", { kind: "delete" }), row("zz", "44")];
    for (const [from, to] of [[0, 4], [1, 4], [2, 3], [1, 2]] as const) await expectRows(columnsFromArrow(batch.slice(from, to), { ...names, kind: "kind" }), rows.slice(from, to));
  });

  it("may keep bytes behind a null value of a delete", async () => {
    const v = arrow.makeData({ type: new arrow.Binary(), length: 3, nullBitmap: Uint8Array.of(0b101), valueOffsets: Int32Array.of(0, 1, 4, 5), data: bytesOf("1xxx3") });
    await expectRows(columnsFromArrow(batchOf({ k: texts("a", "b", "c"), v, kind: column([0, 1, 0], new arrow.Uint8()) }), { ...names, kind: "kind" }), [row("a", "1"), row("b", "", { kind: "delete" }), row("c", "3")]);
  });

  it("may have no rows", () => {
    const columns = columnsFromArrow(batchOf({ k: texts("a"), v: texts("1") }).slice(0, 0), names);
    expect([columns.keyOffsets.length, columns.valueOffsets.length]).toEqual([1, 1]);
  });

  it("may be a stream of them", async () => {
    const rows = sampleRows(900, 152);
    const table = new arrow.Table([0, 300, 600].map((from) => sampleBatch(rows.slice(from, from + 300), () => new arrow.Binary())));
    const store = new MemoryObjectStore();
    const writer = await SstWriter.create(store, PATH);
    for (const batch of table.batches) await writer.writeColumns(columnsFromArrow(batch, allNames));
    await writer.close();
    expectSameBytes(await store.get(PATH), (await writeSamples(rows)).bytes);
  });

  it("with a row that the writer refuses: the error has its place in the batch", async () => {
    const writer = await SstWriter.create(new MemoryObjectStore(), PATH);
    expect(thrownBy(() => void writer.writeColumns(columnsFromArrow(batchOf({ k: texts("b", "c", "a"), v: texts("", "", "") }), names)))).toMatchObject({ code: "ERR_SST_ROW_ORDER", details: { index: 2 } });
    await writer.abort();
  });
});

describe("timestamps", () => {
  it.each([
    ["Timestamp in milliseconds", new arrow.TimestampMillisecond(), [1n, -5n, 3n]],
    ["Timestamp in milliseconds with a time zone", new arrow.TimestampMillisecond("Europe/Bern"), [1n, -5n, 3n]],
    ["Date64", new arrow.DateMillisecond(), [1n, -5n, 3n]],
    ["Int64", new arrow.Int64(), [1n, -5n, 3n]],
    ["Timestamp in seconds", new arrow.TimestampSecond(), [1000n, -5000n, 3000n]],
  ] as const)("%s", async (_, type, expected) => {
    const data = stamps(type, [1n, -5n, 3n, 9n], [3]);
    const rows = ["a", "b", "c", "d"].map((key, at) => row(key, "", { createTs: expected[at], expireTs: expected[at] }));
    await expectRows(columnsFromArrow(batchOf({ k: texts("a", "b", "c", "d"), v: texts("", "", "", ""), t: data }), { ...names, createTs: "t", expireTs: "t" }), rows);
  });

  it("of a slice have the nulls of the slice, wherever it begins", async () => {
    const count = 40;
    const keys = Array.from({ length: count }, (_, at) => String(at).padStart(2, "0"));
    const nulls = keys.flatMap((_, at) => (at % 3 === 0 ? [at] : []));
    const batch = batchOf({ k: texts(...keys), v: texts(...keys), t: stamps(new arrow.Int64(), keys.map((_, at) => BigInt(at)), nulls) });
    for (let from = 0; from < 20; from++) {
      for (const to of [from + 1, from + 8, from + 9, from + 20]) {
        const rows = keys.slice(from, to).map((key, at) => row(key, key, { expireTs: nulls.includes(from + at) ? undefined : BigInt(from + at) }));
        await expectRows(columnsFromArrow(batch.slice(from, to), { ...names, expireTs: "t" }), rows);
      }
    }
  });

  it("as seconds that are too many milliseconds are refused, unless they are null", async () => {
    const batch = (nulls: readonly number[]): arrow.RecordBatch => batchOf({ k: texts("a", "b"), v: texts("", ""), t: stamps(new arrow.TimestampSecond(), [1n, 2n ** 62n], nulls) });
    expect(thrownBy(() => columnsFromArrow(batch([]), { ...names, createTs: "t" }))).toMatchObject({ code: "ERR_SST_COLUMNS_INVALID", details: { column: "createTs", index: 1 } });
    await expectRows(columnsFromArrow(batch([1]), { ...names, createTs: "t" }), [row("a", "", { createTs: 1000n }), row("b", "")]);
  });

  it("in pairs of 32 bits, as older versions of the library have them, are read too", async () => {
    const { k, v } = { k: texts("a", "b"), v: texts("", "") };
    const real = batchOf({ k, v });
    const words = new Int32Array(BigInt64Array.of(0n, 7n, -8n).buffer).subarray(1, 1 + 5);
    for (const values of [new Int32Array(BigInt64Array.of(7n, -8n).buffer), new Int32Array(Int32Array.of(0, 7, 0, -8, -1).buffer, 4, 4), words.subarray(1)]) {
      const old: ArrowRecordBatch = {
        numRows: 2, schema: { fields: [] },
        getChild: (name) => (name === "t" ? { data: [{ type: new arrow.TimestampMillisecond(), length: 2, offset: 0, nullCount: 0, values }] } : real.getChild(name)),
      };
      await expectRows(columnsFromArrow(old, { ...names, createTs: "t" }), [row("a", "", { createTs: 7n }), row("b", "", { createTs: -8n })]);
    }
  });
});

describe("sequence numbers", () => {
  it("may be Uint64, all of it, or Int64", async () => {
    await expectRows(columnsFromArrow(batchOf({ k: texts("a"), v: texts(""), n: column([2n ** 64n - 1n], new arrow.Uint64()) }), { ...names, seq: "n" }), [row("a", "", { seq: 2n ** 64n - 1n })]);
    await expectRows(columnsFromArrow(batchOf({ k: texts("a"), v: texts(""), n: column([2n ** 63n - 1n], new arrow.Int64()) }), { ...names, seq: "n" }), [row("a", "", { seq: 2n ** 63n - 1n })]);
  });
});

describe("refused by name", () => {
  const base = { k: texts("a", "b"), v: texts("1", "2") };
  const dictionary = column(["a", "b"], new arrow.Dictionary(new arrow.Utf8(), new arrow.Int32()));
  const cases: readonly (readonly [string, Record<string, Column>, ArrowColumnNames, string, RegExp, number | undefined])[] = [
    ["a column that is not there", base, { ...names, value: "w" }, "value", /no column "w"; it has "k", "v"/, undefined],
    ["a null key", { ...base, k: texts("a", null) }, names, "key", /row 1 of the batch is null/, 1],
    ["a null value", { ...base, v: texts(null, "2") }, names, "value", /row 0 of the batch is null, and no delete/, 0],
    ["a null value of a merge", { ...base, v: texts("1", null), o: column([1, 2], new arrow.Uint8()) }, { ...names, kind: "o" }, "value", /row 1/, 1],
    ["a null kind", { ...base, o: column([0, null], new arrow.Uint8()) }, { ...names, kind: "o" }, "kind", /row 1 of the batch is null/, 1],
    ["a null sequence number", { ...base, n: column([null, 1n], new arrow.Uint64()) }, { ...names, seq: "n" }, "seq", /row 0 of the batch is null/, 0],
    ["a negative sequence number", { ...base, n: column([1n, -1n], new arrow.Int64()) }, { ...names, seq: "n" }, "seq", /row 1 of the batch has the negative sequence number -1/, 1],
    ["a negative sequence number in its first row", { ...base, n: column([-2n, 1n], new arrow.Int64()) }, { ...names, seq: "n" }, "seq", /row 0 of the batch has the negative sequence number -2/, 0],
    ["dictionary keys", { ...base, k: dictionary }, names, "key", /Utf8, Binary, .*not Dictionary<Int32, Utf8>: cast it/, undefined],
    ["dictionary values", { ...base, v: dictionary }, names, "value", /not Dictionary<Int32, Utf8>: cast it/, undefined],
    ["keys in views", { ...base, k: column(["a", "b"], new arrow.Utf8View()) }, names, "key", /not Utf8View/, undefined],
    ["keys that are numbers", { ...base, k: column([1, 2], new arrow.Int32()) }, names, "key", /not Int32/, undefined],
    ["kinds as text", { ...base, o: texts("put", "put") }, { ...names, kind: "o" }, "kind", /Uint8 or Int8.*not Utf8/, undefined],
    ["kinds of 16 bits", { ...base, o: column([0, 1], new arrow.Uint16()) }, { ...names, kind: "o" }, "kind", /not Uint16/, undefined],
    ["sequence numbers of 32 bits", { ...base, n: column([1, 2], new arrow.Uint32()) }, { ...names, seq: "n" }, "seq", /Uint64 or Int64, not Uint32/, undefined],
    ["sequence numbers as timestamps", { ...base, n: stamps(new arrow.TimestampMillisecond(), [1n, 2n]) }, { ...names, seq: "n" }, "seq", /not Timestamp<MILLISECOND>/, undefined],
    ["microseconds", { ...base, t: stamps(new arrow.TimestampMicrosecond(), [1n, 2n]) }, { ...names, createTs: "t" }, "createTs", /not Timestamp<MICROSECOND>: cast it/, undefined],
    ["nanoseconds", { ...base, t: stamps(new arrow.TimestampNanosecond(), [1n, 2n]) }, { ...names, expireTs: "t" }, "expireTs", /not Timestamp<NANOSECOND>: cast it/, undefined],
    ["days", { ...base, t: column([1, 2], new arrow.DateDay()) }, { ...names, expireTs: "t" }, "expireTs", /not Date32<DAY>/, undefined],
    ["unsigned timestamps", { ...base, t: column([1n, 2n], new arrow.Uint64()) }, { ...names, expireTs: "t" }, "expireTs", /not Uint64/, undefined],
    ["floats as timestamps", { ...base, t: column([1, 2], new arrow.Float64()) }, { ...names, expireTs: "t" }, "expireTs", /not Float64/, undefined],
  ];
  it.each(cases)("%s", (_, columns, which, part, message, index) => {
    const error = thrownBy(() => columnsFromArrow(batchOf(columns), which)) as Error;
    expect(error).toMatchObject({ name: "SstTypeError", code: "ERR_SST_COLUMNS_INVALID", details: { column: part } });
    if (index !== undefined) expect(error).toMatchObject({ details: { index } });
    expect(error.message).toMatch(message);
  });

  it("what is no batch, a table of several batches, and names that are none", () => {
    const batch = batchOf(base);
    for (const no of [undefined, null, {}, [], "batch"]) expect(thrownBy(() => columnsFromArrow(no as never, names))).toMatchObject({ code: "ERR_SST_COLUMNS_INVALID", details: { column: "batch" } });
    expect((thrownBy(() => columnsFromArrow(new arrow.Table([batch, batch]) as never, names)) as Error).message).toContain("the column has 2 chunks: hand over the batches of a table one by one");
    expect(thrownBy(() => columnsFromArrow(batch, undefined as never))).toMatchObject({ details: { column: "names" } });
    expect(thrownBy(() => columnsFromArrow(batch, { key: "k" } as never))).toMatchObject({ details: { column: "value" } });
    expect(thrownBy(() => columnsFromArrow(batch, { ...names, keys: "k" } as never))).toMatchObject({ code: "ERR_SST_OPTION_UNKNOWN" });
  });

  it("a column longer than 32-bit offsets reach", () => {
    const values = new Uint8Array(0);
    const huge = { type: { typeId: arrow.Type.LargeBinary }, length: 1, offset: 0, nullCount: 0, values, valueOffsets: BigInt64Array.of(0n, 2n ** 32n) };
    const fake: ArrowRecordBatch = { numRows: 1, schema: { fields: [] }, getChild: () => ({ data: [huge] }) };
    expect((thrownBy(() => columnsFromArrow(fake, names)) as Error).message).toContain("4294967296 bytes, more than 32-bit offsets reach: slice the batch");
  });
});
