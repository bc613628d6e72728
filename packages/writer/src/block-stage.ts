// Finished blocks: from the rows' buffer to a section of the object and an entry of index and stats.
// Without codec and transformer a block is finished where its rows were encoded; nothing is copied.
import { type BlockEncoder, type BlockTotals, SECTION_BYTES, type SstIndexBuilder, type SstStatsBuilder } from "@slate-sst/format";
import type { BlockCheck } from "./block-check.js";
import { BlockQueue, type Compressors, type Waiting, type WaitingBlock } from "./block-queue.js";
import type { Checkpointer } from "./checkpoint/checkpointer.js";
import type { ObjectOutput } from "./object-output.js";
import { type RowBuffer, ScratchBuffer } from "./row-buffer.js";
import type { SectionOutput } from "./section-output.js";

/** Blocks that may wait for the transformer before callers have to wait. */
const TRANSFORMS_WAITING_MAX = 8;

export interface BlockStageParts {
  readonly output: ObjectOutput;
  readonly sections: SectionOutput;
  readonly index: SstIndexBuilder;
  readonly stats: SstStatsBuilder;
  readonly check: BlockCheck | undefined;
  readonly hasTransform: boolean;
  /** Threads that compress, and how many of them; undefined when this one does. */
  readonly compressors: Compressors | undefined;
  readonly blockSize: number;
  /** Told of the size of each block as stored; undefined when nobody wants to know. */
  readonly onBlock: ((size: number) => void) | undefined;
  /** Undefined without checkpoints. */
  readonly checkpoints: Checkpointer | undefined;
  /** Told when a block fails outside a caller's call; gives the first failure, which everybody is told. */
  readonly onFailure: (error: unknown) => Error;
}

export class BlockStage {
  /** Where the next row's bytes go. */
  readonly rows: RowBuffer;
  readonly #parts: BlockStageParts;
  #start = 0;
  readonly #waiting: Waiting = { blocks: 0, separatorBytes: 0, bytes: 0 };
  readonly #queue: BlockQueue | undefined;
  #chain: Promise<void> = Promise.resolve();

  constructor(parts: BlockStageParts) {
    this.#parts = parts;
    this.rows = parts.sections.isPlain ? parts.output : new ScratchBuffer(2 * parts.blockSize);
    const { compressors, sections, onFailure } = parts;
    if (compressors === undefined) return;
    const store = (stored: Uint8Array, block: WaitingBlock): Promise<void> => this.#store(stored, block);
    this.#queue = new BlockQueue({ ...compressors, compress: (payload) => sections.compress(payload), store, waiting: this.#waiting, onFailure });
  }

  /** Blocks handed to the transformer that are not in the index yet. */
  get waiting(): number {
    return this.#waiting.blocks;
  }

  /** Bytes of their separators. */
  get waitingSeparatorBytes(): number {
    return this.#waiting.separatorBytes;
  }

  /** Bytes of the blocks that were finished; those that wait for the transformer count as they are. */
  finishedSize(block: BlockEncoder): number {
    return this.#parts.output.position - (this.rows === this.#parts.output ? block.bodyLength : 0) + this.#waiting.bytes;
  }

