// Rows and data blocks for forgeries: taken apart with the generated decoders and put together again, with whatever lie.
import { BLOCK_LAYOUTS, BlockTrailer, type FormatVersion } from "@slate-sst/format";

/** The stored fields of one row and its whole key. */
export interface ForgedRow {
  readonly key: Uint8Array;
  readonly shared: number;
  readonly value: Uint8Array;
  readonly seqNumHi: number;
  readonly seqNumLo: number;
  readonly flags: number;
  readonly expireTsHi: number;
  readonly expireTsLo: number;
  readonly createTsHi: number;
  readonly createTsLo: number;
}

export interface ForgedBlock {
  readonly rows: readonly ForgedRow[];
  /** Positions at the end of the block: of restart points or of all rows. */
  readonly offsets: readonly number[];
}

export function joinBytes(...parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** Takes a sound block apart. */
export function readBlock(payload: Uint8Array, version: FormatVersion): ForgedBlock {
  const layout = BLOCK_LAYOUTS[version];
  const trailer = new BlockTrailer();
  layout.decodeTrailer(payload, 0, payload.length, trailer);
  const offsets = Array.from({ length: trailer.positionsCount }, (_, i) => layout.position(payload, trailer, i));
  const rows: ForgedRow[] = [];
  const row = layout.newRow();
  for (let at = 0; at < trailer.bodyEnd; ) {
    at = layout.decodeRow(payload, at, trailer.bodyEnd, row);
    const basis = (layout.keysExtend === "first" ? rows[0] : rows.at(-1))?.key ?? new Uint8Array();
    const key = joinBytes(basis.subarray(0, row.shared), payload.subarray(row.suffixAt, row.suffixAt + row.suffixLength));
    const { shared, seqNumHi, seqNumLo, flags, expireTsHi, expireTsLo, createTsHi, createTsLo } = row;
    const value = payload.slice(row.valueAt, row.valueAt + row.valueLength);
    rows.push({ key, shared, value, seqNumHi, seqNumLo, flags, expireTsHi, expireTsLo, createTsHi, createTsLo });
  }
  return { rows, offsets };
}

/** A row's bytes; `shared` bytes of its key are left out. */
export function encodeForgedRow(row: ForgedRow, version: FormatVersion): Uint8Array {
  const { key, shared, value, seqNumHi, seqNumLo, flags, expireTsHi, expireTsLo, createTsHi, createTsLo } = row;
  const start = Math.min(shared, key.length);
  const layout = BLOCK_LAYOUTS[version];
  const out = new Uint8Array(layout.sizeRow(shared, key.length - start, value.length, flags));
  layout.encodeRow(out, 0, shared, key, start, key.length, value, 0, value.length, seqNumHi, seqNumLo, flags, expireTsHi, expireTsLo, createTsHi, createTsLo);
  return out;
}

/** Rows with the prefixes that they should have. */
export function withPrefixes(rows: readonly ForgedRow[], version: FormatVersion): ForgedRow[] {
  const { keysExtend, interval } = BLOCK_LAYOUTS[version];
  return rows.map((row, i) => {
    const isWhole = keysExtend === "first" ? i === 0 : i % interval === 0;
    const basis = keysExtend === "first" ? rows[0] : rows[i - 1];
    return { ...row, shared: isWhole || basis === undefined ? 0 : commonPrefix(row.key, basis.key) };
  });
}

/** A block of rows as they are, with the offsets it should have or others. @param chunks bytes of each row. */
export function encodeChunks(chunks: readonly Uint8Array[], version: FormatVersion, change: (offsets: number[]) => readonly number[] = (offsets) => offsets): Uint8Array {
  const layout = BLOCK_LAYOUTS[version];
  const right: number[] = [];
  let at = 0;
  for (const [i, { length }] of chunks.entries()) {
    if (i % layout.interval === 0) right.push(at);
    at += length;
  }
  const offsets = Uint16Array.from(change(right));
  const payload = new Uint8Array(at + layout.sizeTrailer(offsets.length));
  payload.set(joinBytes(...chunks));
  layout.encodeTrailer(payload, at, offsets, offsets.length);
  return payload;
}

/** A block of rows with their right prefixes and offsets. */
export function encodeRows(rows: readonly ForgedRow[], version: FormatVersion): Uint8Array {
  return encodeChunks(withPrefixes(rows, version).map((row) => encodeForgedRow(row, version)), version);
}

function commonPrefix(left: Uint8Array, right: Uint8Array): number {
  const end = Math.min(left.length, right.length);
  let shared = 0;
  while (shared < end && left[shared] === right[shared]) shared++;
  return shared;
}
