// What an import can be told, checked at the door.
import { checkOptionNames, choiceOption, DEFAULT_SST_SIZE, integerOption, invalidOption, SstTypeError } from "@slate-sst/format";
import type { ObjectStore } from "@slate-sst/object-store";
import { type DuplicatePolicy, type SstMetadata, SstWriter, type SstWriterConfig } from "@slate-sst/writer";
import { SOURCE_FORMATS, type SourceFormat } from "../source/source-files.js";
import { newSstPath, type SstPathOptions } from "../sst-path.js";
import type { ImportEvent } from "./events.js";
import { NowhereStore } from "./nowhere-store.js";

/** How rows of a source become rows of SSTs. */
export interface RowOptions {
  /** Key template, such as `user:{id:u64}`: see the README. Left out for binary rows, which have keys of their own. */
  readonly key?: string | undefined;
  /** `json`, `raw`, `msgpack`, a column's name, `hex:` or `base64:` and a column's name. Default: `json`; of binary rows, `raw`. */
  readonly value?: string | undefined;
  /** Milliseconds after which rows expire, from the beginning of the import. Default: never. */
  readonly ttl?: number | undefined;
  /** Of every source. Default: told by the ending of its name. */
  readonly format?: SourceFormat | undefined;
  /** Names of the columns of CSV and TSV without a header. */
  readonly columns?: readonly string[] | undefined;
  /** What "-" reads. */
  readonly stdin?: AsyncIterable<Uint8Array | string> | undefined;
  /** What becomes of rows that have the key of the row before. Default: `error`. */
  readonly onDuplicate?: DuplicatePolicy | undefined;
  /** How SSTs are written. */
  readonly writer?: Omit<SstWriterConfig, "onDuplicate" | "mode" | "signal" | "seq"> | undefined;
  /** Aborts the call. An import can be resumed then. */
  readonly signal?: AbortSignal | undefined;
}

/** `auto`: where a row is out of order, all rows are sorted; `always`: they are sorted at once; `never`: such a row is refused. */
export const SORT_CHOICES = ["auto", "always", "never"] as const;
/** One of {@link SORT_CHOICES}. */
export type SortChoice = (typeof SORT_CHOICES)[number];

/** How files of rows become a database. */
export interface ImportOptions extends Omit<RowOptions, "writer"> {
  /** How SSTs are written. */
  readonly writer?: Omit<NonNullable<RowOptions["writer"]>, "checkpoint"> | undefined;
  /** Whether rows are sorted, by the package `@duckdb/node-api`. Parquet always is. Default `auto`, which cannot read standard input again. */
  readonly sort?: SortChoice | undefined;
  /** Bytes that sorting may hold in memory, 64 MiB or more: what is more lies on disk meanwhile. Default 1 GiB; with less than that many rows cannot be sorted. */
  readonly memoryLimit?: number | undefined;
  /** Where what is sorted lies meanwhile: as much as the rows, and while they are sorted up to three times as much and 100 bytes a row. Default: the system's folder for temporary files. */
  readonly temporaryFolder?: string | undefined;
  /** Threads that sort, and then write SSTs; 1 to 256. Default: the machine's cores. */
  readonly jobs?: number | undefined;
  /** What `openStore` takes for the store that is given: with it, every thread opens it and writes SSTs of sorted rows. Default: this thread writes them, one after the other. */
  readonly storeUrl?: string | undefined;
  /** Bytes at which an SST is full. Default 256 MiB. */
  readonly sstSize?: number | undefined;
  /** Goes on with an import that was interrupted. */
  readonly resume?: boolean | undefined;
  /** Checks an SST before the database is published; throws to refuse it. */
  readonly verify?: ((store: ObjectStore, sst: SstMetadata, signal: AbortSignal | undefined) => Promise<void>) | undefined;
  /** Told of what happens. What it throws ends the import. */
  readonly onEvent?: ((event: ImportEvent) => void) | undefined;
  /** Clock and chance of the SSTs' names, and of the rows' times. */
  readonly paths?: SstPathOptions | undefined;
}

const ROW_OPTIONS = ["key", "value", "ttl", "format", "columns", "stdin", "onDuplicate", "writer", "signal"] as const satisfies readonly (keyof RowOptions)[];
const IMPORT_OPTIONS = [...ROW_OPTIONS, "sort", "memoryLimit", "temporaryFolder", "jobs", "storeUrl", "sstSize", "resume", "verify", "onEvent", "paths"] as const satisfies readonly (keyof ImportOptions)[];

