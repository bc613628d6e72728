// Uploads that were begun and not finished, and what their journals say of them: what can be gone on with, what nobody can go on with,
// and what is another program's.
import { isSstError, SstError } from "@slate-sst/format";
import { type CallOptions, type ObjectStore, type UploadInfo } from "@slate-sst/object-store";
import { Journal } from "./journal.js";
import { chainOf, folderNameOf, inside } from "./journal-names.js";
import { removeLostUploads } from "./lost-uploads.js";

/** What an unfinished upload is: "foreign" ones are told of by no journal. */
export type UploadState = "resumable" | "orphaned" | "foreign";

/** An upload, or the journal of one. */
export interface UnfinishedUpload {
  /** Whether a journal belongs to it, and can be gone on with. */
  readonly state: UploadState;
  /** Why it is taken for that, for people. */
  readonly reason: string;
  /** Path of the object that it would make; undefined when a damaged journal does not tell. */
  readonly path: string | undefined;
  /** Undefined when there is none yet. Where capabilities say so it is a secret. */
  readonly uploadId: string | undefined;
  /** Folder of its journal. */
  readonly journal: string | undefined;
  /** Last sign of life: when its journal was written last, or when it was begun. */
  readonly lastActive: Date;
  /** Rows that would not have to be written again. */
  readonly rows: number;
}

/** Where journals lie: the `store` and `prefix` of writers' checkpoints. */
export interface JournalPlace {
  /** Store of the journals. */
  readonly store: ObjectStore;
  /** "" for the store's root. */
  readonly prefix: string;
}

/**
 * Finds the unfinished uploads to a store. Where it cannot list uploads, only those are found that journals tell of.
 * @throws StoreError; SstError ERR_SST_WRITE when the journals' store fails.
 */
export async function findUploads(store: ObjectStore, journals: JournalPlace, options: CallOptions = {}): Promise<UnfinishedUpload[]> {
  const listed = await listUploads(store, options);
  const found: UnfinishedUpload[] = [];
  for (const [folder, lastActive] of await journalFolders(journals, options)) {
    const upload = await readJournal(store, journals.store, folder, lastActive, listed);
    if (upload !== undefined) found.push(upload);
  }
  const ids = new Set(found.map(({ uploadId }) => uploadId));
  const paths = new Set(found.map(({ path }) => path));
  for (const { path, uploadId, createdAt } of listed ?? []) {
    if (ids.has(uploadId)) continue;
    const state = paths.has(path) ? "orphaned" : "foreign";
    const reason = state === "orphaned" ? "its path has a journal, which knows nothing of it" : "no journal tells of it";
    found.push({ state, reason, path, uploadId, journal: undefined, lastActive: createdAt, rows: 0 });
  }
  return found;
}

/**
 * Removes an unfinished upload with its journal. A writer that still goes on with it stops.
 * @throws SstError ERR_SST_STATE for a foreign one; ERR_SST_WRITE; StoreError.
 */
export async function removeUpload(store: ObjectStore, journals: JournalPlace, upload: UnfinishedUpload): Promise<void> {
  const { state, path, uploadId } = upload;
  if (state === "foreign") throw new SstError("ERR_SST_STATE", `the upload of ${path} is not told of by any journal: it is not removed`, { details: { path, state } });
  if (upload.journal === undefined) {
    if (path !== undefined && uploadId !== undefined) await store.abortUpload(path, uploadId);
    return;
  }
  const journal = new Journal(journals.store, upload.journal, path ?? "an SST");
  const { epochs } = await journal.names();
  const begun = await readable(async () => await journal.readEpoch(epochs.at(-1) ?? 0));
  // From here on its writer, should it still be there, is an older one.
  if (begun?.fingerprint !== undefined) await journal.raise(begun.journalId, Number(begun.writtenAt), begun.fingerprint);
  if (path !== undefined && uploadId !== undefined) await store.abortUpload(path, uploadId);
  if (path !== undefined && begun !== undefined) await removeLostUploads(store, path, Number(begun.writtenAt), undefined);
  await journal.remove("given up");
}

