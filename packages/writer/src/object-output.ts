// The bytes of one object on their way to a store: one buffer being filled, full parts leaving while it fills.
// An object smaller than a part is put in one request; a larger one goes up as parts of equal size.
import { SstError } from "@slate-sst/format";
import type { PartReceipt, WriteMode } from "@slate-sst/object-store";
import { allocate } from "./allocate.js";
import type { OutputStore } from "./watched-store.js";
import { writeError } from "./write-error.js";

/** Room beyond a part, so that a section which begins in one part and ends in the next seldom moves the buffer. */
const BUFFER_SLACK_BYTES = 512 * 1024;

/**
 * After a part of this size or more, callers wait for one turn of the event loop: a loop that never waits would keep the part's
 * request from leaving, and nothing would go on at the same time.
 */
const TURN_PART_BYTES = 1024 * 1024;

/** So many bytes after a turn callers wait for another one while parts are under way: what has become of them is heard before the next one leaves. */
const TURN_STEP_BYTES = 2 * 1024 * 1024;

/** Most turns for one part: a request of a local store has two answers to hear. */
const TURNS_MAX = 4;

/** Whole buffers beside those of the parts under way: the one that is being filled, one that waits. To go on while it waits, a small one does. */
const BUFFERS_BESIDE_PARTS = 2;

/** Most memory that is set aside for buffers. What is not used takes no room. */
const SET_ASIDE_BYTES_MAX = 256 * 1024 * 1024;

export interface ObjectOutputOptions {
  readonly mode: WriteMode;
  /** Bytes of every part but the last. */
  readonly partSize: number;
  readonly maxPartsInFlight: number;
  /** Cancels requests that are under way. */
  readonly signal: AbortSignal;
  /** Sees every byte once, in order, as it leaves. */
  readonly onLeave?: ((bytes: Uint8Array) => void) | undefined;
  /** Told when parts have to wait for room, and when they no longer do. */
  readonly onWaiting?: ((isWaiting: boolean) => void) | undefined;
  /** Told of the first failure, also when no call is waiting. */
  readonly onFailure: (error: Error) => void;
}

/** A buffer and how many of the parts that leave from it are still under way. */
interface PartBuffer {
  readonly bytes: Uint8Array;
  uses: number;
}

interface Part {
  readonly number: number;
  readonly body: Uint8Array;
  readonly buffer: PartBuffer;
}

