// Raw Snappy, byte for byte as Rust's snap 1.1.1 makes it. The format leaves the choice of copies to the compressor: fragments, hash, size
// of the table, steps, margins and forms of copies here are that library's, and each of them shows in the bytes.
import { copyBytes, writeVarint } from "./primitives";
import { copyMatch, matchEnd } from "./matches";

/** Copies reach no further back than the beginning of their fragment. */
const FRAGMENT_BYTES: u32 = 65536;

/** Entries of the table are a power of two, the least that is no smaller than the fragment, within these bounds. */
const TABLE_BITS_MIN: u32 = 8;
const TABLE_BITS_MAX: u32 = 14;

/** The last bytes of a fragment, where no copy begins; a fragment that has little more is a literal. */
const START_MARGIN: u32 = 15;
const COMPRESSED_BYTES_MIN: u32 = 17;

const HASH: u32 = 0x1e35a7bd;

/** Bytes hashed and compared. */
const MATCH_BYTES_MIN: u32 = 4;

/** One byte is stepped over at first, two after 32 bytes without a match, and so on. */
const SKIP_BITS: u32 = 5;

// Tags: the two low bits of an element's first byte.
const LITERAL: u32 = 0;
const COPY_1: u32 = 1;
const COPY_2: u32 = 2;
const TAG_MASK: u32 = 3;
const TAG_BITS: u32 = 2;

/** Literals of up to 60 bytes have their length beside the tag; values behind 59 tell the bytes of a length that follows. */
const LITERAL_INLINE_MAX: u32 = 60;

/** The longest copy of one element, and the longest that is not cut: a rest of less than 4 bytes would be dear. */
const COPY_BYTES_MAX: u32 = 64;
const COPY_UNCUT_END: u32 = 68;
const COPY_SHORTENED: u32 = 60;

/** What a copy with one byte of offset can hold. */
const COPY_1_LENGTH_END: u32 = 12;
const COPY_1_OFFSET_END: u32 = 2048;

/**
 * Compresses `length` bytes at `source` to what codec "snappy" stores, and returns its length. Beyond what it writes it writes over up to
 * 15 bytes, and it reads up to 15 behind the source.
 * @param table 32 KiB for the call's own use.
 */
export function compressSnappy(source: usize, length: u32, target: usize, table: usize): u32 {
  let out = writeVarint(target, length);
  while (length > FRAGMENT_BYTES) {
    out = compressFragment(source, FRAGMENT_BYTES, out, table);
    source += FRAGMENT_BYTES;
    length -= FRAGMENT_BYTES;
  }
  if (length > 0) out = compressFragment(source, length, out, table);
  return <u32>(out - target);
}

/** The address of the table's entry for 4 bytes. */
@inline
function entryFor(table: usize, bytes: u32, shift: u32): usize {
  return table + ((<usize>(bytes * HASH) >> shift) << 1);
}

/** Writes the elements of a fragment and returns the address behind them. An entry never set is the position of its first byte. */
function compressFragment(source: usize, length: u32, out: usize, table: usize): usize {
  if (length < COMPRESSED_BYTES_MIN) return writeLiteral(out, source, length);
  let bits: u32 = 32 - <u32>clz<u32>(length - 1);
  bits = bits < TABLE_BITS_MIN ? TABLE_BITS_MIN : bits > TABLE_BITS_MAX ? TABLE_BITS_MAX : bits;
  const shift = 32 - bits;
  memory.fill(table, 0, <usize>2 << bits);
  const end = source + length;
  const limit = end - START_MARGIN;
  let literals = source;
  let at = source + 1;
  let entry = entryFor(table, load<u32>(at), shift);
  while (true) {
    let skip: u32 = 1 << SKIP_BITS;
    let next = at;
    let candidate: usize = 0;
    do {
      at = next;
      const step = skip >> SKIP_BITS;
      skip += step;
      next += step;
      if (next > limit) return writeLiteral(out, literals, <u32>(end - literals));
      candidate = source + <usize>load<u16>(entry);
      store<u16>(entry, <u16>(at - source));
      entry = entryFor(table, load<u32>(next), shift);
    } while (load<u32>(at) != load<u32>(candidate));
    out = writeLiteral(out, literals, <u32>(at - literals));
    // Copies follow each other without a literal as long as a match begins where the last one ended.
    while (true) {
      const start = at;
      at = matchEnd(at + MATCH_BYTES_MIN, candidate + MATCH_BYTES_MIN, end);
      out = writeCopy(out, <u32>(start - candidate), <u32>(at - start));
      literals = at;
      if (at >= limit) return literals < end ? writeLiteral(out, literals, <u32>(end - literals)) : out;
      const around = load<u64>(at - 1);
      store<u16>(entryFor(table, <u32>around, shift), <u16>(at - 1 - source));
      const here = <u32>(around >> 8);
      entry = entryFor(table, here, shift);
      candidate = source + <usize>load<u16>(entry);
      store<u16>(entry, <u16>(at - source));
      if (here != load<u32>(candidate)) {
        entry = entryFor(table, <u32>(around >> 16), shift);
        at++;
        break;
      }
    }
  }
}

