// createDatabase: from SSTs in a store to a database that SlateDB opens. The one thing it writes is the manifest, and
// that last: until then nothing is visible, and whatever was wrong has been refused.
import { checkOptionNames, choiceOption, FIRST_MANIFEST_ID, isSstError, MANIFEST_VERSION_V1, MANIFEST_VERSION_V2, SstError, SstTypeError } from "@slate-sst/format";
import type { SstMetadata } from "@slate-sst/format/proto";
import { isStoreError, type ObjectStore } from "@slate-sst/object-store";
import { checkRoot } from "./check-root.js";
import { checkSsts, chooseLastL0Seq, type RunSst } from "./check-ssts.js";
import { existsError } from "./ingest-error.js";
import { manifestPath, rootPrefix } from "./layout.js";
import { encodeNewManifest, type ListedSst } from "./new-manifest.js";
import { readInfo } from "./read-info.js";
import { type ManifestVersion, sameDatabase } from "./same-database.js";

/** SSTs whose ends are being read at the same time. */
const READS_IN_FLIGHT = 16;

const OPTIONS: readonly (keyof CreateDatabaseOptions)[] = ["lastL0Seq", "manifestVersion", "now"];

/** How a database is made. Everything is optional. */
export interface CreateDatabaseOptions {
  /**
   * The sequence number that the database has reached; its next write gets the one after. Default: the highest of any row,
   * which is also the lowest that hides none.
   */
  readonly lastL0Seq?: bigint | undefined;
  /** Layout of the manifest: 1, which every release of SlateDB reads, or 2, from 0.12 on. Default 1, which also SlateDB writes. */
  readonly manifestVersion?: ManifestVersion | undefined;
  /** Milliseconds since the Unix epoch, to tell names from the future. `Date.now` unless given. */
  readonly now?: (() => number) | undefined;
}

/** A database that was created. */
export interface CreatedDatabase {
  /** Where the manifest lies in the store. */
  readonly manifestPath: string;
  /** Its number. */
  readonly manifestId: bigint;
  /** The entity tag the store gave it, if it gave one. */
  readonly etag: string | undefined;
  /** Highest sequence number that SlateDB takes for used. */
  readonly lastL0Seq: bigint;
  /** SSTs of the database. */
  readonly sstCount: number;
  /** Rows of all SSTs: every version of a key, tombstones and merge operands too. */
  readonly rowCount: bigint;
}

/** What createDatabase would do. */
export interface DatabasePlan extends Omit<CreatedDatabase, "etag"> {
  /** The manifest that would be put; undefined where that very database is there already. */
  readonly manifest: Uint8Array | undefined;
}

/**
 * Makes a new SlateDB database of SSTs that lie under its root: one sorted run. Nothing but the manifest is written, and
 * only where none is: an existing database is never touched. Who asks for the very database that is there already, of the same SSTs, has the
 * same answer again; of several calls for different ones at most one succeeds.
 * The SSTs' infos are read back, one request each; their rows are not read.
 * @param root where the database lies in the store; "" for the store's own root. It must hold the SSTs and nothing else.
 * @param ssts what the writers returned, in key order; from any number of machines.
 * @throws SstError ERR_SST_INGEST_…, see the README; ERR_SST_CHECKSUM, ERR_SST_CORRUPT, ERR_SST_UNSUPPORTED, ERR_SST_EMPTY for
 *   an SST that is none of this kind; ERR_SST_STORE_CAPABILITY; ERR_SST_WRITE when it is not known whether the manifest was
 *   written, and asking again tells; StoreError as the store throws when it is read.
 */
export async function createDatabase(
  store: ObjectStore, root: string, ssts: readonly SstMetadata[], options: CreateDatabaseOptions = {},
): Promise<CreatedDatabase> {
  const { plan, run, etag } = await prepare(store, root, ssts, options);
  const { manifest, ...created } = plan;
  if (manifest === undefined) return { ...created, etag };
  try {
    return { ...created, etag: await putManifest(store, root, plan.manifestPath, manifest) };
  } catch (error) {
    if (!isSstError(error, "ERR_SST_INGEST_EXISTS")) throw error;
    const same = await sameDatabase(store, root, run, plan.lastL0Seq, options.manifestVersion ?? MANIFEST_VERSION_V1);
    if (same === undefined) throw error;
    return { ...created, etag: same.etag };
  }
}

