// Rows that are in the write-ahead log only. They are not checked; this finds out whether there are any.
import { isSstError } from "@slate-sst/format";
import type { ObjectStore } from "@slate-sst/object-store";
import { SstReader, type SstReaderOptions } from "@slate-sst/reader";
import { type DatabaseLayout, walFiles } from "@slate-sst/reader/database";
import type { NotChecked } from "./result.js";

/** WAL files that are opened to see whether they have rows; SlateDB leaves one without rows each time it opens a database. */
const OPENED_MAX = 1000;

/**
 * WAL files that a writer would replay, if at least one has rows or cannot be read.
 * @param replayAfter the last WAL file whose rows are all in level 0.
 */
export async function unflushedWal(store: ObjectStore, layout: DatabaseLayout, replayAfter: bigint, options: SstReaderOptions): Promise<NotChecked | undefined> {
  const paths = await walFiles(store, layout, replayAfter, options.signal);
  for (const [at, path] of paths.entries()) {
    const reason = at < OPENED_MAX ? await whyNotEmpty(store, path, options) : "was not looked at";
    if (reason === undefined) continue;
    return { feature: "wal", reason: `${path} ${reason}; it and the WAL files after it, ${paths.length - at} in all, were not checked: their rows come on top of those in SSTs` };
  }
  return undefined;
}

/** @returns undefined for a file without rows. */
async function whyNotEmpty(store: ObjectStore, path: string, options: SstReaderOptions): Promise<string | undefined> {
  try {
    await using reader = await SstReader.open(store, path, options);
    return (await reader.index()).blocks === 0 ? undefined : "has rows";
  } catch (error) {
    if (!isSstError(error)) throw error;
    return `cannot be read (${error.message})`;
  }
}
