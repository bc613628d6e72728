// The operations of a fake S3 server: what S3 documents of them, as far as an adapter meets it.
import { createHash, randomBytes } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { contentOf, etagOf, FakeBucket, joinParts, S3Fault, type FakeObject, type FakePart } from "./fake-s3-state.js";

export interface FakeRequest {
  readonly operation: string;
  readonly bucket: string;
  readonly key: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly chunks: readonly Uint8Array[];
}

export interface FakeAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** In what services differ. */
export interface FakeTraits {
  /** Whether `If-None-Match` and `If-Match` are honoured by PutObject. */
  readonly conditionalPut: boolean;
  /** Whether they are honoured by CompleteMultipartUpload; radosgw ignores them. */
  readonly conditionalComplete: boolean;
  /** Smallest part but the last. */
  readonly partSizeMin: number;
  /** Parts but the last must be equal, as R2 wants them. */
  readonly equalParts: boolean;
  /** Parts that completion does not name are dropped; radosgw refuses to. */
  readonly dropParts: boolean;
  /** Most items of one page of a listing. */
  readonly pageSize: number;
  /** Bytes are counted and forgotten. */
  readonly discard: boolean;
}

const XMLNS = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"';

/** The name of an operation, by method and query. */
export function operationOf(method: string, key: string, query: URLSearchParams): string {
  if (key === "") {
    if (method === "PUT") return "CreateBucket";
    if (method === "HEAD") return "HeadBucket";
    return query.has("uploads") ? "ListMultipartUploads" : "ListObjectsV2";
  }
  if (method === "POST") return query.has("uploads") ? "CreateMultipartUpload" : "CompleteMultipartUpload";
  if (method === "PUT") return query.has("partNumber") ? "UploadPart" : "PutObject";
  if (method === "DELETE") return query.has("uploadId") ? "AbortMultipartUpload" : "DeleteObject";
  if (method === "HEAD") return "HeadObject";
  return query.has("uploadId") ? "ListParts" : "GetObject";
}

export class FakeS3Operations {
  readonly buckets = new Map<string, FakeBucket>();
  readonly #traits: FakeTraits;

  constructor(traits: FakeTraits) {
    this.#traits = traits;
  }

  act(request: FakeRequest): FakeAnswer {
    if (request.operation === "CreateBucket") {
      if (!this.buckets.has(request.bucket)) this.buckets.set(request.bucket, new FakeBucket());
      return { status: 200 };
    }
    const bucket = this.buckets.get(request.bucket);
    if (bucket === undefined) throw new S3Fault(404, "NoSuchBucket", "The specified bucket does not exist");
    if (Buffer.byteLength(request.key) > 1024) throw new S3Fault(400, "KeyTooLongError", "Your key is too long");
    switch (request.operation) {
      case "PutObject": return this.#put(bucket, request);
      case "GetObject": return this.#get(bucket, request);
      case "HeadObject": return this.#head(bucket, request);
      case "DeleteObject": bucket.objects.delete(request.key); return { status: 204 };
      case "ListObjectsV2": return this.#list(bucket, request);
      case "CreateMultipartUpload": return this.#createUpload(bucket, request);
      case "UploadPart": return this.#uploadPart(bucket, request);
      case "ListParts": return this.#listParts(bucket, request);
      case "ListMultipartUploads": return this.#listUploads(bucket, request);
      case "CompleteMultipartUpload": return this.#complete(bucket, request);
      case "AbortMultipartUpload": bucket.upload(request.key, request.query.get("uploadId") ?? ""); bucket.uploads.delete(request.query.get("uploadId") ?? ""); return { status: 204 };
      default: return { status: 200 };
    }
  }