const NO_BUFFER: PartBuffer = { bytes: new Uint8Array(0), uses: 0 };

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
  readonly #bufferLength: number;
  readonly #inFlightMax: number;
  readonly #free: PartBuffer[] = [];
  readonly #queue: Part[] = [];
  readonly #receipts: PartReceipt[] = [];
  readonly #inFlight = new Set<Promise<void>>();
  #buffer: PartBuffer;
  /** Where in the buffer the next turn comes. */
  #turnAt = TURN_STEP_BYTES;
  /** A small buffer that served while a part had to wait, for the next time. */
  #small: PartBuffer | undefined;
  #allocate: (() => Uint8Array | undefined) | undefined;
  #partsSent = 0;
  #uploadId: Promise<string> | undefined;
  #failure: Error | undefined;
  #room: Room | undefined;

  constructor(store: OutputStore, path: string, options: ObjectOutputOptions) {
    this.#store = store;
    this.#path = path;
    this.#options = options;
    this.#bufferLength = options.partSize + BUFFER_SLACK_BYTES;
    this.#inFlightMax = store.capabilities.uploads?.parallelParts === false ? 1 : options.maxPartsInFlight;
    // The first byte makes room for a part, see reserve(): until then somebody else may give memory.
    this.#buffer = NO_BUFFER;
    this.bytes = this.#buffer.bytes;
  }

  /** Position in the object of the next byte: everything written so far. */
  get position(): number {
    return this.base + this.at;
  }

  /** Takes memory for whole buffers, of the length that outputBuffers() says, from somewhere else, as long as it gives any. Nothing was written yet. */
  allocateBy(source: () => Uint8Array | undefined): void {
    this.#allocate = source;
    this.#buffer = this.#wholeBuffer();
    this.bytes = this.#buffer.bytes;
  }

  /** Goes on behind parts that are there already, with the bytes that follow them. Nothing was written yet. */
  goOn(receipts: readonly PartReceipt[], pending: Uint8Array): void {
    this.#receipts.push(...receipts);
    this.#partsSent = receipts.length;
    this.base = receipts.length * this.#options.partSize;
    this.append(pending);
  }

  /** Makes room for `length` more bytes at `at`. */
  reserve(length: number): void {
    if (this.bytes.length - this.at >= length) return;
    const grown = this.#largerBuffer(this.at + length);
    grown.bytes.set(this.bytes.subarray(0, this.at));
    this.#buffer = grown;
    this.bytes = grown.bytes;
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
    this.#buffer = this.#takeBuffer(end - from);
    this.bytes = this.#buffer.bytes;
    this.bytes.set(buffer.bytes.subarray(from, end));
    this.base += from;
    this.at = end - from;
    this.#turnAt = TURN_STEP_BYTES;
    if (this.#queue.length > 0) return this.#waitForRoom();
    return partSize >= TURN_PART_BYTES ? this.#giveWay() : undefined;
  }

  /** Sends the rest and publishes the object. */
  async finish(): Promise<{ readonly etag: string | undefined }> {
    const { mode, signal } = this.#options;
    this.check();
    try {
      if (this.#partsSent === 0) {
        const body = this.bytes.subarray(0, this.at);
        this.#options.onLeave?.(body);
        return await this.#store.put(this.#path, body, { mode, signal });
      }
      if (this.at > 0) {
        this.#checkParts(1);
        this.#send(this.#buffer, 0, this.at);
      }
      await this.settled();
      const uploadId = await this.#startUpload();
      const parts = this.#receipts.sort((left, right) => left.partNumber - right.partNumber);
      return await this.#store.completeUpload(this.#path, uploadId, parts, { mode, signal });
    } catch (error) {
      throw this.#fail(error);
    }
  }

  /** Resolves when nothing is under way any more. @throws the failure that has stopped the output. */
  async settled(): Promise<void> {
    while (this.#inFlight.size > 0) await Promise.race(this.#inFlight);
    this.check();
  }

  /** Takes and sends no more: whoever waits or writes on meets this failure, unless there was one before. */
  stop(failure: Error): void {
    this.#failure ??= failure;
    this.#queue.length = 0;
    this.#room?.reject(this.#failure);
    this.#leaveRoom();
  }

  /** @throws the failure that has stopped the output. */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Removes what was staged, after waiting for what is under way. Nothing may be sent any more. */
  async abort(): Promise<void> {
    await Promise.allSettled(this.#inFlight);
    const uploadId = await this.#uploadId?.catch(() => undefined);
    if (uploadId !== undefined) await this.#store.abortUpload(this.#path, uploadId);
  }

  /** What the store's uploads cannot hold is refused before the parts leave that would show it. */
  #checkParts(count: number): void {
    const uploads = this.#store.capabilities.uploads;
    if (uploads === undefined) {
      throw this.#fail(this.#refusal(`takes objects of one request only, and this SST is not smaller than partSize (${this.#options.partSize} bytes)`));
    }
    if (this.#partsSent + count > uploads.partsMax) {
      throw this.#fail(this.#refusal(`takes at most ${uploads.partsMax} parts, and this SST has outgrown that many of ${this.#options.partSize} bytes; give its expectedSize or a larger partSize, or begin another SST earlier`));
    }
    if (this.position > uploads.objectSizeMax) throw this.#fail(this.#refusal(`takes objects of at most ${uploads.objectSizeMax} bytes; begin another SST earlier`));
    if (this.#options.mode === "create" && !uploads.create) {
      throw this.#fail(this.#refusal(`cannot complete an upload only if the object is absent; use mode "overwrite" under a fresh name, or a partSize the whole SST fits in`));
    }
  }

  #refusal(problem: string): SstError {
    return new SstError("ERR_SST_STORE_CAPABILITY", `${this.#store.url} ${problem}`, { details: { store: this.#store.url, path: this.#path } });
  }

  #send(buffer: PartBuffer, from: number, to: number): void {
    const body = buffer.bytes.subarray(from, to);
    this.#options.onLeave?.(body);
    buffer.uses++;
    this.#queue.push({ number: ++this.#partsSent, body, buffer });
    this.#startParts();
  }

  #startParts(): void {
    while (this.#queue.length > 0 && this.#inFlight.size < this.#inFlightMax) {
      const part = this.#queue.shift()!;
      const done: Promise<void> = this.#upload(part).then(
        () => this.#settled(done, part),
        (error: unknown) => {
          this.#fail(error);
          this.#settled(done, part);
        },
      );
      this.#inFlight.add(done);
    }
    if (this.#queue.length === 0 && this.#room !== undefined) {
      this.#leaveSmallBuffer();
      this.#room.resolve();
      this.#leaveRoom();
    }
  }

  #settled(done: Promise<void>, part: Part): void {
    this.#inFlight.delete(done);
    part.buffer.uses--;
    if (part.buffer.uses === 0 && part.buffer !== this.#buffer && part.buffer.bytes.length === this.#bufferLength) this.#free.push(part.buffer);
    this.#startParts();
  }

  async #upload({ number, body }: Part): Promise<void> {
    const uploadId = await this.#startUpload();
    this.#receipts.push(await this.#store.uploadPart(this.#path, uploadId, number, body, { signal: this.#options.signal }));
  }

  #startUpload(): Promise<string> {
    const { mode, partSize, signal } = this.#options;
    this.#uploadId ??= this.#store.createUpload(this.#path, { mode, partSize, signal }).then(({ uploadId }) => uploadId);
    return this.#uploadId;
  }

  /** Lets the answers of parts that are under way arrive. */
  async giveWay(): Promise<void> {
    if (this.#inFlight.size > 0) await turn();
  }

  #turnMeanwhile(): Promise<void> | undefined {
    this.#turnAt = this.at + TURN_STEP_BYTES;
    return this.#inFlight.size > 0 ? turn() : undefined;
  }

  /** Lets requests leave and answers arrive: one turn of the event loop, and some more as long as no other part could leave. */
  async #giveWay(): Promise<void> {
    for (let turns = 0; turns < TURNS_MAX && (turns === 0 || this.#inFlight.size >= this.#inFlightMax); turns++) await turn();
  }

  #waitForRoom(): Promise<void> {
    if (this.#room === undefined) {
      this.#room = new Room();
      this.#options.onWaiting?.(true);
    }
    return this.#room.promise;
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

  /**
   * A buffer to go on with; its first `length` bytes are known already. When parts have to wait so does the caller, and a
   * small one will do: a part's buffer is free by the time that reserve() asks for more.
   */
  #takeBuffer(length: number): PartBuffer {
    const hasToWait = this.#queue.length > 0 && this.#free.length === 0;
    if (!hasToWait) return this.#largerBuffer(length);
    const small = this.#small;
    this.#small = undefined;
    return small !== undefined && small.bytes.length >= length + BUFFER_SLACK_BYTES ? small : newBuffer(length + 2 * BUFFER_SLACK_BYTES);
  }

  /** Goes on in a whole buffer, now that one is free: what was written while the caller should have waited moves there. */
  #leaveSmallBuffer(): void {
    if (this.bytes.length === this.#bufferLength || this.at > this.#bufferLength) return;
    const whole = this.#free.pop();
    if (whole === undefined) return;
    whole.bytes.set(this.bytes.subarray(0, this.at));
    if (this.#buffer.uses === 0) this.#small = this.#buffer;
    this.#buffer = whole;
    this.bytes = whole.bytes;
  }

  #wholeBuffer(): PartBuffer {
    const bytes = this.#allocate?.();
    return bytes === undefined ? newBuffer(this.#bufferLength) : { bytes, uses: 0 };
  }

  /** A buffer for at least `length` bytes, a free one where possible. */
  #largerBuffer(length: number): PartBuffer {
    if (length > this.#bufferLength) return newBuffer(length + BUFFER_SLACK_BYTES);
    return this.#free.pop() ?? this.#wholeBuffer();
  }
}

/** One turn of the event loop. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof setImmediate === "function") setImmediate(resolve);
    else setTimeout(resolve, 0);
  });
}

/** Buffers that an output may use at the same time, and their length; none when they are too large to set aside. */
export function outputBuffers({ partSize, maxPartsInFlight }: { readonly partSize: number; readonly maxPartsInFlight: number }): { readonly count: number; readonly length: number } {
  const count = maxPartsInFlight + BUFFERS_BESIDE_PARTS;
  const length = partSize + BUFFER_SLACK_BYTES;
  return { count: count * length <= SET_ASIDE_BYTES_MAX ? count : 0, length };
}

function newBuffer(length: number): PartBuffer {
  return { bytes: allocate(length), uses: 0 };
}
