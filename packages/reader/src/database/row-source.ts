// Rows of one place of a database in key order: the write-ahead log, an SST of level 0, or a run's SSTs one after the other.
import { compareBytes, showKey, SstError } from "@slate-sst/format";
import type { SstRow } from "../row.js";

export class RowSource {
  /** Such as `manifest.compacted[0]`. */
  readonly path: string;
  /** The present row; undefined before the first and behind the last. */
  row: SstRow | undefined;
  readonly #batches: AsyncGenerator<SstRow[], void, undefined>;
  readonly #reverse: boolean;
  #batch: readonly SstRow[] = [];
  #at = 0;

  constructor(path: string, batches: AsyncGenerator<SstRow[], void, undefined>, reverse: boolean) {
    this.path = path;
    this.#batches = batches;
    this.#reverse = reverse;
  }

  /** Goes to the next row of those at hand. @returns false when more must be fetched, or there are none. */
  next(): boolean {
    const row = this.#batch[this.#at];
    if (row === undefined) return false;
    this.#at++;
    if (this.row !== undefined) this.#checkOrder(this.row.key, row.key);
    this.row = row;
    return true;
  }

  /** Goes to the next row. @returns false behind the last one. @throws SstError, StoreError. */
  async advance(): Promise<boolean> {
    while (!this.next()) {
      const { done, value } = await this.#batches.next();
      if (done === true) {
        this.row = undefined;
        return false;
      }
      this.#batch = value;
      this.#at = 0;
    }
    return true;
  }

  async close(): Promise<void> {
    await this.#batches.return();
  }

  /** A merge of unsorted rows would show wrong ones, so it ends. */
  #checkOrder(before: Uint8Array, key: Uint8Array): void {
    const order = compareBytes(before, key);
    if (this.#reverse ? order >= 0 : order <= 0) return;
    throw new SstError("ERR_SST_CORRUPT", `${this.path}: the rows are not sorted: ${showKey(key)} comes after ${showKey(before)}`, { details: { path: this.path, key, before } });
  }
}
