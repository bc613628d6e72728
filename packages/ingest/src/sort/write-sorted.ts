// Rows in any order to the SSTs of one run: sorted by DuckDB, cut into ranges, each written by a thread.
import { mkdir, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { basename, join } from "node:path";
import { DEFAULT_SST_SIZE, showKey, SstError, SstRangeError } from "@slate-sst/format";
import type { SstMetadata } from "@slate-sst/format/proto";
import type { ObjectStore } from "@slate-sst/object-store";
import { SstWriter, type SstWriterConfig } from "@slate-sst/writer";
import { throwIfAborted } from "../import/abort.js";
import { firstIdOf, type FinishedSst, type ImportState, type Plan } from "../import/import-state.js";
import { NowhereStore } from "../import/nowhere-store.js";
import type { ImportOptions } from "../import/options.js";
import { RowMaker } from "../import/row-maker.js";
import { readSource } from "../source/read-source.js";
import { sourceError } from "../source/record.js";
import type { SourceFile } from "../source/source-files.js";
import { sstPathAfter } from "../sst-path.js";
import type { ModuleTask } from "../threads/sst-task.js";
import { Tasks } from "../threads/tasks.js";
import { WriteCall } from "../threads/write-call.js";
import { DuckDb } from "./duckdb.js";
import { parquetRows } from "./parquet-rows.js";
import type { RowsSql } from "./rows-sql.js";
import sortedColumns, { type SortedRange } from "./sorted-columns.js";
import { findSorted, firstDuplicate, noteSorted, type RowRange, type SortedFile, sortRows } from "./sorted-file.js";
import { spoolRows } from "./spool-rows.js";
import { cutIntoRanges } from "./sst-ranges.js";

/** Bytes that DuckDB may hold unless told otherwise: 1 GiB. */
export const DEFAULT_MEMORY_LIMIT = 1024 * 1024 * 1024;
/** Of a thread that reads what is sorted: some slices. */
const READER_MEMORY = 256 * 1024 * 1024;
/** What a row takes in an SST beside key and value, at most about. */
const ROW_MORE_BYTES = 64;
const PROGRESS_MS = 200;
/** What is sorted is nobody else's. */
const FOLDER_MODE = 0o700;

export interface SortedImport {
  readonly files: readonly SourceFile[];
  readonly store: ObjectStore;
  readonly root: string;
  readonly options: ImportOptions;
  readonly plan: Plan;
  /** Where finished SSTs are noted; undefined where nothing is to be kept. */
  readonly state: ImportState | undefined;
}

export interface WrittenRun {
  readonly ssts: SstMetadata[];
  /** Rows of the source. */
  readonly rows: number;
  /** Bytes of temporary files, without what DuckDB spills. */
  readonly diskBytes: number;
}

/** Where an import keeps what it sorts: the name is that of its first SST, so that who goes on finds it. */
export function sortFolder({ firstPath, temporaryFolder }: Pick<Plan, "firstPath" | "temporaryFolder">): string {
  return join(temporaryFolder ?? tmpdir(), `slate-sst-sort-${basename(firstPath, ".sst")}`);
}

/** @throws as importDatabase; what is finished stays. */
export async function writeSorted(call: SortedImport): Promise<WrittenRun> {
  const { options, plan, state } = call;
  const finished = (await state?.allFinished()) ?? new Map<number, FinishedSst>();
  const known = await state?.ranges();
  // All that is left to do is behind the SSTs.
  if (known !== undefined && known.ranges.every((_, index) => finished.has(index))) return { ssts: inOrder(known.ranges, finished), rows: known.rows, diskBytes: 0 };
  const directory = sortFolder(plan);
  let isLeft = false;
  try {
    const kept = await findSorted(directory);
    const { sorted, diskBytes } = kept === undefined ? await sortSource(call, directory) : { sorted: kept, diskBytes: kept.size };
    throwIfAborted(options.signal);
    options.onEvent?.({ type: "phase", phase: "write" });
    if (known !== undefined && known.rows !== sorted.rowCount) throw new SstError("ERR_SST_IMPORT_STATE", `the source has changed since the import began: it has ${sorted.rowCount} rows now, and had ${known.rows}. Discard the import and begin anew`);
    const ranges = known?.ranges ?? (await newRanges(call, sorted, directory));
    if (known === undefined) await state?.keepRanges({ rows: sorted.rowCount, ranges });
    await writeRanges(call, { sorted, directory, ranges, finished });
    return { ssts: inOrder(ranges, finished), rows: sorted.rowCount, diskBytes };
  } catch (error) {
    // Who goes on need not sort again.
    isLeft = state !== undefined && options.signal?.aborted === true && (await findSorted(directory)) !== undefined;
    throw error;
  } finally {
    if (!isLeft) await rm(directory, { recursive: true, force: true });
  }
}

function inOrder(ranges: readonly RowRange[], finished: ReadonlyMap<number, FinishedSst>): SstMetadata[] {
  return ranges.map((_, index) => finished.get(index)!.metadata);
}

async function sortSource(call: SortedImport, directory: string): Promise<{ readonly sorted: SortedFile; readonly diskBytes: number }> {
  const { onDuplicate = "error", memoryLimit = DEFAULT_MEMORY_LIMIT, jobs = availableParallelism(), signal, onEvent } = call.options;
  onEvent?.({ type: "phase", phase: "sort" });
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true, mode: FOLDER_MODE });
  const db = await DuckDb.open({ memoryLimit, directory, threads: jobs, signal });
  try {
    const rows = await rowsOf(db, call, directory);
    if (rows.rowCount === 0) throw new SstError("ERR_SST_EMPTY", "there are no rows: a run holds at least one, and nothing was created");
    const sorted = await withProgress(db, call, rows, async () => sortRows(db, rows, directory));
    const twice = onDuplicate === "error" ? await firstDuplicate(db, sorted) : undefined;
    if (twice !== undefined) {
      const [first, second] = await rows.find(twice);
      throw sourceError("ERR_SST_ROW_DUPLICATE", second!, `the key ${showKey(twice)} is also that of ${first!.file}:${first!.line}: equal keys; onDuplicate "keepFirst" or "keepLast" chooses one`, { key: twice });
    }
    await rm(join(directory, "rows.csv"), { force: true });
    await noteSorted(sorted, directory);
    return { sorted, diskBytes: rows.diskBytes + sorted.size };
  } finally {
    db.close();
  }
}

