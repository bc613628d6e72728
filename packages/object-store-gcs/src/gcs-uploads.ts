// Multipart uploads as resumable sessions: parts are chunks, sent one after the other. A chunk that is not a multiple of
// 256 KiB ends the object, and that publishes it: such a part waits in memory until completion. One attempt at each call.
import {
  assertCompleteUpload, assertCreateUpload, assertPartOfUpload, assertUploadCall, assertUploadPart, bodySize, copyBody, newWriteId, partsSize,
  StoreError, uploadNotFound, withWriteId, WRITE_ID_METADATA, type CallOptions, type CompleteUploadOptions, type CreatedUpload, type CreateUploadOptions,
  type ObjectBody, type ObjectInfo, type PartReceipt, type PutResult, type StoreCapabilities, type UploadPartOptions,
} from "@slate-sst/object-store";
import { crc32cChecksum, crc32cOfBody, crc32cOfParts, crc32cText, crcOf, verifyCrc32c } from "./checksums.js";
import type { GcsBucket, ObjectResource } from "./gcs-bucket.js";
import { parseUploadId, uploadIdOf, type GcsUpload } from "./upload-id.js";

/** What is asked of an object. */
export const OBJECT_FIELDS = "name,size,generation,updated,metadata";

const HTTP_OK = 200;
const HTTP_CREATED = 201;
const HTTP_NO_CONTENT = 204;
const HTTP_RESUME = 308;
/** Answers to the end of a session: ended, gone, or not to be ended because it has made its object. */
const HTTP_ENDED = [HTTP_OK, HTTP_NO_CONTENT, 400, 404, 410, 412, 499];

/** What this store object knows of an upload. */
interface Session extends GcsUpload {
  /** Bytes that the service has; `undefined` until it is asked, and again after a failure. */
  received: number | undefined;
  readonly receipts: Map<number, PartReceipt>;
  /** The last part, where it is not a whole one. */
  tail: { readonly partNumber: number; readonly bytes: Uint8Array } | undefined;
  underWay: Promise<unknown>;
}

type Head = (path: string, options: CallOptions) => Promise<ObjectInfo>;

export class GcsUploads {
  readonly #bucket: GcsBucket;
  readonly #capabilities: StoreCapabilities;
  readonly #head: Head;
  readonly #sessions = new Map<string, Session>();

  constructor(bucket: GcsBucket, capabilities: StoreCapabilities, head: Head) {
    this.#bucket = bucket;
    this.#capabilities = capabilities;
    this.#head = head;
  }

