// The blocks finished since the last checkpoint: what index and stats hold of them, as a journal keeps it. Its layout is described at
// CheckpointBlocks in spec/proto.
import { type BlockTotals, SstError, type SstIndexBuilder, type SstStatsBuilder } from "@slate-sst/format";
import type { CheckpointBlocks } from "@slate-sst/format/proto";
import { type BlockBytes, corruptRecord } from "./journal-record.js";

/** Words of a block. */
const LENGTH = 0;
const CRC32 = 1;
const SEPARATOR = 2;
const PUTS = 3;
const DELETES = 4;
const MERGES = 5;
const KEY_BYTES = 6;
const VALUE_BYTES = 7;
const BLOCK_WORDS = 8;

const WORD_BYTES = Uint32Array.BYTES_PER_ELEMENT;

/** What a word holds. */
const WORD_MAX = 2 ** 32 - 1;

/** Room at first: words of as many blocks as a part of 5 MiB has, and bytes of their separators. */
const BLOCKS_ROOM = 1536;
const SEPARATORS_ROOM = 16 * BLOCKS_ROOM;

const isLittleEndian = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/** A place between two blocks. */
export interface BlockMark {
  readonly words: number;
  readonly separatorBytes: number;
}

export class BlockDelta {
  #words = new Uint32Array(BLOCKS_ROOM * BLOCK_WORDS);
  #used = 0;
  #separators = new Uint8Array(SEPARATORS_ROOM);
  #separatorBytes = 0;
  /** Memory that was given back. */
  readonly #spare: BlockBytes[] = [];

  /** @throws SstError ERR_SST_LIMIT_MEMORY for a block of 4 GiB or more. */
  add(length: number, crc32: number, separator: Uint8Array, start: number, end: number, totals: BlockTotals): void {
    const { numPuts, numDeletes, numMerges, rawKeySize, rawValSize } = totals;
    if (length > WORD_MAX || rawKeySize > WORD_MAX || rawValSize > WORD_MAX) {
      throw new SstError("ERR_SST_LIMIT_MEMORY", `a block of ${length} bytes is more than a journal can tell of (${WORD_MAX})`, { details: { length, limit: WORD_MAX } });
    }
    this.#reserve(BLOCK_WORDS, end - start);
    const words = this.#words;
    const at = this.#used;
    words[at + LENGTH] = length;
    words[at + CRC32] = crc32;
    words[at + SEPARATOR] = end - start;
    words[at + PUTS] = numPuts;
    words[at + DELETES] = numDeletes;
    words[at + MERGES] = numMerges;
    words[at + KEY_BYTES] = rawKeySize;
    words[at + VALUE_BYTES] = rawValSize;
    this.#used = at + BLOCK_WORDS;
    const separators = this.#separators;
    let to = this.#separatorBytes;
    for (let from = start; from < end; from++) separators[to++] = separator[from]!;
    this.#separatorBytes = to;
  }

  /** How much there is now, for take(). */
  get mark(): BlockMark {
    return { words: this.#used, separatorBytes: this.#separatorBytes };
  }

  /** What was collected up to a mark, not copied: the memory is used again when it is given back. The rest stays. */
  take({ words: used, separatorBytes }: BlockMark): BlockBytes {
    const [words, separators] = [this.#words, this.#separators];
    const rest = { words: words.subarray(used, this.#used), separators: separators.subarray(separatorBytes, this.#separatorBytes) };
    const spare = this.#spare.pop();
    this.#words = spare === undefined ? new Uint32Array(words.length) : new Uint32Array(spare.words.buffer);
    this.#separators = spare === undefined ? new Uint8Array(separators.length) : new Uint8Array(spare.separators.buffer);
    this.clear();
    this.#reserve(rest.words.length, rest.separators.length);
    this.#words.set(rest.words);
    this.#separators.set(rest.separators);
    [this.#used, this.#separatorBytes] = [rest.words.length, rest.separators.length];
    const taken = littleEndian(words.subarray(0, used));
    return { words: new Uint8Array(taken.buffer, 0, taken.byteLength), separators: separators.subarray(0, separatorBytes) };
  }

  /** What take() gave is of no use to anybody any more. */
  giveBack(taken: BlockBytes): void {
    this.#spare.push(taken);
  }

  /** Begins anew. */
  clear(): void {
    this.#used = 0;
    this.#separatorBytes = 0;
  }

  #reserve(words: number, separatorBytes: number): void {
    const wordsNeeded = this.#used + words;
    if (wordsNeeded > this.#words.length) {
      const grown = new Uint32Array(2 * wordsNeeded);
      grown.set(this.#words.subarray(0, this.#used));
      this.#words = grown;
    }
    const needed = this.#separatorBytes + separatorBytes;
    if (needed <= this.#separators.length) return;
    const separators = new Uint8Array(2 * needed);
    separators.set(this.#separators.subarray(0, this.#separatorBytes));
    this.#separators = separators;
  }
}

/** Blocks that were written before, for a replay to be held against. */
export interface ExpectedBlocks {
  /** CRC-32 of the object's bytes up to the end of each. */
  readonly crc32: readonly number[];
  /** Rows of each. */
  readonly rows: readonly number[];
}

/**
 * Enters blocks of a record into index and stats, and adds them to those that are expected.
 * @param offset of the first of them in the object. @param where for errors. @returns the offset behind the last.
 * @throws SstError ERR_SST_CHECKPOINT_CORRUPT when the record does not hold together.
 */
export function enterBlocks(
  { words: bytes, separators }: CheckpointBlocks, offset: number, index: SstIndexBuilder, stats: SstStatsBuilder, expected: { readonly crc32: number[]; readonly rows: number[] }, where: string,
): number {
  if (bytes.length % (BLOCK_WORDS * WORD_BYTES) !== 0) throw corruptRecord(where, "has a piece of a block");
  const copy = new Uint8Array(bytes);
  const words = littleEndian(new Uint32Array(copy.buffer));
  let at = offset;
  let separatorAt = 0;
  for (let block = 0; block < words.length; block += BLOCK_WORDS) {
    const [length, crc32, separatorLength, numPuts, numDeletes, numMerges, rawKeySize, rawValSize] = words.subarray(block, block + BLOCK_WORDS);
    const separatorEnd = separatorAt + separatorLength!;
    if (separatorEnd > separators.length) throw corruptRecord(where, "has fewer bytes of separators than it says");
    stats.addBlock({ numPuts: numPuts!, numDeletes: numDeletes!, numMerges: numMerges!, rawKeySize: rawKeySize!, rawValSize: rawValSize! });
    index.add(at, separators, separatorAt, separatorEnd);
    expected.crc32.push(crc32!);
    expected.rows.push(numPuts! + numDeletes! + numMerges!);
    at += length!;
    separatorAt = separatorEnd;
  }
  return at;
}

/** Turns words around, in place, where the machine has them the other way. */
function littleEndian(words: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  if (isLittleEndian) return words;
  const view = new DataView(words.buffer);
  for (const [at, word] of words.entries()) view.setUint32(at * WORD_BYTES, word, true);
  return words;
}
