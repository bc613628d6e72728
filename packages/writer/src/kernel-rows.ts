// Rows to V2 blocks by the kernel: a row's key and value are copied into its memory, and everything else happens there. Where a
// row is more than that memory holds, or what is asked for needs rows one by one, SstEncoder encodes in TypeScript.
import { BLOCK_SIZES, borrowKernel, HASH_BYTES, type Kernel, type KernelCodec, KEY_BYTES_MAX, type KeyHashes, KernelLayout, returnKernel, SECTION_BYTES } from "@slate-sst/format";
import type { Boundary } from "./checkpoint/boundary.js";
import { halvesOf, joinRanges, type NumberRange } from "./int64.js";
import { type ColumnAreas, columnAreas, KernelColumns } from "./kernel-columns.js";
import { behindDescribed, BLOCK_WORDS, createTsOf, expireTsOf, lastSeqOf, openBlockOf, RANGE_WORDS, seqsOf, type TakeBlock, takeDescribed } from "./kernel-words.js";
import type { PendingBlock } from "./size-estimate.js";

/** The longest value that is encoded here. One beyond fills a block of its own, whatever the block size. */
export const KERNEL_VALUE_BYTES_MAX = 256 * 1024;

/** Bytes of a row besides key and value. Generous. */
const ROW_OVERHEAD_BYTES = 64;
/** The largest block size. */
const BLOCK_SIZE_MAX = Math.max(...BLOCK_SIZES);
const ROW_BYTES_MAX = KEY_BYTES_MAX + KERNEL_VALUE_BYTES_MAX + ROW_OVERHEAD_BYTES;

/** Room that a block needs at least: itself, full but for a byte, and the row that fills it. */
const OUT_BYTES_MIN = BLOCK_SIZE_MAX + ROW_BYTES_MAX + SECTION_BYTES;

/** Memory for blocks that wait to be taken, and how many they may be. */
const BLOCKS_BYTES = 1024 * 1024;
export const BLOCKS_MAX = 512;
/** Blocks that are taken at a time from rows that come one by one, where they lie in the object's bytes already. */
const BLOCKS_TAKEN_AT = 8;
/** Bytes for the restart points of a block: many more than it can have. */
const RESTARTS_BYTES = 64 * 1024;

/** Hashes that may wait, and from how many on they are taken with a block. A block has fewer rows than the difference. */
const HASHES_MAX = 16_384;
const HASHES_TAKEN_AT = 4096;
const HASH_WORDS = HASH_BYTES / Uint32Array.BYTES_PER_ELEMENT;

/** Runs up to this long are copied by a loop: below it, the call of a typed array's set() costs more than the copy. */
const COPY_LOOP_BYTES_MAX = 12;

/** What the kernel says of a row. */
export const ROW_FULL = 1;

/** Bytes of a 32-bit address's unit. */
const WORD_BYTES = Uint32Array.BYTES_PER_ELEMENT;

/** The object's own bytes, where blocks that are stored as they are can be made. */
export interface KernelOutput {
  readonly bytes: Uint8Array;
  readonly at: number;
}

const noBlocks: TakeBlock = () => undefined;

/** Addresses of what the kernel works on. */
interface KernelAreas {
  readonly stage: number;
  readonly otherStage: number;
  readonly restarts: number;
  readonly blocks: number;
  readonly entries: number;
  readonly hashes: number;
  readonly ranges: number;
  readonly columns: ColumnAreas;
  readonly buffers: readonly number[];
  readonly table: number;
  readonly compressed: number;
}

/** Where a row is staged. What is copied goes no further than `bytes`, however long an array turns out to be. */
interface Stage {
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** Memory of the kernel for an object's bytes. */
export interface KernelBuffers {
  readonly count: number;
  readonly length: number;
}

export class KernelRows {
  readonly kernel: Kernel;
  readonly bytes: Uint8Array;
  readonly columns: KernelColumns;
  readonly #put: Kernel["rowsPut"];
  readonly #hashes: KeyHashes | undefined;
  readonly #buffers: number[];
  readonly #bufferLength: number;
  readonly #blocksAt: number;
  #isInOutput = false;
  /** The object's bytes that blocks go to, and the address where the next one begins. */
  #outBytes: Uint8Array | undefined;
  #behind = -1;
  readonly #codec: KernelCodec | undefined;
  readonly #table: number;
  readonly #compressed: number;
  readonly #hashWords: Uint32Array;
  readonly #words: Uint32Array;
  readonly #rangesAt: number;
  readonly #ranges: BigInt64Array;
  /** Bytes of the object's buffer behind which the block that is full then is taken before the next row. */
  readonly #step: number;
  /** Whether each block is, that lies elsewhere. */
  readonly #isStrict: boolean;
  /** Room that the kernel wants behind a block to go on with the next one. */
  readonly #room: number;
  /** Ranges of rows that were written before this kernel was there. */
  #before: Pick<Boundary, "seqs" | "createTs" | "expireTs"> | undefined;
  readonly #entries: number;
  /** Where the next row is staged, and where the row accepted last may lie: its key is compared with the next one. */
  #stage: Stage;
  #otherStage: Stage;
  #seqHi = -1;
  #seqLo = -1;
  #flags = -1;
  #expireTsHi = 0;
  #expireTsLo = 0;
  #createTsHi = 0;
  #createTsLo = 0;

