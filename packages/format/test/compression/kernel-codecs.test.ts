// The kernel's codecs against the packages that hold SlateDB's own libraries: equal bytes, whatever is compressed; the same answer to
// damage; and nothing written outside the areas that a caller gave.
import { describe, expect, it } from "vitest";
import { isSstError } from "../../src/errors.js";
import { kernelCodec } from "../../src/compression/kernel-codec.js";
import { loadCodec } from "../../src/compression/load.js";
import { loadLz4Package } from "../../src/compression/lz4.js";
import { noneCodec } from "../../src/compression/none.js";
import { loadSnappyPackage } from "../../src/compression/snappy.js";
import type { Codec } from "../../src/compression/codec.js";
import { createKernel, KERNEL_SLACK_BYTES, KernelLayout } from "../../src/kernel.js";
import { compressedSections, goldenFiles } from "../golden-files.js";
import { sameBytes } from "./codec-list.js";
import { EDGE_LENGTHS, randomNumbers, randomPayload, TEXTURES } from "./sample-blocks.js";

/** Random payloads a codec compresses; SLATE_SST_CODEC_BLOCKS=100000 makes it a long run, SLATE_SST_CODEC_SEED another one. */
const BLOCKS = integerFromEnvironment("SLATE_SST_CODEC_BLOCKS", 3000);
const SEED = integerFromEnvironment("SLATE_SST_CODEC_SEED", 2026);
const TIMEOUT = 60_000 + BLOCKS * 10;

const pairs: [name: "snappy" | "lz4", ours: Codec, theirs: Codec][] = [
  ["snappy", await loadCodec("snappy"), await loadSnappyPackage()],
  ["lz4", await loadCodec("lz4"), await loadLz4Package()],
];

const golden = goldenFiles();
const codecs = Object.fromEntries(await Promise.all((["none", "snappy", "lz4", "zlib", "zstd"] as const).map(async (name) => [name, await loadCodec(name)] as const)));

