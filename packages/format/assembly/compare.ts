// Runs of bytes held against each other.

/** Bytes that two runs share at their beginning, of at most `most`. */
@inline
export function commonLength(left: usize, right: usize, most: u32): u32 {
  let at: u32 = 0;
  while (at + 8 <= most) {
    const difference = load<u64>(left + at) ^ load<u64>(right + at);
    if (difference != 0) return at + <u32>(ctz<u64>(difference) >> 3);
    at += 8;
  }
  while (at < most && load<u8>(left + at) == load<u8>(right + at)) at++;
  return at;
}
