// CRC-32 against published values, golden files and an independent polynomial arithmetic in BigInt.
import fc from "fast-check";
import { crc32 as zlibCrc32 } from "node:zlib";
import { afterEach, describe, expect, it, vi } from "vitest";
import { crc32, crc32Combine, crc32Portable, crc32Range, crc32WithChecksum, crc32WithoutEnd } from "../src/crc32.js";
import { loadNativeCrc32 } from "../src/native-crc32.js";
import { compressedSections, goldenFiles } from "./golden-files.js";

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);
const u32be = (number: number): Uint8Array => {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, number);
  return bytes;
};
const concat = (...parts: Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));

// x^(8 * length) * crc modulo the polynomial, unreflected, by square and multiply.
const POLYNOMIAL = 0x104c11db7n;
function reflected(crc: number): bigint {
  let out = 0n;
  for (let bit = 0; bit < 32; bit++) if ((crc >>> bit) & 1) out |= 1n << BigInt(31 - bit);
  return out;
}
function multiply(a: bigint, b: bigint): bigint {
  let product = 0n;
  for (let bit = 0n; bit < 32n; bit++) if ((b >> bit) & 1n) product ^= a << bit;
  for (let bit = 63n; bit >= 32n; bit--) if ((product >> bit) & 1n) product ^= POLYNOMIAL << (bit - 32n);
  return product;
}
function shiftedReference(crc: number, length: number): number {
  let result = reflected(crc);
  let square = 1n << 8n;
  for (let left = BigInt(length); left > 0n; left >>= 1n) {
    if (left & 1n) result = multiply(result, square);
    square = multiply(square, square);
  }
  return Number(reflected(Number(result)));
}

const known: [string, number][] = [
  ["", 0],
  ["a", 0xe8b7be43],
  ["123456789", 0xcbf43926],
  ["The quick brown fox jumps over the lazy dog", 0x414fa339],
];

describe("crc32", () => {
  it.each(known)("of %j", (text, expected) => {
    expect(crc32(ascii(text))).toBe(expected);
    expect(crc32Portable(ascii(text))).toBe(expected);
    expect(crc32Range(ascii(`<${text}>`), 1, text.length + 1)).toBe(expected);
  });

  it("is the same by the portable and the native code at every length and alignment", () => {
    const bytes = Uint8Array.from({ length: 700 }, (_, at) => (at * 151 + (at >>> 3)) & 0xff);
    for (let length = 0; length <= 600; length++) {
      const start = length % 9;
      const piece = bytes.subarray(start, start + length);
      expect(crc32Portable(piece)).toBe(crc32(piece));
      expect(crc32Range(bytes, start, start + length)).toBe(crc32(piece));
    }
  });

  it("continues from a seed", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), fc.uint8Array({ maxLength: 600 }), (a, b) => {
        const whole = crc32(concat(a, b));
        expect(crc32(b, crc32(a))).toBe(whole);
        expect(crc32Portable(b, crc32Portable(a))).toBe(whole);
        expect(crc32Range(concat(a, b), a.length, a.length + b.length, crc32(a))).toBe(whole);
      }),
      { seed: 11 },
    );
  });

  it.each([[-1, 2], [3, 2], [0, 4], [Number.NaN, 2], [0, Number.NaN]])("refuses the range %s to %s of three bytes", (start, end) => {
    expect(() => crc32Range(new Uint8Array(3), start, end)).toThrow(expect.objectContaining({ code: "ERR_SST_OPTION_INVALID" }));
  });

  it("is right for every section of every golden file, and so is the file's checksum put together from them", () => {
    for (const golden of goldenFiles()) {
      let whole = 0;
      let end = 0;
      for (const { what, offset, payload, checksum } of compressedSections(golden)) {
        expect(offset, `${golden.name}: ${what}`).toBe(end);
        expect(crc32(payload), `${golden.name}: ${what}`).toBe(checksum);
        whole = crc32Combine(whole, crc32WithChecksum(checksum), payload.length + 4);
        end += payload.length + 4;
      }
      expect(crc32(golden.bytes.subarray(0, end)), golden.name).toBe(whole);
    }
  });
});

describe("crc32 where there is no native code", () => {
  afterEach(() => {
    vi.doUnmock("../src/native-crc32.js");
    vi.resetModules();
  });

  it("is the portable code", async () => {
    const load = vi.fn<() => undefined>();
    vi.doMock("../src/native-crc32.js", () => ({ loadNativeCrc32: load }));
    vi.resetModules();
    const portable = await import("../src/crc32.js");
    const bytes = Uint8Array.from({ length: 5000 }, (_, at) => (at * 7) & 0xff);
    expect(portable.crc32).not.toBe(crc32);
    expect(portable.crc32(bytes)).toBe(crc32(bytes));
    expect(portable.crc32Range(bytes, 5, 4999)).toBe(crc32(bytes.subarray(5, 4999)));
    expect(load).toHaveBeenCalledOnce();
  });

  it("is asked for pieces of 1 GiB, each from the checksum of those before on", async () => {
    const gib = 2 ** 30;
    const pieces: object[] = [];
    // Nobody reads the bytes; a real array would take 2 GiB.
    const long = { length: 2 * gib + 5, subarray: (start: number, end: number) => ({ start, end }) } as unknown as Uint8Array;
    const native = (piece: Uint8Array, seed: number): number => {
      pieces.push(Object.assign({}, piece, { seed }));
      return seed + 1;
    };
    vi.doMock("../src/native-crc32.js", () => ({ loadNativeCrc32: () => native }));
    vi.resetModules();
    const fresh = await import("../src/crc32.js");
    expect(fresh.crc32(long, 7)).toBe(10);
    expect(pieces.splice(0)).toEqual([{ start: 0, end: gib, seed: 7 }, { start: gib, end: 2 * gib, seed: 8 }, { start: 2 * gib, end: 2 * gib + 5, seed: 9 }]);
    fresh.crc32Range(long, 5, gib + 5, 1);
    expect(pieces.splice(0)).toEqual([{ start: 5, end: gib + 5, seed: 1 }]);
    fresh.crc32Range(long, 0, 255);
    expect(pieces).toEqual([]);
    fresh.crc32Range(long, 0, 256);
    expect(pieces).toEqual([{ start: 0, end: 256, seed: 0 }]);
  });
});