describe.each(pairs)("%s", (_, ours, theirs) => {
  const form = kernelCodec(ours)!;

  function expectIdentical(payload: Uint8Array, what: string): void {
    const stored = ours.compress(payload);
    expect(sameBytes(stored, theirs.compress(payload)), what).toBe(true);
    expect(stored.length, what).toBeLessThanOrEqual(form.maxCompressedLength(payload.length));
    expect(sameBytes(ours.decompress(stored, { maxLength: payload.length }), payload), what).toBe(true);
  }

  it.each(Object.entries(TEXTURES))("compresses %s of every edge length to the package's bytes", (texture, fillWith) => {
    for (const length of EDGE_LENGTHS) {
      const payload = new Uint8Array(length);
      fillWith(payload, randomNumbers(length + 1));
      expectIdentical(payload, `${length} bytes of ${texture}`);
    }
  });

  it(`compresses ${BLOCKS} random payloads to the package's bytes`, { timeout: TIMEOUT }, () => {
    const random = randomNumbers(SEED);
    for (let at = 0; at < BLOCKS; at++) expectIdentical(randomPayload(random, 300_000), `payload ${at} of seed ${SEED}`);
  });

  it("compresses every section of every golden SST, whatever codec it has, to the package's bytes", () => {
    let sections = 0;
    for (const file of golden) {
      const codec = codecs[file.sideCar.config.compression_codec ?? "none"]!;
      for (const { what, payload } of compressedSections(file)) {
        expectIdentical(codec.decompress(payload, { maxLength: 10_000_000 }), `${file.name}, ${what}`);
        sections++;
      }
    }
    expect(sections).toBeGreaterThan(300);
  });

  it("takes what needs a memory of its own, and works on", () => {
    const large = new Uint8Array(9_000_000);
    TEXTURES["long copies"]!(large, randomNumbers(5));
    expectIdentical(large, "9 MB");
    expectIdentical(large.subarray(0, 5000), "5000 bytes");
    expectIdentical(large.subarray(0, 1_000_000), "1 MB");
  });

  it("answers damage as the package does", () => {
    const random = randomNumbers(SEED + 1);
    let refused = 0;
    for (let at = 0; at < 6000; at++) {
      const payload = randomPayload(random, 3000);
      const stored = ours.compress(payload);
      for (let flips = 1 + (random() % 3); flips > 0; flips--) stored[random() % stored.length]! ^= 1 << (random() % 8);
      const cut = random() % 4 === 0 ? stored.subarray(0, random() % stored.length) : stored;
      const [one, two] = [answer(ours, cut), answer(theirs, cut)];
      const what = `stored form ${at} of seed ${SEED + 1}`;
      if (one === undefined) refused++;
      // The package copies from before the beginning what it takes for there; the kernel refuses that.
      if (two === undefined || ours.name === "snappy") expect(one === undefined, what).toBe(two === undefined);
      if (one !== undefined && two !== undefined) expect(sameBytes(one, two), what).toBe(true);
    }
    expect(refused).toBeGreaterThan(1000);
    expect(refused).toBeLessThan(5900);
  });

  it("works where the bytes lie: nothing is written but the target and its slack, and what lies behind the source does not count", () => {
    const random = randomNumbers(SEED + 2);
    for (let round = 0; round < 300; round++) {
      const payload = randomPayload(random, 70_000);
      const stored = theirs.compress(payload);
      const layout = new KernelLayout();
      const table = layout.area(form.tableBytes);
      const source = layout.area(payload.length + stored.length) + (round % 8);
      const target = layout.area(form.maxCompressedLength(payload.length) + 8) + (round % 5);
      const kernel = createKernel(layout.length)!;
      kernel.bytes.fill(0xa5);
      kernel.bytes.set(payload, source);
      const before = kernel.bytes.slice();
      const same = (start: number, end: number): boolean => sameBytes(kernel.bytes.subarray(start, end), before.subarray(start, end));

      const length = form.compress(kernel, source, payload.length, target, table);
      expect(sameBytes(kernel.bytes.subarray(target, target + length), stored)).toBe(true);
      expect(same(0, table) && same(table + form.tableBytes, target) && same(target + length + KERNEL_SLACK_BYTES, kernel.bytes.length)).toBe(true);

      kernel.bytes.set(before);
      kernel.bytes.set(stored, source);
      before.set(stored, source);
      const back = form.decompress(kernel, source, stored.length, target, { maxLength: payload.length });
      expect(back).toBe(payload.length);
      expect(sameBytes(kernel.bytes.subarray(target, target + back), payload)).toBe(true);
      expect(same(0, target) && same(target + back + KERNEL_SLACK_BYTES, kernel.bytes.length)).toBe(true);
    }
  });

  it("writes no further for damaged bytes either", () => {
    const random = randomNumbers(SEED + 3);
    const capacity = 5000;
    const layout = new KernelLayout();
    const [source, target] = [layout.area(10_000), layout.area(capacity)];
    const kernel = createKernel(layout.length + 70_000)!;
    const behind = kernel.bytes.subarray(target + capacity + KERNEL_SLACK_BYTES);
    const untouched = new Uint8Array(behind.length).fill(0xa5);
    kernel.bytes.fill(0xa5, target);
    for (let round = 0; round < 3000; round++) {
      const payload = randomPayload(random, capacity);
      const stored = ours.compress(payload);
      for (let flips = 1 + (random() % 4); flips > 0; flips--) stored[random() % stored.length] = random();
      kernel.bytes.set(stored, source);
      try {
        form.decompress(kernel, source, stored.length, target, { maxLength: capacity });
      } catch (error) {
        if (!isSstError(error, "ERR_SST_CORRUPT")) throw error;
      }
      expect(sameBytes(behind, untouched), `round ${round} of seed ${SEED + 3}`).toBe(true);
    }
  });

  it("tells where damaged bytes are not sound", () => {
    const stored = ours.compress(new Uint8Array(1000));
    const cut = stored.subarray(0, -2);
    expect(() => ours.decompress(cut, { maxLength: 1000 })).toThrow(expect.objectContaining({ code: "ERR_SST_CORRUPT", message: expect.stringMatching(/ at byte \d+ /) as unknown }));
  });

  it("refuses a limit that is no length", () => {
    const kernel = createKernel(100)!;
    for (const maxLength of [-1, 0.5, Number.NaN]) expect(() => form.decompress(kernel, 0, 0, 0, { maxLength })).toThrow(expect.objectContaining({ code: "ERR_SST_OPTION_INVALID" }));
  });

  it("refuses what the kernel cannot take", () => {
    const tooLong = expect.objectContaining({ code: "ERR_SST_CODEC_FAILED", details: expect.objectContaining({ length: 2 ** 30 + 1 }) as unknown }) as Error;
    const kernel = createKernel(100)!;
    expect(() => form.compress(kernel, 0, 2 ** 30 + 1, 0, 0)).toThrow(tooLong);
    expect(() => form.decompress(kernel, 0, 2 ** 30 + 1, 0, { maxLength: 1 })).toThrow(tooLong);
  });
});

describe("kernelCodec", () => {
  it("knows no form of codecs without one, or of objects made from one that has", async () => {
    const snappy = await loadCodec("snappy");
    for (const codec of [noneCodec, await loadCodec("zstd"), await loadSnappyPackage(), { ...snappy }]) expect(kernelCodec(codec)).toBeUndefined();
    expect(kernelCodec(await loadCodec(snappy))).toBe(kernelCodec(snappy));
  });
});

function answer(codec: Codec, stored: Uint8Array): Uint8Array | undefined {
  try {
    return codec.decompress(stored, { maxLength: 100_000 });
  } catch (error) {
    if (isSstError(error, "ERR_SST_CORRUPT")) return undefined;
    throw error;
  }
}

function integerFromEnvironment(name: string, fallback: number): number {
  const text = process.env[name] ?? String(fallback);
  if (!/^\d{1,9}$/.test(text)) throw new RangeError(`${name} is ${JSON.stringify(text)}, not an integer of up to 9 digits`);
  return Number(text);
}
