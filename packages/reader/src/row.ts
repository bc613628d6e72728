// Rows as a reader hands them out: every byte is a copy that belongs to the caller.
import { type BlockCursor, FLAG_CREATE_TS, FLAG_EXPIRE_TS, FLAG_MERGE, FLAG_TOMBSTONE } from "@slate-sst/format";

/** What every row has. */
interface RowBase {
  /** The row's key. */
  readonly key: Uint8Array;
  /** Sequence number, 0 to 2^64 - 1. */
  readonly seq: bigint;
  /** Milliseconds since the Unix epoch; undefined when the row has none. */
  readonly createTs: bigint | undefined;
  /** When it expires, in milliseconds since the Unix epoch; undefined where it does not. */
  readonly expireTs: bigint | undefined;
}

/** A put, or a merge operand, and its bytes. */
export interface ValueRow extends RowBase {
  /** Which of the two it is. */
  readonly kind: "put" | "merge";
  /** The row's value, or the operand; it may be empty. */
  readonly value: Uint8Array;
}

/** A delete, which has no value. */
export interface TombstoneRow extends RowBase {
  /** That it is a delete. */
  readonly kind: "delete";
  /** There is none. */
  readonly value: undefined;
}

/** A row of an SST: one version of one key. A writer takes it as it is. */
export type SstRow = ValueRow | TombstoneRow;

/** The same before the compiler is told that kind and value fit. */
export interface LooseRow extends RowBase {
  readonly kind: SstRow["kind"];
  readonly value: Uint8Array | undefined;
}

const HALF_BITS = 32n;
const LONG_BITS = 64;

const unsigned = (hi: number, lo: number): bigint => (BigInt(hi >>> 0) << HALF_BITS) | BigInt(lo >>> 0);
const signed = (hi: number, lo: number): bigint => BigInt.asIntN(LONG_BITS, unsigned(hi, lo));

/** The row that a cursor over `payload` stands on. */
export function rowAt(cursor: BlockCursor, payload: Uint8Array): SstRow {
  const { row } = cursor;
  const isTombstone = (row.flags & FLAG_TOMBSTONE) !== 0;
  const found: LooseRow = {
    kind: isTombstone ? "delete" : (row.flags & FLAG_MERGE) !== 0 ? "merge" : "put",
    key: cursor.key.slice(0, cursor.keyLength),
    value: isTombstone ? undefined : payload.slice(row.valueAt, row.valueAt + row.valueLength),
    seq: unsigned(row.seqNumHi, row.seqNumLo),
    createTs: (row.flags & FLAG_CREATE_TS) === 0 ? undefined : signed(row.createTsHi, row.createTsLo),
    expireTs: (row.flags & FLAG_EXPIRE_TS) === 0 ? undefined : signed(row.expireTsHi, row.expireTsLo),
  };
  return found as SstRow;
}
