// A row as its fields are stored.
import { FLAG_CREATE_TS, FLAG_EXPIRE_TS, FLAG_MERGE, FLAG_TOMBSTONE } from "@slate-sst/format";
import type { ForgedRow } from "../forgeries/forged-rows.js";
import type { GoldenRow } from "../side-car.js";

const NO_BYTES = new Uint8Array(0);
const WORD_BITS = 32n;
const half = (number: bigint, shift: bigint): number => Number(BigInt.asIntN(32, number >> shift));

/** A row's stored fields. @param before the key it shares a prefix with */
export function stored(row: GoldenRow, before: Uint8Array = NO_BYTES): ForgedRow {
  const { kind, key, value: bytes = NO_BYTES, seq, createTs, expireTs } = row;
  let shared = 0;
  while (shared < before.length && shared < key.length && before[shared] === key[shared]) shared++;
  const flags = (kind === "delete" ? FLAG_TOMBSTONE : kind === "merge" ? FLAG_MERGE : 0) | (createTs === undefined ? 0 : FLAG_CREATE_TS) | (expireTs === undefined ? 0 : FLAG_EXPIRE_TS);
  return {
    key, shared, value: bytes, flags, seqNumHi: half(seq, WORD_BITS), seqNumLo: half(seq, 0n),
    expireTsHi: half(expireTs ?? 0n, WORD_BITS), expireTsLo: half(expireTs ?? 0n, 0n), createTsHi: half(createTs ?? 0n, WORD_BITS), createTsLo: half(createTs ?? 0n, 0n),
  };
}
