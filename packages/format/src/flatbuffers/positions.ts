// A growing list of positions, four bytes each: an index may have tens of millions of blocks.
import type { PositionSource } from "./layout.js";

/** Positions per chunk, as a power of two: 64 Ki of them are 256 KiB. */
const CHUNK_SHIFT = 16;
const CHUNK_LENGTH = 1 << CHUNK_SHIFT;

/** Positions of the first chunk, so that a small SST stays small. */
const FIRST_LENGTH = 64;

export class PositionList implements PositionSource {
  #chunks: Uint32Array[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  at(index: number): number | undefined {
    return index < this.#length ? this.#chunks[index >>> CHUNK_SHIFT]?.[index & (CHUNK_LENGTH - 1)] : undefined;
  }

  push(position: number): void {
    const inChunk = this.#length & (CHUNK_LENGTH - 1);
    let chunk = this.#chunks[this.#length >>> CHUNK_SHIFT];
    if (chunk === undefined || inChunk === chunk.length) {
      const larger: Uint32Array = new Uint32Array(this.#length < CHUNK_LENGTH ? Math.max(inChunk * 2, FIRST_LENGTH) : CHUNK_LENGTH);
      if (chunk !== undefined) larger.set(chunk);
      this.#chunks[this.#length >>> CHUNK_SHIFT] = larger;
      chunk = larger;
    }
    chunk[inChunk] = position;
    this.#length++;
  }

  /** Forgets everything. */
  clear(): void {
    this.#chunks = [];
    this.#length = 0;
  }
}
