// Multipart uploads of memory stores.
import { requireUploads } from "./call-checks.js";
import type { StoreCapabilities } from "./capabilities.js";
import { copyChecksum, verifyCrc32, verifyPartsCrc32 } from "./checksum.js";
import type { MemoryPart, MemoryState, MemoryUpload } from "./memory-state.js";
import { copyBody } from "./object-body.js";
import { compareObjectPaths } from "./object-path.js";
import type {
  CallOptions, CompleteUploadOptions, CreatedUpload, CreateUploadOptions, ObjectBody, ObjectMetadata, PartReceipt, PutResult, UploadInfo,
  UploadPartOptions, WriteMode,
} from "./object-store.js";
import { randomId } from "./random-id.js";
import { StoreError } from "./store-error.js";
import { assertCompleteUpload, assertCreateUpload, assertListUploads, assertUploadCall, assertUploadPart } from "./upload-checks.js";
import { assertCompletion, assertPartOfUpload, uploadNotFound } from "./upload-rules.js";

type Publish = (path: string, bytes: Uint8Array, mode: WriteMode, metadata: ObjectMetadata) => PutResult;

export class MemoryUploads {
  readonly #state: MemoryState;
  readonly #capabilities: StoreCapabilities;
  readonly #now: () => number;
  readonly #publish: Publish;

  constructor(state: MemoryState, capabilities: StoreCapabilities, now: () => number, publish: Publish) {
    this.#state = state;
    this.#capabilities = capabilities;
    this.#now = now;
    this.#publish = publish;
  }

  create(path: string, options: CreateUploadOptions): CreatedUpload {
    assertCreateUpload(this.#capabilities, path, options);
    const { mode, partSize, checksumAlgorithm } = options;
    const uploadId = randomId();
    this.#state.uploads.set(uploadId, {
      path, mode, partSize, checksumAlgorithm, metadata: { ...options.metadata }, createdAt: new Date(this.#now()), parts: new Map(),
    });
    return { uploadId };
  }

  uploadPart(path: string, uploadId: string, partNumber: number, body: ObjectBody, options: UploadPartOptions | undefined): PartReceipt {
    assertUploadPart(this.#capabilities, path, uploadId, partNumber, body, options);
    const upload = this.#upload(path, uploadId);
    const bytes = copyBody(body);
    assertPartOfUpload(upload, partNumber, bytes.length, options?.checksum);
    this.#assertArrival(upload, partNumber);
    verifyCrc32(bytes, options?.checksum, path);
    const part = { partNumber, size: bytes.length, etag: this.#state.nextEtag(), checksum: copyChecksum(options?.checksum), bytes };
    upload.parts.set(partNumber, part);
    return receiptOf(part);
  }

  *listParts(path: string, uploadId: string, options: CallOptions | undefined): Generator<PartReceipt, void, undefined> {
    const uploads = assertUploadCall(this.#capabilities, path, uploadId, options);
    if (!uploads.listParts) throw new StoreError("ERR_STORE_UNSUPPORTED", "the store cannot list parts", { path });
    const parts = [...this.#upload(path, uploadId).parts.values()].sort((left, right) => left.partNumber - right.partNumber);
    for (const part of parts) yield receiptOf(part);
  }

  *listUploads(prefix: string, options: CallOptions | undefined): Generator<UploadInfo, void, undefined> {
    assertListUploads(this.#capabilities, prefix, options);
    const found = [...this.#state.uploads].filter(([, upload]) => upload.path.startsWith(prefix));
    found.sort(([, left], [, right]) => compareObjectPaths(left.path, right.path));
    for (const [uploadId, { path, createdAt }] of found) yield { path, uploadId, createdAt };
  }

  complete(path: string, uploadId: string, parts: readonly PartReceipt[], options: CompleteUploadOptions): PutResult {
    assertCompleteUpload(this.#capabilities, path, uploadId, parts, options);
    const upload = this.#upload(path, uploadId);
    assertCompletion(upload, upload.parts, parts, options);
    if (requireUploads(this.#capabilities, path).dropParts === false && upload.parts.size > parts.length) {
      throw new StoreError("ERR_STORE_UPLOAD_MISMATCH", `the upload has ${upload.parts.size} parts, and ${parts.length} are given`, { path });
    }
    verifyPartsCrc32(parts, options.checksum, path);
    const bytes = copyBody(parts.map((part) => upload.parts.get(part.partNumber)?.bytes ?? new Uint8Array(0)));
    const result = this.#publish(path, bytes, upload.mode, upload.metadata);
    this.#state.uploads.delete(uploadId);
    return result;
  }

  abort(path: string, uploadId: string, options: CallOptions | undefined): void {
    const uploads = assertUploadCall(this.#capabilities, path, uploadId, options);
    if (uploads.abort && this.#state.uploads.get(uploadId)?.path === path) this.#state.uploads.delete(uploadId);
  }

  /** Only a store that plays a lesser one refuses here. */
  #assertArrival(upload: MemoryUpload, partNumber: number): void {
    const { path, parts } = upload;
    const uploads = requireUploads(this.#capabilities, path);
    if (!uploads.replaceParts && parts.has(partNumber)) {
      throw new StoreError("ERR_STORE_UNSUPPORTED", `the store cannot replace part ${partNumber}`, { path });
    }
    if (!uploads.parallelParts && partNumber > parts.size + 1) {
      throw new StoreError("ERR_STORE_UNSUPPORTED", `the store takes parts in order: ${parts.size + 1} is next, not ${partNumber}`, { path });
    }
  }

  #upload(path: string, uploadId: string): MemoryUpload {
    const upload = this.#state.uploads.get(uploadId);
    if (upload?.path !== path) throw uploadNotFound(path);
    return upload;
  }
}

function receiptOf({ partNumber, size, etag, checksum }: MemoryPart): PartReceipt {
  return { partNumber, size, etag, checksum: copyChecksum(checksum) };
}
