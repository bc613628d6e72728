// Small pieces of checkpoints by themselves: whose part it is, whose upload it was, who may go on, and what completion is told.
import { CheckpointFingerprintSchema, create, SstMetadataSchema } from "@slate-sst/format/proto";
import { crc32Checksum, MEMORY_CAPABILITIES, MemoryObjectStore, type PartReceipt, StoreError, type UploadCapabilities } from "@slate-sst/object-store";
import { RecordingObjectStore } from "@slate-sst/object-store/testing";
import { describe, expect, it } from "vitest";
import { completeUpload, objectChecksum } from "../src/checkpoint/complete-upload.js";
import { Journal } from "../src/checkpoint/journal.js";
import { matchingReceipt } from "../src/checkpoint/known-part.js";
import { removeLostUploads } from "../src/checkpoint/lost-uploads.js";
import { PATH } from "./sample-rows.js";

/** A store that can do less. */
const storeWith = (changes: Partial<UploadCapabilities>): MemoryObjectStore => new MemoryObjectStore({ capabilities: { ...MEMORY_CAPABILITIES, uploads: { ...MEMORY_CAPABILITIES.uploads!, ...changes } } });
const receipt = (partNumber: number, etag: string, crc32: number | undefined, size = 10): PartReceipt => ({ partNumber, size, etag, checksum: crc32 === undefined ? undefined : crc32Checksum(crc32) });

describe("the checksum of a whole object", () => {
  const finished = create(SstMetadataSchema, { crc32: 0x01020304 });
  const parts = [receipt(1, "a", 1), receipt(2, "b", 2)];

  it("goes with its completion where the store takes it and has those of all parts", () => {
    expect(objectChecksum(new MemoryObjectStore(), finished, parts)).toEqual(crc32Checksum(0x01020304));
    expect(objectChecksum(new MemoryObjectStore(), finished, [])).toEqual(crc32Checksum(0x01020304));
  });

  it("is left out otherwise", () => {
    expect(objectChecksum(new MemoryObjectStore(), undefined, parts)).toBeUndefined();
    expect(objectChecksum(storeWith({ objectChecksums: ["md5"] }), finished, parts)).toBeUndefined();
    expect(objectChecksum(storeWith({ objectChecksums: [] }), finished, parts)).toBeUndefined();
    expect(objectChecksum(new MemoryObjectStore({ capabilities: { ...MEMORY_CAPABILITIES, uploads: undefined } }), finished, parts)).toBeUndefined();
    expect(objectChecksum(new MemoryObjectStore(), finished, [parts[0]!, receipt(2, "b", undefined)])).toBeUndefined();
    expect(objectChecksum(new MemoryObjectStore(), finished, [parts[0]!, { ...parts[1]!, checksum: { algorithm: "md5", digest: new Uint8Array(16) } }])).toBeUndefined();
  });
});

describe("a part that is known", () => {
  const known = receipt(1, "a", 7);

  it("is the one that is there, or one with the same bytes by its checksum", () => {
    expect(matchingReceipt(known, receipt(1, "a", undefined))).toBe(known);
    const same = receipt(1, "b", 7);
    expect(matchingReceipt(known, same)).toBe(same);
  });

  it("is no other", () => {
    const others = [undefined, receipt(1, "a", 7, 11), receipt(1, "b", 8), receipt(1, "b", 7 + 2 ** 24), receipt(1, "b", undefined), { ...receipt(1, "b", 7), checksum: { algorithm: "md5" as const, digest: known.checksum!.digest } }];
    for (const other of others) expect(matchingReceipt(known, other)).toBeUndefined();
    expect(matchingReceipt({ ...known, checksum: undefined }, receipt(1, "b", 7))).toBeUndefined();
  });
});

