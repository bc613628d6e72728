// Part plans hold the object, keep the store's limits, and fail before the first byte where none does.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MEMORY_CAPABILITIES, planParts, type StoreCapabilities, type UploadCapabilities } from "../src/index.js";

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;
const TIB = 1024 * GIB;

function capabilities(uploads: Partial<UploadCapabilities>, others: Partial<StoreCapabilities> = {}): StoreCapabilities {
  return { ...MEMORY_CAPABILITIES, ...others, uploads: { ...(MEMORY_CAPABILITIES.uploads as UploadCapabilities), ...uploads } };
}

const S3 = capabilities({ partSizeMin: 5 * MIB, partSizeMax: 5 * GIB, objectSizeMax: 5 * TIB }, { putSizeMax: 5 * GIB });
const FEW_PARTS = capabilities({ partSizeMin: 5 * MIB, partSizeMax: 5 * GIB, objectSizeMax: 5 * TIB, partsMax: 1000 }, { putSizeMax: 5 * GIB });
const NO_CREATE = capabilities({ partSizeMin: 5 * MIB, partSizeMax: 5 * GIB, objectSizeMax: 5 * TIB, create: false }, { putSizeMax: 5 * GIB });
const AZURE = capabilities({ partSizeMin: 1, partSizeMax: 4000 * MIB, partsMax: 50_000, objectSizeMax: 50_000 * 4000 * MIB }, { putSizeMax: 5000 * MIB });
const GCS = capabilities({ partSizeMin: 256 * KIB, partSizeStep: 256 * KIB, partSizeMax: 2 ** 31 - 1, partsMax: 20_971_520, objectSizeMax: 5 * TIB }, { putSizeMax: 2 ** 31 - 1 });

describe("planParts", () => {
  it("puts in one request what is smaller than a part", () => {
    expect(planParts(S3, { expectedSize: 0 })).toEqual({ partSize: 5 * MIB, parts: 0 });
    expect(planParts(S3, { expectedSize: 5 * MIB - 1 })).toEqual({ partSize: 5 * MIB, parts: 0 });
    expect(planParts(S3, { expectedSize: 5 * MIB })).toEqual({ partSize: 5 * MIB, parts: 1 });
    expect(planParts(S3, { expectedSize: 100 * MIB, partSize: 64 * MIB })).toEqual({ partSize: 64 * MIB, parts: 2 });
  });

  it("makes parts larger where their number is limited", () => {
    expect(planParts(S3, { expectedSize: 10_000 * 5 * MIB })).toEqual({ partSize: 5 * MIB, parts: 10_000 });
    expect(planParts(S3, { expectedSize: 10_000 * 5 * MIB + 1 })).toEqual({ partSize: 5 * MIB + 1, parts: 10_000 });
    expect(planParts(S3, { expectedSize: 5 * TIB }).partSize).toBeLessThanOrEqual(5 * GIB);
    expect(planParts(FEW_PARTS, { expectedSize: 12 * GIB })).toEqual({ partSize: Math.ceil((12 * GIB) / 1000), parts: 1000 });
    expect(planParts(AZURE, { expectedSize: 1 * TIB }).parts).toBeLessThanOrEqual(50_000);
    expect(planParts(GCS, { expectedSize: 12 * GIB, partSize: 300 * KIB }).partSize).toBe(512 * KIB);
    expect(planParts(S3, { expectedSize: 10 * MIB, partSize: 1 })).toEqual({ partSize: 5 * MIB, parts: 2 });
  });

  it("puts in one request what a store can't create in parts, as far as it can", () => {
    expect(planParts(NO_CREATE, { expectedSize: 100 * MIB })).toEqual({ partSize: 100 * MIB + 1, parts: 0 });
    expect(planParts(NO_CREATE, { expectedSize: 100 * MIB, mode: "overwrite" })).toEqual({ partSize: 5 * MIB, parts: 20 });
    expect(() => planParts(NO_CREATE, { expectedSize: 5 * GIB })).toThrow(/overwrite/);
  });

  it("refuses what no plan holds", () => {
    const refused: [StoreCapabilities, number][] = [[S3, 5 * TIB + 1], [GCS, 5 * TIB + 1], [AZURE, 50_000 * 4000 * MIB + 1], [{ ...S3, uploads: undefined }, 5 * GIB + 1], [capabilities({ partsMax: 10, partSizeMax: 10 }), 101]];
    for (const [store, expectedSize] of refused) {
      expect(() => planParts(store, { expectedSize }), String(expectedSize)).toThrow(expect.objectContaining({ code: "ERR_STORE_UNSUPPORTED" }));
    }
    expect(() => planParts({ ...S3, putCreate: false }, { expectedSize: 1 })).toThrow(/overwrite/);
    for (const wrong of [-1, 1.5, Number.NaN, Infinity]) {
      expect(() => planParts(S3, { expectedSize: wrong })).toThrow(expect.objectContaining({ code: "ERR_STORE_ARGUMENT" }));
      expect(() => planParts(S3, { expectedSize: 1, partSize: wrong })).toThrow(expect.objectContaining({ code: "ERR_STORE_ARGUMENT" }));
    }
  });

  it("keeps every limit, or refuses", () => {
    const limits = fc.record({
      partsMax: fc.integer({ min: 1, max: 50_000 }), partSizeMin: fc.integer({ min: 1, max: 10 * MIB }), partSizeMax: fc.integer({ min: 10 * MIB, max: 5 * GIB }),
      partSizeStep: fc.constantFrom(1, 4096, 256 * KIB), objectSizeMax: fc.integer({ min: 1, max: 5 * TIB }), create: fc.boolean(),
    });
    fc.assert(fc.property(limits, fc.integer({ min: 1, max: 5 * GIB }), fc.integer({ min: 0, max: 6 * TIB }), fc.option(fc.integer({ min: 1, max: 6 * GIB }), { nil: undefined }), (uploads, putSizeMax, expectedSize, partSize) => {
      const store = capabilities(uploads, { putSizeMax });
      let plan;
      try {
        plan = planParts(store, { expectedSize, partSize });
      } catch {
        return;
      }
      if (plan.parts === 0) {
        expect(expectedSize).toBeLessThan(plan.partSize);
        expect(expectedSize).toBeLessThanOrEqual(putSizeMax);
      } else {
        expect(plan.parts).toBeLessThanOrEqual(uploads.partsMax);
        expect(plan.parts * plan.partSize).toBeGreaterThanOrEqual(expectedSize);
        expect((plan.parts - 1) * plan.partSize).toBeLessThanOrEqual(expectedSize);
        expect(expectedSize).toBeLessThanOrEqual(uploads.objectSizeMax);
        expect(uploads.create).toBe(true);
      }
      expect(plan.partSize % uploads.partSizeStep).toBe(0);
      expect(plan.partSize).toBeLessThanOrEqual(uploads.partSizeMax);
    }), { seed: 5, numRuns: 2000 });
  });
});
