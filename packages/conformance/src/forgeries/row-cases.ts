// Forgeries of single rows: lengths, prefixes, flags and keys.
import { FLAG_MERGE, FLAG_TOMBSTONE, KEY_BYTES_MAX, RESTART_INTERVAL } from "@slate-sst/format";
import { encodeForgedRow, encodeRows, joinBytes, type ForgedRow } from "./forged-rows.js";
import { putTogether, type SstChanges, type SstParts } from "./forged-sst.js";
import { type ExpectedFinding, findRow, forged, type Forgery, MIDDLE, replaced, rowAt, rowsOf, withBlock, withChunks, withRow } from "./forgery.js";
import { recountedStats } from "./recounted-stats.js";

/** A bit of the flags that means nothing. */
const UNKNOWN_FLAG = 0x10;
/** A row in the middle of its block, no restart point. */
const ROW = 20;
const CONTINUES = 0x80;
const GROUP_BITS = 7;

const isPut = ({ flags }: ForgedRow): boolean => (flags & (FLAG_TOMBSTONE | FLAG_MERGE)) === 0;

const stored = (row: number, field: string): `block[${typeof MIDDLE}].row[${number}].${string}` => `block[${MIDDLE}].row[${row}].${field}`;

/** A put, so that its flags can be changed to another kind. */
function putAt(parts: SstParts): number {
  return findRow(rowsOf(parts, MIDDLE), (row) => isPut(row) && row.value.length > 0, ROW);
}

function withFlags(name: string, slateDb: string, change: (flags: number) => number, rule: "B4.1" | "B4.2"): Forgery {
  return {
    name, base: "plain", slateDb,
    make: (parts) => {
      const at = putAt(parts);
      return forged(withRow(parts, MIDDLE, at, (row) => ({ ...row, flags: change(row.flags) })), `${rule} ${stored(at, "flags")}`);
    },
  };
}

/** A row whose first number, `shared`, is written in other bytes. */
function varint(name: string, slateDb: string, change: (first: number) => readonly number[], rule: "B3.1" | "B3.2" | "B3.3" | "B3.4"): Forgery {
  return {
    name, base: "plain", slateDb,
    make: (parts) => forged(
      withChunks(parts, MIDDLE, (chunks) => replaced(chunks, ROW, (chunk) => joinBytes(Uint8Array.from(change(chunk[0] ?? 0)), chunk.subarray(1)))),
      `${rule} ${stored(ROW, "shared")}`,
    ),
  };
}

/** A number in exactly so many bytes. */
function paddedVarint(value: number, bytes: number): number[] {
  return Array.from({ length: bytes }, (_, i) => ((value >>> Math.min(i * GROUP_BITS, 4 * GROUP_BITS)) & (i > 4 ? 0 : CONTINUES - 1)) | (i + 1 < bytes ? CONTINUES : 0));
}

/** All blocks and stats that fit them, with the rows of one block changed. */
function withMendedStats(parts: SstParts, block: number, change: (rows: readonly ForgedRow[]) => readonly ForgedRow[], changes: SstChanges = {}): Uint8Array {
  const blocks = parts.blocks.map((payload, i) => (i === block ? encodeRows(change(rowsOf(parts, i)), parts.formatVersion) : payload));
  return putTogether(parts, { ...changes, blocks: () => blocks, stats: () => recountedStats(blocks, parts.formatVersion) });
}

function tombstone(name: string, isMended: boolean, ...others: readonly ExpectedFinding[]): Forgery {
  return {
    name, base: "plain", slateDb: "the row disappears",
    make: (parts) => {
      const at = putAt(parts);
      const change = (rows: readonly ForgedRow[]): readonly ForgedRow[] => replaced(rows, at, (row) => ({ ...row, flags: row.flags | FLAG_TOMBSTONE }));
      const bytes = isMended ? withMendedStats(parts, MIDDLE, change) : withBlock(parts, MIDDLE, () => encodeRows(change(rowsOf(parts, MIDDLE)), parts.formatVersion));
      return forged(bytes, `B4.3 ${stored(at, "value_len")}`, ...others);
    },
  };
}

const lengths: readonly Forgery[] = [
  {
    name: "the last value of a block longer than what is left", base: "plain", slateDb: "usually Invalid RowFlags, by luck",
    make: (parts) => {
      const last = rowsOf(parts, MIDDLE).length - 1;
      // The three lengths of this row are one byte each.
      const bytes = withChunks(parts, MIDDLE, (chunks) => replaced(chunks, last, (chunk) => chunk.map((byte, i) => (i === 2 ? CONTINUES - 1 : byte))));
      return forged(bytes, `B1.5 ${stored(last, "value")}`);
    },
  },
  {
    name: "a value in the middle of a block one byte shorter than it is", base: "plain", slateDb: "usually Invalid RowFlags, by luck",
    make: (parts) => {
      const at = putAt(parts);
      const bytes = withChunks(parts, MIDDLE, (chunks) => replaced(chunks, at, (chunk) => chunk.map((byte, i) => (i === 2 ? byte - 1 : byte))));
      return forged(bytes, `B4.1 ${stored(at, "flags")}`);
    },
  },
];

