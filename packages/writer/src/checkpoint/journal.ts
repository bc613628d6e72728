// The journal of one SST: a folder of small objects, of which none is ever changed. Whoever wrote the epoch with the highest number
// may go on; everybody else notices it before the next part, and stops.
import { SstError } from "@slate-sst/format";
import { type CheckpointFingerprint, create, type WriterCheckpoint, WriterCheckpointSchema, WriterIdentitySchema } from "@slate-sst/format/proto";
import { bodySize, isStoreError, newWriteId, type ObjectStore } from "@slate-sst/object-store";
import { WRITER_NAME, WRITER_VERSION } from "../version.js";
import { writeError } from "../write-error.js";
import { epochOf, epochPath, epochsPrefix, recordOf, recordPath, type RecordName } from "./journal-names.js";
import { type CheckpointInit, corruptRecord, decodeRecord, encodeRecord, JOURNAL_LAYOUT, type RecordBulk } from "./journal-record.js";

/** Objects that are removed at the same time. */
const REMOVALS_AT_ONCE = 16;

/** Resumes that may be under way against each other before this one gives up. */
const RAISES_MAX = 3;

/** How old a look at the epochs may be before a part is sent. One follows each record anyway; this one keeps a writer that has slept from sending. */
const LOOK_AGE_MAX_MS = 1000;

/** Times that a journal is looked at for something to remove. */
const REMOVAL_ROUNDS_MAX = 3;

/** What lies in a journal's folder. */
export interface JournalNames {
  /** Ascending. */
  readonly epochs: readonly number[];
  /** Ascending by their sequence, and then by their epoch. */
  readonly records: readonly RecordName[];
  /** Whether anything lies there, be it of a kind that is not known. */
  readonly isEmpty: boolean;
}

/** Which objects of a journal go first: what is left when removal is cut off must not look like something else. */
export type RemovalOrder = "published" | "given up";

export class Journal {
  readonly folder: string;
  /** Drawn when the SST was begun; empty before begin() or raise(). */
  id = "";
  /** This writer's epoch; 0 before begin() or raise(). */
  epoch = 0;
  /** When the SST was begun. */
  begunAt = 0;
  readonly #store: ObjectStore;
  readonly #path: string;
  #signal: AbortSignal | undefined;
  #sequence = 0;
  #previousEpoch = 0;
  /** When the epochs were looked at, by the clock of this process. */
  #lookedAt = -Infinity;
  #last: Promise<void> = Promise.resolve();

  /** @param path of the SST, for errors. @param signal cuts requests off that write. */
  constructor(store: ObjectStore, folder: string, path: string, signal?: AbortSignal) {
    this.#store = store;
    this.folder = folder;
    this.#path = path;
    this.#signal = signal;
  }

  /** Where it lies, for messages. */
  get where(): string {
    return `${this.folder} in ${this.#store.url}`;
  }

  /** Requests are no longer cut off: the writer has been stopped, and what follows clears up behind it. */
  unbind(): void {
    this.#signal = undefined;
  }

