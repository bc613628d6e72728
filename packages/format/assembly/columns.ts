// Rows in columns to whole V2 blocks. Only blocks that are full are kept: the rows behind them come again, with more rows or one by
// one. What has to be refused ends the run, too; whoever encodes it row by row says why.
import { copyBytes } from "./primitives";
import { RESTART_INTERVAL } from "./generated/constants";
import { encodeBlockV2, encodeRowV2, FLAG_CREATE_TS, FLAG_EXPIRE_TS, FLAG_MERGE, FLAG_TOMBSTONE, sizeBlockV2, sizeRowV2 } from "./generated/codecs";
import { sipHash13 } from "./siphash";

/** Words of 32 bits that the run leaves for each block. */
const BLOCK_WORDS: u32 = 8;

/** Words of 64 bits of the ranges: least and highest sequence number, create_ts, expire_ts. */
const RANGE_MIN_SEQ: usize = 0;
const RANGE_MAX_SEQ: usize = 8;
const RANGE_MIN_CREATE: usize = 16;
const RANGE_MAX_CREATE: usize = 24;
const RANGE_MIN_EXPIRE: usize = 32;
const RANGE_MAX_EXPIRE: usize = 40;

/** Bytes that the checksum behind a block takes; it is left to the caller. */
let gap: u32 = 0;
let blockSize: u32 = 0;
let restarts: usize = 0;
let ranges: usize = 0;

/** Blocks finished by the last run, and where they end. */
let blocks: u32 = 0;
let outEnd: usize = 0;

export function columnsBegin(size: u32, checksumBytes: u32, restartsAt: usize, rangesAt: usize): void {
  blockSize = size;
  gap = checksumBytes;
  restarts = restartsAt;
  ranges = rangesAt;
}

export function columnsBlocks(): u32 {
  return blocks;
}

export function columnsEnd(): usize {
  return outEnd;
}

/** Bytes two keys share. */
// @ts-ignore: decorator
@inline
function commonLength(left: usize, right: usize, most: u32): u32 {
  let at: u32 = 0;
  while (at + 8 <= most) {
    const difference = load<u64>(left + at) ^ load<u64>(right + at);
    if (difference != 0) return at + <u32>(ctz<u64>(difference) >> 3);
    at += 8;
  }
  while (at < most && load<u8>(left + at) == load<u8>(right + at)) at++;
  return at;
}

/**
 * Encodes rows from the first to as many as end in a full block. Offsets are of u32, one more than there are rows; `keyBase` and
 * `valueBase` are the offsets of what lies at `keys` and `values`.
 * @param flags of each row, or 0 when `allFlags` are those of every row.
 * @param seqs of each row, or 0 when `allSeqs` is that of every row. @param createTs, expireTs likewise; unused where no flag asks for them.
 * @param last the key before the first row, of `lastLength` bytes; -1 when there is none.
 * @param entries BLOCK_WORDS words a block: end of the block's rows and trailer, rows up to its end, bytes its first key shares with the
 *   key before, tombstones, merge operands, bytes of keys, bytes of values, rows.
 * @returns rows that lie in finished blocks.
 */
