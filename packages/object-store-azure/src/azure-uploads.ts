// Multipart uploads as block lists: parts are blocks, and completion commits the list of them. One attempt at each call.
import {
  assertCompleteUpload, assertCreateUpload, assertPartOfUpload, assertUploadCall, assertUploadPart, bodySize, isStoreError, newWriteId,
  partsSize, StoreError, withWriteId, WRITE_ID_METADATA, type CallOptions, type Checksum, type ChecksumAlgorithm, type CompleteUploadOptions,
  type CreatedUpload, type CreateUploadOptions, type ObjectBody, type ObjectInfo, type PartReceipt, type PutResult, type StoreCapabilities,
  type UploadPartOptions,
} from "@slate-sst/object-store";
import { damagedOnTheWay } from "@slate-sst/object-store/adapter";
import { oneRun, plainEtag, type AzureContainer } from "./azure-container.js";
import { blockId, isUploadId, isVersion, newVersion, parseBlockId } from "./block-ids.js";
import { fitsMd5 } from "./md5.js";

/** What was agreed for an upload that this store object began. */
interface Terms {
  readonly path: string;
  readonly partSize: number;
  readonly checksumAlgorithm: ChecksumAlgorithm | undefined;
}

type Digest = (body: ObjectBody, checksum: Checksum | undefined) => Uint8Array | undefined;
type Head = (path: string, options: CallOptions) => Promise<ObjectInfo>;

export class AzureUploads {
  readonly #container: AzureContainer;
  readonly #capabilities: StoreCapabilities;
  readonly #digest: Digest;
  readonly #head: Head;
  readonly #terms = new Map<string, Terms>();

  constructor(container: AzureContainer, capabilities: StoreCapabilities, digest: Digest, head: Head) {
    this.#container = container;
    this.#capabilities = capabilities;
    this.#digest = digest;
    this.#head = head;
  }

  create(path: string, options: CreateUploadOptions): CreatedUpload {
    assertCreateUpload(this.#capabilities, path, options);
    const { partSize, checksumAlgorithm } = options;
    // The id goes into the names of the blocks, and into the blob's metadata at the end.
    const uploadId = newWriteId();
    this.#terms.set(uploadId, { path, partSize, checksumAlgorithm });
    return { uploadId };
  }

  async uploadPart(path: string, uploadId: string, partNumber: number, body: ObjectBody, options: UploadPartOptions | undefined): Promise<PartReceipt> {
    assertUploadPart(this.#capabilities, path, uploadId, partNumber, body, options);
    assertId(path, uploadId);
    const size = bodySize(body);
    const terms = this.#terms.get(uploadId);
    if (terms !== undefined) assertPartOfUpload({ ...terms, path, mode: "overwrite", metadata: {} }, partNumber, size, options?.checksum);
    const version = newVersion(Date.now());
    // Azure has no empty blocks; an empty part is none.
    if (size > 0) {
      const md5 = this.#digest(body, options?.checksum);
      const id = blockId({ uploadId, partNumber, version });
      await this.#container.blob("PutBlock", path, options?.signal, async (blob, sent) =>
        await blob.stageBlock(id, oneRun(body), size, { ...sent, ...(md5 === undefined ? {} : { transactionalContentMD5: md5 }) })).catch((error: unknown) => {
        throw damagedOnTheWay(error, () => fitsMd5(body, md5), path);
      });
    }
    return { partNumber, size, etag: version, checksum: undefined };
  }

  async *listParts(path: string, uploadId: string, options: CallOptions | undefined): AsyncGenerator<PartReceipt, void, undefined> {
    assertUploadCall(this.#capabilities, path, uploadId, options);
    assertId(path, uploadId);
    const received = await this.#received(path, uploadId, options?.signal);
    yield* [...received.values()].sort((left, right) => left.partNumber - right.partNumber);
  }

  async complete(path: string, uploadId: string, parts: readonly PartReceipt[], options: CompleteUploadOptions): Promise<PutResult> {
    assertCompleteUpload(this.#capabilities, path, uploadId, parts, options);
    assertId(path, uploadId);
    const { mode, metadata, signal } = options;
    this.#assertWholeParts(path, uploadId, parts);
    const received = await this.#received(path, uploadId, signal);
    const ids: string[] = [];
    for (const { partNumber, size, etag } of parts.filter((part) => part.size > 0)) {
      const held = received.get(partNumber);
      if (held === undefined || held.size !== size || held.etag !== etag || !isVersion(etag)) throw await this.#refusal(path, partNumber, held, options);
      ids.push(blockId({ uploadId, partNumber, version: etag }));
    }
    const { etag } = await this.#container.blob("PutBlockList", path, signal, async (blob, sent) => await blob.commitBlockList(ids, {
      ...sent, metadata: { ...withWriteId(metadata, uploadId) }, ...(mode === "create" ? { conditions: { ifNoneMatch: "*" } } : {}),
    }));
    this.#terms.delete(uploadId);
    return { etag: plainEtag(etag) };
  }

