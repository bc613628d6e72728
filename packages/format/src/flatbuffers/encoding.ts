// Widths of the FlatBuffers wire format, which is little-endian throughout. What stands in a table comes from spec/fbs.

/** Bytes of a bool or of an enum. */
export const BYTE_BYTES = 1;

/** Bytes of a 16-bit scalar. */
export const SHORT_BYTES = 2;

/** Bytes of a 32-bit scalar. */
export const INT_BYTES = 4;

/** Bytes of a 64-bit scalar. */
export const LONG_BYTES = 8;

/** Bytes of a reference: the unsigned distance from the reference to its target. A vector's count has the same width. */
export const OFFSET_BYTES = 4;

/** Bytes of an entry of a vtable: the position of a slot's field in the table, or 0 for an absent field. */
export const VTABLE_ENTRY_BYTES = 2;

/** Entries before a vtable's first slot: the length of the vtable, then the length of the table, in bytes. */
export const VTABLE_HEADER_ENTRIES = 2;

/** 2^32, the weight of the upper half of a 64-bit scalar. */
export const HIGH_HALF = 0x1_0000_0000;

/** Upper half of the largest safe integer, 2^53-1. */
export const SAFE_HIGH_MAX = 0x1f_ffff;
