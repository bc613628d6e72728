// Blocks on their way through workers that compress, in batches. They leave in the order in which they came.
import { type BlockTotals, SECTION_BYTES } from "@slate-sst/format";
import { allocate } from "./allocate.js";
import { type Batch, compressBatch } from "./compression-batch.js";
import { BATCHES_IN_WORKER, type CompressionPool } from "./compression-pool.js";

/** Bytes of payload that make a batch. */
const BATCH_BYTES = 256 * 1024;

/** Batches compressed here that may wait for those of the workers before them. */
const BATCHES_HERE = 2;

/** A block that waits: what index and stats will hold of it. */
export interface WaitingBlock {
  readonly separator: Uint8Array;
  readonly totals: BlockTotals;
}

/** Blocks that are finished but not in the object yet. */
export interface Waiting {
  blocks: number;
  separatorBytes: number;
  /** Bytes with their checksums, not compressed. */
  bytes: number;
}

/** Threads that compress. */
export interface Compressors {
  readonly pool: CompressionPool;
  /** How many of them. The thread that writes compresses, too, when they have enough to do. */
  readonly workers: number;
}

export interface BlockQueueParts extends Compressors {
  readonly compress: (payload: Uint8Array) => Uint8Array;
  /** Stores a compressed block; blocks come one after the other. */
  readonly store: (stored: Uint8Array, block: WaitingBlock) => Promise<void>;
  readonly waiting: Waiting;
  /** Keeps the first failure and gives it. */
  readonly onFailure: (error: unknown) => Error;
}

export class BlockQueue {
  readonly #parts: BlockQueueParts;
  #bytes: Uint8Array | undefined;
  #used = 0;
  #ends: number[] = [];
  #blocks: WaitingBlock[] = [];
  #last: Promise<void> = Promise.resolve();
  readonly #underWay: Promise<void>[] = [];

  constructor(parts: BlockQueueParts) {
    this.#parts = parts;
  }

  /** Takes a copy of a payload. @returns a promise when the caller must wait before it writes on. */
  add(payload: Uint8Array, block: WaitingBlock): Promise<void> | undefined {
    const { waiting } = this.#parts;
    waiting.blocks++;
    waiting.separatorBytes += block.separator.length;
    waiting.bytes += payload.length + SECTION_BYTES;
    if (this.#bytes !== undefined && this.#bytes.length - this.#used < payload.length) this.flush();
    this.#bytes ??= allocate(Math.max(BATCH_BYTES, payload.length));
    this.#bytes.set(payload, this.#used);
    this.#used += payload.length;
    this.#ends.push(this.#used);
    this.#blocks.push(block);
    const { workers } = this.#parts;
    return this.#underWay.length > workers * (BATCHES_IN_WORKER + 1) + BATCHES_HERE ? this.#underWay[0] : undefined;
  }

  /** Sends the blocks collected so far on their way. */
  flush(): void {
    if (this.#bytes === undefined) return;
    const batch: Batch = { bytes: this.#bytes, ends: Uint32Array.from(this.#ends) };
    const lengths = this.#ends.map((end, at) => end - (this.#ends[at - 1] ?? 0));
    const blocks = this.#blocks;
    this.#bytes = undefined;
    this.#used = 0;
    this.#ends = [];
    this.#blocks = [];
    const { pool, workers, compress, onFailure } = this.#parts;
    const compressed = pool.tryCompress(batch, workers) ?? compressBatch(compress, batch);
    // Failures are met in their turn.
    if (compressed instanceof Promise) compressed.catch(() => undefined);
    const before = this.#last;
    const done: Promise<void> = before
      .then(async () => this.#store(await compressed, blocks, lengths))
      .catch((error: unknown) => {
        throw onFailure(error);
      })
      .finally(() => void this.#underWay.shift());
    done.catch(() => undefined);
    this.#last = done;
    this.#underWay.push(done);
  }

  /** Resolves when every block that was sent on its way is in the object. */
  async settled(): Promise<void> {
    await this.#last;
  }

  async #store({ bytes, ends }: Batch, blocks: readonly WaitingBlock[], lengths: readonly number[]): Promise<void> {
    const { store, waiting } = this.#parts;
    let start = 0;
    for (const [at, block] of blocks.entries()) {
      const end = ends[at]!;
      await store(bytes.subarray(start, end), block);
      waiting.blocks--;
      waiting.separatorBytes -= block.separator.length;
      waiting.bytes -= lengths[at]! + SECTION_BYTES;
      start = end;
    }
  }
}