export function encodeColumnsV2(
  rows: u32, keys: usize, keyOffsets: usize, keyBase: u32, values: usize, valueOffsets: usize, valueBase: u32,
  flags: usize, allFlags: u32, seqs: usize, allSeqs: u64, createTs: usize, expireTs: usize,
  last: usize, lastLength: i32, lastSeq: u64, keyBytesMax: u32, out: usize, outLimit: usize, entries: usize, hashes: usize,
): u32 {
  let at = out;
  let blockStart = out;
  let blockRows: u32 = 0, restartsCount: u32 = 0, blockPrefix: u32 = 0;
  let deletes: u32 = 0, merges: u32 = 0, keyBytes: u32 = 0, valueBytes: u32 = 0;
  let done: u32 = 0;
  let previous = last, previousSeq = lastSeq;
  let previousLength = lastLength;
  let minSeq: u64 = u64.MAX_VALUE, maxSeq: u64 = 0;
  let minCreate: i64 = i64.MAX_VALUE, maxCreate: i64 = i64.MIN_VALUE, minExpire: i64 = i64.MAX_VALUE, maxExpire: i64 = i64.MIN_VALUE;
  blocks = 0;
  outEnd = out;
  for (let row: u32 = 0; row < rows; row++) {
    const keyStart = load<u32>(keyOffsets + (<usize>row << 2)) - keyBase;
    const keyLength = load<u32>(keyOffsets + (<usize>row << 2), 4) - keyBase - keyStart;
    const valueStart = load<u32>(valueOffsets + (<usize>row << 2)) - valueBase;
    const valueLength = load<u32>(valueOffsets + (<usize>row << 2), 4) - valueBase - valueStart;
    const rowFlags: u32 = flags == 0 ? allFlags : <u32>load<u8>(flags + row);
    const seq: u64 = seqs == 0 ? allSeqs : load<u64>(seqs + (<usize>row << 3));
    if (keyLength == 0 || keyLength > keyBytesMax) break;
    if ((rowFlags & FLAG_TOMBSTONE) != 0 && valueLength != 0) break;
    const key = keys + keyStart;
    let prefix: u32 = 0;
    if (previousLength >= 0) {
      const shorter: u32 = keyLength < <u32>previousLength ? keyLength : <u32>previousLength;
      prefix = commonLength(key, previous, shorter);
      if (prefix == shorter ? keyLength <= <u32>previousLength : load<u8>(key + prefix) < load<u8>(previous + prefix)) {
        if (prefix != keyLength || keyLength != <u32>previousLength || seq >= previousSeq) break;
      }
    }
    let isRestart = blockRows % RESTART_INTERVAL == 0;
    let shared: u32 = isRestart ? 0 : prefix;
    let size = sizeRowV2(shared, keyLength - shared, valueLength, rowFlags);
    if (blockRows != 0 && <u32>(at - blockStart) + size + sizeBlockV2(restartsCount + (isRestart ? 1 : 0)) > blockSize) {
      at = encodeBlockV2(at, restarts, restartsCount);
      const entry = entries + (<usize>(blocks * BLOCK_WORDS) << 2);
      store<u32>(entry, <u32>at);
      store<u32>(entry, row, 4);
      store<u32>(entry, blockPrefix, 8);
      store<u32>(entry, deletes, 12);
      store<u32>(entry, merges, 16);
      store<u32>(entry, keyBytes, 20);
      store<u32>(entry, valueBytes, 24);
      store<u32>(entry, blockRows, 28);
      blocks++;
      at += gap;
      outEnd = at;
      done = row;
      store<u64>(ranges, minSeq, RANGE_MIN_SEQ);
      store<u64>(ranges, maxSeq, RANGE_MAX_SEQ);
      store<i64>(ranges, minCreate, RANGE_MIN_CREATE);
      store<i64>(ranges, maxCreate, RANGE_MAX_CREATE);
      store<i64>(ranges, minExpire, RANGE_MIN_EXPIRE);
      store<i64>(ranges, maxExpire, RANGE_MAX_EXPIRE);
      blockStart = at;
      blockRows = restartsCount = deletes = merges = keyBytes = valueBytes = 0;
      isRestart = true;
      shared = 0;
      size = sizeRowV2(0, keyLength, valueLength, rowFlags);
    }
    if (at + size > outLimit) break;
    if (blockRows == 0) blockPrefix = prefix;
    if (isRestart) {
      store<u16>(restarts + ((<usize>restartsCount) << 1), <u16>(at - blockStart));
      restartsCount++;
    }
    let create: i64 = 0, expire: i64 = 0;
    if ((rowFlags & FLAG_CREATE_TS) != 0) {
      create = load<i64>(createTs + (<usize>row << 3));
      if (create < minCreate) minCreate = create;
      if (create > maxCreate) maxCreate = create;
    }
    if ((rowFlags & FLAG_EXPIRE_TS) != 0) {
      expire = load<i64>(expireTs + (<usize>row << 3));
      if (expire < minExpire) minExpire = expire;
      if (expire > maxExpire) maxExpire = expire;
    }
    if (seq < minSeq) minSeq = seq;
    if (seq > maxSeq) maxSeq = seq;
    at = encodeRowV2(at, shared, key + shared, keyLength - shared, values + valueStart, valueLength, seq, rowFlags, <u64>expire, <u64>create);
    blockRows++;
    keyBytes += keyLength;
    valueBytes += valueLength;
    if ((rowFlags & FLAG_TOMBSTONE) != 0) deletes++;
    else if ((rowFlags & FLAG_MERGE) != 0) merges++;
    if (hashes != 0) store<u64>(hashes + (<usize>row << 3), sipHash13(key, keyLength));
    previous = key;
    previousLength = keyLength;
    previousSeq = seq;
  }
  return done;
}
