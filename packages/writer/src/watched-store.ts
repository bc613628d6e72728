// The store as a writer uses it: every request is counted, timed, told of and traced, and checksums go with it.
import { crc32 } from "@slate-sst/format";
import {
  type CompleteUploadOptions, crc32Checksum, type CreatedUpload, type CreateUploadOptions, isStoreError, type ObjectStore, type PartReceipt, type PutOptions,
  type PutResult, type StoreAttempt, type UploadPartOptions,
} from "@slate-sst/object-store";
import type { EventEmitter } from "./event-emitter.js";
import type { RequestEnd, SstTelemetry, TracedRequest } from "./telemetry.js";

/** What a writer asks of a store, reads aside. */
export type OutputStore = Pick<ObjectStore, "url" | "capabilities" | "put" | "createUpload" | "uploadPart" | "completeUpload" | "abortUpload">;

export interface WatchedStoreOptions {
  readonly emitter: EventEmitter;
  readonly telemetry: SstTelemetry | undefined;
  /** CRC-32 of the whole object, asked for once all of it was made. */
  readonly objectCrc32: () => number;
  /** Called after each part. */
  readonly onPart: () => void;
}

export class WatchedStore implements OutputStore {
  readonly url: ObjectStore["url"];
  readonly capabilities: ObjectStore["capabilities"];
  /** Bytes and parts that the store has acknowledged. */
  bytesUploaded = 0;
  parts = 0;
  /** Bytes of parts on their way. */
  bytesInFlight = 0;
  /** Milliseconds that the request took which published the object. */
  publishDuration = 0;
  readonly #store: ObjectStore;
  readonly #options: WatchedStoreOptions;
  /** CRC-32s go with the parts and the object of an upload. */
  readonly #checksUploads: boolean;

  constructor(store: ObjectStore, options: WatchedStoreOptions) {
    this.url = store.url;
    this.capabilities = store.capabilities;
    this.#store = store;
    this.#options = options;
    this.#checksUploads = handsCrc32(store);
  }

  /** Counts a part that need not be uploaded, since it is there. */
  skipPart(partNumber: number, size: number): void {
    this.countParts(1, size);
    this.#options.emitter.emit({ type: "part", partNumber, size, result: "skipped", duration: 0, attempts: 0 });
  }

  /** Counts parts that are there, without telling of each. */
  countParts(parts: number, size: number): void {
    this.parts += parts;
    this.bytesUploaded += size;
    this.#options.onPart();
  }

  /** Everything is written once more, from the first part on. */
  countAnew(): void {
    this.parts = this.bytesUploaded = 0;
  }

  async head(path: string, signal: AbortSignal | undefined): Promise<void> {
    await this.#store.head(path, { signal, onAttempt: (attempt) => this.#attempted(attempt) });
  }

  async put(path: string, body: Uint8Array, options: PutOptions): Promise<PutResult> {
    const { checksums, remote } = this.capabilities;
    const checksum = remote !== false && checksums.includes("crc32") ? crc32Checksum(this.#options.objectCrc32()) : undefined;
    const begun = performance.now();
    const result = await this.#request({ span: "put", partNumber: undefined, size: body.length }, async (onAttempt) => await this.#store.put(path, body, { ...options, checksum, onAttempt }));
    this.publishDuration = performance.now() - begun;
    this.bytesUploaded += body.length;
    return result;
  }

  async createUpload(path: string, options: CreateUploadOptions): Promise<CreatedUpload> {
    return await this.#store.createUpload(path, { ...options, ...(this.#checksUploads ? { checksumAlgorithm: "crc32" } : {}), onAttempt: (attempt) => this.#attempted(attempt) });
  }

  async uploadPart(path: string, uploadId: string, partNumber: number, body: Uint8Array, options?: UploadPartOptions): Promise<PartReceipt> {
    const size = body.length;
    const begun = performance.now();
    let attempts = 1;
    this.bytesInFlight += size;
    try {
      const receipt = await this.#request({ span: "part", partNumber, size }, async (onAttempt) => {
        const checksum = options?.checksum ?? (this.#checksUploads ? crc32Checksum(crc32(body)) : undefined);
        return await this.#store.uploadPart(path, uploadId, partNumber, body, {
          ...options, checksum,
          onAttempt: (attempt) => {
            attempts = attempt.attempt;
            onAttempt(attempt);
          },
        });
      });
      this.countParts(1, size);
      this.#options.emitter.emit({ type: "part", partNumber, size, result: "uploaded", duration: performance.now() - begun, attempts });
      return receipt;
    } finally {
      this.bytesInFlight -= size;
    }
  }

  async completeUpload(path: string, uploadId: string, parts: readonly PartReceipt[], options: CompleteUploadOptions): Promise<PutResult> {
    const checksum = options.checksum ?? (this.#checksUploads ? crc32Checksum(this.#options.objectCrc32()) : undefined);
    const begun = performance.now();
    const result = await this.#request({ span: "complete", partNumber: undefined, size: 0 }, async (onAttempt) =>
      await this.#store.completeUpload(path, uploadId, parts, { ...options, checksum, onAttempt }));
    this.publishDuration = performance.now() - begun;
    return result;
  }

  async abortUpload(path: string, uploadId: string): Promise<void> {
    await this.#store.abortUpload(path, uploadId, { onAttempt: (attempt) => this.#attempted(attempt) });
  }

  /** Makes a request inside the telemetry's context. What the telemetry throws changes nothing. */
  async #request<T>(request: TracedRequest, act: (onAttempt: (attempt: StoreAttempt) => void) => Promise<T>): Promise<T> {
    let attempts = 1;
    let sending: Promise<T> | undefined;
    const onAttempt = (attempt: StoreAttempt): void => {
      attempts = attempt.attempt;
      this.#attempted(attempt);
    };
    const once = (): Promise<T> => (sending ??= act(onAttempt));
    const { telemetry, emitter } = this.#options;
    if (telemetry?.onRequest !== undefined) {
      const send = (): Promise<RequestEnd> => once().then(() => ({ error: undefined, attempts }), (error: unknown) => ({ error, attempts }));
      emitter.guard(telemetry, () => telemetry.onRequest?.(request, send));
    }
    return await once();
  }

  #attempted({ method, partNumber, attempt, outcome, error, duration, delay }: StoreAttempt): void {
    if (outcome !== "retry" && outcome !== "settled") return;
    this.#options.emitter.emit({ type: "retry", method, partNumber, attempt, outcome, reason: reasonOf(error), error, duration, delay: delay ?? 0 });
  }
}

/**
 * Whether the CRC-32 of parts and objects goes with them: where the store takes both, and bodies travel. In this machine's own
 * memory and folders nothing is damaged on the way, and each checksum is one more pass over the bytes.
 */
function handsCrc32({ capabilities: { checksums, uploads, remote } }: OutputStore): boolean {
  return remote !== false && checksums.includes("crc32") && uploads !== undefined && uploads.objectChecksums.includes("crc32");
}

/** Why an attempt failed, in a word. */
function reasonOf(error: unknown): string {
  const { cause } = error as Error;
  if (typeof cause === "object" && cause !== null && "code" in cause && typeof cause.code === "string") return cause.code;
  return isStoreError(error) ? error.code : "unknown";
}
