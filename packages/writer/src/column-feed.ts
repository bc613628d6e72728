// The rows of one call of writeColumns(): by the kernel as far as it goes, and one by one where it does not.
import { FLAG_CREATE_TS, FLAG_EXPIRE_TS, FLAG_TOMBSTONE, SstTypeError } from "@slate-sst/format";
import type { CheckedColumns } from "./columns.js";
import { Halves } from "./int64.js";
import { columnFlags } from "./kernel-columns.js";
import { checkKeyLength, checkValueLength } from "./row.js";
import type { SstEncoder } from "./sst-encoder.js";
import { withIndex } from "./write-error.js";
import type { WriterLife } from "./writer-life.js";

export class ColumnFeed {
  readonly #columns: CheckedColumns;
  readonly #encoder: SstEncoder;
  readonly #life: WriterLife;
  readonly #seqHi: number;
  readonly #seqLo: number;
  readonly #halves = new Halves();
  #at = 0;

  constructor(columns: CheckedColumns, encoder: SstEncoder, life: WriterLife, seqHi: number, seqLo: number) {
    this.#columns = columns;
    this.#encoder = encoder;
    this.#life = life;
    this.#seqHi = seqHi;
    this.#seqLo = seqLo;
  }

  /** Writes rows until there are no more, or the caller must wait. @throws what is wrong with a row, which was not taken. */
  run(): Promise<void> | undefined {
    const encoder = this.#encoder;
    const { rows } = this.#columns;
    while (this.#at < rows) {
      this.#at += encoder.addColumns(this.#columns, this.#at, this.#seqHi, this.#seqLo);
      const wait = encoder.takeWait() ?? (this.#at < rows ? this.#addRow(this.#at++) : undefined);
      if (wait !== undefined) return wait;
    }
    return undefined;
  }

  /** Waits, and writes the rest. */
  async finish(wait: Promise<void>): Promise<void> {
    for (let next: Promise<void> | undefined = wait; next !== undefined; next = this.run()) {
      await next;
      this.#life.checkOccupied("writing rows");
    }
  }

  /** One row through the checks of a single one. */
  #addRow(row: number): Promise<void> | undefined {
    const encoder = this.#encoder;
    const { keys, keyOffsets, values, valueOffsets, seqs, expireTs, createTs } = this.#columns;
    const ordinal = ++encoder.ordinal;
    try {
      const key = keys.subarray(keyOffsets[row], keyOffsets[row + 1]);
      const value = values.subarray(valueOffsets[row], valueOffsets[row + 1]);
      checkKeyLength(key.length, ordinal);
      checkValueLength(value.length, ordinal);
      const flags = columnFlags(this.#columns, row);
      if (flags === undefined) throw rowType("kind", ordinal, `a row's kind is 0 (put), 1 (delete) or 2 (merge), not ${this.#columns.kinds?.[row]}`);
      if ((flags & FLAG_TOMBSTONE) !== 0 && value.length > 0) throw rowType("value", ordinal, "a tombstone has no value");
      const [seqHi, seqLo] = seqs === undefined ? [this.#seqHi, this.#seqLo] : this.#split(() => this.#halves.setSeq(seqs[row], ordinal));
      const [expireHi, expireLo] = this.#timestamp(expireTs, row, flags & FLAG_EXPIRE_TS, ordinal);
      const [createHi, createLo] = this.#timestamp(createTs, row, flags & FLAG_CREATE_TS, ordinal);
      return encoder.add(key, key.length, value, value.length, seqHi, seqLo, flags, expireHi, expireLo, createHi, createLo);
    } catch (error) {
      throw this.#life.state === "writing" ? withIndex(error, row) : error;
    }
  }

  #timestamp(column: BigInt64Array | undefined, row: number, flag: number, ordinal: number): readonly [number, number] {
    return flag === 0 ? [0, 0] : this.#split(() => this.#halves.setTimestamp(column?.[row], "timestamp", ordinal));
  }

  #split(set: () => void): readonly [number, number] {
    set();
    return [this.#halves.hi, this.#halves.lo];
  }
}

function rowType(field: string, ordinal: number, problem: string): SstTypeError {
  return new SstTypeError("ERR_SST_ROW_TYPE", `row ${ordinal}: ${problem}`, { details: { field, ordinal } });
}
