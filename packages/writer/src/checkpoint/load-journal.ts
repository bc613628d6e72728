// A journal read back: who may write now, what was published or where rows go on, as far as the store still has the parts.
import { isSstError, SstError, type SstIndexBuilder, type SstStatsBuilder } from "@slate-sst/format";
import type { CheckpointFingerprint, SstMetadata, WriterCheckpoint } from "@slate-sst/format/proto";
import { type CallOptions, isStoreError, type ObjectStore, type PartReceipt } from "@slate-sst/object-store";
import { enterBlocks } from "./block-delta.js";
import { type Cursor, cursorOf, type ResumePoint, resumePoint } from "./boundary.js";
import type { CheckpointState } from "./checkpointer.js";
import { assertSameFingerprint } from "./fingerprint.js";
import type { Journal } from "./journal.js";
import { chainOf, type RecordName, recordPath } from "./journal-names.js";
import { corruptRecord } from "./journal-record.js";
import { type KnownPart, knownPart, matchingReceipt } from "./known-part.js";

/** Records that are read ahead. */
const READ_AHEAD = 8;

/** What index, stats and filter are restored into. */
export interface RestoredTail {
  readonly index: SstIndexBuilder;
  readonly stats: SstStatsBuilder;
  addHashes(bytes: Uint8Array): void;
}

/** An SST whose close() was cut off: nothing but completion was left. */
export interface Finished {
  readonly finished: SstMetadata;
  readonly uploadId: string | undefined;
  readonly parts: readonly KnownPart[];
  /** The row that it ends with. */
  readonly end: ResumePoint | undefined;
}

/**
 * Finds the journal and makes this writer the only one that may go on.
 * @throws SstError ERR_SST_CHECKPOINT_MISSING, ERR_SST_CHECKPOINT_MISMATCH, ERR_SST_CHECKPOINT_CORRUPT, ERR_SST_FENCED, ERR_SST_WRITE.
 */
export async function takeOver(journal: Journal, fingerprint: CheckpointFingerprint, token: string | undefined): Promise<RecordName[]> {
  const { epochs, records } = await journal.names();
  const epoch = epochs.at(-1);
  const last = chainOf(records).at(-1);
  if (epoch === undefined && last === undefined) {
    throw new SstError("ERR_SST_CHECKPOINT_MISSING", `there is no journal for ${fingerprint.path} (${journal.where}): nothing was begun, or it was closed or aborted`, { details: { path: fingerprint.path, folder: journal.folder } });
  }
  // Without an epoch, the last record alone is left of a journal that was being removed.
  const begun = epoch === undefined ? await journal.readRecord(last!) : await journal.readEpoch(epoch);
  if (begun.fingerprint !== undefined) assertSameFingerprint(begun.fingerprint, fingerprint, journal.where);
  if (token !== undefined && token !== begun.journalId) {
    throw new SstError("ERR_SST_CHECKPOINT_MISMATCH", `the journal ${journal.where} is not the one that the token was given for`, { details: { fields: ["token"] } });
  }
  await journal.raise(begun.journalId, Number(begun.writtenAt), fingerprint);
  const now = await journal.names();
  if (epoch !== undefined && now.records.length === 0 && !now.epochs.some((other) => other < journal.epoch)) await journal.withdraw();
  return chainOf(now.records);
}

/** What the last record says when the SST was complete; undefined when rows go on. */
export async function readFinished(journal: Journal, chain: readonly RecordName[]): Promise<Finished | undefined> {
  const last = chain.at(-1);
  const record = last === undefined ? undefined : await readUnlessTorn(journal, last, true);
  if (record?.finished === undefined) return undefined;
  return { finished: record.finished, uploadId: record.uploadId, parts: record.parts.map(knownPart), end: record.cursor === undefined ? undefined : resumePoint(cursorOf(record.cursor)) };
}

/**
 * Enters the journal's records, one after the other, as far as the store has their parts.
 * @throws SstError ERR_SST_CHECKPOINT_CORRUPT, ERR_SST_CHECKPOINT_LOST, ERR_SST_WRITE.
 */
