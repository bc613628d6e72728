// Children of tables, as the generated writers write them: each is complete before its parent starts.
import { assertBytes, assertItems, assertText, fieldInvalid } from "./checks.js";
import type { FlatBufferLayout } from "./layout.js";

/** Writes one table; returns its position. */
export type TableWriter<T> = (layout: FlatBufferLayout, value: T) => number;

const encoder = new TextEncoder();

export function buildBytes(layout: FlatBufferLayout, value: Uint8Array, field: string): number {
  assertBytes(value, field);
  return layout.byteVector(value);
}

export function buildText(layout: FlatBufferLayout, value: string, field: string): number {
  assertText(value, field);
  return layout.text(encoder.encode(value));
}

export function buildTable<T>(layout: FlatBufferLayout, value: T, field: string, build: TableWriter<T>): number {
  if (typeof value !== "object" || value === null) throw fieldInvalid(field, "an object", value);
  return build(layout, value);
}

export function buildTables<T>(layout: FlatBufferLayout, values: readonly T[], field: string, build: TableWriter<T>): number {
  assertItems(values, field);
  return layout.offsetVector(Array.from(values, (value) => buildTable(layout, value, field, build)));
}

/** Writes the table that a union holds; `kind` is the one member it can have. */
export function buildMember<T>(
  layout: FlatBufferLayout, member: { readonly kind: string; readonly value: T }, kind: string, field: string, build: TableWriter<T>,
): number {
  if (typeof member !== "object" || member === null) throw fieldInvalid(field, "an object", member);
  if (member.kind !== kind) throw fieldInvalid(field, kind, member.kind);
  return buildTable(layout, member.value, field, build);
}
