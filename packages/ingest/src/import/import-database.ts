// importDatabase: from files of rows to a database that SlateDB opens. Nothing is visible before the manifest is, and whatever
// interrupts it leaves a state that can be continued, or removed.
import { rm } from "node:fs/promises";
import { isSstError, SstError } from "@slate-sst/format";
import type { SstMetadata } from "@slate-sst/format/proto";
import type { ObjectStore } from "@slate-sst/object-store";
import { checkRoot, refuseDatabase } from "../check-root.js";
import { createDatabase } from "../create-database.js";
import { findSources, type SourceFile } from "../source/source-files.js";
import { assertSortable, newPlan } from "../sort/choose-sort.js";
import { sortFolder, type SortedImport, writeSorted } from "../sort/write-sorted.js";
import { throwIfAborted } from "./abort.js";
import { fingerprintOf, refuseOther } from "./fingerprint.js";
import { type DoneRecord, firstIdOf, type FinishedSst, ImportState, type Plan } from "./import-state.js";
import { removeSsts } from "./leftovers.js";
import { checkImportOptions, type ImportOptions } from "./options.js";
import { manifestOf } from "./published.js";
import { writeRows } from "./write-rows.js";

/** What was imported. */
export interface ImportResult {
  /** Where the manifest lies in the store. */
  readonly manifestPath: string;
  /** SSTs of the database. */
  readonly sstCount: number;
  /** Rows of the database. */
  readonly rowCount: bigint;
  /** Rows of the source that had the key of another one, and were left out by policy. */
  readonly duplicates: bigint;
  /** Bytes of the SSTs. */
  readonly bytes: bigint;
}

/**
 * Imports a source as a new SlateDB database: SSTs of about `sstSize`, verified by `verify`, and then the manifest, only if none is there. Rows that are
 * sorted by the bytes of their keys become SSTs as they are read; others are sorted by DuckDB first. After an error or an abort, what is finished stays
 * under the root, and a note of it beside the root, at `<root>.import/`: the same call with `resume: true` goes on, and `discardImport` removes it.
 * @param source files, globs, URLs of objects, or "-" for `options.stdin`, one after the other.
 * @param root where the database will lie in the store; not the store's own root.
 * @throws SstError ERR_SST_SOURCE_…, ERR_SST_KEY_FIELD with file and line; the errors of SstWriter, those about a row with file and line;
 *   ERR_SST_IMPORT_…, ERR_SST_INGEST_…, ERR_SST_ABORTED; SstRangeError, SstTypeError for options; StoreError.
 */
export async function importDatabase(source: string | readonly string[], store: ObjectStore, root: string, options: ImportOptions): Promise<ImportResult> {
  checkImportOptions(options);
  const state = new ImportState(store, root);
  const files = await findSources(typeof source === "string" ? [source] : source, options);
  const resumed = options.resume === true ? await findResumed(store, root, state) : undefined;
  if (resumed !== undefined && "done" in resumed) return await finishDone(state, resumed.done);
  const { plan, finished } = resumed ?? { plan: await beginImport(store, root, state, files, options), finished: [] };
  refuseOther(plan, fingerprintOf(files, options), options.sort);
  const published = resumed === undefined ? undefined : await manifestOf(store, root, plan);
  // Only what was left to do of it is done.
  if (published !== undefined) return await end(state, finished.map(({ metadata }) => metadata), (await state.ranges())?.rows ?? finished.at(-1)?.rows ?? 0, published);
  // An SST may be there that was not noted any more.
  await removeSsts(store, root, firstIdOf(root, plan), new Set(finished.map(({ metadata }) => metadata.path)));
  await checkFinished(store, finished);
  const { ssts, rows } = await writeAll({ files, store, root, options, plan, state }, finished).catch(async (error: unknown) => {
    // Where nothing is finished there is nothing to go on with; who aborts means to go on.
    // What fails on the way is no news: the first error is.
    const isNothing = !isSstError(error, "ERR_SST_ABORTED") && (await state.allFinished().then(({ size }) => size === 0, () => false));
    if (isNothing) await discardImport(store, root).catch(() => undefined);
    throw error;
  });
  await verifyAll(store, ssts, options);
  throwIfAborted(options.signal);
  options.onEvent?.({ type: "phase", phase: "publish" });
  const { manifestPath } = await createDatabase(store, root, ssts, { now: options.paths?.now });
  return await end(state, ssts, rows, manifestPath);
}

/** Sorted rows as they come; where one is out of order, all of them again, sorted. */
async function writeAll(call: SortedImport & { readonly state: ImportState }, finished: readonly FinishedSst[]): Promise<{ readonly ssts: SstMetadata[]; readonly rows: number }> {
  const { files, store, root, options, plan, state } = call;
  if (plan.sorts) return await writeSorted(call);
  try {
    return await writeRows(files, store, root, options, { plan, finished, state });
  } catch (error) {
    await assertSortable(error, files, options);
    const again = await state.beginAgain(plan);
    await removeSsts(store, root, firstIdOf(root, plan), new Set());
    return await writeSorted({ ...call, plan: again });
  }
}

