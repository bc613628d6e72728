// Columns that do not fit together are refused as a whole, before the first row.
import { MemoryObjectStore } from "@slate-sst/object-store";
import { describe, expect, it } from "vitest";
import { type RowColumns, SstWriter } from "../src/index.js";
import { bytesOf, expectSameBytes, PATH, thrownBy, writeSst } from "./sample-rows.js";

/** Three rows: "a", "b", "cc". */
const sound: RowColumns = {
  keys: bytesOf("abcc"),
  keyOffsets: Int32Array.of(0, 1, 2, 4),
  values: bytesOf("123"),
  valueOffsets: Uint32Array.of(0, 1, 2, 3),
  kinds: Uint8Array.of(0, 2, 0),
  seqs: BigUint64Array.of(1n, 2n, 3n),
  createTs: BigInt64Array.of(1n, 2n, 3n),
  createTsValidity: Uint8Array.of(7),
  expireTs: BigInt64Array.of(1n, 2n, 3n),
  expireTsValidity: Uint8Array.of(7),
};
const wrong = (columns: object): RowColumns => ({ ...sound, ...columns });

const cases: readonly (readonly [string, unknown, string, RegExp])[] = [
  ["nothing", undefined, "columns", /an object of columns/],
  ["null", null, "columns", /an object of columns/],
  ["text", "abc", "columns", /an object of columns/],
  ["an unknown column", wrong({ timestamps: BigInt64Array.of(1n, 2n, 3n) }), "timestamps", /there is no such column; known are keys, keyOffsets/],
  ["no keys", wrong({ keys: undefined }), "keys", /a Uint8Array/],
  ["keys as text", wrong({ keys: "abcc" }), "keys", /a Uint8Array/],
  ["keys as an ArrayBuffer", wrong({ keys: new ArrayBuffer(4) }), "keys", /a Uint8Array/],
  ["keys as an Int8Array", wrong({ keys: new Int8Array(4) }), "keys", /a Uint8Array/],
  ["no values", wrong({ values: undefined }), "values", /a Uint8Array/],
  ["values as an array", wrong({ values: [1, 2, 3] }), "values", /a Uint8Array/],
  ["no key offsets", wrong({ keyOffsets: undefined }), "keyOffsets", /an Int32Array or a Uint32Array/],
  ["key offsets as an array", wrong({ keyOffsets: [0, 1, 2, 4] }), "keyOffsets", /an Int32Array or a Uint32Array/],
  ["key offsets of 64 bits", wrong({ keyOffsets: BigInt64Array.of(0n, 1n, 2n, 4n) }), "keyOffsets", /an Int32Array or a Uint32Array/],
  ["value offsets as floats", wrong({ valueOffsets: Float64Array.of(0, 1, 2, 3) }), "valueOffsets", /an Int32Array or a Uint32Array/],
  ["empty key offsets", wrong({ keyOffsets: new Int32Array(0) }), "keyOffsets", /not empty/],
  ["empty value offsets", wrong({ valueOffsets: new Uint32Array(0) }), "valueOffsets", /not empty/],
  ["key offsets that descend", wrong({ keyOffsets: Int32Array.of(0, 2, 1, 4) }), "keyOffsets", /ascending/],
  ["key offsets that descend at the end", wrong({ keyOffsets: Int32Array.of(0, 1, 4, 2) }), "keyOffsets", /ascending/],
  ["key offsets that begin below 0", wrong({ keyOffsets: Int32Array.of(-1, 1, 2, 4) }), "keyOffsets", /ascending/],
  ["key offsets that end below 0", wrong({ keyOffsets: Int32Array.of(0, 1, 2, -4) }), "keyOffsets", /within the 4 bytes of its column, not up to -4/],
  ["key offsets all below 0", wrong({ keyOffsets: Int32Array.of(-4, -3, -2, -1) }), "keyOffsets", /within the 4 bytes/],
  ["key offsets beyond the end", wrong({ keyOffsets: Int32Array.of(0, 1, 2, 5) }), "keyOffsets", /within the 4 bytes of its column, not up to 5/],
  ["value offsets that descend", wrong({ valueOffsets: Uint32Array.of(3, 2, 1, 0) }), "valueOffsets", /ascending/],
  ["value offsets far beyond the end", wrong({ valueOffsets: Uint32Array.of(0, 1, 2, 0xffff_ffff) }), "valueOffsets", /within the 3 bytes of its column, not up to 4294967295/],
  ["fewer values than keys", wrong({ valueOffsets: Uint32Array.of(0, 1, 2) }), "valueOffsets", /as long as keyOffsets \(4\), not 3/],
  ["more values than keys", wrong({ valueOffsets: Uint32Array.of(0, 1, 2, 3, 3) }), "valueOffsets", /as long as keyOffsets \(4\), not 5/],
  ["kinds of another type", wrong({ kinds: Int8Array.of(0, 2, 0) }), "kinds", /a Uint8Array/],
  ["kinds as null", wrong({ kinds: null }), "kinds", /a Uint8Array/],
  ["too few kinds", wrong({ kinds: Uint8Array.of(0, 2) }), "kinds", /as long as there are rows \(3\), not 2/],
  ["too many kinds", wrong({ kinds: new Uint8Array(4) }), "kinds", /as long as there are rows \(3\), not 4/],
  ["signed sequence numbers", wrong({ seqs: BigInt64Array.of(1n, 2n, 3n) }), "seqs", /a BigUint64Array/],
  ["too few sequence numbers", wrong({ seqs: BigUint64Array.of(1n) }), "seqs", /as long as there are rows \(3\), not 1/],
  ["unsigned create timestamps", wrong({ createTs: BigUint64Array.of(1n, 2n, 3n) }), "createTs", /a BigInt64Array/],
  ["create timestamps as floats", wrong({ createTs: Float64Array.of(1, 2, 3) }), "createTs", /a BigInt64Array/],
  ["too many create timestamps", wrong({ createTs: new BigInt64Array(4) }), "createTs", /as long as there are rows \(3\), not 4/],
  ["expiries of another type", wrong({ expireTs: [1n, 2n, 3n] }), "expireTs", /a BigInt64Array/],
  ["too few expiries", wrong({ expireTs: new BigInt64Array(0) }), "expireTs", /as long as there are rows \(3\), not 0/],
  ["another number of rows", wrong({ rows: 2 }), "rows", /3, as the offsets have it, or left out/],
  ["a bitmap of booleans", wrong({ createTsValidity: [true, true, true] }), "createTsValidity", /a Uint8Array/],
  ["a bitmap without its column", wrong({ createTs: undefined }), "createTsValidity", /left out, like the column that it belongs to/],
  ["the other bitmap without its column", wrong({ expireTs: undefined }), "expireTsValidity", /left out, like the column that it belongs to/],
  ["a bitmap too short", wrong({ expireTsValidity: new Uint8Array(0) }), "expireTsValidity", /at least 1 bytes for 3 rows, not 0/],
];

