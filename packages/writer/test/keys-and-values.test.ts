// What may be a key or a value: bytes of any kind of view, text as UTF-8, and what is refused.
import { KEY_BYTES_MAX, SstError, SstTypeError, VALUE_BYTES_MAX } from "@slate-sst/format";
import { MemoryObjectStore } from "@slate-sst/object-store";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Bytes, type Row, SstWriter } from "../src/index.js";
import { checkValueLength } from "../src/row.js";
import { bytesOf, expectSameBytes, PATH, thrownBy, writeSst } from "./sample-rows.js";
import { readSst } from "./sst-file.js";

let store: MemoryObjectStore;
let writer: SstWriter;
beforeEach(async () => {
  store = new MemoryObjectStore();
  writer = await SstWriter.create(store, PATH, { partSize: 1 << 20 });
});
afterEach(async () => writer.abort());

async function closedRows(): Promise<{ key: Buffer; value: Buffer; kind: string }[]> {
  await writer.close();
  return (await readSst(await store.get(PATH))).rows.map(({ kind, key, value }) => ({ kind, key: Buffer.from(key), value: Buffer.from(value) }));
}

describe("bytes", () => {
  it("Uint8Array, Buffer, and views into the middle of something else", async () => {
    const page = Uint8Array.from({ length: 100 }, (_, at) => at);
    void writer.put(page.subarray(10, 14), page.subarray(50, 53));
    void writer.put(Buffer.from([11, 0]), Buffer.from("pooled buffer"));
    void writer.put(Buffer.alloc(4, 12).subarray(1, 3), new Uint8Array(0));
    void writer.put(new Uint8Array(new SharedArrayBuffer(8), 2, 3).fill(13), new Uint8Array(page.buffer, 99));
    expect(await closedRows()).toEqual([
      { kind: "put", key: Buffer.from([10, 11, 12, 13]), value: Buffer.from([50, 51, 52]) },
      { kind: "put", key: Buffer.from([11, 0]), value: Buffer.from("pooled buffer") },
      { kind: "put", key: Buffer.from([12, 12]), value: Buffer.alloc(0) },
      { kind: "put", key: Buffer.from([13, 13, 13]), value: Buffer.from([99]) },
    ]);
  });

  it.each([
    ["Uint8Array", (length: number) => new Uint8Array(length)],
    ["Buffer", (length: number) => Buffer.alloc(length)],
  ])("are copied before the call returns: one %s serves for all rows", async (_, make) => {
    for (const onDuplicate of ["error", "keepLast"] as const) {
      const [key, value] = [make(4), make(300)];
      const target = new MemoryObjectStore();
      const reusing = await SstWriter.create(target, PATH, { onDuplicate, blockSize: 1024, formatVersion: 1 });
      const expected: Row[] = [];
      for (let at = 0; at < 50; at++) {
        new DataView(key.buffer, key.byteOffset).setUint32(0, at * 1000);
        value.fill(at);
        void reusing.put(key, value.subarray(0, at * 5));
        expected.push({ key: Uint8Array.from(key), value: Uint8Array.from(value.subarray(0, at * 5)) });
      }
      key.fill(0xee);
      const metadata = await reusing.close();
      const plain = await writeSst(expected, { blockSize: 1024, formatVersion: 1 });
      expectSameBytes(await target.get(PATH), plain.bytes);
      expect(metadata.firstKey).toEqual(Uint8Array.of(0, 0, 0, 0));
      expect(metadata.info?.firstEntry).toEqual(Uint8Array.of(0, 0, 0, 0));
    }
  });

  it("a caller's Buffer is never changed, nor kept in an error", () => {
    const [first, second] = [Buffer.from([2, 0]), Buffer.from([1, 9])];
    void writer.put(first, "");
    const error = thrownBy(() => writer.put(second, "")) as SstError;
    expect(error.details).toMatchObject({ guess: expect.stringContaining("little-endian") as string });
    expect([...first, ...second]).toEqual([2, 0, 1, 9]);
    second.fill(0x77);
    expect(error.details["key"]).toEqual(Uint8Array.of(1, 9));
    expect(error.details["previousKey"]).toEqual(Uint8Array.of(2, 0));
  });
});

