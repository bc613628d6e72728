// Damage of section checksums, footer and length: what needs no forging, as section by section it is found by what guards it.
import { FOOTER_BYTES, FORMAT_VERSION_V1, FORMAT_VERSION_V2, type FormatVersion, SECTION_BYTES } from "@slate-sst/format";
import { joinBytes } from "./forged-rows.js";
import { putTogether, type SstParts } from "./forged-sst.js";
import { type ExpectedFinding, forged, type Forgery, MIDDLE } from "./forgery.js";

const NOT_READ = "does not notice: never read";
const HANGS = "no answer and no error";
const VERSION_BYTES = 2;
const OFFSET_BYTES = FOOTER_BYTES - VERSION_BYTES;

function file(name: string, slateDb: string, change: (file: Uint8Array, parts: SstParts) => Uint8Array, ...findings: readonly ExpectedFinding[]): Forgery {
  return { name, base: "plain", slateDb, make: (parts) => forged(change(putTogether(parts), parts), ...findings) };
}

/** A file whose footer names the other version, so that no block can be read. */
/** A version that there is not: the last one that a footer could name. */
const UNKNOWN_VERSION = 0xffff;

function otherVersion(name: string, base: "plain" | "v1" | "empty", slateDb: string, version: FormatVersion, ...findings: readonly ExpectedFinding[]): Forgery {
  return { name, base, slateDb, make: (parts) => forged(withVersion(putTogether(parts), version), ...findings) };
}

/** The file with one byte changed; a negative place counts from the end. */
function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const place = at < 0 ? bytes.length + at : at;
  return bytes.map((byte, i) => (i === place ? byte ^ 0x40 : byte));
}

function withVersion(bytes: Uint8Array, version: number): Uint8Array {
  return joinBytes(bytes.subarray(0, -VERSION_BYTES), Uint8Array.of(0, version));
}

/** Where a block begins. */
function blockAt({ blocks }: SstParts, block: number): number {
  return blocks.slice(0, block).reduce((sum, { length }) => sum + length + SECTION_BYTES, 0);
}

const MIDDLE_BLOCK = `F4.1 block[${MIDDLE}]` as const;

export const fileForgeries: readonly Forgery[] = [
  file("a byte of a data block", "error: checksum mismatch, when the block is read", (bytes, parts) => flipped(bytes, blockAt(parts, MIDDLE)), MIDDLE_BLOCK),
  file("the checksum of a data block", "error: checksum mismatch, when the block is read", (bytes, parts) => flipped(bytes, blockAt(parts, MIDDLE + 1) - 1), MIDDLE_BLOCK),
  file("a byte of the filter", "look-ups fail, scans are fine", (bytes, { info }) => flipped(bytes, info.filterOffset), "F4.2 filter"),
  file("the checksum of the filter", "look-ups fail, scans are fine", (bytes, { info }) => flipped(bytes, info.indexOffset - 1), "F4.2 filter"),
  file("a byte of the index", "error: checksum mismatch", (bytes, { info }) => flipped(bytes, info.indexOffset), "F4.3 index"),
  file("the checksum of the index", "error: checksum mismatch", (bytes, { info }) => flipped(bytes, info.statsOffset - 1), "F4.3 index"),
  file("a byte of the stats", NOT_READ, (bytes, { info }) => flipped(bytes, info.statsOffset), "F4.4 stats"),
  file("the checksum of the stats", NOT_READ, (bytes, { info }) => flipped(bytes, info.statsOffset + info.statsLen - 1), "F4.4 stats"),
  file("a byte of the info", NOT_READ, (bytes, { info }) => flipped(bytes, info.statsOffset + info.statsLen), "F1.5 info"),
  file("the checksum of the info", NOT_READ, (bytes) => flipped(bytes, -FOOTER_BYTES - 1), "F1.5 info"),
  file("an info offset inside the file", NOT_READ, (bytes) => flipped(bytes, -VERSION_BYTES - 1), "F1.5 info"),
  file("an info offset beyond the file", NOT_READ, (bytes) => flipped(bytes, -VERSION_BYTES - OFFSET_BYTES), "F1.4 footer.info_offset"),
  file("version 0", NOT_READ, (bytes) => withVersion(bytes, 0), "F1.3 footer.format_version"),
  file(`version ${UNKNOWN_VERSION}`, NOT_READ, (bytes) => withVersion(bytes, UNKNOWN_VERSION), "F1.3 footer.format_version"),
  otherVersion("version 1 over blocks of version 2", "plain", NOT_READ, FORMAT_VERSION_V1, "B1.6 footer.format_version"),
  otherVersion("version 2 over blocks of version 1", "v1", NOT_READ, FORMAT_VERSION_V2, "B1.6 footer.format_version"),
  // Both versions read a file without blocks alike: only a manifest or the writer's metadata knows better.
  otherVersion("version 1 over no blocks at all", "empty", NOT_READ, FORMAT_VERSION_V1),
  file("the last byte missing", NOT_READ, (bytes) => bytes.slice(0, -1), "F1.3 footer.format_version"),
  file("the footer missing", NOT_READ, (bytes) => bytes.slice(0, -FOOTER_BYTES), "F1.3 footer.format_version"),
  file("all from the info on missing", NOT_READ, (bytes, { info }) => bytes.slice(0, info.statsOffset + info.statsLen), "F1.3 footer.format_version"),
  file("the end missing from inside the index on", "error: checksum mismatch", (bytes, { info }) => bytes.slice(0, info.indexOffset + info.indexLen / 2), "F1.3 footer.format_version"),
  file("the second half missing", HANGS, (bytes) => bytes.slice(0, bytes.length / 2), "F1.3 footer.format_version"),
  file("all but five bytes missing", HANGS, (bytes) => bytes.slice(0, 5), "F1.1 file"),
  file("no bytes at all", HANGS, () => new Uint8Array(), "F1.1 file"),
  file("seven bytes appended", NOT_READ, (bytes) => joinBytes(bytes, Uint8Array.of(1, 2, 3, 4, 5, 6, 7)), "F1.2 file"),
  file("seven zeros appended", NOT_READ, (bytes) => joinBytes(bytes, new Uint8Array(7)), "F1.2 file"),
  file("a byte inserted at the start", "error: checksum mismatch", (bytes) => joinBytes(new Uint8Array(1), bytes), "F1.5 info"),
  file("nothing but zeros", "error: checksum mismatch", (bytes) => new Uint8Array(bytes.length), "F1.3 footer.format_version"),
];
