// One attempt at each call, by requests to Azure's blob service. `AzureObjectStore` makes several of them.
import { createHash } from "node:crypto";
import {
  assertGetRange, assertListing, assertListUploads, assertObjectCall, assertPut, assertRangeInObject, assertStream, bodyChunks, bodySize, compareObjectPaths, StoreError,
  type CallOptions, type Checksum, type CompleteUploadOptions, type CreatedUpload, type CreateUploadOptions, type ListedObject, type ListOptions,
  type ObjectBody, type ObjectInfo, type PartReceipt, type PutOptions, type PutResult, type SettlingStore, type StoreCapabilities, type StreamOptions,
  type UploadInfo, type UploadPartOptions,
} from "@slate-sst/object-store";
import { AzureContainer, oneRun, plainEtag } from "./azure-container.js";
import { AzureUploads } from "./azure-uploads.js";
import { inByteOrder } from "./byte-order.js";
import type { ResolvedConfig } from "./config.js";

/** Largest block, and largest blob of one request: 4,000 and 5,000 MiB. */
const BLOCK_SIZE_MAX = 4000 * 1024 * 1024;
const PUT_SIZE_MAX = 5000 * 1024 * 1024;

/** Most blocks of a blob. */
const BLOCKS_MAX = 50_000;

/** Bytes of names and values of a blob's metadata. */
const METADATA_SIZE_MAX = 8192;

export const AZURE_CAPABILITIES: StoreCapabilities = {
  putCreate: true,
  putSizeMax: PUT_SIZE_MAX,
  metadataSizeMax: METADATA_SIZE_MAX,
  checksums: ["md5"],
  uploads: {
    // Azure knows blocks, no uploads, and no way to remove blocks: they expire a week after the last one came.
    sessions: false, create: true, partsMax: BLOCKS_MAX, partSizeMin: 1, partSizeMax: BLOCK_SIZE_MAX, partSizeStep: 1,
    objectSizeMax: BLOCKS_MAX * BLOCK_SIZE_MAX, parallelParts: true, replaceParts: true, dropParts: true, keepsParts: false, listParts: true, listUploads: false, abort: false,
    objectChecksums: [], secretIds: false,
  },
};

export class AzureRequests implements SettlingStore {
  readonly url: string;
  readonly capabilities = AZURE_CAPABILITIES;
  readonly #container: AzureContainer;
  readonly #uploads: AzureUploads;
  readonly #md5: boolean;

  constructor(config: ResolvedConfig) {
    this.url = config.url;
    this.#container = new AzureContainer(config);
    this.#md5 = config.md5;
    this.#uploads = new AzureUploads(this.#container, this.capabilities, (body, checksum) => this.#digest(body, checksum), async (path, options) => await this.head(path, options));
  }

