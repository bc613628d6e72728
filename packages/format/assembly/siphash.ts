// SipHash-1-3 with the key 0, 0 (SlateDB SST format, section 5.1). ../src/siphash.ts is the readable one.

// "somepseudorandomlygeneratedbytes" in ASCII; the key, being zero, changes nothing in it.
const V0: u64 = 0x736f6d6570736575;
const V1: u64 = 0x646f72616e646f6d;
const V2: u64 = 0x6c7967656e657261;
const V3: u64 = 0x7465646279746573;

/** Marks the end of the message. */
const FINALIZATION: u64 = 0xff;
const FINAL_ROUNDS: u32 = 3;

/** The hash of `length` bytes. Up to 7 bytes behind them are read and do not count. */
export function sipHash13(at: usize, length: u32): u64 {
  let v0 = V0, v1 = V1, v2 = V2, v3 = V3;
  const rest = length & 7;
  const end = at + (length - rest);
  for (; at < end; at += 8) {
    const word = load<u64>(at);
    v3 ^= word;
    v0 += v1; v1 = rotl<u64>(v1, 13) ^ v0; v0 = rotl<u64>(v0, 32);
    v2 += v3; v3 = rotl<u64>(v3, 16) ^ v2;
    v0 += v3; v3 = rotl<u64>(v3, 21) ^ v0;
    v2 += v1; v1 = rotl<u64>(v1, 17) ^ v2; v2 = rotl<u64>(v2, 32);
    v0 ^= word;
  }
  let last: u64 = <u64>length << 56;
  if (rest != 0) last |= load<u64>(at) & (((<u64>1) << (rest << 3)) - 1);
  v3 ^= last;
  v0 += v1; v1 = rotl<u64>(v1, 13) ^ v0; v0 = rotl<u64>(v0, 32);
  v2 += v3; v3 = rotl<u64>(v3, 16) ^ v2;
  v0 += v3; v3 = rotl<u64>(v3, 21) ^ v0;
  v2 += v1; v1 = rotl<u64>(v1, 17) ^ v2; v2 = rotl<u64>(v2, 32);
  v0 ^= last;
  v2 ^= FINALIZATION;
  for (let round: u32 = 0; round < FINAL_ROUNDS; round++) {
    v0 += v1; v1 = rotl<u64>(v1, 13) ^ v0; v0 = rotl<u64>(v0, 32);
    v2 += v3; v3 = rotl<u64>(v3, 16) ^ v2;
    v0 += v3; v3 = rotl<u64>(v3, 21) ^ v0;
    v2 += v1; v1 = rotl<u64>(v1, 17) ^ v2; v2 = rotl<u64>(v2, 32);
  }
  return v0 ^ v1 ^ v2 ^ v3;
}
