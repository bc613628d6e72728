// Rows in any order to the SSTs of one run: sorted by DuckDB, cut into ranges, each written by a thread.
import { availableParallelism } from "node:os";
import { DEFAULT_SST_SIZE, showKey, SstError, SstRangeError } from "@slate-sst/format";
import type { SstMetadata } from "@slate-sst/format/proto";
import type { ObjectStore } from "@slate-sst/object-store";
import { type RowColumns, SstWriter, type SstWriterConfig } from "@slate-sst/writer";
import { throwIfAborted } from "../import/abort.js";
import { firstIdOf, type FinishedSst, type ImportState, type Plan, type SortedRanges } from "../import/import-state.js";
import { fractionOf, type ImportWatch } from "../import/import-watch.js";
import { NowhereStore } from "../import/nowhere-store.js";
import { type ImportOptions, quietWriter } from "../import/options.js";
import { RowMaker } from "../import/row-maker.js";
import { readSource } from "../source/read-source.js";
import { type Place, sourceError } from "../source/record.js";
import type { SourceFile } from "../source/source-files.js";
import { sstPathAfter } from "../sst-path.js";
import type { ModuleTask } from "../threads/sst-task.js";
import { Tasks } from "../threads/tasks.js";
import { WriteCall } from "../threads/write-call.js";
import { DuckDb } from "./duckdb.js";
import { parquetRows } from "./parquet-rows.js";
import type { RowsSql } from "./rows-sql.js";
import sortedColumns, { type SortedRange } from "./sorted-columns.js";
import { findSorted, firstDuplicate, keepSorted, type RowRange, type SortedFile, sortRows } from "./sorted-file.js";
import { FolderWatch, inFolder, makeWorkFolder, removeSortFolder, removeWorkFolder, sortFolder } from "./sort-folder.js";
import { spoolRows } from "./spool-rows.js";
import { cutIntoRanges } from "./sst-ranges.js";

/** Bytes that DuckDB may hold unless told otherwise: 1 GiB. */
export const DEFAULT_MEMORY_LIMIT = 1024 * 1024 * 1024;
/** Of a thread that reads what is sorted: some slices. */
const READER_MEMORY = 256 * 1024 * 1024;
/** What a row takes in an SST beside key and value, at most about. */
const ROW_MORE_BYTES = 64;

export interface SortedImport {
  readonly files: readonly SourceFile[];
  readonly store: ObjectStore;
  readonly root: string;
  readonly options: ImportOptions;
  readonly plan: Plan;
  /** Where finished SSTs are noted; undefined where nothing is to be kept. */
  readonly state: ImportState | undefined;
  readonly watch: ImportWatch;
}

export interface WrittenRun {
  readonly ssts: SstMetadata[];
  /** Rows of the source. */
  readonly rows: number;
  /** The most bytes that temporary files took. */
  readonly diskBytes: number;
}

/** @throws as importDatabase; what is finished stays. */
export async function writeSorted(call: SortedImport): Promise<WrittenRun> {
  const { plan, state } = call;
  const finished = (await state?.allFinished()) ?? new Map<number, FinishedSst>();
  const known = await state?.ranges();
  // All that is left to do is behind the SSTs.
  if (known !== undefined && known.ranges.every((_, index) => finished.has(index))) return { ssts: inOrder(known.ranges, finished), rows: known.rows, diskBytes: 0 };
  const directory = sortFolder(plan);
  const folder = new FolderWatch(directory);
  let isLeft = true;
  try {
    const sorted = (await findSorted(directory)) ?? (await sortSource(call, directory, folder));
    // From now on nothing is wrong with the rows: who goes on need not sort them again.
    isLeft = state !== undefined;
    const ranges = await rangesOf(call, sorted, directory, known);
    await writeRanges(call, { sorted, directory, ranges, finished });
    isLeft = false;
    return { ssts: inOrder(ranges, finished), rows: sorted.rowCount, diskBytes: folder.peakBytes };
  } finally {
    folder.stop();
    // The SSTs are there, or the first error is told.
    if (!isLeft) await removeSortFolder(directory).catch(() => undefined);
  }
}

function inOrder(ranges: readonly RowRange[], finished: ReadonlyMap<number, FinishedSst>): SstMetadata[] {
  return ranges.map((_, index) => finished.get(index)!.metadata);
}

