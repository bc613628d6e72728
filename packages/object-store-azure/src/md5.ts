// MD5, the checksum of bodies that Azure verifies.
import { createHash } from "node:crypto";
import { bodyChunks, type ObjectBody } from "@slate-sst/object-store";

export function md5Of(body: ObjectBody): Uint8Array {
  return bodyChunks(body).reduce((hash, chunk) => hash.update(chunk), createHash("md5")).digest();
}

/** Whether a body fits the MD5 that went with it. */
export function fitsMd5(body: ObjectBody, md5: Uint8Array | undefined): boolean {
  return md5 === undefined || Buffer.compare(md5Of(body), md5) === 0;
}
