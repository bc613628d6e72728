// Filter blocks around a bloom filter: legacy and composite, to the byte, and as the reference reader reads them.
import { afterEach, describe, expect, it, vi } from "vitest";
import { bloomProbeCount, buildBloomBits } from "../src/bloom.js";
import { crc32 } from "../src/crc32.js";
import { buildFilterPayload, encodeFilterPayload, filterPayloadLength, filterPayloadSteps } from "../src/filter-block.js";
import { CompositeFilter, decodeCompositeFilter, decodeNamedFilter, NamedFilter } from "../src/generated/codecs.js";
import { KeyHashes } from "../src/key-hashes.js";
import * as kernels from "../src/kernel.js";
import { referenceFilter } from "../src/reference.js";
import { text } from "./block-model.js";
import { compressedSections, goldenFiles } from "./golden-files.js";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const bits = Uint8Array.of(0x3a, 0x0c, 0x58, 0xaf, 0x70);

describe("a filter block", () => {
  it("legacy: probe count and bits, as SlateDB wrote them", () => {
    const hashes = new KeyHashes();
    for (const key of ["apple", "apply", "banana", "cherry"].map(text)) hashes.add(key, 0, key.length);
    const payload = encodeFilterPayload("legacy", bloomProbeCount(10), buildBloomBits(hashes, 10));
    expect(hex(payload)).toBe("00063a0c58af70");
    expect(crc32(payload)).toBe(0xf1478dee);
  });

  it("composite: one filter by the name _bf, with the length of its data in 64 bits", () => {
    expect(hex(encodeFilterPayload("composite", 6, bits))).toBe(`00010003${hex(text("_bf"))}000000000000000700063a0c58af70`);
  });

  it.each(["legacy", "composite"] as const)("%s: has the length foretold, without bits, with one and with many", (format) => {
    for (const length of [0, 1, 5, 24, 25, 1250, 100_000]) {
      const payload = encodeFilterPayload(format, 13, new Uint8Array(length).fill(0xa5));
      expect(payload.length).toBe(filterPayloadLength(format, length));
      expect(payload.length).toBe(length + (format === "legacy" ? 2 : 17));
      expect(payload.subarray(payload.length - length).every((byte) => byte === 0xa5)).toBe(true);
    }
  });

  it.each(["legacy", "composite"] as const)("%s: is read back by the reference reader", (format) => {
    for (const probes of [0, 1, 6, 255, 45_219]) {
      const read = referenceFilter(format, encodeFilterPayload(format, probes, bits));
      expect([read.name, read.probes, hex(read.bits)]).toEqual([format === "legacy" ? undefined : "_bf", probes, hex(bits)]);
    }
  });

  it.each(["legacy", "composite"] as const)("%s: has the bits of its keys, of whatever number, however few probes and bits there are", (format) => {
    for (const bitsPerKey of [1, 2, 3, 5, 8, 9]) {
      for (const count of [1, 2, 5]) {
        const hashes = new KeyHashes();
        for (let key = 0; key < count; key++) hashes.add(text(`key ${key}`), 0, 5);
        const built = buildBloomBits(hashes, bitsPerKey);
        expect(hex(buildFilterPayload(format, hashes, bitsPerKey))).toBe(hex(encodeFilterPayload(format, bloomProbeCount(bitsPerKey), built)));
      }
    }
  });

  it("does not keep the bits it was given", () => {
    for (const format of ["legacy", "composite"] as const) {
      const given = bits.slice();
      const payload = encodeFilterPayload(format, 6, given);
      given.fill(0);
      expect(hex(payload)).toContain(hex(bits));
    }
  });

  it("composite: is read by the generated codecs, and refused when cut off or too long", () => {
    const payload = encodeFilterPayload("composite", 6, bits);
    const [block, filter] = [new CompositeFilter(), new NamedFilter()];
    const at = decodeCompositeFilter(payload, 0, payload.length, block);
    expect(decodeNamedFilter(payload, at, payload.length, filter)).toBe(payload.length);
    expect([block.numFilters, hex(payload.subarray(filter.nameAt, filter.nameAt + filter.nameLength)), filter.dataLength]).toEqual([1, hex(text("_bf")), 7]);
    for (let end = at; end < payload.length; end++) expect(() => decodeNamedFilter(payload, at, end, filter)).toThrow("end before");
    const huge = payload.slice();
    huge[at + 5] = 0xff;
    expect(() => decodeNamedFilter(huge, at, huge.length, filter)).toThrow("2^53");
    expect(() => decodeCompositeFilter(payload, 0, 1, block)).toThrow("end before");
  });

  it("legacy: equals the filter of every golden file that is not compressed", () => {
    let filters = 0;
    for (const golden of goldenFiles()) {
      const stored = compressedSections(golden).find(({ what }) => what === "filter");
      if (stored === undefined || golden.sideCar.config.compression_codec !== null) continue;
      const read = referenceFilter("legacy", stored.payload);
      expect(read.probes).toBe(golden.sideCar.filter?.num_probes);
      expect(Buffer.compare(encodeFilterPayload("legacy", read.probes, read.bits), stored.payload)).toBe(0);
      filters++;
    }
    expect(filters).toBeGreaterThan(5);
  });
});

describe("a filter block built in place", () => {
  afterEach(() => {
    vi.doUnmock("../src/kernel.js");
    vi.resetModules();
  });

  function hashesOf(count: number): KeyHashes {
    const hashes = new KeyHashes();
    for (let number = 0; number < count; number++) {
      const key = text(`key-${number}`);
      hashes.add(key, 0, key.length);
    }
    return hashes;
  }

  // Around the number from which on the kernel does it, with and without bits.
  const cases = (["legacy", "composite"] as const).flatMap((format) => [0, 1, 4095, 4096, 5000].flatMap((count) => [0, 1, 10].map((bitsPerKey) => [format, count, bitsPerKey] as const)));

  it.each(cases)("%s: %i keys with %i bits are what bits made first give", (format, count, bitsPerKey) => {
    const built = buildFilterPayload(format, hashesOf(count), bitsPerKey);
    const expected = encodeFilterPayload(format, bloomProbeCount(bitsPerKey), buildBloomBits(hashesOf(count), bitsPerKey));
    expect(Buffer.compare(built, expected)).toBe(0);
  });

  it("stops after each chunk of hashes, and not at all where there is nothing to set", () => {
    const hashes = hashesOf(5000);
    expect([...filterPayloadSteps("legacy", hashes, 10)]).toHaveLength([...hashes.chunks()].length);
    expect([...filterPayloadSteps("legacy", hashes, 0)]).toHaveLength(0);
    expect([...filterPayloadSteps("legacy", new KeyHashes(), 10)]).toHaveLength(0);
  });

  it("asks the kernel from 4096 hashes on, and does without where there is none", async () => {
    const createKernel = vi.fn<(length: number) => undefined>();
    vi.doMock("../src/kernel.js", () => ({ ...kernels, createKernel }));
    vi.resetModules();
    const without = await import("../src/filter-block.js");
    without.buildFilterPayload("legacy", hashesOf(4095), 10);
    without.buildFilterPayload("legacy", hashesOf(4096), 0);
    expect(createKernel).not.toHaveBeenCalled();
    expect(Buffer.compare(without.buildFilterPayload("composite", hashesOf(4096), 10), buildFilterPayload("composite", hashesOf(4096), 10))).toBe(0);
    expect(createKernel).toHaveBeenCalledOnce();
  });
});
