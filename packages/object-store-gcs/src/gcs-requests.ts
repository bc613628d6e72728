// One attempt at each call, by requests to the JSON API. `GcsObjectStore` makes several of them.
import {
  assertListing, assertListUploads, assertObjectCall, assertPut, bodyChunks, copyBody, newWriteId, StoreError,
  type CallOptions, type CompleteUploadOptions, type CreatedUpload, type CreateUploadOptions, type ListedObject, type ListOptions, type ObjectBody,
  type ObjectInfo, type PartReceipt, type PutOptions, type PutResult, type SettlingStore, type StoreCapabilities, type StreamOptions, type UploadInfo,
  type UploadPartOptions,
} from "@slate-sst/object-store";
import { type AskedRange, damagedOnTheWay, ObjectReads, type OpenedBody } from "@slate-sst/object-store/adapter";
import { crc32cOfBody, crc32cText, verifyCrc32c } from "./checksums.js";
import type { ResolvedConfig } from "./config.js";
import { GcsBucket, type ObjectResource } from "./gcs-bucket.js";
import { GcsUploads, OBJECT_FIELDS } from "./gcs-uploads.js";

/** Bytes of a request that are held in one run of memory. */
const PUT_SIZE_MAX = 2 ** 31 - 1;

/** Chunks of a session are multiples of 256 KiB. */
const CHUNK_STEP = 256 * 1024;

/** Largest object: 5 TiB. */
const OBJECT_SIZE_MAX = 5 * 1024 * 1024 * 1024 * 1024;

/** Bytes of names and values of an object's metadata. */
const METADATA_SIZE_MAX = 8192;

const HTTP_OK = 200;
const HTTP_NO_CONTENT = 204;
const HTTP_PARTIAL = 206;
const HTTP_NOT_FOUND = 404;

export const GCS_CAPABILITIES: StoreCapabilities = {
  putCreate: true,
  putSizeMax: PUT_SIZE_MAX,
  metadataSizeMax: METADATA_SIZE_MAX,
  checksums: ["crc32c"],
  uploads: {
    sessions: true, create: true, partsMax: OBJECT_SIZE_MAX / CHUNK_STEP, partSizeMin: CHUNK_STEP, partSizeMax: PUT_SIZE_MAX, partSizeStep: CHUNK_STEP,
    objectSizeMax: OBJECT_SIZE_MAX, parallelParts: false, replaceParts: false, dropParts: false, keepsParts: false, listParts: false, listUploads: false, abort: true,
    objectChecksums: ["crc32c"], secretIds: true,
  },
};

export class GcsRequests implements SettlingStore {
  readonly url: string;
  readonly capabilities = GCS_CAPABILITIES;
  readonly #bucket: GcsBucket;
  readonly #uploads: GcsUploads;
  readonly #reads: ObjectReads;

