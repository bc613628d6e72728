// Whether a database that is there already is the very one that is to be made: then whoever asks again has the same answer.
import { decodeManifest, type DecodedManifest, FIRST_MANIFEST_ID, MANIFEST_VERSION_V1, type Ulid } from "@slate-sst/format";
import { isStoreError, type ObjectStore } from "@slate-sst/object-store";
import type { RunSst } from "./check-ssts.js";
import { manifestPath } from "./layout.js";

/** The version of a manifest's layout. */
export type ManifestVersion = DecodedManifest["version"];

/**
 * The database's first manifest, if it is the one that would be written: it lists the SSTs, whose names are like no other, in their order, and has
 * the same sequence number and layout. What SlateDB has done to the database since then changes nothing about that.
 * @returns its entity tag, or that it is another one.
 */
export async function sameDatabase(store: ObjectStore, root: string, run: readonly RunSst[], lastL0Seq: bigint, version: ManifestVersion): Promise<{ readonly etag: string | undefined } | undefined> {
  const path = manifestPath(root, BigInt(FIRST_MANIFEST_ID));
  try {
    const { version: written, manifest } = decodeManifest(await store.get(path));
    const ids = idsOf({ version: written, manifest } as DecodedManifest);
    const isSame = written === version && manifest.lastL0Seq === lastL0Seq && ids?.length === run.length && run.every(({ id }, at) => id.high === ids[at]!.high && id.low === ids[at]!.low);
    return isSame ? { etag: (await store.head(path)).etag } : undefined;
  } catch (error) {
    // SlateDB removes old manifests, and what is damaged is not ours.
    if (isStoreError(error) && error.code !== "ERR_STORE_NOT_FOUND") throw error;
    return undefined;
  }
}

/** The SSTs of the only run; undefined where there is anything else. */
function idsOf({ version, manifest }: DecodedManifest): readonly Ulid[] | undefined {
  if (manifest.l0.length > 0 || manifest.compacted.length !== 1) return undefined;
  return version === MANIFEST_VERSION_V1 ? manifest.compacted[0]!.ssts.map(({ id }) => id) : manifest.compacted[0]!.ssts.map(({ sstId }) => sstId);
}
