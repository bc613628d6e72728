// Which manifest counts: the one with the highest number.
import { assertObjectPath, type ObjectStore, StoreError } from "@slate-sst/object-store";
import type { DatabaseLayout } from "./layout.js";

/** Largest manifest that is read: about a million SSTs. */
export const MANIFEST_BYTES_MAX = 256 * 1024 * 1024;

/** A manifest of a database. */
export interface ManifestObject {
  /** Where it lies in the store. */
  readonly path: string;
  /** The number in its name; undefined when it is named otherwise, which only a manifest that was asked for can be. */
  readonly number: bigint | undefined;
  /** Bytes. */
  readonly size: number;
  /** No manifest of the database has a higher number. */
  readonly newest: boolean;
}

/**
 * The manifest that was asked for, or else the one with the highest number.
 * @throws StoreError ERR_STORE_NOT_FOUND when there is none.
 */
export async function findManifest(store: ObjectStore, layout: DatabaseLayout, asked: string | undefined, signal: AbortSignal | undefined): Promise<ManifestObject> {
  let newest: { readonly path: string; readonly number: bigint; readonly size: number } | undefined;
  let others = 0;
  for await (const { path, size } of store.list(layout.manifests, { signal })) {
    const number = layout.manifestNumber(path);
    if (number === undefined) others++;
    else if (newest === undefined || number > newest.number) newest = { path, number, size };
  }
  if (asked !== undefined) {
    assertObjectPath(asked);
    const { size } = await store.head(asked, { signal });
    const number = layout.manifestNumber(asked);
    return { path: asked, number, size, newest: asked === newest?.path };
  }
  if (newest === undefined) {
    const hint = others === 0 ? "" : `; ${others} objects there have no name that SlateDB would take for a manifest's`;
    throw new StoreError("ERR_STORE_NOT_FOUND", `there is no database: no manifest under ${layout.manifests}${hint}`, { path: layout.manifests });
  }
  return { ...newest, newest: true };
}