export async function restore(
  journal: Journal, chain: readonly RecordName[], store: ObjectStore, path: string, tail: RestoredTail, options: CallOptions,
): Promise<CheckpointState> {
  assertComplete(journal, chain);
  let uploadId: string | undefined;
  let parts: KnownPart[] = [];
  let cursor: Cursor | undefined;
  let there: ReadonlyMap<number, PartReceipt> | undefined;
  let offset = 0;
  const blocks = { crc32: [], rows: [] };
  for await (const [name, record] of readInOrder(journal, chain)) {
    if (record === undefined || record.finished !== undefined) break;
    if (record.previousEpoch !== (chain[name.sequence - 2]?.epoch ?? 0)) throw corruptRecord(recordPath(journal.folder, name), "does not follow the record before it");
    if (record.uploadId !== undefined) {
      uploadId = record.uploadId;
      there = await partsThere(store, path, uploadId, options);
    }
    if (record.cursor === undefined) {
      journal.follow(name);
      continue;
    }
    const next = record.parts.map(knownPart).map((part) => ({ ...part, receipt: there === undefined ? part.receipt : matchingReceipt(part.receipt, there.get(part.receipt.partNumber)) }));
    const held = next.flatMap(({ crc32, receipt }) => (receipt === undefined ? [] : [{ crc32, receipt }]));
    if (held.length < next.length) break;
    parts = [...parts, ...held];
    cursor = cursorOf(record.cursor);
    if (record.blocks !== undefined) offset = enterBlocks(record.blocks, offset, tail.index, tail.stats, blocks, recordPath(journal.folder, name));
    tail.addHashes(record.keyHashes);
    journal.follow(name);
  }
  return { uploadId, parts, cursor, blocks };
}

/** Records in order, some of them read ahead; the last one may be torn: then it counts as not written. */
async function* readInOrder(journal: Journal, chain: readonly RecordName[]): AsyncGenerator<readonly [RecordName, WriterCheckpoint | undefined], void, undefined> {
  const ahead: Promise<WriterCheckpoint | undefined>[] = [];
  for (const [at, name] of chain.entries()) {
    for (let next = at + ahead.length; next < Math.min(chain.length, at + READ_AHEAD); next++) {
      const reading = readUnlessTorn(journal, chain[next]!, next === chain.length - 1);
      reading.catch(() => undefined);
      ahead.push(reading);
    }
    yield [name, await ahead.shift()];
  }
}

async function readUnlessTorn(journal: Journal, name: RecordName, mayBeTorn: boolean): Promise<WriterCheckpoint | undefined> {
  try {
    return await journal.readRecord(name);
  } catch (error) {
    if (mayBeTorn && isSstError(error, "ERR_SST_CHECKPOINT_CORRUPT")) return undefined;
    throw error;
  }
}

function assertComplete(journal: Journal, chain: readonly RecordName[]): void {
  const gap = chain.findIndex(({ sequence }, at) => sequence !== at + 1);
  if (gap < 0) return;
  throw new SstError("ERR_SST_CHECKPOINT_CORRUPT", `the journal ${journal.where} has no record ${gap + 1}, and ${chain.length} others`, { details: { folder: journal.folder, sequence: gap + 1 } });
}

/** The parts that the store has of an upload; undefined where it cannot tell. */
async function partsThere(store: ObjectStore, path: string, uploadId: string, options: CallOptions): Promise<ReadonlyMap<number, PartReceipt> | undefined> {
  if (store.capabilities.uploads?.listParts !== true) return undefined;
  const there = new Map<number, PartReceipt>();
  try {
    for await (const part of store.listParts(path, uploadId, options)) there.set(part.partNumber, part);
  } catch (error) {
    if (!isStoreError(error, "ERR_STORE_UPLOAD_NOT_FOUND")) throw error;
    throw lostError(path, error);
  }
  return there;
}

/** The upload is not there any more. */
export function lostError(path: string, cause: unknown): SstError {
  const text = `the upload of ${path} is gone: it was aborted, it has expired, or its parts have; give the journal up by slate-sst uploads abort, and begin anew`;
  return new SstError("ERR_SST_CHECKPOINT_LOST", text, { cause, details: { path } });
}
