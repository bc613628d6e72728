// exportRange: a range of keys of one database, as the SSTs of another. The databases may lie in different stores.
import { booleanOption, checkOptionNames, compareBytes, SstError, SstTypeError } from "@slate-sst/format";
import type { SstMetadata } from "@slate-sst/format/proto";
import type { ObjectStore } from "@slate-sst/object-store";
import { DatabaseReader, type DatabaseReaderOptions, type KeyRange, type SstRow } from "@slate-sst/reader";
import type { Row } from "@slate-sst/writer";
import { writeRun, type WriteRunConfig } from "./write-run.js";

/** Where the SSTs go. */
export interface ExportTarget {
  /** Store of the new database; it may be another one than the source's. */
  readonly store: ObjectStore;
  /** Of the database that they are to be. */
  readonly root: string;
}

/** How a range is exported. Everything is optional. */
export interface ExportOptions {
  /**
   * Every version, tombstones too: what snapshots and compaction of the source would see. Default false: the newest version of each key, deleted
   * keys left out, as a scan shows them.
   */
  readonly allVersions?: boolean | undefined;
  /** How the source is read: its manifest, write-ahead log, codecs. */
  readonly reader?: Omit<DatabaseReaderOptions, "signal"> | undefined;
  /** How the SSTs are written. */
  readonly writer?: Omit<WriteRunConfig, "signal" | "seq"> | undefined;
  /** Ends the export, which rejects with the signal's reason; what was written is removed. */
  readonly signal?: AbortSignal | undefined;
}

/** What an export has written. */
export interface ExportedRange {
  /** What createDatabase needs. */
  readonly ssts: SstMetadata[];
  /** What the new database must have reached: the sequence number of the source, or of its write-ahead log. Of several exports for one database, the highest. */
  readonly lastL0Seq: bigint;
  /** The source's manifest that was gone by. */
  readonly manifestPath: string;
}

const RANGE = ["gte", "gt", "lte", "lt", "prefix"] as const satisfies readonly (keyof KeyRange)[];
const OPTIONS = ["allVersions", "reader", "writer", "signal"] as const satisfies readonly (keyof ExportOptions)[];

/**
 * Reads a range of keys of a database, by one manifest: level 0, runs, visible ranges, SSTs of databases that it is a clone of, segments, and rows that are only
 * in the write-ahead log yet. Rows keep their sequence numbers and times. Nothing of the source is changed or held: an SST that its garbage collector removes
 * meanwhile ends the export with an error, and what was written is removed.
 * @param range bounds of the keys; {} for all of them.
 * @throws SstError ERR_SST_UNSUPPORTED for what cannot be shown as SlateDB shows it, ERR_SST_EMPTY where the range holds no row; what DatabaseReader and writeRun throw.
 */
export async function exportRange(source: ObjectStore, root: string, range: KeyRange, target: ExportTarget, options: ExportOptions = {}): Promise<ExportedRange> {
  checkCall(range, target, options);
  const { reader: readerOptions, writer, signal } = options;
  const allVersions = booleanOption("allVersions", options.allVersions, false);
  const database = await DatabaseReader.open(source, root, { ...readerOptions, signal });
  let lastL0Seq = await database.lastSeq();
  const rows = async function* (): AsyncGenerator<Row> {
    let before: SstRow | undefined;
    for await (const batch of database.scanBatches({ ...range, allVersions, signal })) {
      for (const row of batch) {
        if (row.seq > lastL0Seq) {
          // The write-ahead log may have grown since; a scan shows its rows.
          lastL0Seq = allVersions ? await database.lastSeq() : row.seq;
          if (row.seq > lastL0Seq) throw hiddenError(row, database.manifest.path, lastL0Seq);
        }
        // A row may stand in the write-ahead log and in level 0; a scan shows the newer place's.
        if (before === undefined || row.seq !== before.seq || compareBytes(row.key, before.key) !== 0) yield row;
        before = row;
      }
    }
  };
  const ssts = await writeRun(target.store, target.root, rows(), { ...writer, ...(signal === undefined ? {} : { signal }) });
  return { ssts, lastL0Seq, manifestPath: database.manifest.path };
}

function checkCall(range: KeyRange, target: ExportTarget, options: ExportOptions): void {
  const invalid = (option: string, problem: string): SstTypeError => new SstTypeError("ERR_SST_OPTION_INVALID", problem, { details: { option } });
  if (typeof range !== "object" || range === null) throw invalid("range", "the range of exportRange is an object with bounds, such as { gte: \"a\", lt: \"b\" }; {} is all keys");
  if (typeof target !== "object" || target === null || typeof target.root !== "string" || typeof target.store?.put !== "function") throw invalid("target", "the target of exportRange is { store, root }");
  // A bound that is not understood would be all keys.
  checkOptionNames(range, RANGE, "the range of exportRange");
  if (typeof options !== "object" || options === null) throw invalid("options", "the fifth argument of exportRange is an object with options");
  checkOptionNames(options, OPTIONS, "exportRange");
}

/** Where all versions are read, those are among them that SlateDB does not show. */
function hiddenError({ seq }: SstRow, path: string, lastL0Seq: bigint): SstError {
  return new SstError("ERR_SST_UNSUPPORTED", `${path} has reached sequence number ${lastL0Seq}, and a row has ${seq}: SlateDB does not show it, and the new database would. Export without allVersions`, { details: { object: path, seq, lastL0Seq } });
}
