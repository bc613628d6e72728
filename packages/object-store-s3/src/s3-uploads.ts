// Multipart uploads: one attempt at each call. S3 knows its uploads; what it does not tell (sizes behind ETags, the id that
// an upload's object will carry) is remembered here for the uploads that this store object began.
import {
  AbortMultipartUploadCommand, CompleteMultipartUploadCommand, CreateMultipartUploadCommand, ListMultipartUploadsCommand, ListPartsCommand, UploadPartCommand,
} from "@aws-sdk/client-s3";
import {
  assertCompleteUpload, assertCreateUpload, assertListUploads, assertPartOfUpload, assertUploadCall, assertUploadPart, bodySize, isStoreError,
  newWriteId, partsSize, StoreError, WRITE_ID_METADATA, withWriteId, type CallOptions, type ChecksumAlgorithm, type CompleteUploadOptions,
  type CreatedUpload, type CreateUploadOptions, type ObjectBody, type ObjectInfo, type PartReceipt, type PutResult, type StoreCapabilities,
  type UploadInfo, type UploadPartOptions,
} from "@slate-sst/object-store";
import { damagedOnTheWay } from "@slate-sst/object-store/adapter";
import type { ProviderTraits } from "./providers.js";
import { checksumFields, checksumOf, crc32OfBody, fitsChecksum, multipartEtag } from "./s3-checksums.js";
import { nextPage, oneRun, plainEtag, type S3Bucket } from "./s3-client.js";

/** An upload whose parts were under way may have to be aborted again. */
const ABORTS_MAX = 3;

/** What this store object knows of an upload. */
interface KnownUpload {
  readonly path: string;
  /** What was agreed; `undefined` for an upload that was begun elsewhere. */
  readonly terms: { readonly partSize: number; readonly checksumAlgorithm: ChecksumAlgorithm | undefined; readonly writeId: string } | undefined;
  readonly receipts: Map<number, PartReceipt>;
  readonly underWay: Set<Promise<unknown>>;
}

type Head = (path: string, options: CallOptions) => Promise<ObjectInfo>;

export class S3Uploads {
  readonly #bucket: S3Bucket;
  readonly #capabilities: StoreCapabilities;
  readonly #traits: ProviderTraits;
  readonly #head: Head;
  readonly #known = new Map<string, KnownUpload>();

  constructor(bucket: S3Bucket, capabilities: StoreCapabilities, traits: ProviderTraits, head: Head) {
    this.#bucket = bucket;
    this.#capabilities = capabilities;
    this.#traits = traits;
    this.#head = head;
  }

