// What must be reached, as data. A contest measures each of these by its name; reports hold the two together.

/** How a figure is held against what is required. */
export type TargetUnit =
  /** Our rows a second over theirs, of one round; at least. */
  | "ratio"
  /** Rows a second; at least. */
  | "rows/s"
  /** What was used over what is allowed; at most. */
  | "share"
  /** The dearest over the cheapest; at most. */
  | "factor";

export interface Target {
  /** What of ours. */
  readonly what: string;
  /** What it is compared with. */
  readonly against: string;
  readonly required: number;
  readonly unit: TargetUnit;
}

/** Targets are set for runs of at least so many rounds. */
export const TARGET_ROUNDS = 8;
/** Targets are set for contests of so many rows of 16 + 100 bytes, unless they say another number. */
export const TARGET_ROWS = 1_000_000;

const ROCKSDB = "RocksDB SstFileWriter";
const BINDING = "@slatedb/uniffi, WriteBatch of 1,000, to flushed and closed";
const BINDING_SCAN = "@slatedb/uniffi scan";
const SST_DUMP = "sst_dump --command=check --verify_checksum, whole process";
const MEMORY = "96 MiB + 8 bytes a row + twice the file's filter, index and stats";

export const TARGETS = {
  "put": { what: "put, row by row", against: ROCKSDB, required: 1, unit: "ratio" },
  "columns": { what: "columns", against: ROCKSDB, required: 1.3, unit: "ratio" },
  "columns-lz4": { what: "columns, lz4, one thread", against: `${ROCKSDB}, lz4`, required: 0.8, unit: "ratio" },
  "columns-lz4-workers": { what: "columns, lz4, with workers", against: `${ROCKSDB}, lz4`, required: 1, unit: "ratio" },
  "columns-snappy": { what: "columns, snappy, one thread", against: `${ROCKSDB}, snappy`, required: 0.7, unit: "ratio" },
  "columns-snappy-workers": { what: "columns, snappy, with workers", against: `${ROCKSDB}, snappy`, required: 0.9, unit: "ratio" },
  "columns-zstd": { what: "columns, zstd, one thread", against: `${ROCKSDB}, zstd`, required: 0.6, unit: "ratio" },
  "columns-zstd-workers": { what: "columns, zstd, with workers", against: `${ROCKSDB}, zstd`, required: 0.9, unit: "ratio" },
  "binding-put": { what: "put, row by row", against: BINDING, required: 80, unit: "ratio" },
  "binding-columns": { what: "columns", against: BINDING, required: 110, unit: "ratio" },
  "process-columns": { what: "columns, whole process, 5 M rows made by the program itself", against: `${ROCKSDB}, whole process, same rows`, required: 1, unit: "ratio" },
  "verify-process": { what: "sst-verify, level full, default jobs, 5 M rows", against: SST_DUMP, required: 0.9, unit: "ratio" },
  "verify-process-one": { what: "sst-verify, level full, one job, 5 M rows", against: SST_DUMP, required: 0.55, unit: "ratio" },
  "verify-rows": { what: "verify in process, rows and order (an SST without filter)", against: "", required: 10_000_000, unit: "rows/s" },
  "verify-filter": { what: "verify in process, with the filter rebuilt", against: "", required: 7_000_000, unit: "rows/s" },
  "scan-copies": { what: "scanBatches, copies", against: BINDING_SCAN, required: 60, unit: "ratio" },
  "scan-views": { what: "scanBatches, views", against: BINDING_SCAN, required: 200, unit: "ratio" },
  "memory-put": { what: "peak resident memory, put, 10 M rows in one SST", against: MEMORY, required: 1, unit: "share" },
  "memory-columns": { what: "peak resident memory, columns, 10 M rows in one SST", against: MEMORY, required: 1, unit: "share" },
  "flat-rows-put": { what: "cost per row from 100 k to 10 M rows, put", against: "itself", required: 1.5, unit: "factor" },
  "flat-rows-columns": { what: "cost per row from 100 k to 10 M rows, columns", against: "itself", required: 1.5, unit: "factor" },
  "flat-values-put": { what: "cost per byte for values of 0 to 100 k bytes, put", against: "itself", required: 1.5, unit: "factor" },
  "flat-values-columns": { what: "cost per byte for values of 0 to 100 k bytes, columns", against: "itself", required: 1.5, unit: "factor" },
} as const satisfies Readonly<Record<string, Target>>;

export type TargetName = keyof typeof TARGETS;

/** Whether a figure is good enough. */
export function isReached({ required, unit }: Target, figure: number): boolean {
  return unit === "ratio" || unit === "rows/s" ? figure >= required : figure <= required;
}
