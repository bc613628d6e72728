// One attempt at each call, by requests to Azure's blob service. `AzureObjectStore` makes several of them.
import {
  assertListing, assertListUploads, assertObjectCall, assertPut, bodySize, compareObjectPaths, StoreError,
  type CallOptions, type Checksum, type CompleteUploadOptions, type CreatedUpload, type CreateUploadOptions, type ListedObject, type ListOptions,
  type ObjectBody, type ObjectInfo, type PartReceipt, type PutOptions, type PutResult, type SettlingStore, type StoreCapabilities, type StreamOptions,
  type UploadInfo, type UploadPartOptions,
} from "@slate-sst/object-store";
import { type AskedRange, damagedOnTheWay, ObjectReads, type OpenedBody } from "@slate-sst/object-store/adapter";
import { AzureContainer, oneRun, plainEtag } from "./azure-container.js";
import { AzureUploads } from "./azure-uploads.js";
import { inByteOrder } from "./byte-order.js";
import type { ResolvedConfig } from "./config.js";
import { fitsMd5, md5Of } from "./md5.js";

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
  readonly #reads: ObjectReads;
  readonly #md5: boolean;

  constructor(config: ResolvedConfig) {
    this.url = config.url;
    this.#container = new AzureContainer(config);
    this.#md5 = config.md5;
    this.#reads = new ObjectReads({
      operation: "GetBlob",
      head: async (path, options) => await this.head(path, options),
      open: async (path, range, signal) => await this.#open(path, range, signal),
      receive: async (path, signal, act) => await this.#container.request("GetBlob", path, signal, act),
    });
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
    })).catch((error: unknown) => {
      throw damagedOnTheWay(error, () => fitsMd5(body, md5), path);
    });
    return { etag: plainEtag(etag) };
  }

  async get(path: string, options?: CallOptions): Promise<Uint8Array> {
    return await this.#reads.get(path, options);
  }

  async getRange(path: string, start: number, end: number, options?: CallOptions): Promise<Uint8Array> {
    return await this.#reads.getRange(path, start, end, options);
  }

  async *stream(path: string, options?: StreamOptions): AsyncGenerator<Uint8Array, void, undefined> {
    yield* this.#reads.stream(path, options);
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
    return this.#md5 ? md5Of(body) : undefined;
  }

  async #open(path: string, range: AskedRange | undefined, signal: AbortSignal | undefined): Promise<OpenedBody> {
    const count = range?.end === undefined ? undefined : range.end - range.start;
    const found = await this.#container.blob("GetBlob", path, signal, async (blob, sent) => await blob.download(range?.start ?? 0, count, { ...sent, maxRetryRequests: 0 }));
    const body = found.readableStreamBody as (AsyncIterable<Uint8Array> & { destroy(): void }) | undefined;
    if (body === undefined || found.contentLength === undefined) throw new StoreError("ERR_STORE_FAILED", "GetBlob: the answer has no body", { path });
    const total = /\/(\d+)$/.exec(found.contentRange ?? "")?.[1];
    return { body, size: found.contentLength, total: total === undefined ? undefined : Number(total), discard: () => body.destroy() };
  }
}

interface ListedBlob {
  readonly name: string;
  readonly properties: { readonly contentLength?: number; readonly lastModified: Date; readonly etag: string };
}
