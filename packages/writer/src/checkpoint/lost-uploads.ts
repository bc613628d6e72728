// Uploads that were begun for an SST without anybody having learnt their ids: the answer was lost, or the process ended before it
// could write the id down.
import type { ObjectStore } from "@slate-sst/object-store";

/** How much a store's clock may differ from ours, in milliseconds. S3 refuses requests that are off by more. */
const CLOCK_SKEW_MAX_MS = 900_000;

/**
 * Removes uploads at exactly this path that were begun since the journal was, and have no part: nobody has written into them.
 * Where the store cannot list uploads, none is found.
 */
export async function removeLostUploads(store: ObjectStore, path: string, begunAt: number, keep: string | undefined): Promise<void> {
  const { uploads } = store.capabilities;
  if (uploads === undefined || !uploads.sessions || !uploads.listUploads || !uploads.listParts || !uploads.abort) return;
  const lost: string[] = [];
  for await (const { path: at, uploadId, createdAt } of store.listUploads(path)) {
    if (at === path && uploadId !== keep && createdAt.getTime() >= begunAt - CLOCK_SKEW_MAX_MS) lost.push(uploadId);
  }
  for (const uploadId of lost) {
    const numbers: number[] = [];
    for await (const { partNumber } of store.listParts(path, uploadId)) numbers.push(partNumber);
    if (numbers.length === 0) await store.abortUpload(path, uploadId);
  }
}
