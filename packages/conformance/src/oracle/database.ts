// A database folder opened by real SlateDB: what it sees by scan and by get, and whether it can go on from there.
import { MANIFEST_EXTENSION } from "@slate-sst/format";
import { DbReaderBuilder, FlushType, type Db, type DbIterator, type DbReader, type KeyRange, type KeyValue } from "@slatedb/uniffi";
import { answer, freeAll, OracleError, toBigint, toBigintOrUndefined } from "./answer.js";
import { databaseFolder, folderStore, listFiles } from "./folders.js";
import { openDb } from "./open.js";
import { CONCATENATE, type OracleSettings } from "./settings.js";
import { toTtl } from "./write.js";

/** A row as a scan shows it: the newest version of a key, operands merged into it, tombstones left out. */
export interface VisibleRow {
  /** The row's key. */
  readonly key: Uint8Array;
  /** Its value, merge operands applied. */
  readonly value: Uint8Array;
  /** Its sequence number. */
  readonly seq: bigint;
  /** 0 when the row in the SST has none. */
  readonly createTs: bigint;
  /** When it expires, in milliseconds since the Unix epoch. */
  readonly expireTs: bigint | undefined;
}

/** Half-open range of keys; a missing end is unbounded. */
export interface ScanRange {
  /** First key, inclusive; the lowest there is unless given. */
  readonly start?: Uint8Array;
  /** Where the range ends, exclusive; behind the highest key unless given. */
  readonly end?: Uint8Array;
}

/** How SlateDB opens a database. */
export interface OpenOptions extends OracleSettings {
  /** Make a new database if there is none; otherwise a folder without a manifest is refused. Default false. */
  readonly create?: boolean;
  /** How long SlateDB may take for one call, in milliseconds. */
  readonly limitMs?: number;
  /** Folder of another store, where the write-ahead log is to lie. Default: in the database. */
  readonly logDir?: string;
}

/** SlateDB runs all its work on one thread: more gets in flight than this gain nothing. */
const GETS_IN_FLIGHT = 64;
const NOT_DURABLE = { await_durable: false } as const;

/** An open database that can be read: what a writable one and a read-only one share. */
export class OracleReader implements AsyncDisposable {
  /** Milliseconds after which an answer counts as none; no limit where undefined. */
  protected readonly limitMs: number | undefined;
  private readonly reads: Db | DbReader;
  private closed = false;

  /** `limitMs`: milliseconds after which an answer counts as none. */
  constructor(handle: Db | DbReader, limitMs: number | undefined) {
    this.reads = handle;
    this.limitMs = limitMs;
  }

  /** Rows of the range, ascending by key. */
  async *scan(range: ScanRange = {}): AsyncGenerator<VisibleRow, void, undefined> {
    const iterator = await answer("scan", () => this.reads.scan(toKeyRange(range)), this.limitMs);
    try {
      for (let row = await this.next(iterator); row !== undefined; row = await this.next(iterator)) yield toVisibleRow(row);
    } finally {
      freeAll(iterator);
    }
  }

  /** All rows of the range, by one scan: about 40,000 rows a second. */
  async readAll(range: ScanRange = {}): Promise<VisibleRow[]> {
    return await answer("read all rows", async () => {
      const rows: VisibleRow[] = [];
      const iterator = await this.reads.scan(toKeyRange(range));
      try {
        for (let row = await iterator.next(); row !== undefined; row = await iterator.next()) rows.push(toVisibleRow(row));
      } finally {
        freeAll(iterator);
      }
      return rows;
    }, this.limitMs);
  }

  /** The value of a key, or undefined where there is none. */
  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    return await answer("get", () => this.reads.get(key), this.limitMs);
  }

  /** The values of many keys, in their order. SlateDB has no call for that: these are point reads, about 7,000 a second. */
  async getAll(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    return await answer(`get ${keys.length} keys`, async () => {
      const values = keys.map((): Uint8Array | undefined => undefined);
      const entries = keys.entries();
      const work = async (): Promise<void> => {
        for (const [i, key] of entries) values[i] = await this.reads.get(key);
      };
      await Promise.all(Array.from({ length: GETS_IN_FLIGHT }, work));
      return values;
    }, this.limitMs);
  }

  /** Shuts the database down. Closing again does nothing. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    try {
      await answer("close", () => this.reads.shutdown(), this.limitMs);
    } finally {
      freeAll(this.reads);
    }
  }

  /** Shuts it down. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  private async next(iterator: DbIterator): Promise<KeyValue | undefined> {
    return await answer("scan", () => iterator.next(), this.limitMs);
  }
}

/** A writable database. */
export class OracleDatabase extends OracleReader {
  private readonly db: Db;

