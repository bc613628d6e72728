// A store that takes what is written and keeps nothing; it is asked like the store that it stands for, and counts the requests.
import type {
  CallOptions, CreatedUpload, CreateUploadOptions, ListedObject, ListOptions, ObjectBody, ObjectInfo, ObjectStore, PartReceipt, PutOptions, PutResult, StreamOptions, UploadInfo,
  UploadPartOptions,
} from "@slate-sst/object-store";

export class NowhereStore implements ObjectStore {
  readonly #store: ObjectStore;
  #requests = 0;
  #uploads = 0;

  constructor(store: ObjectStore) {
    this.#store = store;
  }

  /** Requests that would have written. */
  get requests(): number {
    return this.#requests;
  }

  get url(): string {
    return this.#store.url;
  }

  get capabilities(): ObjectStore["capabilities"] {
    return this.#store.capabilities;
  }

  put(_path: string, _body: ObjectBody, _options: PutOptions): Promise<PutResult> {
    this.#requests++;
    return Promise.resolve({ etag: undefined });
  }

  get(path: string, options?: CallOptions): Promise<Uint8Array> {
    return this.#store.get(path, options);
  }

  getRange(path: string, start: number, end: number, options?: CallOptions): Promise<Uint8Array> {
    return this.#store.getRange(path, start, end, options);
  }

  stream(path: string, options?: StreamOptions): AsyncIterable<Uint8Array> {
    return this.#store.stream(path, options);
  }

  head(path: string, options?: CallOptions): Promise<ObjectInfo> {
    return this.#store.head(path, options);
  }

  list(prefix: string, options?: ListOptions): AsyncIterable<ListedObject> {
    return this.#store.list(prefix, options);
  }

  delete(): Promise<void> {
    return Promise.resolve();
  }

  createUpload(_path: string, _options: CreateUploadOptions): Promise<CreatedUpload> {
    this.#requests++;
    return Promise.resolve({ uploadId: `nowhere-${this.#uploads++}` });
  }

  uploadPart(_path: string, _uploadId: string, partNumber: number, body: ObjectBody, options?: UploadPartOptions): Promise<PartReceipt> {
    this.#requests++;
    const size = body instanceof Uint8Array ? body.length : body.reduce((sum, { length }) => sum + length, 0);
    return Promise.resolve({ partNumber, size, etag: undefined, checksum: options?.checksum });
  }

  async *listParts(): AsyncGenerator<PartReceipt> {
    // There are none.
  }

  async *listUploads(): AsyncGenerator<UploadInfo> {
    // There are none.
  }

  completeUpload(): Promise<PutResult> {
    this.#requests++;
    return Promise.resolve({ etag: undefined });
  }

  abortUpload(): Promise<void> {
    return Promise.resolve();
  }
}
