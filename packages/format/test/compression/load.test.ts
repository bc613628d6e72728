// From names to codecs: loaded on demand, named in full when missing, or brought by the caller.
import { readFileSync } from "node:fs";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Codec, CompressionName } from "../../src/compression/codec.js";
import { isCompressionName, loadCodec } from "../../src/compression/load.js";
import { noneCodec } from "../../src/compression/none.js";
import { LZ4_PACKAGE, SNAPPY_PACKAGE, ZLIB_PACKAGE, ZSTD_PACKAGE } from "../../src/compression/packages.js";
import { packagedCodec } from "../../src/compression/prefixed.js";
import { COMPRESSION_IDS } from "../../src/generated/constants.js";

const invalid = expect.objectContaining({ code: "ERR_SST_OPTION_INVALID" }) as unknown;
const names = Object.keys(COMPRESSION_IDS) as CompressionName[];
const packages = { snappy: SNAPPY_PACKAGE, lz4: LZ4_PACKAGE, zlib: ZLIB_PACKAGE, zstd: ZSTD_PACKAGE };

describe("loadCodec", () => {
  it.each(names)("loads %s once", async (name) => {
    const codec = await loadCodec(name);
    expect(codec.name).toBe(name);
    expect(await loadCodec(name)).toBe(codec);
    expect(isCompressionName(name)).toBe(true);
  });

  it.each(["gzip", "Snappy", "", "toString", 1, null, undefined])("refuses %s", async (choice) => {
    expect(isCompressionName(choice)).toBe(false);
    await expect(loadCodec(choice as CompressionName)).rejects.toEqual(invalid);
  });

  it("takes a codec object where a name can stand", async () => {
    const own: Codec = { ...noneCodec, library: "mine@1.0.0" };
    expect(await loadCodec(own)).toBe(own);
    expect(await loadCodec("none", [own])).toBe(own);
    expect(await loadCodec("snappy", [own])).toBe(await loadCodec("snappy"));
  });

  it.each([{ name: "brotli" }, { id: 9 }, { library: 1 }, { compress: undefined }, { decompress: "no" }])("refuses a codec object with %j", async (change) => {
    const broken = { ...noneCodec, ...change } as unknown as Codec;
    await expect(loadCodec(broken)).rejects.toEqual(invalid);
    await expect(loadCodec("none", [broken])).rejects.toEqual(invalid);
  });
});

describe("pinned packages", () => {
  it("are the optional peer dependencies", () => {
    const manifest = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
      peerDependencies: Record<string, string>;
      peerDependenciesMeta: Record<string, { optional: boolean }>;
    };
    for (const { name, version } of Object.values(packages)) {
      expect(manifest.peerDependencies[name]).toBe(version);
      expect(manifest.peerDependenciesMeta[name]).toEqual({ optional: true });
    }
  });
});

