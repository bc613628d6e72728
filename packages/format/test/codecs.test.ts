// The generated codecs of sections, footer, rows and manifest: literal bytes, sizes that come true, and what decoders refuse.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isSstError, SstError } from "../src/errors.js";
import {
  BlockV1, BlockV2, BloomFilter, CompositeFilter, decodeBlockV1, decodeBlockV2, decodeBloomFilter, decodeCompositeFilter, decodeLz4Stream, decodeNamedFilter, encodeBloomFilter, encodeCompositeFilter, encodeLz4Stream, encodeNamedFilter, Lz4Stream, NamedFilter, sizeNamedFilter,
  decodeFooter, decodeManifestObject, decodeRowV1, decodeRowV2, decodeSection, encodeFooter, encodeManifestObject, encodeRowV1, encodeRowV2, encodeSection, FLAG_CREATE_TS, FLAG_EXPIRE_TS, FLAG_MERGE, FLAG_TOMBSTONE, Footer,
  FOOTER_BYTES, ManifestObject, RowV1, RowV2, Section, SECTION_BYTES, sizeManifestObject, sizeRowV1, sizeRowV2,
} from "../src/generated/codecs.js";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const fromHex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "hex"));
/** The same bytes, three bytes later, with one more behind. */
const behind = (bytes: Uint8Array): Uint8Array => Uint8Array.from([7, 7, 7, ...bytes, 9]);
const expectError = (call: () => unknown, code: string, path: string): void => expect(call).toThrow(expect.objectContaining({ code, details: expect.objectContaining({ path }) as object }) as Error);

describe("the footer", () => {
  it.each([[0, 1, "00000000000000000001"], [0x126, 2, "00000000000001260002"], [2 ** 32 + 5, 2, "00000001000000050002"], [2 ** 32, 1, "00000001000000000001"], [0x12345678, 1, "00000000123456780001"], [2 ** 40, 1, "00000100000000000001"], [2 ** 48, 2, "00010000000000000002"], [Number.MAX_SAFE_INTEGER, 1, "001fffffffffffff0001"]])("%i, version %i", (infoOffset, formatVersion, bytes) => {
    const out = new Uint8Array(FOOTER_BYTES + 2).fill(0xee);
    expect(encodeFooter(out, 1, infoOffset, formatVersion)).toBe(1 + FOOTER_BYTES);
    expect(hex(out)).toBe(`ee${bytes}ee`);
    const footer = new Footer();
    expect(decodeFooter(out, 1, 1 + FOOTER_BYTES, footer)).toBe(1 + FOOTER_BYTES);
    expect(footer).toMatchObject({ infoOffset, formatVersion });
  });

  it("of another version, or with an offset beyond a number, is refused", () => {
    for (const version of ["0000", "00ff", "0100", "ffff"]) expectError(() => decodeFooter(fromHex(`0000000000000001${version}`), 0, 10, new Footer()), "ERR_SST_UNSUPPORTED", "format_version");
    expect(() => decodeFooter(fromHex("00000000000000010102"), 0, 10, new Footer())).toThrow(expect.objectContaining({ details: { path: "format_version", offset: 8, value: 0x102 } }));
    expectError(() => decodeFooter(fromHex("00200000000000000002"), 0, 10, new Footer()), "ERR_SST_CORRUPT", "info_offset");
  });

  it("that is cut short is refused", () => {
    for (let end = 0; end < FOOTER_BYTES; end++) expectError(() => decodeFooter(new Uint8Array(20), 0, end, new Footer()), "ERR_SST_TRUNCATED", end < 8 ? "info_offset" : "format_version");
  });
});

describe("what stands behind the rows of a block", () => {
  it("is counted in 16 bits, and cut where there is less", () => {
    const count = 0x102;
    const payload = new Uint8Array(3 + 2 * count + 2);
    payload.set([count >>> 8, count & 0xff], payload.length - 2);
    const [v1, v2] = [new BlockV1(), new BlockV2()];
    decodeBlockV1(payload, 1, payload.length, v1);
    expect(v1).toMatchObject({ bodyEnd: 3, offsetsAt: 3, offsetsCount: count });
    decodeBlockV2(payload, 1, payload.length, v2);
    expect(v2).toMatchObject({ bodyEnd: 3, restartsAt: 3, restartsCount: count });
    decodeBlockV1(payload, 3, payload.length, v1);
    decodeBlockV2(payload, 3, payload.length, v2);
    expect([v1.bodyEnd, v2.bodyEnd]).toEqual([3, 3]);
    expectError(() => decodeBlockV1(payload, 4, payload.length, v1), "ERR_SST_TRUNCATED", "offsets");
    expectError(() => decodeBlockV2(payload, 4, payload.length, v2), "ERR_SST_TRUNCATED", "restarts");
    for (const length of [0, 1]) {
      expectError(() => decodeBlockV1(payload, 4, 4 + length, v1), "ERR_SST_TRUNCATED", "num_rows_stored");
      expectError(() => decodeBlockV2(payload, 4, 4 + length, v2), "ERR_SST_TRUNCATED", "num_restarts_stored");
    }
  });
});

