// The index: where each block lies, and which block a key belongs to.
import { compareKeys, type IndexColumns, readIndexColumns, SECTION_BYTES } from "@slate-sst/format";
import { type FileRange, relocated } from "./file-end.js";
import { corruptFile } from "./section.js";

/** One entry of the index. */
export interface IndexEntry {
  /** Position of the block in the file. */
  readonly offset: number;
  /** Stored bytes of the block, checksum included. */
  readonly length: number;
  /** Separator key: above every key of the block before, not above any of this block. Empty for the first block. */
  readonly separator: Uint8Array;
}

/** Fewest bytes of a stored block: one of payload and the checksum. */
const BLOCK_BYTES_MIN = SECTION_BYTES + 1;

/** Where each block lies, and its separator. */
export class SstIndex {
  readonly #bytes: Uint8Array;
  readonly #columns: IndexColumns;
  readonly #dataEnd: number;

  /**
   * @param payload the index's FlatBuffer. @param data where the data blocks lie.
   * @throws SstError ERR_SST_CORRUPT when blocks do not lie one after the other in `data`.
   */
  constructor(payload: Uint8Array, data: FileRange, indexOffset: number) {
    this.#bytes = payload;
    this.#dataEnd = data.end;
    try {
      this.#columns = readIndexColumns(payload);
    } catch (error) {
      throw relocated(error, "", indexOffset);
    }
    const { count, offsets } = this.#columns;
    if (count === 0 && data.end > 0) throw corruptFile("index.block_meta", indexOffset, `is empty, and ${data.end} bytes of data blocks precede the index`);
    for (let block = 0; block < count; block++) {
      const start = offsets[block]!;
      const next = block + 1 < count ? offsets[block + 1]! : data.end;
      const expected = block === 0 ? 0 : start;
      if (start !== expected) throw corruptFile(`index.block_meta[${block}].offset`, indexOffset, `is ${start}, and the first block lies at 0`);
      if (next - start < BLOCK_BYTES_MIN) throw corruptFile(`index.block_meta[${block}].offset`, indexOffset, `is ${start}, and the next block or the end of the data is at ${next}`);
    }
  }

  /** Number of data blocks. */
  get blocks(): number {
    return this.#columns.count;
  }

  /** Where a block lies in the file. */
  range(block: number): FileRange {
    const { count, offsets } = this.#columns;
    return { start: offsets[block]!, end: block + 1 < count ? offsets[block + 1]! : this.#dataEnd };
  }

  /** One entry; the separator is a copy. */
  entry(block: number): IndexEntry {
    const { start, end } = this.range(block);
    return { offset: start, length: end - start, separator: this.#bytes.slice(this.#columns.keyStart[block], this.#columns.keyEnd[block]) };
  }

  /** The first block that may hold this key or one behind it: the last whose separator sorts before the key. */
  firstBlockFor(key: Uint8Array): number {
    let low = 0;
    let high = this.#columns.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#compareSeparator(middle, key) < 0) low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - 1);
  }

  /** The last block that may hold this key or one before it: the last whose separator does not sort behind the key. */
  lastBlockFor(key: Uint8Array): number {
    let low = 0;
    let high = this.#columns.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#compareSeparator(middle, key) <= 0) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  #compareSeparator(block: number, key: Uint8Array): number {
    const separator = this.#bytes.subarray(this.#columns.keyStart[block], this.#columns.keyEnd[block]);
    return compareKeys(separator, separator.length, key, key.length);
  }
}
