// Checked reading: each rule broken by hand, with the offset and the path that the error must name.
import { describe, expect, it } from "vitest";
import { isSstError } from "../src/errors.js";
import { BufferReader } from "../src/flatbuffers/buffer-reader.js";
import { FlatBufferBuilder } from "../src/flatbuffers/builder.js";
import {
  boolField, bytesField, enumField, longField, optionalUshortField, required, safeField, tableField, tablesField, textField, ubyteField, uintField,
  ulongField, ushortField,
} from "../src/flatbuffers/fields.js";
import { buildCompactedSsTable, readManifestV1 } from "../src/generated/fbs/manifest-v1.js";
import { bytes, errorOf } from "./flatbuffers-helpers.js";
import { fullV1 } from "./manifest-samples.js";

/** A root table with one reference in slot 0, to whatever the digits are. */
const around = (digits: string): Uint8Array => bytes(`0c000000 0000 0600 0800 0400 06000000 04000000 ${digits}`);

const textOf = (buffer: Uint8Array): string | undefined => {
  const reader = new BufferReader(buffer, "root", 100);
  return textField(reader, reader.root(), 0, "name");
};
const bytesOf = (buffer: Uint8Array): Uint8Array | undefined => {
  const reader = new BufferReader(buffer, "root", 100);
  return bytesField(reader, reader.root(), 0, "data");
};
const tablesOf = (buffer: Uint8Array): unknown => {
  const reader = new BufferReader(buffer, "root", 100);
  return tablesField(reader, reader.root(), 0, "items", (inner, table) => uintField(inner, table, 0, "id"));
};

describe("sound buffers", () => {
  it("give strings, bytes and tables", () => {
    expect(textOf(around("03000000 616263 00"))).toBe("abc");
    expect(textOf(around("00000000 00"))).toBe("");
    expect(textOf(around("03000000 efbbbf 00"))).toBe("\ufeff");
    expect(bytesOf(around("02000000 0102"))).toEqual(bytes("0102"));
    expect(tablesOf(around("00000000"))).toEqual([]);
    expect(tablesOf(around("01000000 0c000000 0000 0600 0800 0400 06000000 07000000"))).toEqual([7]);
  });

  it("give defaults for slots that are empty or beyond the vtable", () => {
    const reader = new BufferReader(bytes("0c000000 0000 0600 0400 0000 06000000"), "root");
    const table = reader.root();
    for (const slot of [0, 1, 30]) {
      expect(boolField(reader, table, slot, "f")).toBe(false);
      expect([ubyteField, ushortField, uintField, safeField].map((field) => field(reader, table, slot, "f"))).toEqual([0, 0, 0, 0]);
      expect([ulongField, longField].map((field) => field(reader, table, slot, "f"))).toEqual([0n, 0n]);
      expect(enumField(reader, table, slot, "f", [2, 0])).toBe(0);
      expect([optionalUshortField, bytesField, textField].map((field) => field(reader, table, slot, "f"))).toEqual([undefined, undefined, undefined]);
      expect(tableField(reader, table, slot, "f", () => 1)).toBeUndefined();
      expect(tablesField(reader, table, slot, "f", () => 1)).toBeUndefined();
    }
  });

  it("give numbers to their last bit", () => {
    const builder = new FlatBufferBuilder();
    builder.startTable(6);
    builder.addLong(0, 2n ** 64n - 1n);
    builder.addLong(1, -(2n ** 63n));
    builder.addSafeLong(2, Number.MAX_SAFE_INTEGER);
    builder.addInt(3, 2 ** 32 - 1);
    builder.addShort(4, 2 ** 16 - 1);
    builder.addByte(5, 255);
    const reader = new BufferReader(builder.finish(builder.endTable()), "root");
    const table = reader.root();
    expect(ulongField(reader, table, 0, "f")).toBe(2n ** 64n - 1n);
    expect(longField(reader, table, 1, "f")).toBe(-(2n ** 63n));
    expect(safeField(reader, table, 2, "f")).toBe(Number.MAX_SAFE_INTEGER);
    expect(uintField(reader, table, 3, "f")).toBe(2 ** 32 - 1);
    expect(ushortField(reader, table, 4, "f")).toBe(2 ** 16 - 1);
    expect(optionalUshortField(reader, table, 4, "f")).toBe(2 ** 16 - 1);
    expect(ubyteField(reader, table, 5, "f")).toBe(255);
    expect(boolField(reader, table, 5, "f")).toBe(true);
  });
});