describe("a section", () => {
  it("ends with its checksum, big-endian", () => {
    const bytes = Uint8Array.of(1, 2, 3, 0, 0, 0, 0);
    expect(encodeSection(bytes, 3, 0xcbf43926)).toBe(3 + SECTION_BYTES);
    expect(hex(bytes)).toBe("010203cbf43926");
    const section = new Section();
    decodeSection(bytes, 0, 7, section);
    expect(section).toMatchObject({ payloadEnd: 3, crc32: 0xcbf43926 });
  });

  it("has room for a checksum", () => {
    for (let length = 0; length < SECTION_BYTES; length++) expectError(() => decodeSection(new Uint8Array(9), 5, 5 + length, new Section()), "ERR_SST_TRUNCATED", "crc32");
    const empty = new Section();
    decodeSection(new Uint8Array(9), 5, 9, empty);
    expect(empty).toMatchObject({ payloadEnd: 5, crc32: 0 });
  });
});

describe("a filter", () => {
  it("has its name, its length and its data, over whatever lay there before", () => {
    const name = Uint8Array.from({ length: 258 }, (_, at) => at);
    const data = Uint8Array.from({ length: 0x10203 }, (_, at) => at * 7);
    const out = new Uint8Array(2 + 2 + name.length + 8 + data.length + 2).fill(0xee);
    const end = encodeNamedFilter(out, 2, behind(name), 3, 3 + name.length, behind(data), 3, 3 + data.length);
    expect(end).toBe(out.length - 2);
    expect(end - 2).toBe(sizeNamedFilter(name.length, data.length));
    expect([hex(out.subarray(0, 4)), hex(out.subarray(4 + 258, 4 + 258 + 8)), hex(out.subarray(end))]).toEqual(["eeee0102", "0000000000010203", "eeee"]);
    const into = new NamedFilter();
    expect(decodeNamedFilter(out, 2, end, into)).toBe(end);
    expect(into).toMatchObject({ nameAt: 4, nameLength: 258, dataLength: data.length, dataAt: 4 + 258 + 8 });
    expect(Buffer.compare(out.subarray(into.dataAt, end), data)).toBe(0);
  });

  it("of 16 MiB and more has its length in eight bytes", () => {
    const data = new Uint8Array(0x1020304);
    const out = new Uint8Array(sizeNamedFilter(1, data.length));
    expect(encodeNamedFilter(out, 0, data, 0, 1, data, 0, data.length)).toBe(out.length);
    expect(hex(out.subarray(0, 11))).toBe("0001000000000001020304");
  });

  it("is cut anywhere: each place is its field's", () => {
    const out = new Uint8Array(30);
    const end = encodeNamedFilter(out, 5, fromHex("5f6266"), 0, 3, fromHex("0006aabb"), 0, 4);
    const fields = [["len_name", 2], ["name", 3], ["len_data", 8], ["data", 4]] as const;
    const paths = fields.flatMap(([field, length]) => Array.from({ length }, () => field));
    expect(paths).toHaveLength(end - 5);
    for (const [at, path] of paths.entries()) expectError(() => decodeNamedFilter(out, 5, 5 + at, new NamedFilter()), "ERR_SST_TRUNCATED", path);
  });

  it("and the number of filters are written over whatever lay there before", () => {
    const out = new Uint8Array(4).fill(0xee);
    expect(encodeCompositeFilter(out, 1, 0x102)).toBe(3);
    expect(hex(out)).toBe("ee0102ee");
    const into = new CompositeFilter();
    expect(decodeCompositeFilter(out, 1, 3, into)).toBe(3);
    expect(into.numFilters).toBe(0x102);
    const bloom = new Uint8Array(5).fill(0xee);
    encodeBloomFilter(bloom, 1, 0x102, fromHex("aa"), 0, 1);
    expect(hex(bloom)).toBe("ee0102aaee");
    const read = new BloomFilter();
    decodeBloomFilter(bloom, 1, 4, read);
    expect(read).toMatchObject({ numProbes: 0x102, bitsAt: 3, bitsLength: 1 });
  });

  it("may have no bits, but not half a probe count", () => {
    const into = new BloomFilter();
    expect(decodeBloomFilter(fromHex("ee0006"), 1, 3, into)).toBe(3);
    expect(into).toMatchObject({ numProbes: 6, bitsAt: 3, bitsLength: 0 });
    for (const end of [1, 2]) expectError(() => decodeBloomFilter(fromHex("ee0006"), 1, end, into), "ERR_SST_TRUNCATED", "num_probes");
  });
});

