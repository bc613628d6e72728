// Checksums that travel with bodies to the store, so that bytes damaged on the way are refused there.
import { crc32, crc32Combine } from "@slate-sst/format";
import { bodyChunks } from "./object-body.js";
import type { ObjectBody, PartReceipt } from "./object-store.js";
import { StoreError } from "./store-error.js";

/** Bytes of a digest, by algorithm. The names are those of S3 and of HTTP digests, in lower case. */
const DIGEST_BYTES = { crc32: 4, crc32c: 4, crc64nvme: 8, md5: 16, sha256: 32 } as const;

/** Algorithms some store takes. Which ones a given store takes stands in its capabilities. */
export type ChecksumAlgorithm = keyof typeof DIGEST_BYTES;

/** A checksum of a body, as the bytes that stores exchange (CRCs in big-endian order). */
export interface Checksum {
  /** Which checksum it is. */
  readonly algorithm: ChecksumAlgorithm;
  /** Its bytes, the highest first. */
  readonly digest: Uint8Array;
}

/** The checksum that carries a CRC-32 (the one of zlib and of SlateDB), given as an unsigned 32-bit number. */
export function crc32Checksum(crc: number): Checksum {
  const digest = new Uint8Array(DIGEST_BYTES.crc32);
  new DataView(digest.buffer).setUint32(0, crc);
  return { algorithm: "crc32", digest };
}

/** A copy whose bytes nobody else refers to. */
export function copyChecksum(checksum: Checksum | undefined): Checksum | undefined {
  return checksum === undefined ? undefined : { algorithm: checksum.algorithm, digest: new Uint8Array(checksum.digest) };
}

/** Whether two checksums are of the same algorithm and equal. */
export function equalChecksums(left: Checksum | undefined, right: Checksum | undefined): boolean {
  if (left === undefined || right === undefined) return left === right;
  return left.algorithm === right.algorithm && left.digest.length === right.digest.length &&
    left.digest.every((byte, index) => byte === right.digest[index]);
}

/**
 * Refuses a checksum of a wrong form, or of an algorithm that is not among `taken`.
 * @throws StoreError ERR_STORE_ARGUMENT, ERR_STORE_UNSUPPORTED
 */
export function assertChecksum(checksum: Checksum | undefined, taken: readonly ChecksumAlgorithm[], path: string): void {
  if (checksum === undefined) return;
  assertChecksumAlgorithm(checksum.algorithm, taken, path);
  const bytes = DIGEST_BYTES[checksum.algorithm];
  if (!(checksum.digest instanceof Uint8Array) || checksum.digest.length !== bytes) {
    throw new StoreError("ERR_STORE_ARGUMENT", `a ${checksum.algorithm} checksum is a Uint8Array of ${bytes} bytes`, { path });
  }
}

/**
 * Refuses an unknown algorithm, or one that is not among `taken`.
 * @throws StoreError ERR_STORE_ARGUMENT, ERR_STORE_UNSUPPORTED
 */
export function assertChecksumAlgorithm(algorithm: ChecksumAlgorithm, taken: readonly ChecksumAlgorithm[], path: string): void {
  if (typeof algorithm !== "string" || !Object.hasOwn(DIGEST_BYTES, algorithm)) {
    throw new StoreError("ERR_STORE_ARGUMENT", `a checksum algorithm is one of ${Object.keys(DIGEST_BYTES).join(", ")}`, { path });
  }
  if (taken.includes(algorithm)) return;
  const known = taken.length === 0 ? "none" : taken.join(", ");
  throw new StoreError("ERR_STORE_UNSUPPORTED", `the store takes no ${algorithm} checksum here (it takes: ${known})`, { path });
}

/**
 * Holds a body against its CRC-32, for stores that verify it themselves.
 * @throws StoreError ERR_STORE_CHECKSUM
 */
export function verifyCrc32(body: ObjectBody, checksum: Checksum | undefined, path: string): void {
  if (checksum === undefined) return;
  const actual = bodyChunks(body).reduce((crc, chunk) => crc32(chunk, crc), 0);
  if (equalChecksums(checksum, crc32Checksum(actual))) return;
  throw new StoreError("ERR_STORE_CHECKSUM", `the body has the CRC-32 ${hex(actual)}, not ${hex(crc32Of(checksum))}`, { path });
}

/**
 * Holds an object's CRC-32 against those of its parts, without reading them again.
 * @throws StoreError ERR_STORE_CHECKSUM
 */
export function verifyPartsCrc32(parts: readonly PartReceipt[], checksum: Checksum | undefined, path: string): void {
  if (checksum === undefined) return;
  let combined = 0;
  for (const part of parts) {
    if (part.checksum === undefined) throw new StoreError("ERR_STORE_ARGUMENT", "an object's checksum needs an upload created with its algorithm", { path });
    combined = crc32Combine(combined, crc32Of(part.checksum), part.size);
  }
  if (equalChecksums(checksum, crc32Checksum(combined))) return;
  throw new StoreError("ERR_STORE_CHECKSUM", `the parts have the CRC-32 ${hex(combined)}, not ${hex(crc32Of(checksum))}`, { path });
}

/** The CRC-32 that a checksum carries, as an unsigned 32-bit number. */
export function crc32Of(checksum: Checksum): number {
  return new DataView(checksum.digest.buffer, checksum.digest.byteOffset, checksum.digest.length).getUint32(0);
}

function hex(crc: number): string {
  return crc.toString(16).padStart(2 * DIGEST_BYTES.crc32, "0");
}
