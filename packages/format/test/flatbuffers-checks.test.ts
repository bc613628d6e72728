// What a FlatBuffer's field takes: to the last number of its range, and nothing of another type.
import { describe, expect, it } from "vitest";
import { assertBool, assertBytes, assertEnum, assertItems, assertLong, assertSafe, assertText, assertUint, assertUlong, assertUshort } from "../src/flatbuffers/checks.js";

type Check = (value: never, field: string) => void;

const cases: readonly (readonly [string, Check, readonly unknown[], readonly unknown[]])[] = [
  ["ushort", assertUshort, [0, 0xffff], [-1, 0x1_0000, 1.5, NaN, "1", 1n, undefined]],
  ["uint", assertUint, [0, 0xffff_ffff], [-1, 2 ** 32, 0.5, Infinity, "1", 1n, undefined]],
  ["safe integer", assertSafe, [0, Number.MAX_SAFE_INTEGER], [-1, 2 ** 53, 0.5, NaN, "1", 1n, undefined]],
  ["ulong", assertUlong, [0n, 2n ** 64n - 1n], [-1n, 2n ** 64n, 1, "1", undefined]],
  ["long", assertLong, [-(2n ** 63n), 0n, 2n ** 63n - 1n], [-(2n ** 63n) - 1n, 2n ** 63n, 1, "1", undefined]],
  ["boolean", assertBool, [true, false], [0, 1, "true", undefined]],
  ["bytes", assertBytes, [new Uint8Array(0), Buffer.from("a")], [[1], "a", new ArrayBuffer(1), undefined]],
  ["text", assertText, ["", "ü", "\ud83d\ude00"], [1, undefined, new Uint8Array(1)]],
  ["list", assertItems, [[], [1]], [{}, "ab", new Uint8Array(1), undefined]],
];

describe.each(cases)("a %s", (_, check, good, bad) => {
  it.each(good.map((value) => [value]))("takes %s", (value) => expect(() => check(value as never, "Table.field")).not.toThrow());

  it.each(bad.map((value) => [value]))("refuses %s", (value) => {
    expect(() => check(value as never, "Table.field")).toThrow(expect.objectContaining({ code: "ERR_SST_FIELD_INVALID", details: expect.objectContaining({ field: "Table.field", value }) as unknown }));
  });
});

it("a text is no half of a pair of surrogates", () => {
  for (const value of ["\ud83d", "a\ude00"]) expect(() => assertText(value, "Table.field")).toThrow(expect.objectContaining({ code: "ERR_SST_STRING_NOT_UTF8", details: { field: "Table.field" } }));
});

it("an enum takes the numbers that it knows", () => {
  expect(() => assertEnum(3, [1, 3], "Table.kind")).not.toThrow();
  for (const value of [0, 2, 4]) expect(() => assertEnum(value, [1, 3], "Table.kind")).toThrow(expect.objectContaining({ code: "ERR_SST_FIELD_INVALID" }));
});
