// SSTs under the root of a database to be that nobody counts: attempts of tasks that were made again.
import type { ObjectStore } from "@slate-sst/object-store";
import type { SstMetadata } from "@slate-sst/writer";
import { compactedPrefix, isManifestPath, manifestPrefix, sstIdOf } from "./layout.js";

/**
 * Removes the SSTs under a root that are not among those given, where no database is yet: of one that is there, nothing is removed. Nobody else may be writing
 * SSTs for the root.
 * @returns the paths of what was removed.
 * @throws StoreError
 */
export async function removeOtherSsts(store: ObjectStore, root: string, ssts: readonly SstMetadata[]): Promise<string[]> {
  for await (const { path } of store.list(manifestPrefix(root))) if (isManifestPath(root, path)) return [];
  const kept = new Set(ssts.map(({ path }) => path));
  const others: string[] = [];
  for await (const { path } of store.list(compactedPrefix(root))) if (sstIdOf(root, path) !== undefined && !kept.has(path)) others.push(path);
  for (const path of others) await store.delete(path);
  return others;
}
