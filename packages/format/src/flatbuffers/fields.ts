// Fields of a table by kind, as the generated readers call them: absent scalars are 0, absent references undefined.
import type { BufferReader } from "./buffer-reader.js";
import { BYTE_BYTES, INT_BYTES, LONG_BYTES, OFFSET_BYTES, SHORT_BYTES } from "./encoding.js";

/** Reads one table into its plain form. */
export type TableReader<T> = (reader: BufferReader, table: number) => T;

export function boolField(reader: BufferReader, table: number, slot: number, name: string): boolean {
  const field = reader.field(table, slot, BYTE_BYTES, name);
  return field !== 0 && reader.byte(field) !== 0;
}

export function ubyteField(reader: BufferReader, table: number, slot: number, name: string): number {
  const field = reader.field(table, slot, BYTE_BYTES, name);
  return field === 0 ? 0 : reader.byte(field);
}

export function ushortField(reader: BufferReader, table: number, slot: number, name: string): number {
  const field = reader.field(table, slot, SHORT_BYTES, name);
  return field === 0 ? 0 : reader.short(field);
}

/** A scalar without default: absent is not 0. */
export function optionalUshortField(reader: BufferReader, table: number, slot: number, name: string): number | undefined {
  const field = reader.field(table, slot, SHORT_BYTES, name);
  return field === 0 ? undefined : reader.short(field);
}

export function uintField(reader: BufferReader, table: number, slot: number, name: string): number {
  const field = reader.field(table, slot, INT_BYTES, name);
  return field === 0 ? 0 : reader.int(field);
}

export function ulongField(reader: BufferReader, table: number, slot: number, name: string): bigint {
  const field = reader.field(table, slot, LONG_BYTES, name);
  return field === 0 ? 0n : reader.ulong(field);
}

export function longField(reader: BufferReader, table: number, slot: number, name: string): bigint {
  const field = reader.field(table, slot, LONG_BYTES, name);
  return field === 0 ? 0n : reader.long(field);
}

/** An unsigned 64-bit scalar as a safe integer; more than 2^53-1 is corrupt. */
export function safeField(reader: BufferReader, table: number, slot: number, name: string): number {
  const field = reader.field(table, slot, LONG_BYTES, name);
  return field === 0 ? 0 : reader.safeLong(field, name);
}

/** A number with a meaning; one without is ERR_SST_UNSUPPORTED. 0 must be among the known ones. */
export function enumField<T extends number>(reader: BufferReader, table: number, slot: number, name: string, known: readonly T[]): T {
  const value = ubyteField(reader, table, slot, name);
  const found = known.find((candidate) => candidate === value);
  if (found === undefined) throw reader.unsupported(reader.field(table, slot, BYTE_BYTES, name), name, value);
  return found;
}

/** Position of the first byte of a byte vector, or 0 when it is absent. */
export function bytesStart(reader: BufferReader, table: number, slot: number, name: string): number {
  const field = reader.field(table, slot, OFFSET_BYTES, name);
  return field === 0 ? 0 : reader.vectorAt(field, 1, name);
}

/** A byte vector, as a view of the buffer. */
export function bytesField(reader: BufferReader, table: number, slot: number, name: string): Uint8Array | undefined {
  const start = bytesStart(reader, table, slot, name);
  return start === 0 ? undefined : reader.bytes.subarray(start, start + reader.count(start));
}

export function textField(reader: BufferReader, table: number, slot: number, name: string): string | undefined {
  const field = reader.field(table, slot, OFFSET_BYTES, name);
  return field === 0 ? undefined : reader.textAt(field, name);
}

export function tableField<T>(reader: BufferReader, table: number, slot: number, name: string, read: TableReader<T>): T | undefined {
  const field = reader.field(table, slot, OFFSET_BYTES, name);
  if (field === 0) return undefined;
  reader.enter(name);
  const value = read(reader, reader.tableAt(field, ""));
  reader.leave();
  return value;
}

/** Position of the first element of a vector of tables, or 0 when it is absent. */
export function elementsStart(reader: BufferReader, table: number, slot: number, name: string): number {
  const field = reader.field(table, slot, OFFSET_BYTES, name);
  return field === 0 ? 0 : reader.vectorAt(field, OFFSET_BYTES, name);
}

export function tablesField<T>(reader: BufferReader, table: number, slot: number, name: string, read: TableReader<T>): T[] | undefined {
  const elements = elementsStart(reader, table, slot, name);
  if (elements === 0) return undefined;
  const count = reader.count(elements);
  const values: T[] = [];
  reader.enter(name);
  for (let index = 0; index < count; index++) values.push(read(reader, reader.element(elements, index)));
  reader.leave();
  return values;
}

/** A reference that the schema requires; absent is corrupt. */
export function required<T>(value: T | undefined, reader: BufferReader, table: number, name: string): T {
  if (value === undefined) throw reader.corrupt(table, name, "a required field is absent");
  return value;
}
