// Encoding and decoding of single layers with @slate-sst/format. Files are another matter: testees/files.ts.
import {
  BLOCK_LAYOUTS, BlockCursor, type BlockRow, BloomFilter, bloomMayContain, bloomProbeCount, CompositeFilter, createBlockEncoder, crc32, decodeBloomFilter, decodeCompositeFilter, decodeIndex, decodeInfo, decodeManifest, decodeNamedFilter,
  decodeSection, decodeStats, encodeBloomFilter, encodeIndex, encodeInfo, encodeManifestV1, encodeFilterPayload, encodeSection, encodeStats, FLAG_CREATE_TS, FLAG_EXPIRE_TS, FLAG_MERGE, FLAG_TOMBSTONE, KeyHashes, buildBloomBits,
  isSstError, NamedFilter, readVarint, Section, SECTION_BYTES, separatorLength, sipHash13, sizeBloomFilter, SstError, varintSize, writeVarint,
} from "@slate-sst/format";
import { infoMessage, infoOfMessage } from "@slate-sst/format/proto";
import type { BloomKeys, ConformanceValue, DecodeTask, SstRow } from "@slate-sst/format/proto/conformance";
import { encodeForgedRow, joinBytes } from "../forgeries/forged-rows.js";
import type { GoldenRow } from "../side-car.js";
import { formatVersionOf, manifestMessage, manifestOf, rowMessage, rowOf, statsMessage, statsOf, value } from "../suite/values.js";
import { stored } from "./stored-row.js";

const NO_BYTES = new Uint8Array(0);
/** No row or block of a case is larger. */
const BLOCK_BYTES_MAX = 1 << 20;

/** The bytes of a value of any layer but file. @throws whatever the encoder throws */
export function encodeValue({ kind }: ConformanceValue, layer: string): Uint8Array {
  switch (kind.case) {
    case "varint": {
      const out = new Uint8Array(varintSize(kind.value));
      writeVarint(out, 0, kind.value);
      return out;
    }
    case "data":
      return layer === "siphash" ? hashOf(kind.value) : withChecksum(kind.value);
    case "bloom": {
      const bits = bitsOf(kind.value);
      const out = new Uint8Array(sizeBloomFilter(bits.length));
      encodeBloomFilter(out, 0, bloomProbeCount(kind.value.bitsPerKey), bits, 0, bits.length);
      return out;
    }
    case "filter": {
      const { bloom, composite } = kind.value;
      if (bloom === undefined) throw new RangeError("a filter without keys");
      return encodeFilterPayload(composite ? "composite" : "legacy", bloomProbeCount(bloom.bitsPerKey), bitsOf(bloom));
    }
    case "row": {
      const { row, formatVersion, keyBefore } = kind.value;
      if (row === undefined) throw new RangeError("no row");
      return encodeForgedRow(stored(rowOf(row), keyBefore), formatVersionOf(formatVersion));
    }
    case "block":
      return encodeBlock(kind.value.rows, kind.value.formatVersion);
    case "separator": {
      const { lastKeyBefore, firstKey } = kind.value;
      return lastKeyBefore === undefined ? NO_BYTES : firstKey.slice(0, separatorLength(lastKeyBefore, lastKeyBefore.length, firstKey, firstKey.length));
    }
    case "index":
      return encodeIndex({ blockMeta: kind.value.entries.map(({ offset, firstKey }) => ({ offset: Number(offset), firstKey })) });
    case "stats":
      return encodeStats(statsOf(kind.value));
    case "info":
      return encodeInfo(infoOfMessage(kind.value));
    case "manifest":
      return encodeManifestV1(manifestOf(kind.value));
    default:
      throw new RangeError(`no encoder for ${kind.case ?? "nothing"}`);
  }
}

