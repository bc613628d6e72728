// Data blocks by the book: rows as plain objects, and an encoder that follows the rules of the format word for word, byte by
// byte, without any of the package's codecs. What the package makes must be equal to it.
import fc from "fast-check";
import type { BlockEncoder } from "../src/block-encoder.js";
import type { FormatVersion } from "../src/generated/block-layouts.js";

export interface ModelRow {
  readonly kind: "put" | "delete" | "merge";
  readonly key: Uint8Array;
  /** No bytes for a tombstone. */
  readonly value: Uint8Array;
  readonly seq: bigint;
  readonly createTs: bigint | undefined;
  readonly expireTs: bigint | undefined;
}

export const text = (characters: string): Uint8Array => new TextEncoder().encode(characters);

export function flagsOf({ kind, createTs, expireTs }: ModelRow): number {
  return (kind === "delete" ? 1 : 0) + (expireTs === undefined ? 0 : 2) + (createTs === undefined ? 0 : 4) + (kind === "merge" ? 8 : 0);
}

/** Length of the longest common prefix. */
export function sharedPrefix(left: Uint8Array, right: Uint8Array): number {
  let length = 0;
  while (length < left.length && length < right.length && left[length] === right[length]) length++;
  return length;
}

const bigEndian = (value: bigint, bytes: number): number[] => Array.from({ length: bytes }, (_, at) => Number(BigInt.asUintN(8, value >> BigInt(8 * (bytes - 1 - at)))));
const u16 = (value: number): number[] => bigEndian(BigInt(value), 2);

/** Unsigned LEB128. */
export function varint(value: number): number[] {
  const groups: number[] = [];
  let rest = value;
  do {
    groups.push((rest % 128) + (rest >= 128 ? 128 : 0));
    rest = Math.floor(rest / 128);
  } while (rest > 0);
  return groups;
}

const tail = (row: ModelRow): number[] => [
  ...bigEndian(row.seq, 8), flagsOf(row), ...(row.expireTs === undefined ? [] : bigEndian(row.expireTs, 8)), ...(row.createTs === undefined ? [] : bigEndian(row.createTs, 8)),
];

function modelRow(version: FormatVersion, row: ModelRow, shared: number): number[] {
  const suffix = [...row.key.subarray(shared)];
  if (version === 2) return [...varint(shared), ...varint(suffix.length), ...varint(row.value.length), ...suffix, ...row.value, ...tail(row)];
  const value = row.kind === "delete" ? [] : [...bigEndian(BigInt(row.value.length), 4), ...row.value];
  return [...u16(shared), ...u16(suffix.length), ...suffix, ...tail(row), ...value];
}

export interface ModelBlock {
  readonly rows: readonly ModelRow[];
  readonly payload: Uint8Array;
}

/** The blocks of these rows. */
export function modelBlocks(version: FormatVersion, blockSize: number, rows: readonly ModelRow[]): ModelBlock[] {
  const blocks: ModelBlock[] = [];
  let body: number[] = [];
  let offsets: number[] = [];
  let taken: ModelRow[] = [];
  const finish = (): void => {
    blocks.push({ rows: taken, payload: Uint8Array.from([...body, ...offsets.flatMap(u16), ...u16(offsets.length)]) });
    body = [];
    offsets = [];
    taken = [];
  };
  const encoded = (row: ModelRow): number[] => {
    const base = version === 1 ? taken[0] : taken.length % 16 === 0 ? undefined : taken.at(-1);
    return modelRow(version, row, base === undefined ? 0 : sharedPrefix(base.key, row.key));
  };
  for (const row of rows) {
    let bytes = encoded(row);
    const needsOffset = version === 2 && taken.length % 16 === 0 ? 2 : 0;
    if (taken.length > 0 && body.length + 2 * offsets.length + 2 + bytes.length + needsOffset > blockSize) {
      finish();
      bytes = encoded(row);
    }
    if (version === 1 || taken.length % 16 === 0) offsets.push(body.length);
    body.push(...bytes);
    taken.push(row);
  }
  if (taken.length > 0) finish();
  return blocks;
}

/** The same blocks by a block encoder of the package, used as the writer uses it. */
export function encodedBlocks(encoder: BlockEncoder, rows: readonly ModelRow[]): Uint8Array[] {
  const out = new Uint8Array(rows.reduce((sum, { key, value }) => sum + key.length + value.length + 64, 64));
  const payloads: Uint8Array[] = [];
  let at = 0;
  const finish = (): void => {
    payloads.push(out.slice(0, encoder.finish(out, at)));
    at = 0;
  };
  rows.forEach((row, ordinal) => {
    const prefix = ordinal === 0 ? 0 : sharedPrefix(rows[ordinal - 1]!.key, row.key);
    if (!encoder.fits(encoder.rowSize(prefix, row.key.length, row.value.length, flagsOf(row)))) finish();
    at = appendRow(encoder, out, at, prefix, row);
  });
  if (encoder.rows > 0) finish();
  return payloads;
}

/** Appends a row; returns the position behind it. */
export function appendRow(encoder: BlockEncoder, out: Uint8Array, at: number, prefix: number, row: ModelRow): number {
  const halves = (value: bigint | undefined): [number, number] => [Number(BigInt.asIntN(32, (value ?? 0n) >> 32n)), Number(BigInt.asIntN(32, value ?? 0n))];
  const [seq, expireTs, createTs] = [halves(row.seq), halves(row.expireTs), halves(row.createTs)];
  return encoder.append(out, at, prefix, row.key, row.key.length, row.value, row.value.length, ...seq, flagsOf(row), ...expireTs, ...createTs);
}

/** Rows as lines of text, which compare fast and differ readably. */
export function lines(rows: readonly ModelRow[]): string[] {
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex");
  return rows.map(({ kind, key, value, seq, createTs, expireTs }) => `${kind} ${hex(key)} = ${hex(value)} @${seq} created ${createTs} expires ${expireTs}`);
}

const timestamp = fc.option(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), { nil: undefined });

/** Sorted rows: keys with long shared prefixes, versions newest first, all kinds, values of any length up to some thousand. */
export const sortedRows: fc.Arbitrary<ModelRow[]> = fc
  .array(
    fc.record({
      key: fc.tuple(fc.constantFrom("", "a", "aa", "aab", "long prefix of many/", "z".repeat(200)), fc.uint8Array({ minLength: 1, maxLength: 4, max: 5 })).map(([prefix, end]) => Uint8Array.of(...text(prefix), ...end)),
      kind: fc.constantFrom("put" as const, "put" as const, "delete" as const, "merge" as const),
      value: fc.oneof(fc.uint8Array({ maxLength: 20 }), fc.uint8Array({ minLength: 100, maxLength: 300 }), fc.integer({ min: 900, max: 3000 }).map((length) => new Uint8Array(length).fill(7))),
      seq: fc.oneof(fc.bigInt(0n, 5n), fc.bigInt(0n, 2n ** 64n - 1n)),
      createTs: timestamp,
      expireTs: timestamp,
    }),
    { minLength: 1, maxLength: 60, size: "max" },
  )
  .map((rows) => rows.map((row) => (row.kind === "delete" ? { ...row, value: new Uint8Array(0) } : row)))
  .map((rows) => rows.sort((left, right) => Buffer.compare(left.key, right.key) || (left.seq < right.seq ? 1 : left.seq > right.seq ? -1 : 0)))
  .map((rows) => rows.filter((row, at) => at === 0 || Buffer.compare(rows[at - 1]!.key, row.key) !== 0 || rows[at - 1]!.seq !== row.seq));
