// Sorted rows cut into ranges of about the size of an SST, never between two rows with one key.
import { compareBytes } from "@slate-sst/format";
import type { DuckDb } from "./duckdb.js";
import { keysAt, type RowRange, type SortedFile, sizesOf } from "./sorted-file.js";

/** Bytes that are read at once. */
const SLICE_BYTES = 16 * 1024 * 1024;
/** Rows whose keys are compared at once behind the end of a range. */
const SEAM_ROWS = 256;

/**
 * @param rangeBytes keys and values of a range: the row that brings it there is its last one.
 * @param onRows told how many rows were looked at.
 */
export async function cutIntoRanges(db: DuckDb, sorted: SortedFile, rangeBytes: number, onRows: (rows: number) => void): Promise<RowRange[]> {
  const ends: number[] = [];
  let bytes = 0;
  if (sorted.byteCount > rangeBytes) {
    for (const { range: group } of sorted.groups) {
      for (const [at, size] of (await sizesOf(db, sorted, group)).entries()) {
        bytes += size;
        if (bytes < rangeBytes) continue;
        ends.push(group[0] + at + 1);
        bytes = 0;
      }
      onRows(group[1]);
    }
  }
  const ranges: RowRange[] = [];
  let from = 0;
  for (const end of ends) {
    if (end <= from) continue;
    const to = await behindKey(db, sorted, end);
    ranges.push([from, to]);
    from = to;
  }
  if (from < sorted.rowCount) ranges.push([from, sorted.rowCount]);
  return ranges;
}

/** The row at or behind `end` that begins another key. */
async function behindKey(db: DuckDb, sorted: SortedFile, end: number): Promise<number> {
  let span = 1;
  for (let at = end; at < sorted.rowCount; at += span, span = SEAM_ROWS) {
    const rows = Array.from({ length: Math.min(span, sorted.rowCount - at) }, (_, more) => at + more);
    const keys = await keysAt(db, sorted, [at - 1, ...rows]);
    const behind = rows.find((row) => compareBytes(keys.get(row - 1)!, keys.get(row)!) !== 0);
    if (behind !== undefined) return behind;
  }
  return sorted.rowCount;
}

/** A range in stretches that are read at once: of one row group each, and about as large as memory should hold. */
export async function cutIntoSlices(db: DuckDb, sorted: SortedFile, [from, to]: RowRange): Promise<RowRange[]> {
  const slices: RowRange[] = [];
  for (const { range: [first, last], largest } of sorted.groups) {
    const [begin, end] = [Math.max(first, from), Math.min(last, to)];
    if (begin >= end) continue;
    if (largest * (end - begin) <= SLICE_BYTES) {
      slices.push([begin, end]);
      continue;
    }
    let start = begin;
    let bytes = 0;
    for (const [at, size] of (await sizesOf(db, sorted, [begin, end])).entries()) {
      if (bytes > 0 && bytes + size > SLICE_BYTES) {
        slices.push([start, begin + at]);
        start = begin + at;
        bytes = 0;
      }
      bytes += size;
    }
    slices.push([start, end]);
  }
  return slices;
}