  async create(path: string, options: CreateUploadOptions): Promise<CreatedUpload> {
    assertCreateUpload(this.#capabilities, path, options);
    const { mode, partSize, metadata, checksumAlgorithm, signal } = options;
    const writeId = newWriteId();
    const response = await this.#bucket.request({
      operation: "objects.insert", path, method: "POST", signal, answers: [HTTP_OK, HTTP_CREATED],
      address: this.#bucket.uploadAddress({ uploadType: "resumable", fields: OBJECT_FIELDS, ifGenerationMatch: mode === "create" ? "0" : undefined }),
      headers: { "content-type": "application/json; charset=UTF-8", "x-upload-content-type": "application/octet-stream" },
      body: JSON.stringify({ name: this.#bucket.root.nameOf(path), metadata: withWriteId(metadata, writeId) }),
    });
    await this.#bucket.rest("objects.insert", path, signal, async () => await response.arrayBuffer());
    const location = response.headers.get("location");
    if (location === null || !URL.canParse(location)) throw new StoreError("ERR_STORE_FAILED", "objects.insert: the answer names no session", { path });
    const { pathname, search } = new URL(location);
    const upload = { writeId, partSize, checked: checksumAlgorithm !== undefined, address: pathname + search };
    const uploadId = uploadIdOf(upload, path);
    this.#sessions.set(uploadId, newSession(upload, 0));
    return { uploadId };
  }

  async uploadPart(path: string, uploadId: string, partNumber: number, body: ObjectBody, options: UploadPartOptions | undefined): Promise<PartReceipt> {
    assertUploadPart(this.#capabilities, path, uploadId, partNumber, body, options);
    const session = this.#session(path, uploadId);
    const size = bodySize(body);
    const checksumAlgorithm = session.checked ? "crc32c" as const : undefined;
    assertPartOfUpload({ path, partSize: session.partSize, checksumAlgorithm, mode: "overwrite", metadata: {} }, partNumber, size, options?.checksum);
    const crc = crc32cOfBody(body);
    verifyCrc32c(crc, options?.checksum, path);
    const receipt: PartReceipt = { partNumber, size, etag: crc.toString(16), checksum: crc32cChecksum(crc) };
    const sending = this.#inTurn(session, async () => await this.#sendPart(path, session, receipt, body, options?.signal));
    await sending;
    return receipt;
  }

  /** @throws StoreError ERR_STORE_UNSUPPORTED, or what is wrong with the arguments */
  refuseListing(path: string, uploadId: string, options: CallOptions | undefined): void {
    assertUploadCall(this.#capabilities, path, uploadId, options);
    throw new StoreError("ERR_STORE_UNSUPPORTED", "the store cannot list parts: it tells no more than how many bytes a session has", { path });
  }

  async complete(path: string, uploadId: string, parts: readonly PartReceipt[], options: CompleteUploadOptions): Promise<PutResult> {
    assertCompleteUpload(this.#capabilities, path, uploadId, parts, options);
    const session = this.#session(path, uploadId);
    const { checksum, signal } = options;
    return await this.#inTurn(session, async () => {
      const received = session.received ?? (await this.#ask(path, session, signal));
      const total = partsSize(parts);
      this.#assertParts(path, session, parts, received);
      const crc = crc32cOfParts(parts);
      if (crc !== undefined) verifyCrc32c(crc, checksum, path);
      const wanted = crc ?? (checksum === undefined ? undefined : crcOf(checksum));
      const generation = await this.#finish(path, session, received, total, wanted, signal);
      this.#sessions.delete(uploadId);
      return { etag: generation };
    });
  }

  /** The object is this upload's when it carries its id. */
  async settle(path: string, uploadId: string, parts: readonly PartReceipt[], { signal }: CompleteUploadOptions): Promise<PutResult | undefined> {
    const upload = parseUploadId(uploadId, path);
    if (upload === undefined) return undefined;
    const { size, etag, metadata } = await this.#head(path, { signal });
    if (metadata[WRITE_ID_METADATA] !== upload.writeId || size !== partsSize(parts)) return undefined;
    this.#sessions.delete(uploadId);
    return { etag };
  }

  async abort(path: string, uploadId: string, options: CallOptions | undefined): Promise<void> {
    assertUploadCall(this.#capabilities, path, uploadId, options);
    const upload = parseUploadId(uploadId, path);
    if (upload === undefined) return;
    await this.#sessions.get(uploadId)?.underWay.catch(() => undefined);
    const response = await this.#bucket.request({
      operation: "objects.insert", path, method: "DELETE", address: upload.address, headers: { "content-length": "0" }, signal: options?.signal, session: true, answers: HTTP_ENDED,
    });
    await this.#bucket.rest("objects.insert", path, options?.signal, async () => await response.arrayBuffer());
    this.#sessions.delete(uploadId);
  }

  #session(path: string, uploadId: string): Session {
    const known = this.#sessions.get(uploadId);
    const upload = parseUploadId(uploadId, path);
    if (upload === undefined) throw uploadNotFound(path);
    if (known !== undefined) return known;
    const session = newSession(upload, undefined);
    this.#sessions.set(uploadId, session);
    return session;
  }

  /** One request at a time: the service takes chunks in order. */
  async #inTurn<T>(session: Session, act: () => Promise<T>): Promise<T> {
    const turn = session.underWay.catch(() => undefined).then(act);
    session.underWay = turn;
    return await turn;
  }

  async #sendPart(path: string, session: Session, receipt: PartReceipt, body: ObjectBody, signal: AbortSignal | undefined): Promise<void> {
    const { partNumber, size } = receipt;
    const start = (partNumber - 1) * session.partSize;
    const known = session.receipts.get(partNumber);
    const received = session.received ?? (await this.#ask(path, session, signal));
    if (known !== undefined && known.etag !== receipt.etag && start < received) throw cannotReplace(path, partNumber);
    if (session.tail !== undefined && partNumber > session.tail.partNumber) throw outOfOrder(path, partNumber, "the part before it is not a whole one");
    if (start > received) throw outOfOrder(path, partNumber, `${Math.floor(received / session.partSize) + 1} is next`);
    if (size < session.partSize) {
      // The beginning may be there, of a completion that was cut off: the whole object's checksum tells whether it is of this part.
      if (start + size < received) throw cannotReplace(path, partNumber);
      session.tail = { partNumber, bytes: copyBody(body) };
    } else if (start + size > received) {
      await this.#sendChunk(path, session, copyBody(body).subarray(received - start), received, signal);
      if (session.tail?.partNumber === partNumber) session.tail = undefined;
    }
    session.receipts.set(partNumber, receipt);
  }