/**
 * Checks all that createDatabase checks, with the same requests, and writes nothing.
 * @throws as createDatabase, but for ERR_SST_WRITE
 */
export async function planDatabase(
  store: ObjectStore, root: string, ssts: readonly SstMetadata[], options: CreateDatabaseOptions = {},
): Promise<DatabasePlan> {
  return (await prepare(store, root, ssts, options)).plan;
}

interface Prepared {
  readonly plan: DatabasePlan;
  readonly run: readonly RunSst[];
  /** Of the database that is there already. */
  readonly etag: string | undefined;
}

async function prepare(store: ObjectStore, root: string, ssts: readonly SstMetadata[], options: CreateDatabaseOptions): Promise<Prepared> {
  checkCall(store, root, options);
  const { now = Date.now } = options;
  const version = choiceOption<ManifestVersion>("manifestVersion", options.manifestVersion, MANIFEST_VERSION_V1, [MANIFEST_VERSION_V1, MANIFEST_VERSION_V2]);
  const run = checkSsts(ssts, { store: store.url, root, now: now() });
  const lastL0Seq = chooseLastL0Seq(run, options.lastL0Seq);
  const manifestId = BigInt(FIRST_MANIFEST_ID);
  const plan = { manifestPath: manifestPath(root, manifestId), manifestId, lastL0Seq, sstCount: run.length, rowCount: run.reduce((rows, { metadata }) => rows + metadata.rowCount, 0n) };
  try {
    await checkRoot(store, root, run);
  } catch (error) {
    if (!isSstError(error, "ERR_SST_INGEST_EXISTS")) throw error;
    const same = await sameDatabase(store, root, run, lastL0Seq, version);
    if (same === undefined) throw error;
    return { plan: { ...plan, manifest: undefined }, run, etag: same.etag };
  }
  return { plan: { ...plan, manifest: encodeNewManifest(await readInfos(store, run), lastL0Seq, version) }, run, etag: undefined };
}

function checkCall(store: ObjectStore, root: string, options: CreateDatabaseOptions): void {
  if (typeof store?.put !== "function" || typeof store.capabilities !== "object") {
    throw new SstTypeError("ERR_SST_OPTION_INVALID", "the first argument of createDatabase is an ObjectStore", { details: { option: "store" } });
  }
  rootPrefix(root);
  if (typeof options !== "object" || options === null) throw new SstTypeError("ERR_SST_OPTION_INVALID", "the fourth argument of createDatabase is an object with options", { details: { option: "options" } });
  checkOptionNames(options, OPTIONS, "createDatabase");
  if (!store.capabilities.putCreate) {
    throw new SstError("ERR_SST_STORE_CAPABILITY", `${store.url} cannot put an object only if it is absent; without that a manifest could replace another writer's, so no database is made here`, {
      details: { store: store.url, root },
    });
  }
}

/** Infos and versions of all SSTs, in their order. The first failure ends it. */
async function readInfos(store: ObjectStore, run: readonly RunSst[]): Promise<ListedSst[]> {
  const listed: ListedSst[] = [];
  const entries = run.entries();
  let failed = false;
  const work = async (): Promise<void> => {
    for (const [index, { id, metadata }] of entries) {
      if (failed) return;
      try {
        listed[index] = { id, ...(await readInfo(store, metadata)) };
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(READS_IN_FLIGHT, run.length) }, work));
  return listed;
}

async function putManifest(store: ObjectStore, root: string, path: string, manifest: Uint8Array): Promise<string | undefined> {
  try {
    return (await store.put(path, manifest, { mode: "create" })).etag;
  } catch (error) {
    if (isStoreError(error, "ERR_STORE_ALREADY_EXISTS")) throw existsError(root, path, error);
    const reason = error instanceof Error ? error.message : String(error);
    throw new SstError("ERR_SST_WRITE", `writing ${path} failed, and the store may have it nonetheless: ${reason}`, {
      cause: error,
      details: { path, storeCode: isStoreError(error) ? error.code : undefined },
    });
  }
}