describe("the native code", () => {
  const bytes = Uint8Array.from({ length: 5000 }, (_, at) => (at * 13) & 0xff);

  afterEach(() => void vi.restoreAllMocks());

  /** Node with a node:module whose require() gives or throws something else. */
  function withPackage(required: () => unknown): void {
    const real = process.getBuiltinModule.bind(process);
    vi.spyOn(process, "getBuiltinModule").mockImplementation((id: string) => (id === "node:module" ? { createRequire: () => required } : real(id)));
  }

  it("is that of the package, as it is installed here", async () => {
    const { crc32: ofPackage } = (await import("@node-rs/crc32")) as { crc32: unknown };
    expect(loadNativeCrc32()).toBe(ofPackage);
    expect(loadNativeCrc32()?.(bytes, 7)).toBe(crc32Portable(bytes, 7));
  });

  it("is Node's where the package is not installed, or computes something else", () => {
    withPackage(() => {
      throw new Error("Cannot find module '@node-rs/crc32'");
    });
    expect(loadNativeCrc32()).toBe(zlibCrc32);
    withPackage(() => ({ crc32: () => 0xcbf43926 - 1 }));
    expect(loadNativeCrc32()).toBe(zlibCrc32);
  });

  it("is Node's where modules cannot be asked for", () => {
    vi.spyOn(process, "getBuiltinModule").mockReturnValue(undefined);
    expect(loadNativeCrc32()).toBe(zlibCrc32);
  });

});

describe("crc32WithChecksum", () => {
  it("is the checksum of payload and checksum", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (payload) => {
        expect(crc32WithChecksum(crc32(payload))).toBe(crc32(concat(payload, u32be(crc32(payload)))));
      }),
      { seed: 12 },
    );
    expect(crc32WithChecksum(0)).toBe(crc32(new Uint8Array(4)));
  });
});

describe("crc32WithoutEnd", () => {
  it("takes back what came behind", () => {
    const bytes = Uint8Array.from({ length: 5000 }, (_, at) => (at * 131) >> 3);
    for (const end of [0, 1, 7, 4096, 5000]) {
      const [a, b] = [bytes.subarray(0, bytes.length - end), bytes.subarray(bytes.length - end)];
      expect(crc32WithoutEnd(crc32(bytes), crc32(b), b.length)).toBe(crc32(a));
    }
    expect(() => crc32WithoutEnd(0, 0, -1)).toThrow(RangeError);
  });
});

describe("crc32Combine", () => {
  it("is the checksum of two pieces together", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 700 }), fc.uint8Array({ maxLength: 700 }), (a, b) => {
        expect(crc32Combine(crc32(a), crc32(b), b.length)).toBe(crc32(concat(a, b)));
      }),
      { seed: 13 },
    );
  });

  it("takes blocks, parts and sizes between", () => {
    const bytes = Uint8Array.from({ length: 300_000 }, (_, at) => (at * 31 + (at >>> 7)) & 0xff);
    for (const length of [0, 1, 255, 256, 257, 4096, 65_535, 65_536, 65_537, 299_999, 300_000]) {
      const a = bytes.subarray(0, bytes.length - length);
      const b = bytes.subarray(bytes.length - length);
      expect(crc32Combine(crc32(a), crc32(b), length)).toBe(crc32(bytes));
    }
  });

  it("agrees with polynomial arithmetic for lengths up to 2^53 - 1", () => {
    const lengths = [2 ** 24, 2 ** 31, 2 ** 32 - 2, 2 ** 32 - 1, 2 ** 32, 2 ** 33 + 5, 5e12, Number.MAX_SAFE_INTEGER];
    for (const length of lengths) expect(crc32Combine(0x12345678, 0, length)).toBe(shiftedReference(0x12345678, length));
    fc.assert(
      fc.property(fc.nat(0xffffffff), fc.nat(0xffffffff), fc.maxSafeNat(), (a, b, length) => {
        expect(crc32Combine(a, b, length)).toBe((shiftedReference(a, length) ^ b) >>> 0);
      }),
      { seed: 14 },
    );
  });

  it.each([-1, 0.5, Number.NaN, 2 ** 53])("refuses the length %s", (length) => {
    expect(() => crc32Combine(1, 2, length)).toThrow(expect.objectContaining({ code: "ERR_SST_OPTION_INVALID" }));
  });
});
