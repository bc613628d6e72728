// Rows and data blocks for forgeries: taken apart with the generated decoders and put together again, with whatever lie.
import {
  blockV1Offsets, blockV2Restarts, BlockV1, BlockV2, decodeBlockV1, decodeBlockV2, decodeRowV1, decodeRowV2, encodeBlockV1, encodeBlockV2, encodeRowV1, encodeRowV2,
  FORMAT_VERSION_V1, type FormatVersion, RESTART_INTERVAL, RowV1, RowV2, sizeBlockV1, sizeBlockV2, sizeRowV1, sizeRowV2,
} from "@slate-sst/format";

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
  /** Positions at the end of the block: of restart points in V2, of rows in V1. */
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
  const isV1 = version === FORMAT_VERSION_V1;
  const trailer = isV1 ? new BlockV1() : new BlockV2();
  if (trailer instanceof BlockV1) decodeBlockV1(payload, 0, payload.length, trailer);
  else decodeBlockV2(payload, 0, payload.length, trailer);
  const offsets = trailer instanceof BlockV1
    ? Array.from({ length: trailer.offsetsCount }, (_, i) => blockV1Offsets(payload, trailer, i))
    : Array.from({ length: trailer.restartsCount }, (_, i) => blockV2Restarts(payload, trailer, i));
  const rows: ForgedRow[] = [];
  const row = isV1 ? new RowV1() : new RowV2();
  for (let at = 0; at < trailer.bodyEnd; ) {
    at = row instanceof RowV1 ? decodeRowV1(payload, at, trailer.bodyEnd, row) : decodeRowV2(payload, at, trailer.bodyEnd, row);
    const basis = (isV1 ? rows[0] : rows.at(-1))?.key ?? new Uint8Array();
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
  if (version === FORMAT_VERSION_V1) {
    const out = new Uint8Array(sizeRowV1(key.length - start, flags, value.length));
    encodeRowV1(out, 0, shared, key, start, key.length, seqNumHi, seqNumLo, flags, expireTsHi, expireTsLo, createTsHi, createTsLo, value, 0, value.length);
    return out;
  }
  const out = new Uint8Array(sizeRowV2(shared, key.length - start, value.length, flags));
  encodeRowV2(out, 0, shared, key, start, key.length, value, 0, value.length, seqNumHi, seqNumLo, flags, expireTsHi, expireTsLo, createTsHi, createTsLo);
  return out;
}

/** Rows with the prefixes that they should have. */
export function withPrefixes(rows: readonly ForgedRow[], version: FormatVersion): ForgedRow[] {
  const isV1 = version === FORMAT_VERSION_V1;
  return rows.map((row, i) => {
    const isWhole = isV1 ? i === 0 : i % RESTART_INTERVAL === 0;
    const basis = isV1 ? rows[0] : rows[i - 1];
    return { ...row, shared: isWhole || basis === undefined ? 0 : commonPrefix(row.key, basis.key) };
  });
}

/** A block of rows as they are, with the offsets it should have or others. @param chunks bytes of each row. */
export function encodeChunks(chunks: readonly Uint8Array[], version: FormatVersion, change: (offsets: number[]) => readonly number[] = (offsets) => offsets): Uint8Array {
  const isV1 = version === FORMAT_VERSION_V1;
  const right: number[] = [];
  let at = 0;
  for (const [i, { length }] of chunks.entries()) {
    if (isV1 || i % RESTART_INTERVAL === 0) right.push(at);
    at += length;
  }
  const offsets = Uint16Array.from(change(right));
  const payload = new Uint8Array(at + (isV1 ? sizeBlockV1(offsets.length) : sizeBlockV2(offsets.length)));
  payload.set(joinBytes(...chunks));
  if (isV1) encodeBlockV1(payload, at, offsets, offsets.length);
  else encodeBlockV2(payload, at, offsets, offsets.length);
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
