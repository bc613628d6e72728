// Whether an import has published its database already: the last answer it waited for may have been lost.
import { decodeManifest, FIRST_MANIFEST_ID } from "@slate-sst/format";
import { isStoreError, type ObjectStore } from "@slate-sst/object-store";
import { manifestPath } from "../layout.js";
import { firstIdOf, type Plan } from "./import-state.js";

/** The path of the database's first manifest, if it is that of this import: it lists the import's first SST, whose name is like no other. */
export async function manifestOf(store: ObjectStore, root: string, plan: Plan): Promise<string | undefined> {
  const path = manifestPath(root, BigInt(FIRST_MANIFEST_ID));
  let bytes: Uint8Array;
  try {
    bytes = await store.get(path);
  } catch (error) {
    if (isStoreError(error, "ERR_STORE_NOT_FOUND")) return undefined;
    throw error;
  }
  const first = firstIdOf(root, plan);
  const id = decodeManifest(bytes).manifest.compacted[0]?.ssts[0]?.id;
  return id?.high === first.high && id.low === first.low ? path : undefined;
}
