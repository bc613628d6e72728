// The stats section of an SST (spec/fbs/sst_stats.fbs): rows by kind per block and in all, built while blocks are finished.
import { SstError } from "./errors.js";
import { FlatBufferBuilder } from "./flatbuffers/builder.js";
import { assertSafe, fieldInvalid } from "./flatbuffers/checks.js";
import { OFFSET_BYTES } from "./flatbuffers/encoding.js";
import type { FlatBufferLayout } from "./flatbuffers/layout.js";
import { PositionList } from "./flatbuffers/positions.js";
import { BLOCK_ROWS_PER_KIND_MAX, FLATBUFFER_BYTES_MAX } from "./generated/constants.js";
import {
  encodeSstStats, readSstStats, readSstStatsColumns, writeBlockStats, writeSstStats, type BlockStats, type SstStats, type SstStatsColumns,
} from "./generated/fbs/sst-stats.js";

/** Sums over a whole SST. */
export type SstTotals = Omit<SstStats, "blockStats">;

/** What one finished block adds to the stats. */
export interface BlockTotals extends BlockStats {
  /** Bytes of the keys of its rows, each in full. */
  readonly rawKeySize: number;
  /** Bytes of the values and merge operands of its rows. */
  readonly rawValSize: number;
}

/**
 * More bytes than a block's entry takes and than the end of the stats takes beside its vector. As long as stats stay this
 * far below what a FlatBuffer holds, their exact size needs no working out.
 */
const MARGIN_BYTES = 256;

const kinds = ["numPuts", "numDeletes", "numMerges"] as const;

const isSize = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;

/** @throws SstRangeError for the first number that is none, or no size. */
function refuse(block: BlockTotals): void {
  for (const total of [...kinds, "rawKeySize", "rawValSize"] as const) assertSafe(block[total], "BlockTotals");
}

/** Builds stats block by block. Its memory is that of the FlatBuffer and four bytes per block. */
export class SstStatsBuilder {
  readonly #builder: FlatBufferBuilder;
  readonly #bytesMax: number;
  readonly #positions = new PositionList();
  #totals: SstTotals = { numPuts: 0, numDeletes: 0, numMerges: 0, rawKeySize: 0, rawValSize: 0 };
  #blocks = 0;
  /** The finished size, when it was asked for since the last block. */
  #size: number | undefined;
  #finished = false;

  /** `bytesMax`: bytes beyond which the stats are refused, no more than a FlatBuffer can have. */
  constructor(bytesMax: number = FLATBUFFER_BYTES_MAX) {
    if (!(Number.isInteger(bytesMax) && bytesMax > 0 && bytesMax <= FLATBUFFER_BYTES_MAX)) {
      throw fieldInvalid("SstStatsBuilder.bytesMax", `an integer from 1 to ${FLATBUFFER_BYTES_MAX}`, bytesMax);
    }
    this.#bytesMax = bytesMax;
    this.#builder = new FlatBufferBuilder(bytesMax);
  }

  /** Blocks so far. */
  get blocks(): number {
    return this.#blocks;
  }

  /** Sums over the blocks so far. */
  get totals(): SstTotals {
    return this.#totals;
  }

  /** Exact length of the FlatBuffer that finish() returns if no further block comes, without checksum, uncompressed. */
  get finishedSize(): number {
    this.#size ??= this.#rest(this.#builder.measure(), this.#blocks, this.#totals);
    return this.#size;
  }

