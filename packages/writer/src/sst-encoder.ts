// Rows to the bytes of one SST: order, block limits, and what the file's end needs. No promises but back-pressure.
import {
  bloomByteLength,
  filterPayloadLength,
  filterPayloadSteps,
  FLATBUFFER_BYTES_MAX,
  KERNEL_FORMAT_VERSION,
  kernelCodec,
  KEY_BYTES_MAX,
  KeyHashes,
  SECTION_BYTES,
  SstError,
  SstIndexBuilder,
  SstStatsBuilder,
} from "@slate-sst/format";
import { BlockCheck } from "./block-check.js";
import { BlockStage } from "./block-stage.js";
import type { Boundary } from "./checkpoint/boundary.js";
import type { CheckpointedEncoder, Checkpointer } from "./checkpoint/checkpointer.js";
import type { CheckedColumns } from "./columns.js";
import type { ResolvedConfig } from "./config.js";
import { joinUnsigned, type NumberRange } from "./int64.js";
import { KernelColumns } from "./kernel-columns.js";
import { BLOCKS_MAX, KERNEL_VALUE_BYTES_MAX, KernelRows, ROW_FULL } from "./kernel-rows.js";
import { filterLimitError, filterRowsMax, INDEX_ENTRY_BYTES_MAX, indexLimitError } from "./limits.js";
import type { ObjectOutput } from "./object-output.js";
import type { TakeBlock } from "./kernel-words.js";
import { orderError } from "./order.js";
import { outputBuffers } from "./part-buffers.js";
import { PlainRows, ROW_DUPLICATE } from "./plain-rows.js";
import { isLength } from "./row.js";
import type { SectionOutput } from "./section-output.js";
import { indexSizeAfter, type PendingBlock, statsSizeAfter } from "./size-estimate.js";

