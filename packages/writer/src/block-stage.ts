// Finished blocks: from the rows' buffer to a section of the object and an entry of index and stats.
// Without codec and transformer a block is finished where its rows were encoded; nothing is copied.
import { type BlockEncoder, type BlockTotals, SECTION_BYTES, type SstIndexBuilder, type SstStatsBuilder } from "@slate-sst/format";
import { allocate } from "./allocate.js";
import type { BlockCheck } from "./block-check.js";
import type { ObjectOutput } from "./object-output.js";
import type { SectionOutput } from "./section-output.js";

/** Blocks that may wait for the transformer before callers have to wait. */
const TRANSFORMS_WAITING_MAX = 8;

/** Room beyond what a large row needs, so that the block's trailer does not move it again. */
const GROWTH_SLACK_BYTES = 64 * 1024;

/** Where rows are encoded: bytes, and the position of the next one. */
export interface RowBuffer {
  readonly bytes: Uint8Array;
  at: number;
  reserve(length: number): void;
}

/** A row buffer apart from the output, for blocks that are compressed or transformed. */
class ScratchBuffer implements RowBuffer {
  bytes: Uint8Array;
  at = 0;

  constructor(length: number) {
    this.bytes = allocate(length);
  }

  reserve(length: number): void {
    if (this.bytes.length - this.at >= length) return;
    const grown = allocate(this.at + length + GROWTH_SLACK_BYTES);
    grown.set(this.bytes.subarray(0, this.at));
    this.bytes = grown;
  }
}

export interface BlockStageParts {
  readonly output: ObjectOutput;
  readonly sections: SectionOutput;
  readonly index: SstIndexBuilder;
  readonly stats: SstStatsBuilder;
  readonly check: BlockCheck | undefined;
  readonly hasTransform: boolean;
  readonly blockSize: number;
  /** Told when a block fails outside a caller's call; gives the first failure, which everybody is told. */
  readonly onFailure: (error: unknown) => Error;
}

/** What index and stats hold of a block. */
interface BlockEntry {
  readonly separator: Uint8Array;
  readonly separatorLength: number;
  readonly totals: BlockTotals;
}

export class BlockStage {
  /** Where the next row's bytes go. */
  readonly rows: RowBuffer;
  readonly #parts: BlockStageParts;
  #start = 0;
  #waiting = 0;
  #waitingSeparatorBytes = 0;
  #waitingBytes = 0;
  #chain: Promise<void> = Promise.resolve();

  constructor(parts: BlockStageParts) {
    this.#parts = parts;
    this.rows = parts.sections.isPlain ? parts.output : new ScratchBuffer(2 * parts.blockSize);
  }

  /** Blocks handed to the transformer that are not in the index yet. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Bytes of their separators. */
  get waitingSeparatorBytes(): number {
    return this.#waitingSeparatorBytes;
  }

  /** Bytes of the blocks that were finished; those that wait for the transformer count as they are. */
  finishedSize(block: BlockEncoder): number {
    return this.#parts.output.position - (this.rows === this.#parts.output ? block.bodyLength : 0) + this.#waitingBytes;
  }

  /**
   * Finishes the block whose rows end at `rows.at`.
   * @returns a promise when the caller must wait before it writes on.
   */
  finish(block: BlockEncoder, separator: Uint8Array, separatorLength: number): Promise<void> | undefined {
    const { rows } = this;
    const { output, sections, check, hasTransform } = this.#parts;
    const totals = blockTotals(block);
    rows.reserve(block.payloadLength - block.bodyLength);
    rows.at = block.finish(rows.bytes, rows.at);
    const entry = { separator, separatorLength, totals };
    if (rows === output) {
      check?.verify(rows.bytes, this.#start, rows.at, undefined);
      this.#enter(entry, sections.seal(this.#start).offset);
      const wait = output.drain();
      this.#start = output.at;
      return wait;
    }
    const payload = rows.bytes.subarray(0, rows.at);
    const compressed = sections.compress(payload);
    // A copy to be verified, since a codec may use its output again.
    const stored = check === undefined ? compressed : new Uint8Array(compressed);
    check?.verify(rows.bytes, 0, rows.at, stored);
    rows.at = 0;
    if (hasTransform) return this.#transform(new Uint8Array(stored), { ...entry, separator: separator.slice(0, separatorLength) });
    this.#enter(entry, sections.storeBlock(stored).offset);
    return output.drain();
  }

  /** Resolves when every block has gone into the output. */
  async settled(): Promise<void> {
    await this.#chain;
  }

  #enter({ separator, separatorLength, totals }: BlockEntry, offset: number): void {
    this.#parts.stats.addBlock(totals);
    this.#parts.index.add(offset, separator, 0, separatorLength);
  }

  #transform(stored: Uint8Array, entry: BlockEntry): Promise<void> | undefined {
    const { sections, output, onFailure } = this.#parts;
    this.#waiting++;
    this.#waitingSeparatorBytes += entry.separatorLength;
    this.#waitingBytes += stored.length + SECTION_BYTES;
    const stage = async (): Promise<void> => {
      output.check();
      const changed = await sections.transformed(stored);
      this.#enter(entry, sections.storeBlock(changed).offset);
      this.#waiting--;
      this.#waitingSeparatorBytes -= entry.separatorLength;
      this.#waitingBytes -= stored.length + SECTION_BYTES;
      await output.drain();
    };
    this.#chain = this.#chain.then(stage).catch((error: unknown) => {
      throw onFailure(error);
    });
    this.#chain.catch(() => undefined);
    return this.#waiting > TRANSFORMS_WAITING_MAX ? this.#chain : undefined;
  }
}

/** What the stats hold of a block, and what it adds to their sums. */
export function blockTotals(block: BlockEncoder): BlockTotals {
  return { numPuts: block.puts, numDeletes: block.deletes, numMerges: block.merges, rawKeySize: block.rawKeyBytes, rawValSize: block.rawValueBytes };
}