async function sortSource(call: SortedImport, directory: string, folder: FolderWatch): Promise<SortedFile> {
  const work = await makeWorkFolder(directory);
  try {
    const sorted = await sortIn(work, call, folder);
    return await inFolder(directory, async () => keepSorted(sorted, directory));
  } finally {
    await removeWorkFolder(work);
  }
}

async function sortIn(work: string, call: SortedImport, folder: FolderWatch): Promise<SortedFile> {
  const { options: { onDuplicate = "error", memoryLimit = DEFAULT_MEMORY_LIMIT, jobs = availableParallelism(), signal }, watch } = call;
  watch.begin("read", { bytesRead: 0, bytesWritten: 0, ssts: 0 });
  const db = await DuckDb.open({ memoryLimit, directory: work, threads: jobs, signal });
  try {
    const rows = await rowsOf(db, call, work, folder);
    if (rows.rowCount === 0) throw new SstError("ERR_SST_EMPTY", "there are no rows: a run holds at least one, and nothing was created");
    const counts = (): Parameters<ImportWatch["now"]>[0] => ({ fraction: db.progress, rows: Math.floor(db.progress * rows.rowCount), temporaryBytes: folder.bytes });
    watch.begin("sort");
    const sorted = await watch.during(counts, async () => sortRows(db, rows, work));
    await folder.look();
    if (onDuplicate === "error") {
      watch.begin("check");
      const twice = await watch.during(counts, async () => firstDuplicate(db, sorted));
      if (twice !== undefined) throw duplicateError(twice, await rows.find(twice));
    }
    return sorted;
  } finally {
    db.close();
  }
}

function duplicateError(key: Uint8Array, [first, second]: readonly Place[]): SstError {
  return sourceError("ERR_SST_ROW_DUPLICATE", second!, `the key ${showKey(key)} is also that of ${first!.file}:${first!.line}: equal keys; onDuplicate "keepFirst" or "keepLast" chooses one`, { key });
}

async function rowsOf(db: DuckDb, { files, options, plan, watch }: SortedImport, directory: string, folder: FolderWatch): Promise<RowsSql> {
  const { columns, key, value, signal } = options;
  const parquet = files.filter(({ format }) => format === "parquet").length;
  if (parquet > 0 && parquet < files.length) throw new SstRangeError("ERR_SST_OPTION_INVALID", "sources are all Parquet, or none is: import them apart", { details: { option: "source" } });
  if (parquet > 0) {
    const { bytesTotal = 0 } = watch;
    return await watch.during(() => ({ fraction: db.progress, bytesRead: Math.floor(db.progress * bytesTotal) }), async () => parquetRows(db, files, { key, value, directory, signal }));
  }
  let bytesRead = 0;
  const records = readSource(files, { columns, signal, onBytes: (bytes) => (bytesRead += bytes) });
  const onRows = (rows: number): void => {
    throwIfAborted(signal);
    watch.now({ rows, bytesRead, fraction: fractionOf(bytesRead, watch.bytesTotal), temporaryBytes: folder.bytes });
  };
  return await spoolRows(db, records, new RowMaker(options, files, plan.beganAt), { names: files.map(({ name }) => name), directory, onRows });
}

/** What the import has noted, or new ones. */
async function rangesOf(call: SortedImport, sorted: SortedFile, directory: string, known: SortedRanges | undefined): Promise<readonly RowRange[]> {
  throwIfAborted(call.options.signal);
  if (known === undefined) {
    call.watch.begin("split");
    const ranges = await newRanges(call, sorted, directory);
    await call.state?.keepRanges({ rows: sorted.rowCount, ranges });
    return ranges;
  }
  if (known.rows === sorted.rowCount) return known.ranges;
  throw new SstError("ERR_SST_IMPORT_STATE", `the source has changed since the import began: it has ${sorted.rowCount} rows now, and had ${known.rows}. Discard the import and begin anew`);
}

/** Ranges whose SSTs will have about the size that is asked for, as far as the first rows can tell how they are encoded and compressed. */
async function newRanges({ store, options, plan, watch }: SortedImport, sorted: SortedFile, directory: string): Promise<RowRange[]> {
  const { sstSize = DEFAULT_SST_SIZE, signal } = options;
  if (sorted.byteCount + sorted.rowCount * ROW_MORE_BYTES <= sstSize) return [[0, sorted.rowCount]];
  let bytes = 0;
  const counted = async function* (): AsyncGenerator<RowColumns> {
    for await (const columns of sortedColumns({ sorted, range: sorted.groups[0]!.range, memoryLimit: READER_MEMORY, directory, ...timesOf(options, plan) }, { signal: signal ?? new AbortController().signal })) {
      bytes += columns.keys.length + columns.values.length;
      yield columns;
    }
  };
  const { size } = await writeHere(new NowhereStore(store), plan.firstPath, writerConfig({ ...options, writer: quietWriter(options) }), counted());
  const db = await DuckDb.open({ memoryLimit: READER_MEMORY, directory, threads: 1, signal });
  try {
    return await cutIntoRanges(db, sorted, Math.max(1, (sstSize * bytes) / Number(size)), (rows) => {
      throwIfAborted(signal);
      watch.now({ rows, fraction: fractionOf(rows, sorted.rowCount) });
    });
  } finally {
    db.close();
  }
}

