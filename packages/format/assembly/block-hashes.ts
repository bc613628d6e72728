// The hashes of the keys of a finished block, made where the block lies: no key is copied for its hash alone.
import { copyBytes } from "./primitives";
import { decodeRowV2, rowV2Shared, rowV2SuffixAt, rowV2SuffixLength } from "./generated/codecs";
import { sipHash13 } from "./siphash";

/**
 * Hashes the keys of V2 rows in [at, end) to `hashes`, 8 bytes each, and returns how many there were; stops at a row that is not sound.
 * @param key room for the longest key, for the call's own use.
 */
export function hashBlockV2(at: usize, end: usize, key: usize, hashes: usize): u32 {
  const first = hashes;
  while (at < end) {
    at = decodeRowV2(at, end);
    if (at == 0) break;
    copyBytes(key + rowV2Shared, rowV2SuffixAt, rowV2SuffixLength);
    store<u64>(hashes, sipHash13(key, rowV2Shared + rowV2SuffixLength));
    hashes += 8;
  }
  return <u32>((hashes - first) >> 3);
}
