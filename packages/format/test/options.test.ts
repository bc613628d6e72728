// Options at the door: what is accepted, what is refused, and what the error tells.
import { describe, expect, it } from "vitest";
import { SstRangeError, SstTypeError } from "../src/errors.js";
import { booleanOption, checkOptionNames, choiceOption, integerOption, invalidOption, showValue } from "../src/options.js";

const known = ["blockSize", "compression", "partSize", "filter"];

/** What checkOptionNames() says of a name. */
function refused(name: string, names: readonly string[] = known): { readonly message: string; readonly details: unknown } {
  try {
    checkOptionNames({ [names[0] ?? name]: 1, [name]: 1 }, names, "config");
  } catch (error) {
    expect(error).toBeInstanceOf(SstTypeError);
    expect(error).toMatchObject({ code: "ERR_SST_OPTION_UNKNOWN" });
    return error as SstTypeError;
  }
  throw new Error(`${name} is accepted`);
}

describe("names", () => {
  it("that are known are accepted, in any number and order", () => {
    expect(() => checkOptionNames({}, known, "config")).not.toThrow();
    expect(() => checkOptionNames({ filter: 1, blockSize: undefined }, known, "config")).not.toThrow();
  });

  it.each([
    ["blocksize", "blockSize"], ["BLOCKSIZE", "blockSize"], ["blockSizes", "blockSize"], ["blokSize", "blockSize"], ["blockSzie", "blockSize"], ["xblockSiz", "blockSize"],
    ["compresion", "compression"], ["compress", "compression"], ["comprxssxxn", "compression"], ["part_size", "partSize"], ["filtre", "filter"], ["filters", "filter"], ["fxlxxr", "filter"],
  ])("that are a slip are refused with the one that was meant: %s", (name, meant) => {
    const { message, details } = refused(name);
    expect(message).toBe(`config has no option ${name}; did you mean ${meant}?`);
    expect(details).toEqual({ option: name, suggestion: meant, known });
  });

  // Four edits, or more than half of the name.
  it.each(["comprxxxxxn", "fxxxxr", "fi", "x", "completelyDifferent", "compres"])("that resemble none are refused with all that are known: %s", (name) => {
    const { message, details } = refused(name);
    expect(message).toBe(`config has no option ${name}; known are blockSize, compression, partSize, filter`);
    expect(details).toEqual({ option: name, suggestion: undefined, known });
  });

  it("are measured by edits: the nearest wins, wherever it stands, and where there are none nothing is suggested", () => {
    expect(refused("partsiz", ["pastSizes", "partSize", "parts"]).message).toContain("did you mean partSize?");
    expect(refused("partsiz", ["partSize", "pastSizes"]).message).toContain("did you mean partSize?");
    expect(refused("partSize", []).message).toBe("config has no option partSize; known are ");
  });
});

describe("values", () => {
  it("are shown to people, cut where they are long", () => {
    expect([1n, "a\"b", () => 0, {}, [], null, undefined, 1.5, NaN, true].map(showValue)).toEqual(
      ["1n", '"a\\"b"', "a function", "an object", "an object", "null", "undefined", "1.5", "NaN", "true"],
    );
    expect(showValue("x".repeat(100))).toBe(`"${"x".repeat(100)}"`);
    expect(showValue("x".repeat(101))).toBe(`"${"x".repeat(100)}"`);
  });

  it("outside their range are one error, which tells what was expected", () => {
    const error = invalidOption("partSize", "5", "an integer");
    expect(error).toBeInstanceOf(SstRangeError);
    expect(error).toMatchObject({ code: "ERR_SST_OPTION_INVALID", message: 'partSize must be an integer, not "5"', details: { option: "partSize", value: "5", expected: "an integer" } });
  });

  it("integers: from the least to the greatest, or the default", () => {
    expect([undefined, 2, 3, 5].map((value) => integerOption("n", value, 4, 2, 5))).toEqual([4, 2, 3, 5]);
    for (const value of [1, 6, 2.5, NaN, Infinity, "3", 3n, null, {}, [3]]) {
      expect(() => integerOption("n", value, 4, 2, 5)).toThrow(expect.objectContaining({ code: "ERR_SST_OPTION_INVALID", message: `n must be an integer from 2 to 5, not ${showValue(value)}` }));
    }
  });

  it("choices: one of the list, or the default", () => {
    expect([undefined, "b", 3].map((value) => choiceOption<unknown>("c", value, "a", ["a", "b", 3]))).toEqual(["a", "b", 3]);
    expect(() => choiceOption<unknown>("c", "3", "a", ["a", "b", 3])).toThrow("c must be one of a, b, 3, not \"3\"");
    expect([undefined, true, false].map((value) => [booleanOption("o", value, true), booleanOption("o", value, false)])).toEqual([[true, false], [true, true], [false, false]]);
    for (const value of [0, 1, "true", null]) expect(() => booleanOption("o", value, true)).toThrow(/^o must be one of true, false, not /);
  });
});
