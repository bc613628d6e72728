// The sections of an SST and where they lie, for tests that take files apart: footer and info come from the parsers that
// the Kaitai compiler made of the spec, the places of the blocks from the index. And the first byte in which two files
// differ, with the section it lies in.
import { decodeInfo, FOOTER_BYTES, FORMAT_VERSION_V1, FORMAT_VERSION_V2, readIndexColumns, SECTION_BYTES, type Codec, type FormatVersion, type SsTableInfo } from "@slate-sst/format";
import { referenceFile, referenceSection } from "@slate-sst/format/reference";

/** Bytes [start, end) of a file. All but the footer end with their checksum. */
export interface SstSection {
  /** `block 7`, `filter`, `index`, `stats`, `info` or `footer`. */
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

export interface SstBlock extends SstSection {
  /** The key that the index holds for it. */
  readonly separator: Uint8Array;
}

export interface SstSections {
  readonly formatVersion: FormatVersion;
  readonly info: SsTableInfo;
  readonly blocks: readonly SstBlock[];
  /** Undefined when there is none. */
  readonly filter: SstSection | undefined;
  /** All sections in file order, blocks and footer among them. */
  readonly all: readonly SstSection[];
}

/** No section of a test's file is larger. */
const PAYLOAD_BYTES_MAX = 2 ** 28;

/** Takes an SST apart. @param codec the one its info names */
export function sstSections(file: Uint8Array, codec: Codec): SstSections {
  const { infoOffset, formatVersion, info: infoSection } = referenceFile(file);
  if (formatVersion !== FORMAT_VERSION_V1 && formatVersion !== FORMAT_VERSION_V2) throw new RangeError(`format version ${formatVersion}`);
  const info = decodeInfo(infoSection.payload);
  const section = (name: string, start: number, length: number): SstSection => ({ name, start, end: start + length });
  const [filter, index, stats] = [
    section("filter", info.filterOffset, info.filterLen),
    section("index", info.indexOffset, info.indexLen),
    section("stats", info.statsOffset, info.statsLen),
  ] as const;
  const blocks = blocksOf(sectionPayload(file, index, codec), info.filterOffset);
  const footerStart = file.length - FOOTER_BYTES;
  const end = [section("info", infoOffset, footerStart - infoOffset), section("footer", footerStart, FOOTER_BYTES)];
  const all = [...blocks, filter, index, stats, ...end].filter((one) => one.end > one.start);
  return { formatVersion, info, blocks, filter: info.filterLen === 0 ? undefined : filter, all };
}

/** What a section holds: read by the reference parser, then decompressed. */
export function sectionPayload(file: Uint8Array, { start, end }: SstSection, codec: Codec): Uint8Array {
  return codec.decompress(referenceSection(file.subarray(start, end)).payload, { maxLength: PAYLOAD_BYTES_MAX });
}

/** Undefined for equal files; otherwise the first difference, and the section of the expected file that it lies in. */
export function firstByteDifference(actual: Uint8Array, expected: Uint8Array, codec: Codec): string | undefined {
  if (Buffer.compare(actual, expected) === 0) return undefined;
  const shorter = Math.min(actual.length, expected.length);
  let at = 0;
  while (at < shorter && actual[at] === expected[at]) at++;
  const section = sstSections(expected, codec).all.find(({ start, end }) => start <= at && at < end);
  const place = section === undefined ? "behind the end" : placeIn(section, at);
  return `byte ${at} is ${shownByte(actual[at])} instead of ${shownByte(expected[at])}: ${place}; ${actual.length} bytes instead of ${expected.length}`;
}

function blocksOf(index: Uint8Array, blocksEnd: number): SstBlock[] {
  const { count, offsets, keyStart, keyEnd } = readIndexColumns(index);
  return Array.from({ length: count }, (_, i) => ({
    name: `block ${i}`,
    start: offsets[i] ?? blocksEnd,
    end: offsets[i + 1] ?? blocksEnd,
    separator: index.subarray(keyStart[i], keyEnd[i]),
  }));
}

function placeIn({ name, start, end }: SstSection, at: number): string {
  if (name === "footer") return `byte ${at - start} of the footer`;
  const stored = end - start - SECTION_BYTES;
  return at - start < stored ? `byte ${at - start} of the ${stored} stored in ${name} (from ${start})` : `checksum of ${name} (from ${start})`;
}

function shownByte(byte: number | undefined): string {
  return byte === undefined ? "missing" : `0x${byte.toString(16).padStart(2, "0")}`;
}