  /** Begins a journal. @throws SstError ERR_SST_CHECKPOINT_EXISTS, ERR_SST_WRITE. */
  async begin(fingerprint: CheckpointFingerprint): Promise<void> {
    if (!(await this.names()).isEmpty) throw this.#existsError();
    this.id = newWriteId();
    this.begunAt = Date.now();
    if (!(await this.#createEpoch(1, fingerprint))) throw this.#existsError();
  }

  /**
   * Takes the journal over: from now on every other writer of it is an older one.
   * @throws SstError ERR_SST_FENCED when others do the same all the time; ERR_SST_WRITE.
   */
  async raise(id: string, begunAt: number, fingerprint: CheckpointFingerprint): Promise<void> {
    this.id = id;
    this.begunAt = begunAt;
    for (let raises = 0; raises < RAISES_MAX; raises++) {
      const { epochs } = await this.names();
      if (await this.#createEpoch((epochs.at(-1) ?? 0) + 1, fingerprint)) return;
    }
    throw this.#fencedError();
  }

  /** The journal was removed while this writer took it over: nothing of it may stay behind. @throws SstError ERR_SST_FENCED. */
  async withdraw(): Promise<never> {
    await this.#delete([epochPath(this.folder, this.epoch)]);
    throw this.#fencedError();
  }

  /** Says behind which record the next one comes. */
  follow({ sequence, epoch }: RecordName): void {
    this.#sequence = sequence;
    this.#previousEpoch = epoch;
  }

  /** Writes the next record. Records are written one after the other. @throws SstError ERR_SST_FENCED, ERR_SST_WRITE. */
  append(init: CheckpointInit, bulk?: RecordBulk): Promise<{ readonly sequence: number; readonly size: number }> {
    const done = this.#last.then(async () => {
      const name = { epoch: this.epoch, sequence: this.#sequence + 1 };
      const path = recordPath(this.folder, name);
      const size = await this.#put(path, { ...init, sequence: name.sequence, previousEpoch: this.#previousEpoch }, "overwrite", bulk);
      const newest = await this.#newestEpoch();
      // The newer writer is through, and the journal was removed: nothing may stay behind. Else it may go on from this very record.
      if (newest === 0) await this.#delete([path]);
      if (newest !== this.epoch) throw this.#fencedError();
      this.follow(name);
      return { sequence: name.sequence, size };
    });
    this.#last = done.then(() => undefined, () => undefined);
    return done;
  }

  /** Resolves when no record is being written any more. */
  async settled(): Promise<void> {
    await this.#last;
  }

  /** @throws SstError ERR_SST_FENCED unless this writer is the newest one. */
  async assertCurrent(): Promise<void> {
    if (!(await this.isCurrent())) throw this.#fencedError();
  }

  async isCurrent(): Promise<boolean> {
    return (await this.#newestEpoch()) === this.epoch;
  }

  /** The same before a part is sent, unless it was looked a moment ago. */
  async assertRecentlyCurrent(): Promise<void> {
    if (performance.now() - this.#lookedAt > LOOK_AGE_MAX_MS) await this.assertCurrent();
  }

  async #newestEpoch(): Promise<number> {
    this.#lookedAt = performance.now();
    let newest = 0;
    await this.#guarded(async () => {
      for await (const { path } of this.#store.list(epochsPrefix(this.folder), { signal: this.#signal })) newest = Math.max(newest, epochOf(this.folder, path) ?? 0);
    });
    return newest;
  }

  /** What lies in the folder. A listing ascends by paths, and so by the numbers in them. */
  async names(): Promise<JournalNames> {
    const epochs: number[] = [];
    const records: RecordName[] = [];
    let isEmpty = true;
    await this.#guarded(async () => {
      for await (const { path } of this.#store.list(`${this.folder}/`, { signal: this.#signal })) {
        isEmpty = false;
        const epoch = epochOf(this.folder, path);
        const record = recordOf(this.folder, path);
        if (epoch !== undefined) epochs.push(epoch);
        else if (record !== undefined) records.push(record);
      }
    });
    return { epochs, records, isEmpty };
  }

  /** What an epoch says. @throws SstError ERR_SST_CHECKPOINT_CORRUPT; ERR_SST_UNSUPPORTED; ERR_SST_WRITE. */
  async readEpoch(epoch: number): Promise<WriterCheckpoint> {
    const path = epochPath(this.folder, epoch);
    const record = await this.#read(path);
    if (record.epoch !== epoch || record.journalId === "" || record.fingerprint === undefined) throw corruptRecord(path, "is no epoch of this journal");
    return record;
  }

  /** A record, which belongs here. @throws SstError ERR_SST_CHECKPOINT_CORRUPT; ERR_SST_UNSUPPORTED; ERR_SST_WRITE. */
  async readRecord({ epoch, sequence }: RecordName): Promise<WriterCheckpoint> {
    const path = recordPath(this.folder, { epoch, sequence });
    const record = await this.#read(path);
    if (this.id !== "" && record.journalId !== this.id) throw corruptRecord(path, "belongs to another journal");
    if (record.epoch !== epoch || record.sequence !== sequence) throw corruptRecord(path, `is record ${record.sequence} of epoch ${record.epoch} by what it holds`);
    return record;
  }