  async put(path: string, body: ObjectBody, options: PutOptions): Promise<PutResult> {
    assertPut(this.capabilities, path, body, options);
    const { mode, metadata, checksum, signal } = options;
    const md5 = this.#digest(body, checksum);
    const { etag } = await this.#container.blob("PutBlob", path, signal, async (blob, sent) => await blob.upload(oneRun(body), bodySize(body), {
      ...sent, ...(mode === "create" ? { conditions: { ifNoneMatch: "*" } } : {}), ...(metadata === undefined ? {} : { metadata: { ...metadata } }),
      // Azure verifies this one, and keeps it with the blob.
      ...(md5 === undefined ? {} : { transactionalContentMD5: md5 }),
    }));
    return { etag: plainEtag(etag) };
  }

  async get(path: string, options?: CallOptions): Promise<Uint8Array> {
    assertObjectCall(path, options);
    return await this.#read(path, await this.#open(path, undefined, options?.signal), options?.signal);
  }

  async getRange(path: string, start: number, end: number, options?: CallOptions): Promise<Uint8Array> {
    assertGetRange(path, start, end, options);
    if (start === end) {
      assertRangeInObject(path, start, end, (await this.head(path, options)).size);
      return new Uint8Array(0);
    }
    return await this.#read(path, await this.#open(path, { start, end }, options?.signal), options?.signal);
  }

  async *stream(path: string, options?: StreamOptions): AsyncGenerator<Uint8Array, void, undefined> {
    assertStream(path, options);
    const { start = 0, end, signal } = options ?? {};
    if (start > 0 || end === start) {
      // Azure has no range that is empty.
      const { size } = await this.head(path, { signal });
      assertRangeInObject(path, start, end ?? Math.max(start, size), size);
      if (start === (end ?? size)) return;
    }
    yield* this.#chunks(path, await this.#open(path, start === 0 && end === undefined ? undefined : { start, end }, signal), signal);
  }

  async head(path: string, options?: CallOptions): Promise<ObjectInfo> {
    assertObjectCall(path, options);
    const found = await this.#container.blob("GetBlobProperties", path, options?.signal, async (blob, sent) => await blob.getProperties(sent));
    return { path, size: found.contentLength ?? 0, lastModified: found.lastModified ?? new Date(0), etag: plainEtag(found.etag), metadata: { ...found.metadata } };
  }

  async *list(prefix: string, options?: ListOptions): AsyncGenerator<ListedObject, void, undefined> {
    assertListing(prefix, options);
    yield* inByteOrder(this.#listAsItComes(prefix, options));
  }

  async *#listAsItComes(prefix: string, options: ListOptions | undefined): AsyncGenerator<ListedObject, void, undefined> {
    const { startAfter, onSkipped, signal } = options ?? {};
    const { root } = this.#container;
    let token: string | undefined;
    do {
      const page = await this.#container.request("ListBlobs", prefix, signal, async (container, sent) => {
        const pages = container.listBlobsFlat({ prefix: root.nameOf(prefix), ...sent }).byPage(token === undefined ? {} : { continuationToken: token });
        return (await pages.next()).value as { segment: { blobItems: ListedBlob[] }; continuationToken?: string } | undefined;
      });
      for (const { name, properties } of page?.segment.blobItems ?? []) {
        const path = root.pathOf(name);
        if (path === undefined) {
          onSkipped?.(root.textOf(name));
        } else if (startAfter === undefined || compareObjectPaths(path, startAfter) > 0) {
          yield { path, size: properties.contentLength ?? 0, lastModified: properties.lastModified, etag: plainEtag(properties.etag) };
        }
      }
      token = page?.continuationToken === "" ? undefined : page?.continuationToken;
    } while (token !== undefined);
  }

  async delete(path: string, options?: CallOptions): Promise<void> {
    assertObjectCall(path, options);
    await this.#container.blob("DeleteBlob", path, options?.signal, async (blob, sent) => await blob.deleteIfExists(sent));
  }

  async createUpload(path: string, options: CreateUploadOptions): Promise<CreatedUpload> {
    return this.#uploads.create(path, options);
  }

  async uploadPart(path: string, uploadId: string, partNumber: number, body: ObjectBody, options?: UploadPartOptions): Promise<PartReceipt> {
    return await this.#uploads.uploadPart(path, uploadId, partNumber, body, options);
  }

  async *listParts(path: string, uploadId: string, options?: CallOptions): AsyncGenerator<PartReceipt, void, undefined> {
    yield* this.#uploads.listParts(path, uploadId, options);
  }

  async *listUploads(prefix: string, options?: CallOptions): AsyncGenerator<UploadInfo, void, undefined> {
    assertListUploads(this.capabilities, prefix, options);
    yield* [];
  }

  async completeUpload(path: string, uploadId: string, parts: readonly PartReceipt[], options: CompleteUploadOptions): Promise<PutResult> {
    return await this.#uploads.complete(path, uploadId, parts, options);
  }

  async settleUpload(path: string, uploadId: string, parts: readonly PartReceipt[], options: CompleteUploadOptions): Promise<PutResult | undefined> {
    return await this.#uploads.settle(path, uploadId, parts, options);
  }

  async abortUpload(path: string, uploadId: string, options?: CallOptions): Promise<void> {
    await this.#uploads.abort(path, uploadId, options);
  }

  #digest(body: ObjectBody, checksum: Checksum | undefined): Uint8Array | undefined {
    if (checksum !== undefined) return checksum.digest;
    return this.#md5 ? bodyChunks(body).reduce((hash, chunk) => hash.update(chunk), createHash("md5")).digest() : undefined;
  }

  /** Begins to read; a range has to lie in the blob. */
  async #open(path: string, range: { readonly start: number; readonly end: number | undefined } | undefined, signal: AbortSignal | undefined): Promise<OpenedBlob> {
    const count = range?.end === undefined ? undefined : range.end - range.start;
    const found = await this.#container.blob("GetBlob", path, signal, async (blob, sent) => await blob.download(range?.start ?? 0, count, { ...sent, maxRetryRequests: 0 }));
    const body = found.readableStreamBody as (AsyncIterable<Uint8Array> & { destroy(): void }) | undefined;
    if (body === undefined || found.contentLength === undefined) throw new StoreError("ERR_STORE_FAILED", "GetBlob: the answer has no body", { path });
    try {
      if (range !== undefined) {
        const total = Number(/\/(\d+)$/.exec(found.contentRange ?? "")?.[1] ?? found.contentLength);
        assertRangeInObject(path, range.start, range.end ?? total, total);
      }
      return { body, size: found.contentLength };
    } catch (error) {
      body.destroy();
      throw error;
    }
  }

  async #read(path: string, opened: OpenedBlob, signal: AbortSignal | undefined): Promise<Uint8Array> {
    const bytes = new Uint8Array(opened.size);
    let at = 0;
    for await (const chunk of this.#chunks(path, opened, signal)) {
      bytes.set(chunk, at);
      at += chunk.length;
    }
    return bytes;
  }

  async *#chunks(path: string, { body, size }: OpenedBlob, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array, void, undefined> {
    let received = 0;
    const iterator = body[Symbol.asyncIterator]();
    try {
      for (;;) {
        const next = await this.#container.request("GetBlob", path, signal, async () => await iterator.next());
        if (next.done === true) break;
        received += next.value.length;
        if (received > size) break;
        // Node's chunks are views of memory that holds more than them.
        yield new Uint8Array(next.value);
      }
    } finally {
      await iterator.return?.();
    }
    if (received !== size) throw new StoreError("ERR_STORE_FAILED", `GetBlob: ${received} bytes came of ${size}`, { path, retryable: true });
  }
}

interface OpenedBlob {
  readonly body: AsyncIterable<Uint8Array> & { destroy(): void };
  readonly size: number;
}

interface ListedBlob {
  readonly name: string;
  readonly properties: { readonly contentLength?: number; readonly lastModified: Date; readonly etag: string };
}
