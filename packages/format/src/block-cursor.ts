// Data blocks as they are read: every row in file order with its whole key. Nothing in the block is trusted.
import { corrupt } from "./codec-errors.js";
import { isSstError, SstError, SstRangeError } from "./errors.js";
import { assertFormatVersion } from "./block-encoder.js";
import { BLOCK_LAYOUTS, type BlockLayout, type BlockRow, BlockTrailer, type FormatVersion } from "./generated/block-layouts.js";
import { FLAG_TOMBSTONE } from "./generated/codecs.js";
import { KEY_BYTES_MAX, KEY_BYTES_MIN } from "./generated/constants.js";

/**
 * Walks the rows of one uncompressed block payload after the other.
 * Errors carry the offset in the array given to open() and a path such as `row[17].shared`.
 */
export class BlockCursor {
  /** The key of the present row: the first `keyLength` bytes. Overwritten by next(). */
  readonly key = new Uint8Array(KEY_BYTES_MAX);
  /** Bytes of `key` that are the row's key. */
  keyLength = 0;
  /** The present row. */
  readonly row: BlockRow;
  /** Position of the present row in its block, from 0; -1 before the first. */
  ordinal = -1;
  readonly #layout: BlockLayout;
  readonly #extendsFirst: boolean;
  readonly #trailer = new BlockTrailer();
  #bytes: Uint8Array = new Uint8Array(0);
  #start = 0;
  #at = 0;
  #bodyEnd = 0;
  #isOpen = false;
  #firstKeyAt = 0;
  #firstKeyLength = 0;

  /** `version`: of the blocks that are opened. */
  constructor(version: FormatVersion) {
    assertFormatVersion(version);
    this.#layout = BLOCK_LAYOUTS[version];
    this.#extendsFirst = this.#layout.keysExtend === "first";
    this.row = this.#layout.newRow();
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
    this.#layout.decodeTrailer(bytes, start, end, this.#trailer);
    this.#bytes = bytes;
    this.#start = this.#at = start;
    const { bodyEnd } = this.#trailer;
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
      this.#at = this.#layout.decodeRow(this.#bytes, at, this.#bodyEnd, this.row);
      if (this.#layout.hasRestarts) this.#checkRestart(at, ordinal);
      else this.#checkOffset(at, ordinal);
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

  #checkRestart(at: number, ordinal: number): void {
    const { interval } = this.#layout;
    if (ordinal % interval === 0) {
      const index = ordinal / interval;
      if (index >= this.#trailer.positionsCount) throw corrupt("restart", at, `every ${interval}th row is a restart point`);
      const restart = this.#layout.position(this.#bytes, this.#trailer, index);
      if (restart !== at - this.#start) throw corrupt("restart", at, `restart point ${index} says ${restart}, the row is at ${at - this.#start}`);
      if (this.row.shared !== 0) throw corrupt("shared", at, "a restart point shares nothing");
    }
    const tombstone = (this.row.flags & FLAG_TOMBSTONE) !== 0;
    if (tombstone && this.row.valueLength !== 0) throw corrupt("value_len", at, "a tombstone has no value");
  }

  #checkOffset(at: number, ordinal: number): void {
    if (ordinal >= this.#trailer.positionsCount) throw corrupt("offset", at, "every row has its position in the trailer");
    const offset = this.#layout.position(this.#bytes, this.#trailer, ordinal);
    if (offset !== at - this.#start) throw corrupt("offset", at, `the trailer says ${offset}, the row is at ${at - this.#start}`);
    if (ordinal === 0 && this.row.shared !== 0) throw corrupt("shared", at, "the first row shares nothing");
  }

  /** A key extends the key before it, or the first of its block. */
  #joinKey(at: number): void {
    const { shared, suffixAt, suffixLength } = this.row;
    const fromFirst = this.#extendsFirst && this.ordinal > 0;
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
    const { countName, interval } = this.#layout;
    const stored = this.#trailer.positionsCount;
    const expected = Math.ceil(rows / interval);
    if (stored !== expected) throw corrupt(countName, this.#bodyEnd, `the trailer says ${stored}, ${rows} rows make it ${expected}`);
  }

  #located(error: unknown, ordinal: number): unknown {
    if (!isSstError(error)) return error;
    const path = `row[${ordinal}].${String(error.details["path"])}`;
    return new SstError(error.code, `row[${ordinal}].${error.message}`, { details: { ...error.details, path }, cause: error });
  }
}