  /**
   * Removes the journal. Published: the last record goes last, since it tells what was published. Given up: newest records first,
   * so that what is left is what there was before.
   */
  async remove(order: RemovalOrder): Promise<void> {
    await this.settled();
    // Again, for what an older writer put there meanwhile. One that does so later finds no epoch, and removes it itself.
    for (let names = await this.names(), round = 0; round < REMOVAL_ROUNDS_MAX && names.epochs.length + names.records.length > 0; names = await this.names(), round++) {
      await this.#remove(names, order);
    }
  }

  async #remove({ epochs, records }: JournalNames, order: RemovalOrder): Promise<void> {
    const ascending = records.map((record) => recordPath(this.folder, record));
    const epochPaths = epochs.map((epoch) => epochPath(this.folder, epoch));
    if (order === "published") {
      const last = ascending.pop();
      await this.#delete(ascending);
      await this.#delete(epochPaths);
      if (last !== undefined) await this.#delete([last]);
      return;
    }
    for (const path of ascending.reverse()) await this.#delete([path]);
    await this.#delete(epochPaths);
  }

  async #delete(paths: readonly string[]): Promise<void> {
    for (let from = 0; from < paths.length; from += REMOVALS_AT_ONCE) {
      await this.#guarded(async () => {
        await Promise.all(paths.slice(from, from + REMOVALS_AT_ONCE).map(async (path) => await this.#store.delete(path)));
      });
    }
  }

  /** @returns false when somebody else has created it. */
  async #createEpoch(epoch: number, fingerprint: CheckpointFingerprint): Promise<boolean> {
    this.epoch = epoch;
    try {
      await this.#put(epochPath(this.folder, epoch), { fingerprint, writtenAt: BigInt(this.begunAt) }, "create");
      return true;
    } catch (error) {
      if (error instanceof SstError && isStoreError(error.cause, "ERR_STORE_ALREADY_EXISTS")) return false;
      throw error;
    }
  }

  async #put(path: string, init: CheckpointInit, mode: "create" | "overwrite", bulk: RecordBulk = {}): Promise<number> {
    const record = create(WriterCheckpointSchema, init);
    record.layout = JOURNAL_LAYOUT;
    record.journalId = this.id;
    record.epoch = this.epoch;
    if (record.writtenAt === 0n) record.writtenAt = BigInt(Date.now());
    record.writer = create(WriterIdentitySchema, { name: WRITER_NAME, version: WRITER_VERSION });
    const bytes = encodeRecord(record, bulk);
    await this.#guarded(async () => await this.#store.put(path, bytes, { mode, signal: this.#signal }));
    return bodySize(bytes);
  }

  async #read(path: string): Promise<WriterCheckpoint> {
    return decodeRecord(await this.#guarded(async () => await this.#store.get(path, { signal: this.#signal })), path);
  }

  async #guarded<Answer>(act: () => Promise<Answer>): Promise<Answer> {
    try {
      return await act();
    } catch (error) {
      if (error instanceof SstError) throw error;
      // Cut off: the reason is what the writer tells.
      this.#signal?.throwIfAborted();
      throw journalError(this.where, error);
    }
  }

  #existsError(): SstError {
    const text = `a journal for ${this.#path} is there already (${this.where}): go on with it by SstWriter.resume, or give it up by slate-sst uploads abort`;
    return new SstError("ERR_SST_CHECKPOINT_EXISTS", text, { details: { path: this.#path, folder: this.folder } });
  }

  #fencedError(): SstError {
    const text = `${this.#path}: another writer has resumed this SST or ended it, and this one (epoch ${this.epoch}) has stopped; nothing of the other's was touched`;
    return new SstError("ERR_SST_FENCED", text, { details: { path: this.#path, epoch: this.epoch } });
  }
}

/** A failure of the journal's store. */
function journalError(where: string, cause: unknown): SstError {
  const { details } = writeError(where, cause);
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new SstError("ERR_SST_WRITE", `the journal ${where} failed: ${reason}`, { cause, details });
}
