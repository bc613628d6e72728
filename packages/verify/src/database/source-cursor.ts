// Rows of one place of a tree in key order: the SSTs of a run one after the other, each opened when its turn comes. Keys and
// sequence numbers only: values are not looked at, and no row is copied.
import { BlockCursor } from "@slate-sst/format";
import type { ObjectStore } from "@slate-sst/object-store";
import { type DataBlock, SstReader, type SstReaderOptions } from "@slate-sst/reader";
import { isInSpan, type KeySpan } from "@slate-sst/reader/database";

/** An SST of a place. */
export interface SourceSst {
  readonly object: string;
  readonly span: KeySpan;
}

export class SourceCursor {
  /** Number of the place in its tree: lower ones are newer. */
  readonly rank: number;
  /** The present row's key: the first `keyLength` bytes of `key`. */
  keyLength = 0;
  key: Uint8Array = new Uint8Array(0);
  readonly #store: ObjectStore;
  readonly #options: SstReaderOptions;
  readonly #ssts: readonly SourceSst[];
  #next = 0;
  #span: KeySpan | undefined;
  #reader: SstReader | undefined;
  #blocks: AsyncGenerator<DataBlock, void, undefined> | undefined;
  #cursor: BlockCursor | undefined;

  constructor(rank: number, ssts: readonly SourceSst[], store: ObjectStore, options: SstReaderOptions) {
    this.rank = rank;
    this.#ssts = ssts;
    this.#store = store;
    this.#options = options;
  }

  get seqHi(): number {
    return this.#cursor?.row.seqNumHi ?? 0;
  }

  get seqLo(): number {
    return this.#cursor?.row.seqNumLo ?? 0;
  }

  /** Goes to the next visible row of the present block. @returns false when there is none: then nextBlock() goes on. */
  next(): boolean {
    const cursor = this.#cursor;
    const span = this.#span;
    if (cursor === undefined || span === undefined) return false;
    while (cursor.next()) {
      if (!isInSpan(cursor.key, cursor.keyLength, span)) continue;
      this.key = cursor.key;
      this.keyLength = cursor.keyLength;
      return true;
    }
    return false;
  }

  /** Opens the next block, of this SST or the one after. @returns false behind the last. @throws SstError, StoreError. */
  async nextBlock(): Promise<boolean> {
    for (;;) {
      const block = await this.#blocks?.next();
      if (block?.done === false) {
        this.#cursor?.open(block.value.payload);
        return true;
      }
      await this.close();
      const sst = this.#ssts[this.#next++];
      if (sst === undefined) return false;
      this.#reader = await SstReader.open(this.#store, sst.object, this.#options);
      this.#span = sst.span;
      this.#cursor = new BlockCursor(this.#reader.formatVersion);
      this.#blocks = this.#reader.blocks({ signal: this.#options.signal });
    }
  }

  /** Lets go of the open SST. */
  async close(): Promise<void> {
    await this.#blocks?.return();
    await this.#reader?.close();
    this.#blocks = undefined;
    this.#reader = undefined;
    this.#cursor = undefined;
  }
}