  /**
   * @param codec compresses blocks where they lie, see compress(). @param buffers memory that allocate() hands out.
   * @param step no row is encoded behind the first block that ends beyond that many bytes of the object's buffer: a part leaves when it is
   * full. @param isStrict the same for blocks that lie elsewhere, which then are taken one by one.
   * @returns undefined where there is no kernel.
   */
  static create(blockSize: number, hashes: KeyHashes | undefined, codec: KernelCodec | undefined, buffers: KernelBuffers, step: number, isStrict: boolean): KernelRows | undefined {
    const layout = new KernelLayout();
    const areas = {
      stage: layout.area(ROW_BYTES_MAX),
      otherStage: layout.area(ROW_BYTES_MAX),
      restarts: layout.area(RESTARTS_BYTES),
      blocks: layout.area(BLOCKS_BYTES),
      entries: layout.area((BLOCKS_MAX + 1) * BLOCK_WORDS * WORD_BYTES),
      hashes: layout.area(HASHES_MAX * HASH_BYTES),
      ranges: layout.area(RANGE_WORDS * BigInt64Array.BYTES_PER_ELEMENT),
      columns: columnAreas(layout),
      buffers: Array.from({ length: buffers.count }, () => layout.area(buffers.length)),
      table: layout.area(codec?.tableBytes ?? 0),
      compressed: layout.area(codec?.maxCompressedLength(blockSize + ROW_BYTES_MAX) ?? 0),
    };
    const kernel = borrowKernel(layout.length);
    return kernel === undefined ? undefined : new KernelRows(kernel, areas, blockSize, hashes, codec, buffers.length, step, isStrict);
  }

  private constructor(kernel: Kernel, areas: KernelAreas, blockSize: number, hashes: KeyHashes | undefined, codec: KernelCodec | undefined, bufferLength: number, step: number, isStrict: boolean) {
    this.kernel = kernel;
    this.bytes = kernel.bytes;
    this.#put = kernel.rowsPut;
    this.#hashes = hashes;
    this.#buffers = [...areas.buffers];
    this.#bufferLength = bufferLength;
    this.#blocksAt = areas.blocks;
    this.#codec = codec;
    this.#table = areas.table;
    this.#compressed = areas.compressed;
    const stageAt = (at: number): Stage => ({ at, bytes: kernel.bytes.subarray(at, at + ROW_BYTES_MAX) });
    this.#stage = stageAt(areas.stage);
    this.#otherStage = stageAt(areas.otherStage);
    this.#entries = areas.entries / WORD_BYTES;
    this.#rangesAt = areas.ranges;
    this.#step = step;
    this.#isStrict = isStrict;
    this.#room = blockSize + ROW_BYTES_MAX + SECTION_BYTES;
    const { buffer } = kernel.bytes;
    this.#words = new Uint32Array(buffer);
    this.#hashWords = new Uint32Array(buffer, areas.hashes, HASHES_MAX * HASH_WORDS);
    this.#ranges = new BigInt64Array(buffer, areas.ranges, RANGE_WORDS);
    this.columns = new KernelColumns(kernel, areas.columns);
    kernel.rowsBegin(
      blockSize, SECTION_BYTES, KEY_BYTES_MAX, ROW_BYTES_MAX, areas.restarts,
      areas.entries, BLOCKS_MAX, areas.hashes, hashes === undefined ? 0 : HASHES_MAX, HASHES_TAKEN_AT, areas.buffers.length > 0 ? BLOCKS_TAKEN_AT : 1,
    );
    this.moveOut(undefined);
  }

  /** Hands its memory on. Nobody uses it any more, nor anything that lies in it. */
  release(): void {
    returnKernel(this.kernel);
  }

