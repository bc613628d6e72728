// verifyBlocks: every finished block is decoded again before it leaves. Seen to work by breaking what makes blocks.
import { BlockCursor, type Codec, crc32, createBlockEncoder, FLAG_TOMBSTONE, loadCodec, SstError } from "@slate-sst/format";
import { MemoryObjectStore } from "@slate-sst/object-store";
import { afterEach, describe, expect, it, vi } from "vitest";
import { BlockCheck } from "../src/block-check.js";
import { SstWriter, type SstWriterConfig } from "../src/index.js";
import { asRow, expectSameBytes, objectsOf, PATH, rejectionOf, sampleRows, uploadsOf, writeSamples } from "./sample-rows.js";

const samples = sampleRows(500, 89);
const small: SstWriterConfig = { blockSize: 1024, partSize: 2048 };
afterEach(() => void vi.restoreAllMocks());

/** The error a run ends with. Nothing may be left of it. */
async function failureOf(config: SstWriterConfig): Promise<unknown> {
  const store = new MemoryObjectStore();
  const error = await rejectionOf((async () => {
    await using writer = await SstWriter.create(store, PATH, { ...small, ...config });
    await writer.writeAll(samples.map(asRow));
    await writer.close();
  })());
  expect([await objectsOf(store), await uploadsOf(store)]).toEqual([[], []]);
  return error;
}

describe("sound blocks", () => {
  it.each([{}, { formatVersion: 1 }, { compression: "lz4" }, { compression: "zlib", formatVersion: 1 }, { onDuplicate: "keepLast" }, { transform: { encode: (bytes: Uint8Array) => bytes.slice().reverse(), decode: (bytes: Uint8Array) => bytes.reverse() } }] as const)("pass, and the file is the same: %o", async (config) => {
    expectSameBytes((await writeSamples(samples, { ...small, ...config, verifyBlocks: true })).bytes, (await writeSamples(samples, { ...small, ...config })).bytes);
  });
});

describe("a codec that", () => {
  const broken = async (compress: (bytes: Uint8Array, real: Codec) => Uint8Array): Promise<Codec> => {
    const real = await loadCodec("snappy");
    return { ...real, compress: (bytes) => compress(bytes, real) };
  };

  it.each<readonly [string, (bytes: Uint8Array, real: Codec) => Uint8Array, string]>([
    ["gives rubbish", (bytes) => bytes.map((byte) => byte ^ 0xff), "cannot be decoded"],
    ["gives other bytes of the same length", (bytes, real) => real.compress(bytes.map((byte, at) => (at === 20 ? byte ^ 1 : byte))), "does not decompress"],
    ["gives fewer bytes", (bytes, real) => real.compress(bytes.subarray(1)), "does not decompress"],
    ["gives more bytes than there were", (bytes, real) => real.compress(Uint8Array.of(...bytes, 0)), "cannot be decoded"],
  ])("%s is found out, and only if asked", async (_, compress, message) => {
    const compression = await broken(compress);
    const error = await failureOf({ compression, verifyBlocks: true });
    expect(error).toMatchObject({ code: "ERR_SST_VERIFY_BLOCK" });
    expect(String(error)).toContain(message);
    expect((await writeSamples(samples, { ...small, compression })).metadata.rowCount).toBe(500n);
  });

  it("throws when it decompresses is found out, too", async () => {
    const compression: Codec = { ...(await loadCodec("snappy")), decompress: () => { throw new Error("out of memory"); } };
    expect(String(await failureOf({ compression, verifyBlocks: true }))).toContain("cannot be decoded: Error: out of memory");
  });

  it.each<readonly [string, (bytes: Uint8Array, real: Codec) => Uint8Array, string]>([
    ["throws", () => { throw new Error("out of memory"); }, "out of memory"],
    ["throws no Error", () => { throw "out of memory" as unknown as Error; }, "out of memory"],
    ["throws one of ours", () => { throw new SstError("ERR_SST_CODEC_FAILED", "snappy is out of memory"); }, "snappy is out of memory"],
    ["gives nothing", () => undefined as unknown as Uint8Array, "Uint8Array, not undefined"],
  ])("%s fails by ERR_SST_CODEC_FAILED", async (_, compress, message) => {
    const error = await failureOf({ compression: await broken(compress) });
    expect(error).toMatchObject({ code: "ERR_SST_CODEC_FAILED" });
    expect(String(error)).toContain("snappy");
    expect(String(error)).toContain(message);
  });

  it("fails at the filter or the index only: the writer fails there", async () => {
    for (const nth of [1, 2, 3]) {
      let calls = 0;
      const real = await loadCodec("snappy");
      const { blockCount } = (await writeSamples(samples, { ...small, compression: "snappy" })).metadata;
      const compress = (bytes: Uint8Array): Uint8Array => {
        if (++calls === Number(blockCount) + nth) throw new Error("too late");
        return real.compress(bytes);
      };
      expect(await failureOf({ compression: { ...real, compress }, minFilterKeys: 1 })).toMatchObject({ code: "ERR_SST_CODEC_FAILED" });
    }
  });
});

