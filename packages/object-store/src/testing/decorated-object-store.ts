// A store in front of a store: every call passes `before`, then the inner store, then `after`. A listing or a stream is one
// call: it begins when its first item is asked for, and ends behind its last one, or when its consumer stops.
import type { StoreCapabilities } from "../capabilities.js";
import { bodySize } from "../object-body.js";
import type {
  CallOptions, CompleteUploadOptions, CreatedUpload, CreateUploadOptions, ListedObject, ListOptions, ObjectBody, ObjectInfo, ObjectStore,
  PartReceipt, PutOptions, PutResult, StreamOptions, UploadInfo, UploadPartOptions,
} from "../object-store.js";
import type { StoreCall } from "./store-call.js";

/** A store around another one: what is done before, around and after each call is for those who extend it. */
export abstract class DecoratedObjectStore implements ObjectStore {
  readonly #inner: ObjectStore;

  /** `inner`: the store that acts. */
  constructor(inner: ObjectStore) {
    this.#inner = inner;
  }

  get url(): string {
    return this.#inner.url;
  }

  /** What the inner store can do. */
  get capabilities(): StoreCapabilities {
    return this.#inner.capabilities;
  }

  /** Runs ahead of the inner store; when it throws, the inner store sees nothing of the call. */
  protected async before(_call: StoreCall): Promise<void> {}

  /** Runs behind the inner store, with its error if it threw one; when it throws, the caller sees that instead. */
  protected async after(_call: StoreCall, _error: unknown): Promise<void> {}

  async put(path: string, body: ObjectBody, options: PutOptions): Promise<PutResult> {
    const call = { method: "put" as const, path, mode: options?.mode, size: sizeOf(body), signal: options?.signal };
    return await this.#call(call, async () => await this.#inner.put(path, body, options));
  }

  async get(path: string, options?: CallOptions): Promise<Uint8Array> {
    return await this.#call({ method: "get", path, signal: options?.signal }, async () => await this.#inner.get(path, options));
  }

  async getRange(path: string, start: number, end: number, options?: CallOptions): Promise<Uint8Array> {
    const call = { method: "getRange" as const, path, start, end, signal: options?.signal };
    return await this.#call(call, async () => await this.#inner.getRange(path, start, end, options));
  }

  async *stream(path: string, options?: StreamOptions): AsyncGenerator<Uint8Array, void, undefined> {
    const call = { method: "stream" as const, path, start: options?.start, end: options?.end, signal: options?.signal };
    yield* this.#iterate(call, () => this.#inner.stream(path, options));
  }

  async head(path: string, options?: CallOptions): Promise<ObjectInfo> {
    return await this.#call({ method: "head", path, signal: options?.signal }, async () => await this.#inner.head(path, options));
  }

  async *list(prefix: string, options?: ListOptions): AsyncGenerator<ListedObject, void, undefined> {
    yield* this.#iterate({ method: "list", path: prefix, signal: options?.signal }, () => this.#inner.list(prefix, options));
  }

  async delete(path: string, options?: CallOptions): Promise<void> {
    await this.#call({ method: "delete", path, signal: options?.signal }, async () => await this.#inner.delete(path, options));
  }

  async createUpload(path: string, options: CreateUploadOptions): Promise<CreatedUpload> {
    const call = { method: "createUpload" as const, path, mode: options?.mode, signal: options?.signal };
    return await this.#call(call, async () => await this.#inner.createUpload(path, options));
  }

  async uploadPart(path: string, uploadId: string, partNumber: number, body: ObjectBody, options?: UploadPartOptions): Promise<PartReceipt> {
    const call = { method: "uploadPart" as const, path, uploadId, partNumber, size: sizeOf(body), signal: options?.signal };
    return await this.#call(call, async () => await this.#inner.uploadPart(path, uploadId, partNumber, body, options));
  }

  async *listParts(path: string, uploadId: string, options?: CallOptions): AsyncGenerator<PartReceipt, void, undefined> {
    const call = { method: "listParts" as const, path, uploadId, signal: options?.signal };
    yield* this.#iterate(call, () => this.#inner.listParts(path, uploadId, options));
  }

  async *listUploads(prefix: string, options?: CallOptions): AsyncGenerator<UploadInfo, void, undefined> {
    yield* this.#iterate({ method: "listUploads", path: prefix, signal: options?.signal }, () => this.#inner.listUploads(prefix, options));
  }

  async completeUpload(path: string, uploadId: string, parts: readonly PartReceipt[], options: CompleteUploadOptions): Promise<PutResult> {
    const call = { method: "completeUpload" as const, path, uploadId, mode: options?.mode, signal: options?.signal };
    return await this.#call(call, async () => await this.#inner.completeUpload(path, uploadId, parts, options));
  }

  async abortUpload(path: string, uploadId: string, options?: CallOptions): Promise<void> {
    const call = { method: "abortUpload" as const, path, uploadId, signal: options?.signal };
    await this.#call(call, async () => await this.#inner.abortUpload(path, uploadId, options));
  }

  async #call<T>(call: StoreCall, act: () => Promise<T>): Promise<T> {
    await this.before(call);
    let result: T;
    try {
      result = await act();
    } catch (error) {
      await this.after(call, error);
      throw error;
    }
    await this.after(call, undefined);
    return result;
  }

  async *#iterate<T>(call: StoreCall, open: () => AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
    await this.before(call);
    let failure: { readonly error: unknown } | undefined;
    try {
      yield* open();
    } catch (error) {
      failure = { error };
      throw error;
    } finally {
      await this.after(call, failure?.error);
    }
  }
}

/** The inner store refuses what is no body. */
function sizeOf(body: ObjectBody): number | undefined {
  return body instanceof Uint8Array || (Array.isArray(body) && body.every((chunk) => chunk instanceof Uint8Array)) ? bodySize(body) : undefined;
}
