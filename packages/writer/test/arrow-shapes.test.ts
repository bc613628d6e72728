// Columns as other versions and programs lay them out in Arrow's format: padded, without bitmaps, of types that only look alike.
import { describe, expect, it } from "vitest";
import { ARROW_DATE_MILLISECOND, type ArrowData, type ArrowType, ArrowTimeUnit, ArrowTypeId } from "../src/arrow-types.js";
import { type ArrowColumnNames, type ArrowRecordBatch, columnsFromArrow, type RowColumns } from "../src/index.js";
import { bytesOf, thrownBy } from "./sample-rows.js";

type Column = Partial<Omit<ArrowData, "type">> & { readonly type: Partial<ArrowType> & { readonly typeId: number } };

const binary: Column = { type: { typeId: ArrowTypeId.Binary }, values: bytesOf("abcdef"), valueOffsets: Int32Array.of(0, 1, 2, 3) };
const names: ArrowColumnNames = { key: "key", value: "value" };
const allNames: ArrowColumnNames = { ...names, kind: "kind", seq: "seq", createTs: "createTs", expireTs: "expireTs" };

/** Three rows, of these columns; others are sound. */
function batchOf(columns: Record<string, Column>, numRows = 3): ArrowRecordBatch {
  const all: Record<string, Column> = { key: binary, value: binary, ...columns };
  const data = (column: Column): ArrowData => ({ length: numRows, offset: 0, nullCount: 0, ...column, type: { toString: () => "Odd", ...column.type } });
  return { numRows, schema: { fields: Object.keys(all).map((name) => ({ name })) }, getChild: (name) => (all[name] === undefined ? null : { data: [data(all[name])] }) };
}

const columnsOf = (columns: Record<string, Column>, numRows?: number): RowColumns =>
  columnsFromArrow(batchOf(columns, numRows), Object.fromEntries(Object.entries(allNames).filter(([name]) => name in names || name in columns)) as unknown as ArrowColumnNames);
const refusal = (columns: Record<string, Column>): unknown => thrownBy(() => columnsOf(columns));
const wrongType = (column: string): object => ({ code: "ERR_SST_COLUMNS_INVALID", details: { column }, message: expect.stringContaining("not Odd: cast it") as string });

describe("a batch", () => {
  it("has columns and a number of rows, and columns of that length in one piece", () => {
    expect(thrownBy(() => columnsFromArrow({ ...batchOf({}), numRows: "3" } as never, names))).toMatchObject({ details: { column: "batch" } });
    expect(thrownBy(() => columnsFromArrow({ ...batchOf({}), getChild: undefined } as never, names))).toMatchObject({ details: { column: "batch" } });
    expect(thrownBy(() => columnsFromArrow(batchOf({}), null as never))).toMatchObject({ details: { column: "names" } });
    const any = { ...batchOf({}), getChild: () => batchOf({}).getChild("key") };
    expect(thrownBy(() => columnsFromArrow(any, { ...names, key: 5 as never }))).toMatchObject({ details: { column: "key" }, message: expect.stringContaining("is text, not 5") as string });
    for (const length of [2, 4]) expect(refusal({ value: { ...binary, length } })).toMatchObject({ details: { column: "value" }, message: expect.stringContaining(`the column has ${length} rows, and the batch 3`) as string });
    for (const none of [null, undefined]) expect(thrownBy(() => columnsFromArrow({ ...batchOf({}), getChild: () => none as null }, names))).toMatchObject({ details: { column: "key" }, message: expect.stringContaining("no column") as string });
    expect(thrownBy(() => columnsFromArrow({ ...batchOf({}), getChild: () => ({ data: [] }) }, names))).toMatchObject({ message: expect.stringContaining("0 chunks") as string });
  });

  it("may have no rows, and then no buffers", () => {
    const type = { typeId: ArrowTypeId.Utf8 };
    for (const valueOffsets of [undefined, new Int32Array(0), new Int32Array(1)]) {
      const { keys, keyOffsets, values, valueOffsets: starts } = columnsOf({ key: { type, valueOffsets }, value: { type, valueOffsets } }, 0);
      expect([keys.length, keyOffsets.length, keyOffsets[0], values.length, starts.length]).toEqual([0, 1, 0, 0, 1]);
    }
    const large = { type: { typeId: ArrowTypeId.LargeBinary }, valueOffsets: new BigInt64Array(0) };
    expect(columnsOf({ key: large }, 0).keyOffsets).toEqual(Uint32Array.of(0));
  });
});

