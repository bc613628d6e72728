// Objects as files in a folder. An object is published by one step of the file system from a staged file that is complete, so
// that nobody ever sees a part of it under its name. A folder that holds a database of ours is opened by SlateDB as it is:
// nothing but objects lies in it, and the staging area at the store's root exists only while something is staged.
import { assertGetRange, assertListing, assertObjectCall, assertPut, assertRangeInObject, assertRequiredOptions, assertStream } from "../call-checks.js";
import type { StoreCapabilities } from "../capabilities.js";
import { verifyCrc32 } from "../checksum.js";
import type {
  CallOptions, CompleteUploadOptions, CreatedUpload, CreateUploadOptions, ListedObject, ListOptions, ObjectBody, ObjectInfo, ObjectStore,
  OpenObject, PartReceipt, PutOptions, PutResult, StreamOptions, UploadInfo, UploadPartOptions,
} from "../object-store.js";
import { StoreError } from "../store-error.js";
import { readBytes, readInto, STREAM_CHUNK_SIZE, writeBody } from "./file-bytes.js";
import { guarded, isSystemError, storeErrorOf } from "./file-errors.js";
import { listedObject, listObjects } from "./local-listing.js";
import { fileEtag, LocalRoot, syncFolder } from "./local-root.js";
import { LocalStaging } from "./local-staging.js";
import { LocalUploads } from "./local-uploads.js";
import { nodeModules, type NodeModules } from "./node.js";
import { publish } from "./publish.js";

type FileHandle = import("node:fs/promises").FileHandle;

/** Parts of an upload: far beyond what any other store takes, and their receipts still fit in memory. */
const PARTS_MAX = 100_000;

/** Largest part; with the most parts, offsets stay exact. */
const PART_SIZE_MAX = 2 ** 36;

const CAPABILITIES: StoreCapabilities = {
  putCreate: true,
  putSizeMax: Number.MAX_SAFE_INTEGER,
  metadataSizeMax: 0,
  checksums: ["crc32"],
  remote: false,
  uploads: {
    sessions: true, create: true, partsMax: PARTS_MAX, partSizeMin: 1, partSizeMax: PART_SIZE_MAX, partSizeStep: 1, objectSizeMax: Number.MAX_SAFE_INTEGER,
    parallelParts: true, replaceParts: true, listParts: true, listUploads: true, abort: true, objectChecksums: ["crc32"], secretIds: false,
  },
};

const OPTIONS: readonly (keyof LocalObjectStoreOptions)[] = ["fsync"];

/** How a folder is used. Everything is optional. */
export interface LocalObjectStoreOptions {
  /**
   * Wait until bytes and names are on the disk before a call resolves: objects and received parts then survive a loss of
   * power. Without it they survive the end of the process, but not that of the machine. false unless given.
   */
  readonly fsync?: boolean | undefined;
}

/** A store in a folder of a local file system: an object is a file, and appears in one step. Needs Node.js. */
export class LocalObjectStore implements ObjectStore {
  readonly url: string;
  /** What the store can do. */
  readonly capabilities: StoreCapabilities = CAPABILITIES;
  readonly #node: NodeModules;
  readonly #root: LocalRoot;
  readonly #staging: LocalStaging;
  readonly #uploads: LocalUploads;
  readonly #fsync: boolean;

