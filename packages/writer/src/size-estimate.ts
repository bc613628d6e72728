// What an SST would add to its size if it ended now: the block that is open, the row held back, and their stats.
import { type BlockEncoder, type BlockTotals, createBlockEncoder, encodeStats, FLAG_MERGE, FLAG_TOMBSTONE, separatorLengthAfter, type SstIndexBuilder, type SstStatsBuilder, type SstTotals } from "@slate-sst/format";
import { type BlockStage, blockTotals } from "./block-stage.js";
import type { ResolvedConfig } from "./config.js";
import type { HeldRow } from "./held-row.js";

/** Index bytes that a block adds beside its separator, give or take a few: its table, its place in the vector, padding. */
const INDEX_ENTRY_BYTES = 28;
/** Stats bytes that a block adds, give or take ten: its table, its place in the vector, perhaps a vtable of its own. */
const STATS_ENTRY_BYTES = 20;
/** Stats bytes that a sum adds once it is not 0. */
const STATS_SUM_BYTES = 8;

/** A block that is not finished: the one that is open, or the one that a held row would begin. */
export interface PendingBlock {
  readonly separatorLength: number;
  readonly payloadLength: number;
  readonly totals: BlockTotals;
}

/**
 * What is not finished yet, as it would be finished now.
 * @param separatorLength of the block that is open.
 */
export function pendingBlocks(block: BlockEncoder, separatorLength: number, held: HeldRow | undefined, config: ResolvedConfig): PendingBlock[] {
  const open = { separatorLength, payloadLength: block.payloadLength, totals: blockTotals(block) };
  if (held === undefined || held.isEmpty) return block.rows === 0 ? [] : [open];
  const { prefix, keyLength, valueLength, flags } = held;
  const size = block.rowSize(prefix, keyLength, valueLength, flags);
  if (block.fits(size)) return [{ ...open, payloadLength: block.payloadLengthWith(size), totals: addTotals(open.totals, heldTotals(held)) }];
  const alone = createBlockEncoder(config.formatVersion, config.blockSize);
  const payloadLength = alone.payloadLengthWith(alone.rowSize(prefix, keyLength, valueLength, flags));
  return [open, { separatorLength: separatorLengthAfter(prefix, keyLength), payloadLength, totals: heldTotals(held) }];
}

/** Bytes of the index' FlatBuffer after these blocks: exact unless blocks wait for the transformer. */
export function indexSizeAfter(index: SstIndexBuilder, pending: readonly PendingBlock[], { waiting, waitingSeparatorBytes }: BlockStage): number {
  return index.sizeAfter(...pending.map(({ separatorLength }) => separatorLength)) + waiting * INDEX_ENTRY_BYTES + waitingSeparatorBytes;
}

/** Bytes of the stats' FlatBuffer after these blocks: exact while none is finished, afterwards give or take ten for each. */
export function statsSizeAfter(stats: SstStatsBuilder, pending: readonly PendingBlock[], { waiting }: BlockStage): number {
  const before = stats.totals;
  const after = pending.reduce((sum, { totals }) => addTotals(sum, totals), before);
  if (stats.blocks === 0 && waiting === 0) return encodeStats({ ...after, blockStats: pending.map(({ totals }) => totals) }).length;
  const sums = Object.keys(before) as (keyof SstTotals)[];
  const newSums = sums.filter((sum) => before[sum] === 0 && after[sum] !== 0).length;
  return stats.finishedSize + (pending.length + waiting) * STATS_ENTRY_BYTES + newSums * STATS_SUM_BYTES;
}

function heldTotals({ flags, keyLength, valueLength }: HeldRow): BlockTotals {
  const numDeletes = (flags & FLAG_TOMBSTONE) === 0 ? 0 : 1;
  const numMerges = (flags & FLAG_MERGE) === 0 ? 0 : 1;
  return { numPuts: 1 - numDeletes - numMerges, numDeletes, numMerges, rawKeySize: keyLength, rawValSize: valueLength };
}

function addTotals(left: SstTotals, right: SstTotals): SstTotals {
  return {
    numPuts: left.numPuts + right.numPuts,
    numDeletes: left.numDeletes + right.numDeletes,
    numMerges: left.numMerges + right.numMerges,
    rawKeySize: left.rawKeySize + right.rawKeySize,
    rawValSize: left.rawValSize + right.rawValSize,
  };
}
