// The state of a writer at the end of a block, which together with index, stats and filter hashes is all it needs to go on.
import { type CheckpointCursor, CheckpointCursorSchema, create } from "@slate-sst/format/proto";
import type { NumberRange } from "../int64.js";

/** The row behind which a writer goes on. */
export interface ResumePoint {
  /** Key of the last row that needs not be written again. */
  readonly key: Uint8Array;
  /** Its sequence number. */
  readonly seq: bigint;
  /** Rows of the SST up to it. */
  readonly rows: number;
  /** Its place among all rows that were offered, from 0: refused ones and dropped duplicates count. The next row has the one after it. */
  readonly ordinal: number;
}

/** Where a block ends: rows before it are in blocks, no row behind it has been encoded. */
export interface Boundary {
  readonly rows: number;
  /** Rows offered before the one behind it. */
  readonly offered: number;
  readonly firstKey: Uint8Array;
  readonly lastKey: Uint8Array;
  readonly lastSeq: bigint;
  readonly seqs: NumberRange;
  readonly createTs: NumberRange;
  readonly expireTs: NumberRange;
}

/** A boundary behind which bytes are waiting that make no whole part. */
export interface Cursor extends Boundary {
  /** CRC-32 of the object's bytes before it. */
  readonly crc32: number;
  /** Bytes of the object before it that no part holds. */
  readonly pending: Uint8Array;
}

export function resumePoint({ lastKey, lastSeq, rows, offered }: Boundary): ResumePoint {
  return { key: lastKey, seq: lastSeq, rows, ordinal: offered - 1 };
}

export function cursorMessage({ seqs, createTs, expireTs, rows, offered, ...rest }: Cursor): CheckpointCursor {
  const cursor = create(CheckpointCursorSchema, {
    ...rest, rows: BigInt(rows), offered: BigInt(offered), minSeq: seqs.min ?? 0n, maxSeq: seqs.max ?? 0n,
    createTsCount: BigInt(createTs.count), expireTsCount: BigInt(expireTs.count),
  });
  if (createTs.min !== undefined && createTs.max !== undefined) [cursor.minCreateTs, cursor.maxCreateTs] = [createTs.min, createTs.max];
  if (expireTs.min !== undefined && expireTs.max !== undefined) [cursor.minExpireTs, cursor.maxExpireTs] = [expireTs.min, expireTs.max];
  return cursor;
}

export function cursorOf(message: CheckpointCursor): Cursor {
  const { firstKey, lastKey, lastSeq, crc32, pending } = message;
  return {
    firstKey, lastKey, lastSeq, crc32, pending,
    rows: Number(message.rows),
    offered: Number(message.offered),
    seqs: { count: Number(message.rows), min: message.minSeq, max: message.maxSeq },
    createTs: { count: Number(message.createTsCount), min: message.minCreateTs, max: message.maxCreateTs },
    expireTs: { count: Number(message.expireTsCount), min: message.minExpireTs, max: message.maxExpireTs },
  };
}
