// CRC-32C (Castagnoli), the checksum that Google Cloud Storage keeps of every object, and how two of them join.

/** The polynomial, reflected. */
const POLYNOMIAL = 0x82f63b78;

/** Bits of a CRC, of a byte, and values of a byte. */
const BITS = 32;
const BYTE_BITS = 8;
const BYTE_VALUES = 256;

/** Tables for eight bytes at a time. */
const SLICES = 8;

const TABLES = makeTables();

/** The CRC-32C of bytes, or of what `seed` is the CRC of with the bytes behind it. */
export function crc32c(bytes: Uint8Array, seed = 0): number {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = TABLES as [Uint32Array, Uint32Array, Uint32Array, Uint32Array, Uint32Array, Uint32Array, Uint32Array, Uint32Array];
  let crc = ~seed;
  let at = 0;
  for (const end = bytes.length - (bytes.length % SLICES); at < end; ) {
    const low = crc ^ (bytes[at++]! | (bytes[at++]! << 8) | (bytes[at++]! << 16) | (bytes[at++]! << 24));
    crc = t7[low & 0xff]! ^ t6[(low >>> 8) & 0xff]! ^ t5[(low >>> 16) & 0xff]! ^ t4[low >>> 24]! ^
      t3[bytes[at++]!]! ^ t2[bytes[at++]!]! ^ t1[bytes[at++]!]! ^ t0[bytes[at++]!]!;
  }
  for (; at < bytes.length; at++) crc = (crc >>> 8) ^ t0[(crc ^ bytes[at]!) & 0xff]!;
  return ~crc >>> 0;
}

/** The CRC-32C of two runs of bytes joined, from theirs and the second one's length. */
export function crc32cCombine(first: number, second: number, secondLength: number): number {
  let crc = first;
  // Appending a zero bit is a linear map; squared again and again it appends 2, 4, 8 … bits.
  let map = oneZeroBit();
  for (let bits = secondLength * BYTE_BITS; bits > 0; bits = Math.floor(bits / 2)) {
    if (bits % 2 === 1) crc = apply(map, crc);
    map = map.map((column) => apply(map, column));
  }
  return (crc ^ second) >>> 0;
}

function apply(map: readonly number[], vector: number): number {
  let sum = 0;
  for (let bit = 0; bit < BITS; bit++) if ((vector >>> bit) % 2 === 1) sum ^= map[bit]!;
  return sum >>> 0;
}

function oneZeroBit(): readonly number[] {
  return [POLYNOMIAL, ...Array.from({ length: BITS - 1 }, (_, bit) => 1 << bit)];
}

function makeTables(): Uint32Array[] {
  const first = Uint32Array.from({ length: BYTE_VALUES }, (_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < BYTE_BITS; bit++) crc = crc % 2 === 1 ? ((crc >>> 1) ^ POLYNOMIAL) >>> 0 : crc >>> 1;
    return crc;
  });
  const tables = [first];
  for (let slice = 1; slice < SLICES; slice++) {
    const before = tables[slice - 1]!;
    tables.push(before.map((crc) => (crc >>> 8) ^ first[crc & 0xff]!));
  }
  return tables;
}