describe("keys and values", () => {
  it("may be padded behind the last row", () => {
    const { keyOffsets } = columnsOf({ key: { ...binary, valueOffsets: Int32Array.of(0, 1, 2, 3, 0, 0, 0, 0) } });
    expect(keyOffsets).toEqual(Int32Array.of(0, 1, 2, 3));
  });

  it("of 64-bit offsets begin anywhere, and reach as far as 32 bits do", () => {
    const type = { typeId: ArrowTypeId.LargeUtf8 };
    const { keys, keyOffsets } = columnsOf({ key: { type, values: bytesOf("xxabc"), valueOffsets: BigInt64Array.of(2n, 3n, 4n, 5n) } });
    expect([new TextDecoder().decode(keys), keyOffsets]).toEqual(["abc", Uint32Array.of(0, 1, 2, 3)]);
    const ends = (end: bigint): Column => ({ type, values: bytesOf(""), valueOffsets: BigInt64Array.of(0n, 0n, 0n, end) });
    expect(columnsOf({ key: ends(2n ** 32n - 1n) }).keyOffsets[3]).toBe(2 ** 32 - 1);
    expect(refusal({ key: ends(2n ** 32n) })).toMatchObject({ details: { column: "key" }, message: expect.stringContaining("4294967296 bytes") as string });
    for (const valueOffsets of [undefined, Int32Array.of(0, 1, 2, 3)]) expect(refusal({ value: { type, valueOffsets } })).toMatchObject(wrongType("value"));
    const lists: Column = { type: { typeId: 21 }, valueOffsets: BigInt64Array.of(0n, 1n, 2n, 3n) };
    expect(refusal({ value: lists })).toMatchObject(wrongType("value"));
  });

  it("have an offset for each row, and none beyond 32 bits in between: no row is lost or moved", () => {
    const type = { typeId: ArrowTypeId.Utf8 };
    for (const valueOffsets of [undefined, [0, 1, 2, 3], Uint32Array.of(0, 1, 2, 3), new Int32Array(0), Int32Array.of(0, 1, 2)]) {
      expect(refusal({ key: { type, values: bytesOf("abc"), valueOffsets }, value: { type, values: bytesOf("abc"), valueOffsets } })).toMatchObject({ details: { column: "key" }, message: expect.stringMatching(/3 rows, and [03] offsets/) as string });
    }
    const large = { type: { typeId: ArrowTypeId.LargeUtf8 }, values: bytesOf("abc") };
    expect(refusal({ value: { ...large, valueOffsets: BigInt64Array.of(0n, 1n) } })).toMatchObject({ details: { column: "value" }, message: expect.stringContaining("3 rows, and 2 offsets") as string });
    expect(refusal({ key: { ...large, valueOffsets: BigInt64Array.of(0n, 1n, 2n ** 32n + 2n, 3n) } })).toMatchObject({ details: { column: "key" }, message: expect.stringContaining("4294967298 bytes") as string });
    expect(refusal({ kind: { type: { typeId: ArrowTypeId.Int, bitWidth: 8 }, values: new Uint8Array(Uint8Array.of(0, 0, 1, 1).buffer, 0, 2) } })).toMatchObject({ details: { column: "kind" }, message: expect.stringContaining("2 kinds") as string });
  });

  it("of fixed size have as many bytes a row", () => {
    const { keyOffsets } = columnsOf({ key: { type: { typeId: ArrowTypeId.FixedSizeBinary, byteWidth: 2 }, values: bytesOf("aabbcc") } });
    expect(keyOffsets).toEqual(Uint32Array.of(0, 2, 4, 6));
  });
});

describe("kinds", () => {
  it("are integers of 8 bits in bytes", () => {
    const type = { typeId: ArrowTypeId.Int, bitWidth: 8 };
    for (const values of [Uint8Array.of(0, 1, 2, 9), Int8Array.of(0, 1, 2)]) expect(columnsOf({ kind: { type, values } }).kinds).toEqual(Uint8Array.of(0, 1, 2));
    for (const kind of [{ type: { ...type, typeId: ArrowTypeId.Date }, values: new Uint8Array(3) }, { type: { ...type, bitWidth: 16 }, values: new Uint8Array(6) }, { type, values: new Int16Array(3) }, { type }]) {
      expect(refusal({ kind })).toMatchObject(wrongType("kind"));
    }
  });
});

