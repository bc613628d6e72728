// What DuckDB sorts: rows as a query, and how it is told where a row stands that is refused.
import type { Place } from "../source/record.js";

export interface RowsSql {
  /** `k` BLOB; `v` VARCHAR or BLOB; `o` BIGINT: the place of a row in the source, by which ties are settled. */
  readonly select: string;
  /** Whether `v` is VARCHAR. */
  readonly isText: boolean;
  readonly rowCount: number;
  /** Bytes of all keys and values. */
  readonly byteCount: number;
  /** Where the rows with a key stand, the first two of them. */
  readonly find: (key: Uint8Array) => Promise<readonly Place[]>;
}

/** Rows of one file come in its order behind those of the files before it. */
export const FILE_ROWS = 2n ** 40n;

/** The place of an `o` of several files, whose rows or lines count from `first`. */
export function placeOf(names: readonly string[], ordinal: unknown, first: number): Place {
  const all = ordinal as bigint;
  return { file: names[Number(all / FILE_ROWS)]!, line: Number(all % FILE_ROWS) + first };
}
