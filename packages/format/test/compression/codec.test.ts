// What every codec promises: the bytes come back, results are the caller's own, identical calls give identical bytes.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { COMPRESSION_IDS } from "../../src/generated/constants.js";
import { allCodecs, compressingCodecs, sameBytes, sampleBytes } from "./codec-list.js";

describe.each(await allCodecs())("$label", ({ codec }) => {
  it("has the id that its name has in the format, and names its library", () => {
    expect(codec.id).toBe(COMPRESSION_IDS[codec.name]);
    expect(codec.library).toMatch(codec.name === "none" ? /^none$/ : /@\d+\.\d+\.\d+$/);
  });

  it("gives any bytes back", () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 20 }), fc.nat(500)).map(([piece, times]) => Uint8Array.from({ length: piece.length * times }, (_, at) => piece[at % piece.length] ?? 0)),
    );
    fc.assert(
      fc.property(bytes, (payload) => {
        const before = payload.slice();
        const stored = codec.compress(payload);
        expect(sameBytes(payload, before)).toBe(true);
        expect(sameBytes(codec.decompress(stored, { maxLength: payload.length }), payload)).toBe(true);
      }),
      { seed: 51, numRuns: 150 },
    );
  });

  it.each([0, 1, 2, 4096, 65_536, 1_000_003])("takes %d bytes, in a view or alone, and gives plain arrays", (length) => {
    const payload = sampleBytes(length);
    const view = new Uint8Array(length + 11).fill(0xee).subarray(5, 5 + length);
    view.set(payload);
    const stored = codec.compress(view);
    expect(Object.getPrototypeOf(stored)).toBe(Uint8Array.prototype);
    expect(sameBytes(stored, codec.compress(payload))).toBe(true);
    const roomy = new Uint8Array(stored.length + 11).fill(0xee).subarray(7, 7 + stored.length);
    roomy.set(stored);
    const back = codec.decompress(roomy, { maxLength: 2 ** 32 });
    expect(Object.getPrototypeOf(back)).toBe(Uint8Array.prototype);
    expect(sameBytes(back, payload)).toBe(true);
  });

  it("refuses a limit that is no length", () => {
    const stored = codec.compress(new Uint8Array(3));
    for (const maxLength of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => codec.decompress(stored, { maxLength })).toThrow(expect.objectContaining({ code: "ERR_SST_OPTION_INVALID" }));
    }
  });

  it("keeps to the limit, exactly", () => {
    for (const length of [1, 100, 50_000]) {
      const payload = sampleBytes(length);
      const stored = codec.compress(payload);
      expect(sameBytes(codec.decompress(stored, { maxLength: length }), payload)).toBe(true);
      expect(() => codec.decompress(stored, { maxLength: length - 1 })).toThrow(expect.objectContaining({ code: "ERR_SST_CORRUPT" }));
      expect(() => codec.decompress(stored, { maxLength: 0 })).toThrow(expect.objectContaining({ code: "ERR_SST_CORRUPT" }));
    }
  });
});

describe.each(await compressingCodecs())("$label", ({ codec }) => {
  it("gives results that later calls leave alone", () => {
    const [one, two] = [sampleBytes(5000, 1), sampleBytes(6000, 2)];
    const storedOne = codec.compress(one);
    const copyOfStored = storedOne.slice();
    const backOne = codec.decompress(storedOne, { maxLength: one.length });
    codec.decompress(codec.compress(two), { maxLength: two.length });
    expect(storedOne).toEqual(copyOfStored);
    expect(backOne).toEqual(one);
  });
});

describe("zstd", () => {
  it("has one library id however it runs, as its bytes are the same", async () => {
    const zstd = (await compressingCodecs()).filter(({ codec }) => codec.name === "zstd");
    expect(new Set(zstd.map(({ codec }) => codec.library))).toEqual(new Set(["libzstd@1.5.7"]));
    for (const length of [0, 1, 100, 4096, 70_000, 300_000]) {
      const results = zstd.map(({ codec }) => Buffer.from(codec.compress(sampleBytes(length))).toString("hex"));
      expect(new Set(results).size).toBe(1);
    }
  });
});
