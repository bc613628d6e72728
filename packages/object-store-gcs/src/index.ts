import type { StoreModuleOptions } from "@slate-sst/object-store";
import { optionsOf, type GcsObjectStoreOptions } from "./config.js";
import { GcsObjectStore } from "./gcs-object-store.js";

export { GcsObjectStore };
export type { GcsObjectStoreOptions };
export { GcsRequestError } from "./gcs-errors.js";

/**
 * Opens the store of a URL `gs://bucket/prefix`. Credentials are the Application Default Credentials.
 * @throws StoreError ERR_STORE_URL
 */
export function openStore(url: string, options: StoreModuleOptions = {}): GcsObjectStore {
  return new GcsObjectStore({ ...optionsOf(url), ...options });
}