  /** Memory for a buffer of the object's bytes; undefined when all of it is in use. */
  allocate(): Uint8Array | undefined {
    const at = this.#buffers.pop();
    return at === undefined ? undefined : this.bytes.subarray(at, at + this.#bufferLength);
  }

  /** Whether blocks go straight into the object's bytes. */
  get isInOutput(): boolean {
    return this.#isInOutput;
  }

  /** Whether it compresses blocks. */
  get compresses(): boolean {
    return this.#codec !== undefined;
  }

  /**
   * Says where blocks go after those that are finished were taken: behind the object's bytes, where these are memory of the kernel
   * with enough room, or apart.
   */
  moveOut(output: KernelOutput | undefined): void {
    const room = output === undefined ? 0 : output.bytes.length - output.at;
    // Still the same bytes, with enough room: the kernel is there already.
    if (output !== undefined && output.bytes === this.#outBytes && room >= OUT_BYTES_MIN && output.bytes.byteOffset + output.at === this.#behind) return;
    this.#isInOutput = output !== undefined && room >= OUT_BYTES_MIN && output.bytes.buffer === this.bytes.buffer;
    // The kernel says "full" when there is less room behind a block than it wants: up to the step all blocks but the last have it.
    if (this.#isInOutput && output !== undefined) this.kernel.rowsOut(output.bytes.byteOffset + output.at, Math.min(room, this.#step - output.at + this.#room - 1));
    else this.kernel.rowsOut(this.#blocksAt, this.#isStrict ? this.#room : BLOCKS_BYTES);
    this.#outBytes = this.#isInOutput ? output?.bytes : undefined;
    this.#behind = output === undefined ? -1 : output.bytes.byteOffset + output.at;
  }

  /** The key accepted last, as a view that the next rows write over. */
  get lastKey(): Uint8Array {
    const { kernel } = this;
    const at = kernel.rowsLastKey();
    return this.bytes.subarray(at, at + Math.max(0, kernel.rowsLastLength()));
  }

  /** Sequence number of the row accepted last. */
  get lastSeq(): bigint {
    return lastSeqOf(this.#readRanges());
  }

  /**
   * Offers a row, whose value is not longer than KERNEL_VALUE_BYTES_MAX. After ROW_FULL the finished blocks have to be taken, and
   * again() offers the row once more.
   */
  offer(
    key: Uint8Array, keyLength: number, value: Uint8Array, valueLength: number, seqHi: number, seqLo: number, flags: number,
    expireTsHi: number, expireTsLo: number, createTsHi: number, createTsLo: number,
  ): number {
    if (
      seqLo !== this.#seqLo || flags !== this.#flags || createTsLo !== this.#createTsLo || createTsHi !== this.#createTsHi ||
      seqHi !== this.#seqHi || expireTsLo !== this.#expireTsLo || expireTsHi !== this.#expireTsHi
    ) this.setTail(seqHi, seqLo, flags, expireTsHi, expireTsLo, createTsHi, createTsLo);
    return this.offerAlike(key, keyLength, value, valueLength);
  }

  /** Offers a row that has everything but key and value in common with the one offered last. */
  offerAlike(key: Uint8Array, keyLength: number, value: Uint8Array, valueLength: number): number {
    const { bytes } = this.#stage;
    if (keyLength <= COPY_LOOP_BYTES_MAX) for (let at = 0; at < keyLength; at++) bytes[at] = key[at]!;
    else bytes.set(key.length === keyLength ? key : key.subarray(0, keyLength));
    if (valueLength <= COPY_LOOP_BYTES_MAX) for (let at = 0; at < valueLength; at++) bytes[keyLength + at] = value[at]!;
    else bytes.set(value.length === valueLength ? value : value.subarray(0, valueLength), keyLength);
    return this.again(keyLength, valueLength);
  }

  /** Offers the row offered last once more. */
  again(keyLength: number, valueLength: number): number {
    const stage = this.#stage;
    const answer = this.#put(stage.at, keyLength, stage.at + keyLength, valueLength);
    if (answer === 0) {
      this.#stage = this.#otherStage;
      this.#otherStage = stage;
    }
    return answer;
  }

  /** Bytes that a key shares with the one accepted last; negative when it does not belong behind it. The row goes into a block elsewhere. */
  prefixOf(key: Uint8Array, keyLength: number, seqHi: number, seqLo: number, flags: number, expireTsHi: number, expireTsLo: number, createTsHi: number, createTsLo: number): number {
    const { at, bytes } = this.#stage;
    bytes.set(key.subarray(0, keyLength));
    this.setTail(seqHi, seqLo, flags, expireTsHi, expireTsLo, createTsHi, createTsLo);
    return this.kernel.rowsPrefix(at, keyLength);
  }

  /** The row that prefixOf() looked at was written elsewhere, in a block of its own. */
  passed(keyLength: number): void {
    const stage = this.#stage;
    this.kernel.rowsPassed(stage.at, keyLength);
    this.#stage = this.#otherStage;
    this.#otherStage = stage;
  }

  /** Goes on behind rows that were written before this kernel was there. */
  restore({ lastKey, lastSeq, seqs, createTs, expireTs }: Boundary): void {
    this.#before = { seqs, createTs, expireTs };
    this.#stage.bytes.set(lastKey);
    const { hi, lo } = halvesOf(lastSeq);
    this.setTail(hi, lo, 0, 0, 0, 0, 0);
    this.passed(lastKey.length);
  }

  /** Takes the hashes that are there. Blocks that are finished must have been taken. */
  takeHashes(): void {
    this.#hashes?.addAll(this.#hashWords.subarray(0, this.kernel.rowsHashes() * HASH_WORDS));
    this.kernel.rowsTaken(1);
  }

  /** Finishes the open block, if it has rows. */
  finish(): void {
    this.kernel.rowsFinish();
  }

  /** Hands out the finished blocks, and their hashes from time to time. @returns a promise when the caller must wait before it writes on. */
  takeBlocks(take: TakeBlock, isEnd = false): Promise<void> | undefined {
    const { kernel, bytes } = this;
    let wait: Promise<void> | undefined;
    const blocks = kernel.rowsBlocks();
    for (let block = 0; block < blocks; block++) wait = takeDescribed(take, bytes, this.#words, this.#entries + block * BLOCK_WORDS) ?? wait;
    if (blocks > 0) this.#behind = behindDescribed(this.#words, this.#entries + (blocks - 1) * BLOCK_WORDS);
    const hashes = kernel.rowsHashes();
    const areHashesTaken = hashes >= HASHES_TAKEN_AT || isEnd;
    if (areHashesTaken) this.#hashes?.addAll(this.#hashWords.subarray(0, hashes * HASH_WORDS));
    kernel.rowsTaken(areHashesTaken ? 1 : 0);
    return wait;
  }

  /** Compresses a block in the kernel's memory. Good until the next call. */
  compress(start: number, end: number): Uint8Array {
    const length = this.#codec!.compress(this.kernel, start, end - start, this.#compressed, this.#table);
    return this.bytes.subarray(this.#compressed, this.#compressed + length);
  }

  /** Whether there are finished blocks that nobody has taken. */
  get hasBlocks(): boolean {
    return this.kernel.rowsBlocks() > 0;
  }

  /** Takes the hashes when there is no room for more. @returns whether there was none. */
  takeHashesIfFull(): boolean {
    if (this.#hashes === undefined || this.kernel.rowsHashes() < HASHES_MAX) return false;
    void this.takeBlocks(noBlocks, true);
    return true;
  }

  /** The block that is not full yet; undefined when it has no rows. */
  openBlock(): PendingBlock | undefined {
    const { kernel } = this;
    if (kernel.rowsOpen() === 0) return undefined;
    return openBlockOf(this.#words, kernel.rowsDescribe() / WORD_BYTES);
  }

  /** Sequence numbers of all rows. There is at least one. */
  get seqs(): NumberRange {
    return this.#withBefore("seqs", seqsOf(this.#readRanges()));
  }

  get expireTs(): NumberRange {
    return this.#withBefore("expireTs", expireTsOf(this.#readRanges()));
  }

  get createTs(): NumberRange {
    return this.#withBefore("createTs", createTsOf(this.#readRanges()));
  }

  #withBefore(name: "seqs" | "createTs" | "expireTs", range: NumberRange): NumberRange {
    return this.#before === undefined ? range : joinRanges(this.#before[name], range);
  }

  #readRanges(): BigInt64Array {
    this.kernel.rowsRanges(this.#rangesAt);
    return this.#ranges;
  }

  /** What the rows that are offered next have in common. */
  setTail(seqHi: number, seqLo: number, flags: number, expireTsHi: number, expireTsLo: number, createTsHi: number, createTsLo: number): void {
    this.#seqHi = seqHi;
    this.#seqLo = seqLo;
    this.#flags = flags;
    this.#expireTsHi = expireTsHi;
    this.#expireTsLo = expireTsLo;
    this.#createTsHi = createTsHi;
    this.#createTsLo = createTsLo;
    this.kernel.rowsTail(seqHi, seqLo, flags, expireTsHi, expireTsLo, createTsHi, createTsLo);
  }
}
