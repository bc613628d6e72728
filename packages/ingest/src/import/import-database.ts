// importDatabase: from files of rows to a database that SlateDB opens. Nothing is visible before the manifest is, and whatever
// interrupts it leaves a state that can be continued, or removed.
import { resolve } from "node:path";
import { isSstError, SstError } from "@slate-sst/format";
import type { SstMetadata } from "@slate-sst/format/proto";
import type { ObjectStore } from "@slate-sst/object-store";
import { checkRoot, manifestAt, refuseDatabase } from "../check-root.js";
import { createDatabase } from "../create-database.js";
import { findSources } from "../source/source-files.js";
import { assertSortable, newPlan } from "../sort/choose-sort.js";
import { removeSortFolder, sortFolder } from "../sort/sort-folder.js";
import { findSorted } from "../sort/sorted-file.js";
import { type SortedImport, writeSorted } from "../sort/write-sorted.js";
import { asAbort, throwIfAborted } from "./abort.js";
import { fingerprintOf, refuseOther } from "./fingerprint.js";
import { type DoneRecord, firstIdOf, type FinishedSst, ImportState, type Plan } from "./import-state.js";
import { removeSsts } from "./leftovers.js";
import { fractionOf, ImportWatch } from "./import-watch.js";
import { checkImportOptions, checkWriterOptions, type ImportOptions } from "./options.js";
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
  await checkWriterOptions(store, root, options);
  const files = await findSources(typeof source === "string" ? [source] : source, options);
  const call: ImportCall = { files, store, root, options, state, watch: new ImportWatch(options.onEvent, files) };
  if (options.resume === true) return await resumeImport(call);
  return await writeAndPublish(call, await beginImport(call), []);
}

interface ImportCall extends Omit<SortedImport, "plan"> {
  readonly state: ImportState;
}

async function resumeImport(call: ImportCall): Promise<ImportResult> {
  const { files, store, root, options, state } = call;
  const done = await state.done();
  if (done !== undefined) {
    if ((await manifestAt(store, root)) !== undefined) return await finishDone(state, done);
    throw new SstError("ERR_SST_IMPORT_STATE", `the import into ${root} was finished, and the database is not there any more: discard what is left of it, or begin anew`, { details: { root } });
  }
  const now = fingerprintOf(files, options);
  // Whoever would resume another import does not stop the process that may be at this one.
  const seen = await planToResume(call);
  refuseOther(seen, now, options.sort);
  const isPublishing = await state.turns.isPublishing();
  if (!isPublishing) await state.turns.take("write");
  const own = await planOfTurn(call, seen);
  refuseOther(own, now, options.sort);
  const plan = isPublishing ? own : await inNamedFolder(call, own);
  // Threads finish SSTs in any order.
  const finished = plan.sorts ? [...(await state.allFinished()).values()] : await state.finished();
  const published = await manifestOf(store, root, plan);
  if (published !== undefined) return await endPublished(state, finished, published, root);
  // All is written and verified, and the process that began to publish may still be at it: nothing is removed any more.
  if (isPublishing) return await publish(call, finished.map(({ metadata }) => metadata), await rowsOf(state, finished));
  // An SST may be there that was not noted any more.
  await removeSsts(store, root, firstIdOf(root, plan), new Set(finished.map(({ metadata }) => metadata.path)), state.turns);
  await checkFinished(store, finished);
  return await writeAndPublish(call, plan, finished);
}

async function writeAndPublish(call: ImportCall, plan: Plan, finished: readonly FinishedSst[]): Promise<ImportResult> {
  const { store, root, options, state, watch } = call;
  const { ssts, rows } = await writeAll({ ...call, plan }, finished).catch(async (error: unknown) => {
    // What two processes do to each other's SSTs has many names, and one cause.
    const lost = await state.turns.assertMine().then(() => undefined, (thrown: unknown) => (isSstError(thrown) ? thrown : undefined));
    if (lost !== undefined) throw new SstError(lost.code, lost.message, { cause: error, details: lost.details });
    // Where nothing is finished and nothing sorted there is nothing to go on with; who aborts means to go on.
    // What fails on the way is no news: the first error is.
    const isNothing = options.signal?.aborted !== true && (await findSorted(sortFolder(plan))) === undefined && (await state.allFinished().then(({ size }) => size === 0, () => false));
    if (isNothing) await discard(store, root, state, plan).catch(() => undefined);
    throw asAbort(options.signal, error);
  });
  await verifyAll(store, ssts, options, watch);
  throwIfAborted(options.signal);
  await state.turns.take("publish");
  return await publish(call, ssts, rows);
}

/** The turn to publish is taken. */
async function publish({ store, root, options: { paths }, state, watch }: ImportCall, ssts: readonly SstMetadata[], rows: number): Promise<ImportResult> {
  watch.begin("publish");
  const { manifestPath } = await createDatabase(store, root, ssts, { now: paths?.now });
  return await end(state, ssts, rows, manifestPath);
}

/** Sorted rows as they come; where one is out of order, all of them again, sorted. */
async function writeAll(call: ImportCall & { readonly plan: Plan }, finished: readonly FinishedSst[]): Promise<{ readonly ssts: SstMetadata[]; readonly rows: number }> {
  const { files, store, root, options, plan, state, watch } = call;
  if (plan.sorts) return await writeSorted(call);
  try {
    return await writeRows(files, store, root, options, { plan, finished, state, watch });
  } catch (error) {
    await assertSortable(error, files, options);
    const again = await state.beginAgain(plan);
    await removeSsts(store, root, firstIdOf(root, plan), new Set(), state.turns);
    return await writeSorted({ ...call, plan: again });
  }
}

