// Rows to V2 blocks, one writer's: order, the rule of when a block is full, restart points, and what index, stats and filter need of
// each block. ../src/block-encoder.ts is the readable one; layouts come from the generated codecs.
import { commonLength } from "./compare";
import { RESTART_INTERVAL } from "./generated/constants";
import { decodeRowV2, encodeBlockV2, encodeRowV2, FLAG_CREATE_TS, FLAG_EXPIRE_TS, FLAG_MERGE, FLAG_TOMBSTONE, rowV2SuffixAt, sizeBlockV2, sizeRowV2 } from "./generated/codecs";
import { sipHash13 } from "./siphash";

/** What becomes of a row: in its block; out of order or with a length that is none; or not yet, as the block before it is full. */
const ACCEPTED: i32 = 0;
const REFUSED: i32 = -1;
const FULL: i32 = 1;

/** Words of 32 bits that describe a block, see describe(). */
const BLOCK_WORDS: usize = 10;

let blockSize: u32 = 0;
let gap: u32 = 0;
let keyBytesMax: u32 = 0;
let room: u32 = 0;
let restarts: usize = 0;
let outEnd: usize = 0;
let entries: usize = 0;
let entriesMax: u32 = 0;
let hashes: usize = 0;
let hashesMax: u32 = 0;
/** Hashes from which on rows that come one by one wait for them to be taken; a block has fewer rows than there is room for behind. */
let hashesSoft: u32 = 0;
/** Blocks that may be finished before one of these rows waits for them to be taken. */
let blocksOneByOne: u32 = 0;

/** Blocks finished and not yet taken, and hashes likewise. */
let blocks: u32 = 0;
let hashCount: u32 = 0;

/** The open block. */
let start: usize = 0;
let at: usize = 0;
let rows: u32 = 0;
let restartsCount: u32 = 0;
let separatorLength: u32 = 0;
let firstKeyAt: usize = 0;
let deletes: u32 = 0;
let merges: u32 = 0;
let keyBytes: u32 = 0;
let valueBytes: u32 = 0;

/** The row accepted last: its key, where the caller keeps it; no length when there is none. */
let lastKey: usize = 0;
let lastLength: i32 = -1;
let lastSeq: u64 = 0;

/** What rows have that bring none of their own. */
let tailSeq: u64 = 0;
let tailFlags: u32 = 0;
let tailExpireTs: i64 = 0;
let tailCreateTs: i64 = 0;

let seqMin: u64 = u64.MAX_VALUE;
let seqMax: u64 = 0;
let expireTsMin: i64 = i64.MAX_VALUE;
let expireTsMax: i64 = i64.MIN_VALUE;
let createTsMin: i64 = i64.MAX_VALUE;
let createTsMax: i64 = i64.MIN_VALUE;
let expireTsCount: u64 = 0;
let createTsCount: u64 = 0;

/**
 * Begins with no rows, whatever was before, and says where everything lies but the blocks, see rowsOut().
 * @param checksumBytes left free behind each finished block. @param rowBytesMax the largest row that will be offered.
 */
export function rowsBegin(
  size: u32, checksumBytes: u32, keyMax: u32, rowBytesMax: u32, restartsAt: usize,
  entriesAt: usize, entriesCount: u32, hashesAt: usize, hashesCount: u32, hashesTakenAt: u32, blocksTakenAt: u32,
): void {
  blockSize = size;
  gap = checksumBytes;
  keyBytesMax = keyMax;
  room = size + rowBytesMax + checksumBytes;
  restarts = restartsAt;
  entries = entriesAt;
  entriesMax = entriesCount;
  hashes = hashesAt;
  hashesMax = hashesCount;
  hashesSoft = hashesTakenAt;
  blocksOneByOne = blocksTakenAt;
  start = at = outEnd = firstKeyAt = lastKey = 0;
  blocks = hashCount = rows = restartsCount = separatorLength = deletes = merges = keyBytes = valueBytes = tailFlags = 0;
  lastLength = -1;
  lastSeq = tailSeq = seqMax = expireTsCount = createTsCount = 0;
  tailExpireTs = tailCreateTs = 0;
  seqMin = u64.MAX_VALUE;
  expireTsMin = createTsMin = i64.MAX_VALUE;
  expireTsMax = createTsMax = i64.MIN_VALUE;
}

/**
 * Blocks go to a place from now on, after those that were finished have been taken; the rows of the open block move there. It has
 * room for that block and the next row, or more.
 */
export function rowsOut(outAt: usize, outLength: u32): void {
  const length = at - start;
  if (rows != 0) {
    memory.copy(outAt, start, length);
    firstKeyAt = firstKeyAt - start + outAt;
  }
  start = outAt;
  at = outAt + length;
  outEnd = outAt + outLength;
}

