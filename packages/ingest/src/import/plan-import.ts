// planImport: an import that keeps nothing. Every row is read, checked and encoded, and the bytes go nowhere: what comes out is
// exact, and so are the errors.
import { availableParallelism } from "node:os";
import type { ObjectStore } from "@slate-sst/object-store";
import { checkRoot, refuseDatabase } from "../check-root.js";
import { findSources } from "../source/source-files.js";
import { assertSortable, newPlan } from "../sort/choose-sort.js";
import { type SortedImport, writeSorted, type WrittenRun } from "../sort/write-sorted.js";
import type { Plan } from "./import-state.js";
import { ImportWatch } from "./import-watch.js";
import { NowhereStore } from "./nowhere-store.js";
import { checkImportOptions, checkWriterOptions, type ImportOptions } from "./options.js";
import { writeRows } from "./write-rows.js";

/** What an import would come to. */
export interface ImportPlan {
  /** Rows that would be written. */
  readonly rowCount: bigint;
  /** Rows that would be left out because their key stands twice. */
  readonly duplicates: bigint;
  /** SSTs that would be written. */
  readonly sstCount: number;
  /** Bytes of the SSTs. */
  readonly bytes: bigint;
  /** Requests that write: parts, begins and ends of uploads, whole objects; verification and manifest not counted. */
  readonly writeRequests: number;
  /** Bytes of memory that an import holds: the most that the process had while it planned, or what its `jobs` take that write, if that is more. */
  readonly memoryBytes: number;
  /** The most bytes that temporary files took while it planned, 0 where rows are not sorted: an import needs as much. */
  readonly diskBytes: number;
}

/** @throws as importDatabase, but for what a store refuses to write. */
export async function planImport(source: string | readonly string[], store: ObjectStore, root: string, options: ImportOptions): Promise<ImportPlan> {
  checkImportOptions(options);
  await checkWriterOptions(store, root, options);
  const files = await findSources(typeof source === "string" ? [source] : source, options);
  await refuseDatabase(store, root);
  await checkRoot(store, root, []);
  const plan: Plan = { ...newPlan(files, root, options), version: 0, fingerprint: {} };
  const { ssts, rows, diskBytes, writeRequests } = await planRows({ files, store, root, options: { ...options, storeUrl: undefined }, plan, state: undefined, watch: new ImportWatch(options.onEvent, files) });
  const rowCount = ssts.reduce((sum, sst) => sum + sst.rowCount, 0n);
  return {
    rowCount, duplicates: BigInt(rows) - rowCount, sstCount: ssts.length, bytes: ssts.reduce((sum, { size }) => sum + size, 0n),
    writeRequests, memoryBytes: Math.max(process.resourceUsage().maxRSS * KIB, writersMemory(options, ssts.length)), diskBytes,
  };
}

/** A plan has one thread that writes. */
function writersMemory({ storeUrl, jobs = availableParallelism() }: ImportOptions, sstCount: number): number {
  return storeUrl === undefined ? 0 : PROCESS_BYTES + Math.min(jobs, sstCount) * WRITER_BYTES;
}

async function planRows(call: SortedImport): Promise<WrittenRun & { readonly writeRequests: number }> {
  const { files, store, root, options, plan, watch } = call;
  const nowhere = new NowhereStore(store);
  try {
    const written = plan.sorts ? await writeSorted({ ...call, store: nowhere }) : { ...(await writeRows(files, nowhere, root, options, { plan, finished: [], state: undefined, watch })), diskBytes: 0 };
    return { ...written, writeRequests: nowhere.requests };
  } catch (error) {
    if (plan.sorts) throw error;
    await assertSortable(error, files, options);
    return await planRows({ ...call, plan: { ...plan, sorts: true } });
  }
}

/** What a process holds beside its threads, and each thread that writes an SST of sorted rows: 200 and 260 MiB, as seen. */
const PROCESS_BYTES = 200 * 1024 * 1024;
const WRITER_BYTES = 260 * 1024 * 1024;
/** Unit of the memory that Node.js reports. */
const KIB = 1024;
