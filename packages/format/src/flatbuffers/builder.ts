// Builds a FlatBuffer back to front in chunks, so that growing copies nothing; finish() joins them once.
import { SstError } from "../errors.js";
import { HIGH_HALF, INT_BYTES, SHORT_BYTES } from "./encoding.js";
import { FlatBufferLayout, type PositionSource } from "./layout.js";

/** Bytes of the smallest and the largest chunk. A chunk is as large as all before it, within these bounds. */
const CHUNK_BYTES_MIN = 1024;
const CHUNK_BYTES_MAX = 1 << 20;

const BITS_PER_BYTE = 8;

/** Runs up to this long are copied by a loop: below it, the call of a typed array's set() costs more than the copy. */
const COPY_LOOP_BYTES_MAX = 24;

/** Bits of one half of a 64-bit scalar. */
const HALF_BITS = 32n;
const HALF_MASK = 0xffff_ffffn;

export class FlatBufferBuilder extends FlatBufferLayout {
  /** Full chunks; the buffer's end is in the first one. */
  #full: Uint8Array[] = [];
  #chunk = new Uint8Array(CHUNK_BYTES_MIN);
  #view = new DataView(this.#chunk.buffer);
  /** Bytes of the chunk that are still free; they lie before the used ones. */
  #free = CHUNK_BYTES_MIN;
  #finished = false;

  /** Completes the buffer with its root table and returns it. The builder is of no further use. */
  finish(root: number): Uint8Array {
    const chunks = this.finishChunks(root);
    const bytes = new Uint8Array(this.used);
    let at = 0;
    for (const chunk of chunks) {
      bytes.set(chunk, at);
      at += chunk.length;
    }
    return bytes;
  }

  /** The same in pieces, first bytes first, without the memory of a second copy. */
  finishChunks(root: number): Uint8Array[] {
    this.finishRoot(root);
    this.#finished = true;
    const chunks = [this.#chunk.subarray(this.#free), ...this.#full.reverse()];
    this.#full = [];
    return chunks;
  }

  protected override advance(bytes: number): void {
    if (this.#finished) throw new SstError("ERR_SST_STATE", "the FlatBuffer is finished");
    super.advance(bytes);
  }

  protected override int(value: number, bytes: number): void {
    this.advance(bytes);
    if (this.#free >= bytes) {
      this.#free -= bytes;
      if (bytes === INT_BYTES) this.#view.setInt32(this.#free, value, true);
      else if (bytes === SHORT_BYTES) this.#view.setInt16(this.#free, value, true);
      else this.#chunk[this.#free] = value;
      return;
    }
    for (let shift = (bytes - 1) * BITS_PER_BYTE; shift >= 0; shift -= BITS_PER_BYTE) this.#byte(value >>> shift);
  }

  protected override long(value: bigint): void {
    this.int(Number((value >> HALF_BITS) & HALF_MASK), INT_BYTES);
    this.int(Number(value & HALF_MASK), INT_BYTES);
  }

  protected override safeLong(value: number): void {
    this.int(Math.floor(value / HIGH_HALF), INT_BYTES);
    this.int(value >>> 0, INT_BYTES);
  }

  protected override raw(bytes: Uint8Array, start: number, end: number): void {
    this.advance(end - start);
    let rest = end;
    if (end - start <= COPY_LOOP_BYTES_MAX && end - start <= this.#free) {
      const chunk = this.#chunk;
      let at = this.#free;
      while (rest > start) chunk[--at] = bytes[--rest]!;
      this.#free = at;
      return;
    }
    while (rest > start) {
      if (this.#free === 0) this.#grow(rest - start);
      const taken = Math.min(rest - start, this.#free);
      this.#free -= taken;
      rest -= taken;
      this.#chunk.set(bytes.subarray(rest, rest + taken), this.#free);
    }
  }

  protected override zeros(count: number): void {
    this.advance(count);
    for (let index = 0; index < count; index++) this.#byte(0);
  }

  protected override references(targets: PositionSource): void {
    for (let index = targets.length - 1; index >= 0; index--) {
      const target = targets.at(index);
      if (target === undefined) throw new SstError("ERR_SST_STATE", `no position for element ${index}`);
      this.reference(target);
    }
  }

  /** One byte: the lowest eight bits of the value. */
  #byte(value: number): void {
    if (this.#free === 0) this.#grow(1);
    this.#chunk[--this.#free] = value;
  }

  /** A new chunk; a large vector gets one of its own size, so that it is stored in one piece. */
  #grow(needed: number): void {
    this.#full.push(this.#chunk);
    const size = Math.min(Math.max(this.used, CHUNK_BYTES_MIN), CHUNK_BYTES_MAX);
    this.#chunk = new Uint8Array(Math.max(size, needed));
    this.#view = new DataView(this.#chunk.buffer);
    this.#free = this.#chunk.length;
  }
}
