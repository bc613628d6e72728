// One attempt at each call, by requests to S3. `S3ObjectStore` makes several of them.
import {
  DeleteObjectCommand, GetObjectCommand, HeadObjectCommand, ListObjectsV2Command, PutObjectCommand,
} from "@aws-sdk/client-s3";
import {
  assertListing, assertObjectCall, assertPut, StoreError, type CallOptions,
  type CompleteUploadOptions, type CreatedUpload, type CreateUploadOptions, type ListedObject, type ListOptions, type ObjectBody, type ObjectInfo,
  type PartReceipt, type PutOptions, type PutResult, type SettlingStore, type StoreCapabilities, type StreamOptions, type UploadInfo, type UploadPartOptions,
} from "@slate-sst/object-store";
import { type AskedRange, damagedOnTheWay, ObjectReads, type OpenedBody } from "@slate-sst/object-store/adapter";
import type { ResolvedConfig } from "./config.js";
import { capabilitiesOf } from "./providers.js";
import { checksumFields, crc32OfBody, fitsChecksum } from "./s3-checksums.js";
import { nextPage, oneRun, plainEtag, S3Bucket } from "./s3-client.js";
import { S3Uploads } from "./s3-uploads.js";

/** Listings tell milliseconds on some services, headers never do: both are cut to seconds. */
const SECOND = 1000;

export class S3Requests implements SettlingStore {
  readonly url: string;
  readonly capabilities: StoreCapabilities;
  readonly #bucket: S3Bucket;
  readonly #uploads: S3Uploads;
  readonly #reads: ObjectReads;
  readonly #crc32: boolean;

  constructor(config: ResolvedConfig) {
    this.url = config.url;
    this.capabilities = capabilitiesOf(config.traits);
    this.#bucket = new S3Bucket(config);
    this.#uploads = new S3Uploads(this.#bucket, this.capabilities, config.traits, async (path, options) => await this.head(path, options));
    this.#reads = new ObjectReads({
      operation: "GetObject",
      head: async (path, options) => await this.head(path, options),
      open: async (path, range, signal) => await this.#open(path, range, signal),
      receive: async (path, signal, act) => await this.#bucket.request("GetObject", path, signal, act),
    });
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
      throw damagedOnTheWay(error, () => fitsChecksum(body, checksum), path);
    }
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
    const command = new HeadObjectCommand(this.#bucket.at(path));
    const found = await this.#bucket.request("HeadObject", path, options?.signal, async (sent) => await this.#bucket.client.send(command, sent));
    return { path, size: found.ContentLength ?? 0, lastModified: seconds(found.LastModified), etag: plainEtag(found.ETag), metadata: { ...found.Metadata } };
  }

  async *list(prefix: string, options?: ListOptions): AsyncGenerator<ListedObject, void, undefined> {
    assertListing(prefix, options);
    const { startAfter, onSkipped, signal } = options ?? {};
    const { root, bucket, client } = this.#bucket;
    // MinIO refuses prefixes that end in "." or ".." for a segment, though longer segments may begin so.
    const asked = prefix.replace(/(?<=^|\/)\.{1,2}$/, "");
    let token: string | undefined;
    do {
      const command = new ListObjectsV2Command({
        Bucket: bucket, Prefix: root.nameOf(asked), EncodingType: "url",
        ...(token === undefined ? {} : { ContinuationToken: token }),
        ...(startAfter === undefined || token !== undefined ? {} : { StartAfter: root.nameOf(startAfter) }),
      });
      const page = await this.#bucket.request("ListObjectsV2", prefix, signal, async (sent) => await client.send(command, sent));
      for (const { Key = "", Size = 0, LastModified, ETag } of page.Contents ?? []) {
        const name = decodeKey(Key);
        const path = root.pathOf(name);
        if (asked !== prefix && !(path ?? root.textOf(name)).startsWith(prefix)) continue;
        if (path === undefined) onSkipped?.(root.textOf(name));
        else yield { path, size: Size, lastModified: seconds(LastModified), etag: plainEtag(ETag) };
      }
      token = nextPage("ListObjectsV2", prefix, page.IsTruncated, page.NextContinuationToken);
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

  async #open(path: string, range: AskedRange | undefined, signal: AbortSignal | undefined): Promise<OpenedBody> {
    const asked = range === undefined ? {} : { Range: `bytes=${range.start}-${range.end === undefined ? "" : range.end - 1}` };
    const command = new GetObjectCommand({ ...this.#bucket.at(path), ...asked });
    const { Body, ContentLength, ContentRange } = await this.#bucket.request("GetObject", path, signal, async (sent) => await this.#bucket.client.send(command, sent));
    const body = Body as AsyncIterable<Uint8Array> & { destroy(): void };
    const [, first, total] = /^bytes (\d+)-\d+\/(\d+)$/.exec(ContentRange ?? "") ?? [];
    const problem = range !== undefined && Number(first) !== range.start ? `the service answered a range by ${ContentRange ?? "the whole object"}` :
      ContentLength === undefined ? "the service did not tell how long the answer is" : undefined;
    if (problem === undefined) return { body, size: ContentLength ?? 0, total: total === undefined ? undefined : Number(total), discard: () => body.destroy() };
    body.destroy();
    throw new StoreError("ERR_STORE_FAILED", `GetObject: ${problem}`, { path });
  }
}

function seconds(date: Date | undefined): Date {
  return new Date(Math.floor((date?.getTime() ?? 0) / SECOND) * SECOND);
}

/** Keys in listings are percent-encoded, with plus signs for spaces on some services. */
function decodeKey(key: string): string {
  return decodeURIComponent(key.replaceAll("+", " "));
}
