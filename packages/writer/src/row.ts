// Rows as callers hand them over, and the bytes of their keys and values.
import { KEY_BYTES_MAX, KEY_BYTES_MIN, SstError, SstTypeError, VALUE_BYTES_MAX } from "@slate-sst/format";

/** Bytes, or text that is written as UTF-8. */
export type Bytes = Uint8Array | string;

/** Milliseconds since the Unix epoch: a bigint of 64 bits, or a safe integer. */
export type Timestamp = bigint | number;

/** Timestamps of a row. */
export interface RowTimes {
  /** When the row was written. Left out, readers report 0. */
  readonly createTs?: Timestamp | undefined;
  /** When the row expires. Left out, it does not. */
  readonly expireTs?: Timestamp | undefined;
}

interface RowBase extends RowTimes {
  /** 1 to 65,535 bytes; text is written as UTF-8. */
  readonly key: Bytes;
  /** Sequence number, 0 to 2^64 - 1; the writer's configured one when left out. Versions of a key come newest first. */
  readonly seq?: bigint | undefined;
}

/** A value. */
export interface PutRow extends RowBase {
  /** "put" unless given. */
  readonly kind?: "put" | undefined;
  /** The value, up to 4 GiB - 1; text is written as UTF-8. */
  readonly value: Bytes;
}

/** A tombstone. */
export interface DeleteRow extends RowBase {
  /** "delete". */
  readonly kind: "delete";
  /** A tombstone has none. */
  readonly value?: undefined;
}

/** A merge operand. */
export interface MergeRow extends RowBase {
  /** "merge". */
  readonly kind: "merge";
  /** The merge operand. */
  readonly value: Bytes;
}

/** A row of any kind. A row without a kind is a put. */
export type Row = PutRow | DeleteRow | MergeRow;

/** UTF-8 bytes of a text take at most this many for each UTF-16 unit. */
const UTF8_BYTES_PER_UNIT_MAX = 3;
const SCRATCH_BYTES_MIN = 256;
const NO_BYTES = new Uint8Array(0);

/** Whether it is an array of bytes, and not only says so, as a Proxy does. */
export function isBytes(input: unknown): input is Uint8Array {
  return ArrayBuffer.isView(input) && input instanceof Uint8Array;
}

/** Whether it is a length up to `max`, which is below 2^32: a subclass may tell anything. */
export function isLength(length: number, max: number): boolean {
  return length >>> 0 === length && length <= max;
}

/** The bytes of one key or value after the other, without an allocation each. */
export class BytesInput {
  /** The first `length` of these are the bytes given last. */
  bytes: Uint8Array = NO_BYTES;
  length = 0;
  readonly #what: "key" | "value";
  #scratch = new Uint8Array(SCRATCH_BYTES_MIN);
  readonly #encoder = new TextEncoder();

  constructor(what: "key" | "value") {
    this.#what = what;
  }

  /** @throws SstTypeError ERR_SST_ROW_TYPE, or SstError ERR_SST_STRING_NOT_UTF8. */
  set(input: unknown, ordinal: number): void {
    if (isBytes(input)) {
      this.bytes = input;
      this.length = input.length;
    } else if (typeof input === "string") this.#setText(input, ordinal);
    else {
      const given = input === null ? "null" : input instanceof Uint8Array ? "a Proxy of one" : input instanceof Object ? input.constructor?.name : typeof input;
      throw new SstTypeError("ERR_SST_ROW_TYPE", `row ${ordinal}: a ${this.#what} is a Uint8Array or a string, not ${given}`, { details: { field: this.#what, ordinal } });
    }
  }

  /** No bytes, as a tombstone has. */
  clear(): void {
    this.bytes = NO_BYTES;
    this.length = 0;
  }

  #setText(text: string, ordinal: number): void {
    if (!text.isWellFormed()) {
      throw new SstError("ERR_SST_STRING_NOT_UTF8", `row ${ordinal}: the ${this.#what} ${JSON.stringify(text.slice(0, SCRATCH_BYTES_MIN))} holds a lone surrogate, which UTF-8 cannot hold`, {
        details: { field: this.#what, ordinal },
      });
    }
    const most = text.length * UTF8_BYTES_PER_UNIT_MAX;
    if (most > this.#scratch.length) this.#scratch = new Uint8Array(most * 2);
    this.length = this.#encoder.encodeInto(text, this.#scratch).written;
    this.bytes = this.#scratch;
  }
}

// What runs for every row throws errors that other functions make: V8 takes the conversion of `ordinal` to text out of a
// branch that never runs, and then makes a string for every row.

/** @throws SstError ERR_SST_KEY_EMPTY or ERR_SST_KEY_TOO_LONG. */
export function checkKeyLength(length: number, ordinal: number): void {
  if (length < KEY_BYTES_MIN || !isLength(length, KEY_BYTES_MAX)) throw keyLengthError(length, ordinal);
}

function keyLengthError(length: number, ordinal: number): SstError {
  if (length < KEY_BYTES_MIN) return new SstError("ERR_SST_KEY_EMPTY", `row ${ordinal}: the key is empty`, { details: { ordinal } });
  return new SstError("ERR_SST_KEY_TOO_LONG", `row ${ordinal}: the key has ${length} bytes, at most ${KEY_BYTES_MAX} are possible`, {
    details: { ordinal, length, max: KEY_BYTES_MAX },
  });
}

/** @throws SstError ERR_SST_VALUE_TOO_LONG. */
export function checkValueLength(length: number, ordinal: number): void {
  if (!isLength(length, VALUE_BYTES_MAX)) throw valueLengthError(length, ordinal);
}

function valueLengthError(length: number, ordinal: number): SstError {
  return new SstError("ERR_SST_VALUE_TOO_LONG", `row ${ordinal}: the value has ${length} bytes, at most ${VALUE_BYTES_MAX} are possible`, {
    details: { ordinal, length, max: VALUE_BYTES_MAX },
  });
}
