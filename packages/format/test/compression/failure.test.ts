// When a library fails in a way that is not the data's fault.
import { afterEach, describe, expect, it, vi } from "vitest";
import { runCompressor, runDecompressor } from "../../src/compression/codec.js";
import { SstError } from "../../src/errors.js";
import { codecAreas, checkKernelLength } from "../../src/compression/kernel-codec.js";
import * as kernels from "../../src/kernel.js";
import { loadZstdWasmEngine, zstdCodec, type ZstdEngine } from "../../src/compression/zstd.js";

const broken = new Error("out of memory");
const failing = (): never => {
  throw broken;
};

describe("a failing library", () => {
  it("is ERR_SST_CODEC_FAILED when it compresses, ERR_SST_CORRUPT when it decompresses, and the cause of either", () => {
    const bytes = new Uint8Array(7);
    expect(() => runCompressor("lz4", bytes, failing)).toThrow(
      expect.objectContaining({ code: "ERR_SST_CODEC_FAILED", cause: broken, details: { compression: "lz4", length: 7 } }),
    );
    expect(() => runDecompressor("lz4", bytes, failing)).toThrow(expect.objectContaining({ code: "ERR_SST_CORRUPT", cause: broken }));
  });

  it("keeps its own typed errors", () => {
    const typed = new SstError("ERR_SST_CODEC_FAILED", "too large");
    const throwing = (): never => {
      throw typed;
    };
    expect(() => runCompressor("zstd", new Uint8Array(1), throwing)).toThrow(typed);
    expect(() => runDecompressor("zstd", new Uint8Array(1), throwing)).toThrow(typed);
  });

  it("is not believed when its result has another length than the frame declares", () => {
    const wrong: ZstdEngine = { compress: (bytes) => bytes, decompress: () => new Uint8Array(2) };
    const frame = Uint8Array.from([0x28, 0xb5, 0x2f, 0xfd, 0x20, 3, 0x19, 0, 0, 0x61, 0x62, 0x63]);
    // A frame that does not tell its length: what comes out must stay within the limit.
    const silent = Uint8Array.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x50, 0x19, 0, 0, 0x61, 0x62, 0x63]);
    expect(zstdCodec(wrong).decompress(silent, { maxLength: 2 })).toHaveLength(2);
    expect(() => zstdCodec(wrong).decompress(silent, { maxLength: 1 })).toThrow(expect.objectContaining({ code: "ERR_SST_CORRUPT", details: { compression: "zstd", length: 2, maxLength: 1 } }));
    expect(() => zstdCodec(wrong).decompress(frame, { maxLength: 10 })).toThrow(expect.objectContaining({ code: "ERR_SST_CORRUPT", details: { compression: "zstd", declared: 3, real: 2 } }));
  });
});

describe("more than WebAssembly takes", () => {
  const failed = (details: object): unknown => expect.objectContaining({ code: "ERR_SST_CODEC_FAILED", details });

  it("is refused before zstd is asked: its package would overwrite what it cannot allocate", async () => {
    // A frame of 512 MiB and one byte in runs of one byte's value, which itself is short.
    const [length, run] = [536_870_913, 131_072];
    const runs = Math.ceil(length / run);
    const frame = Uint8Array.from([
      0x28, 0xb5, 0x2f, 0xfd, 0xa0, length & 0xff, (length >>> 8) & 0xff, (length >>> 16) & 0xff, length >>> 24,
      ...Array.from({ length: runs }, (_, at) => {
        const header = ((at === runs - 1 ? length % run : run) << 3) | 2 | (at === runs - 1 ? 1 : 0);
        return [header & 0xff, (header >>> 8) & 0xff, header >>> 16, 0];
      }).flat(),
    ]);
    const codec = zstdCodec(await loadZstdWasmEngine());
    expect(() => codec.decompress(frame, { maxLength: length })).toThrow(failed({ compression: "zstd", length, lengthMax: length - 1 }));
  });

  it("is refused where the kernel's results end", () => {
    expect(() => checkKernelLength("lz4", 1_073_741_824)).not.toThrow();
    expect(() => checkKernelLength("lz4", 1_073_741_825)).toThrow(failed({ compression: "lz4", length: 1_073_741_825, lengthMax: 1_073_741_824 }));
    expect(() => codecAreas("snappy", 2 ** 32, 0, 0)).toThrow(expect.objectContaining({ code: "ERR_SST_CODEC_FAILED", cause: expect.objectContaining({ code: "ERR_SST_OPTION_INVALID" }) as unknown }));
  });
});

describe("the kernel's memory for codecs", () => {
  afterEach(() => {
    vi.doUnmock("../../src/kernel.js");
    vi.resetModules();
  });

  it("is made once for what is short, anew for what is longer, and not kept beyond 8 MiB", async () => {
    const lengths: number[] = [];
    let isFull = false;
    vi.doMock("../../src/kernel.js", () => ({ ...kernels, createKernel: (length: number) => (lengths.push(length), isFull ? undefined : kernels.createKernel(length)) }));
    vi.resetModules();
    const { codecAreas: areasOf } = await import("../../src/compression/kernel-codec.js");
    const small = areasOf("lz4", 1000, 1000, 100);
    expect(new Set([small.table, small.source, small.target]).size).toBe(3);
    expect(areasOf("lz4", 200_000, 10, 0).kernel === small.kernel).toBe(true);
    const larger = areasOf("lz4", 262_145, 0, 0).kernel;
    expect(areasOf("lz4", 1000, 1000, 100).kernel === larger).toBe(true);
    const huge = areasOf("lz4", 8_388_609, 0, 0).kernel;
    expect(areasOf("lz4", 1000, 1000, 100).kernel === larger).toBe(true);
    expect(areasOf("lz4", 8_388_609, 0, 0).kernel === huge).toBe(false);
    expect(lengths.slice(0, 2)).toEqual([262_144, 524_288]);
    expect(lengths).toHaveLength(4);
    isFull = true;
    expect(() => areasOf("lz4", 8_388_609, 0, 0)).toThrow(expect.objectContaining({ code: "ERR_SST_CODEC_FAILED", cause: undefined }));
  });
});
