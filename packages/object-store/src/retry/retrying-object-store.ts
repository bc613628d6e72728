// A store in front of a store that tries calls again. Only what may be repeated is: reads, deletion, parts, and writes
// whose outcome can be settled by a look at the object. Every adapter's store is one of these.
import { assertPut, requireUploads } from "../call-checks.js";
import type { StoreCapabilities } from "../capabilities.js";
import { bodySize } from "../object-body.js";
import type {
  CallOptions, CompleteUploadOptions, CreatedUpload, CreateUploadOptions, ListedObject, ListOptions, ObjectBody, ObjectInfo, ObjectMetadata,
  ObjectStore, PartReceipt, PutOptions, PutResult, StreamOptions, UploadInfo, UploadPartOptions,
} from "../object-store.js";
import { isStoreError, StoreError } from "../store-error.js";
import { assertCompleteUpload, assertCreateUpload } from "../upload-checks.js";
import { isRetryable, RetryLoop, type RetriedCall } from "./retry-loop.js";
import { resolveRetry, type RetryOptions } from "./retry-options.js";
import { isSettling } from "./settling-store.js";
import { newWriteId, withoutWriteId, withWriteId, WRITE_ID_METADATA, writeIdSize } from "./write-id.js";

/** How much a store's clock may differ from ours. S3 refuses requests that are off by more. */
const CLOCK_SKEW_MAX = 900_000;

/** Looking after a failed call, and clearing away behind it, must not take as long as the call itself. */
const CARE_ATTEMPTS_MAX = 3;
const CARE_DEADLINE = 30_000;

/** What a failed call may mean when it is known that an earlier attempt may have had its effect. */
const EFFECT_CODES = ["ERR_STORE_ALREADY_EXISTS", "ERR_STORE_UPLOAD_NOT_FOUND", "ERR_STORE_UPLOAD_MISMATCH"] as const;

/** A store whose calls are made again when they fail by what may pass. Lost answers are settled by a look at the store. */
export class RetryingObjectStore implements ObjectStore {
  /** What the inner store can do. */
  readonly capabilities: StoreCapabilities;
  readonly #inner: ObjectStore;
  readonly #loop: RetryLoop;
  /** For looks at what a failed call has done. */
  readonly #care: RetryLoop;
  /** Whether objects carry an id by which their writer knows them again. */
  readonly #marks: boolean;

  /** @throws StoreError ERR_STORE_ARGUMENT for wrong options */
  constructor(inner: ObjectStore, options?: RetryOptions) {
    this.#inner = inner;
    const retry = resolveRetry(options);
    this.#loop = new RetryLoop(inner.url, retry);
    this.#care = new RetryLoop(inner.url, { ...retry, attemptsMax: Math.min(retry.attemptsMax, CARE_ATTEMPTS_MAX), deadline: Math.min(retry.deadline, CARE_DEADLINE) });
    const { metadataSizeMax } = inner.capabilities;
    this.#marks = metadataSizeMax >= writeIdSize();
    this.capabilities = this.#marks ? { ...inner.capabilities, metadataSizeMax: metadataSizeMax - writeIdSize() } : inner.capabilities;
  }

  get url(): string {
    return this.#inner.url;
  }