describe("a missing package", () => {
  afterEach(() => {
    for (const { name } of Object.values(packages)) vi.doUnmock(name);
    vi.doUnmock("../../src/compression/node-zlib.js");
    vi.doUnmock("../../src/kernel.js");
    vi.resetModules();
  });

  it.each(["snappy", "lz4"] as const)("of %s is not missed where there is a kernel", async (name) => {
    const expected = (await loadCodec(name)).compress(new Uint8Array(100));
    vi.resetModules();
    vi.doMock(packages[name].name, () => {
      throw new Error("Cannot find package");
    });
    const fresh = await (await import("../../src/compression/load.js")).loadCodec(name);
    expect(fresh.compress(new Uint8Array(100))).toEqual(expected);
    expect(fresh.decompress(expected, { maxLength: 100 })).toEqual(new Uint8Array(100));
  });

  it("of zstd is made up for by Node's own library, where it is the same", async () => {
    vi.resetModules();
    vi.doMock(ZSTD_PACKAGE.name, () => {
      throw new Error("Cannot find package");
    });
    const fresh = await import("../../src/compression/load.js");
    if (process.versions["zstd"] === "1.5.7") expect((await fresh.loadCodec("zstd")).library).toBe("libzstd@1.5.7");
    else await expect(fresh.loadCodec("zstd")).rejects.toMatchObject({ code: "ERR_SST_CODEC_MISSING" });
  });

  describe("of zstd, with the same library in Node", () => {
    const calls: unknown[] = [];
    const likeNode = {
      constants: { ZSTD_c_compressionLevel: 100 },
      zstdCompressSync: (bytes: Uint8Array, options: object) => (calls.push(options), Buffer.from(bytes)),
      zstdDecompressSync: (_: Uint8Array, options: object) => (calls.push(options), Buffer.from([1, 2, 3])),
    };

    async function withNode(version: string, zlib: object | undefined): Promise<typeof import("../../src/compression/load.js")> {
      vi.resetModules();
      vi.doMock(ZSTD_PACKAGE.name, () => {
        throw new Error("Cannot find package");
      });
      vi.doMock("../../src/compression/node-zlib.js", async (original) => ({ ...(await original<object>()), nodeZstdVersion: version, nodeZlib: zlib }));
      return await import("../../src/compression/load.js");
    }

    it("uses it, at SlateDB's level, and lets no more come out than a frame says", async () => {
      const codec = await (await withNode("1.5.7", likeNode)).loadCodec("zstd");
      const compressed = codec.compress(Uint8Array.of(7, 8));
      expect([compressed.constructor, [...compressed]]).toEqual([Uint8Array, [7, 8]]);
      const frame = (size: number): Uint8Array => Uint8Array.from([0x28, 0xb5, 0x2f, 0xfd, 0x20, size, 0x01 | (size << 3), 0, 0, ...Array.from({ length: size }, () => 9)]);
      expect(codec.decompress(frame(3), { maxLength: 10 })).toEqual(Uint8Array.of(1, 2, 3));
      // Node wants to give out one byte at least.
      expect(() => codec.decompress(frame(0), { maxLength: 10 })).toThrow(expect.objectContaining({ code: "ERR_SST_CORRUPT" }));
      expect(calls).toEqual([{ params: { 100: 3 } }, { maxOutputLength: 3 }, { maxOutputLength: 1 }]);
    });

    it.each([
      ["another version", "1.5.6", likeNode], ["no zlib", "1.5.7", undefined], ["no compressor", "1.5.7", { ...likeNode, zstdCompressSync: undefined }],
      ["no decompressor", "1.5.7", { ...likeNode, zstdDecompressSync: undefined }], ["no level", "1.5.7", { ...likeNode, constants: {} }],
    ])("asks for the package where Node has %s", async (_, version, zlib) => {
      await expect((await withNode(version, zlib)).loadCodec("zstd")).rejects.toMatchObject({ code: "ERR_SST_CODEC_MISSING" });
    });
  });

  it("of Node's zlib is made up for by WebAssembly", async () => {
    const payload = new Uint8Array(1000).fill(7);
    const stored = (await loadCodec("zlib")).compress(payload);
    vi.resetModules();
    vi.doMock("../../src/compression/node-zlib.js", async (original) => ({ ...(await original<object>()), nodeZlib: undefined }));
    const fresh = await (await import("../../src/compression/load.js")).loadCodec("zlib");
    expect(fresh.decompress(stored, { maxLength: 1000 })).toEqual(payload);
    expect(() => fresh.decompress(stored, { maxLength: 999 })).toThrow(expect.objectContaining({ code: "ERR_SST_CORRUPT" }));
  });

  it.each(["snappy", "lz4", "zlib", "zstd"] as const)("of %s is named, with the command that installs it, and is asked for again", async (name) => {
    const { name: packageName, version } = packages[name];
    vi.resetModules();
    vi.doMock(packageName, () => {
      throw new Error("Cannot find package");
    });
    // As on a Node without its own zstd, in an engine without WebAssembly.
    vi.doMock("../../src/kernel.js", async (original) => ({ ...(await original<object>()), hasKernel: false }));
    vi.doMock("../../src/compression/node-zlib.js", async (original) => ({ ...(await original<object>()), nodeZstdVersion: undefined }));
    const fresh = await import("../../src/compression/load.js");
    await expect(fresh.loadCodec(name)).rejects.toMatchObject({
      code: "ERR_SST_CODEC_MISSING",
      message: expect.stringContaining(`npm install ${packageName}@${version}`) as unknown,
      details: { compression: name, package: packageName, version },
      cause: expect.any(Error) as unknown,
    });
    expect((await fresh.loadCodec("none")).name).toBe("none");
    vi.doUnmock(packageName);
    expect((await fresh.loadCodec(name)).name).toBe(name);
  });

  it.each(["snappy", "lz4"] as const)("of %s is missing too where a bundle for browsers has nothing in its place", async (name) => {
    vi.resetModules();
    vi.doMock(packages[name].name, () => ({ compressSync: undefined, uncompressSync: undefined, default: {} }));
    vi.doMock("../../src/kernel.js", async (original) => ({ ...(await original<object>()), hasKernel: false }));
    for (const half of [{ compressSync: () => new Uint8Array(0) }, { uncompressSync: () => new Uint8Array(0) }]) expect(() => packagedCodec(half)).toThrow("native");
    const fresh = await import("../../src/compression/load.js");
    await expect(fresh.loadCodec(name)).rejects.toMatchObject({ code: "ERR_SST_CODEC_MISSING", cause: { message: expect.stringContaining("native") as unknown } });
  });
});
