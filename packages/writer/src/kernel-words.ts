// What the kernel writes of blocks and of all rows (packages/format/assembly/rows.ts), word by word.
import { BLOCK_LAYOUTS, type BlockTotals, KERNEL_FORMAT_VERSION, SECTION_BYTES } from "@slate-sst/format";
import { asUnsigned, type NumberRange } from "./int64.js";
import type { PendingBlock } from "./size-estimate.js";

/** Words of 32 bits of a block's description. */
export const BLOCK_WORDS = 10;
const START = 0;
const END = 1;
const SEPARATOR_START = 2;
const SEPARATOR_LENGTH = 3;
const ROWS = 4;
const DELETES = 5;
const MERGES = 6;
const KEY_BYTES = 7;
const VALUE_BYTES = 8;
const RESTARTS = 9;

/** Words of 64 bits of what is known of all rows. */
export const RANGE_WORDS = 9;
const LAST_SEQ = 0;
const SEQ_MIN = 1;
const SEQ_MAX = 2;
/** Count, least and greatest. */
const EXPIRE_TS = 3;
const CREATE_TS = 6;

/** Takes a finished block; payload and separator lie in `bytes`, which are written over afterwards. */
export type TakeBlock = (bytes: Uint8Array, start: number, end: number, separatorStart: number, separatorEnd: number, totals: BlockTotals) => Promise<void> | undefined;

/** Hands a block out by its description. */
export function takeDescribed(take: TakeBlock, bytes: Uint8Array, words: Uint32Array, at: number): Promise<void> | undefined {
  const separatorStart = words[at + SEPARATOR_START]!;
  return take(bytes, words[at + START]!, words[at + END]!, separatorStart, separatorStart + words[at + SEPARATOR_LENGTH]!, totalsOf(words, at));
}

/** The address behind a block and its checksum, by its description. */
export function behindDescribed(words: Uint32Array, at: number): number {
  return words[at + END]! + SECTION_BYTES;
}

/** A block that is not finished, by its description. */
export function openBlockOf(words: Uint32Array, at: number): PendingBlock {
  return {
    separatorLength: words[at + SEPARATOR_LENGTH]!,
    payloadLength: words[at + END]! - words[at + START]! + BLOCK_LAYOUTS[KERNEL_FORMAT_VERSION].sizeTrailer(words[at + RESTARTS]!),
    totals: totalsOf(words, at),
  };
}

function totalsOf(words: Uint32Array, at: number): BlockTotals {
  const numDeletes = words[at + DELETES]!;
  const numMerges = words[at + MERGES]!;
  return { numPuts: words[at + ROWS]! - numDeletes - numMerges, numDeletes, numMerges, rawKeySize: words[at + KEY_BYTES]!, rawValSize: words[at + VALUE_BYTES]! };
}

/** Sequence number of the row accepted last. */
export function lastSeqOf(ranges: BigInt64Array): bigint {
  return asUnsigned(ranges[LAST_SEQ]!);
}

/** Sequence numbers of all rows, of which there is at least one. */
export function seqsOf(ranges: BigInt64Array): NumberRange {
  return { count: 1, min: asUnsigned(ranges[SEQ_MIN]!), max: asUnsigned(ranges[SEQ_MAX]!) };
}

export const expireTsOf = (ranges: BigInt64Array): NumberRange => timestampsOf(ranges, EXPIRE_TS);
export const createTsOf = (ranges: BigInt64Array): NumberRange => timestampsOf(ranges, CREATE_TS);

function timestampsOf(ranges: BigInt64Array, at: number): NumberRange {
  const [count, min, max] = ranges.subarray(at);
  return count === 0n ? { count: 0, min: undefined, max: undefined } : { count: Number(count), min, max };
}
