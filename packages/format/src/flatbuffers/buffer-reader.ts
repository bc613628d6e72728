// Checked access to a FlatBuffer: no position, vtable, count or string of it is used before it was compared with the
// buffer. What breaks a rule gives ERR_SST_CORRUPT with the offset and the path of the broken thing.
//
// An honest buffer is a tree: no two objects share bytes, save that tables share vtables. So all objects together are
// not larger than the buffer. The reader holds a buffer to that, which bounds its work by the buffer's length however
// often references point to the same place.
import { SstError } from "../errors.js";
import { HIGH_HALF, INT_BYTES, OFFSET_BYTES, SAFE_HIGH_MAX, VTABLE_ENTRY_BYTES, VTABLE_HEADER_ENTRIES } from "./encoding.js";

/** Bytes of a vtable without slots. */
const VTABLE_BYTES_MIN = VTABLE_HEADER_ENTRIES * VTABLE_ENTRY_BYTES;

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** One step of the path to what is being read: a field and, in a vector, the element. */
interface Step {
  readonly name: string;
  index: number;
}

export class BufferReader {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  readonly #root: string;
  readonly #base: number;
  readonly #steps: Step[] = [];
  /** Bytes that objects not yet read may still have. */
  #budget: number;

  /**
   * @param bytes - the whole FlatBuffer; byte vectors that are read are views of it
   * @param root - name of the root table in the paths of errors
   * @param base - offset of the buffer in its file, added to the offsets in errors
   */
  constructor(bytes: Uint8Array, root: string, base = 0) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#root = root;
    this.#base = base;
    this.#budget = bytes.length;
  }

  /** The root table. */
  root(): number {
    this.#within(0, OFFSET_BYTES, 0, "");
    return this.#table(this.#target(0, ""), "");
  }

  /** Position of a slot's field in a table, or 0 when it is absent. */
  field(table: number, slot: number, bytes: number, name: string): number {
    const vtable = table - this.#view.getInt32(table, true);
    const entry = (VTABLE_HEADER_ENTRIES + slot) * VTABLE_ENTRY_BYTES;
    if (entry >= this.#view.getUint16(vtable, true)) return 0;
    const distance = this.#view.getUint16(vtable + entry, true);
    if (distance === 0) return 0;
    const tableBytes = this.#view.getUint16(vtable + VTABLE_ENTRY_BYTES, true);
    if (distance < OFFSET_BYTES || distance + bytes > tableBytes) throw this.corrupt(vtable + entry, name, "the field lies outside its table");
    return table + distance;
  }

  byte(position: number): number {
    return this.#view.getUint8(position);
  }

  short(position: number): number {
    return this.#view.getUint16(position, true);
  }

  int(position: number): number {
    return this.#view.getUint32(position, true);
  }

  ulong(position: number): bigint {
    return this.#view.getBigUint64(position, true);
  }

  long(position: number): bigint {
    return this.#view.getBigInt64(position, true);
  }

  /** An unsigned 64-bit scalar as a safe integer. */
  safeLong(position: number, name: string): number {
    const high = this.int(position + INT_BYTES);
    if (high > SAFE_HIGH_MAX) throw this.corrupt(position, name, "the number is larger than 2^53-1");
    return high * HIGH_HALF + this.int(position);
  }

  /** The table that the reference at a field points to. */
  tableAt(field: number, name: string): number {
    return this.#table(this.#target(field, name), name);
  }

  /** The vector that the reference at a field points to: position of its first element. Its count lies right before. */
  vectorAt(field: number, elementBytes: number, name: string): number {
    const vector = this.#target(field, name);
    const length = this.int(vector) * elementBytes;
    this.#within(vector + OFFSET_BYTES, length, vector, name);
    this.#spend(OFFSET_BYTES + length, vector, name);
    return vector + OFFSET_BYTES;
  }

  /** Elements of the vector whose first element is at the position. */
  count(elements: number): number {
    return this.int(elements - OFFSET_BYTES);
  }

  /** The string that the reference at a field points to. */
  textAt(field: number, name: string): string {
    const start = this.vectorAt(field, 1, name);
    const end = start + this.count(start);
    this.#within(end, 1, start - OFFSET_BYTES, name);
    if (this.byte(end) !== 0) throw this.corrupt(end, name, "the string has no terminating zero");
    try {
      return decoder.decode(this.bytes.subarray(start, end));
    } catch (cause) {
      throw this.corrupt(start, name, "the string is not UTF-8", cause);
    }
  }

  /** Goes down into a field: errors from here on name it. */
  enter(name: string): void {
    this.#steps.push({ name, index: -1 });
  }

  /** Goes to an element of the vector entered last; returns the table that it refers to. */
  element(elements: number, index: number): number {
    const step = this.#steps.at(-1);
    if (step !== undefined) step.index = index;
    return this.tableAt(elements + index * OFFSET_BYTES, "");
  }

  leave(): void {
    this.#steps.pop();
  }

  /** The error for broken bytes at a position of the buffer. */
  corrupt(position: number, name: string, problem: string, cause?: unknown): SstError {
    const path = this.path(name);
    const offset = this.#base + position;
    return new SstError("ERR_SST_CORRUPT", `${path} at offset ${offset}: ${problem}`, {
      details: { offset, path }, ...(cause === undefined ? {} : { cause }),
    });
  }

  /** The error for a number that this release knows no meaning for. */
  unsupported(position: number, name: string, value: number): SstError {
    const path = this.path(name);
    const offset = this.#base + position;
    return new SstError("ERR_SST_UNSUPPORTED", `${path} at offset ${offset}: ${value} is not known`, { details: { offset, path, value } });
  }

  private path(name: string): string {
    const steps = this.#steps.map((step) => `.${step.name}${step.index < 0 ? "" : `[${step.index}]`}`).join("");
    return `${this.#root}${steps}${name === "" ? "" : `.${name}`}`;
  }

  #target(field: number, name: string): number {
    const distance = this.int(field);
    if (distance < OFFSET_BYTES) throw this.corrupt(field, name, "the reference points into itself");
    const target = field + distance;
    this.#within(target, OFFSET_BYTES, field, name);
    return target;
  }

  /** Checks a table and its vtable; returns the table. */
  #table(table: number, name: string): number {
    const vtable = table - this.#view.getInt32(table, true);
    this.#within(vtable, VTABLE_BYTES_MIN, table, name);
    const vtableBytes = this.short(vtable);
    if (vtableBytes < VTABLE_BYTES_MIN || vtableBytes % VTABLE_ENTRY_BYTES !== 0) throw this.corrupt(vtable, name, `a vtable has no ${vtableBytes} bytes`);
    this.#within(vtable, vtableBytes, vtable, name);
    const tableBytes = this.short(vtable + VTABLE_ENTRY_BYTES);
    if (tableBytes < OFFSET_BYTES) throw this.corrupt(vtable, name, `a table has no ${tableBytes} bytes`);
    this.#within(table, tableBytes, vtable, name);
    this.#spend(tableBytes, table, name);
    return table;
  }

  /** Checks that bytes lie in the buffer; `at` is where the number stands that says they are there. */
  #within(position: number, bytes: number, at: number, name: string): void {
    if (position < 0 || position + bytes > this.bytes.length) {
      throw this.corrupt(at, name, `${bytes} bytes at ${position} are not inside the ${this.bytes.length} bytes of the FlatBuffer`);
    }
  }

  #spend(bytes: number, position: number, name: string): void {
    this.#budget -= bytes;
    if (this.#budget < 0) throw this.corrupt(position, name, "objects overlap: together they are larger than the FlatBuffer");
  }
}