async function rowsOf(db: DuckDb, { files, options, plan }: SortedImport, directory: string): Promise<RowsSql> {
  const { columns, key, value, signal, onEvent } = options;
  const parquet = files.filter(({ format }) => format === "parquet").length;
  if (parquet > 0 && parquet < files.length) throw new SstRangeError("ERR_SST_OPTION_INVALID", "sources are all Parquet, or none is: import them apart", { details: { option: "source" } });
  if (parquet > 0) return await parquetRows(db, files, { key, value, directory, signal });
  let bytesRead = 0;
  let toldAt = 0;
  const bytesTotal = totalOf(files);
  const records = readSource(files, { columns, signal, onBytes: (bytes) => (bytesRead += bytes) });
  const onRows = (rows: number): void => {
    throwIfAborted(signal);
    if (performance.now() - toldAt < PROGRESS_MS) return;
    toldAt = performance.now();
    onEvent?.({ type: "progress", rows, bytesRead, bytesTotal, bytesWritten: 0, ssts: 0 });
  };
  return await spoolRows(db, records, new RowMaker(options, files, plan.beganAt), { names: files.map(({ name }) => name), directory, onRows });
}

function totalOf(files: readonly SourceFile[]): number | undefined {
  return files.every(({ size }) => size !== undefined) ? files.reduce((sum, { size }) => sum + size!, 0) : undefined;
}

