// LZ4 blocks, byte for byte as Rust's lz4_flex 0.11.5 makes them. The format leaves the choice of matches to the compressor: hash, size
// of the table, steps and margins here are that library's, and each of them shows in the bytes.
import { copyBytes } from "./primitives";
import { copyMatch, matchEnd } from "./matches";
import { encodeLz4Stream } from "./generated/codecs";

/** Shortest match; a token counts from here. */
const MATCH_BYTES_MIN: u32 = 4;

/** Farthest match. */
const OFFSET_MAX: u32 = 65535;

/** The last bytes of a block, where no match begins, and those into which none reaches. */
const START_MARGIN: u32 = 12;
const MATCH_MARGIN: u32 = 6;

/** Positions below this one fit the entries of the small table. */
const SMALL_LENGTH_END: u32 = 65535;

const TABLE_BITS: u32 = 12;

/** The small table hashes 4 bytes, the large one 5. */
const HASH_4: u32 = 2654435761;
const HASH_5: u64 = 889523592379;

/** One byte is stepped over after so many tries that found nothing, two after as many more, and so on. */
const TRIES_BITS: u32 = 5;

/** Half a token that says that the rest of a length follows, in bytes of which all but the last are full. */
const LENGTH_MORE: u32 = 15;
const LENGTH_BYTE_MAX: u32 = 255;

/**
 * Compresses `length` bytes at `source` to what codec "lz4" stores, and returns its length. Beyond what it writes it writes over up to 15
 * bytes, and it reads up to 15 behind the source.
 * @param table 16 KiB for the call's own use.
 */
export function compressLz4(source: usize, length: u32, target: usize, table: usize): u32 {
  const block = encodeLz4Stream(target, length, 0, 0);
  const end = length < SMALL_LENGTH_END ? compressBlock<u16>(source, length, block, table) : compressBlock<u32>(source, length, block, table);
  return <u32>(end - target);
}

/** The address of the table's entry for the bytes at `at`. */
@inline
function entryFor<Entry>(table: usize, at: usize): usize {
  if (sizeof<Entry>() == 2) return table + ((<usize>(load<u32>(at) * HASH_4) >> (32 - TABLE_BITS)) << 1);
  return table + (<usize>(((load<u64>(at) << 24) * HASH_5) >> (64 - TABLE_BITS)) << 2);
}

/** Writes a block and returns the address behind it. Entries are positions; one that was never set is that of the block's first byte. */
function compressBlock<Entry>(source: usize, length: u32, out: usize, table: usize): usize {
  const end = source + length;
  if (length <= START_MARGIN) return writeLast(out, source, length);
  memory.fill(table, 0, sizeof<Entry>() << TABLE_BITS);
  const lastStart = end - START_MARGIN;
  const limit = end - MATCH_MARGIN;
  let literals = source;
  // A block begins with a literal.
  let at = source + 1;
  while (true) {
    let tries: u32 = 1 << TRIES_BITS;
    let next = at;
    let candidate: usize = 0;
    do {
      at = next;
      next += tries++ >> TRIES_BITS;
      if (at > lastStart) return writeLast(out, literals, <u32>(end - literals));
      const entry = entryFor<Entry>(table, at);
      candidate = source + <usize>load<Entry>(entry);
      store<Entry>(entry, <Entry>(at - source));
    } while ((sizeof<Entry>() > 2 && at - candidate > OFFSET_MAX) || load<u32>(candidate) != load<u32>(at));
    const next4 = at + MATCH_BYTES_MIN;
    const stop = matchEnd(next4, candidate + MATCH_BYTES_MIN, limit);
    const offset = <u32>(at - candidate);
    while (candidate > source && at > literals && load<u8>(at - 1) == load<u8>(candidate - 1)) {
      at--;
      candidate--;
    }
    const literalLength = <u32>(at - literals);
    const matchLength = <u32>(stop - at) - MATCH_BYTES_MIN;
    const before = stop - 2;
    store<Entry>(entryFor<Entry>(table, before), <Entry>(before - source));

    out = writeToken(out, literalLength, matchLength);
    out = copyBytes(out, literals, literalLength);
    store<u16>(out, <u16>offset);
    out += 2;
    if (matchLength >= LENGTH_MORE) out = writeMore(out, matchLength - LENGTH_MORE);
    literals = stop;
    at = stop;
  }
}