/** Writes a literal of 1 to FRAGMENT_BYTES bytes. */
function writeLiteral(out: usize, literals: usize, length: u32): usize {
  const value = length - 1;
  if (value < LITERAL_INLINE_MAX) {
    store<u8>(out++, (value << TAG_BITS) | LITERAL);
  } else if (value < 256) {
    store<u8>(out, (LITERAL_INLINE_MAX << TAG_BITS) | LITERAL);
    store<u8>(out, value, 1);
    out += 2;
  } else {
    store<u8>(out, ((LITERAL_INLINE_MAX + 1) << TAG_BITS) | LITERAL);
    store<u16>(out, <u16>value, 1);
    out += 3;
  }
  return copyBytes(out, literals, length);
}

/** Writes as many copies as a match of 4 bytes or more takes. */
@inline
function writeCopy(out: usize, offset: u32, length: u32): usize {
  while (length >= COPY_UNCUT_END) {
    out = writeCopy2(out, offset, COPY_BYTES_MAX);
    length -= COPY_BYTES_MAX;
  }
  if (length > COPY_BYTES_MAX) {
    out = writeCopy2(out, offset, COPY_SHORTENED);
    length -= COPY_SHORTENED;
  }
  if (length >= COPY_1_LENGTH_END || offset >= COPY_1_OFFSET_END) return writeCopy2(out, offset, length);
  store<u8>(out, ((offset >> 8) << 5) | ((length - MATCH_BYTES_MIN) << TAG_BITS) | COPY_1);
  store<u8>(out, <u8>offset, 1);
  return out + 2;
}

@inline
function writeCopy2(out: usize, offset: u32, length: u32): usize {
  store<u8>(out, ((length - 1) << TAG_BITS) | COPY_2);
  store<u16>(out, <u16>offset, 1);
  return out + 3;
}

/**
 * Decompresses the elements behind a stream's length, `length` bytes of less than 2 GiB, to at most `capacity` bytes of less than 2 GiB.
 * Whatever the bytes are, nothing but [target, target + capacity) and 15 bytes behind it is written, and up to 15 bytes behind the source
 * are read.
 * @returns the length, or the position of an element that is not sound, as -1 less that position.
 */
export function decompressSnappy(source: usize, length: u32, target: usize, capacity: u32): i32 {
  const end = source + length;
  const outEnd = target + capacity;
  let at = source;
  let out = target;
  while (at < end) {
    const element = at;
    const first: u32 = <u32>load<u8>(at++);
    const tag = first & TAG_MASK;
    if (tag == LITERAL) {
      // The length less one, which any 32 bits can be.
      let value = first >> TAG_BITS;
      if (value >= LITERAL_INLINE_MAX) {
        // A literal that long has more bytes than these, however many of them are its length.
        if (end - at < 4) return <i32>(source - element) - 1;
        const lengthBytes = value - (LITERAL_INLINE_MAX - 1);
        value = load<u32>(at) & (<u32>0xffffffff >> ((4 - lengthBytes) << 3));
        at += lengthBytes;
      }
      if (value >= <u32>(end - at) || value >= <u32>(outEnd - out)) return <i32>(source - element) - 1;
      out = copyBytes(out, at, value + 1);
      at += value + 1;
      continue;
    }
    let copyLength = (first >> TAG_BITS) + 1;
    let offset: u32 = 0;
    if (tag == COPY_1) {
      if (end - at < 1) return <i32>(source - element) - 1;
      copyLength = ((first >> TAG_BITS) & 7) + MATCH_BYTES_MIN;
      offset = ((first >> 5) << 8) | <u32>load<u8>(at);
      at += 1;
    } else if (tag == COPY_2) {
      if (end - at < 2) return <i32>(source - element) - 1;
      offset = <u32>load<u16>(at);
      at += 2;
    } else {
      if (end - at < 4) return <i32>(source - element) - 1;
      offset = load<u32>(at);
      at += 4;
    }
    if (offset == 0 || offset > <u32>(out - target) || copyLength > <u32>(outEnd - out)) return <i32>(source - element) - 1;
    out = copyMatch(out, offset, copyLength);
  }
  return <i32>(out - target);
}
