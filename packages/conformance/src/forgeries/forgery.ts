// What a forgery is: a file whose checksums, offsets and lengths all fit, and yet one thing in it is not true.
import type { RuleId } from "@slate-sst/format/rules";
import { type ForgedRow, encodeChunks, encodeForgedRow, encodeRows, readBlock } from "./forged-rows.js";
import { putTogether, type SstChanges, type SstParts } from "./forged-sst.js";

/** The sound files that forgeries are made of. */
export type BaseName = "plain" | "v1" | "composite" | "snappy" | "lz4" | "zlib" | "zstd" | "wal" | "empty";

/** A rule and the path at which it is broken. */
export type ExpectedFinding = `${RuleId} ${string}`;

export interface Forged {
  readonly bytes: Uint8Array;
  /** All findings there are, of any severity, in their order. None where the change comes as near to breaking a rule as it may. */
  readonly findings: readonly ExpectedFinding[];
}

export interface Forgery {
  readonly name: string;
  readonly base: BaseName;
  /** What SlateDB 0.12.1 does with it, as far as that was tried. */
  readonly slateDb: string;
  /** The level from which on it is reported; default full. */
  readonly level?: "full" | "paranoid";
  /** Whether the verifier is told the base's configuration. */
  readonly knowsConfig?: true;
  readonly make: (parts: SstParts) => Forged;
}

/** The block that forgeries change where nothing speaks for another one. */
export const MIDDLE = 5;

export function forged(bytes: Uint8Array, ...findings: readonly ExpectedFinding[]): Forged {
  return { bytes, findings };
}

/** The file with other rows in one block; prefixes and offsets are right. */
export function withRows(parts: SstParts, block: number, change: (rows: readonly ForgedRow[]) => readonly ForgedRow[], changes: SstChanges = {}): Uint8Array {
  return withBlock(parts, block, (payload) => encodeRows(change(readBlock(payload, parts.formatVersion).rows), parts.formatVersion), changes);
}

/** The file with other bytes of rows in one block, and, if wanted, other offsets behind them. */
export function withChunks(
  parts: SstParts, block: number, change: (chunks: readonly Uint8Array[], rows: readonly ForgedRow[]) => readonly Uint8Array[], offsets?: (offsets: number[]) => readonly number[],
): Uint8Array {
  return withBlock(parts, block, (payload) => {
    const { rows } = readBlock(payload, parts.formatVersion);
    return encodeChunks(change(rows.map((row) => encodeForgedRow(row, parts.formatVersion)), rows), parts.formatVersion, offsets);
  });
}

/** The file with one row of a block encoded as it is said, whether its prefix fits or not. */
export function withRow(parts: SstParts, block: number, row: number, change: (row: ForgedRow) => ForgedRow): Uint8Array {
  return withChunks(parts, block, (chunks, rows) => chunks.map((chunk, i) => (i === row ? encodeForgedRow(change(rowAt(rows, i)), parts.formatVersion) : chunk)));
}

/** The file with other offsets at the end of one block. */
export function withOffsets(parts: SstParts, block: number, change: (offsets: number[]) => readonly number[]): Uint8Array {
  return withChunks(parts, block, (chunks) => chunks, change);
}

/** The file with another payload of one block. */
export function withBlock(parts: SstParts, block: number, change: (payload: Uint8Array) => Uint8Array, changes: SstChanges = {}): Uint8Array {
  return putTogether(parts, { ...changes, blocks: (blocks) => blocks.map((payload, i) => (i === block ? change(payload) : payload)) });
}

export function rowsOf(parts: SstParts, block: number): readonly ForgedRow[] {
  const payload = parts.blocks[block];
  if (payload === undefined) throw new RangeError(`no block ${block} of ${parts.blocks.length}`);
  return readBlock(payload, parts.formatVersion).rows;
}

export function rowAt(rows: readonly ForgedRow[], i: number): ForgedRow {
  const row = rows.at(i);
  if (row === undefined) throw new RangeError(`no row ${i} of ${rows.length}`);
  return row;
}

/** The number of the first row from `from` on that is wanted. */
export function findRow(rows: readonly ForgedRow[], isWanted: (row: ForgedRow, before: ForgedRow) => boolean, from = 1): number {
  const found = rows.findIndex((row, i) => i >= from && isWanted(row, rowAt(rows, i - 1)));
  if (found < 0) throw new RangeError("the base has no such row");
  return found;
}

export function isSameKey(left: { readonly key: Uint8Array }, right: { readonly key: Uint8Array }): boolean {
  return left.key.length === right.key.length && left.key.every((byte, i) => byte === right.key[i]);
}

/** The same list with one element changed. */
export function replaced<Item>(items: readonly Item[], at: number, change: (item: Item) => Item): Item[] {
  return items.map((item, i) => (i === at ? change(item) : item));
}

/** The same list with two elements in each other's place. */
export function swapped<Item>(items: readonly Item[], one: number, other: number): Item[] {
  const result = [...items];
  const [left, right] = [items[one], items[other]];
  if (left === undefined || right === undefined) throw new RangeError(`no items ${one} and ${other} of ${items.length}`);
  result[one] = right;
  result[other] = left;
  return result;
}
