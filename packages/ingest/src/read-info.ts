// The end of a written SST, read back: one ranged read of info and footer. SlateDB never looks at them again but reads by
// the copy of the info in the manifest, so this is the last chance to see that the object is the one its metadata tells of.
import {
  compareBytes,
  crc32, decodeFooter, decodeInfo, decodeSection, Footer, FOOTER_BYTES, isSstError, KEY_BYTES_MAX, Section, SECTION_BYTES, SstError, SstType, type SsTableInfo,
} from "@slate-sst/format";
import { infoMessage, type SsTableInfo as ClaimedInfo, SsTableInfoSchema, type SstMetadata } from "@slate-sst/format/proto";
import { isStoreError, type ObjectStore } from "@slate-sst/object-store";
import { mismatch, missingError } from "./ingest-error.js";

/** An info besides its two keys: less than this many bytes. Those of today have under 256; the rest is for fields to come. */
const INFO_BYTES_FIXED_MAX = 64 * 1024;
/** Longest end of an SST. What claims to be longer is not read. */
const TAIL_BYTES_MAX = 2 * KEY_BYTES_MAX + INFO_BYTES_FIXED_MAX + SECTION_BYTES + FOOTER_BYTES;

/** What a manifest needs to know of an SST, as the object has it. */
export interface WrittenInfo {
  readonly info: SsTableInfo;
  readonly formatVersion: number;
}

/**
 * Reads info and footer of an SST and compares them with its metadata.
 * @throws SstError ERR_SST_INGEST_MISMATCH; ERR_SST_CHECKSUM, _CORRUPT, _UNSUPPORTED for a damaged end; StoreError.
 */
export async function readInfo(store: ObjectStore, metadata: SstMetadata): Promise<WrittenInfo> {
  const { path } = metadata;
  const claimed = metadata.info;
  if (claimed === undefined) throw new SstError("ERR_SST_INGEST_MISMATCH", `${path}: its metadata has no info to compare with`, { details: { path, field: "the info" } });
  const size = Number(metadata.size);
  const infoOffset = Number(metadata.infoOffset);
  const tailLength = size - infoOffset;
  if (tailLength <= SECTION_BYTES + FOOTER_BYTES || tailLength > TAIL_BYTES_MAX) {
    throw new SstError("ERR_SST_INGEST_MISMATCH", `${path}: its metadata says that the info begins at ${infoOffset} of ${size} bytes, where no info can lie`, {
      details: { path, field: "the info's offset", infoOffset, size },
    });
  }
  const tail = await readTail(store, path, infoOffset, size);
  try {
    const written = decodeTail(tail, infoOffset, metadata);
    checkInfo(path, claimed, written.info);
    checkKeys(metadata, written.info);
    return written;
  } catch (error) {
    throw inObject(error, path);
  }
}

async function readTail(store: ObjectStore, path: string, start: number, end: number): Promise<Uint8Array> {
  try {
    return await store.getRange(path, start, end);
  } catch (error) {
    // It was there a moment ago, when the root was listed.
    if (isStoreError(error, "ERR_STORE_NOT_FOUND")) throw missingError(path, error);
    if (isStoreError(error, "ERR_STORE_RANGE")) throw mismatch(path, "its size", end, "smaller");
    throw error;
  }
}

function decodeTail(tail: Uint8Array, infoOffset: number, metadata: SstMetadata): WrittenInfo {
  const { path } = metadata;
  const footerAt = tail.length - FOOTER_BYTES;
  const footer = new Footer();
  decodeFooter(tail, footerAt, tail.length, footer);
  if (footer.infoOffset !== infoOffset) throw mismatch(path, "the info's offset", infoOffset, footer.infoOffset);
  if (footer.formatVersion !== metadata.formatVersion) throw mismatch(path, "the format version", metadata.formatVersion, footer.formatVersion);
  const section = new Section();
  decodeSection(tail, 0, footerAt, section);
  const payload = tail.subarray(0, section.payloadEnd);
  const actual = crc32(payload);
  if (actual !== section.crc32) {
    throw new SstError("ERR_SST_CHECKSUM", `the info does not match its checksum`, { details: { offset: infoOffset, expected: section.crc32, actual } });
  }
  return { info: decodeInfo(payload), formatVersion: footer.formatVersion };
}

/** Every field that the spec has, whatever it will have. */
function checkInfo(path: string, claimed: ClaimedInfo, info: SsTableInfo): void {
  const written = infoMessage(info);
  for (const { localName } of SsTableInfoSchema.fields) {
    const name = localName as Exclude<keyof ClaimedInfo, `$${string}`>;
    const [expected, actual] = [claimed[name], written[name]];
    const isEqual = expected instanceof Uint8Array && actual instanceof Uint8Array ? compareBytes(expected, actual) === 0 : expected === actual;
    if (!isEqual) throw mismatch(path, `${name} in the info`, expected, actual);
  }
}

function checkKeys({ path, firstKey, lastKey }: SstMetadata, { firstEntry, lastEntry, sstType }: SsTableInfo): void {
  if (sstType !== SstType.Compacted) {
    throw new SstError("ERR_SST_UNSUPPORTED", `it is a WAL file, which no sorted run can hold`, { details: { field: "sstType", value: sstType } });
  }
  if (firstEntry === undefined || firstEntry.length === 0 || lastEntry === undefined) {
    throw new SstError("ERR_SST_EMPTY", `it has no first and last key, as an SST without rows; SlateDB cannot open a database with such an SST`);
  }
  if (compareBytes(firstKey, firstEntry) !== 0) throw mismatch(path, "the first key", firstKey, firstEntry);
  if (compareBytes(lastKey, lastEntry) !== 0) throw mismatch(path, "the last key", lastKey, lastEntry);
}

/** The codecs' errors know offsets and fields, but not the object. */
function inObject(error: unknown, path: string): unknown {
  if (!isSstError(error) || error.details["path"] === path) return error;
  const { path: field, ...details } = error.details;
  return new SstError(error.code, `${path}: ${error.message}`, { cause: error, details: { ...(field === undefined ? {} : { field }), ...details, path } });
}
