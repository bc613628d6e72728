// The file under verification: its size, its last bytes, and any range of it, counted.
import { crc32Range, SstError } from "@slate-sst/format";
import { isStoreError, type ObjectStore } from "@slate-sst/object-store";

/** Bytes of the file's end that are fetched first: footer, info, and the other sections of most files. */
const TAIL_BYTES = 64 * 1024;
/** Bytes of one request where a range is only passed over. */
const STEP_BYTES = 1024 * 1024;

export class FileSource {
  readonly store: ObjectStore;
  readonly path: string;
  readonly size: number;
  /** Bytes fetched by this source so far. */
  bytesRead = 0;
  readonly #signal: AbortSignal | undefined;
  #tail = new Uint8Array(0);

  private constructor(store: ObjectStore, path: string, size: number, signal: AbortSignal | undefined) {
    this.store = store;
    this.path = path;
    this.size = size;
    this.#signal = signal;
  }

  /** @throws StoreError. */
  static async open(store: ObjectStore, path: string, signal: AbortSignal | undefined): Promise<FileSource> {
    const { size } = await store.head(path, { signal });
    const source = new FileSource(store, path, size, signal);
    source.#tail = await source.#fetch(Math.max(0, size - TAIL_BYTES), size);
    return source;
  }

  /** Where the last bytes begin that are at hand. */
  get tailStart(): number {
    return this.size - this.#tail.length;
  }

  /** Bytes from `start` to before `end`, which lie in the file. Not a copy when they are at hand. */
  async read(start: number, end: number): Promise<Uint8Array> {
    const { tailStart } = this;
    return start >= tailStart ? this.#tail.subarray(start - tailStart, end - tailStart) : this.#fetch(start, end);
  }

  /** The same in steps of bounded size. */
  async *steps(start: number, end: number): AsyncGenerator<Uint8Array, void, undefined> {
    for (let at = start; at < end; at += STEP_BYTES) yield await this.read(at, Math.min(end, at + STEP_BYTES));
  }

  /** CRC-32 of a range of any length. */
  async crc32(start: number, end: number): Promise<number> {
    let crc = 0;
    for await (const bytes of this.steps(start, end)) crc = crc32Range(bytes, 0, bytes.length, crc);
    return crc;
  }

  async #fetch(start: number, end: number): Promise<Uint8Array<ArrayBuffer>> {
    if (start === end) return new Uint8Array(0);
    try {
      const bytes = await this.store.getRange(this.path, start, end, { signal: this.#signal });
      this.bytesRead += bytes.length;
      return plain(bytes);
    } catch (cause) {
      throw changedMeanwhile(cause, this.path, this.size);
    }
  }
}

/** A store's error; where it says that the object has become shorter, the error that tells so. */
export function changedMeanwhile(cause: unknown, path: string, size: number): unknown {
  if (!isStoreError(cause, "ERR_STORE_RANGE")) return cause;
  return new SstError("ERR_SST_TRUNCATED", `${path} had ${size} bytes when verification began and has become shorter`, { cause, details: { path: "file", size } });
}

/** A Uint8Array proper over the same memory: a Buffer's slice() would share memory where ours must copy. */
function plain(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength);
}
