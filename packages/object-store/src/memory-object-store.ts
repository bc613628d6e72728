// Objects in memory: for tests, for small things, and in browsers. Keeps copies, hands out copies.
import { assertGetRange, assertListing, assertObjectCall, assertPut, assertRangeInObject, assertRequiredOptions, assertStream } from "./call-checks.js";
import type { StoreCapabilities } from "./capabilities.js";
import { verifyCrc32 } from "./checksum.js";
import { MemoryState, memoryStateOf, type MemoryObject } from "./memory-state.js";
import { MemoryUploads } from "./memory-uploads.js";
import { copyBody } from "./object-body.js";
import { compareObjectPaths } from "./object-path.js";
import type {
  CallOptions, CompleteUploadOptions, CreatedUpload, CreateUploadOptions, ListedObject, ListOptions, ObjectBody, ObjectInfo, ObjectMetadata,
  ObjectStore, PartReceipt, PutOptions, PutResult, StreamOptions, UploadInfo, UploadPartOptions, WriteMode,
} from "./object-store.js";
import { randomId } from "./random-id.js";
import { StoreError } from "./store-error.js";

/** Parts of an upload, as many as S3 takes. */
const PARTS_MAX = 10_000;

/** Largest object: what one run of memory holds on every platform. */
const SIZE_MAX = 2 ** 31 - 1;

/** Metadata of an object, as much as S3 keeps. */
const METADATA_SIZE_MAX = 2048;

const OPTIONS: readonly (keyof MemoryObjectStoreOptions)[] = ["name", "capabilities", "now"];

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** What a memory store can do unless it is told to do less. */
export const MEMORY_CAPABILITIES: StoreCapabilities = {
  putCreate: true,
  putSizeMax: SIZE_MAX,
  metadataSizeMax: METADATA_SIZE_MAX,
  checksums: ["crc32"],
  remote: false,
  uploads: {
    sessions: true, create: true, partsMax: PARTS_MAX, partSizeMin: 1, partSizeMax: SIZE_MAX, partSizeStep: 1, objectSizeMax: SIZE_MAX,
    parallelParts: true, replaceParts: true, listParts: true, listUploads: true, abort: true, objectChecksums: ["crc32"], secretIds: false,
  },
};

/** How a store in memory behaves. Everything is optional. */
export interface MemoryObjectStoreOptions {
  /** Stores of one name share their objects in this process. Letters, digits, `.`, `_`, `-`; at most 64. Own objects unless given. */
  readonly name?: string | undefined;
  /** Play a store that can do less: refusals follow this record. {@link MEMORY_CAPABILITIES} unless given. */
  readonly capabilities?: StoreCapabilities | undefined;
  /** Milliseconds since the Unix epoch, for `lastModified` and `createdAt`. `Date.now` unless given. */
  readonly now?: (() => number) | undefined;
}

/** A store in the memory of this process. Runs in browsers too. */
export class MemoryObjectStore implements ObjectStore {
  readonly url: string;
  /** What the store can do. */
  readonly capabilities: StoreCapabilities;
  readonly #state: MemoryState;
  readonly #uploads: MemoryUploads;
  readonly #now: () => number;

  /** @throws StoreError ERR_STORE_URL for a malformed name; ERR_STORE_ARGUMENT for an option that there is not */
  constructor(options: MemoryObjectStoreOptions = {}) {
    assertRequiredOptions(options, OPTIONS, "");
    const { name } = options;
    if (name !== undefined && !NAME.test(name)) {
      throw new StoreError("ERR_STORE_URL", `the name of a memory store is 1 to 64 letters, digits, ".", "_" or "-", not ${JSON.stringify(name)}`);
    }
    // A tilde can't be in a name: nobody reaches an unnamed store by its URL.
    this.url = `memory:${name ?? `~${randomId()}`}`;
    this.capabilities = options.capabilities ?? MEMORY_CAPABILITIES;
    this.#state = name === undefined ? new MemoryState() : memoryStateOf(name);
    this.#now = options.now ?? Date.now;
    this.#uploads = new MemoryUploads(this.#state, this.capabilities, this.#now, (...object) => this.#publish(...object));
  }

