// What a store may know beyond its interface, so that a completion whose answer was lost can be settled.
import type { CompleteUploadOptions, ObjectStore, PartReceipt, PutResult } from "../object-store.js";

/** A store that can tell whether a completion whose answer was lost has succeeded. */
export interface SettlingStore extends ObjectStore {
  /**
   * What `completeUpload` would have given, if the object at the path is the one that this upload made of these parts: its
   * size, and the upload's id in its metadata or what else proves it. `undefined` if it is not, or if nothing is there.
   */
  settleUpload(path: string, uploadId: string, parts: readonly PartReceipt[], options: CompleteUploadOptions): Promise<PutResult | undefined>;
}

/** Whether a store can settle its completions. */
export function isSettling(store: ObjectStore): store is SettlingStore {
  return "settleUpload" in store && typeof store.settleUpload === "function";
}
