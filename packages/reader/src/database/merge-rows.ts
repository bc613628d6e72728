// Several places of a database as one sequence of rows. Of each key all rows are gathered, and then what a scan of SlateDB's
// goes by decides: the highest sequence number wins, and of equal ones the newer place.
import { compareBytes } from "@slate-sst/format";
import type { SstRow } from "../row.js";
import type { RowSource } from "./row-source.js";

/** An array is handed out when it has so many rows, or so many bytes. */
const BATCH_ROWS = 256;
const BATCH_BYTES = 1024 * 1024;

export interface MergeOptions {
  readonly reverse: boolean;
  /** Every row there is, not only those that a scan shows. */
  readonly allVersions: boolean;
  /** Rows with a higher sequence number are not visible. */
  readonly maxSeq: bigint;
  /** No more rows are wanted than this: the last array may have more, but nothing is read for them. */
  readonly limit: number;
}

/** @param sources newest place first; none has a present row yet. All rows of one key are in memory at once. */
export async function* mergeRows(sources: readonly RowSource[], { reverse, allVersions, maxSeq, limit }: MergeOptions): AsyncGenerator<SstRow[], void, undefined> {
  const isLive = await Promise.all(sources.map((source) => source.advance()));
  let live = sources.filter((_, at) => isLive[at]);
  let batch: SstRow[] = [];
  let bytes = 0;
  let left = limit;
  while (live.length > 0 && batch.length < left) {
    const key = firstKey(live, reverse);
    const rows: SstRow[] = [];
    let isAnyOver = false;
    for (const source of live) {
      while (source.row !== undefined && compareBytes(source.row.key, key) === 0) {
        rows.push(source.row);
        if (!source.next()) await source.advance();
      }
      isAnyOver ||= source.row === undefined;
    }
    if (isAnyOver) live = live.filter(({ row }) => row !== undefined);
    const versions = rows.length === 1 ? rows : rows.sort(bySeqDescending);
    for (const row of allVersions ? versions : visibleOf(versions, maxSeq)) {
      batch.push(row);
      bytes += row.key.length + (row.value?.length ?? 0);
    }
    if (batch.length < BATCH_ROWS && bytes < BATCH_BYTES) continue;
    yield batch;
    left -= batch.length;
    batch = [];
    bytes = 0;
  }
  if (batch.length > 0) yield batch;
}

function firstKey(live: readonly RowSource[], reverse: boolean): Uint8Array {
  let first: Uint8Array | undefined;
  for (const { row } of live) {
    if (row === undefined) continue;
    const order = first === undefined ? -1 : compareBytes(row.key, first);
    if (first === undefined || (reverse ? order > 0 : order < 0)) first = row.key;
  }
  return first ?? new Uint8Array(0);
}

/** Sorting is stable, so of equal numbers the newer place stays first. */
function bySeqDescending(left: SstRow, right: SstRow): number {
  return left.seq > right.seq ? -1 : left.seq < right.seq ? 1 : 0;
}

/**
 * What a scan shows of one key: nothing of a deleted one, the newest put, or the operands that a merge operator would be given,
 * newest first, down to and including the put they are applied to.
 */
function visibleOf(versions: readonly SstRow[], maxSeq: bigint): SstRow[] {
  const shown: SstRow[] = [];
  let before: bigint | undefined;
  for (const row of versions) {
    if (row.seq > maxSeq || row.seq === before) continue;
    before = row.seq;
    if (row.kind === "delete") break;
    shown.push(row);
    if (row.kind === "put") break;
  }
  return shown;
}
