// Footer and info: rules F1 and F3.
import { crc32Range, decodeFooter, decodeInfo, decodeSection, Footer, FOOTER_BYTES, FORMAT_VERSIONS, type FormatVersion, isFormatVersion, isSstError, Section, SECTION_BYTES, type SsTableInfo } from "@slate-sst/format";
import type { RuleId } from "@slate-sst/format/rules";
import { findBitFlip, flipHint } from "./bit-flip.js";
import type { FileSource } from "./file-source.js";
import { type BitFlip, type Discrepancy, showCrc } from "./finding.js";
import type { Report } from "./report.js";

/** What footer and info say, as far as they could be read. */
export interface Framing {
  /** Undefined when the footer names an unknown one. */
  readonly formatVersion: FormatVersion | undefined;
  readonly infoOffset: number;
  readonly info: SsTableInfo;
  /** The info's FlatBuffer as it stands in the file. */
  readonly infoPayload: Uint8Array;
  /** Fields of the info with numbers that have no meaning; in `info` they are 0. */
  readonly unknown: ReadonlySet<EnumField>;
}

export type EnumField = "compression_format" | "sst_type" | "filter_format";

interface FooterFields {
  readonly at: number;
  readonly infoOffset: number | undefined;
  readonly formatVersion: number;
}

/** Fewest bytes of a section: one and its checksum. */
const SECTION_BYTES_MIN = SECTION_BYTES + 1;
/** Bytes of an info that is looked at: two keys of the greatest length leave ample room. */
const INFO_BYTES_MAX = 1024 * 1024;
/** Candidates for an earlier footer whose info is held against its checksum. */
const CANDIDATES_MAX = 64;
const BYTE_BITS = 8;
/** Bits of the info offset that are tried. */
const OFFSET_BITS = BYTE_BITS * BigUint64Array.BYTES_PER_ELEMENT;

const rulesOfFields: Readonly<Record<EnumField, RuleId>> = { compression_format: "F3.1", sst_type: "F3.2", filter_format: "F3.3" };

/** Reads footer and info. @returns undefined when they lead nowhere. */
export async function checkFraming(source: FileSource, report: Report): Promise<Framing | undefined> {
  const { size } = source;
  if (size <= FOOTER_BYTES + SECTION_BYTES) {
    report.add("F1.1", "file", () => ({ path: "file", offset: 0, length: size, expected: `more than ${FOOTER_BYTES + SECTION_BYTES} bytes`, found: `${size} bytes` }));
    return undefined;
  }
  const footer = readFooter(await source.read(size - FOOTER_BYTES, size), size - FOOTER_BYTES);
  const isVersionKnown = isFormatVersion(footer.formatVersion);
  const isPlaced = isInfoPlaced(footer);
  const section = isPlaced ? await infoSection(source, footer) : undefined;
  if (!isVersionKnown || section?.isSound !== true) {
    const earlier = await findEarlierFooter(source);
    if (earlier !== undefined) {
      report.add("F1.2", "file", () => ({
        path: "file", offset: earlier, length: size - earlier, expected: `the end of the file after the footer, at ${earlier}`,
        found: `${size - earlier} more bytes`, hint: "something was appended to a whole SST",
      }));
      return undefined;
    }
  }
  const { at } = footer;
  if (!isVersionKnown) {
    const isFooter = section?.isSound === true;
    report.add("F1.3", "file", () => ({
      path: "footer.format_version", offset: size - Uint16Array.BYTES_PER_ELEMENT, length: Uint16Array.BYTES_PER_ELEMENT,
      expected: FORMAT_VERSIONS.join(" or "), found: String(footer.formatVersion),
      ...(isFooter ? {} : { hint: `the last ${FOOTER_BYTES} bytes lead to no info either: the file may be truncated, or no SST at all` }),
    }));
    if (!isFooter) return undefined;
  }
  if (section === undefined) {
    const raw = await source.read(at, at + BigUint64Array.BYTES_PER_ELEMENT);
    report.add("F1.4", "file", () => ({
      path: "footer.info_offset", offset: at, length: raw.length, expected: `at most ${at - SECTION_BYTES_MIN}`,
      found: String(new DataView(raw.buffer, raw.byteOffset).getBigUint64(0)), hint: "the file may be truncated, or no SST at all",
    }));
    return undefined;
  }
  if (!section.isSound) {
    const flip = section.bitFlip ?? (await findFlippedOffset(source, footer));
    report.add("F1.5", "info", () => ({ path: "info", offset: section.offset, length: section.length, ...section.mismatch, hint: flipHint(flip), bitFlip: flip }));
    return undefined;
  }
  if (section.payload === undefined) {
    report.ledger.leaveOpen(["F1.6"], `the info is longer than ${INFO_BYTES_MAX} bytes`);
    return undefined;
  }
  const decoded = decodeTolerantly(section.payload, section.offset, report);
  if (decoded === undefined) return undefined;
  const formatVersion = isVersionKnown ? footer.formatVersion : undefined;
  return { formatVersion, infoOffset: section.offset, infoPayload: section.payload, ...decoded };
}

function isInfoPlaced({ at, infoOffset }: FooterFields): boolean {
  return infoOffset !== undefined && infoOffset <= at - SECTION_BYTES_MIN;
}

