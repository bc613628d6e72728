// Stats that fit the rows of forged blocks, so that only the forgery itself is reported.
import { FLAG_MERGE, FLAG_TOMBSTONE, type FormatVersion, type SstStats } from "@slate-sst/format";
import { type ForgedRow, readBlock } from "./forged-rows.js";

/** Stats as they should be for these payloads. */
export function recountedStats(blocks: readonly Uint8Array[], version: FormatVersion): SstStats {
  const rows = blocks.map((payload) => readBlock(payload, version).rows);
  const all = rows.flat();
  return {
    ...countedKinds(all),
    rawKeySize: all.reduce((sum, { key }) => sum + key.length, 0),
    rawValSize: all.reduce((sum, { value }) => sum + value.length, 0),
    blockStats: rows.map(countedKinds),
  };
}

function countedKinds(rows: readonly ForgedRow[]): { numPuts: number; numDeletes: number; numMerges: number } {
  const numDeletes = rows.filter(({ flags }) => (flags & FLAG_TOMBSTONE) !== 0).length;
  const numMerges = rows.filter(({ flags }) => (flags & FLAG_MERGE) !== 0 && (flags & FLAG_TOMBSTONE) === 0).length;
  return { numPuts: rows.length - numDeletes - numMerges, numDeletes, numMerges };
}
