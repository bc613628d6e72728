// Every codec in every way it can run on this machine, for tests that all of them must pass.
import type { Codec } from "../../src/compression/codec.js";
import { loadCodec } from "../../src/compression/load.js";
import { loadLz4Package } from "../../src/compression/lz4.js";
import { nodeZlib } from "../../src/compression/node-zlib.js";
import { loadSnappyPackage } from "../../src/compression/snappy.js";
import { forasInflate, loadForas, nodeInflate, zlibCodec } from "../../src/compression/zlib.js";
import { loadZstdWasmEngine, nodeZstdEngine, zstdCodec } from "../../src/compression/zstd.js";

export interface NamedCodec {
  readonly label: string;
  readonly codec: Codec;
}

/** Codecs that compress, each with every engine. */
export async function compressingCodecs(): Promise<NamedCodec[]> {
  const [snappy, lz4, foras] = await Promise.all([loadCodec("snappy"), loadCodec("lz4"), loadForas()]);
  if (nodeZlib === undefined) throw new Error("the tests run in Node");
  const nativeZstd = nodeZstdEngine();
  return [
    { label: "snappy by the kernel", codec: snappy },
    { label: "snappy by its package", codec: await loadSnappyPackage() },
    { label: "lz4 by the kernel", codec: lz4 },
    { label: "lz4 by its package", codec: await loadLz4Package() },
    { label: "zlib by Node", codec: zlibCodec(foras, nodeInflate(nodeZlib)) },
    { label: "zlib by WebAssembly", codec: zlibCodec(foras, forasInflate(foras)) },
    { label: "zstd by WebAssembly", codec: zstdCodec(await loadZstdWasmEngine()) },
    ...(nativeZstd === undefined ? [] : [{ label: "zstd by Node", codec: zstdCodec(nativeZstd) }]),
  ];
}

/** Every codec there is. */
export async function allCodecs(): Promise<NamedCodec[]> {
  return [{ label: "none", codec: await loadCodec("none") }, ...(await compressingCodecs())];
}

/** Bytes like those of a block: some structure, some repetition. */
export function sampleBytes(length: number, seed = 1): Uint8Array {
  let state = seed;
  return Uint8Array.from({ length }, (_, at) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return at % 7 < 4 ? (at >>> 5) & 0x3f : (state >>> 16) & 0x1f;
  });
}

/** Whether two byte arrays are equal; far quicker than a deep comparison. */
export function sameBytes(one: Uint8Array, two: Uint8Array): boolean {
  return Buffer.compare(one, two) === 0;
}