describe("columns", () => {
  it.each(cases)("%s: refused by name, no row is taken, and the writer goes on", async (_, columns, column, message) => {
    const store = new MemoryObjectStore();
    const writer = await SstWriter.create(store, PATH);
    void writer.put("A", "0");
    const error = thrownBy(() => writer.writeColumns(columns as RowColumns));
    expect(error).toMatchObject({ code: "ERR_SST_COLUMNS_INVALID", name: "SstTypeError", details: { column } });
    expect((error as Error).message).toMatch(message);
    expect((error as Error).message).toContain(`writeColumns: ${column} must be `);
    expect([writer.rowCount, writer.state]).toEqual([1, "writing"]);
    await writer.writeColumns({ ...sound, rows: 3 });
    // Nobody counts the rows of columns that were refused.
    expect(thrownBy(() => writer.put("a", ""))).toMatchObject({ details: { ordinal: 4 } });
    await writer.close();
    const rows = ["a", "b", "cc"].map((key, at) => ({ kind: at === 1 ? "merge" : "put", key, value: String(at + 1), seq: BigInt(at + 1), createTs: at + 1, expireTs: at + 1 }) as const);
    expectSameBytes(await store.get(PATH), (await writeSst([{ key: "A", value: "0" }, ...rows])).bytes);
  });

  it("a bitmap needs a bit for each row and may be longer", async () => {
    for (const [rows, bytes, isSound] of [[8, 1, true], [9, 1, false], [9, 2, true], [9, 70, true], [16, 2, true], [17, 2, false]] as const) {
      const columns: RowColumns = {
        keys: Uint8Array.from({ length: rows }, (_, at) => at), keyOffsets: Int32Array.from({ length: rows + 1 }, (_, at) => at),
        values: new Uint8Array(0), valueOffsets: new Int32Array(rows + 1), createTs: new BigInt64Array(rows), createTsValidity: new Uint8Array(bytes),
      };
      const writer = await SstWriter.create(new MemoryObjectStore(), PATH);
      if (isSound) await writer.writeColumns(columns);
      else expect(thrownBy(() => writer.writeColumns(columns))).toMatchObject({ details: { column: "createTsValidity" } });
      expect(writer.rowCount).toBe(isSound ? rows : 0);
    }
  });

  it("that are not read are not looked at: columns of undefined are left out", async () => {
    const writer = await SstWriter.create(new MemoryObjectStore(), PATH);
    await writer.writeColumns({ ...sound, kinds: undefined, seqs: undefined, createTs: undefined, createTsValidity: undefined, expireTs: undefined, expireTsValidity: undefined });
    expect((await writer.close()).rowCount).toBe(3n);
  });

  it("are refused after close and abort by the state, before they are looked at", async () => {
    const writer = await SstWriter.create(new MemoryObjectStore(), PATH);
    await writer.writeColumns(sound);
    await writer.close();
    expect(thrownBy(() => writer.writeColumns(null as never))).toMatchObject({ code: "ERR_SST_STATE" });
    const given = await SstWriter.create(new MemoryObjectStore(), PATH);
    await given.abort();
    expect(thrownBy(() => given.writeColumns(sound))).toMatchObject({ code: "ERR_SST_ABORTED" });
  });
});
