// Rows of a sorted source to the SSTs of one run, each noted as soon as it is there.
import { compareBytes, DEFAULT_SST_SIZE, isSstError, showKey, SstError } from "@slate-sst/format";
import type { SstMetadata } from "@slate-sst/format/proto";
import type { ObjectStore } from "@slate-sst/object-store";
import { RunWriter } from "../run-writer.js";
import { atRecord, sourceError, type SourceRecord } from "../source/record.js";
import { readSource } from "../source/read-source.js";
import type { SourceFile } from "../source/source-files.js";
import { sstPathAfter } from "../sst-path.js";
import { abortedError, throwIfAborted } from "./abort.js";
import { firstIdOf, type FinishedSst, type ImportState, type Plan } from "./import-state.js";
import { fractionOf, type ImportWatch } from "./import-watch.js";
import type { ImportOptions } from "./options.js";
import { RowMaker, UNSORTED_HINT } from "./row-maker.js";

export interface Begun {
  readonly plan: Plan;
  readonly finished: readonly FinishedSst[];
  /** Where finished SSTs are noted; undefined where nothing is to be kept. */
  readonly state: ImportState | undefined;
  readonly watch: ImportWatch;
}

/** @returns all SSTs of the run, and the rows of the source. @throws as importDatabase; what is finished stays. */
export async function writeRows(files: readonly SourceFile[], store: ObjectStore, root: string, options: ImportOptions, begun: Begun): Promise<{ readonly ssts: SstMetadata[]; readonly rows: number }> {
  const { plan, finished, state, watch } = begun;
  const { columns, signal, onDuplicate = "error", sstSize = DEFAULT_SST_SIZE } = options;
  watch.begin("write", { bytesRead: 0, bytesWritten: finished.reduce((sum, { metadata }) => sum + Number(metadata.size), 0), ssts: finished.length });
  const maker = new RowMaker(options, files, plan.beganAt);
  const firstId = firstIdOf(root, plan);
  const skipped = finished.at(-1)?.rows ?? 0;
  let index = finished.length;
  const run = new RunWriter({
    store, root, sstSize,
    paths: () => sstPathAfter(root, firstId, index),
    writerConfig: { ...options.writer, onDuplicate, mode: "create", ...(signal === undefined ? {} : { signal }) },
    finished: { ssts: finished.map(({ metadata }) => metadata), rows: skipped },
    onSst: async (metadata, rows) => {
      await state?.finish(index, { metadata, rows });
      watch.event({ type: "sst", index, path: metadata.path, rows: metadata.rowCount, bytes: metadata.size });
      index++;
    },
  });
  let rows = 0;
  let bytesRead = 0;
  const counts = (): Parameters<ImportWatch["now"]>[0] => ({ rows, bytesRead, fraction: fractionOf(bytesRead, watch.bytesTotal), bytesWritten: run.bytes, ssts: run.sstCount });
  try {
    for await (const records of readSource(files, { columns, signal, onBytes: (bytes) => (bytesRead += bytes) })) {
      throwIfAborted(signal);
      const done = Math.min(records.length, Math.max(0, skipped - rows));
      rows += done;
      if (done > 0 && rows === skipped) checkSeam(records[done - 1]!, maker, finished.at(-1)!.metadata);
      for (let at = done; at < records.length; at++) {
        const record = records[at]!;
        const row = maker.rowOf(record);
        // Within the run the writer sees to the order; it does not know the SSTs of an earlier call.
        if (rows === skipped && skipped > 0) checkBehind(record, row.key as Uint8Array, finished.at(-1)!.metadata);
        try {
          const wait = run.add(row);
          if (wait !== undefined) await wait;
        } catch (error) {
          throw atRecord(error, record, isSstError(error, "ERR_SST_ROW_ORDER") ? UNSORTED_HINT : "");
        }
        rows++;
      }
      watch.now(counts());
    }
    if (rows < skipped) throw changedError(`it has only ${rows} rows now, and ${skipped} were imported`);
    const ssts = await run.close();
    watch.tell(counts());
    return { ssts, rows };
  } catch (error) {
    await run.leave();
    // Streams that are aborted throw errors of their own.
    if (signal?.aborted === true && !isSstError(error, "ERR_SST_ABORTED")) throw abortedError(signal);
    throw error;
  }
}

/** The last row that was imported must be the last one of the last SST still. */
function checkSeam(record: SourceRecord, maker: RowMaker, { lastKey, path }: SstMetadata): void {
  if (compareBytes(maker.keyOf(record), lastKey) !== 0) throw changedError(`${record.file}:${record.line} has another key than the last row of ${path}, which was made of it`);
}

/** The first row of a resumed import sorts behind the last one that was imported. */
function checkBehind(record: SourceRecord, key: Uint8Array, { lastKey }: SstMetadata): void {
  if (compareBytes(key, lastKey) > 0) return;
  throw sourceError("ERR_SST_ROW_ORDER", record, `the key ${showKey(key)} does not sort behind ${showKey(lastKey)}, the one before it${UNSORTED_HINT}`, { key: Uint8Array.from(key), previousKey: lastKey });
}

function changedError(problem: string): SstError {
  return new SstError("ERR_SST_IMPORT_STATE", `the source has changed since the import began: ${problem}. Discard the import and begin anew`);
}
