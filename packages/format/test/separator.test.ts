// The separator rule: exhaustively over short keys, by property over long ones, and against the index of every golden file.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { separatorLength } from "../src/separator.js";
import { base64, goldenFiles, plainKeys } from "./golden-files.js";

const compare = (a: Uint8Array, b: Uint8Array): number => Buffer.compare(a, b);

/** Whether the separator is the shortest prefix of `first` above `previous`, or all of it when the keys are equal. */
function isShortest(previous: Uint8Array, first: Uint8Array): boolean {
  const length = separatorLength(previous, previous.length, first, first.length);
  if (compare(previous, first) === 0) return length === first.length;
  return length >= 1 && length <= first.length && compare(first.subarray(0, length), previous) === 1 && compare(first.subarray(0, length - 1), previous) !== 1;
}

function allKeys(letters: readonly number[], lengthMax: number): Uint8Array[] {
  let keys: number[][] = [[]];
  const all: number[][] = [];
  for (let length = 1; length <= lengthMax; length++) {
    keys = keys.flatMap((key) => letters.map((letter) => [...key, letter]));
    all.push(...keys);
  }
  return all.map((key) => Uint8Array.from(key));
}

const text = (key: string): Uint8Array => new TextEncoder().encode(key);

describe("separatorLength", () => {
  it.each([
    ["apple", "banana", "b"],
    ["apple", "apply", "apply"],
    ["app", "apple", "appl"],
    ["key000028", "key000029", "key000029"],
    ["key000029", "key00003", "key00003"],
    ["same", "same", "same"],
    ["a", "b", "b"],
  ])("between %j and %j gives %j", (previous, first, separator) => {
    expect(first.slice(0, separatorLength(text(previous), previous.length, text(first), first.length))).toBe(separator);
  });

  it("holds for all keys of up to four bytes over three letters", () => {
    const keys = allKeys([0x00, 0x61, 0xff], 4).sort(compare);
    const wrong = keys.flatMap((previous, at) => keys.slice(at).filter((first) => !isShortest(previous, first)).map((first) => [previous, first]));
    expect(wrong).toEqual([]);
  });

  it("holds for long keys with a shared prefix", () => {
    const tail = fc.uint8Array({ maxLength: 4 });
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), tail, tail, (prefix, one, two) => {
        const [previous, first] = [new Uint8Array([...prefix, ...one]), new Uint8Array([...prefix, ...two])].sort(compare);
        expect(previous !== undefined && first !== undefined && isShortest(previous, first)).toBe(true);
      }),
      { seed: 41, numRuns: 500 },
    );
  });

  it("looks only at the bytes the lengths name", () => {
    expect(separatorLength(text("ab#"), 2, text("abc?"), 3)).toBe(3);
    expect(separatorLength(text("abX"), 2, text("abX"), 2)).toBe(2);
    // What lies behind the end of the last key, left over from an earlier one, may be equal to what goes on in the next key.
    expect(separatorLength(text("abcd"), 2, text("abce"), 4)).toBe(3);
  });

  it("gives the index keys of the golden files", () => {
    let separators = 0;
    for (const golden of goldenFiles()) {
      const keys = plainKeys(golden);
      if (keys === undefined || golden.sideCar.kind === "wal") continue;
      let row = 0;
      for (const block of golden.sideCar.blocks) {
        const [previous, first] = [keys[row - 1], keys[row]];
        if (previous !== undefined && first !== undefined) {
          const length = separatorLength(previous, previous.length, first, first.length);
          expect(first.subarray(0, length), `${golden.name} row ${row}`).toEqual(base64(block.index_key as string));
          separators++;
        }
        row += block.rows;
      }
    }
    expect(separators).toBeGreaterThanOrEqual(396);
  });
});
