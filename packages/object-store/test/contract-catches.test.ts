// The contract finds what it is for: each of these stores breaks one promise, and fails the case that asks for it.
import { describe, expect, it } from "vitest";
import {
  MEMORY_CAPABILITIES, MemoryObjectStore, type CompleteUploadOptions, type CreatedUpload, type CreateUploadOptions, type ListedObject, type ListOptions,
  type ObjectBody, type ObjectInfo, type ObjectStore, type PartReceipt, type PutOptions, type PutResult, type StoreCapabilities, type UploadInfo,
  type UploadPartOptions,
} from "../src/index.js";
import { objectStoreContractCases } from "../src/contract/index.js";
import { DecoratedObjectStore } from "../src/testing/index.js";
import { collect } from "./local-folder.js";

const BROKEN: Record<string, { readonly store: new (inner: ObjectStore) => ObjectStore; readonly fails: string }> = {
  "create replaces": {
    store: class extends DecoratedObjectStore {
      override async put(path: string, body: ObjectBody, options: PutOptions): Promise<PutResult> {
        return await super.put(path, body, options.mode === "create" ? { ...options, mode: "overwrite" } : options);
      }
    },
    fails: "create makes an object, and refuses to replace it",
  },
  "create looks, then puts": {
    store: class extends DecoratedObjectStore {
      override async put(path: string, body: ObjectBody, options: PutOptions): Promise<PutResult> {
        const there = options?.mode === "create" && (await collect(this.list(path))).length > 0;
        return await super.put(path, body, options?.mode === "create" && !there ? { ...options, mode: "overwrite" } : options);
      }
    },
    fails: "of objects that are created at once, one succeeds",
  },
  "an upload that creates replaces": {
    store: class extends DecoratedObjectStore {
      override async createUpload(path: string, options: CreateUploadOptions): Promise<CreatedUpload> {
        return await super.createUpload(path, options.mode === "create" ? { ...options, mode: "overwrite" } : options);
      }
      override async completeUpload(path: string, uploadId: string, parts: readonly PartReceipt[], options: CompleteUploadOptions): Promise<PutResult> {
        return await super.completeUpload(path, uploadId, parts, options.mode === "create" ? { ...options, mode: "overwrite" } : options);
      }
    },
    fails: "an upload that creates does not replace an object, whenever that came",
  },
  "ranges are cut": {
    store: class extends DecoratedObjectStore {
      override async getRange(path: string, start: number, end: number): Promise<Uint8Array> {
        const { size } = await this.head(path);
        return await super.getRange(path, start, Math.min(end, size));
      }
    },
    fails: "a range beyond the object's end is refused, not cut",
  },
  "bytes are Buffers": {
    store: class extends DecoratedObjectStore {
      override async get(path: string): Promise<Uint8Array> {
        return Buffer.from(await super.get(path));
      }
    },
    fails: "an object that was put is read back",
  },
  "listing is by UTF-16": {
    store: class extends DecoratedObjectStore {
      override async *list(prefix: string, options?: ListOptions): AsyncGenerator<ListedObject, void, undefined> {
        yield* (await collect(super.list(prefix, options))).sort((left, right) => (left.path < right.path ? -1 : 1));
      }
    },
    fails: "objects are listed in the order of their paths' UTF-8 bytes",
  },
  "prefixes are folders": {
    store: class extends DecoratedObjectStore {
      override async *list(prefix: string, options?: ListOptions): AsyncGenerator<ListedObject, void, undefined> {
        yield* super.list(prefix === "" || prefix.endsWith("/") ? prefix : `${prefix}/`, options);
      }
    },
    fails: "a prefix is text, not a folder",
  },
  "listing starts at, not after": {
    store: class extends DecoratedObjectStore {
      override async *list(prefix: string, options?: ListOptions): AsyncGenerator<ListedObject, void, undefined> {
        for await (const listed of super.list(prefix)) {
          if (options?.startAfter === undefined || listed.path >= options.startAfter) yield listed;
        }
      }
    },
    fails: "a listing starts after any path",
  },
  "listing stops at 1,000": {
    store: class extends DecoratedObjectStore {
      override async *list(prefix: string, options?: ListOptions): AsyncGenerator<ListedObject, void, undefined> {
        yield* (await collect(super.list(prefix, options))).slice(0, 1000);
      }
    },
    fails: "a long listing is whole and in order",
  },
  "delete wants an object": {
    store: class extends DecoratedObjectStore {
      override async delete(path: string): Promise<void> {
        await this.head(path);
        await super.delete(path);
      }
    },
    fails: "delete removes an object, and takes it well when there is none",
  },
  "the ETag is made up": {
    store: class extends DecoratedObjectStore {
      override async head(path: string): Promise<ObjectInfo> {
        return { ...(await super.head(path)), etag: "made up" };
      }
    },
    fails: "head tells size, ETag, time and metadata",
  },
  "metadata is dropped": {
    store: class extends DecoratedObjectStore {
      override async put(path: string, body: ObjectBody, options: PutOptions): Promise<PutResult> {
        return await super.put(path, body, options?.metadata === undefined ? options : { ...options, metadata: {} });
      }
    },
    fails: "metadata comes back as it was given, and goes with its object",
  },
  "checksums are dropped": {
    store: class extends DecoratedObjectStore {
      override async put(path: string, body: ObjectBody, options: PutOptions): Promise<PutResult> {
        return await super.put(path, body, options?.checksum === undefined ? options : { ...options, checksum: undefined });
      }
    },
    fails: "a body that does not match its checksum is refused",
  },
  "signals are dropped": {
    store: class extends DecoratedObjectStore {
      override async uploadPart(path: string, uploadId: string, partNumber: number, body: ObjectBody, options?: UploadPartOptions): Promise<PartReceipt> {
        return await super.uploadPart(path, uploadId, partNumber, body, { ...options, signal: undefined });
      }
    },
    fails: "an upload's call whose signal was aborted before does nothing",
  },
  "errors are bare": {
    store: class extends DecoratedObjectStore {
      override async head(path: string): Promise<ObjectInfo> {
        return await super.head(path).catch((error: Error) => {
          throw new Error(error.message);
        });
      }
    },
    fails: "what is not there is not found",
  },
  "the first upload of a part stays": {
    store: class extends DecoratedObjectStore {
      readonly #known = new Map<string, PartReceipt>();
      override async uploadPart(path: string, uploadId: string, partNumber: number, body: ObjectBody, options?: UploadPartOptions): Promise<PartReceipt> {
        const key = `${uploadId} ${partNumber}`;
        const receipt = this.#known.get(key) ?? (await super.uploadPart(path, uploadId, partNumber, body, options));
        this.#known.set(key, receipt);
        return receipt;
      }
    },
    fails: "a part that is uploaded again is replaced",
  },
  "completion takes what it finds": {
    store: class extends DecoratedObjectStore {
      override async completeUpload(path: string, uploadId: string, parts: readonly PartReceipt[], options: CompleteUploadOptions): Promise<PutResult> {
        const found = await collect(this.listParts(path, uploadId));
        return await super.completeUpload(path, uploadId, parts.length === 0 ? found : parts, options);
      }
    },
    fails: "completion refuses parts that are missing, forged or of wrong sizes, and can be mended",
  },
  "a failed completion aborts": {
    store: class extends DecoratedObjectStore {
      override async completeUpload(path: string, uploadId: string, parts: readonly PartReceipt[], options: CompleteUploadOptions): Promise<PutResult> {
        return await super.completeUpload(path, uploadId, parts, options).catch(async (error: unknown) => {
          await super.abortUpload(path, uploadId).catch(() => undefined);
          throw error;
        });
      }
    },
    fails: "an upload that creates does not replace an object, whenever that came",
  },
  "parts are objects": {
    store: class extends DecoratedObjectStore {
      override async uploadPart(path: string, uploadId: string, partNumber: number, body: ObjectBody, options?: UploadPartOptions): Promise<PartReceipt> {
        const receipt = await super.uploadPart(path, uploadId, partNumber, body, options);
        await this.put(`${path}.part`, body, { mode: "overwrite" });
        return receipt;
      }
    },
    fails: "parts become one object at completion, and not before",
  },
  "abort wants an upload": {
    store: class extends DecoratedObjectStore {
      override async abortUpload(path: string, uploadId: string): Promise<void> {
        await collect(this.listParts(path, uploadId));
        await super.abortUpload(path, uploadId);
      }
    },
    fails: "abort removes an upload, and takes it well when there is none",
  },
  "uploads are listed for ever": {
    store: class extends DecoratedObjectStore {
      readonly #created: UploadInfo[] = [];
      override async createUpload(path: string, options: CreateUploadOptions): Promise<CreatedUpload> {
        const created = await super.createUpload(path, options);
        this.#created.push({ path, uploadId: created.uploadId, createdAt: new Date(0) });
        return created;
      }
      override async *listUploads(prefix: string): AsyncGenerator<UploadInfo, void, undefined> {
        yield* this.#created.filter(({ path }) => path.startsWith(prefix));
      }
    },
    fails: "abort of parts under way leaves nothing",
  },
  "capabilities are overstated": {
    store: class extends DecoratedObjectStore {
      override get capabilities(): StoreCapabilities {
        return { ...super.capabilities, metadataSizeMax: 1 };
      }
    },
    fails: "the store says what it can do, and who it is",
  },
  "paths are taken as they come": {
    store: class extends DecoratedObjectStore {
      override async head(path: string): Promise<ObjectInfo> {
        return await super.head((path ?? "").replaceAll("..", "").replace(/^\/*/, "") || "x");
      }
    },
    fails: "what is no object path is refused by every method",
  },
};

async function failuresOf(decorate: (inner: ObjectStore) => ObjectStore): Promise<string[]> {
  let names = 0;
  const cases = objectStoreContractCases({
    capabilities: MEMORY_CAPABILITIES,
    create: async () => {
      const name = `catches-${(names += 1)}`;
      const open = (): ObjectStore => decorate(new MemoryObjectStore({ name }));
      return { store: open(), reopen: async () => open(), dispose: async () => await emptied(name) };
    },
  });
  const failures: string[] = [];
  for (const { name, run } of cases) {
    try {
      await run();
    } catch {
      failures.push(name);
    }
  }
  return failures;
}

/** Names are reused by the next store that is tried. */
async function emptied(name: string): Promise<void> {
  const store = new MemoryObjectStore({ name });
  for (const { path } of await collect(store.list(""))) await store.delete(path);
  for (const { path, uploadId } of await collect(store.listUploads(""))) await store.abortUpload(path, uploadId);
}

describe("the contract", () => {
  it("is passed by a store that keeps it", async () => {
    expect(await failuresOf((inner) => inner)).toEqual([]);
  });

  it.each(Object.entries(BROKEN))("is not passed when %s", async (_what, { store, fails }) => {
    expect(await failuresOf((inner) => new store(inner))).toContain(fails);
  });
});
