// Forgeries of WAL files, whose index holds sequence numbers and whose rows are in commit order.
import { SstType } from "@slate-sst/format";
import { putTogether, type SstChanges } from "./forged-sst.js";
import { type ExpectedFinding, findRow, forged, type Forgery, replaced, rowAt, rowsOf, withRows } from "./forgery.js";
import { recountedStats } from "./recounted-stats.js";

const NOT_TRIED = "not tried";
const BLOCK = 1;

function wal(name: string, changes: SstChanges, ...findings: readonly ExpectedFinding[]): Forgery {
  return { name, base: "wal", slateDb: NOT_TRIED, make: (parts) => forged(putTogether(parts, changes), ...findings) };
}

/** A sequence number as an index key, one higher. */
function raised(seq: Uint8Array): Uint8Array {
  return seq.map((byte, i) => (i === seq.length - 1 ? byte + 1 : byte));
}

/** Two bytes of probe count and as many of bits. */
const FILTER = Uint8Array.of(0, 1, 0xff, 0xff);

export const walForgeries: readonly Forgery[] = [
  { name: "WAL: a filter", base: "wal", slateDb: NOT_TRIED, make: (parts) => forged(putTogether({ ...parts, filter: FILTER }), "F2.8 info.filter_len") },
  {
    name: "WAL: stats", base: "wal", slateDb: NOT_TRIED,
    make: (parts) => forged(putTogether({ ...parts, stats: recountedStats(parts.blocks, parts.formatVersion) }), "F2.9 info.stats_len"),
  },
  wal("WAL: one that says it is compacted", { info: (info) => ({ ...info, sstType: SstType.Compacted }) }, "F3.4 info.sst_type"),
  wal("WAL: the sequence number of a block in the index", { separators: (all) => replaced(all, BLOCK, raised) }, `I2.4 index.block_meta[${BLOCK}].first_key`),
  wal("WAL: the sequence number of the first block in the index", { separators: (all) => replaced(all, 0, raised) }, "I2.4 index.block_meta[0].first_key"),
  wal("WAL: no sequence number in the index", { separators: (all) => replaced(all, 0, () => new Uint8Array()) }, "I2.4 index.block_meta[0].first_key"),
  wal("WAL: first_entry is another sequence number", { info: (info) => ({ ...info, firstEntry: raised(info.firstEntry ?? new Uint8Array()) }) }, "R2.4 info.first_entry"),
  wal("WAL: no first_entry", { info: (info) => ({ ...info, firstEntry: undefined }) }, "R2.4 info.first_entry"),
  wal("WAL: a last_entry", { info: (info) => ({ ...info, lastEntry: Uint8Array.of(1) }) }, "R2.5 info.last_entry"),
  {
    name: "WAL: a sequence number lower than that of the row before", base: "wal", slateDb: NOT_TRIED,
    make: (parts) => {
      const at = findRow(rowsOf(parts, BLOCK), (row, before) => row.seqNumLo > before.seqNumLo, 2);
      const bytes = withRows(parts, BLOCK, (rows) => replaced(rows, at, (row) => ({ ...row, seqNumLo: rowAt(rows, at - 1).seqNumLo - 1 })));
      return forged(bytes, `R1.4 block[${BLOCK}].row[${at}].seq_num`);
    },
  },
];
