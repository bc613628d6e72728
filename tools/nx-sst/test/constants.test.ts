// Goal: a number of the format cannot hide in hand-written code. Method: short sources, each with the verdict it must get.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { checkConstants, OURS } from "../src/lint/constants.mjs";
import { top } from "../src/lint/sources.mjs";

const PATH = "packages/writer/src/part.ts";
const GENERATED = [
  "export const KEY_BYTES_MAX = 65535;",
  "export const SEQ_MAX = 18446744073709551615n;",
  "export const RESTART_INTERVAL = 16;",
  "export const BLOCK_SIZES = [1024, 4096] as const;",
  `/** Longest name, in characters. (${OURS}) */\nexport const NAME_CHARACTERS_MAX = 120;`,
  'export const CODEC_IDS = { none: 0, "snappy": 99 } as const;',
].join("\n");

type Entries = Record<string, { reason: string; equals?: string[] }>;

function check(text: string, entries: Entries = {}): string[] {
  const allowed = Object.entries(entries).map(([name, entry]) => ({ names: [name], ...entry }));
  return checkConstants([{ path: PATH, text }], { [PATH]: allowed }, GENERATED).map(({ line, column, message }) => `${line}:${column}: ${message}`);
}

describe("free numbers", () => {
  test.each([
    "export const first = rows[0], last = rows[rows.length - 1], pair = [-1, 2];",
    "let zero = 0n, one = 1n, two = 2n;",
    "view[at + 1] = value >>> 24; value = (value << 8) | (value & 0xff);",
    "high = value >> 32n; low = value & 0xffffffffn; value >>>= 16;",
    "export const bit = 1 << index;",
    "low = (v << 13) | (v >>> 19); at = index & 7; rest = value & 0x7f;",
    "text = byte.toString(16); number = parseInt(text, 10); big = Number.parseInt(text, 36);",
    "export function half(value: number): number { return value / 2; }",
    'export const text = "4096"; // 4096',
    "export type Version = 1 | 2;",
  ])("%s", (text) => {
    expect(check(text)).toEqual([]);
  });
});

describe("refused numbers", () => {
  test.each([
    ["a size", "this.block = new Uint8Array(4096);", "1:29: 4096"],
    ["a default", "function cut(size = 1_000) {}", "1:21: 1_000"],
    ["an offset", "seq = view.getUint32(at + 4);", "1:27: 4"],
    ["an index", "version = bytes[3];", "1:17: 3"],
    ["a shift out of every word", "value >>> 64;", "1:11: 64"],
    ["a single high bit", "value & 0x80;", "1:9: 0x80"],
    ["a mask with holes", "value & 0xf0;", "1:9: 0xf0"],
    ["a flag bit, even a small one", "if ((flags & 2) !== 0) keep();", "1:14: 2"],
    ["a mask set by assignment", "flags |= 4;", "1:10: 4"],
    ["the shifted number, however round", "limit = 255 << index;", "1:9: 255"],
    ["a bigint", "mask = 0xffn;", "1:8: 0xffn"],
    ["a negative number", "low = -128;", "1:7: -128"],
    ["a power", "high = value / 2 ** 32;", "1:21: 32"],
    ["a constant that is not listed, once", "const SIZES = [300, 400];", "1:7: SIZES"],
    ["a named one, for it could be a flag", "export const TOMBSTONE = 1;", "1:14: TOMBSTONE"],
    ["a type", "type Size = 4096;", "1:13: 4096"],
    ["an enum", "enum Codec { Lz4 = 3 }", "1:20: 3"],
    ["a property name", "names = { 3: 1 };", "1:11: 3"],
    ["a radix nobody reads", "text.toString(7);", "1:15: 7"],
    ["a number beside a radix", "text.padStart(16);", "1:15: 16"],
  ])("%s", (_, text, start) => {
    expect(check(text)).toEqual([expect.stringContaining(`${start} is a number of this module's own`)]);
  });

  test("the message names the generated constant that has the value", () => {
    expect(check("const a = 65535;")[0]).toContain("KEY_BYTES_MAX?");
    expect(check("f(99);")[0]).toContain("CODEC_IDS?");
  });

  test("a constant in a function is no named constant, even when its name is listed", () => {
    const found = check("function f() { const LIMIT = 300; return LIMIT; }", { LIMIT: { reason: "a reason" } });
    expect(found).toEqual([expect.stringContaining("1:30: 300 is a number of this module's own"), expect.stringContaining("lists LIMIT, which this file does not have")]);
  });

  test("a const inside a block is no named constant either", () => {
    expect(check("if (wide) { const LIMIT = 300; }")).toEqual([expect.stringContaining("1:27: 300 is a number")]);
  });

  test("a let can change, so it is no constant", () => {
    expect(check("let LIMIT = 300;", { LIMIT: { reason: "a reason" } })).toHaveLength(2);
  });

  test("a function's body is not the value of a constant", () => {
    expect(check("const cut = (size: number) => size > 300;", { cut: { reason: "a reason" } })).toHaveLength(2);
  });
});

