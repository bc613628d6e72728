// The skeleton of a Zstandard frame (RFC 8878, section 3.1): enough to know, without decompressing, where the frame ends and
// how many bytes it can hold. SlateDB stores exactly one frame a section.
//
//   u32le magic | u8 descriptor | [u8 window] | [dictionary id] | [content size] | blocks | [u32le checksum]
//   block: u24le (bit 0 last, bits 1-2 type, the rest size) | content
import { corrupt } from "./codec.js";

/** Magic number of a Zstandard frame. Skippable frames have others. */
const MAGIC = 0xfd2fb528;

/** Bytes of the magic number and the descriptor. */
const START_BYTES = 5;

/** Position of the descriptor. */
const DESCRIPTOR_AT = 4;

// Flags of the descriptor.
const SINGLE_SEGMENT = 0x20;
const HAS_CHECKSUM = 0x04;

/** Flag of a block header: no block follows. */
const LAST_BLOCK = 0x01;

/** Bytes of the dictionary id, by the descriptor's bits 0 and 1. */
const DICTIONARY_ID_BYTES = [0, 1, 2, 4] as const;

/** Bytes of the content size, by the descriptor's bits 6 and 7; a single segment has at least one. */
const CONTENT_SIZE_BYTES = [0, 2, 4, 8] as const;

/** A content size of two bytes is counted from here. */
const TWO_BYTE_SIZE_OFFSET = 256;

/** Bytes of a block's header. */
const BLOCK_HEADER_BYTES = 3;

/** No block holds more content than this, in bytes, however the window is set. */
const BLOCK_CONTENT_MAX = 131072;

// Types of blocks.
const BLOCK_RUN_LENGTH = 1;
const BLOCK_COMPRESSED = 2;

/** Bytes of the checksum behind the last block. */
const CHECKSUM_BYTES = 4;

/** Values of a byte. */
const BYTE_VALUES = 256;

/** What a frame's skeleton tells. */
export interface ZstdFrame {
  /** Bytes the frame says it holds, or undefined when it does not say. */
  readonly contentSize: number | undefined;
  /** Most bytes its blocks can hold. */
  readonly capacity: number;
}

/**
 * Walks over one frame that takes up all of `bytes`.
 * @throws SstError ERR_SST_CORRUPT when it is not a frame, is cut, or is followed by anything.
 */
export function walkZstdFrame(bytes: Uint8Array): ZstdFrame {
  if (bytes.length < START_BYTES || littleEndian(bytes, 0, DESCRIPTOR_AT) !== MAGIC) {
    throw corrupt("zstd", "does not begin with a frame", { length: bytes.length });
  }
  const descriptor = bytes[DESCRIPTOR_AT]!;
  const singleSegment = (descriptor & SINGLE_SEGMENT) !== 0;
  const dictionaryIdBytes = DICTIONARY_ID_BYTES[descriptor & 3] ?? 0;
  const sizeBytes = CONTENT_SIZE_BYTES[descriptor >>> 6] || (singleSegment ? 1 : 0);
  const sizeAt = START_BYTES + (singleSegment ? 0 : 1) + dictionaryIdBytes;
  let at = sizeAt + sizeBytes;
  if (at > bytes.length) throw cut(bytes);
  const contentSize = sizeBytes === 0 ? undefined : littleEndian(bytes, sizeAt, sizeBytes) + (sizeBytes === 2 ? TWO_BYTE_SIZE_OFFSET : 0);

  let capacity = 0;
  let last = false;
  while (!last) {
    if (at + BLOCK_HEADER_BYTES > bytes.length) throw cut(bytes);
    const header = littleEndian(bytes, at, BLOCK_HEADER_BYTES);
    const type = (header >>> 1) & 3;
    const size = header >>> 3;
    last = (header & LAST_BLOCK) !== 0;
    capacity += type === BLOCK_COMPRESSED ? BLOCK_CONTENT_MAX : Math.min(size, BLOCK_CONTENT_MAX);
    at += BLOCK_HEADER_BYTES + (type === BLOCK_RUN_LENGTH ? 1 : size);
  }
  if ((descriptor & HAS_CHECKSUM) !== 0) at += CHECKSUM_BYTES;
  if (at > bytes.length) throw cut(bytes);
  if (at < bytes.length) throw corrupt("zstd", `is followed by ${bytes.length - at} bytes`, { used: at, length: bytes.length });
  return { contentSize, capacity };
}

function cut(bytes: Uint8Array): Error {
  return corrupt("zstd", "ends inside its frame", { length: bytes.length });
}

/** An unsigned number of up to eight bytes; above 2^53 it is not exact, but as large. */
function littleEndian(bytes: Uint8Array, at: number, length: number): number {
  let number = 0;
  for (let end = at + length; end > at; end--) number = number * BYTE_VALUES + bytes[end - 1]!;
  return number;
}
