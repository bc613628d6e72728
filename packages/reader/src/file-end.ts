// The end of an SST: footer and info, and where they say that the other sections lie. Nothing they say is used unchecked.
import {
  decodeFooter,
  decodeInfo,
  decodeSection,
  Footer,
  FOOTER_BYTES,
  type FormatVersion,
  Section,
  SECTION_BYTES,
  SstError,
  type SsTableInfo,
} from "@slate-sst/format";
import { checkSectionCrc, corruptFile } from "./section.js";

/** Positions in the file, from `start` to before `end`. */
export interface FileRange {
  /** First byte. */
  readonly start: number;
  /** Behind the last byte. */
  readonly end: number;
}

/** What footer and info say, with every position checked to lie in the file and in its order. */
export interface FileEnd {
  readonly formatVersion: FormatVersion;
  readonly infoOffset: number;
  readonly info: SsTableInfo;
  /** All data blocks. */
  readonly data: FileRange;
  /** Stored sections, checksums included. */
  readonly index: FileRange;
  readonly filter: FileRange | undefined;
  readonly stats: FileRange | undefined;
}

/** Fewest bytes a section takes: one and its checksum. */
const SECTION_BYTES_MIN = SECTION_BYTES + 1;

/** The footer of a file of this size, from its last bytes. @throws SstError when there is none. */
export function readFooter(lastBytes: Uint8Array, size: number): Footer {
  const footer = new Footer();
  if (size < FOOTER_BYTES + SECTION_BYTES_MIN || lastBytes.length < FOOTER_BYTES) {
    throw new SstError("ERR_SST_TRUNCATED", `footer: a file of ${size} bytes is too short for an SST`, { details: { path: "footer", offset: 0, size } });
  }
  const offset = size - FOOTER_BYTES;
  try {
    decodeFooter(lastBytes, lastBytes.length - FOOTER_BYTES, lastBytes.length, footer);
  } catch (error) {
    throw relocated(error, "footer", offset - (lastBytes.length - FOOTER_BYTES));
  }
  if (footer.infoOffset > offset - SECTION_BYTES_MIN) {
    throw corruptFile("footer.info_offset", offset, `points at ${footer.infoOffset}, which leaves no room for an info before the footer at ${offset}`);
  }
  return footer;
}

/** The info from its section's bytes, and the layout that follows from it. */
export function readFileEnd(section: Uint8Array, footer: Footer): FileEnd {
  const { infoOffset } = footer;
  const stored = new Section();
  decodeSection(section, 0, section.length, stored);
  checkSectionCrc(section, stored, "info", infoOffset);
  let info: SsTableInfo;
  try {
    info = decodeInfo(Uint8Array.from(section.subarray(0, stored.payloadEnd)));
  } catch (error) {
    throw relocated(error, "", infoOffset);
  }
  const at = (name: string, start: number, length: number): FileRange | undefined => {
    if (length === 0) return undefined;
    if (length < SECTION_BYTES_MIN) throw corruptFile(`info.${name}_len`, infoOffset, `is ${length}, and a section has at least ${SECTION_BYTES_MIN} bytes`);
    if (start + length > infoOffset) throw corruptFile(`info.${name}_offset`, infoOffset, `ends at ${start + length}, behind the info at ${infoOffset}`);
    return { start, end: start + length };
  };
  const filter = at("filter", info.filterOffset, info.filterLen);
  const index = at("index", info.indexOffset, info.indexLen);
  const stats = at("stats", info.statsOffset, info.statsLen);
  if (index === undefined) throw corruptFile("info.index_len", infoOffset, "is 0, and every SST has an index");
  const dataEnd = filter?.start ?? index.start;
  if (filter !== undefined && filter.end > index.start) throw corruptFile("info.filter_len", infoOffset, `ends the filter at ${filter.end}, behind the start of the index at ${index.start}`);
  if (stats !== undefined && stats.start < index.end) throw corruptFile("info.stats_offset", infoOffset, `is ${stats.start}, before the end of the index at ${index.end}`);
  return { formatVersion: footer.formatVersion as FormatVersion, infoOffset, info, data: { start: 0, end: dataEnd }, index, filter, stats };
}

/** An error of a decoder with its place in the file. */
export function relocated(error: unknown, prefix: string, base: number): unknown {
  if (!(error instanceof SstError)) return error;
  const { path, offset } = error.details;
  const inFile = typeof offset === "number" ? base + offset : base;
  const whole = [prefix, path].filter((part) => typeof part === "string" && part !== "").join(".");
  return new SstError(error.code, `${whole} at offset ${inFile}: ${error.message}`, { details: { ...error.details, path: whole, offset: inFile }, cause: error });
}