  #put(bucket: FakeBucket, { key, headers, chunks }: FakeRequest): FakeAnswer {
    const content = contentOf(chunks, this.#traits.discard);
    verifyChecksums(headers, chunks, content.crc32);
    if (this.#traits.conditionalPut) assertConditions(headers, bucket.objects.get(key));
    const etag = etagOf(content);
    bucket.objects.set(key, { ...content, etag, lastModified: new Date(), metadata: metadataOf(headers) });
    return { status: 200, headers: { etag: `"${etag}"` } };
  }

  #get(bucket: FakeBucket, { key, headers }: FakeRequest): FakeAnswer {
    const object = found(bucket, key);
    if (object.bytes === undefined) throw new S3Fault(501, "NotImplemented", "This server has discarded the bytes.");
    const [, first = "", last = ""] = /^bytes=(\d*)-(\d*)$/.exec(headers.range ?? "") ?? [];
    if (first === "" && last === "") return { status: 200, headers: objectHeaders(object), body: object.bytes };
    const start = first === "" ? Math.max(0, object.size - Number(last)) : Number(first);
    const end = first === "" || last === "" ? object.size : Math.min(object.size, Number(last) + 1);
    if (start >= object.size || start >= end) throw new S3Fault(416, "InvalidRange", "The requested range is not satisfiable");
    return { status: 206, headers: { ...objectHeaders(object), "content-range": `bytes ${start}-${end - 1}/${object.size}` }, body: object.bytes.subarray(start, end) };
  }