  /**
   * Finishes the block whose rows end at `rows.at`.
   * @returns a promise when the caller must wait before it writes on.
   */
  finish(block: BlockEncoder, separator: Uint8Array, separatorLength: number): Promise<void> | undefined {
    const { rows } = this;
    const { output, sections, check } = this.#parts;
    const totals = blockTotals(block);
    rows.reserve(block.payloadLength - block.bodyLength);
    rows.at = block.finish(rows.bytes, rows.at);
    if (rows === output) {
      check?.verify(rows.bytes, this.#start, rows.at, undefined);
      this.#enter(sections.seal(this.#start), separator, 0, separatorLength, totals);
      return this.drain();
    }
    const { bytes, at } = rows;
    rows.at = 0;
    return this.take(bytes, 0, at, separator, 0, separatorLength, totals);
  }

  /**
   * Takes a block's payload, `bytes` from `start` to `end`, which was made elsewhere. No other block is open.
   * @returns a promise when the caller must wait before it writes on.
   */
  take(bytes: Uint8Array, start: number, end: number, separator: Uint8Array, separatorStart: number, separatorEnd: number, totals: BlockTotals): Promise<void> | undefined {
    const { sections, check } = this.#parts;
    if (this.#queue !== undefined) return this.#queue.add(bytes.subarray(start, end), { separator: separator.slice(separatorStart, separatorEnd), totals });
    const compressed = sections.compress(bytes.subarray(start, end));
    // A copy to be verified, since a codec may use its output again.
    const stored = check === undefined ? compressed : new Uint8Array(compressed);
    check?.verify(bytes, start, end, stored);
    return this.takeStored(stored, separator, separatorStart, separatorEnd, totals);
  }

  /**
   * Takes a block whose payload lies in the output's bytes, right behind what is there, with room for its checksum; others may
   * follow it. drain() has to be called when there are no more.
   */
  takeInPlace(payloadLength: number, separator: Uint8Array, separatorStart: number, separatorEnd: number, totals: BlockTotals): void {
    const { output, sections } = this.#parts;
    const start = output.at;
    output.at += payloadLength;
    this.#enter(sections.seal(start), separator, separatorStart, separatorEnd, totals);
  }

  /** Takes a block that is compressed already. Its bytes are of no use to anybody else until the call returns. */
  takeStored(stored: Uint8Array, separator: Uint8Array, separatorStart: number, separatorEnd: number, totals: BlockTotals): Promise<void> | undefined {
    const { sections, hasTransform } = this.#parts;
    if (hasTransform) return this.#transform(new Uint8Array(stored), separator.slice(separatorStart, separatorEnd), totals);
    this.#enter(sections.storeBlock(stored), separator, separatorStart, separatorEnd, totals);
    return this.drain();
  }

  /** No more blocks follow: those that wait for others leave, too. */
  flush(): void {
    this.#queue?.flush();
  }

  /** Resolves when every block that is on its way has gone into the output. */
  async settled(): Promise<void> {
    await this.#queue?.settled();
    await this.#chain;
  }

  #enter(offset: number, separator: Uint8Array, separatorStart: number, separatorEnd: number, totals: BlockTotals): void {
    const { stats, index, output, checkpoints, onBlock } = this.#parts;
    stats.addBlock(totals);
    index.add(offset, separator, separatorStart, separatorEnd);
    onBlock?.(output.position - offset);
    checkpoints?.addBlock(output.position - offset, separator, separatorStart, separatorEnd, totals);
  }

  async #store(stored: Uint8Array, { separator, totals }: WaitingBlock): Promise<void> {
    const { output, sections, hasTransform } = this.#parts;
    output.check();
    const changed = hasTransform ? await sections.transformed(new Uint8Array(stored)) : stored;
    this.#enter(sections.storeBlock(changed), separator, 0, separator.length, totals);
    const wait = this.drain();
    if (wait !== undefined) await wait;
  }

  /** Sends what makes whole parts. @returns a promise when the caller must wait before it writes on. */
  drain(): Promise<void> | undefined {
    const { output, checkpoints } = this.#parts;
    const wait = output.drain();
    this.#start = output.at;
    return checkpoints === undefined ? wait : checkpoints.drained(wait);
  }

  #transform(stored: Uint8Array, separator: Uint8Array, totals: BlockTotals): Promise<void> | undefined {
    const { sections, output, onFailure } = this.#parts;
    const waiting = this.#waiting;
    waiting.blocks++;
    waiting.separatorBytes += separator.length;
    waiting.bytes += stored.length + SECTION_BYTES;
    const stage = async (): Promise<void> => {
      output.check();
      const changed = await sections.transformed(stored);
      this.#enter(sections.storeBlock(changed), separator, 0, separator.length, totals);
      waiting.blocks--;
      waiting.separatorBytes -= separator.length;
      waiting.bytes -= stored.length + SECTION_BYTES;
      await output.drain();
    };
    this.#chain = this.#chain.then(stage).catch((error: unknown) => {
      throw onFailure(error);
    });
    this.#chain.catch(() => undefined);
    return waiting.blocks > TRANSFORMS_WAITING_MAX ? this.#chain : undefined;
  }
}

/** What the stats hold of a block, and what it adds to their sums. */
export function blockTotals(block: BlockEncoder): BlockTotals {
  return { numPuts: block.puts, numDeletes: block.deletes, numMerges: block.merges, rawKeySize: block.rawKeyBytes, rawValSize: block.rawValueBytes };
}
