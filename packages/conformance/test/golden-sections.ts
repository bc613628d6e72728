// Sections of golden files without checksum, decompressed.
import { inflateSync } from "node:zlib";
import { decompress as zstd, init } from "@bokuweb/zstd-wasm";
import { uncompressSync as lz4 } from "lz4-napi";
import { uncompressSync as snappy } from "snappy";
import type { GoldenSst } from "../src/vectors.js";

const CRC_BYTES = 4;

const zstdReady = init();

export async function sectionPayload(sst: GoldenSst, offset: number, length: number): Promise<Uint8Array> {
  const stored = Buffer.from(sst.bytes.subarray(offset, offset + length - CRC_BYTES));
  switch (sst.config.compression) {
    case "none": return new Uint8Array(stored);
    case "zlib": return new Uint8Array(inflateSync(stored));
    case "lz4": return new Uint8Array(lz4(stored));
    case "snappy": return new Uint8Array(Buffer.from(snappy(stored, { asBuffer: true })));
    case "zstd": await zstdReady; return new Uint8Array(zstd(new Uint8Array(stored)));
  }
}
