// Damaged and hostile bytes: a typed error with its cause, before memory is taken for what they merely declare.
import { deflateSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isSstError } from "../../src/errors.js";
import { loadCodec } from "../../src/compression/load.js";
import { forasInflate, loadForas } from "../../src/compression/zlib.js";
import { compressingCodecs, sameBytes, sampleBytes } from "./codec-list.js";

const LIMITS = { maxLength: 1_000_000 };
const corrupt = (details: Record<string, unknown> = {}): unknown =>
  expect.objectContaining({ code: "ERR_SST_CORRUPT", details: expect.objectContaining(details) as unknown });
const concat = (...parts: ArrayLike<number>[]): Uint8Array => new Uint8Array(Buffer.concat(parts.map((part) => Uint8Array.from(part))));

describe.each(await compressingCodecs())("$label", ({ label, codec }) => {
  const payload = sampleBytes(600);
  const stored = codec.compress(payload);

  it("refuses every truncation", () => {
    for (let length = 0; length < stored.length; length++) {
      expect(() => codec.decompress(stored.subarray(0, length), LIMITS), `${length} bytes`).toThrow(corrupt());
    }
  });

  it("refuses anything behind the end", () => {
    for (const tail of [[0], [1], [0xff], [0, 0, 0, 0], [0x10, 0x61], stored, codec.compress(new Uint8Array(0))]) {
      expect(() => codec.decompress(concat(stored, tail), LIMITS)).toThrow(corrupt());
    }
  });

  it("answers any damage by a typed error or by bytes within the limit", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(stored.length - 1), fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 4 }), fc.nat(1200), (flips, maxLength) => {
        const damaged = stored.slice();
        for (const [at, mask] of flips) damaged[at]! ^= mask;
        expect(lengthOrCorrupt(() => codec.decompress(damaged, { maxLength }))).toBeLessThanOrEqual(maxLength);
      }),
      { seed: 61, numRuns: 800 },
    );
  });

  it("answers arbitrary bytes by a typed error or by bytes within the limit", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat(5000), (bytes, maxLength) => {
        expect(lengthOrCorrupt(() => codec.decompress(bytes, { maxLength }))).toBeLessThanOrEqual(maxLength);
      }),
      { seed: 62, numRuns: 500 },
    );
  });

  it("keeps the library's error as the cause", () => {
    const damaged = stored.slice();
    damaged.fill(0xff, 8);
    const error = thrownBy(() => codec.decompress(damaged, LIMITS));
    expect(error, label).toEqual(corrupt());
    if (error instanceof Error && error.cause !== undefined) expect(error.cause).toBeInstanceOf(Error);
  });

  it("works on after errors", () => {
    expect(codec.decompress(stored, LIMITS)).toEqual(payload);
  });
});

describe("snappy", async () => {
  const codec = await loadCodec("snappy");
  const stored = codec.compress(sampleBytes(100));

  it("refuses a declared length that is not the real one", () => {
    for (const declared of [99, 101]) expect(() => codec.decompress(concat([declared], stored.subarray(1)), LIMITS)).toThrow(corrupt());
  });

  it("refuses declared lengths beyond the limit or beyond what the bytes can hold, before it allocates", () => {
    const u32max = [0xff, 0xff, 0xff, 0xff, 0x0f];
    expect(() => codec.decompress(concat(u32max, [0, 0x61]), LIMITS)).toThrow(corrupt({ length: 0xffffffff, maxLength: LIMITS.maxLength }));
    expect(() => codec.decompress(concat(u32max, [0, 0x61]), { maxLength: 2 ** 32 })).toThrow(corrupt({ declared: 0xffffffff, capacity: 7 * 22 }));
  });

  it.each([[[0xff, 0xff, 0xff, 0xff, 0x1f]], [[0x80, 0x80, 0x80, 0x80, 0x80, 0]], [[0x80]], [[]]])("refuses the length %j", (length) => {
    expect(() => codec.decompress(concat(length), { maxLength: 2 ** 40 })).toThrow(corrupt());
  });

  it("can hold what its densest elements hold", () => {
    const zeros = new Uint8Array(60_000);
    const dense = codec.compress(zeros);
    expect(sameBytes(codec.decompress(dense, LIMITS), zeros)).toBe(true);
    expect(zeros.length / dense.length).toBeGreaterThan(20);
  });
});

describe("lz4", async () => {
  const codec = await loadCodec("lz4");
  const stored = codec.compress(sampleBytes(100));

  it("refuses a declared length that is not the real one, which its library lets pass when it is larger", () => {
    expect(() => codec.decompress(concat([101], stored.subarray(1)), LIMITS)).toThrow(corrupt({ declared: 101, real: 100 }));
    expect(() => codec.decompress(concat([99], stored.subarray(1)), LIMITS)).toThrow(corrupt());
  });

  it("refuses declared lengths beyond the limit or beyond what the bytes can hold, before it allocates", () => {
    const bomb = concat([0xff, 0xff, 0xff, 0x7f], stored.subarray(4));
    expect(() => codec.decompress(bomb, LIMITS)).toThrow(corrupt({ length: 0x7fffffff, maxLength: LIMITS.maxLength }));
    expect(() => codec.decompress(bomb, { maxLength: 2 ** 32 })).toThrow(corrupt({ declared: 0x7fffffff, capacity: (stored.length - 4) * 255 }));
  });

  it("can hold what its longest matches hold", () => {
    const zeros = new Uint8Array(900_000);
    expect(sameBytes(codec.decompress(codec.compress(zeros), LIMITS), zeros)).toBe(true);
  });
});

describe("zlib", async () => {
  const foras = await loadForas();
  const inflate = forasInflate(foras);
  const { memory } = (await foras.initBundledOnce()) as { readonly memory: { readonly buffer: ArrayBuffer } };

  it("reads what other encoders write, at every level", async () => {
    const codec = await loadCodec("zlib");
    for (let level = 0; level <= 9; level++) {
      const payload = sampleBytes(20_000, level + 1);
      const stored = deflateSync(payload, { level });
      expect(sameBytes(codec.decompress(stored, LIMITS), payload)).toBe(true);
      expect(sameBytes(inflate(stored, LIMITS), payload)).toBe(true);
    }
  });

  it("reads streams of megabytes whatever the limit is", async () => {
    const payload = sampleBytes(4_300_000);
    const stored = deflateSync(payload, { level: 0 });
    expect(sameBytes((await loadCodec("zlib")).decompress(stored, { maxLength: Number.MAX_SAFE_INTEGER }), payload)).toBe(true);
  });

  it("notices the limit of a bomb long before its end, in WebAssembly too", async () => {
    const bomb = deflateSync(new Uint8Array(200_000_000), { level: 1 });
    const codec = await loadCodec("zlib");
    expect(() => codec.decompress(bomb, { maxLength: 10_000 })).toThrow(corrupt({ maxLength: 10_000 }));
    const before = memory.buffer.byteLength;
    expect(() => inflate(bomb, { maxLength: 10_000 })).toThrow(corrupt({ maxLength: 10_000 }));
    expect(memory.buffer.byteLength - before).toBeLessThan(16 * 1024 * 1024);
  });
});

function thrownBy(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}

/** The length of the result, 0 for ERR_SST_CORRUPT; any other error comes through. */
function lengthOrCorrupt(decompress: () => Uint8Array): number {
  try {
    return decompress().length;
  } catch (error) {
    if (isSstError(error, "ERR_SST_CORRUPT")) return 0;
    throw error;
  }
}
