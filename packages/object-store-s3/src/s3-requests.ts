// One attempt at each call, by requests to S3. `S3ObjectStore` makes several of them.
import {
  DeleteObjectCommand, GetObjectCommand, HeadObjectCommand, ListObjectsV2Command, PutObjectCommand, type GetObjectCommandOutput,
} from "@aws-sdk/client-s3";
import {
  assertGetRange, assertListing, assertObjectCall, assertPut, assertRangeInObject, assertStream, StoreError, type CallOptions,
  type CompleteUploadOptions, type CreatedUpload, type CreateUploadOptions, type ListedObject, type ListOptions, type ObjectBody, type ObjectInfo,
  type PartReceipt, type PutOptions, type PutResult, type SettlingStore, type StoreCapabilities, type StreamOptions, type UploadInfo, type UploadPartOptions,
} from "@slate-sst/object-store";
import type { ResolvedConfig } from "./config.js";
import { capabilitiesOf } from "./providers.js";
import { checksumFields, crc32OfBody, damagedOnTheWay } from "./s3-checksums.js";
import { oneRun, plainEtag, S3Bucket } from "./s3-client.js";
import { S3Uploads } from "./s3-uploads.js";

/** Listings tell milliseconds on some services, headers never do: both are cut to seconds. */
const SECOND = 1000;

export class S3Requests implements SettlingStore {
  readonly url: string;
  readonly capabilities: StoreCapabilities;
  readonly #bucket: S3Bucket;
  readonly #uploads: S3Uploads;
  readonly #crc32: boolean;

  constructor(config: ResolvedConfig) {
    this.url = config.url;
    this.capabilities = capabilitiesOf(config.traits);
    this.#bucket = new S3Bucket(config);
    this.#uploads = new S3Uploads(this.#bucket, this.capabilities, config.traits, async (path, options) => await this.head(path, options));
    this.#crc32 = config.traits.crc32;
  }

