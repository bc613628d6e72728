// The SDK's client, so that each request is one attempt, is cut off by its signal, and fails by an error of object stores.
import type { BlockBlobClient, ContainerClient } from "@azure/storage-blob";
import { bodyChunks, copyBody, StoreRoot, type ObjectBody } from "@slate-sst/object-store";
import { azureError } from "./azure-errors.js";
import type { ResolvedConfig } from "./config.js";

/** A container and the names below the store's prefix. */
export class AzureContainer {
  readonly root: StoreRoot;
  readonly #config: ResolvedConfig;

  constructor(config: ResolvedConfig) {
    this.root = new StoreRoot(config.prefix);
    this.#config = config;
  }

  /** Makes a request on a blob; `act` passes the signal on. */
  async blob<T>(operation: string, path: string, signal: AbortSignal | undefined, act: (blob: BlockBlobClient, options: { abortSignal?: AbortSignal }) => Promise<T>): Promise<T> {
    return await this.request(operation, path, signal, async (container, options) => await act(container.getBlockBlobClient(this.root.nameOf(path)), options));
  }

  /** Makes a request. */
  async request<T>(operation: string, path: string, signal: AbortSignal | undefined, act: (container: ContainerClient, options: { abortSignal?: AbortSignal }) => Promise<T>): Promise<T> {
    try {
      return await act(await this.#config.container(), signal === undefined ? {} : { abortSignal: signal });
    } catch (error) {
      // The caller's reason, not the SDK's own AbortError.
      if (signal?.aborted === true) throw signal.reason;
      throw azureError(error, operation, path, this.#config.secrets);
    }
  }
}

/** ETags without quotes: headers have them, listings don't. */
export function plainEtag(etag: string | undefined): string | undefined {
  return etag?.replaceAll('"', "");
}

/** A body in one run: not copied where it is one. */
export function oneRun(body: ObjectBody): Buffer {
  const [only, ...more] = bodyChunks(body);
  const bytes = only !== undefined && more.length === 0 ? only : copyBody(body);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
