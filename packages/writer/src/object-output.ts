// The bytes of one object on their way to a store: one buffer being filled, full parts leaving while it fills.
// An object smaller than a part is put in one request; a larger one goes up as parts of equal size.
import { SstError } from "@slate-sst/format";
import type { PartReceipt } from "@slate-sst/object-store";
import { NO_BUFFER, type PartBuffer, PartBuffers } from "./part-buffers.js";
import { PartUpload, type PartUploadOptions } from "./part-upload.js";
import { turn } from "./turn.js";
import type { OutputStore } from "./watched-store.js";
import { writeError } from "./write-error.js";

/**
 * After a part of this size or more, callers wait for one turn of the event loop: a loop that never waits would keep the part's
 * request from leaving, and nothing would go on at the same time.
 */
const TURN_PART_BYTES = 1024 * 1024;

/** So many bytes after a turn callers wait for another one while parts are under way: what has become of them is heard before the next one leaves. */
const TURN_STEP_BYTES = 2 * 1024 * 1024;

/** Most turns for one part: a request of a local store has two answers to hear. */
const TURNS_MAX = 4;

export interface ObjectOutputOptions extends PartUploadOptions {
  /** Sees every byte once, in order, as it leaves. */
  readonly onLeave?: ((bytes: Uint8Array) => void) | undefined;
  /** Told when parts have to wait for room, and when they no longer do. */
  readonly onWaiting?: ((isWaiting: boolean) => void) | undefined;
  /** Told of the first failure, also when no call is waiting. */
  readonly onFailure: (error: Error) => void;
}

/** Settles when the queue of parts is empty, or the upload has failed. */
class Room {
  readonly promise: Promise<void>;
  resolve!: () => void;
  reject!: (error: unknown) => void;

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    // A caller that ignores back-pressure still meets the failure, at its next call.
    this.promise.catch(() => undefined);
  }
}

/** Writes an object's bytes in order. Callers write into `bytes` at `at` after reserve(), move `at`, and call drain(). */
export class ObjectOutput {
  /** Bytes not yet sent; reserve() and drain() may exchange the array. */
  bytes: Uint8Array;
  /** Where the next byte goes. */
  at = 0;
  /** Position in the object of the first byte of `bytes`. */
  base = 0;
  readonly #store: OutputStore;
  readonly #path: string;
  readonly #options: ObjectOutputOptions;
  readonly #parts: PartUpload;
  readonly #buffers: PartBuffers;
  // The first byte makes room for a part, see reserve(): until then somebody else may give memory.
  #buffer: PartBuffer = NO_BUFFER;
  /** Where in the buffer the next turn comes. */
  #turnAt = TURN_STEP_BYTES;
  #failure: Error | undefined;
  #room: Room | undefined;

  constructor(store: OutputStore, path: string, options: ObjectOutputOptions) {
    this.#store = store;
    this.#path = path;
    this.#options = options;
    this.#buffers = new PartBuffers(options.partSize);
    this.#parts = new PartUpload(store, path, options, (error) => void this.#fail(error), () => this.#makeRoom());
    this.bytes = this.#buffer.bytes;
  }

  /** Position in the object of the next byte: everything written so far. */
  get position(): number {
    return this.base + this.at;
  }

  /** Takes memory for whole buffers, of the length that outputBuffers() says, from somewhere else, as long as it gives any. Nothing was written yet. */
  allocateBy(source: () => Uint8Array | undefined): void {
    this.#buffers.allocateBy(source);
    this.#fill(this.#buffers.whole());
  }

  /** Goes on behind parts that are there already, with the bytes that follow them. Nothing was written yet. */
  goOn(receipts: readonly PartReceipt[], pending: Uint8Array): void {
    this.#parts.goOn(receipts);
    this.base = receipts.length * this.#options.partSize;
    this.append(pending);
  }

  /** Makes room for `length` more bytes at `at`. */
  reserve(length: number): void {
    if (this.bytes.length - this.at >= length) return;
    const grown = this.#buffers.atLeast(this.at + length);
    grown.bytes.set(this.bytes.subarray(0, this.at));
    this.#fill(grown);
  }