/** Forgets the blocks that have been taken, and the hashes when they have been as well. */
export function rowsTaken(areHashesTaken: bool): void {
  blocks = 0;
  if (areHashesTaken) hashCount = 0;
}

/** Blocks finished since rowsTaken(). */
export function rowsBlocks(): u32 {
  return blocks;
}

/** Hashes made since rowsTaken(). */
export function rowsHashes(): u32 {
  return hashCount;
}

/** Rows of the open block. */
export function rowsOpen(): u32 {
  return rows;
}

/** Writes a description of the open block behind those of the finished ones. @returns its address. */
export function rowsDescribe(): usize {
  const entry = entries + <usize>blocks * (BLOCK_WORDS << 2);
  describe(entry);
  return entry;
}

/** Length of the key accepted last, -1 when there is none. */
export function rowsLastLength(): i32 {
  return lastLength;
}

/** Its address. */
export function rowsLastKey(): usize {
  return lastKey;
}

/** Writes its sequence number, then least and highest sequence number, count, least and highest of expire_ts, then of create_ts: nine words of 64 bits. */
export function rowsRanges(target: usize): void {
  store<u64>(target, lastSeq, 0);
  store<u64>(target, seqMin, 8);
  store<u64>(target, seqMax, 16);
  store<u64>(target, expireTsCount, 24);
  store<i64>(target, expireTsMin, 32);
  store<i64>(target, expireTsMax, 40);
  store<u64>(target, createTsCount, 48);
  store<i64>(target, createTsMin, 56);
  store<i64>(target, createTsMax, 64);
}

/** What the rows that follow have: the halves of a sequence number, flags, and the halves of the timestamps that the flags ask for. */
export function rowsTail(seqHi: u32, seqLo: u32, flags: u32, expireTsHi: u32, expireTsLo: u32, createTsHi: u32, createTsLo: u32): void {
  tailSeq = ((<u64>seqHi) << 32) | seqLo;
  tailFlags = flags;
  tailExpireTs = <i64>(((<u64>expireTsHi) << 32) | expireTsLo);
  tailCreateTs = <i64>(((<u64>createTsHi) << 32) | createTsLo);
}

/** Bytes that a key shares with the one accepted last, or REFUSED when it does not belong behind that. */
@inline
function prefixOf(key: usize, keyLength: u32, seq: u64): i32 {
  if (lastLength < 0) return 0;
  const length = <u32>lastLength;
  const shorter = keyLength < length ? keyLength : length;
  const common = commonLength(key, lastKey, shorter);
  if (common < shorter) return load<u8>(key + common) < load<u8>(lastKey + common) ? REFUSED : <i32>common;
  if (keyLength > length || (keyLength == length && seq < lastSeq)) return <i32>common;
  return REFUSED;
}

/** Writes what index and stats need of the open block: ten words, see the stores. */
@inline
function describe(entry: usize): void {
  store<u32>(entry, <u32>start, 0);
  store<u32>(entry, <u32>at, 4);
  store<u32>(entry, <u32>firstKeyAt, 8);
  store<u32>(entry, separatorLength, 12);
  store<u32>(entry, rows, 16);
  store<u32>(entry, deletes, 20);
  store<u32>(entry, merges, 24);
  store<u32>(entry, keyBytes, 28);
  store<u32>(entry, valueBytes, 32);
  store<u32>(entry, restartsCount, 36);
}

function finish(): void {
  at = encodeBlockV2(at, restarts, restartsCount);
  describe(entries + <usize>blocks * (BLOCK_WORDS << 2));
  blocks++;
  at += gap;
  start = at;
  rows = restartsCount = deletes = merges = keyBytes = valueBytes = 0;
}

/** Keeps what the next row is held against, and the ranges. */
@inline
function passed(key: usize, keyLength: u32, seq: u64, flags: u32, expireTs: i64, createTs: i64): void {
  lastKey = key;
  lastLength = <i32>keyLength;
  lastSeq = seq;
  if (seq < seqMin) seqMin = seq;
  if (seq > seqMax) seqMax = seq;
  if ((flags & FLAG_CREATE_TS) != 0) {
    createTsCount++;
    if (createTs < createTsMin) createTsMin = createTs;
    if (createTs > createTsMax) createTsMax = createTs;
  }
  if ((flags & FLAG_EXPIRE_TS) != 0) {
    expireTsCount++;
    if (expireTs < expireTsMin) expireTsMin = expireTs;
    if (expireTs > expireTsMax) expireTsMax = expireTs;
  }
}

