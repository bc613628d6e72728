// One attempt at each call, by requests to the JSON API. `GcsObjectStore` makes several of them.
import {
  assertGetRange, assertListing, assertListUploads, assertObjectCall, assertPut, assertRangeInObject, assertStream, bodyChunks, copyBody, newWriteId, StoreError,
  type CallOptions, type CompleteUploadOptions, type CreatedUpload, type CreateUploadOptions, type ListedObject, type ListOptions, type ObjectBody,
  type ObjectInfo, type PartReceipt, type PutOptions, type PutResult, type SettlingStore, type StoreCapabilities, type StreamOptions, type UploadInfo,
  type UploadPartOptions,
} from "@slate-sst/object-store";
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

  constructor(config: ResolvedConfig) {
    this.url = config.url;
    this.#bucket = new GcsBucket(config);
    this.#uploads = new GcsUploads(this.#bucket, this.capabilities, async (path, options) => await this.head(path, options));
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
    });
    const { generation } = await this.#bucket.rest("objects.insert", path, signal, async () => (await response.json()) as ObjectResource);
    return { etag: generation };
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
      // HTTP has no range that is empty.
      const { size } = await this.head(path, { signal });
      assertRangeInObject(path, start, end ?? Math.max(start, size), size);
      if (start === (end ?? size)) return;
    }
    yield* this.#chunks(path, await this.#open(path, start === 0 && end === undefined ? undefined : { start, end }, signal), signal);
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

  /** Begins to read; a range has to lie in the object. */
  async #open(path: string, range: { readonly start: number; readonly end: number | undefined } | undefined, signal: AbortSignal | undefined): Promise<OpenedObject> {
    const asked = range === undefined ? {} : { range: `bytes=${range.start}-${range.end === undefined ? "" : range.end - 1}` };
    const response = await this.#bucket.request({
      operation: "objects.get", path, method: "GET", address: this.#bucket.objectAddress(path, { alt: "media" }), headers: asked, signal, answers: [HTTP_OK, HTTP_PARTIAL],
    });
    const body = response.body ?? new ReadableStream<Uint8Array>({ start: (controller) => controller.close() });
    try {
      if (range !== undefined) {
        const total = Number(/\/(\d+)$/.exec(response.headers.get("content-range") ?? "")?.[1] ?? response.headers.get("content-length"));
        assertRangeInObject(path, range.start, range.end ?? total, total);
      }
      const size = response.headers.get("content-length");
      if (size === null) throw new StoreError("ERR_STORE_FAILED", "objects.get: the service did not tell how long the answer is", { path });
      return { body: body as AsyncIterable<Uint8Array> & { cancel(): Promise<void> }, size: Number(size) };
    } catch (error) {
      await body.cancel();
      throw error;
    }
  }

  async #read(path: string, opened: OpenedObject, signal: AbortSignal | undefined): Promise<Uint8Array> {
    const bytes = new Uint8Array(opened.size);
    let at = 0;
    for await (const chunk of this.#chunks(path, opened, signal)) {
      bytes.set(chunk, at);
      at += chunk.length;
    }
    return bytes;
  }

  async *#chunks(path: string, { body, size }: OpenedObject, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array, void, undefined> {
    let received = 0;
    const iterator = body[Symbol.asyncIterator]();
    try {
      for (;;) {
        const next = await this.#bucket.rest("objects.get", path, signal, async () => await iterator.next());
        if (next.done === true) break;
        received += next.value.length;
        if (received > size) break;
        yield new Uint8Array(next.value);
      }
    } finally {
      await iterator.return?.();
    }
    if (received !== size) throw new StoreError("ERR_STORE_FAILED", `objects.get: ${received} bytes came of ${size}`, { path, retryable: true });
  }
}

interface OpenedObject {
  readonly body: AsyncIterable<Uint8Array>;
  readonly size: number;
}

function listed(path: string, { size, updated, generation }: ObjectResource): ListedObject {
  return { path, size: Number(size), lastModified: new Date(updated), etag: generation };
}
