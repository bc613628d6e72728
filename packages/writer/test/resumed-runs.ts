// Runs that are cut off and gone on with, for tests: a store that is gone from some call on stands for the end of a process.
import { isSstError } from "@slate-sst/format";
import { isStoreError, MemoryObjectStore, type ObjectStore } from "@slate-sst/object-store";
import { FailingObjectStore, type FailureRule } from "@slate-sst/object-store/testing";
import type { CheckpointConfig, Row, SstMetadata, SstWriterConfig } from "../src/index.js";
import { SstWriter } from "../src/index.js";
import { PATH } from "./sample-rows.js";

/** Where the tests' journals lie. */
export const JOURNALS = "journals";

export type RunConfig = Omit<SstWriterConfig, "checkpoint">;

/** How rows come back after a resume, and how they are written. */
export type Feed = "skip" | "replay";

export const checkpointIn = (store: ObjectStore): CheckpointConfig => ({ store, prefix: JOURNALS, everyParts: 1 });

/** Goes on with the SST at PATH, or begins it; undefined when it is there already, by a look at `sound`. */
export async function resumeOrCreate(store: ObjectStore, config: RunConfig, sound: ObjectStore = store): Promise<SstWriter | undefined> {
  const full = { ...config, checkpoint: checkpointIn(store) };
  try {
    return await SstWriter.resume(store, PATH, full);
  } catch (error) {
    if (!isSstError(error, "ERR_SST_CHECKPOINT_MISSING")) throw error;
  }
  if (await isThere(sound)) return undefined;
  return await SstWriter.create(store, PATH, full);
}

export async function isThere(store: ObjectStore): Promise<boolean> {
  try {
    await store.head(PATH);
    return true;
  } catch (error) {
    if (isStoreError(error, "ERR_STORE_NOT_FOUND")) return false;
    throw error;
  }
}

/** Writes what is missing and closes. */
export async function finish(writer: SstWriter, rows: readonly Row[], feed: Feed): Promise<SstMetadata> {
  if (feed === "replay" && writer.resumeAfter !== undefined) await writer.replay(rows);
  else await writer.writeAll(rows.slice((writer.resumeAfter?.ordinal ?? -1) + 1));
  return await writer.close();
}

/** What a run that was to be cut off has come to. */
export interface Attempt {
  readonly error: unknown;
  readonly metadata: SstMetadata | undefined;
  /** Calls of the store until the end. */
  readonly calls: number;
  /** Rows that did not have to be written again. */
  readonly skipped: number;
}

/** One life of a process: begins or goes on, and may meet a failing store. */
export async function attempt(store: ObjectStore, rows: readonly Row[], config: RunConfig, feed: Feed, ...rules: readonly FailureRule[]): Promise<Attempt> {
  const failing = new FailingObjectStore(store, ...rules);
  let skipped = 0;
  try {
    await using writer = await resumeOrCreate(failing, config, store);
    if (writer === undefined) return { error: undefined, metadata: undefined, calls: failing.count(), skipped };
    skipped = writer.resumeAfter?.rows ?? 0;
    const metadata = await finish(writer, rows, feed);
    return { error: undefined, metadata, calls: failing.count(), skipped };
  } catch (error) {
    return { error, metadata: undefined, calls: failing.count(), skipped };
  }
}

/** What an undisturbed writer without checkpoints makes of the rows. */
export async function undisturbed(rows: readonly Row[], config: RunConfig): Promise<{ readonly bytes: Uint8Array; readonly metadata: SstMetadata }> {
  const store = new MemoryObjectStore();
  const writer = await SstWriter.create(store, PATH, config);
  await writer.writeAll(rows);
  const metadata = await writer.close();
  return { bytes: await store.get(PATH), metadata };
}

/** Paths of all objects, and how many uploads are there. */
export async function contents(store: ObjectStore): Promise<{ readonly paths: string[]; readonly uploads: number }> {
  const paths: string[] = [];
  for await (const { path } of store.list("")) paths.push(path);
  const ids: string[] = [];
  for await (const { uploadId } of store.listUploads("")) ids.push(uploadId);
  return { paths, uploads: ids.length };
}

/** Metadata but for what the store decides. */
export const withoutStore = ({ store: _store, etag: _etag, ...rest }: SstMetadata): object => rest;

/** An error's text. */
export const told = (error: unknown): string => (error instanceof Error ? error.message : "no error");
