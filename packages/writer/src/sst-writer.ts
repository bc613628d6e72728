// SstWriter: the life of one SST, from create() to a visible object or to nothing at all.
import { FLAG_MERGE, FLAG_TOMBSTONE, invalidOption, isSstError, SstError, SstTypeError, showValue } from "@slate-sst/format";
import type { SstMetadata } from "@slate-sst/format/proto";
import { assertObjectPath, type ObjectStore } from "@slate-sst/object-store";
import { beginJournal, forward, openJournal } from "./checkpoint/begin-journal.js";
import type { ResumePoint } from "./checkpoint/boundary.js";
import { Checkpointer } from "./checkpoint/checkpointer.js";
import { fingerprintOf } from "./checkpoint/fingerprint.js";
import type { Journal } from "./checkpoint/journal.js";
import { resumeSst, type Settled } from "./checkpoint/resume-sst.js";
import { ColumnFeed } from "./column-feed.js";
import { checkColumns, type RowColumns } from "./columns.js";
import { type ResolvedConfig, resolveConfig, type SstWriterConfig } from "./config.js";
import { type Digest, startDigest } from "./digest.js";
import type { SstWriterEventOf, SstWriterEventType } from "./events.js";
import type { SstProgress } from "./progress.js";
import { type Bytes, isBytes, type Row, type RowTimes, type Timestamp } from "./row.js";
import { RowInput } from "./row-input.js";
import { SstBuild } from "./sst-build.js";
import { watchedWriter } from "./watched-writer.js";
import { refuseExisting, withIndex, writeError } from "./write-error.js";
import { throwIfAborted, WriterLife, type WriterState } from "./writer-life.js";
import { WriterWatch } from "./writer-watch.js";

/**
 * Writes one SST. Rows must ascend by the bytes of their keys; a row that is refused changes nothing, and the writer
 * goes on. The object becomes visible when close() resolves, whole, or never.
 *
 * put(), delete(), merge() and add() throw synchronously when they refuse a row. They return undefined, or a promise
 * when the upload lags behind and the caller should wait: `await` is always right.
 */
export class SstWriter implements AsyncDisposable {
  readonly #store: ObjectStore;
  readonly #path: string;
  readonly #config: ResolvedConfig;
  readonly #checkpoints: Checkpointer | undefined;
  readonly #digest: Digest | undefined;
  /** A new one when rows are replayed. */
  #build: SstBuild;
  readonly #watch: WriterWatch;
  readonly #life = new WriterLife((failure) => this.#watch.failed(failure));
  readonly #requests: AbortController;
  readonly #row: RowInput;
  /** Whether the row offered last was a put with these timestamps and was accepted: what rows that come in masses have in common. */
  #isAlike = false;
  #createTs: Timestamp | undefined;
  #expireTs: Timestamp | undefined;
  #closing: Promise<SstMetadata> | undefined;
  #sizeAtClose: number | undefined;
  #cleaning: Promise<void> | undefined;
  #metadata: SstMetadata | undefined;
  #stopListening: (() => void) | undefined;
  /** Whether rows may be replayed. */
  #isResumed = false;

  private constructor(store: ObjectStore, path: string, config: ResolvedConfig, watch: WriterWatch, requests: AbortController, journal: Journal | undefined) {
    this.#store = store;
    this.#path = path;
    this.#config = config;
    this.#watch = watch;
    this.#requests = requests;
    this.#digest = startDigest(config.digest);
    this.#checkpoints = journal === undefined ? undefined : new Checkpointer(store, path, config, journal, watch, (error) => this.#build.output.stop(this.#life.fail(error)));
    this.#row = new RowInput(config.seq);
    this.#build = this.#begin();
    watch.attach(watchedWriter({
      life: this.#life, build: () => this.#build, hasFilter: config.filter,
      bytesUploaded: () => watch.store.bytesUploaded, sizeNow: () => this.estimatedSize(),
    }));
  }

