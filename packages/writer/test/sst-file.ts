// Takes a finished SST apart, from its footer to its rows, and checks on the way what must hold in every file: checksums,
// sections that touch each other, blocks that begin where the index says. It knows nothing of the writer.
import { crc32 } from "node:zlib";
import {
  BlockCursor, COMPRESSION_NAMES, decodeFooter, decodeInfo, decodeSection, decodeStats, FLAG_CREATE_TS, FLAG_EXPIRE_TS, FLAG_MERGE, FLAG_TOMBSTONE,
  Footer, FOOTER_BYTES, type FormatVersion, loadCodec, readIndexColumns, Section, SECTION_BYTES, type SsTableInfo, type SstStats,
} from "@slate-sst/format";
import { expect } from "vitest";

/** Most bytes that a section of a test file unpacks to. */
const UNPACKED_BYTES_MAX = 1 << 26;

export interface FileRow {
  readonly kind: "put" | "delete" | "merge";
  readonly key: Uint8Array;
  /** No bytes for a tombstone. */
  readonly value: Uint8Array;
  readonly seq: bigint;
  readonly createTs: bigint | undefined;
  readonly expireTs: bigint | undefined;
}

export interface FileBlock {
  readonly offset: number;
  /** Bytes in the file, checksum included. */
  readonly storedLength: number;
  readonly payload: Uint8Array;
  /** The key that the index holds for it. */
  readonly separator: Uint8Array;
  readonly rows: readonly FileRow[];
}

export interface SstFile {
  readonly formatVersion: FormatVersion;
  readonly infoOffset: number;
  readonly info: SsTableInfo;
  readonly blocks: readonly FileBlock[];
  readonly rows: readonly FileRow[];
  readonly filter: Uint8Array | undefined;
  readonly stats: SstStats;
  /** Every checksummed section in file order, as stored. */
  readonly sections: readonly Uint8Array[];
}

/** Reads the SST in these bytes; `undo` takes back what a block transformer did. */
export async function readSst(bytes: Uint8Array, undo: (stored: Uint8Array) => Uint8Array = (stored) => stored): Promise<SstFile> {
  const footer = new Footer();
  expect(decodeFooter(bytes, bytes.length - FOOTER_BYTES, bytes.length, footer)).toBe(bytes.length);
  const { infoOffset } = footer;
  const formatVersion = footer.formatVersion as FormatVersion;
  const sections: Uint8Array[] = [];
  const stored = (start: number, end: number): Uint8Array => {
    const section = new Section();
    decodeSection(bytes, start, end, section);
    const content = bytes.subarray(start, section.payloadEnd);
    expect(section.crc32, `the checksum of bytes ${start} to ${end}`).toBe(crc32(content));
    sections.push(content);
    return content;
  };
  const info = decodeInfo(stored(infoOffset, bytes.length - FOOTER_BYTES));
  sections.length = 0;
  const codec = await loadCodec(COMPRESSION_NAMES[`${info.compressionFormat as 0}`]);
  const payload = (start: number, end: number): Uint8Array => codec.decompress(undo(stored(start, end)), { maxLength: UNPACKED_BYTES_MAX });
  const index = payload(info.indexOffset, info.indexOffset + info.indexLen);
  const columns = readIndexColumns(index);
  sections.length = 0;
  const blocks = Array.from(columns.offsets.subarray(0, columns.count), (offset, at): FileBlock => {
    const end = at + 1 < columns.count ? columns.offsets[at + 1]! : info.filterOffset;
    const block = payload(offset, end);
    const separator = index.slice(columns.keyStart[at], columns.keyEnd[at]);
    return { offset, storedLength: end - offset, payload: block, separator, rows: readRows(formatVersion, block) };
  });
  const filter = info.filterLen === 0 ? undefined : payload(info.filterOffset, info.filterOffset + info.filterLen);
  payload(info.indexOffset, info.indexOffset + info.indexLen);
  const stats = decodeStats(payload(info.statsOffset, info.statsOffset + info.statsLen));
  stored(infoOffset, bytes.length - FOOTER_BYTES);
  const sectionBytes = sections.reduce((sum, section) => sum + section.length + SECTION_BYTES, 0);
  expect(sectionBytes + FOOTER_BYTES, "nothing lies between sections").toBe(bytes.length);
  expect(blocks[0]?.offset ?? 0).toBe(0);
  expect([info.indexOffset, info.statsOffset, infoOffset]).toEqual([info.filterOffset + info.filterLen, info.indexOffset + info.indexLen, info.statsOffset + info.statsLen]);
  return { formatVersion, infoOffset, info, blocks, rows: blocks.flatMap((block) => block.rows), filter, stats, sections };
}

/** The rows of an uncompressed block payload. */
export function readRows(version: FormatVersion, payload: Uint8Array): FileRow[] {
  const cursor = new BlockCursor(version);
  const rows: FileRow[] = [];
  cursor.open(payload);
  while (cursor.next()) {
    const { row, key, keyLength } = cursor;
    rows.push({
      kind: (row.flags & FLAG_TOMBSTONE) !== 0 ? "delete" : (row.flags & FLAG_MERGE) !== 0 ? "merge" : "put",
      key: key.slice(0, keyLength),
      value: payload.slice(row.valueAt, row.valueAt + row.valueLength),
      seq: BigInt.asUintN(64, joined(row.seqNumHi, row.seqNumLo)),
      createTs: (row.flags & FLAG_CREATE_TS) === 0 ? undefined : joined(row.createTsHi, row.createTsLo),
      expireTs: (row.flags & FLAG_EXPIRE_TS) === 0 ? undefined : joined(row.expireTsHi, row.expireTsLo),
    });
  }
  return rows;
}

const joined = (hi: number, lo: number): bigint => BigInt.asIntN(64, (BigInt(hi) << 32n) | BigInt(lo >>> 0));
