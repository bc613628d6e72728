// Whether the object at a path is the one that a writer has published, when the answer to that was lost.
import { crc32 } from "@slate-sst/format";
import type { SstMetadata } from "@slate-sst/format/proto";
import { type CallOptions, isStoreError, type ObjectInfo, type ObjectStore, type WriteMode } from "@slate-sst/object-store";
import { completeUpload, objectChecksum } from "./complete-upload.js";
import type { Finished } from "./load-journal.js";
import { JOURNAL_MARK, markOf } from "./mark.js";

/**
 * The object, if it is the one that was published: by its mark, and where the store keeps none by its bytes, of which it reads all.
 * Undefined when there is no object, or another one.
 */
export async function findPublished(store: ObjectStore, path: string, journalId: string, finished: SstMetadata, options: CallOptions): Promise<ObjectInfo | undefined> {
  let info: ObjectInfo;
  try {
    info = await store.head(path, options);
  } catch (error) {
    if (isStoreError(error, "ERR_STORE_NOT_FOUND")) return undefined;
    throw error;
  }
  if (info.size !== Number(finished.size)) return undefined;
  if (markOf(store, journalId) !== undefined) return info.metadata[JOURNAL_MARK] === journalId ? info : undefined;
  return (await hasBytes(store, path, finished.crc32, options)) ? info : undefined;
}

/** Whether the object's bytes have this CRC-32. */
async function hasBytes(store: ObjectStore, path: string, crc: number, options: CallOptions): Promise<boolean> {
  let whole = 0;
  for await (const chunk of store.stream(path, options)) whole = crc32(chunk, whole);
  return whole === crc;
}

/**
 * Publishes an SST whose close() was cut off, unless it was published already.
 * @returns what the object's ETag is, or undefined when the parts are not all there: then rows go on.
 * @throws StoreError ERR_STORE_ALREADY_EXISTS for another writer's object, ERR_STORE_UPLOAD_NOT_FOUND when the upload is gone.
 */
export async function settle(
  store: ObjectStore, path: string, journalId: string, { finished, uploadId, parts }: Finished, mode: WriteMode, options: CallOptions,
): Promise<{ readonly etag: string | undefined } | undefined> {
  const published = await findPublished(store, path, journalId, finished, options);
  if (published !== undefined) return published;
  if (uploadId === undefined) return undefined;
  const receipts = parts.map(({ receipt }) => receipt);
  try {
    return await completeUpload(store, store, path, uploadId, receipts, { mode, metadata: markOf(store, journalId), checksum: objectChecksum(store, finished, receipts), ...options });
  } catch (error) {
    // A part that the store holds back until completion went with the process.
    if (isStoreError(error, "ERR_STORE_UPLOAD_MISMATCH")) return undefined;
    // An older writer may just have got through.
    const late = await findPublished(store, path, journalId, finished, options);
    if (late !== undefined) return late;
    throw error;
  }
}
