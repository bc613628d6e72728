// The index section of an SST (spec/fbs/sst_index.fbs): one entry per data block, built while blocks are finished.
import { SstError } from "./errors.js";
import { FlatBufferBuilder } from "./flatbuffers/builder.js";
import { assertBytes, fieldInvalid } from "./flatbuffers/checks.js";
import { OFFSET_BYTES } from "./flatbuffers/encoding.js";
import { PositionList } from "./flatbuffers/positions.js";
import { FLATBUFFER_BYTES_MAX } from "./generated/constants.js";
import {
  encodeSsTableIndex, readSsTableIndex, readSsTableIndexColumns, writeBlockMeta, writeSsTableIndex, type SsTableIndex,
} from "./generated/fbs/sst-index.js";
import { showValue } from "./options.js";

/** Stands in for the bytes of separators of which only the length is known. */
const NO_BYTES = new Uint8Array(0);

/**
 * More bytes than a block's entry takes beside its separator and than the end of the index takes beside its vector.
 * As long as an index stays this far below its limit, its exact size needs no working out.
 */
const MARGIN_BYTES = 256;

/** Builds an index block by block. Its memory is that of the FlatBuffer and four bytes per block. */
export class SstIndexBuilder {
  readonly #builder: FlatBufferBuilder;
  readonly #bytesMax: number;
  readonly #positions = new PositionList();
  #blocks = 0;
  #lastOffset = -1;
  /** The finished size, when it was asked for since the last block. */
  #size: number | undefined;
  #finished = false;

  /** `bytesMax`: bytes beyond which the index is refused, no more than a FlatBuffer can have. */
  constructor(bytesMax: number = FLATBUFFER_BYTES_MAX) {
    if (!(Number.isInteger(bytesMax) && bytesMax > 0 && bytesMax <= FLATBUFFER_BYTES_MAX)) {
      throw fieldInvalid("SstIndexBuilder.bytesMax", `an integer from 1 to ${FLATBUFFER_BYTES_MAX}`, bytesMax);
    }
    this.#bytesMax = bytesMax;
    this.#builder = new FlatBufferBuilder(bytesMax);
  }

  /** Blocks so far. */
  get blocks(): number {
    return this.#blocks;
  }

  /** Exact length of the FlatBuffer that finish() returns if no further block comes, without checksum, uncompressed. */
  get finishedSize(): number {
    this.#size ??= this.sizeAfter();
    return this.#size;
  }

  /** No less than `finishedSize`, and known without working it out. */
  get sizeMax(): number {
    return this.#builder.used + this.#blocks * OFFSET_BYTES + MARGIN_BYTES;
  }

  /**
   * Exact length of the FlatBuffer after further blocks with separators of these lengths, when the very first block of
   * all lies at offset 0 and no other does. May exceed the limit: this is how to find out before it is too late.
   */
  sizeAfter(...separatorLengths: number[]): number {
    return this.#measure(separatorLengths, this.#blocks);
  }

  /**
   * Adds the next block: its offset in the file and its separator, the bytes `start` to `end` of `key`.
   * ERR_SST_LIMIT_INDEX when the index would outgrow its limit; nothing is added then.
   */
  add(blockOffset: number, key: Uint8Array, start = 0, end?: number): void {
    if (this.#finished) throw new SstError("ERR_SST_STATE", "the index is finished");
    assertBytes(key, "BlockMeta.first_key");
    const behind = end === undefined ? key.length : end;
    if (!(Number.isSafeInteger(blockOffset) && blockOffset > this.#lastOffset)) {
      throw fieldInvalid("BlockMeta.offset", `a safe integer above ${this.#lastOffset}`, blockOffset);
    }
    if (!(Number.isInteger(start) && Number.isInteger(behind) && start >= 0 && start <= behind && behind <= key.length)) {
      throw fieldInvalid("BlockMeta.first_key", `a range within ${key.length} bytes`, `${showValue(start)} to ${showValue(behind)}`);
    }
    this.#refuseBeyondLimit(blockOffset, behind - start);
    const separator = this.#builder.byteVector(key, start, behind);
    this.#positions.push(writeBlockMeta(this.#builder, blockOffset, separator));
    this.#blocks++;
    this.#lastOffset = blockOffset;
    this.#size = undefined;
  }

  /** The FlatBuffer, with the bytes that SlateDB gives it. The builder is of no further use. */
  finish(): Uint8Array {
    const size = this.#end();
    const bytes = this.#builder.finish(this.#root());
    if (bytes.length !== size) throw new SstError("ERR_SST_STATE", `the index has ${bytes.length} bytes, not the ${size} foretold`);
    return bytes;
  }

  /** The same in pieces, first bytes first, without the memory of a second copy. */
  finishChunks(): Uint8Array[] {
    this.#end();
    return this.#builder.finishChunks(this.#root());
  }

  /** @returns the finished size. */
  #end(): number {
    if (this.#finished) throw new SstError("ERR_SST_STATE", "the index is finished");
    const size = this.finishedSize;
    this.#finished = true;
    return size;
  }

  #root(): number {
    const blocks = this.#builder.offsetVector(this.#positions);
    this.#positions.clear();
    return writeSsTableIndex(this.#builder, blocks);
  }

  #refuseBeyondLimit(blockOffset: number, separatorLength: number): void {
    const vectorBytes = (this.#blocks + 1) * OFFSET_BYTES;
    if (this.#builder.used + separatorLength + vectorBytes + MARGIN_BYTES <= this.#bytesMax) return;
    const size = this.#measure([separatorLength], blockOffset);
    if (size <= this.#bytesMax) return;
    throw new SstError("ERR_SST_LIMIT_INDEX", `the index would have ${size} bytes with block ${this.#blocks}; the limit is ${this.#bytesMax}`, {
      details: { size, limit: this.#bytesMax, blocks: this.#blocks },
    });
  }

  #measure(separatorLengths: readonly number[], firstOffset: number): number {
    const layout = this.#builder.measure();
    separatorLengths.forEach((length, index) => writeBlockMeta(layout, firstOffset + index, layout.byteVector(NO_BYTES, 0, length)));
    const blocks = layout.offsetVector({ length: this.#blocks + separatorLengths.length, at: () => undefined });
    writeSsTableIndex(layout, blocks);
    return layout.finishedSize;
  }
}

/** The FlatBuffer of a whole index. A value out of range is ERR_SST_FIELD_INVALID. */
export function encodeIndex(index: SsTableIndex): Uint8Array {
  return encodeSsTableIndex(index);
}

/** Reads an index's FlatBuffer (without checksum, uncompressed) into one object per block; separators are views of `bytes`. */
export function decodeIndex(bytes: Uint8Array): SsTableIndex {
  return readSsTableIndex(bytes, "index");
}

/** An index without an object per block. */
export interface IndexColumns {
  /** Blocks in the index. */
  readonly count: number;
  /** Where each block starts in the file. */
  readonly offsets: Float64Array;
  /** Where each block's separator starts in the bytes of the index. */
  readonly keyStart: Uint32Array;
  /** Where it ends. */
  readonly keyEnd: Uint32Array;
}

/**
 * Reads an index's FlatBuffer into columns: what a large index is read by. Offsets are only known to be safe integers.
 * Broken bytes are ERR_SST_CORRUPT with `offset` and `path`, such as `index.block_meta[3].offset`.
 */
export function readIndexColumns(bytes: Uint8Array): IndexColumns {
  const { count, offset, firstKeyStart, firstKeyEnd } = readSsTableIndexColumns(bytes, "index").blockMeta;
  return { count, offsets: offset, keyStart: firstKeyStart, keyEnd: firstKeyEnd };
}