describe("sequence numbers", () => {
  const type = { typeId: ArrowTypeId.Int, bitWidth: 64, isSigned: true };

  it("are integers of 64 bits, none negative where they are signed", () => {
    expect(columnsOf({ seq: { type, values: BigInt64Array.of(0n, 1n, 2n ** 63n - 1n, -1n) } }).seqs).toEqual(BigUint64Array.of(0n, 1n, 2n ** 63n - 1n));
    expect(columnsOf({ seq: { type: { ...type, isSigned: false }, values: BigUint64Array.of(0n, 1n, 2n ** 64n - 1n) } }).seqs).toEqual(BigUint64Array.of(0n, 1n, 2n ** 64n - 1n));
    expect(refusal({ seq: { type, values: BigInt64Array.of(0n, -1n, 2n) } })).toMatchObject({ details: { column: "seq", index: 1 } });
    const values = BigInt64Array.of(1n, 2n, 3n);
    for (const seq of [{ type: { ...type, typeId: ArrowTypeId.Timestamp }, values }, { type: { ...type, bitWidth: 32 }, values }, { type, values: [1n, 2n, 3n] }, { type, values: values.subarray(1) }, { type }]) {
      expect(refusal({ seq })).toMatchObject(wrongType("seq"));
    }
  });
});

describe("timestamps", () => {
  const values = BigInt64Array.of(-1n, 0n, 5n);

  it("are times of a second or a millisecond, dates of milliseconds, or signed integers of 64 bits", () => {
    const times = (type: Column["type"]): unknown => columnsOf({ createTs: { type, values } }).createTs;
    expect(times({ typeId: ArrowTypeId.Timestamp, unit: ArrowTimeUnit.Millisecond })).toEqual(values);
    expect(times({ typeId: ArrowTypeId.Timestamp, unit: ArrowTimeUnit.Second })).toEqual(BigInt64Array.of(-1000n, 0n, 5000n));
    expect(times({ typeId: ArrowTypeId.Date, unit: ARROW_DATE_MILLISECOND })).toEqual(values);
    // Its unit is no time unit: nothing is made of it.
    expect(times({ typeId: ArrowTypeId.Int, bitWidth: 64, isSigned: true, unit: ArrowTimeUnit.Second })).toEqual(values);
    const others: readonly Column["type"][] = [
      { typeId: ArrowTypeId.Timestamp, unit: 2 }, { typeId: ArrowTypeId.Timestamp }, { typeId: ArrowTypeId.Date, unit: 0 }, { typeId: 18, unit: ArrowTimeUnit.Millisecond },
      { typeId: ArrowTypeId.Int, bitWidth: 32, isSigned: true }, { typeId: ArrowTypeId.Int, bitWidth: 64, isSigned: false }, { typeId: 3, bitWidth: 64, isSigned: true },
    ];
    for (const type of others) expect(refusal({ expireTs: { type, values } }), JSON.stringify(type)).toMatchObject(wrongType("expireTs"));
    for (const short of [values.subarray(1), undefined]) expect(refusal({ expireTs: { type: { typeId: ArrowTypeId.Date, unit: ARROW_DATE_MILLISECOND }, values: short } })).toMatchObject(wrongType("expireTs"));
  });

  it("may lie at any byte, where they are pairs of 32 bits", () => {
    const pairs = new Int32Array(7);
    const view = new DataView(pairs.buffer);
    values.forEach((value, at) => view.setBigInt64(4 + 8 * at, value, true));
    const type = { typeId: ArrowTypeId.Date, unit: ARROW_DATE_MILLISECOND };
    expect(columnsOf({ createTs: { type, values: pairs.subarray(1) } }).createTs).toEqual(values);
    const aligned = new Int32Array(BigInt64Array.of(9n, ...values).buffer, 8);
    const { createTs } = columnsOf({ createTs: { type, values: aligned } });
    expect(createTs).toEqual(values);
    expect(createTs!.buffer).toBe(aligned.buffer);
  });

  it("as seconds hold 64 bits of milliseconds at most", () => {
    const type = { typeId: ArrowTypeId.Timestamp, unit: ArrowTimeUnit.Second };
    const most = (2n ** 63n - 1n) / 1000n;
    expect(columnsOf({ createTs: { type, values: BigInt64Array.of(most, -most, 0n) } }).createTs![0]).toBe(most * 1000n);
    for (const [row, beyond] of [[0, most + 1n], [2, -most - 1n]] as const) {
      const seconds = BigInt64Array.of(0n, 0n, 0n);
      seconds[row] = beyond;
      expect(refusal({ createTs: { type, values: seconds } })).toMatchObject({ details: { column: "createTs", index: row } });
      const nulls = { nullBitmap: Uint8Array.of(0b111 & ~(1 << row)), nullCount: 1 };
      expect(columnsOf({ createTs: { type, values: seconds, ...nulls } }).createTsValidity).toEqual(nulls.nullBitmap);
    }
  });
});

