// The codecs in WebAssembly give back all they take: after a warm-up their memory does not grow, whatever happens.
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { forasInflate, loadForas } from "../../src/compression/zlib.js";
import { loadCodec } from "../../src/compression/load.js";
import { loadZstdWasmEngine, zstdCodec } from "../../src/compression/zstd.js";
import { sampleBytes } from "./codec-list.js";

const BLOCKS = 4000;
const BLOCK_BYTES = 4096;

/** Runs one step a warm-up number of times and then for all blocks; gives the growth of the memory in between. */
function growth(memoryBytes: () => number, step: (block: number) => void): number {
  for (let block = 0; block < 50; block++) step(block);
  const before = memoryBytes();
  for (let block = 0; block < BLOCKS; block++) step(block);
  return memoryBytes() - before;
}

function swallow(action: () => unknown): void {
  expect(action).toThrow(expect.objectContaining({ code: "ERR_SST_CORRUPT" }));
}

describe("zlib", async () => {
  const codec = await loadCodec("zlib");
  const foras = await loadForas();
  const inflate = forasInflate(foras);
  const { memory } = (await foras.initBundledOnce()) as { readonly memory: { readonly buffer: ArrayBuffer } };
  const memoryBytes = (): number => memory.buffer.byteLength;
  const samples = Array.from({ length: 16 }, (_, seed) => sampleBytes(BLOCK_BYTES, seed + 1));
  const stored = samples.map((sample) => codec.compress(sample));

  it("does not leak when it compresses", () => {
    expect(growth(memoryBytes, (block) => codec.compress(samples[block % 16]!))).toBe(0);
  });

  it("does not leak when it decompresses", () => {
    expect(growth(memoryBytes, (block) => inflate(stored[block % 16]!, { maxLength: BLOCK_BYTES }))).toBe(0);
  });

  it("does not leak when it refuses damaged, cut, prolonged and too long data", () => {
    // Long enough for output to appear, and the limit to be noticed, before the stream's end.
    const long = codec.compress(new Uint8Array(200_000));
    const damaged = stored.map((bytes) => bytes.with(bytes.length >>> 1, bytes[bytes.length >>> 1]! ^ 0xff));
    const grown = growth(memoryBytes, (block) => {
      const bytes = stored[block % 16]!;
      const limits = { maxLength: BLOCK_BYTES };
      if (block % 4 === 0) swallow(() => inflate(damaged[block % 16]!, limits));
      if (block % 4 === 1) swallow(() => inflate(bytes.subarray(0, -1), limits));
      if (block % 4 === 2) swallow(() => inflate(new Uint8Array([...bytes, 0]), limits));
      if (block % 4 === 3) swallow(() => inflate(long, { maxLength: 10 }));
    });
    expect(grown).toBe(0);
  });
});

describe("zstd", async () => {
  const codec = zstdCodec(await loadZstdWasmEngine());
  // The package does not export its memory; the module that holds it lies beside its entry.
  const require = createRequire(import.meta.url);
  const { Module } = require(join(dirname(require.resolve("@bokuweb/zstd-wasm")), "module.js")) as { Module: { readonly HEAPU8: Uint8Array } };
  const samples = Array.from({ length: 16 }, (_, seed) => sampleBytes(BLOCK_BYTES, seed + 1));
  const stored = samples.map((sample) => codec.compress(sample));

  it("does not leak, whether it succeeds or fails", () => {
    const grown = growth(() => Module.HEAPU8.length, (block) => {
      codec.compress(samples[block % 16]!);
      codec.decompress(stored[block % 16]!, { maxLength: BLOCK_BYTES });
      const damaged = stored[block % 16]!.slice();
      damaged.fill(0xff, 10, 20);
      swallow(() => codec.decompress(damaged, { maxLength: BLOCK_BYTES }));
    });
    expect(grown).toBe(0);
  });
});