const keys: readonly Forgery[] = [
  {
    name: "an empty first key", base: "plain", slateDb: "panics on opening: Start bound must be non-empty",
    make: (parts) => forged(withMendedStats(parts, 0, (rows) => replaced(rows, 0, (row) => ({ ...row, key: new Uint8Array() }))), "B5.1 block[0].row[0].key"),
  },
  {
    name: "a key longer than any may be", base: "plain", slateDb: "not tried",
    make: (parts) => {
      const bytes = withMendedStats(parts, MIDDLE, (rows) => [{ ...rowAt(rows, 0), key: joinBytes(rowAt(rows, 0).key, new Uint8Array(KEY_BYTES_MAX)) }]);
      return forged(bytes, `B5.2 ${stored(0, "key")}`);
    },
  },
];

const prefixes: readonly Forgery[] = [
  {
    name: "a restart point that leaves out a part of its key", base: "plain", slateDb: "panics",
    make: (parts) => forged(withRow(parts, MIDDLE, RESTART_INTERVAL, (row) => ({ ...row, shared: 2 })), `B2.4 ${stored(RESTART_INTERVAL, "shared")}`),
  },
  {
    name: "a row that leaves out more than the key before has", base: "plain", slateDb: "panics",
    make: (parts) => {
      const before = rowAt(rowsOf(parts, MIDDLE), ROW - 1).key.length;
      const bytes = withChunks(parts, MIDDLE, (chunks) => replaced(chunks, ROW, (chunk) => joinBytes(Uint8Array.of(before + 1), chunk.subarray(1))));
      return forged(bytes, `B3.4 ${stored(ROW, "shared")}`);
    },
  },
  {
    name: "a shorter prefix than the longest", base: "plain", slateDb: "does not notice", level: "paranoid",
    make: (parts) => forged(withRow(parts, MIDDLE, ROW, (row) => ({ ...row, shared: row.shared - 1 })), `B3.5 ${stored(ROW, "shared")}`),
  },
  {
    name: "V1: a shorter prefix than the longest", base: "v1", slateDb: "not tried", level: "paranoid",
    make: (parts) => forged(withRow(parts, MIDDLE, ROW, (row) => ({ ...row, shared: row.shared - 1 })), `B3.7 ${stored(ROW, "shared")}`),
  },
  {
    name: "V1: a row that leaves out more than the first key has", base: "v1", slateDb: "not tried",
    make: (parts) => {
      const first = rowAt(rowsOf(parts, MIDDLE), 0).key.length;
      const bytes = withChunks(parts, MIDDLE, (chunks) => replaced(chunks, ROW, (chunk) => joinBytes(Uint8Array.of(0, first + 1), chunk.subarray(2))));
      return forged(bytes, `B3.6 ${stored(ROW, "shared")}`);
    },
  },
  {
    name: "V1: a first row that leaves out a part of its key", base: "v1", slateDb: "not tried",
    make: (parts) => forged(withChunks(parts, MIDDLE, (chunks) => replaced(chunks, 0, (chunk) => joinBytes(Uint8Array.of(0, 1), chunk.subarray(2)))), `B3.6 ${stored(0, "shared")}`),
  },
];

export const rowForgeries: readonly Forgery[] = [
  withFlags("a flag that means nothing", "error: Invalid RowFlags", (all) => all | UNKNOWN_FLAG, "B4.1"),
  withFlags("tombstone and merge operand at once", "error: Invalid RowFlags", (all) => all | FLAG_TOMBSTONE | FLAG_MERGE, "B4.2"),
  tombstone("a tombstone with a value", true),
  tombstone("a tombstone with a value, and stats that count a put", false, `S1.3 stats.block_stats[${MIDDLE}]`, "S1.4 stats.num_puts", "S1.4 stats.num_deletes"),
  varint("a number in more bytes than it needs", "accepts it", (first) => paddedVarint(first, 2), "B3.3"),
  varint("a number of six bytes", "accepts it", (first) => paddedVarint(first, 6), "B3.1"),
  varint("a number above the largest u32", "not tried", () => [0xff, 0xff, 0xff, 0xff, 0x7f], "B3.2"),
  ...lengths,
  ...keys,
  ...prefixes,
  {
    name: "flags of a row with expiry on a row that stores none", base: "plain", slateDb: "usually Invalid RowFlags, by luck",
    make: (parts) => {
      const last = rowsOf(parts, MIDDLE).length - 1;
      const bytes = withChunks(parts, MIDDLE, (chunks, rows) => replaced(chunks, last, () => withExpiryFlag(rowAt(rows, last), parts)));
      return forged(bytes, `B1.5 ${stored(last, "create_ts")}`);
    },
  },
];

/** A row's bytes, with flags that promise an expiry behind which its bytes end. */
function withExpiryFlag(row: ForgedRow, { formatVersion }: SstParts): Uint8Array {
  const right = encodeForgedRow(row, formatVersion);
  const wrong = encodeForgedRow({ ...row, flags: row.flags | 2 }, formatVersion);
  return wrong.subarray(0, right.length);
}
