// Rows to the SSTs of one sorted run: one writer after the other, all versions of a key in one SST.
//
// An SST that is full stays open until a row with a greater key arrives. A row that does not sort behind it (a version of the
// same key, a duplicate, one out of order) goes to its writer too, so that the writer's rules hold across two SSTs.
import { compareBytes, isSstError, SstError, SstTypeError } from "@slate-sst/format";
import type { ObjectStore } from "@slate-sst/object-store";
import { type Row, type SstMetadata, SstWriter, type SstWriterConfig } from "@slate-sst/writer";
import { FillWatch } from "./fill-watch.js";
import { keyBytes } from "./key-bytes.js";
import { sstIdOf } from "./layout.js";

/** An SST being written. */
interface OpenSst {
  readonly writer: SstWriter;
  readonly watch: FillWatch;
  /** Place in the run of its first row, from 0. */
  readonly firstOrdinal: number;
  /** The last key, once the SST is full. */
  fullKey: Uint8Array | undefined;
}

export interface RunOptions {
  readonly store: ObjectStore;
  readonly root: string;
  /** Bytes from which on an SST is full. */
  readonly sstSize: number;
  /** Where the next SST will lie. */
  readonly paths: () => string;
  readonly writerConfig: SstWriterConfig;
  /** What an earlier call has written of this run, and how many rows it had taken for that. */
  readonly finished?: { readonly ssts: readonly SstMetadata[]; readonly rows: number } | undefined;
  /** Told of each SST once it is there, and of the rows of the run up to its end. The run waits for it. */
  readonly onSst?: ((metadata: SstMetadata, rows: number) => Promise<void>) | undefined;
}

export class RunWriter {
  readonly #options: RunOptions;
  readonly #ssts: SstMetadata[];
  #open: OpenSst | undefined;
  #rows: number;
  /** The path of an SST whose publication failed, but may have had its effect. */
  #doubtfulPath: string | undefined;

  constructor(options: RunOptions) {
    this.#options = options;
    this.#ssts = [...(options.finished?.ssts ?? [])];
    this.#rows = options.finished?.rows ?? 0;
  }

  /** Bytes of the SSTs that are finished and of the open one, as far as it is. */
  get bytes(): number {
    return this.#ssts.reduce((bytes, { size }) => bytes + Number(size), this.#open?.writer.estimatedSize() ?? 0);
  }

  /** SSTs that are finished. */
  get sstCount(): number {
    return this.#ssts.length;
  }

  /**
   * Takes the next row, whose bytes must not change before the promise settles, if there is one.
   * @throws what SstWriter.add() throws for a row that is refused, with its ordinal in the run. The run is over then.
   */
  add(row: Row): Promise<void> | undefined {
    const open = this.#open;
    return open === undefined || isBehind(row, open.fullKey) ? this.#addToNext(row) : this.#offer(open, row);
  }

  /** Publishes the last SST. @throws SstError ERR_SST_EMPTY without rows. */
  async close(): Promise<SstMetadata[]> {
    if (this.#open !== undefined) await this.#closeOpen(this.#open);
    if (this.#ssts.length === 0) throw new SstError("ERR_SST_EMPTY", "there are no rows: a run holds at least one, and nothing was created");
    return this.#ssts;
  }

  /** Gives up the SST being written and keeps those that are finished. Never throws. */
  async leave(): Promise<void> {
    await this.#open?.writer.abort().catch(() => undefined);
  }

  /** Removes all that the run has written, as far as the store lets it. Never throws. */
  async discard(): Promise<void> {
    await this.#open?.writer.abort().catch(() => undefined);
    const paths = this.#ssts.map(({ path }) => path);
    if (this.#doubtfulPath !== undefined) paths.push(this.#doubtfulPath);
    for (const path of paths) await this.#options.store.delete(path).catch(() => undefined);
  }

  async #addToNext(row: Row): Promise<void> {
    if (this.#open !== undefined) await this.#closeOpen(this.#open);
    await this.#offer(await this.#begin(), row);
  }

  #offer(open: OpenSst, row: Row): Promise<void> | undefined {
    const ordinal = this.#rows++;
    let wait: Promise<void> | undefined;
    try {
      wait = open.writer.add(row);
    } catch (error) {
      throw withRunOrdinal(error, ordinal, open);
    }
    if (open.fullKey === undefined && open.watch.isFullAfter(row)) open.fullKey = new Uint8Array(keyBytes(row.key));
    return wait;
  }

  async #begin(): Promise<OpenSst> {
    const { store, root, sstSize, paths, writerConfig } = this.#options;
    const path: unknown = paths();
    if (typeof path !== "string" || sstIdOf(root, path) === undefined || this.#ssts.some((sst) => sst.path === path)) {
      throw new SstError("ERR_SST_INGEST_PATH", `paths() must give a new path <root>/compacted/<ULID>.sst for each SST of the root ${JSON.stringify(root)}, not ${JSON.stringify(path)}`, { details: { path, root } });
    }
    const writer = await SstWriter.create(store, path, writerConfig);
    this.#open = { writer, watch: new FillWatch(writer, sstSize, writerConfig), firstOrdinal: this.#rows, fullKey: undefined };
    return this.#open;
  }

  async #closeOpen({ writer }: OpenSst): Promise<void> {
    try {
      const metadata = await writer.close();
      this.#ssts.push(metadata);
      this.#open = undefined;
      await this.#options.onSst?.(metadata, this.#rows);
    } catch (error) {
      // The store may have published the object although it, or the connection, failed. What was there before is not ours.
      if (this.#open !== undefined && !isSstError(error, "ERR_SST_EXISTS")) this.#doubtfulPath = writer.path;
      throw error;
    }
  }
}

/** Whether a row begins the next SST: its key is greater than the last one of an SST that is full. */
function isBehind(row: Row | null | undefined, fullKey: Uint8Array | undefined): boolean {
  if (fullKey === undefined) return false;
  const key: unknown = row?.key;
  // What is no key is refused by the writer.
  return (typeof key === "string" || key instanceof Uint8Array) && compareBytes(keyBytes(key), fullKey) > 0;
}

/** A writer counts the rows of its SST; the caller knows those of the run. */
function withRunOrdinal(error: unknown, ordinal: number, { firstOrdinal, writer }: OpenSst): unknown {
  if (!isSstError(error) || firstOrdinal === 0) return error;
  const message = `row ${ordinal} of the run, which is row ${ordinal - firstOrdinal} of ${writer.path}: ${error.message}`;
  const options = { cause: error, details: { ...error.details, ordinal, path: writer.path } };
  return error instanceof SstTypeError ? new SstTypeError(error.code, message, options) : new SstError(error.code, message, options);
}