describe("broken buffers", () => {
  const corrupt = (offset: number, path: string): unknown => ({ code: "ERR_SST_CORRUPT", details: { offset: 100 + offset, path } });

  it.each<[string, string, number]>([
    ["nothing", "", 0],
    ["half a root reference", "0400", 0],
    ["a root reference into itself", "00000000", 0],
    ["a root reference beyond the end", "05000000 00000000", 0],
    ["a vtable before the buffer", "04000000 05000000", 4],
    ["a vtable behind the buffer", "04000000 fcffffff", 4],
    ["a vtable shorter than its header", "08000000 0300 0400 04000000", 4],
    ["a vtable of odd length", "08000000 0500 0400 04000000", 4],
    ["a vtable longer than the buffer", "08000000 0a00 0400 04000000", 4],
    ["a table without room for its own reference", "08000000 0400 0300 04000000", 4],
    ["a table longer than the buffer", "08000000 0400 0500 04000000", 4],
  ])("%s", (_, digits, offset) => {
    expect(errorOf(() => new BufferReader(bytes(digits), "root", 100).root())).toEqual(corrupt(offset, "root"));
  });

  it.each<[string, string, number, number]>([
    ["into the table's own reference", "0300", 4, 10],
    ["that ends outside the table", "0500", 4, 10],
    ["that does not fit into the table", "0400", 8, 10],
  ])("a field %s", (_, position, size, offset) => {
    const reader = new BufferReader(bytes(`0c000000 0000 0600 0800 ${position} 06000000 01000000`), "root", 100);
    const table = reader.root();
    expect(errorOf(() => reader.field(table, 0, size, "f"))).toEqual(corrupt(offset, "root.f"));
  });

  it("references and counts", () => {
    expect(errorOf(() => bytesOf(bytes("0c000000 0000 0600 0800 0400 06000000 00000000")))).toEqual(corrupt(16, "root.data"));
    expect(errorOf(() => bytesOf(bytes("0c000000 0000 0600 0800 0400 06000000 ffffff7f")))).toEqual(corrupt(16, "root.data"));
    expect(errorOf(() => bytesOf(around("03000000 0102")))).toEqual(corrupt(20, "root.data"));
    expect(errorOf(() => bytesOf(around("ffffffff 0102")))).toEqual(corrupt(20, "root.data"));
    expect(errorOf(() => bytesOf(around("0200")))).toEqual(corrupt(16, "root.data"));
    expect(errorOf(() => tablesOf(around("ffffff3f 00000000")))).toEqual(corrupt(20, "root.items"));
    expect(errorOf(() => tablesOf(around("01000000 00000000")))).toEqual(corrupt(24, "root.items[0]"));
    expect(errorOf(() => tablesOf(around("02000000 0c000000 ffff0000 0400 0400 04000000")))).toEqual(corrupt(28, "root.items[1]"));
  });

  it("strings without their zero, cut, or not UTF-8", () => {
    expect(errorOf(() => textOf(around("03000000 616263")))).toEqual(corrupt(20, "root.name"));
    expect(errorOf(() => textOf(around("03000000 616263 01")))).toEqual(corrupt(27, "root.name"));
    expect(errorOf(() => textOf(around("02000000 c328 00")))).toEqual(corrupt(24, "root.name"));
    expect(errorOf(() => textOf(around("03000000 eda080 00")))).toEqual(corrupt(24, "root.name"));
  });

  it("numbers too large for what holds them", () => {
    const reader = new BufferReader(bytes("0c000000 0000 0600 0c00 0400 06000000 0000000000002000"), "root", 100);
    const table = reader.root();
    expect(errorOf(() => safeField(reader, table, 0, "f"))).toEqual(corrupt(16, "root.f"));
    expect(errorOf(() => enumField(reader, table, 30, "f", [1]))).toEqual({ code: "ERR_SST_UNSUPPORTED", details: { offset: 100, path: "root.f", value: 0 } });
  });

  it("required fields that are absent", () => {
    const reader = new BufferReader(bytes("08000000 0400 0400 04000000"), "root", 100);
    expect(errorOf(() => required(undefined, reader, reader.root(), "f"))).toEqual(corrupt(8, "root.f"));
  });

  it("keep the cause", () => {
    try {
      textOf(around("02000000 c328 00"));
    } catch (error) {
      expect(isSstError(error, "ERR_SST_CORRUPT") && error.cause).toBeInstanceOf(TypeError);
    }
    expect.assertions(1);
  });
});

describe("buffers made to cost", () => {
  /** Runs that are all one run, whose SSTs are all one SST: few bytes that stand for runs times SSTs objects. */
  function shared(runs: number, ssts: number): Uint8Array {
    const builder = new FlatBufferBuilder();
    const [only] = fullV1.l0;
    if (only === undefined) throw new Error("the sample has an SST");
    const sst = buildCompactedSsTable(builder, only);
    const vector = builder.offsetVector({ length: ssts, at: () => sst });
    builder.startTable(2);
    builder.addOffset(1, vector);
    const run = builder.endTable();
    const compacted = builder.offsetVector({ length: runs, at: () => run });
    const nothing = builder.offsetVector([]);
    builder.startTable(16);
    builder.addOffset(11, nothing);
    builder.addOffset(9, compacted);
    builder.addOffset(8, nothing);
    return builder.finish(builder.endTable());
  }

  it("are sound while nothing is shared", () => {
    expect(readManifestV1(shared(1, 1), "manifest").compacted[0]?.ssts.length).toBe(1);
  });

  it.each([[2, 1], [1, 2], [20_000, 20_000]])("are given up after work in proportion to their length: %i runs of %i SSTs", (runs, ssts) => {
    const buffer = shared(runs, ssts);
    const { code, details } = errorOf(() => readManifestV1(buffer, "manifest"));
    expect(code).toBe("ERR_SST_CORRUPT");
    expect(details["path"]).toMatch(/^manifest\.compacted\[\d\]/);
  });
});
