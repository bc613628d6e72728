import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { encoder, sizer } from "../src/ksy/encode.mjs";
import { decoder } from "../src/ksy/decode.mjs";
import { loadKsyFiles, readStructures } from "../src/ksy/model.mjs";

/** A spec of one file whose structure has these fields (YAML of the seq). */
function structures(seq: string, more = ""): ReturnType<typeof readStructures> {
  const file = parse(`meta: { id: probe, endian: be }\n-codec: Probe\ndoc: A structure.\nseq:\n${seq}\n${more}`) as object;
  return readStructures(new Map([["probe", { ...file, where: "sst/probe.ksy" }]]));
}

const varint = `
types:
  varint: { -primitive: leb128_u32, seq: [] }
  bits:
    seq:
      - { id: rest, type: b6, valid: 0, doc: Reserved. }
      - { id: one, type: b1, doc: One. }
      - { id: two, type: b1, doc: Two. }
`;

describe("what the model does not understand is an error with its place", () => {
  it.each([
    ["an unknown key", "  - { id: a, type: u2, doc: A., contents: [1] }", "", "sst/probe.ksy: a: key contents is not known"],
    ["a field without doc", "  - { id: a, type: u2 }", "", "sst/probe.ksy: a: doc is missing"],
    ["an unknown type", "  - { id: a, type: f8, doc: A. }", "", "type f8 is not known"],
    ["an 8-byte integer without -as", "  - { id: a, type: u8, doc: A. }", "", "needs -as: number or -as: halves"],
    ["a signed one as a number", "  - { id: a, type: s8, -as: number, doc: A. }", "", "needs -as: halves"],
    ["halves of a short integer", "  - { id: a, type: u2, -as: halves, doc: A. }", "", "only 8-byte integers have halves"],
    ["a valid that is not understood", "  - { id: a, type: u2, valid: 1, doc: A. }", "", "valid is not understood"],
    ["an unknown enum", "  - { id: a, type: u2, enum: none, valid: { in-enum: true }, doc: A. }", "", "enum none is not known"],
    ["a size that is arithmetic", "  - { id: a, type: u2, doc: A. }\n  - { id: b, size: a * 2, doc: B. }", "", "size a * 2 is not understood"],
    ["a size of a field that is not there", "  - { id: b, size: a, doc: B. }", "", "size a is not understood"],
    ["a length of no field", "  - { id: a, type: u2, -length-of: b, doc: A. }", "", "b is no field of kind bytes"],
    ["a length that another field has", "  - { id: a, type: u2, -length-of: b, doc: A. }\n  - { id: c, type: u2, doc: C. }\n  - { id: b, size: c, doc: B. }", "", "size must be a"],
    ["a condition that is arithmetic", "  - { id: f, type: bits, doc: F. }\n  - { id: a, type: u2, if: f.one == 1, doc: A. }", varint, "condition f.one == 1 is not understood"],
    ["a condition on a bit that is not there", "  - { id: f, type: bits, doc: F. }\n  - { id: a, type: u2, if: f.three, doc: A. }", varint, "condition f.three is not understood"],
    ["bits that do not fill a byte", "  - { id: f, type: short, doc: F. }", "types: { short: { seq: [{ id: one, type: b1, doc: One. }] } }", "bits do not fill a byte"],
    ["several bits that mean something", "  - { id: f, type: wide, doc: F. }", "types: { wide: { seq: [{ id: all, type: b8, doc: All. }] } }", "must be reserved"],
    ["an unknown primitive", "  - { id: a, type: odd, doc: A. }", "types: { odd: { -primitive: zigzag, seq: [] } }", "primitive zigzag is not known"],
    ["a body whose size does not follow from the rest", "  - { id: body, size: _io.size - 3, -in-place: true, doc: B. }\n  - { id: crc, type: u4, doc: C. }", "", "size must be _io.size - 4"],
    ["a body that is not first", "  - { id: crc, type: u4, doc: C. }\n  - { id: body, size: _io.size - 4, -in-place: true, doc: B. }", "", "only the first field can be in place"],
    ["an array without a count", "  - { id: body, size: _io.size - 2, -in-place: true, doc: B. }\n  - { id: a, type: u2, repeat: expr, repeat-expr: n, doc: A. }", "", "must carry -count-of"],
    ["an array that runs to the end", "  - { id: a, type: u2, repeat: eos, doc: A. }", "", "only counted arrays of integers"],
  ])("%s", (_, seq, more, message) => {
    expect(() => structures(seq, more)).toThrow(message);
  });

  it("a structure's name", () => {
    const file = { meta: { id: "probe" }, "-codec": "lower", doc: "A.", seq: [], where: "sst/probe.ksy" };
    expect(() => readStructures(new Map([["probe", file]]))).toThrow("PascalCase");
  });
});

describe("what is generated", () => {
  it("a fixed structure has a constant size", () => {
    const [probe] = structures("  - { id: a, type: u2, doc: A. }\n  - { id: b, type: u8, -as: number, doc: B. }");
    expect(sizer(probe)).toContain("export const PROBE_BYTES = 10;");
  });

  it("a varying one a function of what varies", () => {
    const [probe] = structures("  - { id: n, type: varint, -length-of: v, doc: N. }\n  - { id: v, size: n.value, doc: V. }\n  - { id: f, type: bits, doc: F. }\n  - { id: t, type: s8, -as: halves, if: f.two, doc: T. }", varint);
    expect(sizer(probe)).toContain("sizeProbe(vLength: number, f: number)");
    expect(sizer(probe)).toContain("return 1 + varintSize(vLength) + vLength + ((f & 0x01) !== 0 ? 8 : 0);");
    expect(encoder(probe)).toContain("v: Uint8Array,\n  vStart: number,\n  vEnd: number,\n  f: number,\n  tHi: number,\n  tLo: number,");
    expect(decoder(probe)).toContain('if ((f & 0xfc) !== 0) throw corrupt("f", at, "an unknown flag is set");');
  });

  it("every structure of the spec has code", () => {
    const names = readStructures(loadKsyFiles()).map(({ name }) => name).sort();
    expect(names).toEqual(expect.arrayContaining(["BlockV1", "BlockV2", "BloomFilter", "CompositeFilter", "Footer", "Lz4Stream", "ManifestObject", "NamedFilter", "RowV1", "RowV2", "Section"]));
  });
});
