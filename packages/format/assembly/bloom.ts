// The probes of a bloom filter (SlateDB SST format, section 5.1). ../src/bloom.ts is the readable one.

/** Below this number of bits, and with no more probes than bits, sums stay inside 32 bits and the step needs no modulo. */
const NARROW_BITS: u32 = 1 << 31;

/** A filter with this number of bits or more does not stay in a core's cache. */
const FAR_BITS: u32 = 1 << 22;

/** Numbers of bits that are known before the first of them is set; where they stand, below the callers' memory. */
const BITS_AHEAD: u32 = 384;
const AHEAD: usize = 512;

/** What setFar() has seen, so that it is not idle looking. */
let seen: u32 = 0;

/** Sets the probe bits of `count` hashes in a filter of `bits` bits, which are not 0. */
export function setBloomBits(filter: usize, bits: u32, probes: u32, hashes: usize, count: u32): void {
  if (bits < NARROW_BITS && probes <= bits) {
    if (bits < FAR_BITS || probes > BITS_AHEAD) setNarrow(filter, bits, probes, hashes, count);
    else setFar(filter, bits, probes, hashes, count);
  } else setWide(filter, bits, probes, hashes, count);
}

/** The modulo without a branch, which could not be predicted: the lesser of x and x - n, as unsigned numbers, is x modulo n. */
function setNarrow(filter: usize, bits: u32, probes: u32, hashes: usize, count: u32): void {
  const end = hashes + (<usize>count << 3);
  for (; hashes < end; hashes += 8) {
    let bit = load<u32>(hashes) % bits;
    let delta = load<u32>(hashes, 4) % bits;
    for (let probe: u32 = 0; probe < probes; probe++) {
      delta += probe;
      const lessDelta = delta - bits;
      delta = lessDelta < delta ? lessDelta : delta;
      const at = filter + <usize>(bit >> 3);
      store<u8>(at, <u32>load<u8>(at) | ((<u32>1) << (bit & 7)));
      bit += delta;
      const lessBit = bit - bits;
      bit = lessBit < bit ? lessBit : bit;
    }
  }
}

/**
 * The same for a filter that lies far away: many bytes are looked at, which the processor fetches at the same time, before the first
 * is changed.
 */
function setFar(filter: usize, bits: u32, probes: u32, hashes: usize, count: u32): void {
  const end = hashes + (<usize>count << 3);
  const step = <usize>(BITS_AHEAD / probes) << 3;
  while (hashes < end) {
    const pieceEnd = end - hashes < step ? end : hashes + step;
    let to = AHEAD;
    for (; hashes < pieceEnd; hashes += 8) {
      let bit = load<u32>(hashes) % bits;
      let delta = load<u32>(hashes, 4) % bits;
      for (let probe: u32 = 0; probe < probes; probe++) {
        delta += probe;
        const lessDelta = delta - bits;
        delta = lessDelta < delta ? lessDelta : delta;
        store<u32>(to, bit);
        to += 4;
        bit += delta;
        const lessBit = bit - bits;
        bit = lessBit < bit ? lessBit : bit;
      }
    }
    let found: u32 = 0;
    for (let from = AHEAD; from < to; from += 4) found += <u32>load<u8>(filter + <usize>(load<u32>(from) >> 3));
    seen = found;
    for (let from = AHEAD; from < to; from += 4) {
      const bit = load<u32>(from);
      const at = filter + <usize>(bit >> 3);
      store<u8>(at, <u32>load<u8>(at) | ((<u32>1) << (bit & 7)));
    }
  }
}

function setWide(filter: usize, bits: u32, probes: u32, hashes: usize, count: u32): void {
  const end = hashes + (<usize>count << 3);
  const divisor = <u64>bits;
  for (; hashes < end; hashes += 8) {
    let bit = <u64>load<u32>(hashes) % divisor;
    let delta = <u64>load<u32>(hashes, 4) % divisor;
    let step: u64 = 0;
    for (let probe: u32 = 0; probe < probes; probe++) {
      delta += step;
      if (delta >= divisor) delta -= divisor;
      const at = filter + <usize>(bit >> 3);
      store<u8>(at, <u32>load<u8>(at) | ((<u32>1) << (<u32>bit & 7)));
      bit += delta;
      if (bit >= divisor) bit -= divisor;
      // A filter may have fewer bits than probes: the step, too, is taken modulo the number of bits.
      step++;
      if (step == divisor) step = 0;
    }
  }
}

/** How many of the hashes a filter denies. */
export function countDenied(filter: usize, bits: u32, probes: u32, hashes: usize, count: u32): u32 {
  const end = hashes + (<usize>count << 3);
  const divisor = <u64>bits;
  let denied: u32 = 0;
  for (; hashes < end; hashes += 8) {
    let bit = <u64>load<u32>(hashes) % divisor;
    let delta = <u64>load<u32>(hashes, 4) % divisor;
    let step: u64 = 0;
    for (let probe: u32 = 0; probe < probes; probe++) {
      if (((<u32>load<u8>(filter + <usize>(bit >> 3)) >> (<u32>bit & 7)) & 1) == 0) {
        denied++;
        break;
      }
      delta += step;
      if (delta >= divisor) delta -= divisor;
      bit += delta;
      if (bit >= divisor) bit -= divisor;
      step++;
      if (step == divisor) step = 0;
    }
  }
  return denied;
}
