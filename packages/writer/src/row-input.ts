// A row as callers hand it over, checked field by field, in the form that the encoder takes: nothing is allocated for it.
import { checkOptionNames, FLAG_CREATE_TS, FLAG_EXPIRE_TS, FLAG_MERGE, FLAG_TOMBSTONE, showValue, SstTypeError } from "@slate-sst/format";
import { Halves } from "./int64.js";
import { type Bytes, BytesInput, checkKeyLength, checkValueLength, type Row, type RowTimes } from "./row.js";
import type { SstEncoder } from "./sst-encoder.js";

/** What put(), delete() and merge() take besides key and value. */
const TIME_NAMES: readonly (keyof RowTimes)[] = ["createTs", "expireTs"];
const ROW_NAMES: readonly (keyof Row)[] = ["kind", "key", "value", "seq", ...TIME_NAMES];

export class RowInput {
  /** The sequence number of rows that come without one, in halves. */
  readonly defaultSeqHi: number;
  readonly defaultSeqLo: number;
  readonly #key = new BytesInput("key");
  readonly #value = new BytesInput("value");
  readonly #halves = new Halves();
  /** The first timestamps, whose names were right: a caller who takes one object for all rows does not pay for each. */
  #named: RowTimes | undefined;
  #ordinal = 0;
  #seqHi = 0;
  #seqLo = 0;

  /** @param seq of rows that come without one. */
  constructor(seq: bigint) {
    this.#halves.setSeq(seq, 0);
    this.defaultSeqHi = this.#halves.hi;
    this.defaultSeqLo = this.#halves.lo;
  }

  /** Begins a row. @throws SstTypeError, SstError when it is no key. */
  begin(key: Bytes | undefined, ordinal: number): void {
    this.#ordinal = ordinal;
    this.#seqHi = this.defaultSeqHi;
    this.#seqLo = this.defaultSeqLo;
    this.#key.set(key, ordinal);
    checkKeyLength(this.#key.length, ordinal);
  }

  setValue(value: Bytes | undefined): void {
    this.#value.set(value, this.#ordinal);
    checkValueLength(this.#value.length, this.#ordinal);
  }

  /** A tombstone has none. */
  setNoValue(): void {
    this.#value.clear();
  }

  /** Takes the rest of a row of any kind, whose timestamps writeTo() gets. @returns the flags of its kind. */
  setRow(row: Partial<Row>): number {
    const { kind, value, seq } = row;
    this.#checkNames(row);
    const flags = kindFlags(kind);
    if (flags === undefined) throw this.#typeError("kind", `a row's kind is "put", "delete" or "merge", not ${showValue(kind)}`);
    if (flags !== FLAG_TOMBSTONE) this.setValue(value);
    else if (value === undefined) this.setNoValue();
    else throw this.#typeError("value", "a tombstone has no value");
    if (seq !== undefined) {
      this.#halves.setSeq(seq, this.#ordinal);
      this.#seqHi = this.#halves.hi;
      this.#seqLo = this.#halves.lo;
    }
    return flags;
  }

  /**
   * Hands the row to an encoder.
   * @param kind its flags, without timestamps.
   * @param isOption whether `times` holds timestamps and nothing else.
   * @returns a promise when the caller must wait before the next row.
   */
  writeTo(encoder: SstEncoder, kind: number, times: RowTimes | undefined, isOption: boolean): Promise<void> | undefined {
    let flags = kind;
    let expireTsHi = 0;
    let expireTsLo = 0;
    let createTsHi = 0;
    let createTsLo = 0;
    if (times !== undefined) {
      if (typeof times !== "object" || times === null) throw this.#typeError("times", `timestamps come as { createTs, expireTs }, not as ${showValue(times)}`);
      if (times.expireTs !== undefined) {
        this.#halves.setTimestamp(times.expireTs, "expireTs", this.#ordinal);
        expireTsHi = this.#halves.hi;
        expireTsLo = this.#halves.lo;
        flags |= FLAG_EXPIRE_TS;
      }
      if (times.createTs !== undefined) {
        this.#halves.setTimestamp(times.createTs, "createTs", this.#ordinal);
        createTsHi = this.#halves.hi;
        createTsLo = this.#halves.lo;
        flags |= FLAG_CREATE_TS;
      }
      if (isOption && times !== this.#named) {
        if (this.hasOtherNames(times)) checkNames(times, TIME_NAMES, this.#ordinal);
        this.#named ??= times;
      }
    }
    return encoder.add(
      this.#key.bytes, this.#key.length, this.#value.bytes, this.#value.length, this.#seqHi, this.#seqLo, flags,
      expireTsHi, expireTsLo, createTsHi, createTsLo,
    );
  }

  /** Whether timestamps have more names than values: one may be misspelt, and must not lose an expiry. */
  hasOtherNames(times: RowTimes): boolean {
    if (times === this.#named) return false;
    let more = 0;
    for (const _ in times) more++;
    if (times.createTs !== undefined) more--;
    if (times.expireTs !== undefined) more--;
    return more > 0;
  }

  /** The same of a whole row. Counting names is quick, and most rows are fine. */
  #checkNames(row: Partial<Row>): void {
    let more = 0;
    for (const _ in row) more++;
    if (row.key !== undefined) more--;
    if (row.kind !== undefined) more--;
    if (row.value !== undefined) more--;
    if (row.seq !== undefined) more--;
    if (row.createTs !== undefined) more--;
    if (row.expireTs !== undefined) more--;
    if (more > 0) checkNames(row, ROW_NAMES, this.#ordinal);
  }

  #typeError(field: string, problem: string): SstTypeError {
    const ordinal = this.#ordinal;
    return new SstTypeError("ERR_SST_ROW_TYPE", `row ${ordinal}: ${problem}`, { details: { field, ordinal } });
  }
}

/** @throws SstTypeError ERR_SST_OPTION_UNKNOWN. */
function checkNames(fields: object, known: readonly string[], ordinal: number): void {
  try {
    checkOptionNames(fields, known, `row ${ordinal}`);
  } catch (error) {
    if (!(error instanceof SstTypeError)) throw error;
    throw new SstTypeError(error.code, error.message, { details: { ...error.details, ordinal } });
  }
}

function kindFlags(kind: unknown): number | undefined {
  if (kind === undefined || kind === "put") return 0;
  if (kind === "delete") return FLAG_TOMBSTONE;
  return kind === "merge" ? FLAG_MERGE : undefined;
}