/** The fields of a footer, known or not. `bytes` are just the footer, `at` is where it lies in the file. */
function readFooter(bytes: Uint8Array, at: number): FooterFields {
  const footer = new Footer();
  try {
    decodeFooter(bytes, 0, bytes.length, footer);
  } catch (error) {
    if (!isSstError(error)) throw error;
    const { value, path } = error.details;
    if (typeof value === "number") return { at, infoOffset: footer.infoOffset, formatVersion: value };
    if (path !== "info_offset") throw error;
    // The offset is no safe integer; the version is read as if it were 0.
    const masked = Uint8Array.from(bytes);
    masked.fill(0, 0, BigUint64Array.BYTES_PER_ELEMENT);
    return { ...readFooter(masked, at), infoOffset: undefined };
  }
  return { at, infoOffset: footer.infoOffset, formatVersion: footer.formatVersion };
}

class InfoSection {
  readonly offset: number;
  readonly length: number;
  /** Undefined when it is too long to look at. */
  readonly payload: Uint8Array | undefined;
  readonly #stored: number;
  readonly #computed: number;

  constructor(offset: number, length: number, payload: Uint8Array | undefined, stored: number, computed: number) {
    this.offset = offset;
    this.length = length;
    this.payload = payload;
    this.#stored = stored;
    this.#computed = computed;
  }

  get isSound(): boolean {
    return this.#stored === this.#computed;
  }

  get mismatch(): Discrepancy {
    return { expected: `CRC-32 ${showCrc(this.#stored)}, as stored behind it`, found: `CRC-32 ${showCrc(this.#computed)}` };
  }

  get bitFlip(): BitFlip | undefined {
    return findBitFlip(this.length - SECTION_BYTES, this.#stored, this.#computed, this.offset);
  }
}

async function infoSection(source: FileSource, { at, infoOffset }: FooterFields): Promise<InfoSection> {
  const offset = infoOffset ?? 0;
  const length = at - offset;
  const stored = new Section();
  if (length > INFO_BYTES_MAX) {
    const tail = await source.read(at - SECTION_BYTES, at);
    decodeSection(tail, 0, tail.length, stored);
    return new InfoSection(offset, length, undefined, stored.crc32, await source.crc32(offset, at - SECTION_BYTES));
  }
  const bytes = await source.read(offset, at);
  decodeSection(bytes, 0, bytes.length, stored);
  return new InfoSection(offset, length, bytes.subarray(0, stored.payloadEnd), stored.crc32, crc32Range(bytes, 0, stored.payloadEnd));
}

/** Where a sound footer ends before the file does, if one does within the last bytes. */
async function findEarlierFooter(source: FileSource): Promise<number | undefined> {
  const base = source.tailStart;
  const tail = await source.read(base, source.size);
  let candidates = 0;
  for (let end = source.size - 1; end - FOOTER_BYTES >= base && candidates < CANDIDATES_MAX; end--) {
    if (tail[end - base - 2] !== 0 || !isFormatVersion(tail[end - base - 1]!)) continue;
    const at = end - FOOTER_BYTES;
    const footer = readFooter(tail.subarray(at - base, end - base), at);
    if (!isInfoPlaced(footer) || at - footer.infoOffset! > INFO_BYTES_MAX) continue;
    candidates++;
    const section = await infoSection(source, footer);
    if (section.isSound && section.payload !== undefined && isInfo(section.payload)) return end;
  }
  return undefined;
}

function isInfo(payload: Uint8Array): boolean {
  try {
    decodeInfo(payload);
    return true;
  } catch (error) {
    return isSstError(error) && error.code === "ERR_SST_UNSUPPORTED";
  }
}

/** The footer has no checksum: when the info seems damaged, one bit of its offset may be. */
async function findFlippedOffset(source: FileSource, { at, infoOffset }: FooterFields): Promise<BitFlip | undefined> {
  for (let bit = 0; bit < OFFSET_BITS; bit++) {
    const other = Number(BigInt(infoOffset ?? 0) ^ (1n << BigInt(bit)));
    if (other > at - SECTION_BYTES_MIN || other < source.tailStart) continue;
    const section = await infoSection(source, { at, infoOffset: other, formatVersion: 0 });
    if (section.isSound) return { offset: at + BigUint64Array.BYTES_PER_ELEMENT - 1 - Math.floor(bit / BYTE_BITS), bit: bit % BYTE_BITS };
  }
  return undefined;
}

/** The info; numbers without a meaning are reported and read as 0. */
function decodeTolerantly(payload: Uint8Array, offset: number, report: Report): { readonly info: SsTableInfo; readonly unknown: Set<EnumField> } | undefined {
  const unknown = new Set<EnumField>();
  let bytes = payload;
  for (;;) {
    try {
      return { info: decodeInfo(bytes), unknown };
    } catch (error) {
      if (!isSstError(error)) throw error;
      const { path, offset: at, value } = error.details;
      const field = String(path).replace("info.", "");
      if (error.code !== "ERR_SST_UNSUPPORTED" || !(field in rulesOfFields) || unknown.has(field as EnumField)) {
        report.add("F1.6", "info", () => ({ path: String(path), offset: offset + Number(at), length: 0, expected: "a FlatBuffer that holds together", found: error.message }));
        return undefined;
      }
      unknown.add(field as EnumField);
      report.add(rulesOfFields[field as EnumField], "info", () => ({ path: String(path), offset: offset + Number(at), length: 1, expected: "a number that has a meaning", found: String(value) }));
      bytes = Uint8Array.from(bytes);
      bytes[Number(at)] = 0;
    }
  }
}