  #head(bucket: FakeBucket, { key }: FakeRequest): FakeAnswer {
    const object = found(bucket, key);
    return { status: 200, headers: { ...objectHeaders(object), "content-length": String(object.size) } };
  }

  #list(bucket: FakeBucket, { query }: FakeRequest): FakeAnswer {
    const after = query.get("continuation-token") ?? query.get("start-after") ?? "";
    const keys = bucket.keys(query.get("prefix") ?? "").filter((key) => Buffer.compare(Buffer.from(key), Buffer.from(after)) > 0);
    const page = keys.slice(0, this.#traits.pageSize);
    const truncated = keys.length > page.length;
    const contents = page.map((key) => {
      const { size, etag, lastModified } = found(bucket, key);
      return `<Contents><Key>${encodeKey(key)}</Key><LastModified>${lastModified.toISOString()}</LastModified><ETag>&quot;${etag}&quot;</ETag><Size>${size}</Size></Contents>`;
    });
    const next = truncated ? `<NextContinuationToken>${escapeXml(page.at(-1) ?? "")}</NextContinuationToken>` : "";
    return xml("ListBucketResult", `<EncodingType>url</EncodingType><IsTruncated>${truncated}</IsTruncated>${next}<KeyCount>${page.length}</KeyCount>${contents.join("")}`);
  }

  #createUpload(bucket: FakeBucket, { key, headers }: FakeRequest): FakeAnswer {
    const uploadId = randomBytes(16).toString("base64url");
    const checksumAlgorithm = headers["x-amz-checksum-algorithm"] as string | undefined;
    bucket.uploads.set(uploadId, { key, uploadId, initiated: new Date(), metadata: metadataOf(headers), checksumAlgorithm, parts: new Map() });
    return xml("InitiateMultipartUploadResult", `<Key>${escapeXml(key)}</Key><UploadId>${uploadId}</UploadId>`);
  }

  #uploadPart(bucket: FakeBucket, { key, query, headers, chunks }: FakeRequest): FakeAnswer {
    const upload = bucket.upload(key, query.get("uploadId") ?? "");
    const partNumber = Number(query.get("partNumber"));
    if (!(partNumber >= 1 && partNumber <= 10_000)) throw new S3Fault(400, "InvalidArgument", "Part number must be an integer between 1 and 10000, inclusive");
    const content = contentOf(chunks, this.#traits.discard);
    verifyChecksums(headers, chunks, content.crc32);
    const checked = headers["x-amz-checksum-crc32"] !== undefined;
    if (checked !== (upload.checksumAlgorithm === "CRC32")) {
      throw new S3Fault(400, "InvalidRequest", `Checksum Type mismatch occurred, expected checksum Type: ${upload.checksumAlgorithm}, actual checksum Type: ${checked ? "crc32" : "null"}`);
    }
    const etag = etagOf(content);
    upload.parts.set(partNumber, { ...content, etag, checked });
    return { status: 200, headers: { etag: `"${etag}"` } };
  }

  #listParts(bucket: FakeBucket, { key, query }: FakeRequest): FakeAnswer {
    const upload = bucket.upload(key, query.get("uploadId") ?? "");
    const after = Number(query.get("part-number-marker") ?? 0);
    const parts = [...upload.parts].filter(([number]) => number > after).sort(([left], [right]) => left - right);
    const page = parts.slice(0, this.#traits.pageSize);
    const shown = page.map(([number, part]) => `<Part><PartNumber>${number}</PartNumber><ETag>&quot;${part.etag}&quot;</ETag><Size>${part.size}</Size>${crcElement(part)}</Part>`);
    const truncated = parts.length > page.length;
    return xml("ListPartsResult", `<IsTruncated>${truncated}</IsTruncated><NextPartNumberMarker>${page.at(-1)?.[0] ?? 0}</NextPartNumberMarker>${shown.join("")}`);
  }

  #listUploads(bucket: FakeBucket, { query }: FakeRequest): FakeAnswer {
    const prefix = query.get("prefix") ?? "";
    const [keyMarker, idMarker] = [query.get("key-marker") ?? "", query.get("upload-id-marker") ?? ""];
    const rank = ({ key, uploadId }: { key: string; uploadId: string }): Buffer => Buffer.from(`${key}\0${uploadId}`);
    const uploads = [...bucket.uploads.values()].filter((upload) => upload.key.startsWith(prefix))
      .filter((upload) => keyMarker === "" || Buffer.compare(rank(upload), rank({ key: keyMarker, uploadId: idMarker })) > 0)
      .sort((left, right) => Buffer.compare(rank(left), rank(right)));
    const page = uploads.slice(0, this.#traits.pageSize);
    const last = page.at(-1);
    const next = uploads.length > page.length && last !== undefined ? `<NextKeyMarker>${escapeXml(last.key)}</NextKeyMarker><NextUploadIdMarker>${last.uploadId}</NextUploadIdMarker>` : "";
    const shown = page.map(({ key, uploadId, initiated }) => `<Upload><Key>${escapeXml(key)}</Key><UploadId>${uploadId}</UploadId><Initiated>${initiated.toISOString()}</Initiated></Upload>`);
    return xml("ListMultipartUploadsResult", `<IsTruncated>${uploads.length > page.length}</IsTruncated>${next}${shown.join("")}`);
  }

  #complete(bucket: FakeBucket, { key, query, headers, chunks }: FakeRequest): FakeAnswer {
    const uploadId = query.get("uploadId") ?? "";
    const upload = bucket.upload(key, uploadId);
    const named = [...Buffer.concat(chunks).toString().matchAll(/<Part>(.*?)<\/Part>/gs)].map(([, part = ""]) => ({
      number: Number(/<PartNumber>(\d+)</.exec(part)?.[1]), etag: /<ETag>(.*?)</.exec(part)?.[1]?.replaceAll(/&quot;|"|&#34;/g, ""), crc32: /<ChecksumCRC32>(.*?)</.exec(part)?.[1],
    }));
    if (named.length === 0) throw new S3Fault(400, "MalformedXML", "The XML you provided was not well-formed");
    if (named.some(({ number }, index) => index > 0 && number <= (named[index - 1]?.number ?? 0))) throw new S3Fault(400, "InvalidPartOrder", "The list of parts was not in ascending order.");
    const parts = named.map(({ number, etag, crc32: given }) => {
      const part = upload.parts.get(number);
      if (part === undefined || part.etag !== etag || (given !== undefined && given !== crcText(part.crc32))) {
        throw new S3Fault(400, "InvalidPart", "One or more of the specified parts could not be found.");
      }
      return part;
    });
    if (!this.#traits.dropParts && upload.parts.size > parts.length) throw new S3Fault(400, "InvalidPart", "One or more of the specified parts could not be found.");
    const whole = parts.slice(0, -1);
    if (whole.some(({ size }) => size < this.#traits.partSizeMin)) throw new S3Fault(400, "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size");
    if (this.#traits.equalParts && whole.some(({ size }) => size !== whole[0]?.size)) throw new S3Fault(400, "InvalidPart", "All non-trailing parts must have the same length.");
    const { content, etag } = joinParts(parts);
    const wanted = headers["x-amz-checksum-crc32"];
    if (wanted !== undefined && wanted !== crcText(content.crc32)) throw new S3Fault(400, "BadDigest", "The CRC32 you specified did not match the calculated checksum.");
    if (this.#traits.conditionalComplete) assertConditions(headers, bucket.objects.get(key));
    bucket.objects.set(key, { ...content, etag, lastModified: new Date(), metadata: upload.metadata });
    bucket.uploads.delete(uploadId);
    return xml("CompleteMultipartUploadResult", `<Key>${escapeXml(key)}</Key><ETag>&quot;${etag}&quot;</ETag>`);
  }
}

function found(bucket: FakeBucket, key: string): FakeObject {
  const object = bucket.objects.get(key);
  if (object === undefined) throw new S3Fault(404, "NoSuchKey", "The specified key does not exist.");
  return object;
}

function assertConditions(headers: IncomingHttpHeaders, object: FakeObject | undefined): void {
  const { "if-none-match": noneMatch, "if-match": match } = headers;
  const failed = new S3Fault(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold");
  if (noneMatch === "*" && object !== undefined) throw failed;
  if (match !== undefined && match.replaceAll('"', "") !== object?.etag) throw failed;
}

function verifyChecksums(headers: IncomingHttpHeaders, chunks: readonly Uint8Array[], crc: number): void {
  const hash = (algorithm: string, encoding: "base64" | "hex"): string => chunks.reduce((all, chunk) => all.update(chunk), createHash(algorithm)).digest(encoding);
  const fault = (code: string): S3Fault => new S3Fault(400, code, "The checksum you specified did not match what we received.");
  const sent = headers["x-amz-content-sha256"];
  if (sent !== "UNSIGNED-PAYLOAD" && sent !== hash("sha256", "hex")) throw fault("XAmzContentSHA256Mismatch");
  if (headers["content-md5"] !== undefined && headers["content-md5"] !== hash("md5", "base64")) throw fault("BadDigest");
  if (headers["x-amz-checksum-sha256"] !== undefined && headers["x-amz-checksum-sha256"] !== hash("sha256", "base64")) throw fault("BadDigest");
  if (headers["x-amz-checksum-crc32"] !== undefined && headers["x-amz-checksum-crc32"] !== crcText(crc)) throw fault("BadDigest");
}

function metadataOf(headers: IncomingHttpHeaders): Record<string, string> {
  const named = Object.entries(headers).filter(([name]) => name.startsWith("x-amz-meta-"));
  return Object.fromEntries(named.map(([name, value]) => [name.slice("x-amz-meta-".length), String(value)]));
}

function objectHeaders({ size, etag, lastModified, metadata }: FakeObject): Record<string, string> {
  return {
    etag: `"${etag}"`, "last-modified": lastModified.toUTCString(), "accept-ranges": "bytes", "x-fake-size": String(size),
    ...Object.fromEntries(Object.entries(metadata).map(([name, value]) => [`x-amz-meta-${name}`, value])),
  };
}

function crcElement(part: FakePart): string {
  return part.checked ? `<ChecksumCRC32>${crcText(part.crc32)}</ChecksumCRC32>` : "";
}

function crcText(crc: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc);
  return bytes.toString("base64");
}

function xml(root: string, content: string): FakeAnswer {
  return { status: 200, headers: { "content-type": "application/xml" }, body: `<?xml version="1.0" encoding="UTF-8"?>\n<${root} ${XMLNS}>${content}</${root}>` };
}

/** As S3 encodes keys in listings: slashes stay, spaces are plus signs. */
function encodeKey(key: string): string {
  return key.split("/").map((segment) => encodeURIComponent(segment).replaceAll("%20", "+")).join("/");
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
