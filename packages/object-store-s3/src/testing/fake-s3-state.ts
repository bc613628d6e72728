// What a fake S3 server holds: buckets, objects, uploads. Conditions are checked and acted on in one step.
import { createHash, randomBytes } from "node:crypto";
import { crc32, crc32Combine } from "@slate-sst/format";

export class S3Fault extends Error {
  constructor(readonly status: number, readonly code: string, message: string = code) {
    super(message);
  }
}

/** Bytes that came; without the bytes themselves where the server discards them. */
export interface FakeContent {
  /** Bytes. */
  readonly size: number;
  /** CRC-32 of the bytes. */
  readonly crc32: number;
  /** The bytes; undefined where the server discards them. */
  readonly bytes: Uint8Array | undefined;
}

/** An object. */
export interface FakeObject extends FakeContent {
  /** In hex, without the quotes that headers have. */
  readonly etag: string;
  /** When it was made. */
  readonly lastModified: Date;
  /** What its writer said of it, by names in lower case. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** A part of an upload. */
export interface FakePart extends FakeContent {
  /** In hex, without the quotes that headers have. */
  readonly etag: string;
  /** Whether a CRC-32 came with it. */
  readonly checked: boolean;
}

/** An upload that is neither completed nor aborted. */
export interface FakeUpload {
  /** Key of the object it will be. */
  readonly key: string;
  /** Its id. */
  readonly uploadId: string;
  /** When it began. */
  readonly initiated: Date;
  /** What its writer said of the object, by names in lower case. */
  readonly metadata: Readonly<Record<string, string>>;
  /** The checksum that was announced; undefined where none was. */
  readonly checksumAlgorithm: string | undefined;
  /** Parts by their numbers. */
  readonly parts: Map<number, FakePart>;
}

/** What a bucket holds. */
export class FakeBucket {
  /** Objects by their keys. */
  readonly objects = new Map<string, FakeObject>();
  /** Uploads by their ids. */
  readonly uploads = new Map<string, FakeUpload>();

  /** Keys in the order of their UTF-8 bytes. */
  keys(prefix: string): string[] {
    return [...this.objects.keys()].filter((key) => key.startsWith(prefix)).sort((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right)));
  }

  /** The upload of that id. @throws S3Fault NoSuchUpload */
  upload(key: string, uploadId: string): FakeUpload {
    const upload = this.uploads.get(uploadId);
    if (upload?.key !== key) throw new S3Fault(404, "NoSuchUpload", "The specified upload does not exist.");
    return upload;
  }
}

/** The content of a body. */
export function contentOf(chunks: readonly Uint8Array[], discard: boolean): FakeContent {
  const crc = chunks.reduce((before, chunk) => crc32(chunk, before), 0);
  const size = chunks.reduce((before, chunk) => before + chunk.length, 0);
  return { size, crc32: crc, bytes: discard ? undefined : new Uint8Array(Buffer.concat(chunks)) };
}

/** An ETag: the bytes' MD5, or a random one where they are discarded, as services with encryption give. */
export function etagOf(content: FakeContent): string {
  return content.bytes === undefined ? randomBytes(16).toString("hex") : createHash("md5").update(content.bytes).digest("hex");
}

/** Joins parts, and gives the ETag of what they make. */
export function joinParts(parts: readonly FakePart[]): { content: FakeContent; etag: string } {
  const hash = createHash("md5");
  let crc = 0;
  let size = 0;
  for (const part of parts) {
    hash.update(Buffer.from(part.etag, "hex"));
    crc = crc32Combine(crc, part.crc32, part.size);
    size += part.size;
  }
  const kept = parts.map(({ bytes }) => bytes).filter((bytes) => bytes !== undefined);
  const bytes = kept.length === parts.length ? new Uint8Array(Buffer.concat(kept)) : undefined;
  return { content: { size, crc32: crc, bytes }, etag: `${hash.digest("hex")}-${parts.length}` };
}
