// Rows that are only in the write-ahead log yet: a reader of SlateDB's replays them on top of what the manifest lists.
import { compareBytes, SstError } from "@slate-sst/format";
import { type ObjectStore, StoreError } from "@slate-sst/object-store";
import type { Bounds } from "../bounds.js";
import type { SstReaderOptions } from "../options.js";
import type { SstRow } from "../row.js";
import { SstReader } from "../sst-reader.js";
import type { DatabaseLayout } from "./layout.js";
import { namedError } from "./named-error.js";

/** What a row takes in memory beside the bytes of its key and value. */
const ROW_OVERHEAD_BYTES = 400;

/** WAL files that a manifest leaves to be replayed, oldest first: those behind `replayAfter`. */
export async function walFiles(store: ObjectStore, layout: DatabaseLayout, replayAfter: bigint, signal: AbortSignal | undefined): Promise<string[]> {
  const files: { readonly path: string; readonly number: bigint }[] = [];
  for await (const { path } of store.list(layout.wal, { signal })) {
    const number = layout.walNumber(path);
    if (number !== undefined && number > replayAfter) files.push({ path, number });
  }
  return files.sort((left, right) => (left.number < right.number ? -1 : 1)).map(({ path }) => path);
}

/**
 * Refuses a log that lacks a file, as SlateDB does: it numbers them without gaps, and the manifest knows the last one that there was when it was written.
 * @param paths what is there behind `replayAfterWalId`, oldest first.
 * @throws StoreError ERR_STORE_NOT_FOUND
 */
export function checkWhole(paths: readonly string[], layout: DatabaseLayout, { replayAfterWalId, walIdLastSeen }: { readonly replayAfterWalId: bigint; readonly walIdLastSeen: bigint }): void {
  let next = replayAfterWalId + 1n;
  for (const path of paths) {
    if (layout.walNumber(path) !== next) break;
    next++;
  }
  const isWhole = next === replayAfterWalId + BigInt(paths.length) + 1n && next > walIdLastSeen;
  if (isWhole) return;
  const path = layout.walPath(next);
  throw new StoreError("ERR_STORE_NOT_FOUND", `${path} is missing, and there may be rows in it that no SST has yet: a file of the write-ahead log was removed, or the log is in another store. Read without the write-ahead log to have the rows of SSTs alone`, { path });
}

/** Rows of WAL files, by key and newest first, and the highest sequence number of all, those outside the bounds included. */
export interface WalRows {
  readonly rows: SstRow[];
  readonly maxSeq: bigint;
}

/**
 * Reads WAL files as a whole, since their rows stand in commit order. SlateDB passes over rows that the manifest has in SSTs already, even where a newer
 * row of theirs has been compacted away since.
 * @param flushed the sequence number up to which they are.
 * @param bytesMax most memory that the rows inside the bounds may take.
 * @throws SstError ERR_SST_LIMIT_WAL; StoreError.
 */
export async function readWal(store: ObjectStore, paths: readonly string[], flushed: bigint, bounds: Bounds, bytesMax: number, options: SstReaderOptions): Promise<WalRows> {
  const rows: SstRow[] = [];
  let maxSeq = 0n;
  let bytes = 0;
  const take = (row: SstRow, path: string): void => {
    if (row.seq <= flushed) return;
    if (row.seq > maxSeq) maxSeq = row.seq;
    if (bounds.isBelow(row.key, row.key.length) || bounds.isAbove(row.key, row.key.length)) return;
    bytes += ROW_OVERHEAD_BYTES + row.key.length + (row.value?.length ?? 0);
    if (bytes > bytesMax) {
      throw new SstError("ERR_SST_LIMIT_WAL", `the rows of the write-ahead log, up to ${path}, take more than ${bytesMax} bytes of memory; scan without the write-ahead log, or a smaller range`, {
        details: { path, object: path, limit: bytesMax },
      });
    }
    rows.push(row);
  };
  for (const path of paths) {
    try {
      await using reader = await SstReader.open(store, path, options);
      for await (const batch of reader.scanBatches({ signal: options.signal })) for (const row of batch) take(row, path);
    } catch (error) {
      throw namedError(error, path);
    }
  }
  rows.sort((left, right) => compareBytes(left.key, right.key) || (left.seq > right.seq ? -1 : left.seq < right.seq ? 1 : 0));
  return { rows, maxSeq };
}
