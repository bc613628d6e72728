// Objects in Google Cloud Storage, as programs open them.
import { RetryingObjectStore } from "@slate-sst/object-store";
import { resolveConfig, type GcsObjectStoreOptions } from "./config.js";
import { GcsRequests } from "./gcs-requests.js";

/** A bucket of Google Cloud Storage, from a prefix on. */
export class GcsObjectStore extends RetryingObjectStore {
  /** Nothing is requested yet. @throws StoreError ERR_STORE_URL, ERR_STORE_ARGUMENT for wrong options */
  constructor(options: GcsObjectStoreOptions) {
    super(new GcsRequests(resolveConfig(options)), options.retry);
  }
}
