// Reading by HTTP: what get(), getRange() and stream() of every cloud's adapter have in common. The adapter makes the request.
import { assertGetRange, assertObjectCall, assertRangeInObject, assertStream } from "../call-checks.js";
import type { CallOptions, ObjectInfo, StreamOptions } from "../object-store.js";
import { StoreError } from "../store-error.js";

/** Bytes that are asked for: from `start` to before `end`, or to the object's end. */
export interface AskedRange {
  /** First byte. */
  readonly start: number;
  /** Behind the last byte; undefined reads to the object's end. */
  readonly end: number | undefined;
}

/** An answer whose bytes are still to come. */
export interface OpenedBody {
  /** The bytes, as they arrive. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Bytes of the body, as the service tells. */
  readonly size: number;
  /** Bytes of the whole object; only where a range was asked for. */
  readonly total: number | undefined;
  /** Lets the answer go without reading it. */
  discard(): unknown;
}

/** What an adapter gives. */
export interface ReadRequests {
  /** Name of the request, for messages. */
  readonly operation: string;
  /** What the store knows of an object. @throws StoreError ERR_STORE_NOT_FOUND */
  head(path: string, options: CallOptions | undefined): Promise<ObjectInfo>;
  /** Begins to read a range, or the whole object. */
  open(path: string, range: AskedRange | undefined, signal: AbortSignal | undefined): Promise<OpenedBody>;
  /** Waits for a piece of a body; turns what is thrown into a StoreError. */
  receive<T>(path: string, signal: AbortSignal | undefined, act: () => Promise<T>): Promise<T>;
}

/** `get`, `getRange` and `stream` of a store over one request of its adapter: lengths are checked, and a body that ends early is an error. */
export class ObjectReads {
  readonly #requests: ReadRequests;

  /** `requests`: what the adapter gives. */
  constructor(requests: ReadRequests) {
    this.#requests = requests;
  }

  /** As `ObjectStore.get`. */
  async get(path: string, options: CallOptions | undefined): Promise<Uint8Array> {
    assertObjectCall(path, options);
    return await this.#read(path, undefined, options?.signal);
  }

  /** As `ObjectStore.getRange`. */
  async getRange(path: string, start: number, end: number, options: CallOptions | undefined): Promise<Uint8Array> {
    assertGetRange(path, start, end, options);
    if (start < end) return await this.#read(path, { start, end }, options?.signal);
    // HTTP has no range that is empty.
    assertRangeInObject(path, start, end, (await this.#requests.head(path, options)).size);
    return new Uint8Array(0);
  }

  /** As `ObjectStore.stream`. */
  async *stream(path: string, options: StreamOptions | undefined): AsyncGenerator<Uint8Array, void, undefined> {
    assertStream(path, options);
    const { start = 0, end, signal } = options ?? {};
    if (start > 0 || end === start) {
      const { size } = await this.#requests.head(path, { signal });
      assertRangeInObject(path, start, end ?? Math.max(start, size), size);
      if (start === (end ?? size)) return;
    }
    yield* this.#chunks(path, await this.#open(path, start === 0 && end === undefined ? undefined : { start, end }, signal), signal);
  }

  /** Begins to read; a range has to lie in the object. */
  async #open(path: string, range: AskedRange | undefined, signal: AbortSignal | undefined): Promise<OpenedBody> {
    const opened = await this.#requests.open(path, range, signal);
    try {
      if (range !== undefined) this.#assertAnswersRange(path, range, opened);
      return opened;
    } catch (error) {
      await opened.discard();
      throw error;
    }
  }

  /** A service that passes over the range, or gives less than it, is an error and never an answer. */
  #assertAnswersRange(path: string, { start, end }: AskedRange, { size, total = size }: OpenedBody): void {
    assertRangeInObject(path, start, end ?? total, total);
    const asked = (end ?? total) - start;
    if (size !== asked) throw new StoreError("ERR_STORE_FAILED", `${this.#requests.operation}: the service answers with ${size} bytes where ${asked} were asked for`, { path });
  }

  async #read(path: string, range: AskedRange | undefined, signal: AbortSignal | undefined): Promise<Uint8Array> {
    const opened = await this.#open(path, range, signal);
    const bytes = new Uint8Array(opened.size);
    let at = 0;
    for await (const chunk of this.#chunks(path, opened, signal)) {
      bytes.set(chunk, at);
      at += chunk.length;
    }
    return bytes;
  }

  async *#chunks(path: string, { body, size }: OpenedBody, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array, void, undefined> {
    const { operation } = this.#requests;
    let received = 0;
    const iterator = body[Symbol.asyncIterator]();
    try {
      for (;;) {
        const next = await this.#requests.receive(path, signal, async () => await iterator.next());
        if (next.done === true) break;
        received += next.value.length;
        if (received > size) break;
        // Node's chunks are views of memory that holds more than them.
        yield new Uint8Array(next.value);
      }
    } finally {
      await iterator.return?.();
    }
    if (received !== size) throw new StoreError("ERR_STORE_FAILED", `${operation}: ${received} bytes came of ${size}`, { path, retryable: true });
  }
}
