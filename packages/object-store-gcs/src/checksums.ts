// CRC-32C as Google Cloud Storage exchanges it.
import { bodyChunks, StoreError, type Checksum, type ObjectBody, type PartReceipt } from "@slate-sst/object-store";
import { crc32c, crc32cCombine } from "./crc32c.js";

/** Bytes of a CRC. */
const CRC_BYTES = 4;

export function crc32cOfBody(body: ObjectBody): number {
  return bodyChunks(body).reduce((crc, chunk) => crc32c(chunk, crc), 0);
}

export function crc32cChecksum(crc: number): Checksum {
  const digest = new Uint8Array(CRC_BYTES);
  new DataView(digest.buffer).setUint32(0, crc);
  return { algorithm: "crc32c", digest };
}

/** As the service wants it: base64 of four bytes, the highest first. */
export function crc32cText(crc: number): string {
  return Buffer.from(crc32cChecksum(crc).digest).toString("base64");
}

/** Holds a body against the checksum that came with it. @throws StoreError ERR_STORE_CHECKSUM */
export function verifyCrc32c(actual: number, checksum: Checksum | undefined, path: string): void {
  if (checksum === undefined || crcOf(checksum) === actual) return;
  throw new StoreError("ERR_STORE_CHECKSUM", "the body does not match its CRC-32C", { path });
}

/** The CRC-32C of an object made of parts; `undefined` where a receipt has none. */
export function crc32cOfParts(parts: readonly PartReceipt[]): number | undefined {
  let joined = 0;
  for (const { checksum, size } of parts) {
    if (checksum?.algorithm !== "crc32c") return undefined;
    joined = crc32cCombine(joined, crcOf(checksum), size);
  }
  return joined;
}

export function crcOf({ digest }: Checksum): number {
  return new DataView(digest.buffer, digest.byteOffset, digest.length).getUint32(0);
}