  /**
   * Adds the next block. More rows of a kind than its 16-bit counter holds are ERR_SST_LIMIT_BLOCK_ROWS, more blocks than
   * a FlatBuffer holds ERR_SST_LIMIT_STATS; nothing is added then.
   */
  addBlock(block: BlockTotals): void {
    if (this.#finished) throw new SstError("ERR_SST_STATE", "the stats are finished");
    if (typeof block !== "object" || block === null) throw fieldInvalid("BlockTotals", "an object", block);
    const { numPuts, numDeletes, numMerges, rawKeySize, rawValSize } = block;
    if (!(isSize(numPuts) && isSize(numDeletes) && isSize(numMerges) && isSize(rawKeySize) && isSize(rawValSize))) refuse(block);
    if (numPuts > BLOCK_ROWS_PER_KIND_MAX || numDeletes > BLOCK_ROWS_PER_KIND_MAX || numMerges > BLOCK_ROWS_PER_KIND_MAX) throw this.#tooManyRows(block);
    const before = this.#totals;
    const totals: SstTotals = {
      numPuts: before.numPuts + numPuts, numDeletes: before.numDeletes + numDeletes, numMerges: before.numMerges + numMerges,
      rawKeySize: before.rawKeySize + rawKeySize, rawValSize: before.rawValSize + rawValSize,
    };
    assertSafe(totals.rawKeySize, "SstTotals");
    assertSafe(totals.rawValSize, "SstTotals");
    this.#refuseBeyondLimit(block, totals);
    this.#positions.push(writeBlockStats(this.#builder, numPuts, numDeletes, numMerges));
    this.#blocks++;
    this.#totals = totals;
    this.#size = undefined;
  }

  /** The FlatBuffer, with the bytes that SlateDB gives it. The builder is of no further use. */
  finish(): Uint8Array {
    const size = this.#end();
    const bytes = this.#builder.finish(this.#root());
    if (bytes.length !== size) throw new SstError("ERR_SST_STATE", `the stats have ${bytes.length} bytes, not the ${size} foretold`);
    return bytes;
  }

  /** The same in pieces, first bytes first, without the memory of a second copy. */
  finishChunks(): Uint8Array[] {
    this.#end();
    return this.#builder.finishChunks(this.#root());
  }

  /** @returns the finished size. */
  #end(): number {
    if (this.#finished) throw new SstError("ERR_SST_STATE", "the stats are finished");
    const size = this.finishedSize;
    this.#finished = true;
    return size;
  }

  #root(): number {
    const blocks = this.#blocks === 0 ? 0 : this.#builder.offsetVector(this.#positions);
    this.#positions.clear();
    return writeSstStats(this.#builder, this.#totals, blocks);
  }

  #tooManyRows(block: BlockTotals): SstError {
    const kind = kinds.find((one) => block[one] > BLOCK_ROWS_PER_KIND_MAX)!;
    const rows = block[kind];
    return new SstError("ERR_SST_LIMIT_BLOCK_ROWS", `block ${this.#blocks} has ${rows} rows of one kind; the limit is ${BLOCK_ROWS_PER_KIND_MAX}`, {
      details: { block: this.#blocks, kind, rows, limit: BLOCK_ROWS_PER_KIND_MAX },
    });
  }

  #refuseBeyondLimit(block: BlockTotals, totals: SstTotals): void {
    const vectorBytes = (this.#blocks + 1) * OFFSET_BYTES;
    if (this.#builder.used + vectorBytes + MARGIN_BYTES <= this.#bytesMax) return;
    const layout = this.#builder.measure();
    writeBlockStats(layout, block.numPuts, block.numDeletes, block.numMerges);
    const size = this.#rest(layout, this.#blocks + 1, totals);
    if (size <= this.#bytesMax) return;
    throw new SstError("ERR_SST_LIMIT_STATS", `the stats would have ${size} bytes with block ${this.#blocks}; the limit is ${this.#bytesMax}`, {
      details: { size, limit: this.#bytesMax, blocks: this.#blocks },
    });
  }

  #rest(layout: FlatBufferLayout, blocks: number, totals: SstTotals): number {
    const vector = blocks === 0 ? 0 : layout.offsetVector({ length: blocks, at: () => undefined });
    writeSstStats(layout, totals, vector);
    return layout.finishedSize;
  }
}

/** The FlatBuffer of whole stats. A value out of range is ERR_SST_FIELD_INVALID. */
export function encodeStats(stats: SstStats): Uint8Array {
  return encodeSstStats(stats);
}

/** Reads the FlatBuffer of stats (without checksum, uncompressed) into one object per block. */
export function decodeStats(bytes: Uint8Array): SstStats {
  return readSstStats(bytes, "stats");
}

/**
 * Reads the FlatBuffer of stats into columns, without an object per block. Broken bytes are ERR_SST_CORRUPT with
 * `offset` and `path`, such as `stats.block_stats[3].num_puts`.
 */
export function readStatsColumns(bytes: Uint8Array): SstStatsColumns {
  return readSstStatsColumns(bytes, "stats");
}
