// Whether the object at a path is the one that a journal tells of, and what a close() that was cut off comes to.
import { crc32 } from "@slate-sst/format";
import { create, SstMetadataSchema } from "@slate-sst/format/proto";
import { crc32Checksum, MEMORY_CAPABILITIES, MemoryObjectStore, type ObjectStore, type PartReceipt, StoreError, type WriteMode } from "@slate-sst/object-store";
import { DecoratedObjectStore, FailingObjectStore, RecordingObjectStore, type StoreCall } from "@slate-sst/object-store/testing";
import { describe, expect, it } from "vitest";
import type { Finished } from "../src/checkpoint/load-journal.js";
import { JOURNAL_MARK, markOf } from "../src/checkpoint/mark.js";
import { findPublished, settle } from "../src/checkpoint/settle.js";
import { PATH, rejectionOf } from "./sample-rows.js";

const ID = "0a".repeat(16);
const BYTES = Uint8Array.from({ length: 3000 }, (_, at) => at % 251);
const FINISHED = create(SstMetadataSchema, { path: PATH, size: BigInt(BYTES.length), crc32: crc32(BYTES) });
const MARK = { [JOURNAL_MARK]: ID };
/** A store that keeps no metadata. */
const bare = (): MemoryObjectStore => new MemoryObjectStore({ capabilities: { ...MEMORY_CAPABILITIES, metadataSizeMax: 0 } });
const published = async (store: ObjectStore): Promise<boolean> => (await findPublished(store, PATH, ID, FINISHED, {})) !== undefined;

describe("the mark of an object", () => {
  it("is the journal's id, where the store keeps as much", () => {
    const size = JOURNAL_MARK.length + ID.length;
    const storeOf = (metadataSizeMax: number): MemoryObjectStore => new MemoryObjectStore({ capabilities: { ...MEMORY_CAPABILITIES, metadataSizeMax } });
    expect([markOf(storeOf(size), ID), markOf(storeOf(size - 1), ID), markOf(storeOf(0), ID)]).toEqual([MARK, undefined, undefined]);
  });
});

describe("an object is the published one", () => {
  it("by its size and its mark, of which nothing is read", async () => {
    const store = new RecordingObjectStore(new MemoryObjectStore());
    expect(await published(store)).toBe(false);
    for (const [body, metadata, expected] of [[BYTES, MARK, true], [BYTES.subarray(1), MARK, false], [BYTES, {}, false], [BYTES, { [JOURNAL_MARK]: "0b".repeat(16) }, false]] as const) {
      await store.put(PATH, body, { mode: "overwrite", metadata });
      expect(await published(store)).toBe(expected);
    }
    expect(store.calls("stream", "get")).toEqual([]);
  });

  it("by its size and its bytes, where the store keeps no marks", async () => {
    const store = new RecordingObjectStore(bare());
    for (const [body, expected] of [[BYTES, true], [BYTES.toReversed(), false], [BYTES.subarray(1), false]] as const) {
      await store.put(PATH, body, { mode: "overwrite" });
      expect(await published(store)).toBe(expected);
    }
    expect(store.count("stream")).toBe(2);
  });

  it("by all of its bytes, in however many pieces they come", async () => {
    class Pieces extends DecoratedObjectStore {
      override async *stream(): AsyncGenerator<Uint8Array, void, undefined> {
        for (let from = 0; from < BYTES.length; from += 700) yield BYTES.subarray(from, from + 700);
      }
    }
    const store = bare();
    await store.put(PATH, BYTES, { mode: "create" });
    expect(await published(new Pieces(store))).toBe(true);
  });

  it("unless nobody can tell", async () => {
    const failing = new FailingObjectStore(new MemoryObjectStore(), { method: "head", call: 1, when: "before" });
    expect(await rejectionOf(published(failing))).toMatchObject({ code: "ERR_STORE_FAILED" });
  });
});

describe("a close() that was cut off", () => {
  const half = BYTES.length / 2;

  /** An upload of the SST whose parts are there. */
  async function begun(store: ObjectStore, mode: WriteMode = "create"): Promise<Finished> {
    const { uploadId } = await store.createUpload(PATH, { mode, partSize: half, metadata: MARK, checksumAlgorithm: "crc32" });
    const parts = [];
    for (const partNumber of [1, 2]) {
      const body = BYTES.subarray((partNumber - 1) * half, partNumber * half);
      const receipt: PartReceipt = await store.uploadPart(PATH, uploadId, partNumber, body, { checksum: crc32Checksum(crc32(body)) });
      parts.push({ receipt, crc32: crc32(body) });
    }
    return { finished: FINISHED, uploadId, parts, end: undefined };
  }
  const settled = async (store: ObjectStore, finished: Finished, mode: WriteMode = "create"): Promise<unknown> => await settle(store, PATH, ID, finished, mode, {});

  it("is through by completing its upload, under its mark and with the checksum of the whole", async () => {
    const store = new MemoryObjectStore();
    const given: unknown[] = [];
    const noting = Object.assign(new RecordingObjectStore(store), {
      completeUpload: async (...call: Parameters<ObjectStore["completeUpload"]>) => (given.push(call[3]), await store.completeUpload(...call)),
    });
    const finished = await begun(store);
    const { etag } = (await settled(noting, finished)) as { etag: string };
    expect(await store.head(PATH)).toMatchObject({ etag, size: BYTES.length, metadata: MARK });
    expect(given).toEqual([{ mode: "create", metadata: MARK, checksum: crc32Checksum(FINISHED.crc32) }]);
    // Again: it is there.
    expect(await settled(noting, finished)).toMatchObject({ etag });
    expect(given).toHaveLength(1);
  });

  it("goes on where there is no upload, or its parts are not the ones that are there", async () => {
    const store = new MemoryObjectStore();
    expect(await settled(store, { ...(await begun(store)), uploadId: undefined })).toBeUndefined();
    const finished = await begun(store);
    const other = BYTES.subarray(1, half + 1);
    await store.uploadPart(PATH, finished.uploadId!, 1, other, { checksum: crc32Checksum(crc32(other)) });
    expect(await settled(store, finished)).toBeUndefined();
  });

  it("is through when an older writer published it meanwhile, and fails as the store does otherwise", async () => {
    const store = new MemoryObjectStore();
    const finished = await begun(store);
    class Late extends DecoratedObjectStore {
      protected override async before({ method }: StoreCall): Promise<void> {
        if (method === "completeUpload") await store.put(PATH, BYTES, { mode: "create", metadata: MARK });
      }
    }
    expect(await settled(new Late(store), finished)).toMatchObject({ etag: (await store.head(PATH)).etag });
    await store.put(PATH, BYTES.subarray(1), { mode: "overwrite" });
    expect(await rejectionOf(settled(store, finished))).toMatchObject({ code: "ERR_STORE_ALREADY_EXISTS" });
    await store.delete(PATH);
    await store.abortUpload(PATH, finished.uploadId!);
    expect(await rejectionOf(settled(store, finished))).toBeInstanceOf(StoreError);
  });
});
