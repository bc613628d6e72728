// What a configuration comes to: the default of every option, both ends of every range, and who compresses.
import { loadCodec } from "@slate-sst/format";
import { MemoryObjectStore } from "@slate-sst/object-store";
import { describe, expect, it } from "vitest";
import { resolveConfig } from "../src/config.js";
import { rejectionOf } from "./sample-rows.js";

const store = new MemoryObjectStore();
const MIB = 1024 * 1024;
const resolve = async (config: object = {}): Promise<Awaited<ReturnType<typeof resolveConfig>>> => await resolveConfig(config, store);

describe("a configuration", () => {
  it("has the documented defaults", async () => {
    expect(await resolve()).toEqual({
      formatVersion: 2, blockSize: 4096, codec: await loadCodec("none"), filter: true, minFilterKeys: 1000, filterBitsPerKey: 10, filterFormat: "legacy", seq: 0n, mode: "create", onDuplicate: "error",
      transform: undefined, partSize: 5 * MIB, maxPartsInFlight: 2, compressors: undefined, signal: undefined, verifyBlocks: false, digest: undefined, expectedSize: undefined, expectedRows: undefined,
      onEvent: undefined, keysInEvents: false, telemetry: undefined, checkpoint: undefined,
    });
  });

  it.each([
    ["partSize", 1024, 1024 * MIB], ["maxPartsInFlight", 1, 64], ["minFilterKeys", 0, Number.MAX_SAFE_INTEGER], ["filterBitsPerKey", 1, 65_535], ["expectedRows", 0, Number.MAX_SAFE_INTEGER], ["expectedSize", 0, 2 ** 31 - 1],
  ] as const)("takes %s from %i to %i", async (option, least, most) => {
    for (const value of [least, most]) expect(await resolve({ [option]: value })).toMatchObject({ [option]: value });
    for (const value of [least - 1, most + 1, least + 0.5]) expect(await rejectionOf(resolve({ [option]: value }))).toMatchObject({ code: option === "expectedSize" && value > most ? "ERR_SST_STORE_CAPABILITY" : "ERR_SST_OPTION_INVALID" });
  });

  it("names the option of a codec that is none", async () => {
    for (const compression of ["gzip", "", 5, null]) expect(await rejectionOf(resolve({ compression }))).toMatchObject({ code: "ERR_SST_OPTION_INVALID", details: { option: "compression", value: compression } });
  });

  it("takes a transformer with or without a way back", async () => {
    const encode = (bytes: Uint8Array): Uint8Array => bytes;
    for (const transform of [{ encode }, { encode, decode: undefined }, { encode, decode: encode }]) expect((await resolve({ transform })).transform).toBe(transform);
  });

  it("gives blocks to threads where that saves time: as many as asked for, for codecs that the kernel has not", async () => {
    for (const workers of [1, 64]) {
      for (const compression of ["zstd", "zlib"]) expect((await resolve({ workers, compression })).compressors).toMatchObject({ workers });
      for (const compression of ["none", "lz4", "snappy"]) expect((await resolve({ workers, compression })).compressors).toBeUndefined();
    }
    expect((await resolve({ compression: "zstd" })).compressors).toBeUndefined();
    expect((await resolve({ workers: 0, compression: "zstd", verifyBlocks: true })).compressors).toBeUndefined();
    expect((await resolve({ workers: 0, compression: await loadCodec("zstd") })).compressors).toBeUndefined();
    expect(await rejectionOf(resolve({ workers: 65 }))).toMatchObject({ code: "ERR_SST_OPTION_INVALID", details: { option: "workers" } });
  });
});
