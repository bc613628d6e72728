// An object of a journal: a WriterCheckpoint, and its checksum behind it.
import { crc32, decodeSection, encodeSection, Section, SECTION_BYTES, SstError } from "@slate-sst/format";
import { BinaryWriter, CheckpointBlocksSchema, fromBinary, type MessageInitShape, toBinary, type WriterCheckpoint, WireType, WriterCheckpointSchema } from "@slate-sst/format/proto";

/** The layout that is written, and the only one that is read. */
export const JOURNAL_LAYOUT = 1;

/** What a record says beside whose it is. */
export type CheckpointInit = MessageInitShape<typeof WriterCheckpointSchema> & object;

/** The fields of a CheckpointBlocks message. */
export interface BlockBytes {
  readonly words: Uint8Array<ArrayBuffer>;
  readonly separators: Uint8Array<ArrayBuffer>;
}

/** What makes up most of a record, and is not copied on its way to the store. */
export interface RecordBulk {
  readonly blocks?: BlockBytes;
  readonly keyHashes?: readonly Uint8Array[];
}

/** The bytes of a record, in runs. The message has neither blocks nor hashes. */
export function encodeRecord(record: WriterCheckpoint, { blocks, keyHashes = [] }: RecordBulk): readonly Uint8Array[] {
  const { field } = WriterCheckpointSchema;
  const runs: Uint8Array[] = [toBinary(WriterCheckpointSchema, record)];
  if (blocks !== undefined) {
    const parts = CheckpointBlocksSchema.field;
    const inner = [prefix(parts.words.number, blocks.words.length), blocks.words, prefix(parts.separators.number, blocks.separators.length), blocks.separators];
    runs.push(prefix(field.blocks.number, totalLength(inner)), ...inner);
  }
  const hashBytes = totalLength(keyHashes);
  if (hashBytes > 0) runs.push(prefix(field.keyHashes.number, hashBytes), ...keyHashes);
  const checksum = new Uint8Array(SECTION_BYTES);
  encodeSection(checksum, 0, runs.reduce((crc, run) => crc32(run, crc), 0));
  return [...runs, checksum];
}

/** What stands before a field of bytes. */
function prefix(field: number, length: number): Uint8Array {
  return new BinaryWriter().tag(field, WireType.LengthDelimited).uint32(length).finish();
}

function totalLength(runs: readonly Uint8Array[]): number {
  return runs.reduce((sum, { length }) => sum + length, 0);
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
