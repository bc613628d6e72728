// The FlatBuffers builder: its bytes rule by rule, its size foretold, its limits.
import { Builder } from "flatbuffers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FlatBufferBuilder } from "../src/flatbuffers/builder.js";
import { FlatBufferLayout } from "../src/flatbuffers/layout.js";
import { PositionList } from "../src/flatbuffers/positions.js";
import { FLATBUFFER_BYTES_MAX } from "../src/generated/constants.js";
import { bytes, codeOf, hex } from "./flatbuffers-helpers.js";

/** A buffer whose root is a table with one reference, to what `child` writes. */
function around(child: (builder: FlatBufferBuilder) => number): string {
  const builder = new FlatBufferBuilder();
  const position = child(builder);
  builder.startTable(1);
  builder.addOffset(0, position);
  return hex(builder.finish(builder.endTable()));
}

/** Root reference, padding, vtable, and table of `around`. */
const FRAME = "0c000000 0000 0600 0800 0400 06000000 04000000";

describe("builder rules", () => {
  it("writes a byte vector: count, bytes, padding", () => {
    expect(around((builder) => builder.byteVector(bytes("010203")))).toBe(hex(`${FRAME} 03000000 010203 00`));
    expect(around((builder) => builder.byteVector(bytes("01020304")))).toBe(hex(`${FRAME} 04000000 01020304`));
    expect(around((builder) => builder.byteVector(bytes("")))).toBe(hex(`${FRAME} 00000000`));
  });

  it("writes a range of a byte vector", () => {
    expect(around((builder) => builder.byteVector(bytes("0102030405060708"), 2, 5))).toBe(hex(`${FRAME} 03000000 030405 00`));
    for (let end = 1; end <= 8; end++) expect(around((builder) => builder.byteVector(bytes("0102030405060708"), 1, end)), String(end)).toBe(around((builder) => builder.byteVector(bytes("0102030405060708").slice(1, end))));
  });

  it("writes a string: count without the zero, bytes, zero, padding", () => {
    expect(around((builder) => builder.text(bytes("6869")))).toBe(hex(`${FRAME} 02000000 6869 00 00`));
    expect(around((builder) => builder.text(bytes("686969")))).toBe(hex(`${FRAME} 03000000 686969 00`));
    expect(around((builder) => builder.text(bytes("68696969")))).toBe(hex(`${FRAME} 04000000 68696969 00 000000`));
  });

  it("writes a vector of references, each counted from itself", () => {
    const built = around((builder) => {
      const first = builder.byteVector(bytes("aa"));
      const second = builder.byteVector(bytes("bb"));
      return builder.offsetVector([first, second]);
    });
    expect(built).toBe(hex(`${FRAME} 02000000 10000000 04000000 01000000 bb000000 01000000 aa000000`));
  });

  it("cuts a vtable after the highest slot present and pads fields to their size", () => {
    const builder = new FlatBufferBuilder();
    builder.startTable(9);
    builder.addLong(1, 0x1122334455667788n);
    builder.addInt(0, 7);
    builder.addShort(4, 0xabcd);
    builder.addByte(2, 9);
    // From the back: long, int, short, byte, padding, table start; before it the vtable of slots 0 to 4.
    expect(hex(builder.finish(builder.endTable()))).toBe(hex(
      "14000000 0000 0e00 1400 0800 0c00 0500 0000 0600 0e000000 00 09 cdab 07000000 8877665544332211",
    ));
  });

  it("shares a vtable between tables that are laid out alike", () => {
    const builder = new FlatBufferBuilder();
    const tables = [3, 4, 5].map((value) => {
      builder.startTable(1);
      builder.addInt(0, value);
      return builder.endTable();
    });
    const vector = builder.offsetVector(tables);
    builder.startTable(1);
    builder.addOffset(0, vector);
    // A table's length counts the padding after it: tables 4 and 5 have 10 bytes and one vtable, table 3 and the root 8.
    expect(hex(builder.finish(builder.endTable()))).toBe(hex(
      "04000000 ceffffff 04000000 03000000 2c000000 18000000 04000000 f6ffffff 05000000 0000" +
      "0600 0a00 0400 06000000 04000000 0000 0600 0800 0400 06000000 03000000",
    ));
  });

  it("keeps negative numbers and large safe integers", () => {
    const builder = new FlatBufferBuilder();
    builder.startTable(2);
    builder.addLong(0, -1n);
    builder.addSafeLong(1, Number.MAX_SAFE_INTEGER);
    const built = builder.finish(builder.endTable());
    expect(hex(built.subarray(-16))).toBe("ffffffffffff1f00ffffffffffffffff");
  });
});

