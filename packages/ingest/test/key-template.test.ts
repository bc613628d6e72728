// Keys of fields: they sort as the fields do, and what would not is refused.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { KeyEncoder } from "../src/keys/key-encoder.js";
import { failure } from "./samples.js";

const keyOf = (template: string, ...rows: Record<string, unknown>[]): string => {
  const encoder = new KeyEncoder(template);
  return rows.map((fields, at) => Buffer.from(encoder.encode({ file: "f", line: at + 1, fields })).toString("latin1")).at(-1)!;
};
const refused = async (template: string, ...rows: Record<string, unknown>[]): Promise<unknown> => failure(Promise.resolve().then(() => keyOf(template, ...rows)));

describe("templates", () => {
  test("are literals and fields", () => {
    expect(keyOf("user:{id:u16}/{name}", { id: 258, name: "ä" })).toBe("user:\x01\x02/\xc3\xa4");
    expect(keyOf("{{\\x00\\\\}}{a:text}", { a: "x" })).toBe("{\0\\}x");
    expect(keyOf("{a:b:u8}", { "a:b": 7 })).toBe("\x07");
    expect(keyOf("{t:text0}{n:i8}{u:uuid}{h:hex}", { t: "é", n: -1, u: "00112233-4455-6677-8899-AABBCCDDEEFF", h: "fF00" })).toBe("\xc3\xa9\0\x7f\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd\xee\xff\xff\x00");
    expect(keyOf("{d:dec5}-{b:bytes}", { d: "42", b: Uint8Array.of(0, 255) })).toBe("00042-\x00\xff");
  });

  test("that could not be understood or told apart are refused", async () => {
    for (const [template, rule] of [
      ["", "text with fields"], ["user", "no field"], ["{}", "has a name"], ["{a", "written twice"], ["a}", "written twice"], ["\\q{a}", "backslash"], ["{a:u7}", "no type"], 
      ["{a}{b}", "could not be seen"], ["{a:hex}:{b}", "last part"], ["{a:bytes}{b:u8}", "last part"], ["\ud800{a}", "lone surrogate"],
    ] as const) {
      expect(await refused(template, { a: 1, b: 1 }), template).toMatchObject({ code: "ERR_SST_KEY_TEMPLATE", message: expect.stringContaining(rule) as string });
    }
  });
});

describe("fields", () => {
  test("that do not fit are refused with their place", async () => {
    for (const [template, value, rule] of [
      ["{a:u8}", 256, "outside u8, 0 to 255"], ["{a:u8}", -1, "outside"], ["{a:i8}", 128, "outside i8, -128 to 127"], ["{a:u64}", 1.5, "whole number"], ["{a:u64}", "1e3", "whole number"],
      ["{a:u64}", "18446744073709551616", "outside u64"], ["{a:u64}", 2 ** 53, "last ones are lost"], ["{a:dec2}", 100, "outside dec2, 0 to 99"], ["{a:dec2}", "-1", "outside"],
      ["{a:f64}", "x", "not a number"], ["{a:f64}", "", "not a number"], ["{a:f32}", 0.1, "take f64"], ["{a:hex}", "abc", "hexadecimal"], ["{a:uuid}", "1", "not a UUID"], ["{a:bytes}", "x", "not bytes"],
      ["{a:text}", {}, "not text"], ["{a:text}", "\ud800", "lone surrogate"], ["{a:text0}", "a\0", "U+0000"], ["{a}:{b}", "x:y", "two rows could have one key"], ["{a}", -7, "sort 10 before 9"],
    ] as const) {
      const error = await refused(template, { a: value, b: "" });
      expect(error, `${template} ${JSON.stringify(value)}`).toMatchObject({ code: "ERR_SST_KEY_FIELD", message: expect.stringMatching(/^f:1: a, /) as string, details: { file: "f", line: 1, field: "a" } });
      expect((error as Error).message).toContain(rule);
    }
    expect(await refused("{b}", { a: 1 })).toMatchObject({ code: "ERR_SST_SOURCE_FIELD", message: "f:1: there is no field b, which the key needs; there are a" });
    expect(await refused("{a}", { a: null })).toMatchObject({ code: "ERR_SST_SOURCE_FIELD" });
  });

  test("without a type are text, and numbers of different lengths are noticed", async () => {
    expect(keyOf("{a}", { a: "07" }, { a: "10" })).toBe("10");
    expect(keyOf("{a}", { a: "x" }, { a: "9" }, { a: "10" })).toBe("10");
    expect(keyOf("{a:text}", { a: 9 }, { a: 10 })).toBe("10");
    expect(await refused("{a}", { a: "9" }, { a: "10" })).toMatchObject({ code: "ERR_SST_KEY_FIELD", message: expect.stringMatching(/^f:2: .*\{a:u64\}/) as string });
  });
});

describe("byte order is the order of the values", () => {
  const sign = (left: string, right: string): number => Math.sign(Buffer.compare(Buffer.from(left, "latin1"), Buffer.from(right, "latin1")));
  const expectSorted = <Value>(template: string, values: fc.Arbitrary<Value>, compare: (left: Value, right: Value) => number): void => {
    fc.assert(fc.property(values, values, (a, b) => {
      expect(sign(keyOf(template, { a }), keyOf(template, { a: b }))).toBe(Math.sign(compare(a, b)));
    }), { seed: 7, numRuns: 100 });
  };
  const bigints = (left: bigint, right: bigint): number => (left < right ? -1 : left > right ? 1 : 0);

  test.each([8, 16, 32, 64])("of %i bits", (bits) => {
    expectSorted(`{a:u${bits}}`, fc.bigInt(0n, 2n ** BigInt(bits) - 1n), bigints);
    expectSorted(`{a:i${bits}}`, fc.bigInt(-(2n ** BigInt(bits - 1)), 2n ** BigInt(bits - 1) - 1n), bigints);
  });

  test("of floating and decimal numbers, and of text in front of something else", () => {
    // Subtraction has no answer for two infinities.
    const numbers = (left: number, right: number): number => (left < right ? -1 : left > right ? 1 : 0);
    expectSorted("{a:f64}", fc.double({ noNaN: true }), numbers);
    expectSorted("{a:f32}", fc.float({ noNaN: true }), numbers);
    expectSorted("{a:dec20}", fc.bigInt(0n, 2n ** 64n - 1n), bigints);
    const text = fc.string({ unit: "binary", maxLength: 8 }).filter((value) => value.isWellFormed() && !value.includes("\0"));
    expectSorted("{a:text0}z", text, (left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right)));
  });
});