  async put(path: string, body: ObjectBody, options: PutOptions): Promise<PutResult> {
    assertPut(this.capabilities, path, body, options);
    verifyCrc32(body, options.checksum, path);
    return this.#publish(path, copyBody(body), options.mode, { ...options.metadata });
  }

  async get(path: string, options?: CallOptions): Promise<Uint8Array> {
    assertObjectCall(path, options);
    return this.#object(path).bytes.slice();
  }

  async getRange(path: string, start: number, end: number, options?: CallOptions): Promise<Uint8Array> {
    assertGetRange(path, start, end, options);
    const { bytes } = this.#object(path);
    assertRangeInObject(path, start, end, bytes.length);
    return bytes.slice(start, end);
  }

  async *stream(path: string, options?: StreamOptions): AsyncGenerator<Uint8Array, void, undefined> {
    assertStream(path, options);
    const { bytes } = this.#object(path);
    const start = options?.start ?? 0;
    const end = options?.end ?? bytes.length;
    assertRangeInObject(path, start, end, bytes.length);
    if (start < end) yield bytes.slice(start, end);
  }

  async head(path: string, options?: CallOptions): Promise<ObjectInfo> {
    assertObjectCall(path, options);
    const object = this.#object(path);
    return { ...listed(path, object), metadata: { ...object.metadata } };
  }

  async *list(prefix: string, options?: ListOptions): AsyncGenerator<ListedObject, void, undefined> {
    assertListing(prefix, options);
    const after = options?.startAfter;
    const paths = [...this.#state.objects.keys()].filter((path) => path.startsWith(prefix)).sort(compareObjectPaths);
    for (const path of paths) {
      if (after !== undefined && compareObjectPaths(path, after) <= 0) continue;
      options?.signal?.throwIfAborted();
      const object = this.#state.objects.get(path);
      if (object !== undefined) yield listed(path, object);
    }
  }

  async delete(path: string, options?: CallOptions): Promise<void> {
    assertObjectCall(path, options);
    this.#state.objects.delete(path);
  }

  async createUpload(path: string, options: CreateUploadOptions): Promise<CreatedUpload> {
    return this.#uploads.create(path, options);
  }

  async uploadPart(path: string, uploadId: string, partNumber: number, body: ObjectBody, options?: UploadPartOptions): Promise<PartReceipt> {
    return this.#uploads.uploadPart(path, uploadId, partNumber, body, options);
  }

  async *listParts(path: string, uploadId: string, options?: CallOptions): AsyncGenerator<PartReceipt, void, undefined> {
    yield* this.#uploads.listParts(path, uploadId, options);
  }

  async *listUploads(prefix: string, options?: CallOptions): AsyncGenerator<UploadInfo, void, undefined> {
    yield* this.#uploads.listUploads(prefix, options);
  }

  async completeUpload(path: string, uploadId: string, parts: readonly PartReceipt[], options: CompleteUploadOptions): Promise<PutResult> {
    return this.#uploads.complete(path, uploadId, parts, options);
  }

  async abortUpload(path: string, uploadId: string, options?: CallOptions): Promise<void> {
    this.#uploads.abort(path, uploadId, options);
  }

  /** Looks and stores in one step of the event loop: nobody comes between. */
  #publish(path: string, bytes: Uint8Array, mode: WriteMode, metadata: ObjectMetadata): PutResult {
    const { objects } = this.#state;
    if (mode === "create" && objects.has(path)) {
      throw new StoreError("ERR_STORE_ALREADY_EXISTS", `${path} exists already`, { path });
    }
    const etag = this.#state.nextEtag();
    objects.set(path, { bytes, etag, lastModified: new Date(this.#now()), metadata });
    return { etag };
  }

  #object(path: string): MemoryObject {
    const object = this.#state.objects.get(path);
    if (object === undefined) throw new StoreError("ERR_STORE_NOT_FOUND", `there is no object ${path}`, { path });
    return object;
  }
}

function listed(path: string, object: MemoryObject): ListedObject {
  return { path, size: object.bytes.length, lastModified: object.lastModified, etag: object.etag };
}