  /** Begins with the first row. */
  #begin(): SstBuild {
    return new SstBuild({ path: this.#path, config: this.#config, watch: this.#watch, life: this.#life, digest: this.#digest, checkpoints: this.#checkpoints, signal: this.#requests.signal });
  }

  /**
   * Begins an SST. Nothing is written yet; in mode "create" an object that is already there is found at once.
   * @param path where the SST will lie in the store, for example `db/compacted/01JD….sst` (see `newSstPath` of ingest).
   * @throws SstTypeError, SstRangeError for options; SstError ERR_SST_CODEC_MISSING, ERR_SST_STORE_CAPABILITY,
   *   ERR_SST_EXISTS, ERR_SST_CHECKPOINT_EXISTS, ERR_SST_WRITE, ERR_SST_ABORTED; StoreError ERR_STORE_PATH.
   */
  static async create(store: ObjectStore, path: string, config: SstWriterConfig = {}): Promise<SstWriter> {
    assertStore(store, "SstWriter.create");
    assertObjectPath(path);
    const resolved = await resolveConfig(config, store);
    const { signal } = resolved;
    throwIfAborted(signal);
    const watch = new WriterWatch(store, path, resolved);
    try {
      // An abort comes first, whatever the store answers meanwhile.
      if (resolved.mode === "create") await refuseExisting(watch.store, path, signal).finally(() => throwIfAborted(signal));
      const requests = new AbortController();
      const { checkpoint } = resolved;
      const journal = checkpoint === undefined ? undefined : await beginJournal(path, checkpoint, fingerprintOf(store.url, path, resolved), signal, requests);
      throwIfAborted(signal);
      const writer = new SstWriter(store, path, resolved, watch, requests, journal);
      writer.#listen(signal);
      return writer;
    } catch (error) {
      watch.failed(error as Error);
      throw error;
    }
  }

  /**
   * Goes on with an SST that was begun with the same store, path and configuration, `checkpoint` included, and neither closed nor
   * aborted. From now on every other writer of it is an older one, and stops. The next row is the one behind `resumeAfter`; a source
   * that can only start again is given to replay(). What comes out is the same, byte for byte, as if nothing had happened.
   *
   * When close() had been called and was cut off, the SST is published now: the writer is closed then, and has its metadata.
   * @throws what create() throws; SstError ERR_SST_CHECKPOINT_MISSING, ERR_SST_CHECKPOINT_MISMATCH, ERR_SST_CHECKPOINT_CORRUPT,
   *   ERR_SST_CHECKPOINT_LOST, ERR_SST_FENCED. Upload and journal stay as they are then.
   */
  static async resume(store: ObjectStore, path: string, config: SstWriterConfig): Promise<SstWriter> {
    assertStore(store, "SstWriter.resume");
    assertObjectPath(path);
    const resolved = await resolveConfig(config, store, "SstWriter.resume");
    const { signal, checkpoint } = resolved;
    if (checkpoint === undefined) throw invalidOption("checkpoint", undefined, "given: it says where the journal lies");
    throwIfAborted(signal);
    const requests = new AbortController();
    const journal = await openJournal(path, checkpoint, requests.signal);
    const stopForwarding = forward(signal, requests);
    const watch = new WriterWatch(store, path, resolved);
    const writer = new SstWriter(store, path, resolved, watch, requests, journal);
    try {
      await writer.#resume();
      // Too late where the SST is published.
      if (writer.state === "writing") throwIfAborted(signal);
    } catch (error) {
      throwIfAborted(signal);
      const failure = isSstError(error) ? error : writeError(path, error);
      watch.failed(failure);
      throw failure;
    } finally {
      stopForwarding();
    }
    if (writer.state === "writing") writer.#listen(signal);
    return writer;
  }

  /** Where the SST will lie in the store. */
  get path(): string {
    return this.#path;
  }

  /** Where the writer is in its life. */
  get state(): WriterState {
    return this.#life.state;
  }

  /** How far the SST is. Costs nothing until it is called; counters never go back, not even when another writer goes on with the SST. */
  progress(): SstProgress {
    return this.#watch.progress();
  }

  /**
   * Calls a listener at every event of a type, after the call under way. What it throws changes nothing. Option `onEvent` is told of
   * what happens in create(), too.
   * @returns a function that takes the listener away again.
   * @throws SstRangeError ERR_SST_OPTION_INVALID for a type that there is not.
   */
  on<Type extends SstWriterEventType>(type: Type, listener: (event: SstWriterEventOf<Type>) => unknown): () => void {
    return this.#watch.emitter.on(type, listener);
  }

  /** Rows accepted so far, those before a resume included. */
  get rowCount(): number {
    return this.#build.encoder.rows;
  }

  /** The row behind which this writer has gone on; undefined when it has begun with the first one. */
  get resumeAfter(): ResumePoint | undefined {
    return this.#checkpoints?.resumeAfter;
  }

  /** The row behind which a resume would go on now: everything up to it is in the store, and the journal knows. Undefined before the first checkpoint, and without any. */
  get durable(): ResumePoint | undefined {
    return this.#checkpoints?.durable;
  }

  /**
   * Writes a row with a value.
   * @param key 1 to 65,535 bytes, after the key before by unsigned bytes. Bytes are copied before the call returns.
   * @throws SstError when the row is refused (see the codes ERR_SST_ROW_…, ERR_SST_KEY_…, ERR_SST_VALUE_…, ERR_SST_LIMIT_…).
   */
  put(key: Bytes, value: Bytes, times?: RowTimes): Promise<void> | undefined {
    if (this.#isAlike && isBytes(key) && isBytes(value) && this.#areTimesAlike(times)) {
      this.#life.check("writing a row");
      const { encoder } = this.#build;
      encoder.ordinal++;
      if (encoder.addAlike(key, value)) return encoder.wait === undefined ? undefined : encoder.takeWait();
      encoder.ordinal--;
    }
    this.#offer(key);
    this.#row.setValue(value);
    const wait = this.#write(0, times);
    this.#isAlike = this.#build.encoder.hasKernel;
    this.#createTs = times?.createTs;
    this.#expireTs = times?.expireTs;
    return wait;
  }

  /** Writes a tombstone: the key is deleted. */
  delete(key: Bytes, times?: RowTimes): Promise<void> | undefined {
    this.#offer(key);
    this.#row.setNoValue();
    return this.#write(FLAG_TOMBSTONE, times);
  }

  /** Writes a merge operand, which the database's merge operator joins with what is there. */
  merge(key: Bytes, operand: Bytes, times?: RowTimes): Promise<void> | undefined {
    this.#offer(key);
    this.#row.setValue(operand);
    return this.#write(FLAG_MERGE, times);
  }

  /** Writes a row of any kind, with its own sequence number: versions of one key come newest first. */
  add(row: Row): Promise<void> | undefined {
    const fields: Partial<Row> = typeof row === "object" && row !== null ? row : {};
    this.#offer(fields.key);
    return this.#write(this.#row.setRow(fields), fields, false);
  }

  /**
   * Writes rows one after the other. Those before a refused one stay; the error's details carry `index`, its place in
   * `rows`, and the writer can go on.
   */
  async writeAll(rows: Iterable<Row> | AsyncIterable<Row>): Promise<void> {
    if (typeof rows !== "object" || rows === null || !(Symbol.asyncIterator in rows || Symbol.iterator in rows)) {
      throw new SstTypeError("ERR_SST_ROW_TYPE", `writeAll takes an iterable or an async iterable of rows, not ${showValue(rows)}`, { details: { field: "rows" } });
    }
    let index = 0;
    const take = (row: Row): Promise<void> | undefined => {
      try {
        return this.add(row);
      } catch (error) {
        throw this.#life.state === "writing" ? withIndex(error, index) : error;
      }
    };
    if (Symbol.asyncIterator in rows) {
      for await (const row of rows) {
        const wait = take(row);
        if (wait !== undefined) await wait;
        index++;
      }
      return;
    }
    for (const row of rows) {
      const wait = take(row);
      if (wait !== undefined) await wait;
      index++;
    }
  }

  /**
   * Writes all rows of the source once more, from the very first, after resume(): for sources that cannot begin behind `resumeAfter`.
   * Parts that were uploaded are encoded again, proven equal by their checksums, and not sent. Further rows may follow. When the
   * writer is closed already, no row is looked at.
   * @throws SstError ERR_SST_REPLAY_DIVERGED where the rows differ from those written before; ERR_SST_STATE when it was not resumed,
   *   or rows were written since. What writeAll() throws.
   */
  async replay(rows: Iterable<Row> | AsyncIterable<Row>): Promise<void> {
    if (this.#isResumed && this.state === "closed") return;
    this.#life.check("replay");
    const checkpoints = this.#checkpoints;
    if (checkpoints === undefined || !this.#isResumed || this.#build.encoder.ordinal !== (checkpoints.resumeAfter?.ordinal ?? -1)) {
      throw new SstError("ERR_SST_STATE", "replay is possible on a resumed writer that no row was written to yet", { details: { call: "replay", state: this.state } });
    }
    this.#isResumed = false;
    if (checkpoints.resumeAfter !== undefined) {
      this.#build = this.#begin();
      checkpoints.expectReplay();
      checkpoints.tellResumed("replay");
    }
    await this.writeAll(rows);
  }

  /**
   * Writes rows in columns, validated as strictly as single ones: the fastest way, best with a thousand rows or more at once.
   * Rows before a refused one stay; the error's details carry `index`, its place in the columns, and the writer can go on.
   * @returns undefined, or a promise when the upload lags behind; until it resolves, columns must not change and no other
   *   call may write rows. What is refused is thrown, or the promise rejects with it.
   * @throws SstTypeError ERR_SST_COLUMNS_INVALID when the columns do not fit together; no row is taken then.
   */
  writeColumns(columns: RowColumns): Promise<void> | undefined {
    this.#life.check("writing rows");
    const feed = new ColumnFeed(checkColumns(columns), this.#build.encoder, this.#life, this.#row.defaultSeqHi, this.#row.defaultSeqLo);
    this.#isAlike = false;
    const wait = feed.run();
    return wait === undefined ? undefined : this.#life.occupied("writeColumns", feed.finish(wait));
  }

  /**
   * Bytes the object would have if it were closed now: uploaded, buffered, and the end still to come. Exact without
   * compression and transformer but for up to 32 bytes; with them, what is not compressed yet counts in full.
   */
  estimatedSize(): number {
    if (this.#metadata !== undefined) return Number(this.#metadata.size);
    if (this.#sizeAtClose !== undefined) return this.#sizeAtClose;
    return this.#build.estimatedSize();
  }

  /**
   * Writes what is left and publishes the object. Calling it again gives the same answer.
   * @throws SstError ERR_SST_EMPTY without rows (the writer can go on), ERR_SST_WRITE, ERR_SST_ABORTED, or the first failure.
   */
  close(): Promise<SstMetadata> {
    if (this.#closing !== undefined) return this.#closing;
    try {
      this.#life.check("close");
      if (this.rowCount === 0) throw new SstError("ERR_SST_EMPTY", `${this.#path} has no rows: an SST holds at least one, and nothing was created`);
      this.#sizeAtClose = this.estimatedSize();
      // Again: blocks that were still in the kernel have gone into the output, which may have no room for them.
      this.#life.check("close");
    } catch (error) {
      return Promise.reject(error);
    }
    this.#life.move("closing");
    this.#closing = this.#publish();
    return this.#closing;
  }

  /** What was written. @throws SstError ERR_SST_STATE before close() has resolved. */
  metadata(): SstMetadata {
    if (this.#metadata === undefined) throw new SstError("ERR_SST_STATE", `metadata() is there once close() has resolved; the writer is ${this.#life.state}`, { details: { state: this.#life.state } });
    return this.#metadata;
  }

  /**
   * Leaves upload and journal as they are, for resume() to go on with, here or elsewhere. Rows behind `durable` are not kept: they
   * have to be written again.
   * @returns a token: with it in `checkpoint.token`, resume() goes on with this SST only, not with a later one at the same path.
   * @throws SstError ERR_SST_STATE without checkpoints; ERR_SST_WRITE when what was under way has failed.
   */
  async detach(): Promise<string> {
    this.#life.check("detach");
    const checkpoints = this.#checkpoints;
    if (checkpoints === undefined) throw new SstError("ERR_SST_STATE", "without the option checkpoint there is nothing that could be gone on with", { details: { call: "detach", state: this.state } });
    this.#life.move("detached");
    this.#stopListening?.();
    checkpoints.stop();
    await this.#build.output.settled();
    checkpoints.recordRest();
    await checkpoints.recorded();
    await checkpoints.keep();
    return checkpoints.journal.id;
  }

  /**
   * Gives the SST up: waits for what is in flight and removes what was staged, and the journal, if there is one. May be called at
   * any time and again; after close() has resolved, or detach(), it does nothing, and what another writer has resumed stays.
   * @throws SstError ERR_SST_WRITE when staged data could not be removed and nothing else had failed before, or a journal is kept;
   *   calling again tries again.
   */
  async abort(reason?: unknown): Promise<void> {
    const { failure } = this.#life;
    const failed = failure !== undefined && !isSstError(failure, "ERR_SST_ABORTED");
    this.#life.abort(reason);
    if (this.#life.state === "closed" || this.#life.state === "detached") return;
    this.#requests.abort(this.#life.failure);
    // A close under way notices by itself: either it had published the object already, or it fails and cleans up.
    await this.#closing?.catch(() => undefined);
    if (this.#metadata !== undefined) return;
    try {
      await this.#cleanUp();
    } catch (cause) {
      if (failed && this.#checkpoints === undefined) return;
      throw new SstError("ERR_SST_WRITE", `what was staged for ${this.#path} could not be removed`, { cause, details: { path: this.#path } });
    }
  }

  /**
   * Ends a writer that was not closed: aborts, but keeps upload and journal where there are checkpoints, so that the SST can be resumed
   * after whatever has gone wrong. Never throws, so that it hides no other error.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#checkpoints === undefined) return await this.abort().catch(() => undefined);
    this.#life.abort("it was left before it was closed; resume() goes on");
    if (this.#life.state === "closed" || this.#life.state === "detached") return;
    this.#requests.abort(this.#life.failure);
    await this.#closing?.catch(() => undefined);
    await this.#keep();
  }

  /**
   * Whether a row's timestamps are those of the row before. No timestamp is kept in a variable that may hold something else as
   * well: V8 would make an object of each.
   */
  #areTimesAlike(times: RowTimes | undefined): boolean {
    if (times === undefined) return this.#createTs === undefined && this.#expireTs === undefined;
    if (times === null || times.createTs !== this.#createTs || times.expireTs !== this.#expireTs) return false;
    return (times.createTs !== undefined || times.expireTs !== undefined) && !this.#row.hasOtherNames(times);
  }

  /** Begins a call that offers a row. */
  #offer(key: Bytes | undefined): void {
    this.#life.check("writing a row");
    this.#row.begin(key, ++this.#build.encoder.ordinal);
  }

  #write(kind: number, times: RowTimes | undefined, isOption = true): Promise<void> | undefined {
    this.#isAlike = false;
    return this.#row.writeTo(this.#build.encoder, kind, times, isOption);
  }

  async #publish(): Promise<SstMetadata> {
    try {
      const { metadata, phases } = await this.#build.publish();
      this.#metadata = metadata;
      this.#life.move("closed");
      this.#build.encoder.release();
      this.#watch.closed(metadata, phases);
      this.#stopListening?.();
      return metadata;
    } catch (error) {
      this.#life.fail(error);
      this.#requests.abort(this.#life.failure);
      await (this.#checkpoints === undefined ? this.#cleanUp().catch(() => undefined) : this.#keep());
      throw this.#life.failure;
    }
  }

  /** Takes over what another writer has begun. */
  async #resume(): Promise<void> {
    const settled = await resumeSst({
      store: this.#store, watched: this.#watch.store, path: this.#path, config: this.#config, checkpoints: this.#checkpoints!, build: this.#build, signal: this.#requests.signal,
    });
    this.#isResumed = true;
    if (settled !== undefined) this.#becomeClosed(settled);
  }

  #becomeClosed({ metadata, end }: Settled): void {
    this.#checkpoints!.resumeAfter = end;
    this.#build.encoder.rows = Number(metadata.rowCount);
    this.#metadata = metadata;
    this.#closing = Promise.resolve(metadata);
    this.#life.move("closing");
    this.#life.move("closed");
  }

  /** Waits until nothing is under way any more; what was staged stays. Never rejects. */
  async #keep(): Promise<void> {
    this.#stopListening?.();
    await this.#build.keep();
  }

  #cleanUp(): Promise<void> {
    this.#stopListening?.();
    // Once it has failed, the next abort() tries again.
    this.#cleaning ??= this.#build.discard().then(
      () => this.#watch.aborted(this.#life.failure),
      (error: unknown) => {
        this.#cleaning = undefined;
        this.#watch.aborted(this.#life.failure, { error });
        throw error;
      },
    );
    return this.#cleaning;
  }

  #listen(signal: AbortSignal | undefined): void {
    if (signal === undefined) return;
    const onAbort = (): void => {
      this.abort(signal.reason).catch(() => undefined);
    };
    signal.addEventListener("abort", onAbort, { once: true });
    this.#stopListening = () => signal.removeEventListener("abort", onAbort);
  }
}

/** @throws SstTypeError ERR_SST_OPTION_INVALID unless it is a store. */
function assertStore(store: ObjectStore, call: string): void {
  if (typeof store?.put === "function" && typeof store.capabilities === "object" && store.capabilities !== null) return;
  throw new SstTypeError("ERR_SST_OPTION_INVALID", `the first argument of ${call} is an ObjectStore`, { details: { option: "store" } });
}
