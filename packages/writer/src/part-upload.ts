// An object's parts on their way to a store: so many at once, the others in a queue, and the receipts of those that have arrived.
import { SstError } from "@slate-sst/format";
import type { PartReceipt, WriteMode } from "@slate-sst/object-store";
import type { OutputStore } from "./watched-store.js";

export interface PartUploadOptions {
  readonly mode: WriteMode;
  /** Bytes of every part but the last. */
  readonly partSize: number;
  readonly maxPartsInFlight: number;
  /** Cancels requests that are under way. */
  readonly signal: AbortSignal;
}

interface Part {
  readonly number: number;
  readonly body: Uint8Array;
  readonly onDone: () => void;
}

export class PartUpload {
  /** Parts that were sent, those included that have not arrived yet. */
  sent = 0;
  readonly #store: OutputStore;
  readonly #path: string;
  readonly #options: PartUploadOptions;
  readonly #inFlightMax: number;
  readonly #queue: Part[] = [];
  readonly #inFlight = new Set<Promise<void>>();
  readonly #receipts: PartReceipt[] = [];
  readonly #onFailure: (error: unknown) => void;
  readonly #onAllUnderWay: () => void;
  #uploadId: Promise<string> | undefined;

  /**
   * @param onFailure told of every part that has failed.
   * @param onAllUnderWay called when no part has to wait.
   */
  constructor(store: OutputStore, path: string, options: PartUploadOptions, onFailure: (error: unknown) => void, onAllUnderWay: () => void) {
    this.#store = store;
    this.#path = path;
    this.#options = options;
    this.#inFlightMax = store.capabilities.uploads?.parallelParts === false ? 1 : options.maxPartsInFlight;
    this.#onFailure = onFailure;
    this.#onAllUnderWay = onAllUnderWay;
  }

  /** Whether parts wait until others have arrived. */
  get isWaiting(): boolean {
    return this.#queue.length > 0;
  }

  /** Whether parts are under way. */
  get isBusy(): boolean {
    return this.#inFlight.size > 0;
  }

  /** Whether as many are under way as may be. */
  get isFull(): boolean {
    return this.#inFlight.size >= this.#inFlightMax;
  }

  /** Goes on behind parts that are there already. Nothing was sent yet. */
  goOn(receipts: readonly PartReceipt[]): void {
    this.#receipts.push(...receipts);
    this.sent = receipts.length;
  }

  /**
   * What the store's uploads cannot hold, before the parts leave that would show it.
   * @param count parts that are to leave.
   * @param position bytes of the object so far.
   */
  refusal(count: number, position: number): SstError | undefined {
    const { mode, partSize } = this.#options;
    const { uploads } = this.#store.capabilities;
    if (uploads === undefined) return this.#refusal(`takes objects of one request only, and this SST is not smaller than partSize (${partSize} bytes)`);
    if (this.sent + count > uploads.partsMax) {
      return this.#refusal(`takes at most ${uploads.partsMax} parts, and this SST has outgrown that many of ${partSize} bytes; give its expectedSize or a larger partSize, or begin another SST earlier`);
    }
    if (position > uploads.objectSizeMax) return this.#refusal(`takes objects of at most ${uploads.objectSizeMax} bytes; begin another SST earlier`);
    if (mode === "create" && !uploads.create) {
      return this.#refusal(`cannot complete an upload only if the object is absent; use mode "overwrite" under a fresh name, or a partSize the whole SST fits in`);
    }
    return undefined;
  }

  /** Sends the next part. @param onDone called when it has arrived, or failed: its bytes are no longer needed. */
  send(body: Uint8Array, onDone: () => void): void {
    this.#queue.push({ number: ++this.sent, body, onDone });
    this.#start();
  }

  /** Sends none of those that wait. */
  stop(): void {
    this.#queue.length = 0;
  }

  /** Resolves when nothing is under way any more. */
  async settled(): Promise<void> {
    while (this.#inFlight.size > 0) await Promise.race(this.#inFlight);
  }

  /** Publishes the object; all parts have arrived. */
  async complete(): Promise<{ readonly etag: string | undefined }> {
    const { mode, signal } = this.#options;
    const uploadId = await this.#begun();
    const parts = this.#receipts.sort((left, right) => left.partNumber - right.partNumber);
    return await this.#store.completeUpload(this.#path, uploadId, parts, { mode, signal });
  }

  /** Removes what was staged, after waiting for what is under way. Nothing may be sent any more. */
  async abort(): Promise<void> {
    await Promise.allSettled(this.#inFlight);
    const uploadId = await this.#uploadId?.catch(() => undefined);
    if (uploadId !== undefined) await this.#store.abortUpload(this.#path, uploadId);
  }

  #start(): void {
    while (this.#queue.length > 0 && !this.isFull) {
      const part = this.#queue.shift()!;
      const done: Promise<void> = this.#upload(part).catch(this.#onFailure).then(() => {
        this.#inFlight.delete(done);
        part.onDone();
        this.#start();
      });
      this.#inFlight.add(done);
    }
    if (this.#queue.length === 0) this.#onAllUnderWay();
  }

  async #upload({ number, body }: Part): Promise<void> {
    const uploadId = await this.#begun();
    this.#receipts.push(await this.#store.uploadPart(this.#path, uploadId, number, body, { signal: this.#options.signal }));
  }

  #begun(): Promise<string> {
    const { mode, partSize, signal } = this.#options;
    this.#uploadId ??= this.#store.createUpload(this.#path, { mode, partSize, signal }).then(({ uploadId }) => uploadId);
    return this.#uploadId;
  }

  #refusal(problem: string): SstError {
    return new SstError("ERR_SST_STORE_CAPABILITY", `${this.#store.url} ${problem}`, { details: { store: this.#store.url, path: this.#path } });
  }
}