  constructor(config: ResolvedConfig) {
    this.url = config.url;
    this.#bucket = new GcsBucket(config);
    this.#uploads = new GcsUploads(this.#bucket, this.capabilities, async (path, options) => await this.head(path, options));
    this.#reads = new ObjectReads({
      operation: "objects.get",
      head: async (path, options) => await this.head(path, options),
      open: async (path, range, signal) => await this.#open(path, range, signal),
      receive: async (path, signal, act) => await this.#bucket.rest("objects.get", path, signal, act),
    });
  }

  async put(path: string, body: ObjectBody, options: PutOptions): Promise<PutResult> {
    assertPut(this.capabilities, path, body, options);
    const { mode, metadata, checksum, signal } = options;
    const crc = crc32cOfBody(body);
    verifyCrc32c(crc, checksum, path);
    // The service holds the bytes against the checksum in the object's description.
    const description = { name: this.#bucket.root.nameOf(path), contentType: "application/octet-stream", crc32c: crc32cText(crc), ...(metadata === undefined ? {} : { metadata }) };
    const boundary = newWriteId();
    const encoder = new TextEncoder();
    const head = `--${boundary}\r\ncontent-type: application/json; charset=UTF-8\r\n\r\n${JSON.stringify(description)}\r\n--${boundary}\r\ncontent-type: application/octet-stream\r\n\r\n`;
    const response = await this.#bucket.request({
      operation: "objects.insert", path, method: "POST", signal, answers: [HTTP_OK],
      address: this.#bucket.uploadAddress({ uploadType: "multipart", fields: OBJECT_FIELDS, ifGenerationMatch: mode === "create" ? "0" : undefined }),
      headers: { "content-type": `multipart/related; boundary=${boundary}` },
      body: copyBody([encoder.encode(head), ...bodyChunks(body), encoder.encode(`\r\n--${boundary}--\r\n`)]),
    }).catch((error: unknown) => {
      throw damagedOnTheWay(error, () => crc32cOfBody(body) === crc, path);
    });
    const { generation } = await this.#bucket.rest("objects.insert", path, signal, async () => (await response.json()) as ObjectResource);
    return { etag: generation };
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
    const address = this.#bucket.objectAddress(path, { fields: OBJECT_FIELDS });
    const response = await this.#bucket.request({ operation: "objects.get", path, method: "GET", address, signal: options?.signal, answers: [HTTP_OK] });
    const found = await this.#bucket.rest("objects.get", path, options?.signal, async () => (await response.json()) as ObjectResource);
    return { ...listed(path, found), metadata: { ...found.metadata } };
  }

  async *list(prefix: string, options?: ListOptions): AsyncGenerator<ListedObject, void, undefined> {
    assertListing(prefix, options);
    const { startAfter, onSkipped, signal } = options ?? {};
    const { root } = this.#bucket;
    let pageToken: string | undefined;
    do {
      const address = this.#bucket.objectAddress(undefined, {
        prefix: root.nameOf(prefix), pageToken, startOffset: startAfter === undefined ? undefined : root.nameOf(startAfter), fields: `nextPageToken,items(${OBJECT_FIELDS})`,
      });
      const response = await this.#bucket.request({ operation: "objects.list", path: prefix, method: "GET", address, signal, answers: [HTTP_OK] });
      const page = await this.#bucket.rest("objects.list", prefix, signal, async () => (await response.json()) as { items?: ObjectResource[]; nextPageToken?: string });
      for (const item of page.items ?? []) {
        const path = root.pathOf(item.name);
        if (path === undefined) onSkipped?.(root.textOf(item.name));
        // The service's offset is the first name, not the one before it.
        else if (path !== startAfter) yield listed(path, item);
      }
      pageToken = page.nextPageToken;
    } while (pageToken !== undefined);
  }

  async delete(path: string, options?: CallOptions): Promise<void> {
    assertObjectCall(path, options);
    const address = this.#bucket.objectAddress(path);
    const response = await this.#bucket.request({
      operation: "objects.delete", path, method: "DELETE", address, signal: options?.signal, answers: [HTTP_OK, HTTP_NO_CONTENT, HTTP_NOT_FOUND],
    });
    await this.#bucket.rest("objects.delete", path, options?.signal, async () => await response.arrayBuffer());
  }

  async createUpload(path: string, options: CreateUploadOptions): Promise<CreatedUpload> {
    return await this.#uploads.create(path, options);
  }

  async uploadPart(path: string, uploadId: string, partNumber: number, body: ObjectBody, options?: UploadPartOptions): Promise<PartReceipt> {
    return await this.#uploads.uploadPart(path, uploadId, partNumber, body, options);
  }

  async *listParts(path: string, uploadId: string, options?: CallOptions): AsyncGenerator<PartReceipt, void, undefined> {
    this.#uploads.refuseListing(path, uploadId, options);
    yield* [];
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

  async #open(path: string, range: AskedRange | undefined, signal: AbortSignal | undefined): Promise<OpenedBody> {
    const asked = range === undefined ? {} : { range: `bytes=${range.start}-${range.end === undefined ? "" : range.end - 1}` };
    const { headers, body: stream } = await this.#bucket.request({
      operation: "objects.get", path, method: "GET", address: this.#bucket.objectAddress(path, { alt: "media" }), headers: asked, signal, answers: [HTTP_OK, HTTP_PARTIAL],
    });
    const body = stream ?? new ReadableStream<Uint8Array>({ start: (controller) => controller.close() });
    const size = headers.get("content-length");
    if (size === null) {
      await body.cancel();
      throw new StoreError("ERR_STORE_FAILED", "objects.get: the service did not tell how long the answer is", { path });
    }
    const total = /\/(\d+)$/.exec(headers.get("content-range") ?? "")?.[1];
    return { body: body as unknown as AsyncIterable<Uint8Array>, size: Number(size), total: total === undefined ? undefined : Number(total), discard: async () => await body.cancel() };
  }
}

function listed(path: string, { size, updated, generation }: ObjectResource): ListedObject {
  return { path, size: Number(size), lastModified: new Date(updated), etag: generation };
}
