// What the LZ77 codecs share: how far two runs agree, and the copy of a run that may overlap itself.

/**
 * The first address from `at` on where the bytes differ from those at `candidate`, at most `limit`. Up to 7 bytes behind `limit` are
 * read and do not count.
 */
@inline
export function matchEnd(at: usize, candidate: usize, limit: usize): usize {
  while (at < limit) {
    const difference = load<u64>(at) ^ load<u64>(candidate);
    if (difference != 0) {
      at += <usize>(ctz<u64>(difference) >> 3);
      break;
    }
    at += 8;
    candidate += 8;
  }
  return at < limit ? at : limit;
}

/** Repeats `length` bytes from `offset` bytes before; up to 15 bytes behind them are written over. Returns the address behind them. */
@inline
export function copyMatch(at: usize, offset: u32, length: u32): usize {
  const end = at + length;
  let from = at - offset;
  // While the runs overlap within a word, each copy doubles the distance: what lies between is whole repetitions.
  while (at - from < 16 && at < end) {
    v128.store(at, v128.load(from));
    at += at - from;
  }
  while (at < end) {
    v128.store(at, v128.load(from));
    at += 16;
    from += 16;
  }
  return end;
}