describe("an lz4 stream", () => {
  it("is a length, little-endian, and a block that takes the rest", () => {
    const into = new Lz4Stream();
    expect(decodeLz4Stream(fromHex("ee040302ff0102ee"), 1, 7, into)).toBe(7);
    expect(into).toMatchObject({ payloadLen: 0xff020304, blockAt: 5, blockLength: 2 });
    const out = new Uint8Array(9).fill(0xee);
    expect(encodeLz4Stream(out, 1, 0xff020304, fromHex("000102"), 1, 3)).toBe(7);
    expect(hex(out)).toBe("ee040302ff0102eeee");
    expect(decodeLz4Stream(fromHex("01000000"), 0, 4, into)).toBe(4);
    expect(into).toMatchObject({ payloadLen: 1, blockAt: 4, blockLength: 0 });
    for (let end = 0; end < 4; end++) expectError(() => decodeLz4Stream(fromHex("01000000"), 0, end, into), "ERR_SST_TRUNCATED", "payload_len");
  });
});

it("what a decoder fills begins with zeros, numbers all: its shape never changes", () => {
  for (const into of [new BlockV1(), new BlockV2(), new BloomFilter(), new CompositeFilter(), new Footer(), new Lz4Stream(), new ManifestObject(), new NamedFilter(), new RowV1(), new RowV2(), new Section()]) {
    expect(Object.values(into as object).every((value) => value === 0), into.constructor.name).toBe(true);
  }
});

describe("a manifest object", () => {
  it("is a version and a body", () => {
    const out = new Uint8Array(sizeManifestObject(3));
    expect(encodeManifestObject(out, 0, 1, fromHex("aabbccdd"), 1, 4)).toBe(5);
    expect(hex(out)).toBe("0001bbccdd");
    const manifest = new ManifestObject();
    expect(decodeManifestObject(out, 0, 5, manifest)).toBe(5);
    expect(manifest).toMatchObject({ version: 1, bodyAt: 2, bodyLength: 3 });
  });

  it("of another version is refused", () => {
    for (const version of ["0000", "0003"]) expectError(() => decodeManifestObject(fromHex(version), 0, 2, new ManifestObject()), "ERR_SST_UNSUPPORTED", "version");
    expectError(() => decodeManifestObject(fromHex("01"), 0, 1, new ManifestObject()), "ERR_SST_TRUNCATED", "version");
  });
});

