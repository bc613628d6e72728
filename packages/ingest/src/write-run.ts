// writeRun: sorted rows of any number to the SSTs of one sorted run.
import { DEFAULT_SST_SIZE, invalidOption, SstError, SstRangeError, SstTypeError } from "@slate-sst/format";
import { isStoreError, type ObjectStore } from "@slate-sst/object-store";
import type { Row, SstMetadata, SstWriterConfig } from "@slate-sst/writer";
import { refuseDatabase } from "./check-root.js";
import { showRoot } from "./ingest-error.js";
import { rootPrefix } from "./layout.js";
import { RunWriter } from "./run-writer.js";
import { sstPaths } from "./sst-path.js";

/** How a run is written: everything SstWriter can be told, and where one SST ends and the next begins. */
export interface WriteRunConfig extends Omit<SstWriterConfig, "checkpoint"> {
  /**
   * Bytes at which an SST is full: the row that brings its estimatedSize() there is the last, but for further versions of
   * its key. Default 256 MiB, as SlateDB's compactor has it.
   */
  readonly sstSize?: number;
  /** Gives each SST its path as it begins. Default `sstPaths(root)`. */
  readonly paths?: () => string;
}

/**
 * Writes rows, ascending as SstWriter wants them, as SSTs under `<root>/compacted/`. All versions of a key lie in one SST,
 * however large it gets. (SlateDB's own compactor may end an SST between two versions.) Nothing refers to the SSTs before
 * `createDatabase` does.
 *
 * When a row is refused, the store fails or `rows` throws, the SSTs that this call has written are deleted again as far as
 * the store lets it, and the first error is thrown. A process that is killed leaves those it had finished.
 * @param root where the database will lie in the store; "" for the store's own root.
 * @returns what `createDatabase` needs, in key order, at least one.
 * @throws SstError ERR_SST_INGEST_EXISTS when a database is at the root already; ERR_SST_EMPTY without rows; the errors of SstWriter, with the ordinal of a refused row in the run;
 *   ERR_SST_INGEST_PATH for what `paths` gives; StoreError ERR_STORE_PATH for the root.
 */
export async function writeRun(
  store: ObjectStore, root: string, rows: Iterable<Row> | AsyncIterable<Row>, config: WriteRunConfig = {},
): Promise<SstMetadata[]> {
  rootPrefix(root);
  if (typeof config !== "object" || config === null) throw new SstTypeError("ERR_SST_OPTION_INVALID", "the fourth argument of writeRun is an object with options", { details: { option: "config" } });
  const { sstSize = DEFAULT_SST_SIZE, paths = sstPaths(root), ...writerConfig } = config;
  if (!Number.isSafeInteger(sstSize) || sstSize < 1) {
    throw new SstRangeError("ERR_SST_OPTION_INVALID", `sstSize must be an integer from 1 to ${Number.MAX_SAFE_INTEGER}, not ${String(sstSize)}`, { details: { option: "sstSize", value: sstSize } });
  }
  if ("checkpoint" in writerConfig && writerConfig.checkpoint !== undefined) throw invalidOption("checkpoint", writerConfig.checkpoint, "left out: a run is not resumed, its SSTs are written anew");
  if (typeof paths !== "function") throw new SstTypeError("ERR_SST_OPTION_INVALID", "paths must be a function", { details: { option: "paths" } });
  const run = new RunWriter({ store, root, sstSize, paths, writerConfig });
  // Files in a living database's folder would be nobody's, until its garbage collector removes them.
  await refuseDatabase(store, root).catch((cause: unknown) => {
    if (!isStoreError(cause)) throw cause;
    throw new SstError("ERR_SST_WRITE", `it could not be learned whether there is a database at ${showRoot(root)}: ${cause.message}`, { cause, details: { root, storeCode: cause.code } });
  });
  try {
    await addAll(run, rows);
    return await run.close();
  } catch (error) {
    await run.discard();
    throw error;
  }
}

async function addAll(run: RunWriter, rows: Iterable<Row> | AsyncIterable<Row>): Promise<void> {
  if (typeof rows !== "object" || rows === null || !(Symbol.iterator in rows || Symbol.asyncIterator in rows)) {
    throw new SstTypeError("ERR_SST_OPTION_INVALID", "the rows of writeRun are an Iterable or an AsyncIterable", { details: { option: "rows" } });
  }
  if (Symbol.asyncIterator in rows) {
    for await (const row of rows) {
      const wait = run.add(row);
      if (wait !== undefined) await wait;
    }
    return;
  }
  for (const row of rows) {
    const wait = run.add(row);
    if (wait !== undefined) await wait;
  }
}
