// Checksums on the way to S3 and back: as base64, under a name for each algorithm.
import { createHash } from "node:crypto";
import { crc32 } from "@slate-sst/format";
import { bodyChunks, crc32Checksum, type Checksum, type ObjectBody, type PartReceipt } from "@slate-sst/object-store";

export interface ChecksumFields {
  ChecksumCRC32?: string;
  ChecksumSHA256?: string;
  ContentMD5?: string;
}

/** The fields of a request that hand a checksum over. */
export function checksumFields(checksum: Checksum | undefined): ChecksumFields {
  if (checksum === undefined) return {};
  const digest = Buffer.from(checksum.digest).toString("base64");
  if (checksum.algorithm === "crc32") return { ChecksumCRC32: digest };
  return checksum.algorithm === "sha256" ? { ChecksumSHA256: digest } : { ContentMD5: digest };
}

/** The CRC-32 of a body. */
export function crc32OfBody(body: ObjectBody): Checksum {
  return crc32Checksum(bodyChunks(body).reduce((crc, chunk) => crc32(chunk, crc), 0));
}

/** The checksum that a service tells of a part. */
export function checksumOf(fields: { readonly ChecksumCRC32?: string | undefined; readonly ChecksumSHA256?: string | undefined }): Checksum | undefined {
  if (fields.ChecksumCRC32 !== undefined) return { algorithm: "crc32", digest: new Uint8Array(Buffer.from(fields.ChecksumCRC32, "base64")) };
  if (fields.ChecksumSHA256 !== undefined) return { algorithm: "sha256", digest: new Uint8Array(Buffer.from(fields.ChecksumSHA256, "base64")) };
  return undefined;
}

/**
 * The ETag of an object made of parts: the MD5 of their ETags' bytes, and how many there are. `undefined` where a part's is
 * no MD5.
 */
export function multipartEtag(parts: readonly PartReceipt[]): string | undefined {
  const hash = createHash("md5");
  for (const { etag } of parts) {
    if (etag === undefined || !/^[0-9a-f]{32}$/.test(etag)) return undefined;
    hash.update(Buffer.from(etag, "hex"));
  }
  return `${hash.digest("hex")}-${parts.length}`;
}

/** Whether a body fits the checksum that went with it; so does one that went with none. */
export function fitsChecksum(body: ObjectBody, checksum: Checksum | undefined): boolean {
  if (checksum === undefined) return true;
  if (checksum.algorithm === "crc32") return equalBytes(crc32OfBody(body).digest, checksum.digest);
  return equalBytes(bodyChunks(body).reduce((hash, chunk) => hash.update(chunk), createHash(checksum.algorithm)).digest(), checksum.digest);
}

function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
  return Buffer.compare(left, right) === 0;
}
