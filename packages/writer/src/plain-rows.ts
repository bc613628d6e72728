// Rows to blocks without the kernel: of older versions, rows that may still be replaced or are to be checked, and rows too large for it.
import { type BlockEncoder, createBlockEncoder, FLAG_CREATE_TS, FLAG_EXPIRE_TS, KEY_BYTES_MAX, type KeyHashes, separatorLengthAfter } from "@slate-sst/format";
import type { BlockCheck } from "./block-check.js";
import type { BlockStage } from "./block-stage.js";
import type { Boundary } from "./checkpoint/boundary.js";
import type { ResolvedConfig } from "./config.js";
import { HeldRow } from "./held-row.js";
import { compareUnsigned, halvesOf, joinUnsigned, Range64 } from "./int64.js";
import { type PendingBlock, pendingBlocks } from "./size-estimate.js";

/** Answers of prefixOf(): a row of the key and sequence number that came last; one that belongs before it. */
export const ROW_DUPLICATE = -1;
export const ROW_DISORDERED = -2;

/**
 * In all methods only the low 32 bits of the halves count, and flags say which timestamps are present. Rows come as plain parameters, as
 * everywhere on their way to a block: an object for each would be garbage a million times a second.
 */
export class PlainRows {
  readonly seqs = new Range64(false);
  readonly createTs = new Range64(true);
  readonly expireTs = new Range64(true);
  /** The block that is open. */
  readonly block: BlockEncoder;
  readonly #config: ResolvedConfig;
  readonly #stage: BlockStage;
  readonly #check: BlockCheck | undefined;
  readonly #hashes: KeyHashes | undefined;
  readonly #held: HeldRow | undefined;
  readonly #lastKey = new Uint8Array(KEY_BYTES_MAX);
  #lastKeyLength = 0;
  #lastSeqHi = 0;
  #lastSeqLo = 0;
  readonly #separator = new Uint8Array(KEY_BYTES_MAX);
  #separatorLength = 0;
  /** Whether the next row begins a block behind rows that were written before this object was there. */
  #isResumed = false;

  /** @param check told of every row; the stage has it look at the finished blocks. */
  constructor(config: ResolvedConfig, stage: BlockStage, check: BlockCheck | undefined, hashes: KeyHashes | undefined) {
    this.#config = config;
    this.#stage = stage;
    this.#check = check;
    this.#hashes = hashes;
    this.#held = config.onDuplicate === "keepLast" ? new HeldRow() : undefined;
    this.block = createBlockEncoder(config.formatVersion, config.blockSize);
  }

  /** The key taken last, as a view. */
  get lastKey(): Uint8Array {
    return this.#lastKey.subarray(0, this.#lastKeyLength);
  }

