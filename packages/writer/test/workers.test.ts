// Blocks compressed by worker threads: the same bytes in the same order, and failures that are told.
import { noneCodec } from "@slate-sst/format";
import { describe, expect, it } from "vitest";
import { MemoryObjectStore } from "@slate-sst/object-store";
import { FailingObjectStore } from "@slate-sst/object-store/testing";
import { SstWriter } from "../src/index.js";
import { asRow, expectSameBytes, objectsOf, PATH, rejectionOf, sampleRows, uploadsOf, writeSamples } from "./sample-rows.js";

// Several batches of 256 KiB, and a value that is larger than one.
const samples = sampleRows(9000, 83, 300);
samples.push({ kind: "put", key: new TextEncoder().encode("z-large"), value: new Uint8Array(700_000).map((_, at) => at * 7), seq: 1n, createTs: undefined, expireTs: undefined });

describe("workers", () => {
  it.each(["snappy", "lz4", "zlib", "zstd"] as const)("%s: the bytes and metadata are those of one thread", async (compression) => {
    const alone = await writeSamples(samples, { compression });
    for (const workers of [1, 3]) {
      const { bytes, metadata } = await writeSamples(samples, { compression, workers, partSize: 65_536 });
      expectSameBytes(bytes, alone.bytes);
      expect({ ...metadata, store: "", etag: "" }).toEqual({ ...alone.metadata, store: "", etag: "" });
    }
  });

  it("serve several writers at once, and blocks that are transformed after them", async () => {
    const transform = { encode: async (bytes: Uint8Array) => Promise.resolve(Uint8Array.from(bytes, (byte) => byte ^ 0x33)) };
    const alone = await writeSamples(samples, { compression: "zstd", transform });
    const together = await Promise.all(Array.from({ length: 3 }, async () => writeSamples(samples, { compression: "zstd", transform, workers: 2 })));
    for (const { bytes } of together) expectSameBytes(bytes, alone.bytes);
  });

  it("keep an estimate that never falls below what is stored", async () => {
    const store = new MemoryObjectStore();
    await using writer = await SstWriter.create(store, PATH, { compression: "zstd", workers: 1 });
    for (const row of samples) await writer.add(asRow(row));
    const estimate = writer.estimatedSize();
    expect(Number((await writer.close()).size)).toBeLessThanOrEqual(estimate);
  });

  it("without effect where nothing is compressed", async () => {
    expectSameBytes((await writeSamples(samples, { workers: 2 })).bytes, (await writeSamples(samples)).bytes);
  });

  it("a part that fails is the writer's failure, and nothing stays behind", async () => {
    const memory = new MemoryObjectStore();
    const store = new FailingObjectStore(memory, { method: "uploadPart", call: 2, when: "before" });
    const writer = await SstWriter.create(store, PATH, { compression: "zstd", workers: 1, partSize: 65_536 });
    const error = await rejectionOf((async () => {
      for (const row of samples) await writer.add(asRow(row));
      await writer.close();
    })());
    expect(error).toMatchObject({ code: "ERR_SST_WRITE" });
    await writer.abort();
    expect([await objectsOf(memory), await uploadsOf(memory)]).toEqual([[], []]);
  });

  it("are refused with what cannot be done by them", async () => {
    const create = async (config: object): Promise<unknown> => rejectionOf(SstWriter.create(new MemoryObjectStore(), PATH, { ...config }));
    for (const workers of [-1, 65, 1.5, "2"]) expect(await create({ workers })).toMatchObject({ code: "ERR_SST_OPTION_INVALID", details: { option: "workers" } });
    expect(await create({ workers: 1, compression: noneCodec })).toMatchObject({ code: "ERR_SST_OPTION_INVALID", details: { option: "workers" } });
    expect(await create({ workers: 1, compression: "zstd", verifyBlocks: true })).toMatchObject({ code: "ERR_SST_OPTION_INVALID", details: { option: "workers" } });
  });
});