  async put(path: string, body: ObjectBody, options: PutOptions): Promise<PutResult> {
    assertPut(this.capabilities, path, body, options);
    const { mode, metadata, signal } = options;
    const checksum = options.checksum ?? (this.#crc32 ? crc32OfBody(body) : undefined);
    const command = new PutObjectCommand({
      ...this.#bucket.at(path), Body: oneRun(body), ...checksumFields(checksum),
      ...(metadata === undefined ? {} : { Metadata: { ...metadata } }), ...(mode === "create" ? { IfNoneMatch: "*" } : {}),
    });
    try {
      const { ETag } = await this.#bucket.request("PutObject", path, signal, async (sent) => await this.#bucket.client.send(command, sent));
      return { etag: plainEtag(ETag) };
    } catch (error) {
      throw damagedOnTheWay(error, body, checksum, path);
    }
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
    const opened = await this.#open(path, { start, end }, options?.signal);
    return await this.#read(path, opened, options?.signal);
  }

  async *stream(path: string, options?: StreamOptions): AsyncGenerator<Uint8Array, void, undefined> {
    assertStream(path, options);
    const { start = 0, end, signal } = options ?? {};
    if (start > 0 || end === start) {
      // S3 has no range that is empty.
      const { size } = await this.head(path, { signal });
      assertRangeInObject(path, start, end ?? Math.max(start, size), size);
      if (start === (end ?? size)) return;
    }
    const opened = await this.#open(path, start === 0 && end === undefined ? undefined : { start, end }, signal);
    yield* this.#chunks(path, opened, signal);
  }

  async head(path: string, options?: CallOptions): Promise<ObjectInfo> {
    assertObjectCall(path, options);
    const command = new HeadObjectCommand(this.#bucket.at(path));
    const found = await this.#bucket.request("HeadObject", path, options?.signal, async (sent) => await this.#bucket.client.send(command, sent));
    return { path, size: found.ContentLength ?? 0, lastModified: seconds(found.LastModified), etag: plainEtag(found.ETag), metadata: { ...found.Metadata } };
  }

  async *list(prefix: string, options?: ListOptions): AsyncGenerator<ListedObject, void, undefined> {
    assertListing(prefix, options);
    const { startAfter, onSkipped, signal } = options ?? {};
    const { root, bucket, client } = this.#bucket;
    let token: string | undefined;
    do {
      const command = new ListObjectsV2Command({
        Bucket: bucket, Prefix: root.nameOf(prefix), EncodingType: "url",
        ...(token === undefined ? {} : { ContinuationToken: token }),
        ...(startAfter === undefined || token !== undefined ? {} : { StartAfter: root.nameOf(startAfter) }),
      });
      const page = await this.#bucket.request("ListObjectsV2", prefix, signal, async (sent) => await client.send(command, sent));
      for (const { Key = "", Size = 0, LastModified, ETag } of page.Contents ?? []) {
        const name = decodeKey(Key);
        const path = root.pathOf(name);
        if (path === undefined) onSkipped?.(root.textOf(name));
        else yield { path, size: Size, lastModified: seconds(LastModified), etag: plainEtag(ETag) };
      }
      token = page.IsTruncated === true ? page.NextContinuationToken : undefined;
    } while (token !== undefined);
  }

  async delete(path: string, options?: CallOptions): Promise<void> {
    assertObjectCall(path, options);
    const command = new DeleteObjectCommand(this.#bucket.at(path));
    await this.#bucket.request("DeleteObject", path, options?.signal, async (sent) => await this.#bucket.client.send(command, sent));
  }

  async createUpload(path: string, options: CreateUploadOptions): Promise<CreatedUpload> {
    return await this.#uploads.create(path, options);
  }

  async uploadPart(path: string, uploadId: string, partNumber: number, body: ObjectBody, options?: UploadPartOptions): Promise<PartReceipt> {
    return await this.#uploads.uploadPart(path, uploadId, partNumber, body, options);
  }

  async *listParts(path: string, uploadId: string, options?: CallOptions): AsyncGenerator<PartReceipt, void, undefined> {
    yield* this.#uploads.listParts(path, uploadId, options);
  }

  async *listUploads(prefix: string, options?: CallOptions): AsyncGenerator<UploadInfo, void, undefined> {
    yield* this.#uploads.listUploads(prefix, options);
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
    const asked = range === undefined ? {} : { Range: `bytes=${range.start}-${range.end === undefined ? "" : range.end - 1}` };
    const command = new GetObjectCommand({ ...this.#bucket.at(path), ...asked });
    const found = await this.#bucket.request("GetObject", path, signal, async (sent) => await this.#bucket.client.send(command, sent));
    const body = found.Body as AsyncIterable<Uint8Array> & { destroy(): void };
    try {
      if (range !== undefined) {
        const [, first, total] = /^bytes (\d+)-\d+\/(\d+)$/.exec(found.ContentRange ?? "") ?? [];
        if (Number(first) !== range.start) throw new StoreError("ERR_STORE_FAILED", `GetObject: the service answered a range by ${found.ContentRange ?? "the whole object"}`, { path });
        assertRangeInObject(path, range.start, range.end ?? Number(total), Number(total));
      }
      return { body, size: sizeOf(found, path) };
    } catch (error) {
      body.destroy();
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
        const next = await this.#bucket.request("GetObject", path, signal, async () => await iterator.next());
        if (next.done === true) break;
        received += next.value.length;
        if (received > size) break;
        // Node's chunks are views of memory that holds more than them.
        yield new Uint8Array(next.value);
      }
    } finally {
      await iterator.return?.();
    }
    if (received !== size) throw new StoreError("ERR_STORE_FAILED", `GetObject: ${received} bytes came of ${size}`, { path, retryable: true });
  }
}

interface OpenedObject {
  readonly body: AsyncIterable<Uint8Array> & { destroy(): void };
  readonly size: number;
}

function sizeOf({ ContentLength }: GetObjectCommandOutput, path: string): number {
  if (ContentLength !== undefined) return ContentLength;
  throw new StoreError("ERR_STORE_FAILED", "GetObject: the service did not tell how long the answer is", { path });
}

function seconds(date: Date | undefined): Date {
  return new Date(Math.floor((date?.getTime() ?? 0) / SECOND) * SECOND);
}

/** Keys in listings are percent-encoded, with plus signs for spaces on some services. */
function decodeKey(key: string): string {
  return decodeURIComponent(key.replaceAll("+", " "));
}
