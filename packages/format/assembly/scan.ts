// Rows of data blocks as columns. As in verify-rows.ts the answer is "these blocks, surely" or "not sure", never what is wrong.
import { commonLength } from "./compare";
import { copyBytes } from "./primitives";
import { RESTART_INTERVAL } from "./generated/constants";
import {
  blockV2BodyEnd, blockV2Restarts, blockV2RestartsCount, decodeBlockV2, decodeRowV2, FLAG_TOMBSTONE, rowV2CreateTs, rowV2ExpireTs, rowV2Flags, rowV2SeqNum, rowV2Shared,
  rowV2SuffixAt, rowV2SuffixLength, rowV2ValueAt, rowV2ValueLength,
} from "./generated/codecs";

// Bytes of the table of columns: addresses, and what comes of them.
const KEYS: usize = 0;
const KEYS_END: usize = 4;
const KEY_OFFSETS: usize = 8;
const VALUES: usize = 12;
const VALUE_STARTS: usize = 16;
const VALUE_ENDS: usize = 20;
const FLAGS: usize = 24;
const SEQS: usize = 28;
const CREATES: usize = 32;
const EXPIRES: usize = 36;
const ROWS: usize = 40;

/**
 * Takes the rows of V2 payloads apart, up to the first payload that is not surely sound or whose keys do not fit. Their keys ascend,
 * versions of one key from the newest to the oldest.
 * @param entries addresses of start and end of each payload. @param columns the table: keys, where their room ends, their offsets from
 *   `keys` (one more than rows), values or 0 when they are to stay where they are, addresses where each value begins and ends, flags,
 *   sequence numbers, create_ts, expire_ts; then comes the number of rows.
 * @param sharedBlockBytesMax most bytes of a payload of more than one row. @returns payloads whose rows are there.
 */
export function scanBlocksV2(blocks: u32, entries: usize, columns: usize, keyBytesMax: u32, sharedBlockBytesMax: u32): u32 {
  const keys = <usize>load<u32>(columns, KEYS), keysEnd = <usize>load<u32>(columns, KEYS_END);
  const keyOffsets = <usize>load<u32>(columns, KEY_OFFSETS);
  const valueStarts = <usize>load<u32>(columns, VALUE_STARTS), valueEnds = <usize>load<u32>(columns, VALUE_ENDS);
  const flagsAt = <usize>load<u32>(columns, FLAGS), seqs = <usize>load<u32>(columns, SEQS);
  const creates = <usize>load<u32>(columns, CREATES), expires = <usize>load<u32>(columns, EXPIRES);
  let values = <usize>load<u32>(columns, VALUES);
  const copies = values != 0;
  let row: u32 = 0;
  let keyAt = keys, previous: usize = 0;
  let length: u32 = 0;
  let seq: u64 = 0;
  store<u32>(keyOffsets, 0);
  store<u32>(columns, 0, ROWS);
  for (let block: u32 = 0; block < blocks; block++) {
    const start = <usize>load<u32>(entries + (<usize>block << 3));
    const payloadEnd = <usize>load<u32>(entries + (<usize>block << 3), 4);
    if (!decodeBlockV2(start, payloadEnd)) return block;
    const end = blockV2BodyEnd;
    if (end == start || blockV2RestartsCount == 0) return block;
    let nth: u32 = 0, nextRestart: u32 = 0, restarts: u32 = 0, blockLength: u32 = 0;
    let at = start;
    while (at < end) {
      const rowAt = at;
      at = decodeRowV2(at, end);
      if (at == 0) return block;
      const shared = rowV2Shared, suffix = rowV2SuffixAt, suffixLength = rowV2SuffixLength, valueLength = rowV2ValueLength;
      const keyLength = shared + suffixLength;
      if (shared > blockLength || keyLength == 0 || keyLength > keyBytesMax || <usize>keyLength > keysEnd - keyAt) return block;
      if (nth == 1 && <u32>(payloadEnd - start) > sharedBlockBytesMax) return block;
      if (nth == nextRestart) {
        if (shared != 0 || restarts == blockV2RestartsCount || blockV2Restarts(restarts) != <u32>(rowAt - start)) return block;
        restarts++;
        nextRestart += RESTART_INTERVAL;
        const shorter = suffixLength < length ? suffixLength : length;
        const common = commonLength(suffix, previous, shorter);
        if (previous != 0 && (common == shorter ? suffixLength <= length : load<u8>(suffix + common) < load<u8>(previous + common))) {
          if (common != length || suffixLength != length || rowV2SeqNum >= seq) return block;
        }
      } else if (suffixLength == 0) {
        if (shared != length || rowV2SeqNum >= seq) return block;
      } else if (shared < length && load<u8>(suffix) <= load<u8>(previous + shared)) return block;
      if ((rowV2Flags & FLAG_TOMBSTONE) != 0 && valueLength != 0) return block;
      copyBytes(keyAt, previous, shared);
      copyBytes(keyAt + shared, suffix, suffixLength);
      previous = keyAt;
      length = blockLength = keyLength;
      seq = rowV2SeqNum;
      keyAt += keyLength;
      let value = rowV2ValueAt;
      if (copies) {
        copyBytes(values, value, valueLength);
        value = values;
        values += valueLength;
      }
      store<u32>(valueStarts + (<usize>row << 2), <u32>value);
      store<u32>(valueEnds + (<usize>row << 2), <u32>value + valueLength);
      store<u8>(flagsAt + row, rowV2Flags);
      store<u64>(seqs + (<usize>row << 3), seq);
      store<u64>(creates + (<usize>row << 3), rowV2CreateTs);
      store<u64>(expires + (<usize>row << 3), rowV2ExpireTs);
      row++;
      nth++;
      store<u32>(keyOffsets + (<usize>row << 2), <u32>(keyAt - keys));
    }
    if (restarts != blockV2RestartsCount) return block;
    store<u32>(columns, row, ROWS);
  }
  return blocks;
}
