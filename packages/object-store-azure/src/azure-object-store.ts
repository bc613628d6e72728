// Objects in Azure Blob Storage, as programs open them.
import { RetryingObjectStore } from "@slate-sst/object-store";
import { AzureRequests } from "./azure-requests.js";
import { resolveConfig, type AzureObjectStoreOptions } from "./config.js";

/** A container of Azure Blob Storage, from a prefix on. */
export class AzureObjectStore extends RetryingObjectStore {
  /** Nothing is requested yet. @throws StoreError ERR_STORE_URL, ERR_STORE_ARGUMENT for wrong options */
  constructor(options: AzureObjectStoreOptions) {
    super(new AzureRequests(resolveConfig(options)), options.retry);
  }
}
