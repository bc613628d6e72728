// The hashes of all keys of an SST, kept until its filter can be sized: 8 bytes a key, in chunks that are never copied.
import { Spare } from "./spare.js";
import { sipHash13 } from "./siphash.js";

/** 32-bit words of one hash: its low half, then its high half. */
const HASH_WORDS = 2;

/** Bytes of one hash. */
export const HASH_BYTES = HASH_WORDS * Uint32Array.BYTES_PER_ELEMENT;

/** Hashes in the first chunk (4 KiB), so that a small SST stays cheap. */
const FIRST_CHUNK_HASHES = 512;

/** Hashes in the largest chunk (512 KiB); each chunk is twice its predecessor until then. Bounds the memory not yet used. */
export const LARGEST_CHUNK_HASHES = 65536;

const NO_WORDS = new Uint32Array(0);

/** Chunks of the largest size that were released: 32 MiB at most. */
const spare = new Spare<Uint32Array<ArrayBuffer>>(64);

/** An append-only list of 64-bit key hashes. */
export class KeyHashes {
  readonly #full: Uint32Array<ArrayBuffer>[] = [];
  #hashesInFull = 0;
  #chunk = new Uint32Array(FIRST_CHUNK_HASHES * HASH_WORDS);
  #used = 0;

  /** Hashes added. */
  get count(): number {
    return this.#hashesInFull + this.#used / HASH_WORDS;
  }

  /** Bytes of memory taken, at most 8 a hash and one chunk that is not full. */
  get allocatedBytes(): number {
    return (this.#hashesInFull * HASH_WORDS + this.#chunk.length) * Uint32Array.BYTES_PER_ELEMENT;
  }

  /**
   * Adds the hash of the key `bytes[start .. end)`, whether or not it was added before: duplicates count.
   * @throws SstRangeError ERR_SST_OPTION_INVALID when the range does not lie inside `bytes`; nothing is added then.
   */
  add(bytes: Uint8Array, start: number, end: number): void {
    if (this.#used === this.#chunk.length) this.#startChunk();
    sipHash13(bytes, start, end, this.#chunk, this.#used);
    this.#used += HASH_WORDS;
  }

  /** Adds hashes that were made elsewhere: low half, high half, low half, ... */
  addAll(words: Uint32Array): void {
    for (let from = 0; from < words.length; ) {
      if (this.#used === this.#chunk.length) this.#startChunk();
      const end = Math.min(words.length, from + this.#chunk.length - this.#used);
      this.#chunk.set(from === 0 && end === words.length ? words : words.subarray(from, end), this.#used);
      this.#used += end - from;
      from = end;
    }
  }

  /**
   * All hashes in the order they were added, in pieces: low half, high half, low half, ...
   * The pieces are views of the list's memory, not copies.
   */
  *chunks(): Generator<Uint32Array, void, undefined> {
    yield* this.#full;
    if (this.#used > 0) yield this.#chunk.subarray(0, this.#used);
  }

  /** Forgets all hashes; its memory is used again. Nobody has a view of it any more. */
  release(): void {
    for (const chunk of [...this.#full, this.#chunk]) {
      if (chunk.length === LARGEST_CHUNK_HASHES * HASH_WORDS) spare.give(chunk);
    }
    this.#full.length = this.#hashesInFull = this.#used = 0;
    this.#chunk = NO_WORDS;
  }

  /**
   * The hashes from the one at `from` to before the one at `to`, 8 bytes each, in pieces that are views of the list's memory. Its bytes
   * stay as they are whatever is added later.
   */
  bytes(from: number, to: number): Uint8Array[] {
    let at = 0;
    const pieces: Uint8Array[] = [];
    for (const words of this.chunks()) {
      const [start, end] = [from, to].map((hash) => Math.min(Math.max(0, hash * HASH_WORDS - at), words.length)) as [number, number];
      at += words.length;
      if (end > start) pieces.push(new Uint8Array(words.buffer, words.byteOffset + start * Uint32Array.BYTES_PER_ELEMENT, (end - start) * Uint32Array.BYTES_PER_ELEMENT));
    }
    return pieces;
  }

  /** Adds what bytes() gave, in one piece. */
  addBytes(bytes: Uint8Array): void {
    // A copy, since words must be aligned.
    const words = new Uint32Array(Math.floor(bytes.length / HASH_BYTES) * HASH_WORDS);
    new Uint8Array(words.buffer).set(bytes.subarray(0, words.byteLength));
    this.addAll(words);
  }

  #startChunk(): void {
    const words = this.#chunk.length;
    if (words > 0) this.#full.push(this.#chunk);
    this.#hashesInFull += words / HASH_WORDS;
    this.#chunk = newChunk(Math.min(Math.max(words * 2, FIRST_CHUNK_HASHES * HASH_WORDS), LARGEST_CHUNK_HASHES * HASH_WORDS));
    this.#used = 0;
  }
}

function newChunk(words: number): Uint32Array<ArrayBuffer> {
  return (words === LARGEST_CHUNK_HASHES * HASH_WORDS ? spare.take(() => true) : undefined) ?? new Uint32Array(words);
}
