// planImport: an import that keeps nothing. Every row is read, checked and encoded, and the bytes go nowhere: what comes out is
// exact, and so are the errors.
import { DEFAULT_SST_SIZE } from "@slate-sst/format";
import type { ObjectStore } from "@slate-sst/object-store";
import { checkRoot, refuseDatabase } from "../check-root.js";
import { findSources } from "../source/source-files.js";
import { sstPaths } from "../sst-path.js";
import { NowhereStore } from "./nowhere-store.js";
import { checkImportOptions, type ImportOptions } from "./options.js";
import { writeRows } from "./write-rows.js";

/** What an import would come to. */
export interface ImportPlan {
  readonly rowCount: bigint;
  readonly duplicates: bigint;
  readonly sstCount: number;
  /** Bytes of the SSTs. */
  readonly bytes: bigint;
  /** Requests that write: parts, begins and ends of uploads, whole objects; verification and manifest not counted. */
  readonly writeRequests: number;
  /** The most memory that the process had while it planned, in bytes: an import holds as much. */
  readonly memoryBytes: number;
  /** Bytes of temporary files. Sorted sources need none. */
  readonly diskBytes: number;
}

/** @throws as importDatabase, but for what a store refuses to write. */
export async function planImport(source: string | readonly string[], store: ObjectStore, root: string, options: ImportOptions): Promise<ImportPlan> {
  checkImportOptions(options);
  const files = await findSources(typeof source === "string" ? [source] : source, options);
  await refuseDatabase(store, root);
  await checkRoot(store, root, []);
  const nowhere = new NowhereStore(store);
  const { now = Date.now } = options.paths ?? {};
  const plan = { version: 1, fingerprint: {}, firstPath: sstPaths(root, options.paths ?? {})(), beganAt: now() };
  const { ssts, rows } = await writeRows(files, nowhere, root, { sstSize: DEFAULT_SST_SIZE, ...options }, { plan, finished: [], state: undefined });
  const rowCount = ssts.reduce((sum, sst) => sum + sst.rowCount, 0n);
  return {
    rowCount, duplicates: BigInt(rows) - rowCount, sstCount: ssts.length, bytes: ssts.reduce((sum, { size }) => sum + size, 0n),
    writeRequests: nowhere.requests, memoryBytes: process.resourceUsage().maxRSS * KIB, diskBytes: 0,
  };
}

/** Unit of the memory that Node.js reports. */
const KIB = 1024;
