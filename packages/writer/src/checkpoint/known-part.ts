// Parts of an upload as the writer, its journal and the store know them.
import { type CheckpointPart, CheckpointPartSchema, create } from "@slate-sst/format/proto";
import type { Checksum, ChecksumAlgorithm, PartReceipt } from "@slate-sst/object-store";

export interface KnownPart {
  readonly receipt: PartReceipt;
  /** CRC-32 of its bytes, by the writer. */
  readonly crc32: number;
}

export function partMessage({ receipt, crc32 }: KnownPart): CheckpointPart {
  const { partNumber, size, etag, checksum } = receipt;
  const part = create(CheckpointPartSchema, { number: partNumber, size: BigInt(size), crc32 });
  if (etag !== undefined) part.etag = etag;
  if (checksum !== undefined) [part.checksumAlgorithm, part.checksum] = [checksum.algorithm, checksum.digest];
  return part;
}

export function knownPart({ number, size, crc32, etag, checksumAlgorithm, checksum }: CheckpointPart): KnownPart {
  const kept: Checksum | undefined = checksum === undefined ? undefined : { algorithm: checksumAlgorithm as ChecksumAlgorithm, digest: checksum };
  return { crc32, receipt: { partNumber: number, size: Number(size), etag, checksum: kept } };
}

/** The receipt by which a part can be completed, when what the store has now is the same part, or one with the same bytes. */
export function matchingReceipt(known: PartReceipt, there: PartReceipt | undefined): PartReceipt | undefined {
  if (there === undefined || there.size !== known.size) return undefined;
  if (there.etag === known.etag) return known;
  const [left, right] = [known.checksum, there.checksum];
  if (left === undefined || right === undefined || left.algorithm !== right.algorithm) return undefined;
  return left.digest.every((byte, at) => byte === right.digest[at]) ? there : undefined;
}
