// What the format cannot hold is refused by name before it wraps; what a writer says then, and the ways out.
import { BLOOM_BITS_MAX, bloomFits, SstError } from "@slate-sst/format";
import type { ResolvedConfig } from "./config.js";

/** Index bytes of a block besides its separator: two vtables at most, tables, padding. Generous. */
export const INDEX_ENTRY_BYTES_MAX = 128;

/** Most rows whose filter SlateDB's 32-bit arithmetic can count, or that get no filter at all. */
export function filterRowsMax({ filter, filterBitsPerKey, minFilterKeys }: ResolvedConfig): number {
  if (!filter) return Number.MAX_SAFE_INTEGER;
  let rows = Math.floor(BLOOM_BITS_MAX / filterBitsPerKey);
  while (!bloomFits(rows, filterBitsPerKey)) rows--;
  return Math.max(rows, minFilterKeys - 1);
}

/** The refusal of the row that would be one too many for the filter. */
export function filterLimitError(ordinal: number, rowsMax: number, { filterBitsPerKey }: ResolvedConfig): SstError {
  return new SstError(
    "ERR_SST_LIMIT_FILTER",
    `row ${ordinal}: a filter of ${filterBitsPerKey} bits a key holds at most ${rowsMax} rows; close this SST and begin the next, use fewer bits a key, or filter: false`,
    { details: { ordinal, rowsMax, filterBitsPerKey } },
  );
}

/** The refusal of the row whose block might be one too many for the index. */
export function indexLimitError(ordinal: number, indexBytesMax: number): SstError {
  return new SstError("ERR_SST_LIMIT_INDEX", `row ${ordinal}: the index would outgrow ${indexBytesMax} bytes; close this SST and begin the next, or use larger blocks`, {
    details: { ordinal, indexBytesMax },
  });
}