  /** `limitMs`: milliseconds after which an answer counts as none. */
  constructor(db: Db, limitMs: number | undefined) {
    super(db, limitMs);
    this.db = db;
  }

  /** The row of a key with its sequence number and timestamps, as a scan would show it. */
  async getRow(key: Uint8Array): Promise<VisibleRow | undefined> {
    const row = await answer("get a row", () => this.db.get_key_value(key), this.limitMs);
    return row === undefined ? undefined : toVisibleRow(row);
  }

  /** Writes a value and returns its sequence number. Like all writes here it is durable only after `flush` or `close`. */
  async put(key: Uint8Array, value: Uint8Array, expireTs?: bigint): Promise<bigint> {
    return toBigint((await answer("put", () => this.db.put_with_options(key, value, { ttl: toTtl(expireTs) }, NOT_DURABLE), this.limitMs)).seqnum);
  }

  /** Writes a tombstone. @returns its sequence number */
  async delete(key: Uint8Array): Promise<bigint> {
    return toBigint((await answer("delete", () => this.db.delete_with_options(key, NOT_DURABLE), this.limitMs)).seqnum);
  }

  /** Writes a merge operand. @returns its sequence number */
  async merge(key: Uint8Array, operand: Uint8Array, expireTs?: bigint): Promise<bigint> {
    return toBigint((await answer("merge", () => this.db.merge_with_options(key, operand, { ttl: toTtl(expireTs) }, NOT_DURABLE), this.limitMs)).seqnum);
  }

  /** Writes all that is in memory to a file of the write-ahead log. */
  async flushLog(): Promise<void> {
    await answer("flush the log", () => this.db.flush_with_options({ flush_type: FlushType.Wal }), this.limitMs);
  }

  /** Writes all that is in memory to an L0 SST. */
  async flush(): Promise<void> {
    await answer("flush", () => this.db.flush_with_options({ flush_type: FlushType.MemTable }), this.limitMs);
  }
}

/** Opens the database `root` in the folder `dir` for reading and writing. Opening changes the folder: copy golden ones first. */
export async function openDatabase(dir: string, root: string, options: OpenOptions = {}): Promise<OracleDatabase> {
  if (options.create !== true) requireManifest(dir, root);
  return new OracleDatabase(await openDb(dir, root, options, options.limitMs, options.logDir), options.limitMs);
}

/** Opens the database `root` in the folder `dir` read-only, also at a checkpoint, by its UUID as text; SlateDB still writes manifests (it sets a checkpoint). */
export async function openReader(dir: string, root: string, limitMs?: number, checkpoint?: string): Promise<OracleReader> {
  requireManifest(dir, root);
  const store = folderStore(dir);
  const builder = new DbReaderBuilder(root, store);
  try {
    builder.with_merge_operator(CONCATENATE);
    if (checkpoint !== undefined) builder.with_checkpoint_id(checkpoint);
    return new OracleReader(await answer(`open reader of ${root}`, () => builder.build(), limitMs), limitMs);
  } finally {
    freeAll(builder, store);
  }
}

function requireManifest(dir: string, root: string): void {
  const folder = databaseFolder(dir, root);
  if (!listFiles(folder).some((name) => name.endsWith(MANIFEST_EXTENSION))) throw new OracleError(`open ${root}`, "Usage", `there is no database in ${folder}`);
}

function toKeyRange(range: ScanRange): KeyRange {
  return { start: range.start, start_inclusive: true, end: range.end, end_inclusive: false };
}

function toVisibleRow(row: KeyValue): VisibleRow {
  return { key: row.key, value: row.value, seq: toBigint(row.seq), createTs: toBigint(row.create_ts), expireTs: toBigintOrUndefined(row.expire_ts) };
}
