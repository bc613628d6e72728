// What a store that knows its uploads checks beyond the door: that parts and completion are those of the upload.
import { equalChecksums, type Checksum, type ChecksumAlgorithm } from "./checksum.js";
import { equalMetadata } from "./object-metadata.js";
import type { CompleteUploadOptions, ObjectMetadata, PartReceipt, WriteMode } from "./object-store.js";
import { StoreError } from "./store-error.js";
import { assertPartFits } from "./upload-checks.js";

/** What was fixed when the upload was created. */
export interface UploadTerms {
  readonly path: string;
  readonly mode: WriteMode;
  readonly partSize: number;
  readonly metadata: ObjectMetadata;
  readonly checksumAlgorithm: ChecksumAlgorithm | undefined;
}

/** The error for an upload that is not there. */
export function uploadNotFound(path: string, cause?: unknown): StoreError {
  const text = `there is no such upload of ${path}: it was completed or aborted, or never begun`;
  return new StoreError("ERR_STORE_UPLOAD_NOT_FOUND", text, cause === undefined ? { path } : { path, cause });
}

/** Checks a part against its upload. @throws StoreError ERR_STORE_RANGE, ERR_STORE_ARGUMENT */
export function assertPartOfUpload(terms: UploadTerms, partNumber: number, size: number, checksum: Checksum | undefined): void {
  const { path, partSize, checksumAlgorithm } = terms;
  assertPartFits(path, partNumber, size, partSize);
  if (checksum?.algorithm === checksumAlgorithm) return;
  const wanted = checksumAlgorithm === undefined ? "was created without checksums" : `wants a ${checksumAlgorithm} checksum with each part`;
  throw new StoreError("ERR_STORE_ARGUMENT", `the upload ${wanted}`, { path });
}

/**
 * Checks a completion against its upload and the parts received, by part number. That the parts given are a sequence of
 * fitting sizes was checked at the door.
 * @throws StoreError ERR_STORE_UPLOAD_MISMATCH
 */
export function assertCompletion(
  terms: UploadTerms, received: ReadonlyMap<number, PartReceipt>, parts: readonly PartReceipt[], options: CompleteUploadOptions,
): void {
  const { path, mode, partSize, metadata } = terms;
  const mismatch = (text: string): StoreError => new StoreError("ERR_STORE_UPLOAD_MISMATCH", text, { path });
  if (options.mode !== mode) throw mismatch(`the upload was created with mode "${mode}" and is completed with "${options.mode}"`);
  if (!equalMetadata(options.metadata ?? {}, metadata)) throw mismatch("the upload was created with other metadata");
  for (const part of parts) {
    const held = received.get(part.partNumber);
    if (held === undefined) throw mismatch(`part ${part.partNumber} was not received`);
    if (part.size !== held.size || part.etag !== held.etag || !equalChecksums(part.checksum, held.checksum)) {
      throw mismatch(`part ${part.partNumber} is not the one received last under its number (${held.size} bytes, the receipt says ${part.size})`);
    }
    if (part.partNumber < parts.length && part.size !== partSize) {
      throw mismatch(`part ${part.partNumber} has ${part.size} bytes; all parts but the last have ${partSize}`);
    }
  }
}
