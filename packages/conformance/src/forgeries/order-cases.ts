// Forgeries of the rows' order, and of what the info says of first and last row.
import { FLAG_MERGE, FLAG_TOMBSTONE, type SsTableInfo } from "@slate-sst/format";
import { encodeRows, type ForgedRow } from "./forged-rows.js";
import { putTogether, type SstParts } from "./forged-sst.js";
import { type ExpectedFinding, findRow, forged, type Forgery, isSameKey, MIDDLE, replaced, rowAt, rowsOf, swapped, withRows } from "./forgery.js";

/** The blocks of two rows that lie far apart. */
const NEAR_START = 1;
const NEAR_END = 8;

const isPlainPut = (row: ForgedRow): boolean => (row.flags & (FLAG_TOMBSTONE | FLAG_MERGE)) === 0;

/** A put, inside its block, whose key has one version. */
function findLonePut(rows: readonly ForgedRow[]): number {
  return findRow(rows, (row, before) => isPlainPut(row) && !isSameKey(row, before) && rows.filter((other) => isSameKey(row, other)).length === 1, 2);
}

/** The second of two rows of one key. */
function findVersion(rows: readonly ForgedRow[]): number {
  return findRow(rows, isSameKey);
}

const neighbours: Forgery = {
  name: "two neighbouring rows in each other's place", base: "plain", slateDb: "a scan gives unsorted rows",
  make: (parts) => {
    const at = findLonePut(rowsOf(parts, MIDDLE));
    const bytes = withRows(parts, MIDDLE, (rows) => swapped(rows, at, at + 1));
    return forged(bytes, `R1.1 block[${MIDDLE}].row[${at + 1}].key`);
  },
};

const farRows: Forgery = {
  name: "two far rows in each other's place", base: "plain", slateDb: "a scan gives unsorted rows, look-ups miss the keys",
  make: (parts) => {
    const [low, high] = [rowsOf(parts, NEAR_START), rowsOf(parts, NEAR_END)];
    const [lowAt, highAt] = [findLonePut(low), findLonePut(high)];
    const rowsOfBlock = (block: number): readonly ForgedRow[] | undefined => {
      if (block === NEAR_START) return replaced(low, lowAt, () => rowAt(high, highAt));
      return block === NEAR_END ? replaced(high, highAt, () => rowAt(low, lowAt)) : undefined;
    };
    const blocks = parts.blocks.map((payload, i) => {
      const rows = rowsOfBlock(i);
      return rows === undefined ? payload : encodeRows(rows, parts.formatVersion);
    });
    return forged(putTogether(parts, { blocks: () => blocks }), `R1.1 block[${NEAR_START}].row[${lowAt + 1}].key`, `R1.1 block[${NEAR_END}].row[${highAt}].key`);
  },
};

const reversedRows: Forgery = {
  name: "all rows in reverse, and the info accordingly", base: "plain", slateDb: "panics on opening: Range must be non-empty",
  make: (parts) => {
    const blocks = parts.blocks.map((_, i) => [...rowsOf(parts, i)].reverse()).reverse();
    const findings: ExpectedFinding[] = [];
    let before: ForgedRow | undefined;
    for (const [block, rows] of blocks.entries()) {
      // One a block: the order of what comes behind is not judged any more.
      const at = rows.findIndex((row, i) => {
        const previous = i === 0 ? before : rows[i - 1];
        return previous !== undefined && !isSameKey(previous, row);
      });
      findings.push(`R1.1 block[${block}].row[${at}].key`);
      before = rows.at(-1);
    }
    const bytes = putTogether(parts, {
      blocks: () => blocks.map((rows) => encodeRows(rows, parts.formatVersion)),
      stats: (stats) => ({ ...stats, blockStats: [...(stats.blockStats ?? [])].reverse() }),
      info: (info) => ({ ...info, firstEntry: info.lastEntry, lastEntry: info.firstEntry }),
    });
    return forged(bytes, ...findings);
  },
};