  /** Sends bytes that make whole multiples of 256 KiB; what the service did not keep of them is sent again. */
  async #sendChunk(path: string, session: Session, bytes: Uint8Array, from: number, signal: AbortSignal | undefined): Promise<void> {
    const end = from + bytes.length;
    let at = from;
    while (at < end) {
      session.received = undefined;
      const response = await this.#bucket.request({
        operation: "objects.insert", path, method: "PUT", address: session.address, signal, session: true, answers: [HTTP_RESUME],
        headers: { "content-range": `bytes ${at}-${end - 1}/*` }, body: bytes.subarray(at - from),
      });
      at = await this.#kept(path, response, at, end, signal);
      session.received = at;
    }
  }

  /** Sends what is left of the last part, and ends the session; what the service did not keep is sent again. */
  async #finish(path: string, session: Session, received: number, total: number, crc: number | undefined, signal: AbortSignal | undefined): Promise<string> {
    const tail = session.tail?.bytes ?? new Uint8Array(0);
    for (let at = received; ; ) {
      const rest = tail.subarray(tail.length - (total - at));
      const range = rest.length === 0 ? `bytes */${total}` : `bytes ${at}-${total - 1}/${total}`;
      session.received = undefined;
      const response = await this.#bucket.request({
        operation: "objects.insert", path, method: "PUT", address: session.address, signal, session: true, answers: [HTTP_OK, HTTP_CREATED, HTTP_RESUME],
        // The service holds the whole object against this before anybody sees it.
        headers: { "content-range": range, ...(crc === undefined ? {} : { "x-goog-hash": `crc32c=${crc32cText(crc)}` }) },
        body: rest,
      });
      if (response.status !== HTTP_RESUME) return (await this.#bucket.rest("objects.insert", path, signal, async () => (await response.json()) as ObjectResource)).generation;
      at = await this.#kept(path, response, at, total, signal);
    }
  }

  /** Bytes that a session has after a request that it did not keep whole, which were `at` before. */
  async #kept(path: string, response: Response, at: number, end: number, signal: AbortSignal | undefined): Promise<number> {
    await this.#bucket.rest("objects.insert", path, signal, async () => await response.arrayBuffer());
    const received = receivedBytes(response);
    if (received > at) return received;
    throw new StoreError("ERR_STORE_FAILED", `objects.insert: the session kept nothing of ${end - at} bytes`, { path, retryable: true });
  }

  /** Asks the service how many bytes it has. @throws StoreError ERR_STORE_UPLOAD_NOT_FOUND also when the object is made already */
  async #ask(path: string, session: Session, signal: AbortSignal | undefined): Promise<number> {
    const response = await this.#bucket.request({
      operation: "objects.insert", path, method: "PUT", address: session.address, signal, session: true, answers: [HTTP_OK, HTTP_CREATED, HTTP_RESUME],
      headers: { "content-range": "bytes */*" }, body: new Uint8Array(0),
    });
    await this.#bucket.rest("objects.insert", path, signal, async () => await response.arrayBuffer());
    if (response.status !== HTTP_RESUME) throw uploadNotFound(path);
    session.received = receivedBytes(response);
    return session.received;
  }

  /** Receipts have to be those of the session: of parts sent elsewhere only the sizes are known here, and their sum. */
  #assertParts(path: string, session: Session, parts: readonly PartReceipt[], received: number): void {
    const mismatch = (text: string): StoreError => new StoreError("ERR_STORE_UPLOAD_MISMATCH", text, { path });
    for (const { partNumber, size, etag } of parts) {
      const known = session.receipts.get(partNumber);
      if (known !== undefined && (known.size !== size || known.etag !== etag)) throw mismatch(`part ${partNumber} is not the one received last under its number`);
      if (partNumber < parts.length && size !== session.partSize) throw mismatch(`part ${partNumber} has ${size} bytes; all parts but the last have ${session.partSize}`);
    }
    const { tail } = session;
    const tailStart = tail === undefined ? Infinity : (tail.partNumber - 1) * session.partSize;
    const there = tail === undefined || received < tailStart ? received : Math.max(received, tailStart + tail.bytes.length);
    if (partsSize(parts) !== there) throw mismatch(`the parts given have ${partsSize(parts)} bytes, and the session ${there}`);
  }
}

function newSession(upload: GcsUpload, received: number | undefined): Session {
  return { ...upload, received, receipts: new Map(), tail: undefined, underWay: Promise.resolve() };
}

/** The answer's range is inclusive, and missing while there is nothing. */
function receivedBytes(response: Response): number {
  const [, last] = /^bytes=0-(\d+)$/.exec(response.headers.get("range") ?? "") ?? [];
  return last === undefined ? 0 : Number(last) + 1;
}

function cannotReplace(path: string, partNumber: number): StoreError {
  return new StoreError("ERR_STORE_UNSUPPORTED", `the store cannot replace part ${partNumber}`, { path });
}

function outOfOrder(path: string, partNumber: number, why: string): StoreError {
  return new StoreError("ERR_STORE_UNSUPPORTED", `the store takes parts in order: not ${partNumber}, ${why}`, { path });
}