/** Tells now and then how far DuckDB is, as if the source was read by it. */
async function withProgress<Answer>(db: DuckDb, { options: { onEvent }, files }: SortedImport, { rowCount, byteCount }: RowsSql, sort: () => Promise<Answer>): Promise<Answer> {
  if (onEvent === undefined) return await sort();
  const bytesTotal = totalOf(files) ?? byteCount;
  const timer = setInterval(() => {
    try {
      onEvent({ type: "progress", rows: Math.floor(db.progress * rowCount), bytesRead: Math.floor(db.progress * bytesTotal), bytesTotal, bytesWritten: 0, ssts: 0 });
    } catch {
      // It is told of the next event, where what it throws can be heard.
    }
  }, PROGRESS_MS);
  try {
    return await sort();
  } finally {
    clearInterval(timer);
  }
}

/** Ranges whose SSTs will have about the size that is asked for, as far as the first rows can tell how they are encoded and compressed. */
async function newRanges({ store, options, plan }: SortedImport, sorted: SortedFile, directory: string): Promise<RowRange[]> {
  const { sstSize = DEFAULT_SST_SIZE, signal } = options;
  if (sorted.byteCount + sorted.rowCount * ROW_MORE_BYTES <= sstSize) return [[0, sorted.rowCount]];
  const writer = await SstWriter.create(new NowhereStore(store), plan.firstPath, writerConfig(options));
  let bytes = 0;
  for await (const columns of sortedColumns({ sorted, range: sorted.groups[0]!.range, memoryLimit: READER_MEMORY, directory, ...timesOf(options, plan) }, { signal: signal ?? new AbortController().signal })) {
    bytes += columns.keys.length + columns.values.length;
    await writer.writeColumns(columns);
  }
  const { size } = await writer.close();
  const db = await DuckDb.open({ memoryLimit: READER_MEMORY, directory, threads: 1, signal });
  try {
    return await cutIntoRanges(db, sorted, Math.max(1, (sstSize * bytes) / Number(size)));
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

async function writeRanges({ store, root, options, plan, state }: SortedImport, { sorted, directory, ranges, finished }: Ranges): Promise<void> {
  const { jobs = availableParallelism(), storeUrl, signal, onEvent } = options;
  const firstId = firstIdOf(root, plan);
  const open = ranges.flatMap((range, index) => (finished.has(index) ? [] : [{ range, index, path: sstPathAfter(root, firstId, index) }]));
  const dataOf = (range: RowRange): SortedRange => ({ sorted, range, memoryLimit: READER_MEMORY, directory, ...timesOf(options, plan) });
  const finish = async (index: number, metadata: SstMetadata): Promise<void> => {
    const done: FinishedSst = { metadata, rows: ranges[index]![1] };
    await state?.finish(index, done);
    finished.set(index, done);
    onEvent?.({ type: "sst", index, path: metadata.path, rows: metadata.rowCount, bytes: metadata.size });
    const all = [...finished.values()];
    const rows = [...finished.keys()].reduce((sum, at) => sum + ranges[at]![1] - ranges[at]![0], 0);
    onEvent?.({ type: "progress", rows, bytesRead: rows, bytesTotal: sorted.rowCount, bytesWritten: all.reduce((sum, each) => sum + Number(each.metadata.size), 0), ssts: all.length });
  };
  const config = { ...writerConfig(options), ...(signal === undefined ? {} : { signal }) };
  if (storeUrl === undefined || jobs === 1 || open.length === 1 || !isSendable(options.writer)) {
    for (const { range, index, path } of open) await finish(index, await writeHere(store, path, config, sortedColumns(dataOf(range), { signal: signal ?? new AbortController().signal })));
    return;
  }
  const tasks = open.map(({ range, path }): ModuleTask => ({ path, module: columnsModule(), data: dataOf(range) }));
  const noted: Promise<void>[] = [];
  const writing = new WriteCall({
    store, storeUrl, tasks: new Tasks(tasks), writerConfig: writerConfig(options), keep: true,
    onSst: (metadata, task) => {
      const note = finish(open[task]!.index, metadata);
      // It is waited for when the threads have ended.
      note.catch(() => undefined);
      noted.push(note);
    },
  });
  try {
    await writing.run(jobs, signal);
  } finally {
    await Promise.allSettled(noted);
  }
  await Promise.all(noted);
}

async function writeHere(store: ObjectStore, path: string, config: SstWriterConfig, columns: ReturnType<typeof sortedColumns>): Promise<SstMetadata> {
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
