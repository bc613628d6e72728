// Data blocks walked row by row where they lie, held against every rule that a sound block keeps. The answer is "sound, and these are
// the sums" or "not sure", never which rule is broken: whoever asks finds that out from the same bytes, in TypeScript.
import { commonLength } from "./compare";
import { copyBytes } from "./primitives";
import { RESTART_INTERVAL } from "./generated/constants";
import {
  blockV2BodyEnd, blockV2Restarts, blockV2RestartsCount, decodeBlockV2, decodeRowV2, FLAG_CREATE_TS, FLAG_EXPIRE_TS, FLAG_MERGE, FLAG_TOMBSTONE, rowV2CreateTs,
  rowV2ExpireTs, rowV2Flags, rowV2SeqNum, rowV2Shared, rowV2SuffixAt, rowV2SuffixLength, rowV2ValueLength,
} from "./generated/codecs";
import { sipHash13 } from "./siphash";

// Bytes of the state from one block to the next. The present key lies in one of two buffers: a block that is given up leaves the
// key before it untouched.
const STATE_BUFFER: usize = 0;
const STATE_KEY_LENGTH: usize = 4;
const STATE_SEQ: usize = 8;
const STATE_HAS_KEY: usize = 16;
const STATE_MIN_SEQ: usize = 24;
const STATE_MAX_SEQ: usize = 32;
const STATE_MIN_CREATE: usize = 40;
const STATE_MAX_CREATE: usize = 48;
const STATE_MIN_EXPIRE: usize = 56;
const STATE_MAX_EXPIRE: usize = 64;

// Bytes of a block's entry: what is asked, and what is answered.
const ENTRY_START: usize = 0;
const ENTRY_END: usize = 4;
const ENTRY_SEPARATOR: usize = 8;
const ENTRY_SEPARATOR_LENGTH: usize = 12;
const ENTRY_ROWS: usize = 16;
const ENTRY_DELETES: usize = 20;
const ENTRY_MERGES: usize = 24;
const ENTRY_KEY_BYTES: usize = 28;
const ENTRY_VALUE_BYTES: usize = 32;
const ENTRY_FIRST_KEY: usize = 36;
const ENTRY_FIRST_KEY_LENGTH: usize = 40;
const ENTRY_CREATE_COUNT: usize = 44;
const ENTRY_FIRST_SEQ: usize = 48;
const ENTRY_EXPIRE_COUNT: usize = 56;
const ENTRY_BYTES: usize = 64;

/** Sets the state to "no row before", with nothing in its ranges. */
export function checkRowsBegin(state: usize): void {
  memory.fill(state, 0, STATE_MIN_SEQ);
  store<u64>(state, u64.MAX_VALUE, STATE_MIN_SEQ);
  store<u64>(state, 0, STATE_MAX_SEQ);
  store<i64>(state, i64.MAX_VALUE, STATE_MIN_CREATE);
  store<i64>(state, i64.MIN_VALUE, STATE_MAX_CREATE);
  store<i64>(state, i64.MAX_VALUE, STATE_MIN_EXPIRE);
  store<i64>(state, i64.MIN_VALUE, STATE_MAX_EXPIRE);
}

/** Whether the bytes of a separator are those it should have. */
@inline
function isSeparator(separator: usize, length: u32, key: usize, expected: u32): bool {
  return length == expected && separator != 0 && commonLength(separator, key, expected) == expected;
}

/**
 * Checks V2 payloads one after the other, up to the first that is not surely sound.
 * @param entries 64 bytes a block; addresses of payload and separator are the caller's to check. A separator at 0 is never right.
 * @param isFirst whether the first of them is the file's first block, whose separator is empty.
 * @param state see above. @param keys two buffers of `keyRoom` bytes: the longest key and slack.
 * @param hashes 8 bytes for each row, or 0 when none are wanted.
 * @param sharedBlockBytesMax most bytes of a payload of more than one row.
 * @returns payloads that are sound; state, entries and hashes are those behind the last of them.
 */