describe("a transformer that", () => {
  it.each([
    ["gives back other bytes", (bytes: Uint8Array) => bytes.map((byte, at) => (at === 0 ? byte ^ 1 : byte)), "ERR_SST_VERIFY_BLOCK"],
    ["gives back fewer bytes", (bytes: Uint8Array) => bytes.subarray(1), "ERR_SST_VERIFY_BLOCK"],
    ["cannot go back", () => { throw new Error("no way back"); }, "ERR_SST_CODEC_FAILED"],
    ["gives back nothing", () => undefined as unknown as Uint8Array, "ERR_SST_CODEC_FAILED"],
  ] as const)("%s is found out, and only if asked", async (_, decode, code) => {
    const transform = { encode: (bytes: Uint8Array) => bytes, decode };
    expect(await failureOf({ transform, verifyBlocks: true })).toMatchObject({ code });
    expect((await writeSamples(samples, { ...small, transform })).metadata.rowCount).toBe(500n);
  });

  it("works in place, both ways, is no problem", async () => {
    const flip = (bytes: Uint8Array): Uint8Array => {
      bytes.forEach((byte, at) => { bytes[at] = ~byte; });
      return bytes;
    };
    const plain = await writeSamples(samples, { ...small, transform: { encode: flip } });
    expectSameBytes((await writeSamples(samples, { ...small, transform: { encode: flip, decode: flip }, verifyBlocks: true })).bytes, plain.bytes);
  });
});

describe("an encoder that", () => {
  interface Methods {
    append: (this: unknown, ...row: unknown[]) => number;
    finish: (this: unknown, out: Uint8Array, at: number) => number;
  }
  const encoderClass = (version: 1 | 2): Methods => Object.getPrototypeOf(createBlockEncoder(version, 1024)) as Methods;

  it.each([1, 2] as const)("V%i: changes any field of a row, or loses one, is found out", async (version) => {
    const { append } = encoderClass(version);
    const row = { value: 5, valueLength: 6, seqHi: 7, seqLo: 8, flags: 9, expireTsHi: 10, expireTsLo: 11, createTsHi: 12, createTsLo: 13 };
    for (const [field, argument] of Object.entries(row)) {
      let rows = 0;
      vi.spyOn(encoderClass(version), "append").mockImplementation(function (this: unknown, ...args: unknown[]) {
        const flags = args[row.flags] as number;
        if (++rows > 100 && (flags & 0x0f) === 0x06 && (args[row.valueLength] as number) > 0) {
          if (field === "value") args[argument] = (args[argument] as Uint8Array).map((byte) => byte ^ 1);
          else if (field === "flags") args[argument] = flags | 0x08;
          else args[argument] = (args[argument] as number) - 1;
        }
        return append.apply(this, args);
      });
      expect(await failureOf({ formatVersion: version, verifyBlocks: true }), field).toMatchObject({ code: "ERR_SST_VERIFY_BLOCK" });
      vi.restoreAllMocks();
    }
  });

  it.each([1, 2] as const)("V%i: writes a wrong trailer is found out", async (version) => {
    const { finish } = encoderClass(version);
    vi.spyOn(encoderClass(version), "finish").mockImplementation(function (this: unknown, out, at) {
      const end = finish.call(this, out, at);
      out[end - 1]!--;
      return end;
    });
    const error = await failureOf({ formatVersion: version, verifyBlocks: true });
    expect(error).toMatchObject({ code: "ERR_SST_VERIFY_BLOCK", cause: { code: expect.stringMatching(/CORRUPT|TRUNCATED/) as string } });
    expect(String(error)).toContain("cannot be decoded");
  });

  it("loses a row is found out by its count", async () => {
    const { next } = BlockCursor.prototype as { next: (this: BlockCursor) => boolean };
    vi.spyOn(BlockCursor.prototype, "next").mockImplementation(function (this: BlockCursor) {
      return next.call(this) && next.call(this);
    });
    expect(String(await failureOf({ verifyBlocks: true }))).toMatch(/holds \d+ rows, \d+ were put into it/);
  });
});

describe("the check itself", () => {
  it("starts over with each block, and tells rows apart that differ in one field", () => {
    const encoder = createBlockEncoder(2, 4096);
    const key = Uint8Array.of(1, 2, 3);
    const block = (): Uint8Array => {
      const out = new Uint8Array(200);
      encoder.append(out, 0, 0, key, 3, key, 0, 1, 2, FLAG_TOMBSTONE, 0, 0, 0, 0);
      return out.subarray(0, encoder.finish(out, encoder.bodyLength));
    };
    const check = new BlockCheck(2, { name: "none", id: 0, library: "none", compress: (bytes) => bytes, decompress: (bytes) => bytes });
    const bytes = block();
    expect(crc32(bytes)).toBe(crc32(block()));
    check.add(key, 3, key, 0, 1, 2, FLAG_TOMBSTONE, 0, 0, 0, 0);
    check.verify(bytes, 0, bytes.length, undefined);
    check.add(key, 3, key, 0, 1, 3, FLAG_TOMBSTONE, 0, 0, 0, 0);
    expect(() => check.verify(bytes, 0, bytes.length, undefined)).toThrow("other rows");
    expect(() => check.verify(bytes, 0, bytes.length, undefined)).toThrow("holds 1 rows, 0 were put");
    check.add(key, 3, key, 0, 1, 2, FLAG_TOMBSTONE, 0, 0, 0, 0);
    check.verify(bytes, 0, bytes.length, bytes.slice());
  });
});
