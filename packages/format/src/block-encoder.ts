// Data blocks as they are filled: when a row still fits, where restart points lie, what follows the rows.
// Bytes come from the generated codecs of spec/sst/block_v1.ksy and block_v2.ksy; this file holds what a layout cannot say.
import { SstRangeError } from "./errors.js";
import { BLOCK_OFFSET_MAX, FORMAT_VERSION_V1, FORMAT_VERSION_V2, RESTART_INTERVAL } from "./generated/constants.js";
import {
  encodeBlockV1,
  encodeBlockV2,
  encodeRowV1,
  encodeRowV2,
  FLAG_MERGE,
  FLAG_TOMBSTONE,
  sizeBlockV1,
  sizeBlockV2,
  sizeRowV1,
  sizeRowV2,
} from "./generated/codecs.js";

/** Format versions of data blocks. */
export type FormatVersion = typeof FORMAT_VERSION_V1 | typeof FORMAT_VERSION_V2;

/**
 * One data block being filled. Rows must come in file order; `prefix` is always the length of the longest prefix that
 * the row's key shares with the key of the row before it in the file (0 for the first).
 */
export interface BlockEncoder {
  /** Rows in the block so far, and how many of them are of each kind. */
  readonly rows: number;
  readonly puts: number;
  readonly deletes: number;
  readonly merges: number;
  /** Bytes of the rows' keys, each in full, and of their values. */
  readonly rawKeyBytes: number;
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
    throw new SstRangeError("ERR_SST_OPTION_INVALID", `blockSize must be an integer from 1 to ${BLOCK_OFFSET_MAX + 1}, not ${blockSize}`, {
      details: { option: "blockSize", value: blockSize },
    });
  }
  assertFormatVersion(version);
  return version === FORMAT_VERSION_V1 ? new BlockEncoderV1(blockSize) : new BlockEncoderV2(blockSize);
}

/** @throws SstRangeError ERR_SST_OPTION_INVALID */
export function assertFormatVersion(version: unknown): asserts version is FormatVersion {
  if (version === FORMAT_VERSION_V1 || version === FORMAT_VERSION_V2) return;
  throw new SstRangeError("ERR_SST_OPTION_INVALID", `a format version is ${FORMAT_VERSION_V1} or ${FORMAT_VERSION_V2}, not ${String(version)}`, {
    details: { option: "formatVersion", value: version },
  });
}

class BlockEncoderV2 implements BlockEncoder {
  rows = 0;
  puts = 0;
  deletes = 0;
  merges = 0;
  rawKeyBytes = 0;
  rawValueBytes = 0;
  bodyLength = 0;
  readonly #blockSize: number;
  readonly #restarts: Uint16Array;
  #restartsCount = 0;

  constructor(blockSize: number) {
    this.#blockSize = blockSize;
    this.#restarts = new Uint16Array(Math.ceil(blockSize / RESTART_INTERVAL) + 1);
  }

  get payloadLength(): number {
    return this.bodyLength + sizeBlockV2(this.#restartsCount);
  }

  rowSize(prefix: number, keyLength: number, valueLength: number, flags: number): number {
    const shared = this.rows % RESTART_INTERVAL === 0 ? 0 : prefix;
    return sizeRowV2(shared, keyLength - shared, valueLength, flags);
  }

  fits(rowSize: number): boolean {
    return this.rows === 0 || this.payloadLengthWith(rowSize) <= this.#blockSize;
  }

  payloadLengthWith(rowSize: number): number {
    const restarts = this.#restartsCount + (this.rows % RESTART_INTERVAL === 0 ? 1 : 0);
    return this.bodyLength + rowSize + sizeBlockV2(restarts);
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
    let shared = prefix;
    if (this.rows % RESTART_INTERVAL === 0) {
      shared = 0;
      this.#restarts[this.#restartsCount++] = this.bodyLength;
    }
    const end = encodeRowV2(
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
    const end = encodeBlockV2(out, at, this.#restarts, this.#restartsCount);
    this.rows = this.puts = this.deletes = this.merges = this.rawKeyBytes = this.rawValueBytes = this.bodyLength = this.#restartsCount = 0;
    return end;
  }
}

class BlockEncoderV1 implements BlockEncoder {
  rows = 0;
  puts = 0;
  deletes = 0;
  merges = 0;
  rawKeyBytes = 0;
  rawValueBytes = 0;
  bodyLength = 0;
  readonly #blockSize: number;
  readonly #offsets: Uint16Array;
  /** Prefix the newest row's key shares with the block's first key: in sorted keys the least of all prefixes since. */
  #sharedWithFirst = 0;

  constructor(blockSize: number) {
    this.#blockSize = blockSize;
    this.#offsets = new Uint16Array(Math.ceil(blockSize / sizeRowV1(0, FLAG_TOMBSTONE, 0)) + 1);
  }

  get payloadLength(): number {
    return this.bodyLength + sizeBlockV1(this.rows);
  }

  #shared(prefix: number): number {
    if (this.rows === 0) return 0;
    return this.rows === 1 ? prefix : Math.min(prefix, this.#sharedWithFirst);
  }

  rowSize(prefix: number, keyLength: number, valueLength: number, flags: number): number {
    return sizeRowV1(keyLength - this.#shared(prefix), flags, valueLength);
  }

  /** SlateDB does not count the two bytes of the new row's own position here, so a block may be two bytes too long. */
  fits(rowSize: number): boolean {
    return this.rows === 0 || this.bodyLength + rowSize + sizeBlockV1(this.rows) <= this.#blockSize;
  }

  payloadLengthWith(rowSize: number): number {
    return this.bodyLength + rowSize + sizeBlockV1(this.rows + 1);
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
    this.#offsets[this.rows] = this.bodyLength;
    const end = encodeRowV1(
      out, at, shared, key, shared, keyLength, seqHi, seqLo, flags,
      expireTsHi, expireTsLo, createTsHi, createTsLo, value, 0, valueLength,
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
    const end = encodeBlockV1(out, at, this.#offsets, this.rows);
    this.rows = this.puts = this.deletes = this.merges = this.rawKeyBytes = this.rawValueBytes = this.bodyLength = this.#sharedWithFirst = 0;
    return end;
  }
}