/** One table of a random buffer: fields in write order, and bytes that a reference in slot 0 points to. */
interface RandomTable {
  readonly children: Uint8Array;
  readonly fields: readonly { readonly slot: number; readonly size: number; readonly value: number }[];
}

const field = fc.record({ slot: fc.integer({ min: 1, max: 12 }), size: fc.constantFrom(1, 2, 4, 8, -8), value: fc.integer({ min: 1, max: 127 }) });
const table: fc.Arbitrary<RandomTable> = fc.record({
  children: fc.uint8Array({ maxLength: 9 }),
  fields: fc.uniqueArray(field, { selector: ({ slot }) => slot, maxLength: 12 }),
});

function buildOurs(builder: FlatBufferLayout, tables: readonly RandomTable[], text: string): number {
  const positions = tables.map(({ children, fields }) => {
    const child = builder.byteVector(children);
    builder.startTable(13);
    for (const { slot, size, value } of fields) {
      if (size === 1) builder.addByte(slot, value);
      else if (size === 2) builder.addShort(slot, value);
      else if (size === 4) builder.addInt(slot, value);
      else if (size === 8) builder.addSafeLong(slot, value * 2 ** 33 + 5);
      else builder.addLong(slot, -BigInt(value) << 20n);
    }
    builder.addOffset(0, child);
    return builder.endTable();
  });
  const vector = builder.offsetVector(positions);
  const name = builder.text(new TextEncoder().encode(text));
  builder.startTable(3);
  builder.addOffset(2, name);
  builder.addOffset(0, vector);
  return builder.endTable();
}

function buildOfficial(tables: readonly RandomTable[], text: string): Uint8Array {
  const builder = new Builder(16);
  const positions = tables.map(({ children, fields }) => {
    const child = builder.createByteVector(children);
    builder.startObject(13);
    for (const { slot, size, value } of fields) {
      if (size === 1) builder.addFieldInt8(slot, value, 0);
      else if (size === 2) builder.addFieldInt16(slot, value, 0);
      else if (size === 4) builder.addFieldInt32(slot, value, 0);
      else if (size === 8) builder.addFieldInt64(slot, BigInt(value) * (1n << 33n) + 5n, 0n);
      else builder.addFieldInt64(slot, -BigInt(value) << 20n, 0n);
    }
    builder.addFieldOffset(0, child, 0);
    return builder.endObject();
  });
  builder.startVector(4, positions.length, 4);
  for (const position of positions.reverse()) builder.addOffset(position);
  const vector = builder.endVector();
  const name = builder.createString(text);
  builder.startObject(3);
  builder.addFieldOffset(2, name, 0);
  builder.addFieldOffset(0, vector, 0);
  builder.finish(builder.endObject());
  return builder.asUint8Array();
}

