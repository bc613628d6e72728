// When a library fails in a way that is not the data's fault.
import { describe, expect, it } from "vitest";
import { runCompressor, runDecompressor } from "../../src/compression/codec.js";
import { SstError } from "../../src/errors.js";
import { zstdCodec, type ZstdEngine } from "../../src/compression/zstd.js";

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
    expect(() => zstdCodec(wrong).decompress(frame, { maxLength: 10 })).toThrow(expect.objectContaining({ code: "ERR_SST_CORRUPT", details: { compression: "zstd", declared: 3, real: 2 } }));
  });
});