  /**
   * @param root A folder, relative to the working directory or absolute. The first write makes it.
   * @throws StoreError ERR_STORE_ARGUMENT, ERR_STORE_UNSUPPORTED where there is no file system
   */
  constructor(root: string, options: LocalObjectStoreOptions = {}) {
    if (typeof root !== "string" || root === "" || root.includes("\0")) {
      throw new StoreError("ERR_STORE_ARGUMENT", "the root of a local store is the name of a folder");
    }
    if (/^[a-z][a-z0-9+.-]*:\/\//i.test(root)) {
      throw new StoreError("ERR_STORE_ARGUMENT", "the root of a local store is the name of a folder, and this is a URL: use openStore(url)");
    }
    assertRequiredOptions(options, OPTIONS, root);
    this.#node = nodeModules();
    this.#fsync = options.fsync ?? false;
    if (typeof this.#fsync !== "boolean") throw new StoreError("ERR_STORE_ARGUMENT", "fsync is true or false");
    this.#root = new LocalRoot(this.#node, this.#node.path.resolve(root));
    this.url = this.#node.url.pathToFileURL(this.#root.folder).href;
    this.#staging = new LocalStaging(this.#node, this.#root, this.#fsync);
    this.#uploads = new LocalUploads(this.#node, this.#root, this.#staging, this.capabilities, this.#fsync);
  }

  async put(path: string, body: ObjectBody, options: PutOptions): Promise<PutResult> {
    assertPut(this.capabilities, path, body, options);
    verifyCrc32(body, options.checksum, path);
    return await guarded(path, async () => {
      const { file, handle } = await this.#staging.createPutFile();
      let isMoved = false;
      try {
        const etag = await this.#fill(handle, body, options);
        await publish(this.#node, this.#root, { staged: file, path, mode: options.mode, fsync: this.#fsync, signal: options.signal });
        isMoved = options.mode === "overwrite";
        return { etag };
      } finally {
        // Whatever comes of it: the first error counts, and a staged file is never an object.
        if (!isMoved) await this.#staging.removePutFile(file).catch(() => undefined);
        // While uploads are under way, the staging area is theirs.
        else if (!this.#uploads.areOpen) await this.#staging.tidy().catch(() => undefined);
      }
    });
  }

  async get(path: string, options?: CallOptions): Promise<Uint8Array> {
    assertObjectCall(path, options);
    return await this.#read(path, async (handle, size) => await readBytes(handle, 0, size, path, options?.signal));
  }

  async getRange(path: string, start: number, end: number, options?: CallOptions): Promise<Uint8Array> {
    assertGetRange(path, start, end, options);
    return await this.#read(path, async (handle, size) => {
      assertRangeInObject(path, start, end, size);
      return await readBytes(handle, start, end, path, options?.signal);
    });
  }

  async openObject(path: string, options?: CallOptions): Promise<OpenObject> {
    assertObjectCall(path, options);
    const { handle, size } = await guarded(path, async () => await this.#open(path));
    return {
      size,
      readInto: async (target, start, call) => {
        assertGetRange(path, start, start + target.length, call);
        assertRangeInObject(path, start, start + target.length, size);
        await guarded(path, async () => await readInto(handle, target, start, path, call?.signal));
      },
      close: async () => await guarded(path, async () => await handle.close()),
    };
  }

  async *stream(path: string, options?: StreamOptions): AsyncGenerator<Uint8Array, void, undefined> {
    assertStream(path, options);
    const { handle, size } = await guarded(path, async () => await this.#open(path));
    try {
      const start = options?.start ?? 0;
      const end = options?.end ?? size;
      assertRangeInObject(path, start, end, size);
      for (let at = start; at < end; at += STREAM_CHUNK_SIZE) {
        const chunkEnd = Math.min(at + STREAM_CHUNK_SIZE, end);
        yield await guarded(path, async () => await readBytes(handle, at, chunkEnd, path, options?.signal));
      }
    } finally {
      await handle.close();
    }
  }

  async head(path: string, options?: CallOptions): Promise<ObjectInfo> {
    assertObjectCall(path, options);
    return await guarded(path, async () => {
      const place = await this.#root.findPlace(path);
      const stat = place === undefined ? undefined : await this.#root.statObject(place, path);
      if (stat === undefined) throw notFound(path);
      return { ...listedObject(path, stat), metadata: {} };
    });
  }

  async *list(prefix: string, options?: ListOptions): AsyncGenerator<ListedObject, void, undefined> {
    assertListing(prefix, options);
    yield* guardedIteration(prefix, listObjects(this.#node, this.#root, prefix, options));
  }

  async delete(path: string, options?: CallOptions): Promise<void> {
    assertObjectCall(path, options);
    await guarded(path, async () => {
      const place = await this.#root.findPlace(path);
      if (place === undefined || (await this.#root.statObject(place, path)) === undefined) return;
      try {
        await this.#node.fs.unlink(place.file);
      } catch (error) {
        if (!isSystemError(error, "ENOENT", "ENOTDIR")) throw error;
      }
      if (this.#fsync) await syncFolder(this.#node, place.folder);
    });
  }

  async createUpload(path: string, options: CreateUploadOptions): Promise<CreatedUpload> {
    return await guarded(path, async () => await this.#uploads.create(path, options));
  }

  async uploadPart(path: string, uploadId: string, partNumber: number, body: ObjectBody, options?: UploadPartOptions): Promise<PartReceipt> {
    return await guarded(path, async () => await this.#uploads.uploadPart(path, uploadId, partNumber, body, options));
  }

  async *listParts(path: string, uploadId: string, options?: CallOptions): AsyncGenerator<PartReceipt, void, undefined> {
    yield* guardedIteration(path, this.#uploads.listParts(path, uploadId, options));
  }

  async *listUploads(prefix: string, options?: CallOptions): AsyncGenerator<UploadInfo, void, undefined> {
    yield* guardedIteration(prefix, this.#uploads.listUploads(prefix, options));
  }

  async completeUpload(path: string, uploadId: string, parts: readonly PartReceipt[], options: CompleteUploadOptions): Promise<PutResult> {
    return await guarded(path, async () => await this.#uploads.complete(path, uploadId, parts, options));
  }

  async abortUpload(path: string, uploadId: string, options?: CallOptions): Promise<void> {
    await guarded(path, async () => await this.#uploads.abort(path, uploadId, options));
  }

  /**
   * Removes what killed processes left staged and no upload id leads to: bytes of unfinished puts, and uploads that were
   * cut off while they were created or removed. Uploads that can be gone on with stay; `abortUpload` is for them.
   * @param before Milliseconds since the Unix epoch: only what changed last before it. Take a time that no put under way
   *   can have begun at, an hour ago for instance.
   * @returns How many were removed.
   */
  async removeLeftovers(before: number): Promise<number> {
    if (!Number.isFinite(before)) throw new StoreError("ERR_STORE_ARGUMENT", "before is a time in milliseconds since the Unix epoch");
    return await guarded(this.#root.folder, async () => await this.#staging.removeLeftovers(before, async (folder) => await this.#uploads.isUpload(folder)));
  }

  async #fill(handle: FileHandle, body: ObjectBody, options: PutOptions): Promise<string> {
    try {
      await writeBody(handle, body, 0, options.signal);
      if (this.#fsync) await handle.sync();
      return fileEtag(await handle.stat({ bigint: true }));
    } finally {
      await handle.close();
    }
  }

  async #read(path: string, read: (handle: FileHandle, size: number) => Promise<Uint8Array>): Promise<Uint8Array> {
    return await guarded(path, async () => {
      const { handle, size } = await this.#open(path);
      try {
        return await read(handle, size);
      } finally {
        await handle.close();
      }
    });
  }

  /** Opens an object's file: neither through a link, nor waiting for the other end of a pipe. */
  async #open(path: string): Promise<{ handle: FileHandle; size: number }> {
    const place = await this.#root.findPlace(path);
    if (place === undefined) throw notFound(path);
    const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = this.#node.constants;
    // Windows has neither flag; as undefined they count as 0.
    const handle = await this.#openFile(place.file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, path);
    const stat = await handle.stat().catch(async (error: unknown) => {
      await handle.close();
      throw error;
    });
    if (stat.isFile()) return { handle, size: stat.size };
    await handle.close();
    throw notFound(path);
  }

  async #openFile(file: string, flags: number, path: string): Promise<FileHandle> {
    try {
      return await this.#node.fs.open(file, flags);
    } catch (error) {
      throw isSystemError(error, "ENOENT", "ENOTDIR", "ENXIO") ? notFound(path) : error;
    }
  }
}

function notFound(path: string): StoreError {
  return new StoreError("ERR_STORE_NOT_FOUND", `there is no object ${path}`, { path });
}

async function* guardedIteration<T>(path: string, source: AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
  try {
    yield* source;
  } catch (error) {
    throw storeErrorOf(error, path);
  }
}