test("tests among the sources are tests: conformance, contract suites, fake servers", () => {
  for (const path of ["packages/conformance/src/rows.ts", "packages/object-store/src/contract/cases.ts", "packages/object-store-s3/src/testing/fake-s3-server.ts"]) {
    expect(checkConstants([{ path, text: "f(300);" }], {}, GENERATED)).toEqual([]);
  }
  expect(checkConstants([{ path: "packages/writer/src/contract.ts", text: "f(300);" }], {}, GENERATED)).toHaveLength(1);
});

describe("listed constants", () => {
  const reason = "How much is read ahead; nothing in the file depends on it.";

  test.each([
    ["a number", "const PART = 300;"],
    ["a product", "export const PART = 3 * 1024 * 1024;"],
    ["a table", "const PART = [3, 5, 7] as const;"],
    ["a typed array", "const PART = new Uint32Array([3, 5, 7]);"],
    ["a record", "const PART = { first: 100, last: 10_000 };"],
  ])("%s is accepted", (_, text) => {
    expect(check(text, { PART: { reason } })).toEqual([]);
  });

  test("one entry can hold several names", () => {
    const text = "const A = 300;\nconst B = 400;";
    expect(checkConstants([{ path: PATH, text }], { [PATH]: [{ names: ["A", "B"], reason }] }, GENERATED)).toEqual([]);
  });

  test("one needs a reason", () => {
    expect(check("const PART = 300;", { PART: { reason: " " } })).toEqual([expect.stringContaining("gives no reason for PART")]);
  });

  test("an entry that nothing uses any more is found", () => {
    expect(check("export {};", { PART: { reason } })).toEqual([expect.stringContaining("lists PART, which this file does not have")]);
  });

  test.each([
    ["const PART = 65535;", "KEY_BYTES_MAX (65535)"],
    ["const PART = 64 * 1024 - 1;", "KEY_BYTES_MAX (65535)"],
    ["const PART = 2n ** 64n;", "SEQ_MAX"],
    ["const PART = [3, 1024];", "BLOCK_SIZES (1024)"],
  ])("%s has a value of the format's and must say so", (text, name) => {
    expect(check(text, { PART: { reason } })).toEqual([expect.stringContaining(`the format's ${name}`)]);
  });

  test("equality by chance is declared, and the declaration must be true", () => {
    expect(check("const PART = 65535;", { PART: { reason, equals: ["KEY_BYTES_MAX"] } })).toEqual([]);
    expect(check("const PART = 300;", { PART: { reason, equals: ["KEY_BYTES_MAX"] } })).toEqual([
      expect.stringContaining("says PART equals KEY_BYTES_MAX, which is not so"),
    ]);
  });

  test("of a constant that SlateDB does not have nothing must be said: code that was there before is no copy of it", () => {
    expect(check("const WIDTH = 120;", { WIDTH: { reason } })).toEqual([]);
    expect(check("const WIDTH = 120;", { WIDTH: { reason, equals: ["NAME_CHARACTERS_MAX"] } })).toEqual([]);
    expect(check("const WIDTH = 120;")[0]).toContain("NAME_CHARACTERS_MAX?");
    expect(readFileSync(join(top, "tools/codegen/src/constants.mjs"), "utf8")).toContain(`ours: "${OURS}"`);
  });

  test("small values are equal too often to tell", () => {
    expect(check("/** Parts. */\nconst PART = 16;", { PART: { reason } })).toEqual([]);
  });
});