describe("uploads that nobody has learnt the id of", () => {
  const SKEW_MS = 900_000;
  const body = new Uint8Array(5);

  async function begin(store: MemoryObjectStore, path: string): Promise<string> {
    return (await store.createUpload(path, { mode: "overwrite", partSize: 1024 })).uploadId;
  }
  async function left(store: MemoryObjectStore): Promise<string[]> {
    const ids: string[] = [];
    for await (const { uploadId } of store.listUploads("")) ids.push(uploadId);
    return ids.toSorted();
  }

  it("are removed: those at this very path, without a part, begun since the journal was, whose clock may differ by 15 minutes", async () => {
    let now = 5_000_000;
    const store = new MemoryObjectStore({ now: () => now });
    const early = await begin(store, PATH);
    now++;
    const [other, kept, begun] = [await begin(store, `${PATH}.2`), await begin(store, PATH), await begin(store, PATH)];
    await store.uploadPart(PATH, begun, 1, body);
    const lost = [await begin(store, PATH), await begin(store, PATH)];
    await removeLostUploads(store, PATH, now + SKEW_MS, kept);
    expect(await left(store)).toEqual([early, other, kept, begun].toSorted());
    expect(lost).toHaveLength(2);
  });

  it.each([["sessions"], ["listUploads"], ["listParts"], ["abort"]] as const)("are not looked for in a store without %s", async (capability) => {
    const store = new RecordingObjectStore(storeWith({ [capability]: false }));
    await removeLostUploads(store, PATH, 0, undefined);
    expect(store.calls()).toEqual([]);
  });

  it("are not looked for in a store without uploads", async () => {
    const store = new RecordingObjectStore(new MemoryObjectStore({ capabilities: { ...MEMORY_CAPABILITIES, uploads: undefined } }));
    await removeLostUploads(store, PATH, 0, undefined);
    expect(store.calls()).toEqual([]);
  });
});

describe("completion", () => {
  const mismatch = new StoreError("ERR_STORE_UPLOAD_MISMATCH", "another part is there", { path: PATH });
  const parts = [receipt(1, "a", 1), receipt(2, "b", 2)];

  /** What completeUpload() sends, when the first answer is that error and these parts are there. */
  async function sent(error: StoreError, there: readonly PartReceipt[], store = new MemoryObjectStore()): Promise<(readonly PartReceipt[])[]> {
    const requests: (readonly PartReceipt[])[] = [];
    const listing = Object.assign(store, {
      async *listParts() {
        yield* there;
      },
    });
    const sender = {
      completeUpload: async (_: string, __: string, given: readonly PartReceipt[]) => {
        requests.push(given);
        if (requests.length === 1) throw error;
        return { etag: "done", size: 20 } as never;
      },
    };
    await completeUpload(sender, listing as unknown as MemoryObjectStore, PATH, "id", parts, { mode: "overwrite" }).catch((thrown: unknown) => {
      if (thrown !== error) throw thrown;
    });
    return requests;
  }

  it("takes a part with the same bytes that came again meanwhile", async () => {
    const again = [receipt(1, "c", 1), receipt(2, "b", 2)];
    expect(await sent(mismatch, again)).toEqual([parts, again]);
  });

  it("gives up where the parts are others, or just those that were sent, and after any other error", async () => {
    expect(await sent(mismatch, [receipt(1, "c", 9), receipt(2, "b", 2)])).toEqual([parts]);
    expect(await sent(mismatch, [receipt(1, "c", 1)])).toEqual([parts]);
    expect(await sent(mismatch, parts)).toEqual([parts]);
    expect(await sent(new StoreError("ERR_STORE_NOT_FOUND", "gone", { path: PATH }), [receipt(1, "c", 1), receipt(2, "b", 2)])).toEqual([parts]);
    expect(await sent(mismatch, [receipt(1, "c", 1), receipt(2, "b", 2)], storeWith({ listParts: false }))).toEqual([parts]);
  });
});

describe("a journal that others take over all the time", () => {
  it("is given up after three attempts", async () => {
    let epochs = 0;
    const store = new MemoryObjectStore();
    const crowded = Object.assign(new RecordingObjectStore(store), {
      put: async (path: string) => {
        epochs++;
        throw new StoreError("ERR_STORE_ALREADY_EXISTS", "somebody was quicker", { path });
      },
    });
    const journal = new Journal(crowded, "journals/x", PATH);
    await expect(journal.raise("id", 0, create(CheckpointFingerprintSchema, {}))).rejects.toMatchObject({ code: "ERR_SST_FENCED" });
    expect(epochs).toBe(3);
  });
});
