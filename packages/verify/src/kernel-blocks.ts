// The fast way over data blocks: the kernel walks many of them at once in its own memory and says how many are surely sound, and
// what their rows come to. From the first it is not sure of, the rules take over, from the same state, and find out what there is.
import { BlockChecker, type BuiltFilter, crc32Range, decodeSection, Section } from "@slate-sst/format";
import { RANGE_BYTES } from "@slate-sst/reader";
import type { IndexView } from "./index-rules.js";

/** Numbers for each block that is sound: rows, tombstones, merge operands. */
export const COUNTS_PER_BLOCK = 3;

/** Blocks there is room for to begin with. */
const FIRST_BLOCKS = 64;

/** Blocks that the kernel found sound, one behind the other. */
export class SoundBlocks {
  /** COUNTS_PER_BLOCK numbers a block. */
  counts: Uint32Array = new Uint32Array(COUNTS_PER_BLOCK * FIRST_BLOCKS);
  blocks = 0;
  rows = 0;
  createTs = 0;
  expireTs = 0;
  rawKeyBytes = 0;
  rawValueBytes = 0;

  clear(): void {
    this.blocks = this.rows = this.createTs = this.expireTs = this.rawKeyBytes = this.rawValueBytes = 0;
  }

  /** Adds what another one holds. */
  addAll(other: SoundBlocks): void {
    const at = this.blocks * COUNTS_PER_BLOCK;
    const length = other.blocks * COUNTS_PER_BLOCK;
    if (at + length > this.counts.length) {
      const grown = new Uint32Array(2 * (at + length));
      grown.set(this.counts);
      this.counts = grown;
    }
    this.counts.set(other.counts.subarray(0, length), at);
    this.blocks += other.blocks;
    this.rows += other.rows;
    this.createTs += other.createTs;
    this.expireTs += other.expireTs;
    this.rawKeyBytes += other.rawKeyBytes;
    this.rawValueBytes += other.rawValueBytes;
  }

  /** The numbers of all blocks, as a copy. */
  takeCounts(): Uint32Array {
    return this.counts.slice(0, this.blocks * COUNTS_PER_BLOCK);
  }

  add(rows: number, deletes: number, merges: number, keyBytes: number, valueBytes: number, createTs: number, expireTs: number): void {
    const at = this.blocks++ * COUNTS_PER_BLOCK;
    if (at === this.counts.length) {
      const grown = new Uint32Array(2 * at);
      grown.set(this.counts);
      this.counts = grown;
    }
    this.counts[at] = rows;
    this.counts[at + 1] = deletes;
    this.counts[at + 2] = merges;
    this.rows += rows;
    this.rawKeyBytes += keyBytes;
    this.rawValueBytes += valueBytes;
    this.createTs += createTs;
    this.expireTs += expireTs;
  }
}

/** What the fast way has to know of the index. */
export type BlockIndex = Pick<IndexView, "payload" | "columns" | "range">;

/** Sums over blocks that are sound. */
export type SoundSums = Pick<SoundBlocks, "counts" | "rows" | "createTs" | "expireTs" | "rawKeyBytes" | "rawValueBytes">;

export class KernelBlocks {
  readonly checker: BlockChecker;
  /** What the last call found. */
  readonly sound = new SoundBlocks();
  readonly #index: BlockIndex;
  readonly #section = new Section();
  /** The block that was not surely sound when it was looked at last. */
  #doubtful = -1;

  private constructor(checker: BlockChecker, index: BlockIndex) {
    this.checker = checker;
    this.#index = index;
  }

  /** @param filter built from all keys on the way. @returns undefined where there is no kernel. */
  static create(index: BlockIndex, filter: BuiltFilter | undefined): KernelBlocks | undefined {
    const checker = BlockChecker.create(RANGE_BYTES, filter);
    return checker === undefined ? undefined : new KernelBlocks(checker, index);
  }

  /**
   * Checks blocks whose stored bytes are their payloads: as many as are looked at in one go, checksums included.
   * @param bytes in the checker's memory, blocks from `first` to before `end`; `offset` is their position in the file. @returns how many are sound.
   */
  run(bytes: Uint8Array, offset: number, first: number, end: number): number {
    if (first === this.#doubtful) return 0;
    const { checker } = this;
    checker.clear();
    let isDamaged = false;
    for (let block = first; block < end && !isDamaged; block++) {
      const range = this.#index.range(block);
      const start = range.start - offset;
      decodeSection(bytes, start, range.end - offset, this.#section);
      const { payloadEnd, crc32 } = this.#section;
      if (!this.#add(bytes, start, payloadEnd, block)) break;
      isDamaged = crc32Range(bytes, start, payloadEnd) !== crc32;
      if (isDamaged) checker.dropLast();
    }
    const count = this.#check(first);
    if (isDamaged || count < checker.count || count === 0) this.#doubtful = first + count;
    return count;
  }

  /** Checks one payload. @returns whether it is sound. */
  runOne(payload: Uint8Array, block: number): boolean {
    const { checker } = this;
    checker.clear();
    if (payload.length > checker.scratch.length) return false;
    checker.scratch.set(payload);
    this.#add(checker.scratch, 0, payload.length, block);
    return this.#check(block) === 1;
  }

  #add(bytes: Uint8Array, start: number, end: number, block: number): boolean {
    const { payload, columns } = this.#index;
    return this.checker.add(bytes, start, end, payload, columns.keyStart[block]!, columns.keyEnd[block]!);
  }

  #check(first: number): number {
    const { checker, sound } = this;
    const count = checker.check(first === 0);
    sound.clear();
    for (let block = 0; block < count; block++) {
      sound.add(
        checker.number(block, "rows"), checker.number(block, "deletes"), checker.number(block, "merges"),
        checker.number(block, "keyBytes"), checker.number(block, "valueBytes"), checker.number(block, "creates"), checker.number(block, "expires"),
      );
    }
    return count;
  }
}