/** 64 MiB. */
const MEMORY_MIN = 64 * 1024 * 1024;
const JOBS_MAX = 256;

/** Of rows: a thousand years, in milliseconds. */
const TTL_MAX = 31_556_952_000_000;

/** What is not said by `writer`, and why. */
const NOT_THE_WRITERS = {
  onDuplicate: "it is an option beside writer", mode: "SSTs are only ever created", signal: "it is an option beside writer", seq: "rows of files have the sequence number 0",
};

/** @throws SstTypeError, SstRangeError ERR_SST_OPTION_UNKNOWN, ERR_SST_OPTION_INVALID */
export function checkRowOptions(options: RowOptions, known: readonly string[] = ROW_OPTIONS, what = "writeSource"): void {
  if (typeof options !== "object" || options === null) throw new SstTypeError("ERR_SST_OPTION_INVALID", `the options of ${what} are an object`, { details: { option: "options" } });
  checkOptionNames(options, known, what);
  const { key, value, ttl, columns, format, onDuplicate, signal, writer } = options;
  if (key !== undefined && typeof key !== "string") throw invalidOption("key", key, "a key template");
  if (value !== undefined && (typeof value !== "string" || value === "")) throw invalidOption("value", value, "json, raw, msgpack or the name of a column");
  if (ttl !== undefined) integerOption("ttl", ttl, 1, 1, TTL_MAX);
  if (columns !== undefined && (!Array.isArray(columns) || columns.length === 0 || columns.some((name) => typeof name !== "string" || name === "") || new Set(columns).size !== columns.length)) {
    throw invalidOption("columns", columns, "a list of different names");
  }
  choiceOption<SourceFormat | undefined>("format", format, undefined, SOURCE_FORMATS);
  choiceOption<DuplicatePolicy>("onDuplicate", onDuplicate, "error", ["error", "keepFirst", "keepLast"]);
  if (signal !== undefined && !(signal instanceof AbortSignal)) throw invalidOption("signal", signal, "an AbortSignal");
  if (writer !== undefined && (typeof writer !== "object" || writer === null)) throw invalidOption("writer", writer, "an object");
  for (const [name, reason] of Object.entries(NOT_THE_WRITERS)) refuseWriterOption(writer, name, reason);
}

function refuseWriterOption(writer: SstWriterConfig | undefined, name: string, reason: string): void {
  const value = (writer as Readonly<Record<string, unknown>> | undefined)?.[name];
  if (value !== undefined) throw invalidOption(`writer.${name}`, value, `left out: ${reason}`);
}

/** @throws as checkRowOptions */
export function checkImportOptions(options: ImportOptions): void {
  checkRowOptions(options, IMPORT_OPTIONS, "importDatabase");
  const { sort, memoryLimit, temporaryFolder, jobs, storeUrl, sstSize, resume, verify, onEvent, writer } = options;
  refuseWriterOption(writer, "checkpoint", "an import is resumed by notes of its own");
  choiceOption<SortChoice>("sort", sort, "auto", SORT_CHOICES);
  integerOption("memoryLimit", memoryLimit, MEMORY_MIN, MEMORY_MIN, Number.MAX_SAFE_INTEGER);
  integerOption("jobs", jobs, 1, 1, JOBS_MAX);
  for (const [name, value] of [["temporaryFolder", temporaryFolder], ["storeUrl", storeUrl]] as const) if (value !== undefined && (typeof value !== "string" || value === "")) throw invalidOption(name, value, "text");
  integerOption("sstSize", sstSize, DEFAULT_SST_SIZE, 1, Number.MAX_SAFE_INTEGER);
  choiceOption("resume", resume, false, [true, false]);
  for (const [name, value] of [["verify", verify], ["onEvent", onEvent]] as const) if (value !== undefined && typeof value !== "function") throw invalidOption(name, value, "a function");
}

/** Asks the writer for its opinion before rows are read and sorted for it. @throws as SstWriter.create */
export async function checkWriterOptions(store: ObjectStore, root: string, options: ImportOptions): Promise<void> {
  const writer = await SstWriter.create(new NowhereStore(store), newSstPath(root), { ...quietWriter(options), mode: "overwrite" });
  await writer.abort();
}

/** For SSTs that come to nothing: of these nobody is told, and nothing is kept. */
export function quietWriter({ writer = {} }: ImportOptions): SstWriterConfig {
  const { onEvent: _onEvent, telemetry: _telemetry, ...config } = writer;
  return config;
}
