import type { StoreModuleOptions } from "@slate-sst/object-store";
import { optionsOf, type S3ObjectStoreOptions } from "./config.js";
import { S3ObjectStore } from "./s3-object-store.js";

export { S3ObjectStore };
export type { S3ObjectStoreOptions };
export { PROVIDERS, type Provider } from "./providers.js";
export { S3RequestError } from "./s3-errors.js";

/**
 * Opens the store of a URL `s3://bucket/prefix?region=…&endpoint=…`. Credentials come from the SDK's default chain.
 * @throws StoreError ERR_STORE_URL
 */
export function openStore(url: string, options: StoreModuleOptions = {}): S3ObjectStore {
  return new S3ObjectStore({ ...optionsOf(url), ...options });
}
