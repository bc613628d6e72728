// Data blocks as they are filled: when a row still fits, where restart points lie, what follows the rows. What differs from one
// version to the other is in its layout, generated from spec/sst/block_*.ksy; this file holds what a layout cannot say.
import { SstRangeError } from "./errors.js";
import { BLOCK_LAYOUTS, type BlockLayout, FORMAT_VERSIONS, type FormatVersion } from "./generated/block-layouts.js";
import { BLOCK_OFFSET_MAX } from "./generated/constants.js";
import { FLAG_MERGE, FLAG_TOMBSTONE } from "./generated/codecs.js";
import { showValue } from "./options.js";

/**
 * One data block being filled. Rows must come in file order; `prefix` is always the length of the longest prefix that
 * the row's key shares with the key of the row before it in the file (0 for the first).
 */
export interface BlockEncoder {
  /** Rows in the block so far, and how many of them are of each kind. */
  readonly rows: number;
  /** Values among the rows so far. */
  readonly puts: number;
  /** Tombstones among the rows so far. */
  readonly deletes: number;
  /** Merge operands among the rows so far. */
  readonly merges: number;
  /** Bytes of the rows' keys, each in full, and of their values. */
  readonly rawKeyBytes: number;
  /** Bytes of the rows' values. */
  readonly rawValueBytes: number;
  /** Bytes of the rows so far. */
  readonly bodyLength: number;
  /** Bytes of the block's payload if it were finished now. */
  readonly payloadLength: number;
  /** Bytes the row would take as the next one of this block. */
  rowSize(prefix: number, keyLength: number, valueLength: number, flags: number): number;
  /** Whether a row of that size still belongs to this block. An empty block accepts any row. */
  fits(rowSize: number): boolean;
  /** Bytes of the block's payload if it were finished with one more row of that size. */
  payloadLengthWith(rowSize: number): number;
  /**
   * Writes the row at `at`, where the block's rows so far end, and returns the position behind it. Key and value are
   * the first bytes of their arrays; the caller has made room. Of the 64-bit numbers' halves only the low 32 bits count.
   */
  append(
    out: Uint8Array,
    at: number,
    prefix: number,
    key: Uint8Array,
    keyLength: number,
    value: Uint8Array,
    valueLength: number,
    seqHi: number,
    seqLo: number,
    flags: number,
    expireTsHi: number,
    expireTsLo: number,
    createTsHi: number,
    createTsLo: number,
  ): number;
  /** Writes what follows the rows at `at`, returns the position behind it, and starts the next block. */
  finish(out: Uint8Array, at: number): number;
}

/**
 * A block encoder of a format version.
 * @param blockSize bytes of uncompressed payload at which a block is finished, 1 to 65,536; a larger row stands alone.
 */
export function createBlockEncoder(version: FormatVersion, blockSize: number): BlockEncoder {
  if (!Number.isInteger(blockSize) || blockSize < 1 || blockSize > BLOCK_OFFSET_MAX + 1) {
    throw new SstRangeError("ERR_SST_OPTION_INVALID", `blockSize must be an integer from 1 to ${BLOCK_OFFSET_MAX + 1}, not ${showValue(blockSize)}`, {
      details: { option: "blockSize", value: blockSize },
    });
  }
  assertFormatVersion(version);
  return new LayoutEncoder(BLOCK_LAYOUTS[version], blockSize);
}

/** Whether a number is a version of data blocks that is known. */
export function isFormatVersion(version: unknown): version is FormatVersion {
  return FORMAT_VERSIONS.some((known) => known === version);
}

/** @throws SstRangeError ERR_SST_OPTION_INVALID */
export function assertFormatVersion(version: unknown): asserts version is FormatVersion {
  if (isFormatVersion(version)) return;
  throw new SstRangeError("ERR_SST_OPTION_INVALID", `a format version is ${FORMAT_VERSIONS.join(" or ")}, not ${showValue(version)}`, {
    details: { option: "formatVersion", value: version },
  });
}