/** The value that bytes of any layer but file hold. @throws SstError where the bytes are refused */
export function decodeValue(task: DecodeTask, layer: string): ConformanceValue {
  const { bytes } = task;
  switch (layer) {
    case "varint":
      return value({ case: "varint", value: wholeVarint(bytes) });
    case "crc":
      return value({ case: "data", value: guarded(bytes) });
    case "bloom":
      return answers(bytes, task.keys, []);
    case "filter":
      return task.composite ? compositeAnswers(bytes, task.keys) : answers(bytes, task.keys, []);
    case "row":
      return value({ case: "row", value: { row: decodeRow(task), formatVersion: task.formatVersion, keyBefore: task.keyBefore } });
    case "block":
      return value({ case: "block", value: { formatVersion: task.formatVersion, rows: decodeBlock(bytes, task.formatVersion) } });
    case "index":
      return value({ case: "index", value: { entries: decodeIndex(bytes).blockMeta.map(({ offset, firstKey }) => ({ offset: BigInt(offset), firstKey })) } });
    case "stats":
      return value({ case: "stats", value: statsMessage(decodeStats(bytes)) });
    case "info":
      return value({ case: "info", value: infoMessage(decodeInfo(bytes)) });
    case "manifest":
      return value({ case: "manifest", value: manifestMessage(decodeManifest(bytes)) });
    default:
      throw new RangeError(`no decoder for ${layer}`);
  }
}

function corrupt(message: string): SstError {
  return new SstError("ERR_SST_CORRUPT", message);
}

function wholeVarint(bytes: Uint8Array): number {
  const varint = readVarint(bytes, 0, bytes.length, "varint");
  if (varintSize(varint) !== bytes.length) throw corrupt("bytes behind the varint");
  return varint;
}

function hashOf(data: Uint8Array): Uint8Array {
  const hash = new Uint32Array(2);
  sipHash13(data, 0, data.length, hash, 0);
  const out = new Uint8Array(8);
  const view = new DataView(out.buffer);
  view.setUint32(0, hash[1] ?? 0);
  view.setUint32(4, hash[0] ?? 0);
  return out;
}

function withChecksum(data: Uint8Array): Uint8Array {
  const out = new Uint8Array(data.length + SECTION_BYTES);
  out.set(data);
  encodeSection(out, data.length, crc32(data));
  return out;
}

function guarded(bytes: Uint8Array): Uint8Array {
  const section = new Section();
  decodeSection(bytes, 0, bytes.length, section);
  const payload = bytes.slice(0, section.payloadEnd);
  if (crc32(payload) !== section.crc32) throw corrupt("the checksum does not match");
  return payload;
}

function bitsOf({ keys, bitsPerKey }: BloomKeys): Uint8Array {
  const hashes = new KeyHashes();
  for (const key of keys) hashes.add(key, 0, key.length);
  return buildBloomBits(hashes, bitsPerKey);
}

function answers(bytes: Uint8Array, keys: readonly Uint8Array[], names: readonly string[]): ConformanceValue {
  const filter = new BloomFilter();
  decodeBloomFilter(bytes, 0, bytes.length, filter);
  const bits = bytes.subarray(filter.bitsAt, filter.bitsAt + filter.bitsLength);
  const hash = new Uint32Array(2);
  const maybe = keys.map((key) => {
    sipHash13(key, 0, key.length, hash, 0);
    return bloomMayContain(bits, filter.numProbes, hash[0] ?? 0, hash[1] ?? 0);
  });
  return value({ case: "answers", value: { maybe, probeCount: filter.numProbes, names: [...names] } });
}

function compositeAnswers(bytes: Uint8Array, keys: readonly Uint8Array[]): ConformanceValue {
  const composite = new CompositeFilter();
  let at = decodeCompositeFilter(bytes, 0, bytes.length, composite);
  const names: string[] = [];
  let data: Uint8Array | undefined;
  for (let i = 0; i < composite.numFilters; i++) {
    const named = new NamedFilter();
    at = decodeNamedFilter(bytes, at, bytes.length, named);
    try {
      names.push(new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(named.nameAt, named.nameAt + named.nameLength)));
    } catch {
      throw corrupt("a name that is no UTF-8");
    }
    data ??= bytes.subarray(named.dataAt, named.dataAt + named.dataLength);
  }
  if (at !== bytes.length) throw corrupt("bytes behind the filters");
  if (data === undefined) throw corrupt("no filter");
  return answers(data, keys, names);
}