export function checkBlocksV2(
  blocks: u32, entries: usize, isFirst: bool, state: usize, keys: usize, keyRoom: u32, keyBytesMax: u32, hashes: usize, sharedBlockBytesMax: u32,
): u32 {
  let key = keys + <usize>(load<u32>(state, STATE_BUFFER) * keyRoom);
  let length = load<u32>(state, STATE_KEY_LENGTH);
  let seq = load<u64>(state, STATE_SEQ);
  let hasKey = load<u32>(state, STATE_HAS_KEY) != 0;
  let minSeq = load<u64>(state, STATE_MIN_SEQ), maxSeq = load<u64>(state, STATE_MAX_SEQ);
  let minCreate = load<i64>(state, STATE_MIN_CREATE), maxCreate = load<i64>(state, STATE_MAX_CREATE);
  let minExpire = load<i64>(state, STATE_MIN_EXPIRE), maxExpire = load<i64>(state, STATE_MAX_EXPIRE);
  for (let block: u32 = 0; block < blocks; block++) {
    const entry = entries + <usize>block * ENTRY_BYTES;
    const start = <usize>load<u32>(entry, ENTRY_START);
    const payloadEnd = <usize>load<u32>(entry, ENTRY_END);
    if (!decodeBlockV2(start, payloadEnd)) return block;
    const end = blockV2BodyEnd;
    if (end == start || blockV2RestartsCount == 0) return block;
    let rows: u32 = 0, deletes: u32 = 0, merges: u32 = 0, keyBytes: u32 = 0, valueBytes: u32 = 0, creates: u32 = 0, expires: u32 = 0;
    let firstLength: u32 = 0, firstCommon: u32 = 0, nextRestart: u32 = 0, restarts: u32 = 0;
    let firstAt: usize = 0;
    let firstSeq: u64 = 0;
    let at = start;
    while (at < end) {
      const rowAt = at;
      at = decodeRowV2(at, end);
      if (at == 0) return block;
      const shared = rowV2Shared, suffix = rowV2SuffixAt, suffixLength = rowV2SuffixLength, flags = rowV2Flags;
      const rowSeq = rowV2SeqNum;
      if (rows == 1 && <u32>(payloadEnd - start) > sharedBlockBytesMax) return block;
      if (rows == nextRestart) {
        if (shared != 0 || suffixLength == 0 || suffixLength > keyBytesMax) return block;
        if (restarts == blockV2RestartsCount || blockV2Restarts(restarts) != <u32>(rowAt - start)) return block;
        restarts++;
        nextRestart += RESTART_INTERVAL;
        const shorter = suffixLength < length ? suffixLength : length;
        const common = commonLength(suffix, key, shorter);
        if (hasKey && (common == shorter ? suffixLength <= length : load<u8>(suffix + common) < load<u8>(key + common))) {
          if (common != length || suffixLength != length || rowSeq >= seq) return block;
        }
        if (rows == 0) {
          firstAt = suffix;
          firstLength = suffixLength;
          firstCommon = common;
          firstSeq = rowSeq;
          key = keys + (key == keys ? <usize>keyRoom : 0);
        }
        length = suffixLength;
      } else {
        if (shared > length) return block;
        if (suffixLength == 0) {
          if (shared != length || rowSeq >= seq) return block;
        } else if (shared < length && load<u8>(suffix) <= load<u8>(key + shared)) return block;
        length = shared + suffixLength;
        if (length > keyBytesMax) return block;
      }
      copyBytes(key + shared, suffix, suffixLength);
      hasKey = true;
      seq = rowSeq;
      if (rowSeq < minSeq) minSeq = rowSeq;
      if (rowSeq > maxSeq) maxSeq = rowSeq;
      if ((flags & FLAG_TOMBSTONE) != 0) {
        if (rowV2ValueLength != 0) return block;
        deletes++;
      } else if ((flags & FLAG_MERGE) != 0) merges++;
      if ((flags & FLAG_CREATE_TS) != 0) {
        const create = <i64>rowV2CreateTs;
        creates++;
        if (create < minCreate) minCreate = create;
        if (create > maxCreate) maxCreate = create;
      }
      if ((flags & FLAG_EXPIRE_TS) != 0) {
        const expire = <i64>rowV2ExpireTs;
        expires++;
        if (expire < minExpire) minExpire = expire;
        if (expire > maxExpire) maxExpire = expire;
      }
      keyBytes += length;
      valueBytes += rowV2ValueLength;
      if (hashes != 0) {
        store<u64>(hashes, sipHash13(key, length));
        hashes += 8;
      }
      rows++;
    }
    if (restarts != blockV2RestartsCount) return block;
    const separator = <usize>load<u32>(entry, ENTRY_SEPARATOR);
    const separatorLength = load<u32>(entry, ENTRY_SEPARATOR_LENGTH);
    if (load<u32>(state, STATE_HAS_KEY) != 0) {
      if (!isSeparator(separator, separatorLength, firstAt, firstCommon + 1 < firstLength ? firstCommon + 1 : firstLength)) return block;
    } else if (isFirst && block == 0 && separatorLength != 0) return block;
    store<u32>(entry, rows, ENTRY_ROWS);
    store<u32>(entry, deletes, ENTRY_DELETES);
    store<u32>(entry, merges, ENTRY_MERGES);
    store<u32>(entry, keyBytes, ENTRY_KEY_BYTES);
    store<u32>(entry, valueBytes, ENTRY_VALUE_BYTES);
    store<u32>(entry, <u32>firstAt, ENTRY_FIRST_KEY);
    store<u32>(entry, firstLength, ENTRY_FIRST_KEY_LENGTH);
    store<u32>(entry, creates, ENTRY_CREATE_COUNT);
    store<u32>(entry, expires, ENTRY_EXPIRE_COUNT);
    store<u64>(entry, firstSeq, ENTRY_FIRST_SEQ);
    store<u32>(state, key == keys ? 0 : 1, STATE_BUFFER);
    store<u32>(state, length, STATE_KEY_LENGTH);
    store<u64>(state, seq, STATE_SEQ);
    store<u32>(state, 1, STATE_HAS_KEY);
    store<u64>(state, minSeq, STATE_MIN_SEQ);
    store<u64>(state, maxSeq, STATE_MAX_SEQ);
    store<i64>(state, minCreate, STATE_MIN_CREATE);
    store<i64>(state, maxCreate, STATE_MAX_CREATE);
    store<i64>(state, minExpire, STATE_MIN_EXPIRE);
    store<i64>(state, maxExpire, STATE_MAX_EXPIRE);
  }
  return blocks;
}