class LayoutEncoder implements BlockEncoder {
  rows = 0;
  puts = 0;
  deletes = 0;
  merges = 0;
  rawKeyBytes = 0;
  rawValueBytes = 0;
  bodyLength = 0;
  readonly #layout: BlockLayout;
  readonly #interval: number;
  readonly #extendsFirst: boolean;
  /** What a row may be longer, as its own position does not count. */
  readonly #uncounted: number;
  readonly #blockSize: number;
  readonly #positions: Uint16Array;
  #positionsCount = 0;
  /** Prefix the newest row's key shares with the block's first key: in sorted keys the least of all prefixes since. */
  #sharedWithFirst = 0;

  constructor(layout: BlockLayout, blockSize: number) {
    this.#layout = layout;
    this.#interval = layout.interval;
    this.#extendsFirst = layout.keysExtend === "first";
    this.#uncounted = layout.isOwnPositionCounted ? 0 : layout.sizeTrailer(1) - layout.sizeTrailer(0);
    this.#blockSize = blockSize;
    const rowsMax = Math.ceil(blockSize / layout.sizeRow(0, 0, 0, FLAG_TOMBSTONE)) + 1;
    this.#positions = new Uint16Array(Math.ceil(rowsMax / layout.interval));
  }

  get payloadLength(): number {
    return this.bodyLength + this.#layout.sizeTrailer(this.#positionsCount);
  }

  /** Bytes of its key that the next row leaves out. */
  #shared(prefix: number): number {
    if (!this.#extendsFirst) return this.rows % this.#interval === 0 ? 0 : prefix;
    if (this.rows === 0) return 0;
    return this.rows === 1 ? prefix : Math.min(prefix, this.#sharedWithFirst);
  }

  rowSize(prefix: number, keyLength: number, valueLength: number, flags: number): number {
    const shared = this.#shared(prefix);
    return this.#layout.sizeRow(shared, keyLength - shared, valueLength, flags);
  }

  fits(rowSize: number): boolean {
    return this.rows === 0 || this.payloadLengthWith(rowSize) - this.#uncounted <= this.#blockSize;
  }

  payloadLengthWith(rowSize: number): number {
    const positions = this.#positionsCount + (this.rows % this.#interval === 0 ? 1 : 0);
    return this.bodyLength + rowSize + this.#layout.sizeTrailer(positions);
  }

  append(
    out: Uint8Array,
    at: number,
    prefix: number,
    key: Uint8Array,
    keyLength: number,
    value: Uint8Array,
    valueLength: number,
    seqHi: number,
    seqLo: number,
    flags: number,
    expireTsHi: number,
    expireTsLo: number,
    createTsHi: number,
    createTsLo: number,
  ): number {
    const shared = this.#shared(prefix);
    this.#sharedWithFirst = shared;
    if (this.rows % this.#interval === 0) this.#positions[this.#positionsCount++] = this.bodyLength;
    const end = this.#layout.encodeRow(
      out, at, shared, key, shared, keyLength, value, 0, valueLength,
      seqHi, seqLo, flags, expireTsHi, expireTsLo, createTsHi, createTsLo,
    );
    this.bodyLength += end - at;
    this.rawKeyBytes += keyLength;
    this.rawValueBytes += valueLength;
    this.rows++;
    if ((flags & FLAG_TOMBSTONE) !== 0) this.deletes++;
    else if ((flags & FLAG_MERGE) !== 0) this.merges++;
    else this.puts++;
    return end;
  }

  finish(out: Uint8Array, at: number): number {
    const end = this.#layout.encodeTrailer(out, at, this.#positions, this.#positionsCount);
    this.rows = this.puts = this.deletes = this.merges = this.rawKeyBytes = this.rawValueBytes = this.bodyLength = this.#positionsCount = this.#sharedWithFirst = 0;
    return end;
  }
}