function decodeRow({ bytes, formatVersion, keyBefore }: DecodeTask): SstRow {
  const layout = BLOCK_LAYOUTS[formatVersionOf(formatVersion)];
  const row = layout.newRow();
  const end = layout.decodeRow(bytes, 0, bytes.length, row);
  if (end !== bytes.length) throw corrupt("bytes behind the row");
  if (row.shared > keyBefore.length) throw corrupt("the row shares more than there is");
  if ((row.flags & FLAG_TOMBSTONE) !== 0 && (row.flags & FLAG_MERGE) !== 0) throw corrupt("a tombstone and a merge operand at once");
  const key = joinBytes(keyBefore.subarray(0, row.shared), bytes.subarray(row.suffixAt, row.suffixAt + row.suffixLength));
  return rowMessage(rowFrom(row, key, bytes));
}

type Stored = Pick<BlockRow, "flags" | "seqNumHi" | "seqNumLo" | "createTsHi" | "createTsLo" | "expireTsHi" | "expireTsLo" | "valueAt" | "valueLength">;

function rowFrom(row: Stored, key: Uint8Array, bytes: Uint8Array): GoldenRow {
  const unsigned = (hi: number, lo: number): bigint => (BigInt(hi >>> 0) << 32n) | BigInt(lo >>> 0);
  const signed = (hi: number, lo: number): bigint => BigInt.asIntN(64, unsigned(hi, lo));
  const kind = (row.flags & FLAG_TOMBSTONE) !== 0 ? "delete" : (row.flags & FLAG_MERGE) !== 0 ? "merge" : "put";
  return {
    kind, key, value: kind === "delete" ? undefined : bytes.slice(row.valueAt, row.valueAt + row.valueLength), seq: unsigned(row.seqNumHi, row.seqNumLo),
    createTs: (row.flags & FLAG_CREATE_TS) === 0 ? undefined : signed(row.createTsHi, row.createTsLo), expireTs: (row.flags & FLAG_EXPIRE_TS) === 0 ? undefined : signed(row.expireTsHi, row.expireTsLo),
  };
}

function decodeBlock(bytes: Uint8Array, formatVersion: number): SstRow[] {
  const cursor = new BlockCursor(formatVersionOf(formatVersion));
  cursor.open(bytes);
  const rows: SstRow[] = [];
  while (cursor.next()) rows.push(rowMessage(rowFrom(cursor.row, cursor.key.slice(0, cursor.keyLength), bytes)));
  return rows;
}

function encodeBlock(rows: readonly SstRow[], formatVersion: number): Uint8Array {
  const encoder = createBlockEncoder(formatVersionOf(formatVersion), 65_536);
  const out = new Uint8Array(BLOCK_BYTES_MAX);
  let at = 0;
  let before = NO_BYTES;
  for (const message of rows) {
    const row = rowOf(message);
    const { shared, key, value: bytes, flags, seqNumHi, seqNumLo, expireTsHi, expireTsLo, createTsHi, createTsLo } = stored(row, before);
    at = encoder.append(out, at, shared, key, key.length, bytes, bytes.length, seqNumHi, seqNumLo, flags, expireTsHi, expireTsLo, createTsHi, createTsLo);
    before = new Uint8Array(key);
  }
  return out.slice(0, encoder.finish(out, at));
}

/** Whether an error says that the bytes are refused, and not that the testee is at fault. */
export function isRefusal(error: unknown): error is SstError {
  return isSstError(error);
}
