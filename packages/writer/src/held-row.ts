// onDuplicate "keepLast": the row accepted last waits, in copies, until the next row shows that it was the last of its key.
import { KEY_BYTES_MAX } from "@slate-sst/format";

export class HeldRow {
  isEmpty = true;
  /** Its place among the rows offered. */
  ordinal = 0;
  /** Prefix shared with the row before. */
  prefix = 0;
  readonly key = new Uint8Array(KEY_BYTES_MAX);
  keyLength = 0;
  value: Uint8Array = new Uint8Array(0);
  valueLength = 0;
  seqHi = 0;
  seqLo = 0;
  flags = 0;
  expireTsHi = 0;
  expireTsLo = 0;
  createTsHi = 0;
  createTsLo = 0;
  /** The row before, which has been encoded. */
  readonly keyBefore = new Uint8Array(KEY_BYTES_MAX);
  keyBeforeLength = 0;
  seqBeforeHi = 0;
  seqBeforeLo = 0;

  /** Holds a row of another key or sequence number. */
  hold(prefix: number, key: Uint8Array, keyLength: number, seqHi: number, seqLo: number, ordinal: number): void {
    if (!this.isEmpty) {
      this.keyBefore.set(this.key.subarray(0, this.keyLength));
      this.keyBeforeLength = this.keyLength;
      this.seqBeforeHi = this.seqHi;
      this.seqBeforeLo = this.seqLo;
    }
    this.isEmpty = false;
    this.ordinal = ordinal;
    this.prefix = prefix;
    this.key.set(key.subarray(0, keyLength));
    this.keyLength = keyLength;
    this.seqHi = seqHi;
    this.seqLo = seqLo;
  }

  /** Gives the held row its content, or another one. */
  setContent(value: Uint8Array, valueLength: number, flags: number, expireTsHi: number, expireTsLo: number, createTsHi: number, createTsLo: number): void {
    if (this.value.length < valueLength) this.value = new Uint8Array(valueLength);
    this.value.set(value.subarray(0, valueLength));
    this.valueLength = valueLength;
    this.flags = flags;
    this.expireTsHi = expireTsHi;
    this.expireTsLo = expireTsLo;
    this.createTsHi = createTsHi;
    this.createTsLo = createTsLo;
  }
}