/** Writes the token and what it cannot hold of the literals' length. */
@inline
function writeToken(out: usize, literalLength: u32, matchLength: u32): usize {
  const high: u32 = literalLength < LENGTH_MORE ? literalLength : LENGTH_MORE;
  const low: u32 = matchLength < LENGTH_MORE ? matchLength : LENGTH_MORE;
  store<u8>(out++, (high << 4) | low);
  return literalLength < LENGTH_MORE ? out : writeMore(out, literalLength - LENGTH_MORE);
}

@inline
function writeMore(out: usize, length: u32): usize {
  while (length >= LENGTH_BYTE_MAX) {
    store<u8>(out++, LENGTH_BYTE_MAX);
    length -= LENGTH_BYTE_MAX;
  }
  store<u8>(out++, length);
  return out;
}

function writeLast(out: usize, literals: usize, length: u32): usize {
  return copyBytes(writeToken(out, length, 0), literals, length);
}

/** Where moreLength() stopped; 0 when the bytes ended before the length did, or it went beyond what was asked for. */
let moreEnd: usize = 0;

/** Adds the bytes of a length that goes on; lengths above `most` are refused. */
function moreLength(length: u32, at: usize, end: usize, most: u32): u32 {
  while (at < end && length <= most) {
    const byte: u32 = <u32>load<u8>(at++);
    length += byte;
    if (byte < LENGTH_BYTE_MAX) {
      moreEnd = at;
      return length;
    }
  }
  moreEnd = 0;
  return 0;
}

/**
 * Decompresses an LZ4 block of `length` bytes, both less than 2 GiB, to at most `capacity` bytes. Whatever the bytes are, nothing but
 * [target, target + capacity) and 15 bytes behind it is written, and up to 15 bytes behind the source are read.
 * @returns the length, or the position of a sequence that is not sound, as -1 less that position.
 */
export function decompressLz4(source: usize, length: u32, target: usize, capacity: u32): i32 {
  const end = source + length;
  const outEnd = target + capacity;
  let at = source;
  let out = target;
  while (at < end) {
    const sequence = at;
    const token: u32 = <u32>load<u8>(at++);
    let literalLength = token >> 4;
    if (literalLength == LENGTH_MORE) {
      literalLength = moreLength(literalLength, at, end, capacity);
      at = moreEnd;
      if (at == 0) return <i32>(source - sequence) - 1;
    }
    if (literalLength > <u32>(end - at) || literalLength > <u32>(outEnd - out)) return <i32>(source - sequence) - 1;
    out = copyBytes(out, at, literalLength);
    at += literalLength;
    // The last sequence has literals alone.
    if (at == end) return <i32>(out - target);
    if (end - at < 2) return <i32>(source - sequence) - 1;
    const offset: u32 = <u32>load<u16>(at);
    at += 2;
    let matchLength = token & LENGTH_MORE;
    if (matchLength == LENGTH_MORE) {
      matchLength = moreLength(matchLength, at, end, capacity);
      at = moreEnd;
      if (at == 0) return <i32>(source - sequence) - 1;
    }
    matchLength += MATCH_BYTES_MIN;
    if (offset == 0 || offset > <u32>(out - target) || matchLength > <u32>(outEnd - out)) return <i32>(source - sequence) - 1;
    out = copyMatch(out, offset, matchLength);
  }
  // A block ends behind literals, never behind a match.
  return <i32>(source - end) - 1;
}
