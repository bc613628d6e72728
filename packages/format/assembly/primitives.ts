// What the generated codecs of the kernel are built from: the LEB128 varint of spec/sst/varint.ksy, copying of short runs.
import { VALUE_BYTES_MAX, VARINT_BYTES_MAX, VARINT_GROUP_BITS } from "./generated/constants";

const GROUP_MASK: u32 = (1 << VARINT_GROUP_BITS) - 1;
const CONTINUES: u32 = 1 << VARINT_GROUP_BITS;
const LAST_GROUP_MAX: u32 = <u32>(VALUE_BYTES_MAX >> ((VARINT_BYTES_MAX - 1) * VARINT_GROUP_BITS));

/** Up to here a run is copied by words; beyond, by the engine's own copy. */
const WORD_COPY_BYTES_MAX: u32 = 256;

/** Bytes of a u32 as a minimal varint. */
@inline
export function varintSize(value: u32): u32 {
  // Groups needed by the highest bit that is set; a 0 takes one as well.
  return (31 - clz<u32>(value | 1)) / VARINT_GROUP_BITS + 1;
}

@inline
export function writeVarint(at: usize, value: u32): usize {
  while (value >= CONTINUES) {
    store<u8>(at++, (value & GROUP_MASK) | CONTINUES);
    value >>= VARINT_GROUP_BITS;
  }
  store<u8>(at++, value);
  return at;
}

/** The address behind the varint that readVarint() read last, 0 when that was cut off, not minimal or beyond 32 bits. */
export let varintEnd: usize = 0;

export function readVarint(at: usize, end: usize): u32 {
  let value: u32 = 0;
  for (let index: u32 = 0; index < VARINT_BYTES_MAX && at < end; index++) {
    const group: u32 = <u32>load<u8>(at++);
    if (index == VARINT_BYTES_MAX - 1 && group > LAST_GROUP_MAX) break;
    value |= (group & GROUP_MASK) << (index * VARINT_GROUP_BITS);
    if (group < CONTINUES) {
      if (index > 0 && group == 0) break;
      varintEnd = at;
      return value;
    }
  }
  varintEnd = 0;
  return 0;
}

/** Copies by whole words: up to 15 bytes behind source and copy are touched, which COPY_SLACK_BYTES allows for. */
@inline
export function copyBytes(at: usize, source: usize, length: u32): usize {
  const end = at + length;
  if (length > WORD_COPY_BYTES_MAX) memory.copy(at, source, length);
  else while (at < end) {
    v128.store(at, v128.load(source));
    at += 16;
    source += 16;
  }
  return end;
}