async function listUploads(store: ObjectStore, options: CallOptions): Promise<UploadInfo[] | undefined> {
  if (store.capabilities.uploads?.listUploads !== true) return undefined;
  const uploads: UploadInfo[] = [];
  for await (const upload of store.listUploads("", options)) uploads.push(upload);
  return uploads;
}

/** The folders of journals, and when something was written into each last. */
async function journalFolders({ store, prefix }: JournalPlace, options: CallOptions): Promise<Map<string, Date>> {
  const folders = new Map<string, Date>();
  for await (const { path, lastModified } of store.list(prefix === "" ? "" : `${prefix}/`, options)) {
    const name = folderNameOf(prefix, path);
    if (name === undefined) continue;
    const folder = inside(prefix, name);
    const known = folders.get(folder);
    if (known === undefined || known < lastModified) folders.set(folder, lastModified);
  }
  return folders;
}

/** @returns undefined for the journal of another store's SST. */
async function readJournal(store: ObjectStore, journalStore: ObjectStore, folder: string, lastActive: Date, listed: readonly UploadInfo[] | undefined): Promise<UnfinishedUpload | undefined> {
  const journal = new Journal(journalStore, folder, "an SST");
  const { epochs, records } = await journal.names();
  const chain = chainOf(records);
  const epoch = await readable(async () => await journal.readEpoch(epochs.at(-1) ?? 0));
  const [first, last] = [chain[0], chain.at(-1)];
  const firstRecord = first === undefined ? undefined : await readable(async () => await journal.readRecord(first));
  const lastRecord = last === undefined ? undefined : ((await readable(async () => await journal.readRecord(last))) ?? (await before(journal, chain)));
  const path = epoch?.fingerprint?.path ?? lastRecord?.finished?.path;
  const storeUrl = epoch?.fingerprint?.store ?? lastRecord?.finished?.store;
  if (storeUrl !== undefined && storeUrl !== store.url) return undefined;
  const uploadId = lastRecord?.uploadId ?? firstRecord?.uploadId;
  const rows = Number(lastRecord?.cursor?.rows ?? 0n);
  const as = (state: UploadState, reason: string): UnfinishedUpload => ({ state, reason, path, uploadId, journal: folder, lastActive, rows });
  if (lastRecord?.finished !== undefined) return as("resumable", "all rows are there: a resume publishes it");
  if (path === undefined) return as("orphaned", "its journal is damaged");
  if (first === undefined) return as("resumable", "begun, and nothing uploaded yet");
  if (uploadId === undefined || lastRecord === undefined || chain.some(({ sequence }, at) => sequence !== at + 1)) return as("orphaned", "its journal is damaged");
  if (listed !== undefined && !listed.some((upload) => upload.uploadId === uploadId) && !(await isThere(store, path, uploadId))) return as("orphaned", "its upload is gone: aborted or expired");
  return as("resumable", `a resume goes on behind its first ${rows} rows`);
}

/** Whether an upload is there that the listing does not have: it may have been begun since. */
async function isThere(store: ObjectStore, path: string, uploadId: string): Promise<boolean> {
  for await (const upload of store.listUploads(path)) if (upload.uploadId === uploadId) return true;
  return false;
}

/** The record before the last one, which is torn. */
async function before(journal: Journal, chain: ReturnType<typeof chainOf>): ReturnType<typeof readable> {
  const [, name] = [...chain].reverse();
  return name === undefined ? undefined : await readable(async () => await journal.readRecord(name));
}

/** What is read, unless it is damaged or not there. */
async function readable(read: () => ReturnType<Journal["readRecord"]>): Promise<Awaited<ReturnType<Journal["readRecord"]>> | undefined> {
  try {
    return await read();
  } catch (error) {
    const isMissing = isSstError(error, "ERR_SST_WRITE") && error.details["storeCode"] === "ERR_STORE_NOT_FOUND";
    if (isMissing || isSstError(error, "ERR_SST_CHECKPOINT_CORRUPT") || isSstError(error, "ERR_SST_UNSUPPORTED")) return undefined;
    throw error;
  }
}