describe("the official builder", () => {
  it("gives the same bytes for random tables, and the size is foretold", () => {
    fc.assert(
      fc.property(fc.array(table, { maxLength: 60 }), fc.string({ unit: "grapheme", maxLength: 20 }), (tables, text) => {
        const builder = new FlatBufferBuilder();
        const measured = builder.measure();
        buildOurs(measured, tables, text);
        const built = builder.finish(buildOurs(builder, tables, text));
        expect(hex(built)).toBe(hex(buildOfficial(tables, text)));
        expect(measured.finishedSize).toBe(built.length);
      }),
      { seed: 20260, numRuns: 300 },
    );
  });

  it("gives the same bytes where chunks meet", () => {
    const tables = Array.from({ length: 3000 }, (_, index): RandomTable => ({
      children: new Uint8Array(index % 700).fill(index), fields: [{ slot: 1 + (index % 12), size: [1, 2, 4, 8, -8][index % 5] ?? 1, value: 1 + (index % 127) }],
    }));
    const builder = new FlatBufferBuilder();
    const built = builder.finish(buildOurs(builder, tables, "chunks"));
    expect(built.length).toBeGreaterThan(2 ** 20);
    expect(Buffer.compare(built, buildOfficial(tables, "chunks"))).toBe(0);
  });
});

describe("size and limits", () => {
  it("foretells a size from the middle without changing anything", () => {
    const builder = new FlatBufferBuilder();
    const vector = builder.byteVector(bytes("0102030405"));
    const used = builder.used;
    const measured = builder.measure();
    measured.startTable(2);
    measured.addLong(1, 1n);
    measured.endTable();
    expect(builder.used).toBe(used);
    builder.startTable(1);
    builder.addOffset(0, vector);
    const root = builder.endTable();
    expect(builder.finish(root).length).toBe(32);
    expect(measured.finishedSize).toBe(40);
  });

  it("fills a buffer to its limit and refuses the next byte", () => {
    const fill = (limit: number): Uint8Array => {
      const builder = new FlatBufferBuilder(limit);
      const vector = builder.byteVector(new Uint8Array(4000));
      builder.startTable(1);
      builder.addOffset(0, vector);
      return builder.finish(builder.endTable());
    };
    expect(fill(4024).length).toBe(4024);
    expect(codeOf(() => fill(4023))).toBe("ERR_SST_LIMIT_FLATBUFFER");
  });

  it("refuses more than a FlatBuffer can address by default", () => {
    const none = new Uint8Array(0);
    expect(codeOf(() => new FlatBufferLayout().byteVector(none, 0, FLATBUFFER_BYTES_MAX - 3))).toBe("ERR_SST_LIMIT_FLATBUFFER");
    const fits = new FlatBufferLayout();
    fits.byteVector(none, 0, FLATBUFFER_BYTES_MAX - 7);
    expect(fits.used).toBe(FLATBUFFER_BYTES_MAX - 3);
  });

  it("measures beyond every limit", () => {
    const measured = new FlatBufferBuilder(64).measure();
    measured.byteVector(new Uint8Array(0), 0, 2 ** 33);
    expect(measured.finishedSize).toBe(2 ** 33 + 8);
  });

  it("is finished once", () => {
    const builder = new FlatBufferBuilder();
    builder.startTable(0);
    const root = builder.endTable();
    builder.finish(root);
    expect(codeOf(() => builder.finish(root))).toBe("ERR_SST_STATE");
    expect(codeOf(() => builder.byteVector(bytes("01")))).toBe("ERR_SST_STATE");
  });

  it("refuses a vector without its positions", () => {
    expect(codeOf(() => new FlatBufferBuilder().offsetVector({ length: 1, at: () => undefined }))).toBe("ERR_SST_STATE");
  });
});

describe("positions", () => {
  it("keeps as many as there are, over all chunk sizes", () => {
    const list = new PositionList();
    const count = 3 * 2 ** 16 + 5;
    for (let index = 0; index < count; index++) list.push((index * 7919) % 2 ** 31);
    expect(list.length).toBe(count);
    expect([0, 63, 64, 65, 127, 128, 65535, 65536, 131072, count - 1].every((index) => list.at(index) === (index * 7919) % 2 ** 31)).toBe(true);
    expect(list.at(count)).toBeUndefined();
    list.clear();
    expect(list.length).toBe(0);
    expect(list.at(0)).toBeUndefined();
  });
});