/** Whether an interrupted import into this place can be resumed or discarded. @throws StoreError */
export async function hasUnfinishedImport(store: ObjectStore, root: string): Promise<boolean> {
  const state = new ImportState(store, root);
  return (await state.plan()) !== undefined || (await state.done()) !== undefined;
}

/**
 * Removes what an interrupted import has left: its SSTs, what was staged for them, and the note of it. A database is not removed.
 * @returns whether there was anything.
 * @throws SstError ERR_SST_INGEST_EXISTS when the database has been published; StoreError.
 */
export async function discardImport(store: ObjectStore, root: string): Promise<boolean> {
  const state = new ImportState(store, root);
  const plan = await state.plan();
  if (plan === undefined) {
    const isDone = (await state.done()) !== undefined;
    if (isDone) await state.remove();
    return isDone;
  }
  await refuseDatabase(store, root);
  await removeSsts(store, root, firstIdOf(root, plan), new Set());
  await rm(sortFolder(plan), { recursive: true, force: true });
  await state.remove();
  return true;
}

async function beginImport(store: ObjectStore, root: string, state: ImportState, files: readonly SourceFile[], options: ImportOptions): Promise<Plan> {
  await refuseDatabase(store, root);
  if ((await state.plan()) !== undefined) {
    throw new SstError("ERR_SST_IMPORT_STATE", `an import into ${root} was begun and not finished: resume it, or discard it`, { details: { root } });
  }
  await checkRoot(store, root, []);
  return await state.begin({ ...newPlan(files, root, options), fingerprint: fingerprintOf(files, options) });
}

async function findResumed(store: ObjectStore, root: string, state: ImportState): Promise<{ plan: Plan; finished: FinishedSst[] } | { done: DoneRecord }> {
  const done = await state.done();
  if (done !== undefined) return { done };
  const plan = await state.plan();
  // Threads finish SSTs in any order.
  if (plan !== undefined) return { plan, finished: plan.sorts ? [...(await state.allFinished()).values()] : await state.finished() };
  await refuseDatabase(store, root);
  throw new SstError("ERR_SST_IMPORT_STATE", `there is no unfinished import into ${root} to resume`, { details: { root } });
}

/** @throws SstError ERR_SST_IMPORT_STATE when an SST that was finished is not there any more. */
async function checkFinished(store: ObjectStore, finished: readonly FinishedSst[]): Promise<void> {
  for (const { metadata } of finished) {
    const info = await store.head(metadata.path).catch((cause: unknown) => {
      throw new SstError("ERR_SST_IMPORT_STATE", `${metadata.path}, which the import had finished, cannot be found: discard the import and begin anew`, { cause, details: { path: metadata.path } });
    });
    if (BigInt(info.size) !== metadata.size) throw new SstError("ERR_SST_IMPORT_STATE", `${metadata.path}, which the import had finished, has ${info.size} bytes and had ${metadata.size}: discard the import and begin anew`, { details: { path: metadata.path } });
  }
}

async function verifyAll(store: ObjectStore, ssts: readonly SstMetadata[], { verify, onEvent, signal }: ImportOptions): Promise<void> {
  if (verify === undefined) return;
  onEvent?.({ type: "phase", phase: "verify" });
  for (const [index, sst] of ssts.entries()) {
    throwIfAborted(signal);
    await verify(store, sst, signal);
    onEvent?.({ type: "verified", index, path: sst.path });
  }
}

async function end(state: ImportState, ssts: readonly SstMetadata[], rows: number, manifestPath: string): Promise<ImportResult> {
  const rowCount = ssts.reduce((sum, sst) => sum + sst.rowCount, 0n);
  const bytes = ssts.reduce((sum, { size }) => sum + size, 0n);
  const result: ImportResult = { manifestPath, sstCount: ssts.length, rowCount, duplicates: BigInt(rows) - rowCount, bytes };
  await state.end({ manifestPath, sstCount: ssts.length, rowCount: String(rowCount), duplicates: String(result.duplicates), bytes: String(bytes) });
  return result;
}

async function finishDone(state: ImportState, done: DoneRecord): Promise<ImportResult> {
  await state.remove();
  return {
    manifestPath: String(done["manifestPath"]), sstCount: Number(done["sstCount"]),
    rowCount: BigInt(done["rowCount"] ?? 0), duplicates: BigInt(done["duplicates"] ?? 0), bytes: BigInt(done["bytes"] ?? 0),
  };
}