export class SstEncoder implements CheckpointedEncoder {
  /** Place of the present row among all rows offered, from 0: refused ones and dropped duplicates count. */
  ordinal = -1;
  /** Rows accepted so far. */
  rows = 0;
  firstKey: Uint8Array | undefined;
  readonly index: SstIndexBuilder;
  readonly stats = new SstStatsBuilder();
  readonly stage: BlockStage;
  /** What the caller of the last row must wait for. */
  wait: Promise<void> | undefined;
  readonly #config: ResolvedConfig;
  readonly #onFailure: (error: unknown) => Error;
  /** Encodes rows where the kernel does not. */
  readonly #plain: PlainRows;
  readonly #hashes: KeyHashes | undefined;
  readonly #rowsMax: number;
  /** Rows up to which no limit can be met. */
  #rowsUnchecked = 0;
  readonly #indexBytesMax: number;
  /** Encodes the rows, where it can: all but those that are too large for it. */
  #kernel: KernelRows | undefined;
  readonly #takeInPlace: TakeBlock = (bytes, start, end, separatorStart, separatorEnd, totals) => {
    this.stage.takeInPlace(end - start, bytes, separatorStart, separatorEnd, totals);
    return undefined;
  };
  /** The output, when blocks are stored as they are: they can be made in its bytes. */
  readonly #plainOutput: ObjectOutput | undefined;
  readonly #takeBlock: TakeBlock = (bytes, start, end, separatorStart, separatorEnd, totals) => this.stage.take(bytes, start, end, bytes, separatorStart, separatorEnd, totals);
  /** Whether the row offered last is in the block that was finished last. */
  #isInside = false;
  /** Whether blocks are being taken from the kernel: what is asked meanwhile, by listeners, is told as it is. */
  #isTaking = false;

  /**
   * @param onFailure told of what makes it impossible to go on; gives the first such failure.
   * @param onBlock told of the size of each block as stored.
   * @param indexBytesMax bytes beyond which the index is refused; a FlatBuffer holds no more, tests try less.
   * @param checkpoints told of blocks and what was sent; undefined without checkpoints.
   */
  constructor(config: ResolvedConfig, output: ObjectOutput, sections: SectionOutput, onFailure: (error: unknown) => Error, onBlock?: (size: number) => void, indexBytesMax: number = FLATBUFFER_BYTES_MAX, checkpoints?: Checkpointer) {
    this.#config = config;
    this.#indexBytesMax = indexBytesMax;
    this.index = new SstIndexBuilder(indexBytesMax);
    this.#onFailure = onFailure;
    const check = config.verifyBlocks ? new BlockCheck(config.formatVersion, config.codec) : undefined;
    this.#hashes = config.filter ? new KeyHashes() : undefined;
    this.#rowsMax = filterRowsMax(config);
    const { index, stats } = this;
    this.stage = new BlockStage({ output, sections, index, stats, check, hasTransform: config.transform !== undefined, compressors: config.compressors, blockSize: config.blockSize, onBlock, checkpoints, onFailure });
    this.#plain = new PlainRows(config, this.stage, check, this.#hashes);
    this.#kernel = createKernelRows(config, sections.isPlain, this.#hashes);
    if (this.#kernel === undefined) return;
    const kernel = this.#kernel;
    const { stage } = this;
    if (sections.isPlain) {
      output.allocateBy(() => kernel.allocate());
      kernel.moveOut(output);
      this.#plainOutput = output;
    }
    if (kernel.compresses) this.#takeBlock = (bytes, start, end, separatorStart, separatorEnd, totals) => stage.takeStored(kernel.compress(start, end), bytes, separatorStart, separatorEnd, totals);
  }

  /** The key accepted last, as a view. */
  get lastKey(): Uint8Array {
    return this.#kernel?.lastKey ?? this.#plain.lastKey;
  }

  /** Sequence numbers of the rows accepted so far. */
  get seqs(): NumberRange {
    return (this.#kernel ?? this.#plain).seqs;
  }

  /** Their create timestamps, as far as they have any. */
  get createTs(): NumberRange {
    return (this.#kernel ?? this.#plain).createTs;
  }

  get expireTs(): NumberRange {
    return (this.#kernel ?? this.#plain).expireTs;
  }

  /** Whether the kernel encodes. */
  get hasKernel(): boolean {
    return this.#kernel !== undefined;
  }

  /** The filter's bits per key cannot be chosen afterwards, but whether there is one depends on the rows. */
  get hasFilter(): boolean {
    return this.#config.filter && this.rows >= this.#config.minFilterKeys;
  }

  /**
   * Takes the next row. Of the halves only the low 32 bits count; flags say which timestamps are present.
   * @returns a promise when the caller must wait before the next row.
   * @throws SstError when the row is refused; nothing has changed then.
   */
  add(
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
  ): Promise<void> | undefined {
    if (this.#kernel !== undefined) {
      return valueLength <= KERNEL_VALUE_BYTES_MAX
        ? this.#addByKernel(this.#kernel, key, keyLength, value, valueLength, seqHi, seqLo, flags, expireTsHi, expireTsLo, createTsHi, createTsLo)
        : this.#addLarge(this.#kernel, key, keyLength, value, valueLength, seqHi, seqLo, flags, expireTsHi, expireTsLo, createTsHi, createTsLo);
    }
    const plain = this.#plain;
    const prefix = plain.prefixOf(key, keyLength, seqHi, seqLo);
    if (prefix === ROW_DUPLICATE && this.#config.onDuplicate !== "error") {
      plain.replace(value, valueLength, flags, expireTsHi, expireTsLo, createTsHi, createTsLo);
      return undefined;
    }
    if (prefix < 0) throw this.#orderError(key, keyLength, seqHi, seqLo);
    this.#checkLimits();
    try {
      this.rows++;
      // Not slice(): that of a Buffer is a view.
      if (this.rows === 1) this.firstKey = new Uint8Array(key.subarray(0, keyLength));
      return plain.take(prefix, key, keyLength, value, valueLength, seqHi, seqLo, flags, expireTsHi, expireTsLo, createTsHi, createTsLo, this.ordinal);
    } catch (error) {
      // No refusal: the row is accepted, perhaps in part. The writer cannot go on.
      throw this.#onFailure(error);
    }
  }

  /**
   * Takes the next row when all but its key and value are as in the row offered last, and the kernel encodes: the short way for
   * most rows. Lengths are looked at here.
   * @returns whether the row was taken; add() does otherwise, or says what is wrong. `wait` is set when the caller must wait.
   */
  addAlike(key: Uint8Array, value: Uint8Array): boolean {
    const kernel = this.#kernel;
    const keyLength = key.length;
    const valueLength = value.length;
    if (kernel === undefined || !isLength(keyLength, KEY_BYTES_MAX) || !isLength(valueLength, KERNEL_VALUE_BYTES_MAX)) return false;
    if (this.rows >= this.#rowsUnchecked && this.#limitError() !== undefined) return false;
    const answer = kernel.offerAlike(key, keyLength, value, valueLength);
    if (answer !== 0) return answer === ROW_FULL && this.#addAgain(kernel, keyLength, valueLength);
    if (this.rows++ === 0) this.firstKey = kernel.lastKey.slice();
    return true;
  }

  /** Takes the blocks that the kernel has finished. @returns a promise when the caller must wait before it writes on. */
  #takeBlocks(kernel: KernelRows, isEnd = false): Promise<void> | undefined {
    const { stage } = this;
    let wait: Promise<void> | undefined;
    this.#isTaking = true;
    try {
      if (kernel.isInOutput) {
        void kernel.takeBlocks(this.#takeInPlace, isEnd);
        wait = stage.drain();
      } else wait = kernel.takeBlocks(this.#takeBlock, isEnd);
      kernel.moveOut(this.#plainOutput);
    } finally {
      this.#isTaking = false;
    }
    // As many blocks more than #limitError() looks ahead: until they are taken, no row can meet a limit but that of the filter.
    this.#rowsUnchecked = this.index.sizeMax + this.#pendingIndexBytes(BLOCKS_MAX) <= this.#indexBytesMax ? this.#rowsMax : 0;
    return wait;
  }

  /**
   * Takes blocks that the kernel has finished and nobody has taken, so that output, index and stats know of them. What the caller of the
   * next row must wait for then is in `wait`; what fails, the next row meets.
   */
  takeFinished(): void {
    const kernel = this.#kernel;
    if (kernel === undefined || this.#isTaking || !kernel.hasBlocks) return;
    try {
      this.wait = this.#takeBlocks(kernel) ?? this.wait;
    } catch (error) {
      this.#onFailure(error);
    }
  }

  /** The promise that is waiting for somebody to wait for it. */
  takeWait(): Promise<void> | undefined {
    const { wait } = this;
    this.wait = undefined;
    return wait;
  }

  #addAgain(kernel: KernelRows, keyLength: number, valueLength: number): true {
    try {
      this.wait = this.#takeBlocks(kernel);
    } catch (error) {
      throw this.#onFailure(error);
    }
    kernel.again(keyLength, valueLength);
    // A block was full before it: it is not the first row.
    this.rows++;
    return true;
  }

  /**
   * Takes rows of columns by the kernel, from a row on, until it is at their end, at a row that has to go through add(), or the
   * caller must wait (`wait`).
   * @returns rows taken.
   */
  addColumns(columns: CheckedColumns, from: number, seqHi: number, seqLo: number): number {
    const kernel = this.#kernel;
    if (kernel === undefined) return 0;
    this.takeFinished();
    kernel.setTail(seqHi, seqLo, KernelColumns.commonFlags(columns), 0, 0, 0, 0);
    const blocksMargin = (BLOCKS_MAX + this.stage.waiting) * (KEY_BYTES_MAX + INDEX_ENTRY_BYTES_MAX);
    let at = from;
    while (at < columns.rows && this.wait === undefined && this.index.sizeMax + blocksMargin <= this.#indexBytesMax) {
      let left = kernel.columns.stage(columns, at, this.#rowsMax - this.rows);
      if (left === 0) break;
      while (left > 0) {
        const taken = kernel.columns.put();
        if (taken > 0 && this.rows === 0) this.firstKey = new Uint8Array(columns.keys.subarray(columns.keyOffsets[at], columns.keyOffsets[at + 1]));
        this.rows += taken;
        this.ordinal += taken;
        at += taken;
        left -= taken;
        if (!kernel.hasBlocks) {
          if (left > 0 && !kernel.takeHashesIfFull()) return at - from;
          continue;
        }
        try {
          // The rows taken are in blocks: the kernel has stopped at the one that it has no room for.
          this.#isInside = true;
          this.wait = this.#takeBlocks(kernel) ?? this.wait;
        } catch (error) {
          throw this.#onFailure(error);
        } finally {
          this.#isInside = false;
        }
      }
    }
    return at - from;
  }

  /** Finishes the block that is open; afterwards every block is in the output, index and stats. */
  async finishBlocks(): Promise<void> {
    if (this.#kernel !== undefined) {
      this.#kernel.finish();
      await this.#takeBlocks(this.#kernel, true);
    } else await this.#plain.finish();
    this.stage.flush();
    await this.stage.settled();
  }

  /** Hands memory on: the SST is published. Only rows, index and stats may still be asked for. */
  release(): void {
    this.#kernel?.release();
    this.#kernel = undefined;
    this.#hashes?.release();
  }

  /** The state behind the block that was finished last, while that happens; or behind the last row, when there are no more. */
  boundary(isEnd = false): Boundary {
    const kernel = this.#kernel;
    const { numPuts, numDeletes, numMerges } = this.stats.totals;
    const { lastKey, lastSeq, ordinal } = kernel === undefined ? this.#plain.ends(isEnd, this.ordinal) : { lastKey: kernel.lastKey.slice(), lastSeq: kernel.lastSeq, ordinal: this.ordinal };
    const { seqs, createTs, expireTs } = this;
    return {
      lastKey, lastSeq, rows: numPuts + numDeletes + numMerges, offered: isEnd || this.#isInside ? this.ordinal + 1 : ordinal, firstKey: this.firstKey!,
      seqs: copyRange(seqs), createTs: copyRange(createTs), expireTs: copyRange(expireTs),
    };
  }

  get hashCount(): number {
    this.#kernel?.takeHashes();
    return this.#hashes?.count ?? 0;
  }

  hashBytes(from: number, to: number): Uint8Array[] {
    return this.#hashes?.bytes(from, to) ?? [];
  }

  /** Goes on behind a block whose bytes, index, stats and hashes are there already. No row was taken yet. */
  restore(boundary: Boundary): void {
    this.rows = boundary.rows;
    this.ordinal = boundary.offered - 1;
    this.firstKey = boundary.firstKey;
    const kernel = this.#kernel;
    (kernel ?? this.#plain).restore(boundary);
    void this.stage.drain();
    kernel?.moveOut(this.#plainOutput);
  }

  /** Adds hashes of keys that were written before this encoder was there. */
  addHashes(bytes: Uint8Array): void {
    this.#hashes?.addBytes(bytes);
  }

  /** The filter's payload, in steps. */
  filterPayload(): Generator<undefined, Uint8Array> {
    const { filterBitsPerKey, filterFormat } = this.#config;
    return filterPayloadSteps(filterFormat, this.#hashes!, filterBitsPerKey);
  }

  /** Bytes of blocks, filter, index and stats if the SST ended here; what is still to be compressed counts in full. */
  get sizeWithoutInfo(): number {
    this.takeFinished();
    const pending = this.#pendingBlocks();
    const blocks = pending.reduce((sum, { payloadLength }) => sum + payloadLength + SECTION_BYTES, this.stage.finishedSize(this.#plain.block));
    const index = indexSizeAfter(this.index, pending, this.stage) + SECTION_BYTES;
    return blocks + this.filterSize + index + statsSizeAfter(this.stats, pending, this.stage) + SECTION_BYTES;
  }

  /** Bytes of the filter section, uncompressed; 0 when there is none. */
  get filterSize(): number {
    const { filterFormat, filterBitsPerKey } = this.#config;
    return this.hasFilter ? filterPayloadLength(filterFormat, bloomByteLength(this.rows, filterBitsPerKey)) + SECTION_BYTES : 0;
  }

  #pendingBlocks(): PendingBlock[] {
    if (this.#kernel === undefined) return this.#plain.pendingBlocks();
    const open = this.#kernel.openBlock();
    return open === undefined ? [] : [open];
  }

  #addByKernel(
    kernel: KernelRows,
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
  ): Promise<void> | undefined {
    const limit = this.rows >= this.#rowsUnchecked ? this.#limitError() : undefined;
    if (limit !== undefined) throw kernel.prefixOf(key, keyLength, seqHi, seqLo, flags, expireTsHi, expireTsLo, createTsHi, createTsLo) < 0 ? this.#orderError(key, keyLength, seqHi, seqLo) : limit;
    const answer = kernel.offer(key, keyLength, value, valueLength, seqHi, seqLo, flags, expireTsHi, expireTsLo, createTsHi, createTsLo);
    if (answer === 0) {
      if (this.rows++ === 0) this.firstKey = kernel.lastKey.slice();
      return this.takeWait();
    }
    if (answer !== ROW_FULL) throw this.#orderError(key, keyLength, seqHi, seqLo);
    this.#addAgain(kernel, keyLength, valueLength);
    return this.takeWait();
  }

  /** A row that the kernel has no room for: it fills a block of its own. */
  #addLarge(
    kernel: KernelRows,
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
  ): Promise<void> | undefined {
    const prefix = kernel.prefixOf(key, keyLength, seqHi, seqLo, flags, expireTsHi, expireTsLo, createTsHi, createTsLo);
    if (prefix < 0) throw this.#orderError(key, keyLength, seqHi, seqLo);
    this.#checkLimits();
    try {
      kernel.finish();
      const wait = this.#takeBlocks(kernel);
      const isFirst = this.rows++ === 0;
      if (isFirst) this.firstKey = new Uint8Array(key.subarray(0, keyLength));
      this.#plain.takeAlone(isFirst ? undefined : prefix, key, keyLength, value, valueLength, seqHi, seqLo, flags, expireTsHi, expireTsLo, createTsHi, createTsLo);
      kernel.passed(keyLength);
      this.#isInside = true;
      const last = this.#plain.finishBlock() ?? wait;
      this.#isInside = false;
      kernel.moveOut(this.#plainOutput);
      return last;
    } catch (error) {
      throw this.#onFailure(error);
    }
  }

  #orderError(key: Uint8Array, keyLength: number, seqHi: number, seqLo: number): SstError {
    return orderError({
      previous: this.lastKey,
      previousSeq: (this.#kernel ?? this.#plain).lastSeq,
      key: key.subarray(0, keyLength),
      seq: joinUnsigned(seqHi, seqLo),
      ordinal: this.ordinal,
    });
  }

  /** Index bytes of the open block, the one that a row may begin, those that wait for the transformer, and `more`, each at its largest. */
  #pendingIndexBytes(more: number): number {
    return (this.stage.waiting + 2 + more) * (KEY_BYTES_MAX + INDEX_ENTRY_BYTES_MAX);
  }

  /** What the format cannot hold is refused by name before it wraps. */
  #limitError(): SstError | undefined {
    this.takeFinished();
    if (this.rows >= this.#rowsMax) return filterLimitError(this.ordinal, this.#rowsMax, this.#config);
    const pending = this.#pendingIndexBytes(0);
    const isFull = this.index.sizeMax + pending > this.#indexBytesMax && this.index.finishedSize + pending > this.#indexBytesMax;
    return isFull ? indexLimitError(this.ordinal, this.#indexBytesMax) : undefined;
  }

  #checkLimits(): void {
    const limit = this.#limitError();
    if (limit !== undefined) throw limit;
  }
}

/** A range that does not change with further rows. */
function copyRange({ count, min, max }: NumberRange): NumberRange {
  return { count, min, max };
}

/** The kernel's rows where it can encode what is asked for: blocks of its version, whose rows nobody has to see again. */
function createKernelRows(config: ResolvedConfig, isPlain: boolean, hashes: KeyHashes | undefined): KernelRows | undefined {
  if (config.formatVersion !== KERNEL_FORMAT_VERSION || config.onDuplicate !== "error" || config.verifyBlocks) return undefined;
  const codec = config.compressors === undefined ? kernelCodec(config.codec) : undefined;
  return KernelRows.create(config.blockSize, hashes, codec, isPlain ? outputBuffers(config) : { count: 0, length: 0 }, config.partSize, config.checkpoint !== undefined);
}
