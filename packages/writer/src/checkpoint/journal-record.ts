// An object of a journal: a WriterCheckpoint, and its checksum behind it.
import { crc32, decodeSection, encodeSection, Section, SECTION_BYTES, SstError } from "@slate-sst/format";
import { BinaryWriter, fromBinary, type MessageInitShape, toBinary, type WriterCheckpoint, WireType, WriterCheckpointSchema } from "@slate-sst/format/proto";

/** The layout that is written, and the only one that is read. */
export const JOURNAL_LAYOUT = 1;

/** What a record says beside whose it is. */
export type CheckpointInit = MessageInitShape<typeof WriterCheckpointSchema> & object;

/**
 * The bytes of a record, in runs.
 * @param keyHashes what the message has as `keyHashes`: most of it, which is not copied.
 */
export function encodeRecord(record: WriterCheckpoint, keyHashes: readonly Uint8Array[]): readonly Uint8Array[] {
  const hashBytes = keyHashes.reduce((sum, { length }) => sum + length, 0);
  const runs: Uint8Array[] = [toBinary(WriterCheckpointSchema, record)];
  if (hashBytes > 0) runs.push(new BinaryWriter().tag(WriterCheckpointSchema.field.keyHashes.number, WireType.LengthDelimited).uint32(hashBytes).finish(), ...keyHashes);
  const checksum = new Uint8Array(SECTION_BYTES);
  encodeSection(checksum, 0, runs.reduce((crc, run) => crc32(run, crc), 0));
  return [...runs, checksum];
}

/**
 * @param path for errors.
 * @throws SstError ERR_SST_CHECKPOINT_CORRUPT when the record is damaged or torn; ERR_SST_UNSUPPORTED when a later release wrote it.
 */
export function decodeRecord(bytes: Uint8Array, path: string): WriterCheckpoint {
  const record = readRecord(bytes, path);
  if (record.layout === JOURNAL_LAYOUT) return record;
  throw new SstError("ERR_SST_UNSUPPORTED", `${path}: layout ${record.layout} of a journal is not known to this release`, { details: { path, layout: record.layout } });
}

function readRecord(bytes: Uint8Array, path: string): WriterCheckpoint {
  if (bytes.length <= SECTION_BYTES) throw corruptRecord(path, `has ${bytes.length} bytes, too few for a record`);
  const section = new Section();
  decodeSection(bytes, 0, bytes.length, section);
  const message = bytes.subarray(0, section.payloadEnd);
  if (section.crc32 !== crc32(message)) throw corruptRecord(path, "does not match its CRC-32");
  try {
    return fromBinary(WriterCheckpointSchema, message);
  } catch (cause) {
    throw corruptRecord(path, "is no WriterCheckpoint", cause);
  }
}

/** A record that cannot be used. */
export function corruptRecord(path: string, problem: string, cause?: unknown): SstError {
  return new SstError("ERR_SST_CHECKPOINT_CORRUPT", `${path} ${problem}`, { details: { path }, ...(cause === undefined ? {} : { cause }) });
}
