// One SST written by real SlateDB: a fresh database, one memtable flush, its L0 SST. The bytes other writers must equal.
import { MANIFEST_EXTENSION, SST_EXTENSION } from "@slate-sst/format";
import { FlushType, WriteBatch, type Db, type Ttl } from "@slatedb/uniffi";
import type { GoldenRow } from "../side-car.js";
import { answer, freeAll, OracleError } from "./answer.js";
import { databaseFolder, listFiles, readFilesEndingIn, type StoredFile } from "./folders.js";
import { openDb } from "./open.js";
import type { OracleSettings } from "./settings.js";

/** A row to be written. SlateDB chooses its sequence number and its create_ts (the wall clock). */
export interface RowToWrite {
  /** A value, a tombstone or a merge operand. */
  readonly kind: GoldenRow["kind"];
  /** The row's key. */
  readonly key: Uint8Array;
  /** The value or operand; undefined for a tombstone. */
  readonly value?: Uint8Array | undefined;
  /** Milliseconds since the Unix epoch, later than now: SlateDB 0.12.1 stores no expire_ts for a moment that has passed. */
  readonly expireTs?: bigint | undefined;
}

/** How SlateDB writes. */
export interface WriteOptions {
  /** The database's place inside the folder; default `db`. */
  readonly root?: string;
  /**
   * Most rows in one write batch; default 1. All rows of a batch get one sequence number and one create_ts. A batch ends
   * early where a key comes again. About 5,000 rows a second with 1, 45,000 with 1,000.
   */
  readonly rowsPerBatch?: number;
}

/** A database that SlateDB wrote. */
export interface WrittenDatabase {
  /** Its root in the store. */
  readonly root: string;
  /** The one L0 SST. */
  readonly sst: StoredFile;
  /** The newest manifest, which lists that SST. */
  readonly manifest: StoredFile;
}

/** The database is kept in memory until its one flush. */
const MEMTABLE_BYTES_MAX = 2 ** 30;
const NOT_DURABLE = { await_durable: false } as const;
const DEFAULT_ROOT = "db";

/**
 * Writes `rows` in the order given (older versions of a key before newer ones) into a new database in the folder `dir`,
 * flushes once and shuts down. Every version, tombstone and operand ends up in the SST.
 */
export async function writeWithSlateDb(dir: string, rows: readonly RowToWrite[], settings: OracleSettings = {}, options: WriteOptions = {}): Promise<WrittenDatabase> {
  const { root = DEFAULT_ROOT, rowsPerBatch = 1 } = options;
  const folder = databaseFolder(dir, root);
  if (listFiles(folder).length > 0) throw new OracleError("write an SST", "Usage", `${folder} is not empty`);
  if (!Number.isInteger(rowsPerBatch) || rowsPerBatch < 1) throw new OracleError("write an SST", "Usage", `rowsPerBatch is ${rowsPerBatch}`);
  // Without a WAL nothing is durable before the flush, so nothing reaches the folder but manifests and the one SST.
  const slateDb = { wal_enabled: false, l0_sst_size_bytes: MEMTABLE_BYTES_MAX, max_unflushed_bytes: MEMTABLE_BYTES_MAX, ...settings.slateDb };
  const db = await openDb(dir, root, { ...settings, slateDb });
  try {
    await answer("write an SST", () => writeAndFlush(db, rows, rowsPerBatch));
    await answer("shut down", () => db.shutdown());
  } finally {
    freeAll(db);
  }
  return { root, sst: theOneSst(folder), manifest: newestManifest(folder) };
}

async function writeAndFlush(db: Db, rows: readonly RowToWrite[], rowsPerBatch: number): Promise<void> {
  // A flush drops versions that no snapshot can see; one taken before the first write keeps them all.
  const snapshot = await db.snapshot();
  try {
    for (const batch of inBatches(rows, rowsPerBatch)) await writeBatch(db, batch);
    await db.flush_with_options({ flush_type: FlushType.MemTable });
  } finally {
    freeAll(snapshot);
  }
}

function* inBatches(rows: readonly RowToWrite[], rowsPerBatch: number): Generator<RowToWrite[]> {
  let batch: RowToWrite[] = [];
  const keys = new Set<string>();
  for (const row of rows) {
    const key = Buffer.from(row.key).toString("latin1");
    if (batch.length === rowsPerBatch || keys.has(key)) {
      yield batch;
      batch = [];
      keys.clear();
    }
    batch.push(row);
    keys.add(key);
  }
  if (batch.length > 0) yield batch;
}

async function writeBatch(db: Db, rows: readonly RowToWrite[]): Promise<void> {
  const batch = new WriteBatch();
  try {
    for (const row of rows) addRow(batch, row);
    await db.write_with_options(batch, NOT_DURABLE);
  } finally {
    freeAll(batch);
  }
}

function addRow(batch: WriteBatch, row: RowToWrite): void {
  if (row.kind === "delete") {
    batch.delete(row.key);
    return;
  }
  if (row.value === undefined) throw new OracleError("write an SST", "Usage", `a ${row.kind} row has no value`);
  const ttl = toTtl(row.expireTs);
  if (row.kind === "put") batch.put_with_options(row.key, row.value, { ttl });
  else batch.merge_with_options(row.key, row.value, { ttl });
}

/** SlateDB's expiry option for an expire_ts. */
export function toTtl(expireTs: bigint | undefined): Ttl {
  return expireTs === undefined ? { tag: "NoExpiry" } : { tag: "ExpireAt", "": expireTs };
}

function theOneSst(folder: string): StoredFile {
  const [sst, ...others] = readFilesEndingIn(folder, SST_EXTENSION);
  if (sst === undefined || others.length > 0) throw new OracleError("write an SST", "Usage", `the flush left ${others.length + (sst === undefined ? 0 : 1)} SSTs, not 1`);
  return sst;
}

function newestManifest(folder: string): StoredFile {
  const manifest = readFilesEndingIn(folder, MANIFEST_EXTENSION).at(-1);
  if (manifest === undefined) throw new OracleError("write an SST", "Usage", `there is no manifest in ${folder}`);
  return manifest;
}