  /** The blob is this upload's when it carries its id. */
  async settle(path: string, uploadId: string, parts: readonly PartReceipt[], { signal }: CompleteUploadOptions): Promise<PutResult | undefined> {
    const { size, etag, metadata } = await this.#head(path, { signal });
    return metadata[WRITE_ID_METADATA] === uploadId && size === partsSize(parts) ? { etag } : undefined;
  }

  /** Blocks expire by themselves, a week after the blob's last one. */
  async abort(path: string, uploadId: string, options: CallOptions | undefined): Promise<void> {
    assertUploadCall(this.#capabilities, path, uploadId, options);
    this.#terms.delete(uploadId);
  }

  /** The blocks of an upload, for each part number the one that came last. */
  async #received(path: string, uploadId: string, signal: AbortSignal | undefined): Promise<Map<number, PartReceipt>> {
    const received = new Map<number, PartReceipt>();
    let blocks: readonly { readonly name: string; readonly size: number }[];
    try {
      blocks = (await this.#container.blob("GetBlockList", path, signal, async (blob, sent) => await blob.getBlockList("uncommitted", sent))).uncommittedBlocks ?? [];
    } catch (error) {
      // A blob without any block is not there.
      if (isStoreError(error, "ERR_STORE_NOT_FOUND")) return received;
      throw error;
    }
    for (const { name, size } of blocks) {
      const block = parseBlockId(name);
      if (block?.uploadId !== uploadId) continue;
      const { partNumber, version } = block;
      const known = received.get(partNumber)?.etag;
      if (known === undefined || known < version) received.set(partNumber, { partNumber, size, etag: version, checksum: undefined });
    }
    return received;
  }

  /** Whoever has written the blob meanwhile has removed all uncommitted blocks: in mode "create" that is why they are missing. */
  async #refusal(path: string, partNumber: number, held: PartReceipt | undefined, { mode, signal }: CompleteUploadOptions): Promise<StoreError> {
    if (mode === "create") {
      try {
        await this.#head(path, { signal });
        return new StoreError("ERR_STORE_ALREADY_EXISTS", "a blob is there already; it came while the upload was under way", { path });
      } catch (error) {
        if (!isStoreError(error, "ERR_STORE_NOT_FOUND")) throw error;
      }
    }
    const what = held === undefined ? "was not received, or another writer of the blob has removed it" : "is not the one received last under its number";
    return new StoreError("ERR_STORE_UPLOAD_MISMATCH", `part ${partNumber} ${what}`, { path });
  }

  #assertWholeParts(path: string, uploadId: string, parts: readonly PartReceipt[]): void {
    const partSize = this.#terms.get(uploadId)?.partSize;
    const short = parts.slice(0, -1).find(({ size }) => partSize !== undefined && size !== partSize);
    if (short === undefined) return;
    throw new StoreError("ERR_STORE_UPLOAD_MISMATCH", `part ${short.partNumber} has ${short.size} bytes; all parts but the last have ${partSize}`, { path });
  }
}

function assertId(path: string, uploadId: string): void {
  if (!isUploadId(uploadId)) throw new StoreError("ERR_STORE_UPLOAD_NOT_FOUND", "this is no id of an upload of this store", { path });
}