describe("text", () => {
  it("is UTF-8: one to four bytes a character, pairs of surrogates as one character, no byte order mark added or dropped", async () => {
    const texts = ["\u0000", "a", "\u00e9", "\u20ac", "\ufeffmark", "\uffff", "\u{10000}", "\u{1f600} smile", "\u{10ffff}"];
    for (const text of texts) void writer.put(text, text.repeat(3));
    expect(await closedRows()).toEqual(texts.map((text) => ({ kind: "put", key: Buffer.from(text), value: Buffer.from(text.repeat(3)) })));
  });

  it("long and short texts take turns without leaving a trace in each other", async () => {
    const lengths = [5, 300, 1, 70_000, 0, 65_536, 255, 256, 257, 3];
    lengths.forEach((length, at) => void writer.put(`key ${at}${"\u20ac".repeat(at * 30)}`, "v\u20ac".repeat(length)));
    const rows = await closedRows();
    lengths.forEach((length, at) => expect(rows[at]?.value.equals(Buffer.from("v\u20ac".repeat(length))), `row ${at}`).toBe(true));
  });

  it("is the same as its bytes", async () => {
    await fc.assert(fc.asyncProperty(fc.uniqueArray(fc.string({ unit: "binary", minLength: 1, maxLength: 40 }), { minLength: 1, maxLength: 30 }), async (texts) => {
      const sorted = texts.toSorted((left, right) => Buffer.compare(bytesOf(left), bytesOf(right)));
      const asText = await writeSst(sorted.map((text) => ({ key: text, value: `${text}!` })), { partSize: 4096 });
      const asBytes = await writeSst(sorted.map((text) => ({ key: bytesOf(text), value: bytesOf(`${text}!`) })), { partSize: 4096 });
      expectSameBytes(asText.bytes, asBytes.bytes);
    }), { seed: 51, numRuns: 30 });
  });

  it.each([["\ud800", "alone"], ["a\udc00b", "low half first"], ["\udbff\udbff", "two high halves"], ["x".repeat(1000) + "\ud83d", "cut at the end"]])("a lone surrogate is refused, in keys and values: %j (%s)", (text) => {
    for (const [field, call] of [["key", () => writer.put(text, "v")], ["value", () => writer.put("k", text)], ["key", () => writer.delete(text)], ["value", () => writer.merge("k", text)]] as const) {
      const error = thrownBy(call);
      expect(error).toBeInstanceOf(SstError);
      expect(error).toMatchObject({ code: "ERR_SST_STRING_NOT_UTF8", details: { field } });
      expect((error as Error).message.isWellFormed()).toBe(true);
      expect((error as Error).message.length).toBeLessThan(600);
    }
    expect(writer.rowCount).toBe(0);
  });
});

