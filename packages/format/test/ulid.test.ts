// ULIDs: known texts, the strict form, and that nothing else passes.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatUlid, isUlid, parseUlid } from "../src/ulid.js";
import { codeOf } from "./flatbuffers-helpers.js";

const MAX = 2n ** 64n - 1n;

describe("ULIDs", () => {
  it.each([
    ["00000000000000000000000000", 0n, 0n],
    ["00000000000000000000000001", 0n, 1n],
    ["0000000000000G000000000000", 1n, 0n],
    ["0000000000000FZZZZZZZZZZZZ", 0n, MAX],
    ["7ZZZZZZZZZZZZZZZZZZZZZZZZZ", MAX, MAX],
    ["01M845MM7SRGQ7RER2W5BYY45S", 0x01a2085a50f9c42en, 0x7c3b02e157ef10b9n],
  ])("%s is %s and %s", (text, high, low) => {
    expect(formatUlid({ high, low })).toBe(text);
    expect(parseUlid(text)).toEqual({ high, low });
    expect(isUlid(text)).toBe(true);
  });

  it("come back, and sort as their numbers do", () => {
    const half = fc.bigInt({ min: 0n, max: MAX });
    const ulid = fc.record({ high: half, low: half });
    fc.assert(
      fc.property(ulid, ulid, (one, other) => {
        expect(parseUlid(formatUlid(one))).toEqual(one);
        const numbers = (one.high << 64n) + one.low < (other.high << 64n) + other.low;
        expect(formatUlid(one) < formatUlid(other)).toBe(numbers);
      }),
      { seed: 3, numRuns: 300 },
    );
  });

  it.each([
    ["", "no text"],
    ["0000000000000000000000000", "25 characters"],
    ["000000000000000000000000000", "27 characters"],
    ["80000000000000000000000000", "more than 128 bits"],
    ["01m845mm7srgq7rer2w5byy45s", "lower case"],
    ["01M845MM7SRGQ7RER2W5BYY45I", "an I"],
    ["01M845MM7SRGQ7RER2W5BYY45L", "an L"],
    ["01M845MM7SRGQ7RER2W5BYY45O", "an O"],
    ["01M845MM7SRGQ7RER2W5BYY45U", "a U"],
    ["01M845MM7SRGQ7RER2W5BYY45S\n", "a line end"],
    [" 1M845MM7SRGQ7RER2W5BYY45S", "a space"],
    ["01M845MM7SRGQ7RER2W5BYY45ß", "a letter beyond ASCII"],
  ])("%j is refused: %s", (text) => {
    expect(isUlid(text)).toBe(false);
    expect(codeOf(() => parseUlid(text))).toBe("ERR_SST_ULID");
  });

  it("of anything but two 64-bit halves are refused", () => {
    for (const ulid of [{ high: -1n, low: 0n }, { high: 0n, low: MAX + 1n }, { high: 0, low: 0n }, { high: 0n }]) {
      expect(codeOf(() => formatUlid(ulid as { high: bigint; low: bigint }))).toBe("ERR_SST_ULID");
    }
    expect(codeOf(() => parseUlid(undefined as unknown as string))).toBe("ERR_SST_ULID");
  });
});
