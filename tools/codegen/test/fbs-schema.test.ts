// The schema language that the generator understands, and that it refuses the rest with file and line.
import { describe, expect, it } from "vitest";
import { loadSchemas } from "../src/fbs/generate.mjs";

interface Table {
  readonly writes: readonly { readonly slot: number }[];
  readonly children: readonly { readonly slot: number }[];
}

/** The last type of a schema. */
const load = (text: string): Table => loadSchemas(new Map([["fbs/test.fbs", text]]))[0]?.types.at(-1) as Table;

const ATTRIBUTES = 'attribute "safe_integer"; attribute "child_order"; attribute "bulk";';
const table = (fields: string): string => `${ATTRIBUTES}\n/// An inner table.\ntable Inner {\n/// A number.\nn: uint (id: 0);\n}\n/// A table.\ntable Test {\n${fields}\n}\n`;

describe("orders that follow from a schema", () => {
  it("fields are written by size, then by slot, both descending; a union's number counts as a byte of the slot before", () => {
    const fields = `
      /// f
      a: bool (id: 0);
      /// f
      b: uint (id: 1);
      /// f
      c: ulong (id: 2);
      /// f
      d: ushort = null (id: 3);
      /// f
      e: [ubyte] (id: 4);
      /// f
      f: long (id: 5);
      /// f
      g: Choice (id: 7);
      /// f
      h: string (id: 8);`;
    const text = table(fields).replace("/// A table.", "/// A choice.\nunion Choice { Inner }\n/// A table.");
    expect(load(text).writes.map(({ slot }) => slot)).toEqual([5, 2, 8, 7, 4, 1, 3, 6, 0]);
  });

  it("children are written by slot, or as they say", () => {
    const fields = (orders: readonly string[]): string => orders.map((order, slot) => `/// f\nf${slot}: Inner (id: ${slot}${order});`).join("\n");
    expect(load(table(fields(["", "", ""]))).children.map(({ slot }) => slot)).toEqual([0, 1, 2]);
    expect(load(table(fields([", child_order: 3", ", child_order: 1", ", child_order: 2"]))).children.map(({ slot }) => slot)).toEqual([1, 2, 0]);
  });
});

describe("schemas that are refused", () => {
  it.each<[string, string, RegExp]>([
    ["a character out of place", "table Test { a: uint @ }", /^fbs\/test\.fbs:1: cannot read/],
    ["a block comment", "/* no */", /cannot read/],
    ["a struct", "/// s\nstruct S { }", /^fbs\/test\.fbs:2: cannot read a declaration of struct/],
    ["a file identifier", 'file_identifier "ABCD";', /cannot read a declaration of file_identifier/],
    ["a doc comment of nothing", "namespace a;\n/// lost\n", /belongs to nothing/],
    ["a table without doc comment", "table Test { }", /has no doc comment/],
    ["a field without doc comment", table("a: uint (id: 0);"), /^fbs\/test\.fbs:9: a has no doc comment/],
    ["an enum value without number", "/// e\nenum E : byte {\n/// v\nA }", /^fbs\/test\.fbs:4: expected =/],
    ["an enum of another width", "/// e\nenum E : ushort {\n/// v\nA = 0 }", /an enum is a byte/],
    ["a default", table("/// f\na: uint = 5 (id: 0);"), /^fbs\/test\.fbs:10: expected null/],
    ["a field without slot", table("/// f\na: uint;"), /says its slot by id/],
    ["a slot that is missing", table("/// f\na: uint (id: 1);"), /Test has no field with id 0, but one with 1: a field that files have is kept, even where nobody fills it/],
    ["a slot used twice", table("/// f\na: uint (id: 0);\n/// f\nb: uint (id: 0);"), /a and b of Test have the same id 0: a field that files have keeps its id, and a new one takes the next free one/],
    ["a slot below 0", table("/// f\na: uint (id: -1);"), /a of Test has id -1: an id is 0 or more/],
    ["a name used twice", table("/// f\na: uint (id: 0);\n/// f\na: uint (id: 1);"), /a field of Test is there twice/],
    ["an attribute that nobody knows", table("/// f\na: uint (id: 0, deprecated);"), /attribute deprecated is not known/],
    ["an attribute given twice", table("/// f\na: uint (id: 0, id: 0);"), /attribute id is there twice/],
    ["a declared attribute that nobody knows", 'attribute "secret";', /attribute secret is not known/],
    ["a number where none belongs", table("/// f\na: [ubyte] (id: 0, required: 1);"), /has no value/],
    ["a required scalar", table("/// f\na: uint (id: 0, required);"), /a scalar cannot be required/],
    ["an optional reference by null", table("/// f\na: [ubyte] = null (id: 0);"), /only a scalar can be optional/],
    ["safe_integer on 32 bits", table("/// f\na: uint (id: 0, safe_integer);"), /safe_integer is for ulong/],
    ["an unknown type", table("/// f\na: Nothing (id: 0);"), /type Nothing is not known/],
    ["a float", table("/// f\na: double (id: 0);"), /type double is not known/],
    ["a vector of numbers", table("/// f\na: [uint] (id: 0);"), /a vector of uint is outside the subset/],
    ["a child order with gaps", table("/// f\na: Inner (id: 0, child_order: 1);\n/// f\nb: Inner (id: 1);"), /child_order of Test is not 1 to 2/],
    ["a scalar as a child", table("/// f\na: uint (id: 0, child_order: 1);"), /a scalar is no child/],
    ["bulk for one table", table("/// f\na: Inner (id: 0, bulk);"), /bulk is for vectors of tables/],
    ["bulk of nested tables", `${table("/// f\na: Inner (id: 0);")}/// o\ntable Outer {\n/// f\na: [Test] (id: 0, bulk);\n}`, /does not fit in a column/],
    ["a table within itself", table("/// f\na: [Test] (id: 0);"), /contains itself/],
    ["a type used twice", `${table("")}/// again\ntable Inner { }`, /Inner is there twice/],
    ["a union of what is no table", "/// u\nunion U { Nothing }", /Nothing is not a table/],
    ["two roots", "root_type A;\nroot_type B;", /^fbs\/test\.fbs:2: a file has one root_type/],
    ["a root that is no table", "root_type A;", /root_type A is not a table/],
    ["an end too early", "/// t\ntable Test {", /found the end of the file/],
  ])("%s", (_, text, problem) => {
    expect(() => load(text)).toThrow(problem);
  });
});