describe("lengths", () => {
  it("keys of 1 and 65,535 bytes, empty values, values longer than a block", async () => {
    const longest = new Uint8Array(KEY_BYTES_MAX).fill(0x62);
    void writer.put(Uint8Array.of(0), "");
    void writer.put("a", new Uint8Array(200_000).fill(7));
    void writer.put(longest, "v");
    void writer.merge("c".repeat(KEY_BYTES_MAX), "");
    const rows = await closedRows();
    expect(rows.map(({ key, value }) => [key.length, value.length])).toEqual([[1, 0], [1, 200_000], [KEY_BYTES_MAX, 1], [KEY_BYTES_MAX, 0]]);
    expect(rows[2]?.key.equals(longest)).toBe(true);
    expect(writer.metadata()).toMatchObject({ rawKeyBytes: BigInt(2 + 2 * KEY_BYTES_MAX), rawValueBytes: 200_001n });
  });

  it.each([["", "ERR_SST_KEY_EMPTY"], [new Uint8Array(0), "ERR_SST_KEY_EMPTY"], [new Uint8Array(KEY_BYTES_MAX + 1), "ERR_SST_KEY_TOO_LONG"], ["\u20ac".repeat(21_846), "ERR_SST_KEY_TOO_LONG"]])("a key of no or too many bytes is refused", (key, code) => {
    for (const call of [() => writer.put(key, "v"), () => writer.delete(key), () => writer.merge(key, "v"), () => writer.add({ key, value: "v" })]) {
      expect(thrownBy(call)).toMatchObject({ code, name: "SstError" });
    }
    expect(String(thrownBy(() => writer.put(key, "v")))).toContain(code.endsWith("EMPTY") ? "the key is empty" : "65535");
  });

  it("65,535 bytes of text is a key, 65,536 bytes is not, whatever the number of characters", () => {
    void writer.put("\u20ac".repeat(21_845), "");
    expect(thrownBy(() => writer.put("\u20ac".repeat(21_845) + "a", ""))).toMatchObject({ details: { length: 65_536, max: 65_535 } });
  });

  it("a value beyond 32 bits is refused before it is looked at", () => {
    const value = Object.defineProperty(new Uint8Array(1), "length", { value: VALUE_BYTES_MAX + 1 });
    expect(thrownBy(() => writer.put("k", value))).toMatchObject({ code: "ERR_SST_VALUE_TOO_LONG", details: { ordinal: 0, length: VALUE_BYTES_MAX + 1 } });
    expect(thrownBy(() => writer.merge("k", value))).toMatchObject({ code: "ERR_SST_VALUE_TOO_LONG", details: { ordinal: 1 } });
  });
});

describe("wrong types", () => {
  const wrong: readonly unknown[] = [undefined, null, 1, 1n, true, Symbol("s"), {}, [], [1, 2], new ArrayBuffer(3), new Uint16Array(3), new DataView(new ArrayBuffer(3)), new Date(0), () => "k", Object.create(null), new String("boxed")];

  it.each(wrong.map((value) => [value]))("%o is neither key nor value", (given) => {
    const bytes = given as Bytes;
    for (const [field, call] of [["key", () => writer.put(bytes, "v")], ["value", () => writer.put("k", bytes)], ["key", () => writer.delete(bytes)], ["value", () => writer.merge("k", bytes)], ["key", () => writer.add({ key: bytes, value: "v" })], ["value", () => writer.add({ key: "k", value: bytes })]] as const) {
      const error = thrownBy(call);
      expect(error).toBeInstanceOf(SstTypeError);
      expect(error).toMatchObject({ code: "ERR_SST_ROW_TYPE", details: { field } });
    }
  });

  it("is named by its type, or by its class", () => {
    const named = ["undefined", "null", "number", "bigint", "boolean", "symbol", "Object", "Array", "Array", "ArrayBuffer", "Uint16Array", "DataView", "Date", "Function", "object", "String"];
    for (const [at, given] of wrong.entries()) expect(String(thrownBy(() => writer.put("k", given as Bytes)))).toContain(`a value is a Uint8Array or a string, not ${named[at]}`);
  });

  it("of a length may be the longest", () => {
    checkValueLength(VALUE_BYTES_MAX, 0);
    expect(thrownBy(() => checkValueLength(VALUE_BYTES_MAX + 1, 3))).toMatchObject({ code: "ERR_SST_VALUE_TOO_LONG", details: { ordinal: 3, max: VALUE_BYTES_MAX } });
  });

  it.each(wrong.filter((value) => value !== undefined).map((value) => [value]))("%o is no kind, and no value of a tombstone", (given) => {
    expect(thrownBy(() => writer.add({ key: "k", value: "v", kind: given } as unknown as Row))).toMatchObject({ code: "ERR_SST_ROW_TYPE", details: { field: "kind" } });
    expect(thrownBy(() => writer.add({ key: "k", kind: "delete", value: given } as unknown as Row))).toMatchObject({ code: "ERR_SST_ROW_TYPE", details: { field: "value" } });
  });

  it.each([undefined, null, 5, "key", Symbol("s")])("%o is no row", (row) => {
    expect(thrownBy(() => writer.add(row as unknown as Row))).toMatchObject({ code: "ERR_SST_ROW_TYPE" });
  });
});
