// Reading a FlatBuffer that may be damaged: everything is checked, and what does not fit is a problem in words.
import { OFFSET_BYTES, VTABLE_ENTRY_BYTES, VTABLE_HEADER_ENTRIES, type WalkSlot } from "@slate-sst/format/walk";

/** Bytes of a vtable without slots. */
export const VTABLE_BYTES_MIN = VTABLE_HEADER_ENTRIES * VTABLE_ENTRY_BYTES;

/** Why something cannot be read. */
export class Problem {
  constructor(readonly text: string) {}
}

/** A table, its vtable inside the buffer and both lengths checked. */
export interface TableShape {
  readonly at: number;
  readonly vtable: number;
  readonly vtableBytes: number;
  readonly tableBytes: number;
}

/** A vector whose elements lie inside the buffer. */
export interface VectorShape {
  /** Where its count lies; the elements follow. */
  readonly at: number;
  readonly count: number;
  readonly elementBytes: number;
}

export class FlatBufferAccess {
  readonly #view: DataView;

  constructor(readonly bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get length(): number {
    return this.bytes.length;
  }

  /** @param at lies inside the buffer with all bytes, as for the next two. */
  short(at: number): number {
    return this.#view.getUint16(at, true);
  }

  int(at: number): number {
    return this.#view.getUint32(at, true);
  }

  signedInt(at: number): number {
    return this.#view.getInt32(at, true);
  }

  /** The place that the reference at a position points to. */
  target(at: number): number | Problem {
    if (at + OFFSET_BYTES > this.length) return new Problem("the buffer ends before the reference does");
    const distance = this.int(at);
    if (distance < OFFSET_BYTES) return new Problem("the reference points into itself");
    return at + distance + OFFSET_BYTES > this.length ? new Problem(`the reference points behind the ${this.length} bytes of the buffer`) : at + distance;
  }

  table(at: number): TableShape | Problem {
    const vtable = at - this.signedInt(at);
    if (vtable < 0 || vtable + VTABLE_BYTES_MIN > this.length) return new Problem("the vtable lies outside the buffer");
    const vtableBytes = this.short(vtable);
    const tableBytes = this.short(vtable + VTABLE_ENTRY_BYTES);
    if (vtableBytes < VTABLE_BYTES_MIN || vtableBytes % VTABLE_ENTRY_BYTES !== 0 || vtable + vtableBytes > this.length) return new Problem(`a vtable has no ${vtableBytes} bytes`);
    if (tableBytes < OFFSET_BYTES || at + tableBytes > this.length) return new Problem(`a table has no ${tableBytes} bytes`);
    return { at, vtable, vtableBytes, tableBytes };
  }

  vector(at: number, elementBytes: number): VectorShape | Problem {
    const count = this.int(at);
    if (at + OFFSET_BYTES + count * elementBytes > this.length) return new Problem(`a vector of ${count} elements does not fit in the buffer`);
    return { at, count, elementBytes };
  }

  /** Slots of a table's vtable. */
  slots({ vtableBytes }: TableShape): number {
    return vtableBytes / VTABLE_ENTRY_BYTES - VTABLE_HEADER_ENTRIES;
  }

  /** Where the vtable says how far from the table's start a slot's field lies. */
  entryAt({ vtable }: TableShape, slot: number): number {
    return vtable + (VTABLE_HEADER_ENTRIES + slot) * VTABLE_ENTRY_BYTES;
  }

  /** How far from the table's start a slot's field lies; 0 when it is absent. */
  distance(table: TableShape, slot: number): number {
    return slot < 0 || slot >= this.slots(table) ? 0 : this.short(this.entryAt(table, slot));
  }

  /** Position of a field; undefined when it is absent. */
  field(table: TableShape, { slot, bytes }: Pick<WalkSlot, "slot" | "bytes">): number | Problem | undefined {
    const distance = this.distance(table, slot);
    if (distance === 0) return undefined;
    return distance < OFFSET_BYTES || distance + bytes > table.tableBytes ? new Problem("the field lies outside its table") : table.at + distance;
  }
}
