// A sound SST taken apart into the payloads of its sections and put together again, changed in one respect. Every checksum,
// offset and length is mended afterwards, so that nothing but the change itself is wrong.
import {
  type Codec, crc32, decodeFooter, decodeInfo, decodeStats, encodeFooter, encodeIndex, encodeInfo, encodeSection, encodeStats, Footer, FOOTER_BYTES, DEFAULT_FORMAT_VERSION, isFormatVersion,
  type BlockMeta, type FormatVersion, readIndexColumns, SECTION_BYTES, type SsTableInfo, type SstStats,
} from "@slate-sst/format";
import { joinBytes } from "./forged-rows.js";

/** A sound SST in parts. */
export interface SstParts {
  readonly formatVersion: FormatVersion;
  readonly codec: Codec;
  /** Payloads. */
  readonly blocks: readonly Uint8Array[];
  readonly separators: readonly Uint8Array[];
  readonly filter: Uint8Array | undefined;
  readonly stats: SstStats | undefined;
  readonly info: SsTableInfo;
}

/** `block 3`, `filter`, `index`, `stats` or `info`. */
export type SectionName = `block ${number}` | "filter" | "index" | "stats" | "info";

/** What a forgery changes. Each gets what would be right and gives what is stored instead. */
export interface SstChanges {
  /** Payloads of the blocks; separators follow their numbers. */
  readonly blocks?: (blocks: readonly Uint8Array[]) => readonly Uint8Array[];
  readonly separators?: (separators: readonly Uint8Array[]) => readonly Uint8Array[];
  readonly filter?: (filter: Uint8Array) => Uint8Array | undefined;
  readonly stats?: (stats: SstStats) => SstStats | undefined;
  readonly index?: (entries: readonly BlockMeta[]) => readonly BlockMeta[];
  readonly info?: (info: SsTableInfo) => SsTableInfo;
  /** The payload of any section, before compression. */
  readonly payload?: (name: SectionName, payload: Uint8Array) => Uint8Array;
  /** The bytes of any section that its checksum is made of. */
  readonly stored?: (name: SectionName, stored: Uint8Array) => Uint8Array;
  /** Bytes between data blocks and filter, filter and index, index and stats, and before the info. */
  readonly gaps?: readonly ["filter" | "index" | "stats" | "info", Uint8Array];
  readonly formatVersion?: number;
}

/** No section of a forgery's base is larger. */
const PAYLOAD_BYTES_MAX = 2 ** 24;

/** Takes a sound SST apart. @param codec the one its info names. */
export function takeApart(file: Uint8Array, codec: Codec): SstParts {
  const footer = new Footer();
  const footerAt = file.length - FOOTER_BYTES;
  decodeFooter(file, footerAt, file.length, footer);
  const info = decodeInfo(file.subarray(footer.infoOffset, footerAt - SECTION_BYTES));
  const payload = (start: number, end: number): Uint8Array => codec.decompress(file.subarray(start, end - SECTION_BYTES), { maxLength: PAYLOAD_BYTES_MAX });
  const section = (start: number, length: number): Uint8Array | undefined => (length === 0 ? undefined : payload(start, start + length));
  const index = payload(info.indexOffset, info.indexOffset + info.indexLen);
  const { count, offsets, keyStart, keyEnd } = readIndexColumns(index);
  const stats = section(info.statsOffset, info.statsLen);
  return {
    formatVersion: isFormatVersion(footer.formatVersion) ? footer.formatVersion : DEFAULT_FORMAT_VERSION,
    codec,
    blocks: Array.from({ length: count }, (_, i) => payload(offsets[i] ?? 0, offsets[i + 1] ?? info.filterOffset)),
    separators: Array.from({ length: count }, (_, i) => index.slice(keyStart[i], keyEnd[i])),
    filter: section(info.filterOffset, info.filterLen),
    stats: stats === undefined ? undefined : decodeStats(stats),
    info,
  };
}

/** Puts an SST together again, with changes. */
export function putTogether(parts: SstParts, changes: SstChanges = {}): Uint8Array {
  const { codec, formatVersion } = parts;
  const pieces: Uint8Array[] = [];
  let at = 0;
  const append = (...bytes: readonly Uint8Array[]): void => {
    for (const piece of bytes) {
      pieces.push(piece);
      at += piece.length;
    }
  };
  const appendGap = (before: string): void => {
    if (changes.gaps?.[0] === before) append(changes.gaps[1]);
  };
  const appendSection = (name: SectionName, payload: Uint8Array): { offset: number; length: number } => {
    const offset = at;
    const changed = changes.payload?.(name, payload) ?? payload;
    const compressed = name === "info" ? changed : codec.compress(changed);
    append(...storedSection(changes.stored?.(name, compressed) ?? compressed));
    return { offset, length: at - offset };
  };
  const blocks = changes.blocks?.(parts.blocks) ?? parts.blocks;
  const offsets = blocks.map((block, i) => appendSection(`block ${i}`, block).offset);
  const dataEnd = at;
  appendGap("filter");
  const filter = parts.filter === undefined ? undefined : changes.filter === undefined ? parts.filter : changes.filter(parts.filter);
  const filterAt = filter === undefined ? { offset: dataEnd, length: 0 } : appendSection("filter", filter);
  appendGap("index");
  const separators = changes.separators?.(parts.separators) ?? parts.separators;
  const entries = offsets.map((offset, i) => ({ offset, firstKey: separators[i] ?? new Uint8Array() }));
  const indexAt = appendSection("index", encodeIndex({ blockMeta: changes.index?.(entries) ?? entries }));
  appendGap("stats");
  const stats = parts.stats === undefined ? undefined : changes.stats === undefined ? parts.stats : changes.stats(parts.stats);
  const statsAt = stats === undefined ? { offset: 0, length: 0 } : appendSection("stats", encodeStats(stats));
  appendGap("info");
  const info: SsTableInfo = {
    ...parts.info,
    filterOffset: filterAt.offset, filterLen: filterAt.length, indexOffset: indexAt.offset, indexLen: indexAt.length, statsOffset: statsAt.offset, statsLen: statsAt.length,
  };
  const infoOffset = appendSection("info", encodeInfo(changes.info?.(info) ?? info)).offset;
  append(footerBytes(infoOffset, changes.formatVersion ?? formatVersion));
  return joinBytes(...pieces);
}

/** Stored bytes and the checksum behind them. */
function storedSection(stored: Uint8Array): readonly [Uint8Array, Uint8Array] {
  const checksum = new Uint8Array(SECTION_BYTES);
  encodeSection(checksum, 0, crc32(stored));
  return [stored, checksum];
}

function footerBytes(infoOffset: number, formatVersion: number): Uint8Array {
  const bytes = new Uint8Array(FOOTER_BYTES);
  encodeFooter(bytes, 0, infoOffset, DEFAULT_FORMAT_VERSION);
  // Versions that there are not go past the encoder, which refuses them.
  new DataView(bytes.buffer).setUint16(FOOTER_BYTES - Uint16Array.BYTES_PER_ELEMENT, formatVersion);
  return bytes;
}