  /** Appends bytes; the caller calls drain() afterwards. */
  append(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.at);
    this.at += bytes.length;
  }

  /** Appends any number of bytes without holding more of them than a part. */
  async appendLarge(bytes: Uint8Array): Promise<void> {
    const { partSize } = this.#options;
    for (let from = 0; from < bytes.length; ) {
      // Up to the end of the part: a whole part's bytes behind those that are there would outgrow the buffer.
      const end = Math.min(bytes.length, from + partSize - (this.at % partSize));
      this.append(bytes.subarray(from, end));
      from = end;
      await this.drain();
    }
  }

  /**
   * Sends what makes whole parts.
   * @returns a promise when the caller must wait before it writes on, which rejects when the upload has failed.
   * @throws SstError when it has failed already.
   */
  drain(): Promise<void> | undefined {
    this.check();
    const { partSize } = this.#options;
    if (this.at < partSize) return this.at < this.#turnAt ? undefined : this.#turnMeanwhile();
    this.#checkParts(Math.floor(this.at / partSize));
    const buffer = this.#buffer;
    const end = this.at;
    let from = 0;
    while (end - from >= partSize) {
      this.#send(buffer, from, from + partSize);
      from += partSize;
    }
    this.#fill(this.#buffers.next(end - from, this.#parts.isWaiting));
    this.bytes.set(buffer.bytes.subarray(from, end));
    this.base += from;
    this.at = end - from;
    this.#turnAt = TURN_STEP_BYTES;
    if (this.#parts.isWaiting) return this.#waitForRoom();
    return partSize >= TURN_PART_BYTES ? this.#giveWay() : undefined;
  }

  /** Sends the rest and publishes the object. */
  async finish(): Promise<{ readonly etag: string | undefined }> {
    const { mode, signal } = this.#options;
    this.check();
    try {
      if (this.#parts.sent === 0) {
        const body = this.bytes.subarray(0, this.at);
        this.#options.onLeave?.(body);
        return await this.#store.put(this.#path, body, { mode, signal });
      }
      if (this.at > 0) {
        this.#checkParts(1);
        this.#send(this.#buffer, 0, this.at);
      }
      await this.settled();
      return await this.#parts.complete();
    } catch (error) {
      throw this.#fail(error);
    }
  }

  /** Resolves when nothing is under way any more. @throws the failure that has stopped the output. */
  async settled(): Promise<void> {
    await this.#parts.settled();
    this.check();
  }

  /** Takes and sends no more: whoever waits or writes on meets this failure, unless there was one before. */
  stop(failure: Error): void {
    this.#failure ??= failure;
    this.#parts.stop();
    this.#room?.reject(this.#failure);
    this.#leaveRoom();
  }

  /** @throws the failure that has stopped the output. */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Removes what was staged, after waiting for what is under way. Nothing may be sent any more. */
  async abort(): Promise<void> {
    await this.#parts.abort();
  }

  /** Lets the answers of parts that are under way arrive. */
  async giveWay(): Promise<void> {
    if (this.#parts.isBusy) await turn();
  }

  #checkParts(count: number): void {
    const refusal = this.#parts.refusal(count, this.position);
    if (refusal !== undefined) throw this.#fail(refusal);
  }

  #send(buffer: PartBuffer, from: number, to: number): void {
    const body = buffer.bytes.subarray(from, to);
    this.#options.onLeave?.(body);
    buffer.uses++;
    this.#parts.send(body, () => {
      buffer.uses--;
      if (buffer.uses === 0 && buffer !== this.#buffer) this.#buffers.release(buffer);
    });
  }

  /** Goes on in this buffer. */
  #fill(buffer: PartBuffer): void {
    this.#buffer = buffer;
    this.bytes = buffer.bytes;
  }

  #turnMeanwhile(): Promise<void> | undefined {
    this.#turnAt = this.at + TURN_STEP_BYTES;
    return this.#parts.isBusy ? turn() : undefined;
  }

  /** Lets requests leave and answers arrive: one turn of the event loop, and some more as long as no other part could leave. */
  async #giveWay(): Promise<void> {
    for (let turns = 0; turns < TURNS_MAX && (turns === 0 || this.#parts.isFull); turns++) await turn();
  }

  #waitForRoom(): Promise<void> {
    if (this.#room === undefined) {
      this.#room = new Room();
      this.#options.onWaiting?.(true);
    }
    return this.#room.promise;
  }

  /** No part waits any more: what was written while the caller should have waited moves to a whole buffer. */
  #makeRoom(): void {
    if (this.#room === undefined) return;
    const whole = this.#buffers.insteadOf(this.#buffer, this.at);
    if (whole !== undefined) this.#fill(whole);
    this.#room.resolve();
    this.#leaveRoom();
  }

  #leaveRoom(): void {
    if (this.#room !== undefined) this.#options.onWaiting?.(false);
    this.#room = undefined;
  }

  /** Keeps the first failure, which everything later repeats. */
  #fail(error: unknown): Error {
    const failure = this.#failure ?? (error instanceof SstError ? error : writeError(this.#path, error));
    if (this.#failure === undefined) this.#options.onFailure(failure);
    this.stop(failure);
    return failure;
  }
}
