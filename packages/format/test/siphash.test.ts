// SipHash-1-3 against values from SlateDB's filters and a plain BigInt implementation of the published algorithm.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sipHash13 } from "../src/siphash.js";

const MASK = (1n << 64n) - 1n;
const rotl = (word: bigint, by: bigint): bigint => ((word << by) | (word >> (64n - by))) & MASK;

function reference(bytes: Uint8Array): bigint {
  let [v0, v1, v2, v3] = [0x736f6d6570736575n, 0x646f72616e646f6dn, 0x6c7967656e657261n, 0x7465646279746573n];
  const round = (): void => {
    v0 = (v0 + v1) & MASK; v1 = rotl(v1, 13n) ^ v0; v0 = rotl(v0, 32n);
    v2 = (v2 + v3) & MASK; v3 = rotl(v3, 16n) ^ v2;
    v0 = (v0 + v3) & MASK; v3 = rotl(v3, 21n) ^ v0;
    v2 = (v2 + v1) & MASK; v1 = rotl(v1, 17n) ^ v2; v2 = rotl(v2, 32n);
  };
  const padded = new Uint8Array((Math.floor(bytes.length / 8) + 1) * 8);
  padded.set(bytes);
  padded[padded.length - 1] = bytes.length & 0xff;
  const words = new DataView(padded.buffer);
  for (let at = 0; at < padded.length; at += 8) {
    const word = words.getBigUint64(at, true);
    v3 ^= word;
    round();
    v0 ^= word;
  }
  v2 ^= 0xffn;
  round();
  round();
  round();
  return v0 ^ v1 ^ v2 ^ v3;
}

function hash(bytes: Uint8Array, start = 0, end = bytes.length): bigint {
  const out = new Uint32Array(5).fill(0xaaaaaaaa);
  sipHash13(bytes, start, end, out, 2);
  expect([out[0], out[1], out[4]]).toEqual([0xaaaaaaaa, 0xaaaaaaaa, 0xaaaaaaaa]);
  return (BigInt(out[3] ?? 0) << 32n) | BigInt(out[2] ?? 0);
}

const known: [string, bigint][] = [
  ["", 0xd1fba762150c532cn],
  ["a", 0x407448d2b89b1813n],
  ["apple", 0xe4305d08716d0e44n],
  ["apply", 0x5635d7ef4b8fee1cn],
  ["banana", 0x7dac5b89b00bb584n],
  ["cherry", 0x640ff50df9ee4ec6n],
  ["0123456789abcdef", 0x1d42b30f7e060c24n],
];

describe("sipHash13", () => {
  it.each(known)("of %j", (text, expected) => {
    const bytes = new TextEncoder().encode(text);
    expect(hash(bytes)).toBe(expected);
    expect(reference(bytes)).toBe(expected);
  });

  it("agrees with the reference at every length up to 300, where the length byte wraps", () => {
    const bytes = Uint8Array.from({ length: 300 }, (_, at) => (at * 197 + 13) & 0xff);
    for (let length = 0; length <= bytes.length; length++) {
      expect(hash(bytes, 0, length)).toBe(reference(bytes.subarray(0, length)));
    }
  });

  it("agrees with the reference on any bytes and reads nothing outside its range", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.uint8Array({ maxLength: 12 }), fc.uint8Array({ maxLength: 12 }), (key, before, after) => {
        const bytes = new Uint8Array([...before, ...key, ...after]);
        expect(hash(bytes, before.length, before.length + key.length)).toBe(reference(key));
      }),
      { seed: 21, numRuns: 500 },
    );
  });

  it("takes the longest key", () => {
    const bytes = new Uint8Array(65_535).fill(0xff);
    expect(hash(bytes)).toBe(reference(bytes));
  });

  it.each([[-1, 2], [3, 2], [0, 4], [Number.NaN, 2], [0, Number.NaN]])("refuses the range %s to %s of three bytes", (start, end) => {
    const out = new Uint32Array(2);
    expect(() => sipHash13(new Uint8Array(3), start, end, out, 0)).toThrow(expect.objectContaining({ code: "ERR_SST_OPTION_INVALID" }));
    expect([...out]).toEqual([0, 0]);
  });
});
