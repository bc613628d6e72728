// Completion of an upload that several writers may have sent parts to.
import type { SstMetadata } from "@slate-sst/format/proto";
import { type Checksum, type CompleteUploadOptions, crc32Checksum, isStoreError, type ObjectStore, type PartReceipt, type PutResult } from "@slate-sst/object-store";
import { matchingReceipt } from "./known-part.js";

/** The object's CRC-32 for completion, where the store takes it and has those of all parts. */
export function objectChecksum(store: ObjectStore, finished: SstMetadata | undefined, parts: readonly PartReceipt[]): Checksum | undefined {
  const isTaken = store.capabilities.uploads?.objectChecksums.includes("crc32") === true && parts.every(({ checksum }) => checksum?.algorithm === "crc32");
  return finished === undefined || !isTaken ? undefined : crc32Checksum(finished.crc32);
}

/**
 * Completes an upload. When a part was received again, from an older writer's request that was still under way, and has the same
 * bytes by its checksum, that one is taken.
 * @param sender sends the request.
 */
export async function completeUpload(sender: Pick<ObjectStore, "completeUpload">, store: ObjectStore, path: string, uploadId: string, parts: readonly PartReceipt[], options: CompleteUploadOptions): Promise<PutResult> {
  try {
    return await sender.completeUpload(path, uploadId, parts, options);
  } catch (error) {
    if (!isStoreError(error, "ERR_STORE_UPLOAD_MISMATCH") || store.capabilities.uploads?.listParts !== true) throw error;
    const there = new Map<number, PartReceipt>();
    for await (const part of store.listParts(path, uploadId, { signal: options.signal })) there.set(part.partNumber, part);
    const matching = parts.map((part) => matchingReceipt(part, there.get(part.partNumber)));
    const equal = matching.flatMap((part) => (part === undefined ? [] : [part]));
    if (equal.length < parts.length || equal.every((part, at) => part.etag === parts[at]?.etag)) throw error;
    return await sender.completeUpload(path, uploadId, equal, options);
  }
}
