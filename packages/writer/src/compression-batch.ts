// Blocks that are compressed together: one message to a worker carries many, since a message costs more than a block.
import { allocate } from "./allocate.js";

/** Payloads, or what became of them, one behind the other, and where each one ends. */
export interface Batch {
  readonly bytes: Uint8Array;
  readonly ends: Uint32Array;
}

/** Room beyond what the blocks took before compression, for those that do not shrink. */
const GROWTH_BYTES = 64 * 1024;

/** Compresses each block of a batch. */
export function compressBatch(compress: (payload: Uint8Array) => Uint8Array, { bytes, ends }: Batch): Batch {
  const storedEnds = new Uint32Array(ends.length);
  let stored = allocate((ends.at(-1) ?? 0) + GROWTH_BYTES);
  let start = 0;
  let at = 0;
  for (const [block, end] of ends.entries()) {
    const compressed = compress(bytes.subarray(start, end));
    if (stored.length - at < compressed.length) {
      const larger = allocate(at + compressed.length + GROWTH_BYTES);
      larger.set(stored.subarray(0, at));
      stored = larger;
    }
    stored.set(compressed, at);
    at += compressed.length;
    storedEnds[block] = at;
    start = end;
  }
  return { bytes: stored, ends: storedEnds };
}