  async create(path: string, options: CreateUploadOptions): Promise<CreatedUpload> {
    assertCreateUpload(this.#capabilities, path, options);
    const { partSize, metadata, checksumAlgorithm, signal } = options;
    const writeId = newWriteId();
    const algorithm = checksumAlgorithm === "sha256" ? { ChecksumAlgorithm: "SHA256" as const } : { ChecksumAlgorithm: "CRC32" as const, ChecksumType: "FULL_OBJECT" as const };
    const command = new CreateMultipartUploadCommand({
      ...this.#bucket.at(path), Metadata: withWriteId(metadata, writeId), ...(this.#traits.crc32 && checksumAlgorithm !== "md5" ? algorithm : {}),
    });
    const { UploadId } = await this.#bucket.request("CreateMultipartUpload", path, signal, async (sent) => await this.#bucket.client.send(command, sent));
    if (UploadId === undefined) throw new StoreError("ERR_STORE_FAILED", "CreateMultipartUpload: the answer has no upload id", { path });
    this.#known.set(UploadId, { path, terms: { partSize, checksumAlgorithm, writeId }, receipts: new Map(), underWay: new Set() });
    return { uploadId: UploadId };
  }

  async uploadPart(path: string, uploadId: string, partNumber: number, body: ObjectBody, options: UploadPartOptions | undefined): Promise<PartReceipt> {
    assertUploadPart(this.#capabilities, path, uploadId, partNumber, body, options);
    const known = this.#of(path, uploadId) ?? { path, terms: undefined, receipts: new Map<number, PartReceipt>(), underWay: new Set<Promise<unknown>>() };
    if (known.terms !== undefined) {
      const { partSize, checksumAlgorithm } = known.terms;
      assertPartOfUpload({ path, partSize, checksumAlgorithm, mode: "overwrite", metadata: {} }, partNumber, bodySize(body), options?.checksum);
    }
    const sending = this.#sendPart(path, uploadId, partNumber, body, options);
    known.underWay.add(sending);
    try {
      const receipt = await sending;
      known.receipts.set(partNumber, receipt);
      this.#known.set(uploadId, known);
      return receipt;
    } finally {
      known.underWay.delete(sending);
    }
  }

  async *listParts(path: string, uploadId: string, options: CallOptions | undefined): AsyncGenerator<PartReceipt, void, undefined> {
    assertUploadCall(this.#capabilities, path, uploadId, options);
    let marker: string | undefined;
    do {
      const command = new ListPartsCommand({ ...this.#bucket.at(path), UploadId: uploadId, ...(marker === undefined ? {} : { PartNumberMarker: marker }) });
      const page = await this.#bucket.request("ListParts", path, options?.signal, async (sent) => await this.#bucket.client.send(command, sent), uploadId);
      for (const part of page.Parts ?? []) {
        yield { partNumber: part.PartNumber ?? 0, size: part.Size ?? 0, etag: plainEtag(part.ETag), checksum: checksumOf(part) };
      }
      marker = nextPage("ListParts", path, page.IsTruncated, page.NextPartNumberMarker);
    } while (marker !== undefined);
  }

  async *listUploads(prefix: string, options: CallOptions | undefined): AsyncGenerator<UploadInfo, void, undefined> {
    assertListUploads(this.#capabilities, prefix, options);
    const { root, bucket, client } = this.#bucket;
    let marker: { readonly KeyMarker?: string; readonly UploadIdMarker?: string } | undefined = {};
    do {
      const command: ListMultipartUploadsCommand = new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: root.nameOf(prefix), ...marker });
      const page = await this.#bucket.request("ListMultipartUploads", prefix, options?.signal, async (sent) => await client.send(command, sent));
      for (const { Key = "", UploadId = "", Initiated } of page.Uploads ?? []) {
        const path = root.pathOf(Key);
        if (path !== undefined) yield { path, uploadId: UploadId, createdAt: Initiated ?? new Date(0) };
      }
      const { NextKeyMarker, NextUploadIdMarker } = page;
      const KeyMarker = nextPage("ListMultipartUploads", prefix, page.IsTruncated, NextKeyMarker);
      marker = KeyMarker === undefined ? undefined : { KeyMarker, ...(NextUploadIdMarker === undefined ? {} : { UploadIdMarker: NextUploadIdMarker }) };
    } while (marker !== undefined);
  }

  async complete(path: string, uploadId: string, parts: readonly PartReceipt[], options: CompleteUploadOptions): Promise<PutResult> {
    assertCompleteUpload(this.#capabilities, path, uploadId, parts, options);
    const { mode, checksum, signal } = options;
    this.#assertWholeParts(path, uploadId, parts);
    if (!this.#remembers(path, uploadId, parts)) await this.#assertReceived(path, uploadId, parts, signal);
    const command = new CompleteMultipartUploadCommand({
      ...this.#bucket.at(path), UploadId: uploadId,
      MultipartUpload: {
        Parts: parts.map(({ partNumber, etag, checksum: ofPart }) => {
          const { ContentMD5: _, ...fields } = checksumFields(ofPart);
          return { PartNumber: partNumber, ...(etag === undefined ? {} : { ETag: etag }), ...fields };
        }),
      },
      ...(checksum === undefined ? {} : { ...checksumFields(checksum), ChecksumType: "FULL_OBJECT" as const }),
      ...(mode === "create" ? { IfNoneMatch: "*" } : {}),
    });
    const { ETag } = await this.#bucket.request("CompleteMultipartUpload", path, signal, async (sent) => await this.#bucket.client.send(command, sent), uploadId);
    // Ceph does not tell the ETag here. That the object is there is certain, whatever becomes of this look.
    const etag = plainEtag(ETag) || (await this.#head(path, { signal }).catch(() => undefined))?.etag;
    this.#known.delete(uploadId);
    return { etag };
  }

  /**
   * The object is this upload's when it carries the upload's id. Of an upload begun elsewhere the id is not known; then the
   * ETag must be that of an object made of exactly these parts.
   */
  async settle(path: string, uploadId: string, parts: readonly PartReceipt[], { signal }: CompleteUploadOptions): Promise<PutResult | undefined> {
    const { size, etag, metadata } = await this.#head(path, { signal });
    const writeId = this.#of(path, uploadId)?.terms?.writeId;
    const ours = writeId === undefined ? etag !== undefined && etag === multipartEtag(parts) : metadata[WRITE_ID_METADATA] === writeId;
    if (!ours || size !== partsSize(parts)) return undefined;
    this.#known.delete(uploadId);
    return { etag };
  }

  async abort(path: string, uploadId: string, options: CallOptions | undefined): Promise<void> {
    assertUploadCall(this.#capabilities, path, uploadId, options);
    const underWay = this.#of(path, uploadId)?.underWay;
    if (underWay !== undefined) await Promise.allSettled(underWay);
    for (let aborts = 1; aborts <= ABORTS_MAX; aborts++) {
      if (!(await this.#abortOnce(path, uploadId, options?.signal)) || !(await this.#isThere(path, uploadId, options))) {
        this.#known.delete(uploadId);
        return;
      }
    }
    throw new StoreError("ERR_STORE_FAILED", "AbortMultipartUpload: parts of the upload are still there; others may be sending some", { path, retryable: true });
  }

  #of(path: string, uploadId: string): KnownUpload | undefined {
    const known = this.#known.get(uploadId);
    return known?.path === path ? known : undefined;
  }

  async #sendPart(path: string, uploadId: string, partNumber: number, body: ObjectBody, options: UploadPartOptions | undefined): Promise<PartReceipt> {
    const terms = this.#of(path, uploadId)?.terms;
    const own = this.#traits.crc32 && terms?.checksumAlgorithm !== "md5";
    const checksum = options?.checksum ?? (own ? crc32OfBody(body) : undefined);
    const command = new UploadPartCommand({ ...this.#bucket.at(path), UploadId: uploadId, PartNumber: partNumber, Body: oneRun(body), ...checksumFields(checksum) });
    try {
      const { ETag } = await this.#bucket.request("UploadPart", path, options?.signal, async (sent) => await this.#bucket.client.send(command, sent), uploadId);
      // Services keep no MD5 beside the ETag, which mostly is one.
      return { partNumber, size: bodySize(body), etag: plainEtag(ETag), checksum: checksum?.algorithm === "md5" ? undefined : checksum };
    } catch (error) {
      throw damagedOnTheWay(error, () => fitsChecksum(body, checksum), path);
    }
  }

  #assertWholeParts(path: string, uploadId: string, parts: readonly PartReceipt[]): void {
    const partSize = this.#of(path, uploadId)?.terms?.partSize;
    const short = parts.slice(0, -1).find(({ size }) => partSize !== undefined && size !== partSize);
    if (short !== undefined) {
      throw new StoreError("ERR_STORE_UPLOAD_MISMATCH", `part ${short.partNumber} has ${short.size} bytes; all parts but the last have ${partSize}`, { path });
    }
  }

  /** Whether this store object sent all these parts itself, and nobody it knows of has replaced one. */
  #remembers(path: string, uploadId: string, parts: readonly PartReceipt[]): boolean {
    const receipts = this.#of(path, uploadId)?.receipts;
    return receipts !== undefined && parts.every((part) => {
      const own = receipts.get(part.partNumber);
      return own !== undefined && own.etag === part.etag && own.size === part.size;
    });
  }

  /** Holds receipts against the parts that the service has: it checks ETags at completion, but not sizes. */
  async #assertReceived(path: string, uploadId: string, parts: readonly PartReceipt[], signal: AbortSignal | undefined): Promise<void> {
    const received = new Map<number, PartReceipt>();
    for await (const part of this.listParts(path, uploadId, { signal })) received.set(part.partNumber, part);
    for (const { partNumber, size, etag } of parts) {
      const held = received.get(partNumber);
      if (held !== undefined && held.size === size && held.etag === etag) continue;
      const what = held === undefined ? "was not received" : "is not the one received last under its number";
      throw new StoreError("ERR_STORE_UPLOAD_MISMATCH", `part ${partNumber} ${what}`, { path });
    }
  }

  /** Whether there was anything to abort. */
  async #abortOnce(path: string, uploadId: string, signal: AbortSignal | undefined): Promise<boolean> {
    const command = new AbortMultipartUploadCommand({ ...this.#bucket.at(path), UploadId: uploadId });
    try {
      await this.#bucket.request("AbortMultipartUpload", path, signal, async (sent) => await this.#bucket.client.send(command, sent), uploadId);
      return true;
    } catch (error) {
      if (isStoreError(error, "ERR_STORE_UPLOAD_NOT_FOUND")) return false;
      throw error;
    }
  }

  async #isThere(path: string, uploadId: string, options: CallOptions | undefined): Promise<boolean> {
    try {
      await this.listParts(path, uploadId, options).next();
      return true;
    } catch (error) {
      if (isStoreError(error, "ERR_STORE_UPLOAD_NOT_FOUND")) return false;
      throw error;
    }
  }
}
