// Where things lie in a FlatBuffer that is built back to front. This class only counts, so that the size of a buffer
// is known exactly before it exists; FlatBufferBuilder adds the bytes.
//
// Positions are "used" counts: the number of bytes from an object's start to the end of the buffer.
import { FLATBUFFER_BYTES_MAX } from "../generated/constants.js";
import { SstError } from "../errors.js";
import {
  BYTE_BYTES, INT_BYTES, LONG_BYTES, OFFSET_BYTES, SHORT_BYTES, VTABLE_ENTRY_BYTES, VTABLE_HEADER_ENTRIES,
} from "./encoding.js";
import { VtableSet } from "./vtables.js";

/** Positions of the objects that a vector points to, in order. */
export interface PositionSource {
  readonly length: number;
  at(index: number): number | undefined;
}

export class FlatBufferLayout {
  #used = 0;
  #alignment = 1;
  readonly #bytesMax: number;
  #vtables = new VtableSet();
  /** The vtable of the table being written; the first two entries are filled in at its end. */
  #entries: number[] = [];
  /** Entries in use, up to the highest slot present. */
  #entryCount = 0;
  /** Bytes used before the table's first field. */
  #tableTail = 0;

  /** @param bytesMax - bytes beyond which the buffer is refused with ERR_SST_LIMIT_FLATBUFFER */
  constructor(bytesMax = FLATBUFFER_BYTES_MAX) {
    this.#bytesMax = bytesMax;
  }

  /** Bytes so far. */
  get used(): number {
    return this.#used;
  }

  /** Length the buffer has when it is finished now, with the object written last as its root. */
  get finishedSize(): number {
    const alignment = Math.max(this.#alignment, OFFSET_BYTES);
    return this.#used + this.padding(alignment, OFFSET_BYTES) + OFFSET_BYTES;
  }

  /** A layout that goes on from here without any limit and without touching this one. Not while a table is open. */
  measure(): FlatBufferLayout {
    const copy = new FlatBufferLayout(Number.MAX_SAFE_INTEGER);
    copy.#used = this.#used;
    copy.#alignment = this.#alignment;
    copy.#vtables = this.#vtables.copy();
    return copy;
  }

  /** Writes a vector of bytes; returns its position. */
  byteVector(bytes: Uint8Array, start = 0, end = bytes.length): number {
    this.align(OFFSET_BYTES, end - start);
    this.raw(bytes, start, end);
    return this.count(end - start);
  }

  /** Writes a string, which has a terminating zero that its count leaves out; returns its position. */
  text(utf8: Uint8Array): number {
    this.align(OFFSET_BYTES, utf8.length + 1);
    this.zeros(1);
    this.raw(utf8, 0, utf8.length);
    return this.count(utf8.length);
  }

  /** Writes a vector of references; returns its position. */
  offsetVector(targets: PositionSource): number {
    this.align(OFFSET_BYTES, OFFSET_BYTES * targets.length);
    this.references(targets);
    return this.count(targets.length);
  }

  /** Starts a table with this many slots. Its children must be complete. */
  startTable(slots: number): void {
    const entries = this.#entries;
    while (entries.length < VTABLE_HEADER_ENTRIES + slots) entries.push(0);
    for (let entry = 0; entry < entries.length; entry++) entries[entry] = 0;
    this.#entryCount = 0;
    this.#tableTail = this.#used;
  }

  addByte(slot: number, value: number): void {
    this.align(BYTE_BYTES, 0);
    this.int(value, BYTE_BYTES);
    this.mark(slot);
  }

  addShort(slot: number, value: number): void {
    this.align(SHORT_BYTES, 0);
    this.int(value, SHORT_BYTES);
    this.mark(slot);
  }

  addInt(slot: number, value: number): void {
    this.align(INT_BYTES, 0);
    this.int(value, INT_BYTES);
    this.mark(slot);
  }

  /** A 64-bit scalar, signed or not. */
  addLong(slot: number, value: bigint): void {
    this.align(LONG_BYTES, 0);
    this.long(value);
    this.mark(slot);
  }

  /** An unsigned 64-bit scalar from a safe integer. */
  addSafeLong(slot: number, value: number): void {
    this.align(LONG_BYTES, 0);
    this.safeLong(value);
    this.mark(slot);
  }

  /** A reference to an object written before. */
  addOffset(slot: number, target: number): void {
    this.align(OFFSET_BYTES, 0);
    this.reference(target);
    this.mark(slot);
  }

  /** Ends the table; returns its position. A vtable that an earlier table has already is not written again. */
  endTable(): number {
    this.align(OFFSET_BYTES, 0);
    const table = this.#used + OFFSET_BYTES;
    const count = Math.max(this.#entryCount, VTABLE_HEADER_ENTRIES);
    const entries = this.#entries;
    for (let entry = VTABLE_HEADER_ENTRIES; entry < count; entry++) {
      const field = entries[entry] ?? 0;
      if (field !== 0) entries[entry] = table - field;
    }
    const vtableBytes = count * VTABLE_ENTRY_BYTES;
    entries[0] = vtableBytes;
    entries[1] = table - this.#tableTail;
    const known = this.#vtables.find(entries, count);
    const vtable = known === 0 ? table + vtableBytes : known;
    this.int(vtable - table, OFFSET_BYTES);
    if (known !== 0) return table;
    for (let entry = count - 1; entry >= 0; entry--) this.int(entries[entry] ?? 0, VTABLE_ENTRY_BYTES);
    this.#vtables.add(entries, count, vtable);
    return table;
  }

  /** Aligns for the root reference, the first bytes of the buffer. */
  protected finishRoot(root: number): void {
    this.align(Math.max(this.#alignment, OFFSET_BYTES), OFFSET_BYTES);
    this.reference(root);
  }

  /** Zero bytes so that an object of this alignment can start after `extra` more bytes. */
  protected align(size: number, extra: number): void {
    if (size > this.#alignment) this.#alignment = size;
    const padding = this.padding(size, extra);
    if (padding > 0) this.zeros(padding);
  }

  private padding(size: number, extra: number): number {
    return -(this.#used + extra) & (size - 1);
  }

  private count(elements: number): number {
    this.int(elements, OFFSET_BYTES);
    return this.#used;
  }

  protected reference(target: number): void {
    this.int(this.#used + OFFSET_BYTES - target, OFFSET_BYTES);
  }

  private mark(slot: number): void {
    const entry = VTABLE_HEADER_ENTRIES + slot;
    this.#entries[entry] = this.#used;
    if (entry >= this.#entryCount) this.#entryCount = entry + 1;
  }

  /** Counts bytes; refuses those beyond the limit. */
  protected advance(bytes: number): void {
    if (this.#used + bytes > this.#bytesMax) {
      throw new SstError("ERR_SST_LIMIT_FLATBUFFER", `the FlatBuffer would outgrow ${this.#bytesMax} bytes`, {
        details: { used: this.#used, more: bytes, limit: this.#bytesMax },
      });
    }
    this.#used += bytes;
  }

  /** An integer of up to 32 bits, little-endian; negative ones as two's complement. */
  protected int(_value: number, bytes: number): void {
    this.advance(bytes);
  }

  protected long(_value: bigint): void {
    this.advance(LONG_BYTES);
  }

  protected safeLong(_value: number): void {
    this.advance(LONG_BYTES);
  }

  protected raw(_bytes: Uint8Array, start: number, end: number): void {
    this.advance(end - start);
  }

  protected zeros(count: number): void {
    this.advance(count);
  }

  /** References to each target, in order. */
  protected references(targets: PositionSource): void {
    this.advance(OFFSET_BYTES * targets.length);
  }
}
