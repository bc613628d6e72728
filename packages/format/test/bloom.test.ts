// The bloom filter against a worked example, every golden file that has one, and the rule written down in BigInt.
import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bloomByteLength, bloomFits, bloomMayContain, bloomProbeCount, buildBloomBits, setBloomBits } from "../src/bloom.js";
import { KeyHashes } from "../src/key-hashes.js";
import { goldenFiles, plainKeys } from "./golden-files.js";

const refused = (code: string): unknown => expect.objectContaining({ code });

function hashesOf(keys: readonly Uint8Array[]): KeyHashes {
  const hashes = new KeyHashes();
  for (const key of keys) hashes.add(key, 0, key.length);
  return hashes;
}

function referenceProbes(low: number, high: number, probes: number, bitCount: bigint): bigint[] {
  const bits: bigint[] = [];
  let bit = BigInt(low) % bitCount;
  let delta = BigInt(high) % bitCount;
  for (let probe = 0n; probe < BigInt(probes); probe++) {
    delta = (delta + probe) % bitCount;
    bits.push(bit);
    bit = (bit + delta) % bitCount;
  }
  return bits;
}

const isSet = (bits: Uint8Array, bit: bigint): boolean => ((bits[Number(bit >> 3n)] ?? 0) & (1 << Number(bit & 7n))) !== 0;

describe("bloomProbeCount", () => {
  it.each([[0, 0], [1, 0], [2, 1], [3, 2], [5, 3], [10, 6], [15, 10], [20, 13], [40, 27]])("of %d bits per key is %d", (bits, probes) => {
    expect(bloomProbeCount(bits)).toBe(probes);
  });

  it("rounds as 32-bit floating point does, which first matters at 300 bits", () => {
    expect(bloomProbeCount(300)).toBe(207);
    expect(Math.trunc(300 * 0.69)).toBe(206);
    for (let bits = 0; bits < 300; bits++) expect(bloomProbeCount(bits)).toBe(Math.trunc(bits * 0.69));
  });

  it("fits in 16 bits at the largest number of bits per key", () => {
    expect(bloomProbeCount(65_535)).toBeLessThanOrEqual(65_535);
  });

  it.each([-1, 1.5, Number.NaN, 65_536])("refuses %s bits per key", (bits) => {
    expect(() => bloomProbeCount(bits)).toThrow(refused("ERR_SST_OPTION_INVALID"));
  });
});

describe("bloomByteLength", () => {
  it.each([[0, 10, 0], [1, 1, 1], [4, 10, 5], [101, 5, 64], [100, 2, 25], [1000, 10, 1250], [1, 65_535, 8192]])("of %d rows with %d bits is %d", (rows, bits, bytes) => {
    expect(bloomByteLength(rows, bits)).toBe(bytes);
  });

  it("refuses by name what SlateDB would count as 0 bits or wrap", () => {
    // 2^32 - 8 bits are the most that stay below 2^32 once rounded up to whole bytes.
    expect(bloomByteLength(2 ** 32 - 8, 1)).toBe(2 ** 29 - 1);
    expect(bloomFits(2 ** 32 - 8, 1)).toBe(true);
    for (const rows of [2 ** 32 - 7, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1, 2 ** 52]) {
      expect(bloomFits(rows, 1)).toBe(false);
      expect(() => bloomByteLength(rows, 1)).toThrow(refused("ERR_SST_LIMIT_FILTER"));
    }
    expect(bloomFits(429_496_728, 10)).toBe(true);
    expect(bloomFits(429_496_729, 10)).toBe(false);
    expect(bloomFits(Number.MAX_SAFE_INTEGER, 65_535)).toBe(false);
    expect(bloomFits(Number.MAX_SAFE_INTEGER, 0)).toBe(true);
  });

  it.each([-1, 0.5, Number.NaN, 2 ** 53])("refuses %s rows", (rows) => {
    expect(() => bloomByteLength(rows, 10)).toThrow(refused("ERR_SST_OPTION_INVALID"));
    expect(() => bloomFits(rows, 10)).toThrow(refused("ERR_SST_OPTION_INVALID"));
  });
});

