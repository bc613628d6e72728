// Exact 64-bit reads for the reference reader: the Kaitai runtime's own give doubles.

/** What is used of a KaitaiStream. */
export interface KaitaiIo {
  readBytes(length: number): Uint8Array;
}

const LONG_BYTES = 8;

function take(io: KaitaiIo): DataView {
  const bytes = io.readBytes(LONG_BYTES);
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

export const readU8be = (io: KaitaiIo): bigint => take(io).getBigUint64(0);
export const readS8be = (io: KaitaiIo): bigint => take(io).getBigInt64(0);
