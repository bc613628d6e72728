// With an expected size, parts are as large as the store's limits ask for, and what nothing can hold fails at create(), before the first byte.
import { type ObjectStore, MEMORY_CAPABILITIES, MemoryObjectStore, type StoreCapabilities, type UploadCapabilities } from "@slate-sst/object-store";
import { RecordingObjectStore } from "@slate-sst/object-store/testing";
import { describe, expect, it } from "vitest";
import { type SstWriterConfig, type SstWriterEvent, SstWriter } from "../src/index.js";

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;
const TIB = 1024 * GIB;

function storeOf(uploads: Partial<UploadCapabilities>, others: Partial<StoreCapabilities> = {}): RecordingObjectStore {
  const capabilities = { ...MEMORY_CAPABILITIES, ...others, uploads: { ...(MEMORY_CAPABILITIES.uploads as UploadCapabilities), ...uploads } };
  return new RecordingObjectStore(new MemoryObjectStore({ capabilities }));
}

const S3 = { partSizeMin: 5 * MIB, partSizeMax: 5 * GIB, objectSizeMax: 5 * TIB };
const PUT = { putSizeMax: 5 * GIB };

async function refusal(store: ObjectStore, config: SstWriterConfig): Promise<unknown> {
  return await SstWriter.create(store, "a.sst", config).then(() => expect.unreachable("it was not refused"), (error: unknown) => error);
}

/** Writes rows of 1 KiB or so. */
async function write(store: ObjectStore, rows: number, config: SstWriterConfig): Promise<SstWriterEvent[]> {
  const events: SstWriterEvent[] = [];
  const writer = await SstWriter.create(store, "a.sst", { ...config, onEvent: (event) => events.push(event) });
  try {
    for (let row = 0; row < rows; row++) await writer.put(`key-${String(row).padStart(8, "0")}`, new Uint8Array(KIB));
    await writer.close();
  } finally {
    await writer.abort();
  }
  return events;
}

describe("an expected size", () => {
  it.each([
    ["more than 10,000 parts of 1 GiB", storeOf({ ...S3, objectSizeMax: 100 * TIB }, PUT), { expectedSize: 10 * TIB }, /parts of \d+ bytes .* held in memory: at most 1073741824 bytes; write several SSTs/],
    ["an object beyond what the store takes", storeOf(S3, PUT), { expectedSize: 5 * TIB + 1 }, /takes 5497558138880; or write several/],
    ["1,000 parts at most", storeOf({ ...S3, partsMax: 1000, partSizeMax: 8 * MIB }, PUT), { expectedSize: 8000 * MIB + 1 }, /1000 parts of at most 8388608 bytes/],
    ["no uploads", new RecordingObjectStore(new MemoryObjectStore({ capabilities: { ...MEMORY_CAPABILITIES, ...PUT, uploads: undefined } })), { expectedSize: 5 * GIB + 1 }, /takes 5368709120 bytes in one request, and has no multipart uploads/],
    ["no creation in parts", storeOf({ ...S3, create: false }, PUT), { expectedSize: 5 * GIB }, /mode "overwrite" under a fresh name/],
    ["a part size that the store does not take", storeOf(S3, PUT), { expectedSize: 1, partSize: 1024 }, /takes parts of 5242880 to 5368709120 bytes/],
  ])("fails before the first byte: %s", async (_, store, config, text) => {
    const error = await refusal(store, config);
    expect(error).toMatchObject({ code: "ERR_SST_STORE_CAPABILITY", details: { store: store.url, expectedSize: config.expectedSize } });
    expect((error as Error).message).toMatch(text);
    expect(store.calls()).toEqual([]);
  });

  it.each([-1, 1.5, Number.NaN, "1 GB"])("is a number of bytes, not %s", async (expectedSize) => {
    expect(await refusal(new MemoryObjectStore(), { expectedSize } as SstWriterConfig)).toMatchObject({ code: "ERR_SST_OPTION_INVALID" });
    expect(await refusal(new MemoryObjectStore(), { expectedRows: expectedSize } as SstWriterConfig)).toMatchObject({ code: "ERR_SST_OPTION_INVALID" });
  });

  it("makes parts larger where their number is limited", async () => {
    const store = storeOf({ partsMax: 10 });
    const events = await write(store, 1000, { partSize: 4096, expectedSize: 1100 * KIB });
    expect(events.filter(({ type }) => type === "part")).toHaveLength(Math.ceil(events.at(-1)!.progress.bytesEncoded / Math.ceil((1100 * KIB) / 10)));
    expect(await store.head("a.sst")).toMatchObject({ size: events.at(-1)!.progress.estimatedSize });
  });

  it("leaves the part size alone where that fits", async () => {
    const events = await write(storeOf({}), 100, { partSize: 4096, expectedSize: 100 * KIB });
    expect(events.find((event) => event.type === "part")).toMatchObject({ size: 4096 });
  });

  it("puts an SST in one request where the store cannot create it in parts", async () => {
    const store = storeOf({ create: false });
    const events = await write(store, 100, { partSize: 4096, expectedSize: 200 * KIB });
    expect(events.map(({ type }) => type)).toEqual(["closed"]);
  });

  it("that is outgrown is a warning, once, and the SST is written all the same", async () => {
    const events = await write(storeOf({}), 1000, { partSize: 4096, expectedSize: 100 * KIB });
    expect(events.filter(({ type }) => type === "warning")).toMatchObject([{ code: "size_exceeded" }]);
    expect(events.at(-1)!.type).toBe("closed");
  });

  it("that is outgrown beyond the store's parts fails by the limit's name and the ways out, after a warning", async () => {
    const store = storeOf({ partsMax: 10 });
    const events: SstWriterEvent[] = [];
    const writer = await SstWriter.create(store, "a.sst", { partSize: 4096, onEvent: (event) => events.push(event) });
    const writing = (async () => {
      for (let row = 0; row < 1000; row++) await writer.put(`key-${String(row).padStart(8, "0")}`, new Uint8Array(KIB));
    })();
    await expect(writing).rejects.toMatchObject({ code: "ERR_SST_STORE_CAPABILITY", message: expect.stringMatching(/at most 10 parts, .* 4096 bytes; give its expectedSize or a larger partSize/) });
    await writer.abort();
    expect(events.filter(({ type }) => type === "warning")).toMatchObject([{ code: "parts_running_out" }]);
    for await (const { uploadId } of store.listUploads("")) expect.unreachable(`upload ${uploadId} was left`);
  });

  it("that is outgrown by rows whose blocks close() finds waiting fails by the same name, as a rejection", async () => {
    const store = storeOf({ partsMax: 3 });
    for (let rows = 250; rows < 400; rows += 3) {
      const writer = await SstWriter.create(store, "a.sst", { partSize: 5120, blockSize: 1024, maxPartsInFlight: 1 });
      // Nobody waits: parts queue, and blocks gather until eight of them are taken at once.
      for (let row = 0; row < rows; row++) void writer.put(`key-${String(row).padStart(8, "0")}`, new Uint8Array(50));
      const closing = writer.close();
      await expect(closing).rejects.toMatchObject({ code: "ERR_SST_STORE_CAPABILITY" });
      await writer.abort();
    }
  });
});