  async put(path: string, body: ObjectBody, options: PutOptions): Promise<PutResult> {
    assertPut(this.capabilities, path, body, options);
    assertNoWriteId(options.metadata, path);
    const call: RetriedCall = { method: "put", path, size: bodySize(body), ...watched(options) };
    if (options.mode === "overwrite" || !this.#marks) {
      return await this.#loop.run(call, async (signal) => await this.#inner.put(path, body, { ...options, signal }), options.mode === "overwrite" ? undefined : async (failure) => {
        if (isStoreError(failure, "ERR_STORE_ALREADY_EXISTS")) throw unknownOutcome("put", path, failure);
        return undefined;
      });
    }
    const id = newWriteId();
    const metadata = withWriteId(options.metadata, id);
    return await this.#loop.run(call, async (signal) => await this.#inner.put(path, body, { ...options, metadata, signal }), async (failure) => {
      if (!isRetryable(failure) && !isEffect(failure)) return undefined;
      const info = await this.#look(call, failure, async (signal) => await this.#inner.head(path, { signal }));
      return info?.metadata[WRITE_ID_METADATA] === id ? { result: { etag: info.etag } } : undefined;
    });
  }

  async get(path: string, options?: CallOptions): Promise<Uint8Array> {
    return await this.#loop.run({ method: "get", path, unknownSize: true, ...watched(options) }, async (signal) => await this.#inner.get(path, { ...options, signal }));
  }

  async getRange(path: string, start: number, end: number, options?: CallOptions): Promise<Uint8Array> {
    const size = Number.isSafeInteger(end - start) ? end - start : 0;
    return await this.#loop.run({ method: "getRange", path, size, ...watched(options) },
      async (signal) => await this.#inner.getRange(path, start, end, { ...options, signal }));
  }

  /** Tried again until the first chunk has come: what follows must be of the same version of the object. */
  async *stream(path: string, options?: StreamOptions): AsyncGenerator<Uint8Array, void, undefined> {
    yield* this.#loop.iterate({ method: "stream", path, ...watched(options) }, (signal) => this.#inner.stream(path, { ...options, signal }), false);
  }

  async head(path: string, options?: CallOptions): Promise<ObjectInfo> {
    const info = await this.#loop.run({ method: "head", path, ...watched(options) }, async (signal) => await this.#inner.head(path, { ...options, signal }));
    return this.#marks ? { ...info, metadata: withoutWriteId(info.metadata) } : info;
  }

  async *list(prefix: string, options?: ListOptions): AsyncGenerator<ListedObject, void, undefined> {
    yield* this.#loop.iterate<ListedObject>({ method: "list", path: prefix, ...watched(options) },
      (signal, last) => this.#inner.list(prefix, { ...options, signal, startAfter: last?.path ?? options?.startAfter }), true);
  }

  async delete(path: string, options?: CallOptions): Promise<void> {
    await this.#loop.run({ method: "delete", path, ...watched(options) }, async (signal) => await this.#inner.delete(path, { ...options, signal }));
  }

  /** When an answer was lost, an empty upload may be there that nobody knows the id of: it is looked for and removed. */
  async createUpload(path: string, options: CreateUploadOptions): Promise<CreatedUpload> {
    assertCreateUpload(this.capabilities, path, options);
    assertNoWriteId(options.metadata, path);
    const call: RetriedCall = { method: "createUpload", path, ...watched(options) };
    const since = Date.now() - CLOCK_SKEW_MAX;
    let lost = false;
    const act = async (signal: AbortSignal): Promise<CreatedUpload> => await this.#inner.createUpload(path, { ...options, signal });
    const note = async (): Promise<undefined> => {
      lost = true;
      return undefined;
    };
    try {
      const created = await this.#loop.run(call, act, note);
      if (lost) await this.#removeLost(path, since, created.uploadId, options);
      return created;
    } catch (error) {
      if (lost || options.signal?.aborted === true) await this.#removeLost(path, since, undefined, options);
      throw error;
    }
  }

  async uploadPart(path: string, uploadId: string, partNumber: number, body: ObjectBody, options?: UploadPartOptions): Promise<PartReceipt> {
    const call: RetriedCall = { method: "uploadPart", path, partNumber, size: sizeOf(body), ...watched(options) };
    return await this.#loop.run(call, async (signal) => await this.#inner.uploadPart(path, uploadId, partNumber, body, { ...options, signal }));
  }

  async *listParts(path: string, uploadId: string, options?: CallOptions): AsyncGenerator<PartReceipt, void, undefined> {
    const inner = this.#inner;
    yield* this.#loop.iterate<PartReceipt>({ method: "listParts", path, ...watched(options) }, async function* (signal, last) {
      for await (const part of inner.listParts(path, uploadId, { ...options, signal })) if (last === undefined || part.partNumber > last.partNumber) yield part;
    }, true);
  }

  async *listUploads(prefix: string, options?: CallOptions): AsyncGenerator<UploadInfo, void, undefined> {
    const inner = this.#inner;
    const seen = new Set<string>();
    yield* this.#loop.iterate<UploadInfo>({ method: "listUploads", path: prefix, ...watched(options) }, async function* (signal) {
      for await (const upload of inner.listUploads(prefix, { ...options, signal })) {
        if (seen.has(upload.uploadId)) continue;
        seen.add(upload.uploadId);
        yield upload;
      }
    }, true);
  }

  /** When an answer was lost, a look at the object tells whether it is this upload's; only if it is not is it completed again. */
  async completeUpload(path: string, uploadId: string, parts: readonly PartReceipt[], options: CompleteUploadOptions): Promise<PutResult> {
    assertCompleteUpload(this.capabilities, path, uploadId, parts, options);
    assertNoWriteId(options.metadata, path);
    // A store may put the object together before it answers, or hold a part back until now.
    const call: RetriedCall = { method: "completeUpload", path, unknownSize: true, ...watched(options) };
    const inner = this.#inner;
    return await this.#loop.run(call, async (signal) => await inner.completeUpload(path, uploadId, parts, { ...options, signal }), async (failure) => {
      if (!isRetryable(failure) && !isEffect(failure)) return undefined;
      if (!isSettling(inner)) {
        if (isEffect(failure)) throw unknownOutcome("completion", path, failure);
        return undefined;
      }
      const result = await this.#look(call, failure, async (signal) => await inner.settleUpload(path, uploadId, parts, { ...options, signal }));
      return result === undefined ? undefined : { result };
    });
  }

  async abortUpload(path: string, uploadId: string, options?: CallOptions): Promise<void> {
    await this.#loop.run({ method: "abortUpload", path, ...watched(options) }, async (signal) => await this.#inner.abortUpload(path, uploadId, { ...options, signal }));
  }

  /**
   * Looks at what a failed call has done. When the look fails as well: after an answer that tells of an effect nobody knows
   * whose it is; after any other the call is tried again.
   */
  async #look<T>(call: RetriedCall, failure: unknown, act: (signal: AbortSignal) => Promise<T>): Promise<T | undefined> {
    try {
      return await this.#care.run({ method: "head", path: call.path, signal: call.signal, onAttempt: call.onAttempt }, act);
    } catch (error) {
      if (isStoreError(error, "ERR_STORE_NOT_FOUND")) return undefined;
      if (call.signal?.aborted === true) throw error;
      if (isEffect(failure)) throw unknownOutcome(call.method === "put" ? "put" : "completion", call.path, failure);
      return undefined;
    }
  }

  /**
   * Removes uploads at exactly this path that may be the lost one: begun since, without any part. Best effort, and not cut
   * off by the caller's signal: an upload that stays is listed by `listUploads`.
   */
  async #removeLost(path: string, since: number, keep: string | undefined, { onAttempt }: CallOptions): Promise<void> {
    const { listUploads, listParts, abort } = requireUploads(this.capabilities, path);
    if (!listUploads || !listParts || !abort) return;
    const inner = this.#inner;
    try {
      const uploads = await this.#care.run({ method: "listUploads", path, onAttempt }, async (signal) => await collect(inner.listUploads(path, { signal })));
      for (const { path: at, uploadId, createdAt } of uploads) {
        if (at !== path || uploadId === keep || createdAt.getTime() < since) continue;
        const parts = await this.#care.run({ method: "listParts", path, onAttempt }, async (signal) => await collect(inner.listParts(path, uploadId, { signal })));
        if (parts.length > 0) continue;
        await this.#care.run({ method: "abortUpload", path, onAttempt }, async (signal) => await inner.abortUpload(path, uploadId, { signal }));
      }
    } catch {
      // What failed before is what the caller has to know.
    }
  }
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

function watched(options: CallOptions | undefined): Pick<RetriedCall, "signal" | "onAttempt"> {
  return { signal: options?.signal instanceof AbortSignal ? options.signal : undefined, onAttempt: options?.onAttempt };
}

/** The inner store refuses what is no body. */
function sizeOf(body: ObjectBody): number {
  return body instanceof Uint8Array || (Array.isArray(body) && body.every((chunk) => chunk instanceof Uint8Array)) ? bodySize(body) : 0;
}

function isEffect(failure: unknown): boolean {
  return EFFECT_CODES.some((code) => isStoreError(failure, code));
}

function assertNoWriteId(metadata: ObjectMetadata | undefined, path: string): void {
  if (metadata === undefined || !Object.hasOwn(metadata, WRITE_ID_METADATA)) return;
  throw new StoreError("ERR_STORE_ARGUMENT", `the metadata name ${WRITE_ID_METADATA} is the store's own`, { path });
}

function unknownOutcome(what: string, path: string, cause: unknown): StoreError {
  return new StoreError("ERR_STORE_FAILED",
    `whether the ${what} of ${path} has succeeded is not known: an answer was lost, and what is there could not be told from another writer's object`, { path, cause });
}