function versions(name: string, rule: "R1.2" | "R1.3", slateDb: string, change: (older: ForgedRow, newer: ForgedRow) => readonly [ForgedRow, ForgedRow]): Forgery {
  return {
    name, base: "plain", slateDb,
    make: (parts) => {
      const at = findVersion(rowsOf(parts, MIDDLE));
      const bytes = withRows(parts, MIDDLE, (rows) => {
        const [first, second] = change(rowAt(rows, at), rowAt(rows, at - 1));
        return replaced(replaced(rows, at - 1, () => first), at, () => second);
      });
      return forged(bytes, `${rule} block[${MIDDLE}].row[${at}].seq_num`);
    },
  };
}

const withSeq = (row: ForgedRow, { seqNumHi, seqNumLo }: ForgedRow): ForgedRow => ({ ...row, seqNumHi, seqNumLo });

const acrossBlocks: Forgery = {
  name: "the first row of a block sorts before the last one of the block before", base: "plain", slateDb: "a scan gives unsorted rows",
  make: (parts) => {
    const lastOfBefore = rowAt(rowsOf(parts, MIDDLE - 1), -1);
    const first = rowAt(rowsOf(parts, MIDDLE), 0);
    const blocks = parts.blocks.map((payload, i) => {
      if (i === MIDDLE - 1) return encodeRows(replaced(rowsOf(parts, i), rowsOf(parts, i).length - 1, (row) => ({ ...row, key: first.key })), parts.formatVersion);
      return i === MIDDLE ? encodeRows(replaced(rowsOf(parts, i), 0, (row) => ({ ...row, key: lastOfBefore.key })), parts.formatVersion) : payload;
    });
    return forged(putTogether(parts, { blocks: () => blocks }), `R1.1 block[${MIDDLE}].row[0].key`);
  },
};

function otherEntry(name: string, slateDb: string, change: (info: SsTableInfo, parts: SstParts) => SsTableInfo, ...findings: readonly ExpectedFinding[]): Forgery {
  return { name, base: "plain", slateDb, make: (parts) => forged(putTogether(parts, { info: (info) => change(info, parts) }), ...findings) };
}

const NOT_READ = "does not notice: it reads the copy in the manifest";
const LOST_IN_COPY = "does not notice; in the manifest's copy the keys outside are not found";

export const orderForgeries: readonly Forgery[] = [
  neighbours,
  farRows,
  reversedRows,
  acrossBlocks,
  versions("the same key and sequence number twice", "R1.3", "the first one wins, after a compaction the second", (older, newer) => [newer, withSeq(older, newer)]),
  versions("the older version of a key before the newer one", "R1.2", "the first one wins, after a compaction the other", (older, newer) => [withSeq(newer, older), withSeq(older, newer)]),
  otherEntry("first_entry too high", LOST_IN_COPY, (info, parts) => ({ ...info, firstEntry: rowAt(rowsOf(parts, 1), 1).key }), "R2.1 info.first_entry"),
  otherEntry("first_entry too low", NOT_READ, (info) => ({ ...info, firstEntry: Uint8Array.of(1) }), "R2.1 info.first_entry"),
  otherEntry("first_entry absent", NOT_READ, (info) => ({ ...info, firstEntry: undefined }), "R2.1 info.first_entry"),
  otherEntry("last_entry too low", LOST_IN_COPY, (info, parts) => ({ ...info, lastEntry: rowAt(rowsOf(parts, MIDDLE), 1).key }), "R2.2 info.last_entry"),
  otherEntry("last_entry too high", NOT_READ, (info) => ({ ...info, lastEntry: Uint8Array.of(0xff) }), "R2.2 info.last_entry"),
  otherEntry("last_entry absent", NOT_READ, (info) => ({ ...info, lastEntry: undefined }), "R2.2 info.last_entry"),
  {
    name: "first_entry in an SST without rows", base: "empty", slateDb: NOT_READ,
    make: (parts) => forged(putTogether(parts, { info: (info) => ({ ...info, firstEntry: Uint8Array.of(1) }) }), "R2.3 info.first_entry"),
  },
];
