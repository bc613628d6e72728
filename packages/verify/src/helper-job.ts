// What a verification and its helpers in other threads tell each other. The blocks of a file are parted into chunks. The verification
// takes them from the first on, helpers from the last one down, until they meet; a chunk is whoever's claims it first.
import type { BuiltFilter } from "@slate-sst/format";

/** What a helper needs. Arrays of shared memory are the same for all. */
export interface HelperJob {
  /** A local store and a path in it. */
  readonly url: string;
  readonly path: string;
  /** Where each block begins, and where the last one ends. */
  readonly offsets: Float64Array;
  readonly dataEnd: number;
  /** The index, and where in it each separator lies. */
  readonly index: Uint8Array;
  readonly keyStart: Uint32Array;
  readonly keyEnd: Uint32Array;
  readonly filter: BuiltFilter | undefined;
  readonly chunkBlocks: number;
  /** A word for each chunk: 0 until someone claims it. */
  readonly claims: Int32Array;
}

/** A chunk whose blocks are all sound. */
export interface HelpedChunk {
  readonly chunk: number;
  /** COUNTS_PER_BLOCK numbers for each block. */
  readonly counts: Uint32Array;
  readonly rows: number;
  readonly createTs: number;
  readonly expireTs: number;
  readonly rawKeyBytes: number;
  readonly rawValueBytes: number;
  /** The rows before the chunk and at its end. */
  readonly before: HelpedRow;
  readonly last: HelpedRow;
}

export interface HelpedRow {
  readonly key: Uint8Array;
  readonly seqHi: number;
  readonly seqLo: number;
}

/** A helper's answer, when no chunk is left. */
export interface HelperAnswer {
  readonly chunks: readonly HelpedChunk[];
  /** Least and greatest numbers of all rows it saw, as BlockChecker has them. */
  readonly ranges: Uint32Array;
  readonly filterBits: Uint8Array;
}

/** Claims a chunk. @returns whether nobody had it. */
export function claim(claims: Int32Array, chunk: number): boolean {
  return Atomics.compareExchange(claims, chunk, 0, 1) === 0;
}
