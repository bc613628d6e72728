// What writeSsts() is given: one entry for each SST.
import { SstError, SstTypeError, showValue } from "@slate-sst/format";
import { assertObjectPath } from "@slate-sst/object-store";
import type { Row, RowColumns } from "@slate-sst/writer";

/** An SST whose rows this thread has: batches, which are copied into the memory of the thread that writes them. */
export interface ColumnsTask {
  /** Where the SST will lie in the store, see `newSstPath`. */
  readonly path: string;
  /** Batches of the SST's rows, in order, best with some thousand rows or more each. The next is asked for when there is room for it. */
  readonly columns: Iterable<RowColumns> | AsyncIterable<RowColumns>;
  /**
   * Hands the batches' memory over instead of copying it: their ArrayBuffers, whole, are gone from this thread afterwards. No two
   * batches may lie in the same one.
   */
  readonly transfer?: boolean | undefined;
}

/** An SST whose rows come to be in the thread that writes them: the way that scales furthest. */
export interface ModuleTask {
  /** Where the SST will lie in the store, see `newSstPath`. */
  readonly path: string;
  /** The module whose default export is a {@link RowSource}: `new URL("./rows.js", import.meta.url)`. */
  readonly module: URL | string;
  /** What the function is given: anything that can be sent to a thread. */
  readonly data?: unknown;
}

/** One SST to write. */
export type SstTask = ColumnsTask | ModuleTask;

/** What a row source is told of the SST that it is asked for. */
export interface RowSourceContext {
  /** Path of the SST that the rows are for. */
  readonly path: string;
  /** Aborted when the rows are not wanted any more. */
  readonly signal: AbortSignal;
}

/** Gives the rows of an SST in order, one by one or as columns, in turns if it likes. The default export of a task's module. */
export type RowSource<Data = unknown> = (data: Data, context: RowSourceContext) => Iterable<Row | RowColumns> | AsyncIterable<Row | RowColumns>;

/** A task that has been checked, and its place. */
export interface CheckedTask {
  readonly index: number;
  readonly path: string;
  /** Absolute URL. */
  readonly module: string | undefined;
  readonly data: unknown;
  readonly columns: Iterable<RowColumns> | AsyncIterable<RowColumns> | undefined;
  readonly transfer: boolean;
}

/** @throws SstTypeError ERR_SST_OPTION_INVALID; StoreError ERR_STORE_PATH; SstError ERR_SST_INGEST_PATH for a path given twice. */
export function checkTask(task: unknown, index: number, paths: Set<string>): CheckedTask {
  const invalid = (problem: string): SstTypeError => new SstTypeError("ERR_SST_OPTION_INVALID", `SST ${index} of writeSsts (counted from 0): ${problem}`, { details: { option: "ssts", sst: index } });
  if (typeof task !== "object" || task === null) throw invalid(`a task is { path, columns } or { path, module, data }, not ${showValue(task)}`);
  const { path, columns, module, data, transfer = false } = task as { readonly path?: unknown; readonly columns?: unknown; readonly module?: unknown; readonly data?: unknown; readonly transfer?: unknown };
  if (typeof path !== "string") throw invalid(`path must be text, not ${showValue(path)}`);
  assertObjectPath(path);
  if ((columns === undefined) === (module === undefined)) throw invalid("a task has either columns or a module");
  if (typeof transfer !== "boolean") throw invalid(`transfer must be true or false, not ${showValue(transfer)}`);
  if (columns !== undefined && !isIterable(columns)) throw invalid(`columns must be an iterable or an async iterable of columns, not ${showValue(columns)}`);
  if (module !== undefined && !(module instanceof URL) && !(typeof module === "string" && URL.canParse(module))) {
    throw invalid(`module must be an absolute URL, such as new URL("./rows.js", import.meta.url), not ${showValue(module)}`);
  }
  if (paths.has(path)) throw new SstError("ERR_SST_INGEST_PATH", `SST ${index} of writeSsts (counted from 0) has the path of one before it: ${path}`, { details: { path, sst: index } });
  paths.add(path);
  return { index, path, module: module === undefined ? undefined : String(module), data, columns: columns as CheckedTask["columns"], transfer };
}

export function isIterable(value: unknown): value is Iterable<unknown> | AsyncIterable<unknown> {
  return typeof value === "object" && value !== null && (Symbol.iterator in value || Symbol.asyncIterator in value);
}

/** The iterator of either. */
export function iteratorOf<Item>(items: Iterable<Item> | AsyncIterable<Item>): Iterator<Item> | AsyncIterator<Item> {
  return Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
}
