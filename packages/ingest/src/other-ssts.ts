// SSTs under the root of a database to be that nobody counts: attempts of tasks that were made again.
import type { ObjectStore } from "@slate-sst/object-store";
import type { SstMetadata } from "@slate-sst/writer";
import { manifestAt } from "./check-root.js";
import { missingError } from "./ingest-error.js";
import { compactedPrefix, sstIdOf } from "./layout.js";

/**
 * Removes the SSTs under a root that are not among those given, where no database is yet: of one that is there, nothing is removed. Nobody else may be writing
 * SSTs for the root. Where one of those given is not there, it is another root, or an earlier step that failed, and nothing is removed.
 * @returns the paths of what was removed.
 * @throws SstError ERR_SST_INGEST_MISMATCH; StoreError
 */
export async function removeOtherSsts(store: ObjectStore, root: string, ssts: readonly SstMetadata[]): Promise<string[]> {
  if ((await manifestAt(store, root)) !== undefined) return [];
  const missing = new Set(ssts.map(({ path }) => path));
  const others: string[] = [];
  for await (const { path } of store.list(compactedPrefix(root))) if (!missing.delete(path) && sstIdOf(root, path) !== undefined) others.push(path);
  for (const path of missing) throw missingError(path);
  for (const path of others) await store.delete(path);
  return others;
}
