import type { StoreModuleOptions } from "@slate-sst/object-store";
import { AzureObjectStore } from "./azure-object-store.js";
import { optionsOf, type AzureObjectStoreOptions } from "./config.js";

export { AzureObjectStore };
export type { AzureObjectStoreOptions };
export { AzureRequestError } from "./azure-errors.js";

/**
 * Opens the store of a URL `az://container/prefix?account=…`. Credentials come from the environment, or from
 * DefaultAzureCredential.
 * @throws StoreError ERR_STORE_URL
 */
export function openStore(url: string, options: StoreModuleOptions = {}): AzureObjectStore {
  return new AzureObjectStore({ ...optionsOf(url), ...options });
}
