// Walk tables: what a walker has to know of a structure or a table, as data, and nothing else.
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { loadSchemas } from "../src/fbs/generate.mjs";
import { walkEnums, walkTables } from "../src/fbs/walk.mjs";
import { loadKsyFiles, readStructures } from "../src/ksy/model.mjs";
import { firstSentence, walkStructures } from "../src/ksy/walk.mjs";

/** Tables of a spec of one file. */
function structures(text: string): ReturnType<typeof walkStructures> {
  const files = new Map([["probe", { ...(parse(text) as object), where: "sst/probe.ksy" }]]);
  return walkStructures(readStructures(files), files);
}

describe("structures", () => {
  it("have their fields in file order, with widths, derived lengths and conditions", () => {
    const { Probe } = structures(`
meta: { id: probe, endian: le }
-codec: Probe
doc: A structure. More about it.
seq:
  - { id: n, type: u2, -length-of: v, doc: "Length, e.g. of v. And more." }
  - { id: v, size: n, doc: Bytes. }
  - { id: f, type: bits, doc: Flags. }
  - { id: k, type: u1, enum: kind, valid: { in-enum: true }, if: not f.one, doc: Kind. }
enums: { kind: { 1: { id: small, doc: Small. }, 2: { id: large, doc: Large. } } }
types:
  bits:
    seq:
      - { id: rest, type: b7, valid: 0, doc: Reserved. }
      - { id: one, type: b1, doc: One. }
`);
    expect(Probe).toEqual({
      name: "Probe",
      doc: "A structure.",
      fields: [
        { id: "n", kind: "int", bytes: 2, isLittleEndian: true, lengthOf: "v", doc: "Length, e.g. of v." },
        { id: "v", kind: "bytes", lengthFrom: "n", doc: "Bytes." },
        { id: "f", kind: "flags", bytes: 1, bits: [{ id: "rest", mask: 0xfe, isReserved: true, doc: "Reserved." }, { id: "one", mask: 1, doc: "One." }], doc: "Flags." },
        { id: "k", kind: "int", bytes: 1, isLittleEndian: true, condition: { flags: "f", mask: 1, isNegated: true }, labels: { 1: "small", 2: "large" }, doc: "Kind." },
      ],
    });
  });

  it("name what is repeated inside them", () => {
    const files = loadKsyFiles();
    const tables = walkStructures(readStructures(files), files) as Record<string, { fields: { id: string; elements?: string; elementId?: string; countedBy?: string }[] }>;
    const repeated = Object.entries(tables).flatMap(([name, { fields }]) => fields.filter(({ elements }) => elements !== undefined).map(({ id, elements, elementId, countedBy }) => [name, id, elements, elementId, countedBy]));
    expect(repeated).toEqual(expect.arrayContaining([
      ["BlockV1", "body", "RowV1", "row", undefined],
      ["BlockV2", "body", "RowV2", "row", undefined],
      ["CompositeFilter", "filters", "NamedFilter", "filters", "num_filters"],
    ]));
  });
});

it("a doc's first sentence ends where a sentence does", () => {
  expect(firstSentence("One line\nand a half. Another.")).toBe("One line and a half.");
  expect(firstSentence("From 0.13 on. Not before.")).toBe("From 0.13 on.");
  expect(firstSentence("No full stop")).toBe("No full stop");
});

it("tables have their slots, enums their names", () => {
  const schemas = loadSchemas(new Map([["fbs/test.fbs", `
/// Kinds.
enum Kind : byte {
  /// No.
  None = 0,
  /// Some.
  Some = 3
}
/// An inner table.
table Inner {
  /// A number. Really.
  n: long (id: 0);
}
/// What it is.
union Which { Inner }
/// A table.
table Test {
  /// Bytes.
  key: [ubyte] (id: 0);
  /// A kind.
  kind: Kind (id: 1);
  /// Tables.
  list: [Inner] (id: 2);
  /// One of them.
  which: Which (id: 4);
}
`]]));
  expect(walkEnums(schemas)).toEqual({ Kind: { 0: "None", 3: "Some" } });
  expect(walkTables(schemas)).toEqual({
    Inner: { name: "Inner", doc: "An inner table.", slots: [{ slot: 0, name: "n", kind: "scalar", bytes: 8, isSigned: true, doc: "A number." }] },
    Test: {
      name: "Test",
      doc: "A table.",
      slots: [
        { slot: 0, name: "key", kind: "bytes", bytes: 4, doc: "Bytes." },
        { slot: 1, name: "kind", kind: "enum", bytes: 1, enum: "Kind", doc: "A kind." },
        { slot: 2, name: "list", kind: "vector", bytes: 4, table: "Inner", doc: "Tables." },
        { slot: 4, name: "which", kind: "union", bytes: 4, members: ["Inner"], doc: "One of them." },
      ],
    },
  });
});