describe("nulls", () => {
  const type = { typeId: ArrowTypeId.Date, unit: ARROW_DATE_MILLISECOND };
  const times = new BigInt64Array(20);
  const validity = (column: Partial<Column>, rows: number): unknown => columnsOf({ createTs: { type, values: times, ...column }, key: { type: { typeId: ArrowTypeId.FixedSizeBinary, byteWidth: 1 }, values: new Uint8Array(20) }, value: { type: { typeId: ArrowTypeId.FixedSizeBinary, byteWidth: 0 } } }, rows).createTsValidity;

  it("are none without a bitmap, or where their number is 0", () => {
    for (const column of [{}, { nullBitmap: null, nullCount: 1 }, { nullBitmap: undefined, nullCount: 1 }, { nullBitmap: new Uint8Array(0), nullCount: 1 }, { nullBitmap: Uint8Array.of(0), nullCount: 0 }]) expect(validity(column, 3)).toBeUndefined();
  });

  it("are those of the bitmap from its first bit on, no byte more", () => {
    const nullBitmap = Uint8Array.of(0b1010_0101, 0b1100_0011, 0b0000_1111);
    expect(validity({ nullBitmap, nullCount: 1 }, 8)).toEqual(nullBitmap.subarray(0, 1));
    expect(validity({ nullBitmap, nullCount: 1 }, 9)).toEqual(nullBitmap.subarray(0, 2));
    expect(validity({ nullBitmap, nullCount: 1, offset: 8 }, 9)).toEqual(nullBitmap.subarray(1, 3));
    expect((validity({ nullBitmap, nullCount: 1, offset: 8 }, 9) as Uint8Array).buffer).toBe(nullBitmap.buffer);
    expect(validity({ nullBitmap, nullCount: 1, offset: 3 }, 9)).toEqual(Uint8Array.of(0b0111_0100, 0b1111_1000));
    expect(validity({ nullBitmap, nullCount: 1, offset: 15 }, 9)).toEqual(Uint8Array.of(0b0001_1111, 0));
  });

  it("of keys are refused, and of values unless the row is a delete", () => {
    const nulls = { nullBitmap: Uint8Array.of(0b101), nullCount: 1 };
    expect(refusal({ key: { ...binary, ...nulls } })).toMatchObject({ details: { column: "key", index: 1 } });
    expect(refusal({ value: { ...binary, ...nulls } })).toMatchObject({ details: { column: "value", index: 1 } });
    // What lies behind the last row's bit says nothing, nor does a number of nulls that is not known.
    expect(columnsOf({ key: { ...binary, nullBitmap: Uint8Array.of(0b111), nullCount: -1 } }).keys).toBe(binary.values);
    const kind = (...values: number[]): Column => ({ type: { typeId: ArrowTypeId.Int, bitWidth: 8 }, values: Uint8Array.from(values) });
    for (const other of [0, 2]) expect(refusal({ value: { ...binary, ...nulls }, kind: kind(1, other, 1) })).toMatchObject({ details: { column: "value", index: 1 } });
    expect(refusal({ kind: { ...kind(0, 0, 0), ...nulls } })).toMatchObject({ details: { column: "kind", index: 1 } });
    expect(refusal({ seq: { type: { typeId: ArrowTypeId.Int, bitWidth: 64 }, values: new BigUint64Array(3), ...nulls } })).toMatchObject({ details: { column: "seq", index: 1 } });
  });

  it("of deletes have no bytes: what lies behind them is left out, and nothing is copied where nothing does", () => {
    const nulls = { nullBitmap: Uint8Array.of(0b1111_1101), nullCount: 1 };
    const kind: Column = { type: { typeId: ArrowTypeId.Int, bitWidth: 8 }, values: Uint8Array.of(0, 1, 0) };
    const behind = columnsOf({ kind, value: { ...binary, ...nulls, values: bytesOf("?aXXXbb?"), valueOffsets: Int32Array.of(1, 2, 5, 7) } });
    expect([new TextDecoder().decode(behind.values), behind.valueOffsets]).toEqual(["abb", Uint32Array.of(0, 1, 1, 3)]);
    const values = bytesOf("abb");
    const bare = columnsOf({ kind, value: { ...binary, ...nulls, values, valueOffsets: Int32Array.of(0, 1, 1, 3) } });
    expect([bare.values.buffer, bare.valueOffsets]).toEqual([values.buffer, Int32Array.of(0, 1, 1, 3)]);
    expect(bare.values.buffer).toBe(values.buffer);
  });
});