  get lastSeq(): bigint {
    return joinUnsigned(this.#lastSeqHi, this.#lastSeqLo);
  }

  /** Bytes that a row's key shares with the key taken last, or ROW_DUPLICATE or ROW_DISORDERED. */
  prefixOf(key: Uint8Array, keyLength: number, seqHi: number, seqLo: number): number {
    const lastKey = this.#lastKey;
    // 0 before the first row, which comes behind it like any other.
    const lastLength = this.#lastKeyLength;
    const shorter = keyLength < lastLength ? keyLength : lastLength;
    let prefix = 0;
    while (prefix < shorter && key[prefix] === lastKey[prefix]) prefix++;
    if (prefix === shorter ? keyLength > lastLength : key[prefix]! > lastKey[prefix]!) return prefix;
    if (prefix !== keyLength || keyLength !== lastLength) return ROW_DISORDERED;
    const order = compareUnsigned(seqHi, seqLo, this.#lastSeqHi, this.#lastSeqLo);
    return order < 0 ? prefix : order === 0 ? ROW_DUPLICATE : ROW_DISORDERED;
  }

  /**
   * Takes the next row.
   * @param prefix what prefixOf() says of it.
   * @param ordinal its place among the rows offered.
   * @returns a promise when the caller must wait before the next row.
   */
  take(
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
    ordinal: number,
  ): Promise<void> | undefined {
    const held = this.#held;
    let wait: Promise<void> | undefined;
    if (held === undefined) {
      wait = this.#encode(prefix, key, keyLength, value, valueLength, seqHi, seqLo, flags, expireTsHi, expireTsLo, createTsHi, createTsLo);
    } else {
      wait = held.isEmpty ? undefined : this.#encodeHeld(held);
      held.hold(prefix, key, keyLength, seqHi, seqLo, ordinal);
      held.setContent(value, valueLength, flags, expireTsHi, expireTsLo, createTsHi, createTsLo);
    }
    // Only now: what a block ends with is the row before.
    const lastKey = this.#lastKey;
    for (let at = prefix; at < keyLength; at++) lastKey[at] = key[at]!;
    this.#lastKeyLength = keyLength;
    this.#lastSeqHi = seqHi | 0;
    this.#lastSeqLo = seqLo | 0;
    return wait;
  }

  /** Takes what a row of the same key and sequence number says instead, where the last one counts. */
  replace(value: Uint8Array, valueLength: number, flags: number, expireTsHi: number, expireTsLo: number, createTsHi: number, createTsLo: number): void {
    // Without a held row it is a duplicate of the one that a resumed SST goes on behind, which no more was coming of.
    if (this.#held?.isEmpty === false) this.#held.setContent(value, valueLength, flags, expireTsHi, expireTsLo, createTsHi, createTsLo);
  }

  /**
   * Takes a row for a block of its own, between blocks that the kernel makes; finishBlock() ends it.
   * @param prefix bytes shared with the row before it; undefined for the first row.
   */
  takeAlone(
    prefix: number | undefined,
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
  ): void {
    if (prefix !== undefined) this.#setSeparator(prefix, key, keyLength);
    // The block is empty: nothing is finished, and nobody waits.
    void this.#encode(prefix ?? 0, key, keyLength, value, valueLength, seqHi, seqLo, flags, expireTsHi, expireTsLo, createTsHi, createTsLo);
  }

  /** Finishes the block that is open. @returns a promise when the caller must wait before the next row. */
  finishBlock(): Promise<void> | undefined {
    return this.#stage.finish(this.block, this.#separator, this.#separatorLength);
  }

  /** No more rows follow. */
  async finish(): Promise<void> {
    if (this.#held?.isEmpty === false) await this.#encodeHeld(this.#held);
    await this.finishBlock();
  }

  /** Last key and sequence number of the blocks, and rows offered up to there: a held row is behind them unless there are no more. */
  ends(isEnd: boolean, ordinal: number): Pick<Boundary, "lastKey" | "lastSeq"> & { readonly ordinal: number } {
    const held = this.#held;
    if (held === undefined || isEnd) return { lastKey: this.lastKey.slice(), lastSeq: this.lastSeq, ordinal };
    return { lastKey: held.keyBefore.slice(0, held.keyBeforeLength), lastSeq: joinUnsigned(held.seqBeforeHi, held.seqBeforeLo), ordinal: held.ordinal };
  }

  /** Goes on behind blocks that are there already. No row was taken yet. */
  restore({ lastKey, lastSeq, seqs, createTs, expireTs }: Boundary): void {
    this.#lastKey.set(lastKey);
    this.#lastKeyLength = lastKey.length;
    const halves = halvesOf(lastSeq);
    this.#lastSeqHi = halves.hi;
    this.#lastSeqLo = halves.lo;
    this.seqs.restore(seqs);
    this.createTs.restore(createTs);
    this.expireTs.restore(expireTs);
    this.#isResumed = true;
  }

  /** Blocks that would be finished if there were no more rows. */
  pendingBlocks(): PendingBlock[] {
    return pendingBlocks(this.block, this.#separatorLength, this.#held, this.#config);
  }

  #encode(
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
  ): Promise<void> | undefined {
    const { block } = this;
    const { rows } = this.#stage;
    let wait: Promise<void> | undefined;
    let size = block.rowSize(prefix, keyLength, valueLength, flags);
    if (this.#isResumed || !block.fits(size)) {
      this.#isResumed = false;
      wait = block.rows === 0 ? undefined : this.finishBlock();
      size = block.rowSize(prefix, keyLength, valueLength, flags);
      this.#setSeparator(prefix, key, keyLength);
    }
    if (rows.bytes.length - rows.at < size) rows.reserve(size);
    rows.at = block.append(rows.bytes, rows.at, prefix, key, keyLength, value, valueLength, seqHi, seqLo, flags, expireTsHi, expireTsLo, createTsHi, createTsLo);
    this.#hashes?.add(key, 0, keyLength);
    this.seqs.add(seqHi | 0, seqLo | 0);
    this.#check?.add(key, keyLength, value, valueLength, seqHi, seqLo, flags, expireTsHi, expireTsLo, createTsHi, createTsLo);
    if ((flags & FLAG_CREATE_TS) !== 0) this.createTs.add(createTsHi, createTsLo);
    if ((flags & FLAG_EXPIRE_TS) !== 0) this.expireTs.add(expireTsHi, expireTsLo);
    return wait;
  }

  #encodeHeld(held: HeldRow): Promise<void> | undefined {
    return this.#encode(
      held.prefix, held.key, held.keyLength, held.value, held.valueLength, held.seqHi, held.seqLo, held.flags,
      held.expireTsHi, held.expireTsLo, held.createTsHi, held.createTsLo,
    );
  }

  #setSeparator(prefix: number, key: Uint8Array, keyLength: number): void {
    this.#separatorLength = separatorLengthAfter(prefix, keyLength);
    this.#separator.set(key.subarray(0, this.#separatorLength));
  }
}
