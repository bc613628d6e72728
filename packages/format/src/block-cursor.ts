// Data blocks as they are read: every row in file order with its whole key. Nothing in the block is trusted.
import { corrupt } from "./codec-errors.js";
import { isSstError, SstError, SstRangeError } from "./errors.js";
import { assertFormatVersion, type FormatVersion } from "./block-encoder.js";
import {
  BlockV1,
  blockV1Offsets,
  BlockV2,
  blockV2Restarts,
  decodeBlockV1,
  decodeBlockV2,
  decodeRowV1,
  decodeRowV2,
  FLAG_TOMBSTONE,
  RowV1,
  RowV2,
} from "./generated/codecs.js";
import { FORMAT_VERSION_V1, KEY_BYTES_MAX, KEY_BYTES_MIN, RESTART_INTERVAL } from "./generated/constants.js";

/** Fields of the row that a cursor stands on. Positions count from the start of the array given to open(). */
export type BlockRow = RowV1 | RowV2;

/**
 * Walks the rows of one uncompressed block payload after the other.
 * Errors carry the offset in the array given to open() and a path such as `row[17].shared`.
 */
export class BlockCursor {
  /** The key of the present row: the first `keyLength` bytes. Overwritten by next(). */
  readonly key = new Uint8Array(KEY_BYTES_MAX);
  keyLength = 0;
  /** The present row. */
  readonly row: BlockRow;
  /** Position of the present row in its block, from 0; -1 before the first. */
  ordinal = -1;
  readonly #version: FormatVersion;
  readonly #v1 = new BlockV1();
  readonly #v2 = new BlockV2();
  #bytes: Uint8Array = new Uint8Array(0);
  #start = 0;
  #at = 0;
  #bodyEnd = 0;
  #isOpen = false;
  #firstKeyAt = 0;
  #firstKeyLength = 0;

  constructor(version: FormatVersion) {
    assertFormatVersion(version);
    this.#version = version;
    this.row = version === FORMAT_VERSION_V1 ? new RowV1() : new RowV2();
  }

  /**
   * Opens the payload that lies in bytes [start, end); next() then goes to its first row.
   * @throws SstError when the payload has no room for a row or for what its trailer says.
   * @throws SstRangeError ERR_SST_OPTION_INVALID when the range does not lie inside `bytes`.
   */
  open(bytes: Uint8Array, start = 0, end = bytes.length): void {
    this.#close();
    if (!(Number.isInteger(start) && Number.isInteger(end) && start >= 0 && start <= end && end <= bytes.length)) {
      throw new SstRangeError("ERR_SST_OPTION_INVALID", `bytes ${start} to ${end} do not lie inside ${bytes.length} bytes`, { details: { start, end, length: bytes.length } });
    }
    if (this.#version === FORMAT_VERSION_V1) decodeBlockV1(bytes, start, end, this.#v1);
    else decodeBlockV2(bytes, start, end, this.#v2);
    this.#bytes = bytes;
    this.#start = this.#at = start;
    const { bodyEnd } = this.#version === FORMAT_VERSION_V1 ? this.#v1 : this.#v2;
    if (start === bodyEnd) throw corrupt("rows", start, "a block holds at least one row");
    this.#bodyEnd = bodyEnd;
    this.#isOpen = true;
  }

  /**
   * Goes to the next row.
   * @returns false behind the last one, before open(), and after an error.
   * @throws SstError when the row or the block's trailer breaks a rule of the format.
   */
  next(): boolean {
    if (!this.#isOpen) return false;
    if (this.#at === this.#bodyEnd) {
      this.#isOpen = false;
      this.#checkCount();
      return false;
    }
    const ordinal = ++this.ordinal;
    const at = this.#at;
    try {
      this.#at =
        this.#version === FORMAT_VERSION_V1
          ? decodeRowV1(this.#bytes, at, this.#bodyEnd, this.row)
          : decodeRowV2(this.#bytes, at, this.#bodyEnd, this.row);
      if (this.#version === FORMAT_VERSION_V1) this.#checkRowV1(at, ordinal);
      else this.#checkRowV2(at, ordinal);
      this.#joinKey(at);
    } catch (error) {
      this.#isOpen = false;
      throw this.#located(error, ordinal);
    }
    return true;
  }

  #close(): void {
    this.#isOpen = false;
    this.ordinal = -1;
    this.keyLength = 0;
  }

  #checkRowV2(at: number, ordinal: number): void {
    if (ordinal % RESTART_INTERVAL === 0) {
      const index = ordinal / RESTART_INTERVAL;
      if (index >= this.#v2.restartsCount) throw corrupt("restart", at, `every ${RESTART_INTERVAL}th row is a restart point`);
      const restart = blockV2Restarts(this.#bytes, this.#v2, index);
      if (restart !== at - this.#start) throw corrupt("restart", at, `restart point ${index} says ${restart}, the row is at ${at - this.#start}`);
      if (this.row.shared !== 0) throw corrupt("shared", at, "a restart point shares nothing");
    }
    const tombstone = (this.row.flags & FLAG_TOMBSTONE) !== 0;
    if (tombstone && this.row.valueLength !== 0) throw corrupt("value_len", at, "a tombstone has no value");
  }

  #checkRowV1(at: number, ordinal: number): void {
    if (ordinal >= this.#v1.offsetsCount) throw corrupt("offset", at, "every row has its position in the trailer");
    const offset = blockV1Offsets(this.#bytes, this.#v1, ordinal);
    if (offset !== at - this.#start) throw corrupt("offset", at, `the trailer says ${offset}, the row is at ${at - this.#start}`);
    if (ordinal === 0 && this.row.shared !== 0) throw corrupt("shared", at, "the first row shares nothing");
  }

  /** A V2 key extends the key before it, a V1 key the first of its block. */
  #joinKey(at: number): void {
    const { shared, suffixAt, suffixLength } = this.row;
    const fromFirst = this.#version === FORMAT_VERSION_V1 && this.ordinal > 0;
    const available = fromFirst ? this.#firstKeyLength : this.keyLength;
    if (shared > available) throw corrupt("shared", at, `shares ${shared} bytes with a key of ${available}`);
    const length = shared + suffixLength;
    if (length < KEY_BYTES_MIN || length > KEY_BYTES_MAX) throw corrupt("key", at, `a key of ${length} bytes`);
    if (fromFirst) this.key.set(this.#bytes.subarray(this.#firstKeyAt, this.#firstKeyAt + shared));
    this.key.set(this.#bytes.subarray(suffixAt, suffixAt + suffixLength), shared);
    this.keyLength = length;
    if (this.ordinal === 0) {
      this.#firstKeyAt = suffixAt;
      this.#firstKeyLength = length;
    }
  }

  #checkCount(): void {
    const rows = this.ordinal + 1;
    const [name, stored, expected] =
      this.#version === FORMAT_VERSION_V1
        ? ["num_rows", this.#v1.offsetsCount, rows]
        : ["num_restarts", this.#v2.restartsCount, Math.ceil(rows / RESTART_INTERVAL)];
    if (stored !== expected) throw corrupt(name, this.#bodyEnd, `the trailer says ${stored}, ${rows} rows make it ${expected}`);
  }

  #located(error: unknown, ordinal: number): unknown {
    if (!isSstError(error)) return error;
    const path = `row[${ordinal}].${String(error.details["path"])}`;
    return new SstError(error.code, `row[${ordinal}].${error.message}`, { details: { ...error.details, path }, cause: error });
  }
}