interface Ranges {
  readonly sorted: SortedFile;
  readonly directory: string;
  readonly ranges: readonly RowRange[];
  /** By their places; the SSTs that are written come to it. */
  readonly finished: Map<number, FinishedSst>;
}

async function writeRanges({ store, root, options, plan, state, watch }: SortedImport, { sorted, directory, ranges, finished }: Ranges): Promise<void> {
  const { jobs = availableParallelism(), storeUrl, signal } = options;
  const counts = (): Parameters<ImportWatch["now"]>[0] => {
    const rows = [...finished.keys()].reduce((sum, at) => sum + ranges[at]![1] - ranges[at]![0], 0);
    const bytesWritten = [...finished.values()].reduce((sum, { metadata }) => sum + Number(metadata.size), 0);
    return { rows, fraction: fractionOf(rows, sorted.rowCount), bytesWritten, ssts: finished.size, temporaryBytes: sorted.size };
  };
  watch.begin("write", counts());
  const firstId = firstIdOf(root, plan);
  const open = ranges.flatMap((range, index) => (finished.has(index) ? [] : [{ range, index, path: sstPathAfter(root, firstId, index) }]));
  const dataOf = (range: RowRange): SortedRange => ({ sorted, range, memoryLimit: READER_MEMORY, directory, ...timesOf(options, plan) });
  const finish = async (index: number, metadata: SstMetadata): Promise<void> => {
    const done: FinishedSst = { metadata, rows: ranges[index]![1] };
    await state?.finish(index, done);
    finished.set(index, done);
    watch.event({ type: "sst", index, path: metadata.path, rows: metadata.rowCount, bytes: metadata.size });
    watch.tell(counts());
  };
  const config = { ...writerConfig(options), ...(signal === undefined ? {} : { signal }) };
  if (storeUrl === undefined || jobs === 1 || open.length === 1 || !isSendable(options.writer)) {
    for (const { range, index, path } of open) await finish(index, await writeHere(store, path, config, sortedColumns(dataOf(range), { signal: signal ?? new AbortController().signal })));
    return;
  }
  const tasks = open.map(({ range, path }): ModuleTask => ({ path, module: columnsModule(), data: dataOf(range) }));
  // What is left of those that fail is for who goes on, or discards: the turn may be another process's meanwhile.
  await new WriteCall({ store, storeUrl, tasks: new Tasks(tasks), writerConfig: writerConfig(options), keep: true, onSst: (metadata, task) => finish(open[task]!.index, metadata) }).run(jobs, signal);
}

async function writeHere(store: ObjectStore, path: string, config: SstWriterConfig, columns: AsyncIterable<RowColumns>): Promise<SstMetadata> {
  const writer = await SstWriter.create(store, path, config);
  try {
    for await (const batch of columns) await writer.writeColumns(batch);
    return await writer.close();
  } catch (error) {
    await writer.abort(error).catch(() => undefined);
    throw error;
  }
}

/** Functions cannot be sent to a thread. */
function isSendable(config: unknown): boolean {
  try {
    structuredClone(config);
    return true;
  } catch {
    return false;
  }
}

function writerConfig({ writer, onDuplicate = "error" }: ImportOptions): SstWriterConfig {
  return { ...writer, onDuplicate, mode: "create" };
}

function timesOf({ ttl }: ImportOptions, { beganAt }: Plan): { readonly createTs: number | undefined; readonly expireTs: number | undefined } {
  return { createTs: ttl === undefined ? undefined : beganAt, expireTs: ttl === undefined ? undefined : beganAt + ttl };
}

/** Compiled, also where this file is not. */
function columnsModule(): URL {
  return import.meta.url.endsWith(".ts") ? new URL("../../dist/sort/sorted-columns.js", import.meta.url) : new URL("./sorted-columns.js", import.meta.url);
}