/** Whether an interrupted import into this place can be resumed or discarded. @throws StoreError */
export async function hasUnfinishedImport(store: ObjectStore, root: string): Promise<boolean> {
  const state = new ImportState(store, root);
  return (await state.plan()) !== undefined || (await state.done()) !== undefined;
}

/**
 * Removes what an interrupted import has left: its SSTs, what was staged for them, and the note of it. A database is not removed. A process that is still
 * at the import stops when it has finished the SST that it writes, which is left then; of one that publishes already, nothing is removed.
 * @returns whether there was anything.
 * @throws SstError ERR_SST_INGEST_EXISTS when the database has been published; ERR_SST_IMPORT_STATE when another process has gone on with it, or has begun to
 *   publish; StoreError.
 */
export async function discardImport(store: ObjectStore, root: string): Promise<boolean> {
  const state = new ImportState(store, root);
  const plan = await state.plan();
  if (plan === undefined) {
    const isDone = (await state.done()) !== undefined;
    if (isDone) await state.remove();
    return isDone;
  }
  await discard(store, root, state, plan);
  return true;
}

async function discard(store: ObjectStore, root: string, state: ImportState, plan: Plan): Promise<void> {
  await refuseDatabase(store, root);
  // The database was there, and has been removed.
  if ((await state.done()) !== undefined) return await state.remove();
  if (await state.turns.isPublishing()) {
    throw new SstError("ERR_SST_IMPORT_STATE", `all of the import into ${root} is written, and a process has begun to publish it, which it may still do: nothing is removed. Resume it, which publishes it, and then remove the database`, { details: { root } });
  }
  await state.turns.take("discard");
  await removeSsts(store, root, firstIdOf(root, plan), new Set(), state.turns);
  await removeSortFolder(sortFolder(plan));
  await state.remove();
}

async function beginImport({ store, root, state, files, options }: ImportCall): Promise<Plan> {
  await refuseDatabase(store, root);
  if ((await state.plan()) !== undefined) {
    throw new SstError("ERR_SST_IMPORT_STATE", `an import into ${root} was begun and not finished: resume it, or discard it`, { details: { root } });
  }
  await checkRoot(store, root, []);
  // Of a database that is not there any more.
  if ((await state.done()) !== undefined) await state.remove();
  return await state.begin({ ...newPlan(files, root, options), fingerprint: fingerprintOf(files, options) });
}

async function planToResume({ store, root, state }: ImportCall): Promise<Plan> {
  const plan = await state.plan();
  if (plan !== undefined) return plan;
  await refuseDatabase(store, root);
  throw new SstError("ERR_SST_IMPORT_STATE", `there is no unfinished import into ${root} to resume`, { details: { root } });
}

/** The plan, when nobody else changes it any more. @throws SstError ERR_SST_IMPORT_STATE where the turn is one of an import that is no more. */
async function planOfTurn(call: ImportCall, seen: Plan): Promise<Plan> {
  const { root, state } = call;
  try {
    const plan = await planToResume(call);
    if (plan.firstPath === seen.firstPath) return plan;
    throw new SstError("ERR_SST_IMPORT_STATE", `another process has just discarded the import into ${root} and begun another one`, { details: { root } });
  } catch (error) {
    if (isSstError(error)) await state.turns.giveBack().catch(() => undefined);
    throw error;
  }
}

/** What is not sorted yet is sorted in the folder that is named now, such as where the other one is full. */
async function inNamedFolder({ options, state }: ImportCall, plan: Plan): Promise<Plan> {
  const temporaryFolder = options.temporaryFolder === undefined ? plan.temporaryFolder : resolve(options.temporaryFolder);
  if (temporaryFolder === plan.temporaryFolder || (await findSorted(sortFolder(plan))) !== undefined) return plan;
  await removeSortFolder(sortFolder(plan));
  return await state.change({ ...plan, temporaryFolder });
}

async function rowsOf(state: ImportState, finished: readonly FinishedSst[]): Promise<number> {
  return (await state.ranges())?.rows ?? finished.at(-1)?.rows ?? 0;
}

/** Only what was left to do of it is done. */
async function endPublished(state: ImportState, finished: readonly FinishedSst[], manifestPath: string, root: string): Promise<ImportResult> {
  const done = await state.done();
  if (done !== undefined) return await finishDone(state, done);
  // Notes go when the result is there: where there is none of it any more, another process has ended the import since.
  if ((await state.plan()) === undefined) throw new SstError("ERR_SST_IMPORT_STATE", `another process has just finished the import into ${root}`, { details: { root } });
  return await end(state, finished.map(({ metadata }) => metadata), await rowsOf(state, finished), manifestPath);
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

async function verifyAll(store: ObjectStore, ssts: readonly SstMetadata[], { verify, signal }: ImportOptions, watch: ImportWatch): Promise<void> {
  if (verify === undefined) return;
  watch.begin("verify");
  let rows = 0;
  for (const [index, sst] of ssts.entries()) {
    throwIfAborted(signal);
    await verify(store, sst, signal).catch((error: unknown) => {
      throw asAbort(signal, error);
    });
    rows += Number(sst.rowCount);
    watch.event({ type: "verified", index, path: sst.path });
    watch.now({ rows, fraction: fractionOf(index + 1, ssts.length) });
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