describe("buildBloomBits", () => {
  it("gives the bits of the smallest golden file", () => {
    const keys = ["apple", "apply", "banana", "cherry"].map((text) => new TextEncoder().encode(text));
    expect([...buildBloomBits(hashesOf(keys), 10)]).toEqual([0x3a, 0x0c, 0x58, 0xaf, 0x70]);
  });

  it("gives the filter of every golden file that has one", () => {
    let filters = 0;
    for (const golden of goldenFiles()) {
      const { filter, config } = golden.sideCar;
      const keys = plainKeys(golden);
      if (filter === null || keys === undefined) continue;
      const probes = bloomProbeCount(config.filter_bits_per_key);
      const bits = buildBloomBits(hashesOf(keys), config.filter_bits_per_key);
      const payload = new Uint8Array([probes >>> 8, probes & 0xff, ...bits]);
      expect({ num_probes: probes, bit_bytes: bits.length, sha256: createHash("sha256").update(payload).digest("hex") }, golden.name).toEqual(filter);
      filters++;
    }
    expect(filters).toBeGreaterThanOrEqual(15);
  });

  it("follows the rule for any hashes, also with fewer bits than probes", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(0xffffffff), { minLength: 2, maxLength: 20 }), fc.integer({ min: 1, max: 60 }), fc.integer({ min: 0, max: 300 }), (words, bytes, probes) => {
        const hashes = Uint32Array.from(words.slice(0, words.length & ~1));
        const bits = new Uint8Array(bytes);
        setBloomBits(bits, probes, hashes);
        const expected = new Uint8Array(bytes);
        for (let at = 0; at < hashes.length; at += 2) {
          for (const bit of referenceProbes(hashes[at] ?? 0, hashes[at + 1] ?? 0, probes, BigInt(bytes) * 8n)) {
            expected[Number(bit >> 3n)]! |= 1 << Number(bit & 7n);
          }
        }
        expect(bits).toEqual(expected);
        for (let at = 0; at < hashes.length; at += 2) expect(bloomMayContain(bits, probes, hashes[at] ?? 0, hashes[at + 1] ?? 0)).toBe(true);
      }),
      { seed: 31, numRuns: 300 },
    );
  });

  it("gives an empty array for no keys or no bits, and no set bit for one bit per key", () => {
    expect(buildBloomBits(new KeyHashes(), 10)).toEqual(new Uint8Array(0));
    const two = hashesOf([new Uint8Array([1]), new Uint8Array([2])]);
    expect(buildBloomBits(two, 0)).toEqual(new Uint8Array(0));
    expect(buildBloomBits(two, 1)).toEqual(new Uint8Array(1));
  });

  // The memory is zeroed lazily: only the touched pages become real. The sizes lie on both sides of signed 32-bit arithmetic.
  it.each([2 ** 28 - 1, 2 ** 28, 2 ** 29 - 1])("is exact with %d bytes", (bytes) => {
    const bits = new Uint8Array(bytes);
    const hashes = Uint32Array.from([0xffffffff, 0xffffffff, 0xfffffff7, 0xfffffff8, 0x80000000, 0x7fffffff, 0, 0, 1, 0xdeadbeef]);
    const probes = 45;
    setBloomBits(bits, probes, hashes);
    for (let at = 0; at < hashes.length; at += 2) {
      const [low, high] = [hashes[at] ?? 0, hashes[at + 1] ?? 0];
      const expected = referenceProbes(low, high, probes, BigInt(bytes) * 8n);
      expect(expected.filter((bit) => !isSet(bits, bit))).toEqual([]);
      expect(bloomMayContain(bits, probes, low, high)).toBe(true);
    }
    expect(bloomMayContain(bits, probes, 12_345, 0x87654321)).toBe(false);
  });
});

describe("bloomMayContain", () => {
  it("says no exactly when a probe's bit is missing", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.nat(20), fc.nat(0xffffffff), fc.nat(0xffffffff), (bits, probes, low, high) => {
        const expected = referenceProbes(low, high, probes, BigInt(bits.length) * 8n).every((bit) => isSet(bits, bit));
        expect(bloomMayContain(bits, probes, low, high)).toBe(expected);
      }),
      { seed: 32, numRuns: 1000 },
    );
  });

  it("has about the false positives that 10 bits per key promise", () => {
    const key = new Uint8Array(4);
    const hashes = new KeyHashes();
    for (let ordinal = 0; ordinal < 20_000; ordinal++) {
      new DataView(key.buffer).setUint32(0, ordinal);
      hashes.add(key, 0, key.length);
    }
    const bits = buildBloomBits(hashes, 10);
    const words = Uint32Array.from([...hashes.chunks()].flatMap((chunk) => [...chunk]));
    let misses = 0;
    for (let at = 0; at < words.length; at += 2) if (!bloomMayContain(bits, 6, words[at] ?? 0, words[at + 1] ?? 0)) misses++;
    expect(misses).toBe(0);
    let positives = 0;
    for (let ordinal = 1; ordinal <= 20_000; ordinal++) {
      if (bloomMayContain(bits, 6, Math.imul(ordinal, 0x9e3779b1) >>> 0, Math.imul(ordinal, 0x85ebca77) >>> 0)) positives++;
    }
    expect(positives).toBeLessThan(400);
  });

  it("says maybe when the filter knows nothing", () => {
    expect(bloomMayContain(new Uint8Array(0), 6, 1, 2)).toBe(true);
    expect(bloomMayContain(new Uint8Array(9), 0, 1, 2)).toBe(true);
    expect(bloomMayContain(new Uint8Array(2 ** 29), 6, 1, 2)).toBe(true);
  });
});