@inline
function append(key: usize, keyLength: u32, value: usize, valueLength: u32, seq: u64, flags: u32, expireTs: i64, createTs: i64, isOneByOne: bool): i32 {
  if (keyLength == 0 || keyLength > keyBytesMax || ((flags & FLAG_TOMBSTONE) != 0 && valueLength != 0)) return REFUSED;
  const prefix = prefixOf(key, keyLength, seq);
  if (prefix < 0) return REFUSED;
  let isRestart = rows % RESTART_INTERVAL == 0;
  let shared: u32 = isRestart ? 0 : prefix;
  const size = sizeRowV2(shared, keyLength - shared, valueLength, flags);
  if (rows != 0 && <u32>(at - start) + size + sizeBlockV2(restartsCount + (isRestart ? 1 : 0)) > blockSize) {
    finish();
    if (outEnd - at < room || blocks == entriesMax) return FULL;
    if (isOneByOne && (blocks >= blocksOneByOne || hashCount >= hashesSoft)) return FULL;
    isRestart = true;
    shared = 0;
  }
  if (isRestart) {
    store<u16>(restarts + ((<usize>restartsCount) << 1), <u16>(at - start));
    restartsCount++;
  }
  const end = encodeRowV2(at, shared, key + shared, keyLength - shared, value, valueLength, seq, flags, <u64>expireTs, <u64>createTs);
  if (rows == 0) {
    // It stands whole in the block's first row.
    decodeRowV2(at, end);
    firstKeyAt = rowV2SuffixAt;
    separatorLength = lastLength < 0 ? 0 : <u32>prefix < keyLength ? <u32>prefix + 1 : keyLength;
  }
  at = end;
  rows++;
  keyBytes += keyLength;
  valueBytes += valueLength;
  if ((flags & FLAG_TOMBSTONE) != 0) deletes++;
  else if ((flags & FLAG_MERGE) != 0) merges++;
  if (hashesMax != 0) {
    store<u64>(hashes + ((<usize>hashCount) << 3), sipHash13(key, keyLength));
    hashCount++;
  }
  passed(key, keyLength, seq, flags, expireTs, createTs);
  return ACCEPTED;
}

/**
 * Offers a row with the tail set by rowsTail(). Its key stays where it is until the next row is accepted.
 * @returns ACCEPTED, REFUSED, or FULL: blocks are finished and have to be taken before the row is offered again. There may be finished
 * ones without that.
 */
export function rowsPut(key: usize, keyLength: u32, value: usize, valueLength: u32): i32 {
  return append(key, keyLength, value, valueLength, tailSeq, tailFlags, tailExpireTs, tailCreateTs, true);
}

/**
 * Offers rows in columns until one is refused or blocks have to be taken. Offsets are u32, one more than there are rows; `keyBase` and
 * `valueBase` are the offsets of what lies at `keys` and `values`. A column of flags, sequence numbers or timestamps that is 0 means
 * the tail's.
 * @param keep room for the key accepted last, as columns are written over. @returns rows accepted.
 */
export function rowsPutColumns(
  count: u32, keys: usize, keyOffsets: usize, keyBase: u32, values: usize, valueOffsets: usize, valueBase: u32,
  flags: usize, seqs: usize, expireTs: usize, createTs: usize, keep: usize,
): u32 {
  let row: u32 = 0;
  let keyStart = load<u32>(keyOffsets);
  let valueStart = load<u32>(valueOffsets);
  for (; row < count; row++) {
    if (hashesMax != 0 && hashCount == hashesMax) break;
    const keyEnd = load<u32>(keyOffsets + ((<usize>row) << 2), 4);
    const valueEnd = load<u32>(valueOffsets + ((<usize>row) << 2), 4);
    const answer = append(
      keys + (keyStart - keyBase), keyEnd - keyStart, values + (valueStart - valueBase), valueEnd - valueStart,
      seqs == 0 ? tailSeq : load<u64>(seqs + ((<usize>row) << 3)),
      flags == 0 ? tailFlags : <u32>load<u8>(flags + row),
      expireTs == 0 ? tailExpireTs : load<i64>(expireTs + ((<usize>row) << 3)),
      createTs == 0 ? tailCreateTs : load<i64>(createTs + ((<usize>row) << 3)),
      false,
    );
    if (answer != ACCEPTED) break;
    keyStart = keyEnd;
    valueStart = valueEnd;
  }
  if (row > 0) {
    memory.copy(keep, lastKey, lastLength);
    lastKey = keep;
  }
  return row;
}

/** Finishes the open block, unless it has no rows. */
export function rowsFinish(): void {
  if (rows != 0) finish();
}

/** Says that a row was written elsewhere, in a block of its own; its key lies at `key`. */
export function rowsPassed(key: usize, keyLength: u32): void {
  passed(key, keyLength, tailSeq, tailFlags, tailExpireTs, tailCreateTs);
}

/** Bytes a key shares with the one accepted last, or REFUSED when it does not belong behind that with the tail's sequence number. */
export function rowsPrefix(key: usize, keyLength: u32): i32 {
  return prefixOf(key, keyLength, tailSeq);
}
