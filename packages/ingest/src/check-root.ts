// What lies at the root of a database to be: its SSTs, whole, and nothing else. SlateDB takes whatever it finds: a WAL file
// left behind is replayed into the new database, and where an old one's first manifests have been collected as garbage, a
// new first manifest would bring the rest back to life.
import { SstError } from "@slate-sst/format";
import type { ObjectStore } from "@slate-sst/object-store";
import type { RunSst } from "./check-ssts.js";
import { existsError, mismatch, missingError, showRoot } from "./ingest-error.js";
import { isManifestPath, manifestPrefix, rootPrefix } from "./layout.js";

/** Other objects that an error names; the listing ends when there are more. */
const NAMED_MAX = 5;

/**
 * Asks the store what is there, by two listings.
 * @throws SstError ERR_SST_INGEST_EXISTS, _ROOT_NOT_EMPTY, _MISMATCH; StoreError.
 */
export async function checkRoot(store: ObjectStore, root: string, run: readonly RunSst[]): Promise<void> {
  // First, and apart: to learn that a database is there, nobody should list all of its objects.
  await refuseDatabase(store, root);
  const missing = new Map(run.map(({ metadata }) => [metadata.path, metadata]));
  const others: string[] = [];
  // SlateDB follows the symbolic links that a local store passes over.
  for await (const listed of store.list(rootPrefix(root), { onSkipped: (path) => void others.push(path) })) {
    const metadata = missing.get(listed.path);
    if (metadata === undefined) {
      // It has come since.
      if (isManifestPath(root, listed.path)) throw existsError(root, listed.path);
      others.push(listed.path);
      if (others.length > NAMED_MAX) break;
      continue;
    }
    missing.delete(listed.path);
    if (BigInt(listed.size) !== metadata.size) throw mismatch(listed.path, "its size", metadata.size, listed.size);
    if (metadata.etag !== undefined && listed.etag !== undefined && metadata.etag !== listed.etag) throw mismatch(listed.path, "its ETag", metadata.etag, listed.etag);
  }
  if (others.length > 0) throw notEmptyError(root, others);
  for (const path of missing.keys()) throw missingError(path);
}

/** @throws SstError ERR_SST_INGEST_EXISTS when a database is at the root already; StoreError. */
export async function refuseDatabase(store: ObjectStore, root: string): Promise<void> {
  const path = await manifestAt(store, root);
  if (path !== undefined) throw existsError(root, path);
}

/** The path of a manifest of the database at the root, if there is one. @throws StoreError */
export async function manifestAt(store: ObjectStore, root: string): Promise<string | undefined> {
  for await (const { path } of store.list(manifestPrefix(root))) if (isManifestPath(root, path)) return path;
  return undefined;
}

function notEmptyError(root: string, others: readonly string[]): SstError {
  const named = others.slice(0, NAMED_MAX);
  const more = others.length > named.length ? ", …" : "";
  return new SstError(
    "ERR_SST_INGEST_ROOT_NOT_EMPTY",
    `${showRoot(root)} holds other objects than the SSTs given: ${named.join(", ")}${more}. SlateDB would take old ones for its own; remove them, or write the SSTs under a fresh root`,
    { details: { root, paths: named } },
  );
}
