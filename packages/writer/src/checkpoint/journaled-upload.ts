// The store in front of a store that a checkpointed object goes through: it keeps the upload's id and the receipts of its parts for
// the journal, lets nothing go on that a newer writer has taken over, and knows the parts that are there already.
import { crc32, SstError } from "@slate-sst/format";
import type { CheckpointCursor, SstMetadata } from "@slate-sst/format/proto";
import {
  type CompleteUploadOptions, crc32Checksum, type CreatedUpload, type CreateUploadOptions, type ObjectMetadata, type ObjectStore, type PartReceipt,
  type PutOptions, type PutResult, type StoreCapabilities, type UploadPartOptions,
} from "@slate-sst/object-store";
import type { OutputStore, WatchedStore } from "../watched-store.js";
import { Divergence } from "./divergence.js";
import type { Journal } from "./journal.js";
import { completeUpload, objectChecksum } from "./complete-upload.js";
import { type KnownPart, partMessage } from "./known-part.js";
import { markOf } from "./mark.js";

/** The writer's side of the journal. */
export interface CheckpointedWriter {
  /** Told of each part that the store has acknowledged. */
  partArrived(): void;
  /** Resolves when the records of all parts are written that can be. */
  recorded(): Promise<void>;
  /** What will be published, and the row that it ends with. */
  readonly finished: SstMetadata | undefined;
  readonly end: CheckpointCursor | undefined;
}

export class JournaledUpload implements OutputStore {
  readonly url: string;
  readonly capabilities: StoreCapabilities;
  uploadId: string | undefined;
  /** Parts that the store has acknowledged, by their number less 1. */
  parts: (KnownPart | undefined)[] = [];
  /** How many of them, from the first, records tell of. */
  partsRecorded = 0;
  readonly #watched: WatchedStore;
  readonly #store: ObjectStore;
  readonly #journal: Journal;
  readonly #writer: CheckpointedWriter;
  /** Parts that are there from before; those that a replay makes again are held against them. */
  #known: readonly KnownPart[] = [];
  readonly #divergence: Divergence;
  #there = 0;
  /** CRC-32 of parts that are about to be uploaded. */
  readonly #crcs = new Map<number, number>();

  constructor(watched: WatchedStore, store: ObjectStore, journal: Journal, writer: CheckpointedWriter, divergence: Divergence) {
    this.#watched = watched;
    this.#store = store;
    this.#journal = journal;
    this.#writer = writer;
    this.url = store.url;
    this.capabilities = store.capabilities;
    this.#divergence = divergence;
  }

  /** Goes on with an upload that was begun before. */
  load({ uploadId, parts }: { readonly uploadId: string | undefined; readonly parts: readonly KnownPart[] }): void {
    this.uploadId = uploadId;
    this.#known = parts;
    this.parts = [...parts];
    this.partsRecorded = parts.length;
  }

  /** Parts from the first on that are there without a gap. */
  get partsThere(): number {
    while (this.parts[this.#there] !== undefined) this.#there++;
    return this.#there;
  }

  /** The CRC-32 of a part that is about to be uploaded, by those of its blocks: its bytes need not be read again. */
  tellCrc32(part: number, crc: number): void {
    this.#crcs.set(part, crc);
  }

  /** Messages of the parts that no record tells of yet, up to a number. */
  takeUnrecorded(end: number): ReturnType<typeof partMessage>[] {
    const messages = this.parts.slice(this.partsRecorded, end).flatMap((part) => (part === undefined ? [] : [partMessage(part)]));
    this.partsRecorded = Math.max(this.partsRecorded, end);
    return messages;
  }

  /** An object of one request. */
  async put(path: string, body: Uint8Array, options: PutOptions): Promise<PutResult> {
    // Rows that were replayed until they ended before the first part did.
    if (this.#known.length > 0) throw this.#divergence.ofPart(1);
    await this.#recordFinished();
    return await this.#watched.put(path, body, { ...options, metadata: this.#mark });
  }

  async createUpload(path: string, options: CreateUploadOptions): Promise<CreatedUpload> {
    if (this.uploadId !== undefined) return { uploadId: this.uploadId };
    await this.#journal.assertCurrent();
    const created = await this.#watched.createUpload(path, { ...options, metadata: this.#mark, ...(this.#sendsChecksums ? { checksumAlgorithm: "crc32" as const } : {}) });
    try {
      await this.#journal.assertCurrent();
    } catch (error) {
      // Nobody else can know of it, a newer writer neither: it is this one's to remove.
      await this.#store.abortUpload(path, created.uploadId).catch(() => undefined);
      throw error;
    }
    this.uploadId = created.uploadId;
    await this.#journal.append({ uploadId: created.uploadId });
    return created;
  }

  async uploadPart(path: string, uploadId: string, partNumber: number, body: Uint8Array, options?: UploadPartOptions): Promise<PartReceipt> {
    const crc = this.#crcs.get(partNumber) ?? crc32(body);
    this.#crcs.delete(partNumber);
    const known = this.#known[partNumber - 1];
    if (known !== undefined) {
      if (known.crc32 !== crc || known.receipt.size !== body.length) throw this.#divergence.ofPart(partNumber);
      this.#watched.skipPart(partNumber, body.length);
      return known.receipt;
    }
    await this.#journal.assertRecentlyCurrent();
    const checksum = this.#sendsChecksums ? crc32Checksum(crc) : undefined;
    const receipt = await this.#watched.uploadPart(path, uploadId, partNumber, body, { ...options, checksum });
    this.parts[partNumber - 1] = { receipt, crc32: crc };
    this.#writer.partArrived();
    return receipt;
  }

  async completeUpload(path: string, uploadId: string, parts: readonly PartReceipt[], options: CompleteUploadOptions): Promise<PutResult> {
    if (parts.length < this.#known.length) throw this.#divergence.ofPart(parts.length + 1);
    await this.#recordFinished();
    return await completeUpload(this.#watched, this.#store, path, uploadId, parts, {
      ...options, metadata: this.#mark, checksum: objectChecksum(this.#store, this.#writer.finished, parts),
    });
  }

  /** Whether the upload stays or goes is the journal's affair: see Checkpointer. */
  async abortUpload(): Promise<void> {}

  /** Everything is in the journal before the object is published. */
  async #recordFinished(): Promise<void> {
    const { finished, end } = this.#writer;
    if (finished === undefined) throw new SstError("ERR_SST_STATE", "an object is published before it is finished");
    await this.#writer.recorded();
    await this.#journal.assertCurrent();
    // All parts once more: this record tells everything by itself.
    this.partsRecorded = 0;
    await this.#journal.append({ ...(this.uploadId === undefined ? {} : { uploadId: this.uploadId }), parts: this.takeUnrecorded(this.parts.length), finished, ...(end === undefined ? {} : { cursor: end }) });
  }

  get #mark(): ObjectMetadata | undefined {
    return markOf(this.#store, this.#journal.id);
  }

  /** Parts carry their CRC-32 where the store takes it: by that two parts are known to be equal. */
  get #sendsChecksums(): boolean {
    return this.capabilities.checksums.includes("crc32");
  }
}
