// Transformers and codecs that use one output buffer again and again, and what an abort leaves running.
import { type Codec, COMPRESSION_IDS } from "@slate-sst/format";
import { MemoryObjectStore } from "@slate-sst/object-store";
import { describe, expect, it } from "vitest";
import { type BlockTransformer, type Row, SstWriter, type SstWriterConfig } from "../src/index.js";

const value = new TextEncoder().encode("secret-plaintext");

async function written(config: SstWriterConfig): Promise<Uint8Array> {
  const store = new MemoryObjectStore();
  await using writer = await SstWriter.create(store, "a.sst", { blockSize: 1024, ...config });
  for (let row = 0; row < 200; row++) await writer.put(`key${String(row).padStart(4, "0")}`, value);
  await writer.close();
  return store.get("a.sst");
}

describe("verifyBlocks changes no byte", () => {
  it("of a transformer that writes everything into one array", async () => {
    const scratch = new Uint8Array(8192);
    const turn = (bytes: Uint8Array): Uint8Array => {
      for (let at = 0; at < bytes.length; at++) scratch[at] = bytes[at]! ^ 0x5a;
      return scratch.subarray(0, bytes.length);
    };
    const transform: BlockTransformer = { encode: turn, decode: turn };
    const verified = await written({ transform, verifyBlocks: true });
    expect(Buffer.from(verified).includes(Buffer.from(value))).toBe(false);
    expect(verified).toEqual(await written({ transform }));
  });

  it("of a codec that writes everything into one array", async () => {
    const scratch = new Uint8Array(8192);
    const turn = (bytes: Uint8Array): Uint8Array => {
      for (let at = 0; at < bytes.length; at++) scratch[at] = bytes[at]! ^ 0x5a;
      return scratch.subarray(0, bytes.length);
    };
    const compression: Codec = { name: "lz4", id: COMPRESSION_IDS.lz4, library: "turn@1", compress: turn, decompress: turn };
    expect(await written({ compression, verifyBlocks: true })).toEqual(await written({ compression }));
  });
});

describe("an abort", () => {
  it("that comes while create() has its last answer in hand is not missed", async () => {
    for (let steps = 0; steps < 12; steps++) {
      const store = new MemoryObjectStore();
      const controller = new AbortController();
      const created = SstWriter.create(store, "a.sst", { signal: controller.signal });
      for (let step = 0; step < steps; step++) await Promise.resolve();
      controller.abort();
      const outcome = await created.then((writer) => writer.state, () => "refused");
      expect(["refused", "aborted"]).toContain(outcome);
    }
  });

  it("leaves no transformer running and nothing staged", async () => {
    const store = new MemoryObjectStore();
    let encoding = 0;
    const transform: BlockTransformer = {
      encode: async (bytes) => {
        encoding++;
        for (let step = 0; step < 20; step++) await Promise.resolve();
        return bytes;
      },
    };
    const writer = await SstWriter.create(store, "a.sst", { transform, blockSize: 1024, partSize: 1024 });
    for (let row = 0; row < 400; row++) void writer.put(`key${String(row).padStart(4, "0")}`, new Uint8Array(100))?.catch(() => undefined);
    await writer.abort();
    const soFar = encoding;
    for (let step = 0; step < 2000; step++) await Promise.resolve();
    expect(encoding).toBe(soFar);
    const uploads: unknown[] = [];
    for await (const upload of store.listUploads("")) uploads.push(upload);
    expect(uploads).toEqual([]);
  });
});

it("a misspelt expiry is refused and not lost, and the writer goes on", async () => {
  await using writer = await SstWriter.create(new MemoryObjectStore(), "a.sst");
  expect(() => writer.put("a", "b", { expireTS: 1 } as object)).toThrow(expect.objectContaining({ code: "ERR_SST_OPTION_UNKNOWN", details: expect.objectContaining({ suggestion: "expireTs", ordinal: 0 }) }));
  const misspelt: object[] = [{ key: "a", value: "b", expireTS: 1 }, { key: "a", value: "b", seq: 1n, createTs: 1, expireTS: 1 }, { kind: "delete", key: "a", createTs: undefined, expireTS: 1 }];
  for (const [ordinal, row] of misspelt.entries()) {
    const refused = { code: "ERR_SST_OPTION_UNKNOWN", details: expect.objectContaining({ ordinal: ordinal + 1 }), message: expect.stringContaining(`row ${ordinal + 1} has no option expireTS; did you mean expireTs?`) };
    expect(() => writer.add(row as Row)).toThrow(expect.objectContaining(refused));
  }
  await expect(writer.writeAll([misspelt[0] as Row])).rejects.toMatchObject({ code: "ERR_SST_OPTION_UNKNOWN", details: { index: 0, option: "expireTS" } });
  await writer.put("a", "b", { expireTs: 1 });
  // Beside a timestamp that is none, also in a row that has those of the row before.
  expect(() => writer.put("a1", "b", { createTs: 1, expireTS: 1 } as object)).toThrow(expect.objectContaining({ code: "ERR_SST_OPTION_UNKNOWN" }));
  expect(() => writer.put("a1", "b", { expireTs: 1, createTS: 1 } as object)).toThrow(expect.objectContaining({ code: "ERR_SST_OPTION_UNKNOWN" }));
  // What has no value is not there.
  await writer.add({ kind: undefined, key: "b", value: "c", seq: undefined, createTs: undefined, expireTs: undefined });
  expect(await writer.close()).toMatchObject({ rowCount: 2n, expireTsCount: 1n });
});
