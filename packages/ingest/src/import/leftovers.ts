// Objects and uploads that an interrupted import has left under the root.
import type { Ulid } from "@slate-sst/format";
import type { ObjectStore } from "@slate-sst/object-store";
import { compactedPrefix, sstIdOf } from "../layout.js";
import { ulidDistance } from "../sst-path.js";
import type { ImportTurns } from "./turns.js";

/** More SSTs than an import has. */
const SSTS_MAX = 100_000_000n;

/**
 * Removes the SSTs of an import but for those at some paths, and what is staged for them.
 * @param turns must be ours at each of them: of a database that another process has published meanwhile, nothing is removed.
 */
export async function removeSsts(store: ObjectStore, root: string, first: Ulid, kept: ReadonlySet<string>, turns: ImportTurns): Promise<void> {
  const isOurs = (path: string): boolean => {
    const id = sstIdOf(root, path);
    if (id === undefined) return false;
    const distance = ulidDistance(first, id);
    return distance >= 0n && distance < SSTS_MAX && !kept.has(path);
  };
  const prefix = compactedPrefix(root);
  if (store.capabilities.uploads !== undefined) {
    for await (const { path, uploadId } of store.listUploads(prefix)) {
      if (!isOurs(path)) continue;
      await turns.assertMine();
      await store.abortUpload(path, uploadId);
    }
  }
  for await (const { path } of store.list(prefix)) {
    if (!isOurs(path)) continue;
    await turns.assertMine();
    await store.delete(path);
  }
}
