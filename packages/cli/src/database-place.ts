// Where a database lies, by folder or URL. A clone reads the SSTs of another database too, whose path counts from the store that SlateDB was given; what is
// named here does not tell where that store begins, so it is looked for upwards.
import { formatUlid, type Ulid } from "@slate-sst/format";
import { splitPlace } from "@slate-sst/ingest/import";
import { isStoreError, type ObjectStore, openStore } from "@slate-sst/object-store";
import { DatabaseReader, type DatabaseReaderOptions } from "@slate-sst/reader";
import { DatabaseLayout } from "@slate-sst/reader/database";

export interface DatabasePlace {
  readonly store: ObjectStore;
  /** Of the database in that store; "" where it is the store. */
  readonly root: string;
}

/** @param options with a manifest that is named below the database's root. @throws StoreError, SstError */
export async function openDatabase(place: DatabasePlace, { manifest, ...options }: DatabaseReaderOptions): Promise<DatabaseReader> {
  return await DatabaseReader.open(place.store, place.root, { ...options, manifest: manifest === undefined ? undefined : pathIn(place, manifest) });
}

/** The path in the store of what is named below the database's root. */
export function pathIn({ root }: DatabasePlace, path: string): string {
  return root === "" ? path : `${root}/${path}`;
}

/**
 * The place, or one in a store higher up where that holds what the database is a clone of. Where none does, the reader refuses it by name.
 * @param named what the place was named as.
 * @throws StoreError, SstError
 */
export async function placeOfClone(named: string, place: DatabasePlace, options: DatabaseReaderOptions): Promise<DatabasePlace> {
  const samples = await externalSamples(place, await openDatabase(place, options));
  if (samples.length === 0 || (await hasAll(place.store, samples))) return place;
  for (let level = 1; ; level++) {
    const higher = await placeAt(named, level);
    if (higher === undefined) return place;
    if (await hasAll(higher.store, samples)) return higher;
  }
}

/** The place by a store that lies so many levels higher; undefined where there is none. */
export async function placeAt(named: string, level: number): Promise<DatabasePlace | undefined> {
  try {
    const { storeUrl, path } = splitPlace(named, level);
    return path === "" || path.startsWith("/") ? undefined : { store: await openStore(storeUrl), root: path };
  } catch {
    return undefined;
  }
}

/** Of each database that this one is a clone of, one SST that it reads there, as a path of the store that holds both. */
async function externalSamples({ store, root }: DatabasePlace, { decoded, tree }: DatabaseReader): Promise<string[]> {
  const listed = new Set(tree.listed.map(({ name }) => name));
  const samples: string[] = [];
  for (const { path, sstIds } of decoded.manifest.externalDbs ?? []) {
    const id = await firstMissing(store, new DatabaseLayout(root), sstIds.filter((one) => listed.has(formatUlid(one))));
    if (id !== undefined) samples.push(new DatabaseLayout(path).sstPath(id));
  }
  return samples;
}

/** An SST may have come to lie in the clone itself. */
async function firstMissing(store: ObjectStore, layout: DatabaseLayout, ids: readonly Ulid[]): Promise<Ulid | undefined> {
  for (const id of ids) if (!(await exists(store, layout.sstPath(id)))) return id;
  return undefined;
}

async function hasAll(store: ObjectStore, paths: readonly string[]): Promise<boolean> {
  for (const path of paths) if (!(await exists(store, path))) return false;
  return true;
}

/** Whoever may not look there, does not find it there. */
async function exists(store: ObjectStore, path: string): Promise<boolean> {
  try {
    await store.head(path);
    return true;
  } catch (error) {
    // That a store cannot be reached says nothing of what is in it.
    if (isStoreError(error) && !error.retryable) return false;
    throw error;
  }
}
