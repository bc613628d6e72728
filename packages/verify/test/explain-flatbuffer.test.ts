// FlatBuffers byte by byte: those that SlateDB wrote, and those whose references lead astray.
import { readdirSync, readFileSync } from "node:fs";
import { WALK_TABLES, type WalkTable } from "@slate-sst/format/walk";
import { describe, expect, test } from "vitest";
import { explainFlatBuffer } from "../src/explain/flatbuffer-walk.js";
import { type ExplainNode, Name, Region } from "../src/explain/node.js";
import { errorsOf, gapsOf } from "./explain-samples.js";

const folder = new URL("../../conformance/vectors/golden/", import.meta.url);
const manifests = readdirSync(folder).filter((name) => name.endsWith(".manifest"));

/** A manifest's FlatBuffer follows two bytes of version. */
const HEADER_BYTES = 2;

function explain(bytes: Uint8Array, table: WalkTable): ExplainNode[] {
  return [...explainFlatBuffer(new Region(bytes, 0, false, { bytes: 16, values: "text" }), Name.top("buffer"), table)];
}

describe("manifests", () => {
  test.each(manifests)("every byte of %s", (name) => {
    const bytes = Uint8Array.from(readFileSync(new URL(name, folder))).subarray(HEADER_BYTES);
    const nodes = explain(bytes, WALK_TABLES.ManifestV1);
    expect(errorsOf(nodes)).toEqual([]);
    expect(gapsOf(nodes, bytes.length)).toEqual([]);
    expect(nodes.find(({ path }) => path === "buffer.initialized")?.value).toBe("1");
  });
});

/** Little-endian numbers of 32 bits, or of 16 where marked. */
function buffer(...words: readonly (number | { readonly short: number })[]): Uint8Array {
  const bytes: number[] = [];
  for (const word of words) {
    const [value, width] = typeof word === "number" ? [word, 4] : [word.short, 2];
    for (let index = 0; index < width; index++) bytes.push((value >> (8 * index)) & 0xff);
  }
  return Uint8Array.from(bytes);
}

const short = (value: number): { readonly short: number } => ({ short: value });

/** A vtable of one slot and an index table behind it, whose vector of blocks begins at 20: what follows. */
const indexStart = [12, short(0), short(6), short(8), short(4), 6, 4];

describe("an index of hand", () => {
  test("without blocks", () => {
    const nodes = explain(buffer(...indexStart, 0), WALK_TABLES.SsTableIndex);
    expect(errorsOf(nodes)).toEqual([]);
    expect(gapsOf(nodes, 24)).toEqual([]);
    expect(nodes.map(({ kind, offset, length, label, value }) => `${kind} ${offset}+${length} ${label} ${value}`.trimEnd())).toEqual([
      "field 0+4 root -> 0xc", "padding 4+2 padding", "structure 6+6 vtable of SsTableIndex", "field 6+2 vtable_bytes 6", "field 8+2 table_bytes 8",
      "field 10+2 block_meta 4 bytes into the table", "structure 12+8 SsTableIndex", "field 12+4 vtable -> 0x6", "field 16+4 block_meta -> 0x14",
      "structure 20+4 block_meta vector", "field 20+4 count 0",
    ]);
  });

  test.each([
    ["a root that leads outside", buffer(99), "buffer.root: the reference points behind the 4 bytes of the buffer"],
    ["no room for a root", buffer(short(1)), "buffer.root: the buffer ends before the reference does"],
    ["a root that points into itself", buffer(1), "buffer.root: the reference points into itself"],
    ["a vtable outside", buffer(4, 99), "buffer.root: the vtable lies outside the buffer"],
    ["a vtable of an odd length", buffer(12, short(0), short(5), short(8), short(4), 6, 4, 0), "buffer.root: a vtable has no 5 bytes"],
    ["a table that is too long", buffer(12, short(0), short(6), short(99), short(4), 6, 4, 0), "buffer.root: a table has no 99 bytes"],
    ["a vector that does not fit", buffer(...indexStart, 9), "buffer.block_meta: a vector of 9 elements does not fit in the buffer"],
    ["a field outside its table", buffer(12, short(0), short(6), short(8), short(8), 6, 4, 0), "buffer.block_meta: the field lies outside its table"],
    ["padding that is not zero", buffer(12, short(7), short(6), short(8), short(4), 6, 4, 0), "buffer.padding: padding is zero"],
    ["bytes that nothing refers to", buffer(...indexStart, 0, 1, 2), "buffer.unreferenced: nothing refers to these bytes"],
    ["a table on another object", buffer(...indexStart, 1, 0), "buffer.block_meta[0]: the reference points into itself"],
  ])("%s", (_, bytes, error) => {
    const nodes = explain(bytes, WALK_TABLES.SsTableIndex);
    expect(gapsOf(nodes, bytes.length)).toEqual([]);
    expect(errorsOf(nodes)[0]).toBe(error);
  });

  test("references to the same table cost what the buffer has, not what they say", () => {
    // Each element refers to one table of the greatest length.
    const count = 5000;
    const tableBytes = 40_000;
    const words: number[] = [];
    for (let index = 0; index < count; index++) words.push((count - index) * 4 + 8);
    const bytes = new Uint8Array(24 + count * 4 + 8 + tableBytes);
    bytes.set(buffer(...indexStart, count, ...words, short(4), short(tableBytes), 0, 4));
    const started = performance.now();
    const nodes = explain(bytes, WALK_TABLES.SsTableIndex);
    expect(gapsOf(nodes, bytes.length)).toEqual([]);
    expect(nodes.filter(({ error }) => error?.startsWith("begins inside")).length).toBeLessThan(10);
    expect(performance.now() - started).toBeLessThan(2000);
  });
});

test("a union is followed by the number of its member, and strings end with zero", () => {
  const checkpoint: WalkTable = WALK_TABLES.Checkpoint;
  // root, vtable of 7 slots (metadata_type, metadata and name are there), table, name, vtable and table of the member.
  const bytes = buffer(
    24, short(0), short(18), short(16), short(0), short(0), short(0), short(0), short(12), short(4), short(8),
    18, 24, 8, 1,
    3, 0x0000_6261 | (0x63 << 16),
    short(4), short(4), 4,
  );
  const nodes = explain(bytes, checkpoint);
  expect(gapsOf(nodes, bytes.length)).toEqual([]);
  expect(errorsOf(nodes)).toEqual([]);
  expect(nodes.find(({ path }) => path === "buffer.metadata_type")).toMatchObject({ value: "1", doc: "Which table metadata is: 1 WriterCheckpoint." });
  expect(nodes.find(({ path, kind }) => path === "buffer.metadata" && kind === "structure")).toMatchObject({ value: "WriterCheckpoint" });
  expect(nodes.find(({ path }) => path === "buffer.name.bytes")).toMatchObject({ value: '"abc"' });
  expect(nodes.find(({ path }) => path === "buffer.name.zero")).toMatchObject({ length: 1 });
});