describe("rows", () => {
  it("have the format's flags", () => {
    expect([FLAG_TOMBSTONE, FLAG_EXPIRE_TS, FLAG_CREATE_TS, FLAG_MERGE]).toEqual([1, 2, 4, 8]);
  });

  const half = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
  const row = fc.record({
    shared: fc.oneof(fc.nat(200), fc.constantFrom(0, 127, 128, 16_383, 16_384, 65_535)),
    suffix: fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.constantFrom(new Uint8Array(127), new Uint8Array(128), new Uint8Array(16_384))),
    value: fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.constantFrom(new Uint8Array(0), new Uint8Array(128), new Uint8Array(16_384))),
    kind: fc.constantFrom(0, 1, 8),
    stamps: fc.constantFrom(0, 2, 4, 6),
    halves: fc.tuple(half, half, half, half, half, half),
    place: fc.nat(3),
  });

  // Used for one row after the other: what one row has, the next one may lack.
  const [intoV1, intoV2] = [new RowV1(), new RowV2()];

  it.each([1, 2] as const)("V%i: what is encoded is decoded, takes the bytes foretold, and touches no others", (version) => {
    fc.assert(fc.property(row, ({ shared, suffix, value: given, kind, stamps, halves, place }) => {
      const flags = kind | stamps;
      const value = kind === 1 ? new Uint8Array(0) : given;
      const [seqHi, seqLo, expireHi, expireLo, createHi, createLo] = halves;
      const size = version === 1 ? sizeRowV1(suffix.length, flags, value.length) : sizeRowV2(shared, suffix.length, value.length, flags);
      const out = new Uint8Array(place + size + 5).fill(0xee);
      const end = version === 1
        ? encodeRowV1(out, place, shared, behind(suffix), 3, 3 + suffix.length, seqHi, seqLo, flags, expireHi, expireLo, createHi, createLo, behind(value), 3, 3 + value.length)
        : encodeRowV2(out, place, shared, behind(suffix), 3, 3 + suffix.length, behind(value), 3, 3 + value.length, seqHi, seqLo, flags, expireHi, expireLo, createHi, createLo);
      expect(end).toBe(place + size);
      expect([...out.subarray(0, place), ...out.subarray(end)].every((byte) => byte === 0xee)).toBe(true);
      const into = version === 1 ? intoV1 : intoV2;
      const decode = version === 1 ? decodeRowV1 : decodeRowV2;
      expect(decode(out, place, end, into)).toBe(end);
      const present = (bit: number, pair: [number, number]): [number, number] => ((flags & bit) === 0 ? [0, 0] : pair);
      expect([into.shared, into.flags, into.seqNumHi, into.seqNumLo, into.expireTsHi, into.expireTsLo, into.createTsHi, into.createTsLo]).toEqual([shared, flags, seqHi, seqLo, ...present(2, [expireHi, expireLo]), ...present(4, [createHi, createLo])]);
      expect(Buffer.compare(out.subarray(into.suffixAt, into.suffixAt + into.suffixLength), suffix)).toBe(0);
      expect(Buffer.compare(out.subarray(into.valueAt, into.valueAt + into.valueLength), value)).toBe(0);
      expect(into.suffixLength + into.valueLength).toBe(suffix.length + value.length);
    }), { seed: 35, numRuns: 600 });
  });

  it.each([1, 2] as const)("V%i: a value of 16 MiB and more has its length in four bytes", (version) => {
    const value = new Uint8Array(0x1020304).fill(7);
    const out = new Uint8Array(value.length + 64);
    const end = version === 1 ? encodeRowV1(out, 0, 0, value, 0, 1, 0, 1, 0, 0, 0, 0, 0, value, 0, value.length) : encodeRowV2(out, 0, 0, value, 0, 1, value, 0, value.length, 0, 1, 0, 0, 0, 0, 0);
    const into = version === 1 ? intoV1 : intoV2;
    expect((version === 1 ? decodeRowV1 : decodeRowV2)(out, 0, end, into)).toBe(end);
    expect([into.valueLength, Buffer.compare(out.subarray(into.valueAt, into.valueAt + into.valueLength), value)]).toEqual([value.length, 0]);
  });

  it.each([1, 2] as const)("V%i: cut off anywhere they are refused, with an offset and a field", (version) => {
    const out = new Uint8Array(100);
    const [key, value] = [fromHex("616263"), fromHex("7879")];
    const end = version === 1
      ? encodeRowV1(out, 0, 0, key, 0, 3, 0, 1, 6, 0, 2, 0, 3, value, 0, 2)
      : encodeRowV2(out, 0, 0, key, 0, 3, value, 0, 2, 0, 1, 6, 0, 2, 0, 3);
    const paths: unknown[] = [];
    for (let cut = 0; cut < end; cut++) {
      try {
        if (version === 1) decodeRowV1(out, 0, cut, new RowV1());
        else decodeRowV2(out, 0, cut, new RowV2());
      } catch (error) {
        if (!isSstError(error, "ERR_SST_TRUNCATED")) throw error;
        expect(error.details["offset"]).toBeLessThanOrEqual(cut);
        paths.push(error.details["path"]);
      }
    }
    expect(paths.length).toBe(end);
    const fields = version === 1 ? ["shared", "unshared", "suffix", "seq_num", "flags", "expire_ts", "create_ts", "value_len", "value"] : ["shared", "unshared", "value_len", "suffix", "value", "seq_num", "flags", "expire_ts", "create_ts"];
    const lengths = version === 1 ? [2, 2, 3, 8, 1, 8, 8, 4, 2] : [1, 1, 1, 3, 2, 8, 1, 8, 8];
    expect(paths).toEqual(fields.flatMap((field, at) => Array.from({ length: lengths[at]! }, () => field)));
  });

  it("V2: a length of 4 GiB in a few bytes is refused before anything is read or taken", () => {
    for (const bytes of ["00ffffffff0f00", "0000ffffffff0f"]) {
      expect(() => decodeRowV2(fromHex(bytes), 0, bytes.length / 2, new RowV2())).toThrow(SstError);
    }
  });
});
