// Ids of uploads: the address of the session, and what any process needs to go on with it. They are secrets, as the address
// lets whoever holds it write. A check sum at the end tells forged and damaged ids.
import { crc32c } from "./crc32c.js";

export interface GcsUpload {
  /** The id among the object's metadata. */
  readonly writeId: string;
  readonly partSize: number;
  /** Each part comes with a checksum of the caller's. */
  readonly checked: boolean;
  /** Path of the session's address, with its query. */
  readonly address: string;
}

/** Digits of the check sum. */
const CHECK_DIGITS = 8;

export function uploadIdOf({ writeId, partSize, checked, address }: GcsUpload, path: string): string {
  const text = `${writeId}.${partSize}.${checked ? 1 : 0}.${Buffer.from(address).toString("base64url")}`;
  return `${text}.${checkOf(text, path)}`;
}

/** `undefined` for what is no id of an upload of this path. */
export function parseUploadId(uploadId: string, path: string): GcsUpload | undefined {
  const [, text = "", writeId = "", partSize, checked, address = "", check] = /^(([0-9a-f]{32})\.(\d+)\.([01])\.([\w-]+))\.([0-9a-f]{8})$/.exec(uploadId) ?? [];
  if (check === undefined || check !== checkOf(text, path)) return undefined;
  return { writeId, partSize: Number(partSize), checked: checked === "1", address: Buffer.from(address, "base64url").toString() };
}

function checkOf(text: string, path: string): string {
  return crc32c(new TextEncoder().encode(`${text}\0${path}`)).toString(16).padStart(CHECK_DIGITS, "0");
}
