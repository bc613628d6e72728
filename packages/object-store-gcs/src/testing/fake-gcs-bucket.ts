// A bucket of the fake: what the JSON API documents of objects and resumable sessions, as far as an adapter meets it.
import { randomBytes } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { crc32cText } from "../checksums.js";
import { crc32c } from "../crc32c.js";

export class GcsFault extends Error {
  constructor(readonly status: number, message: string, readonly reason: string) {
    super(message);
  }
}

export interface FakeGcsAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly body?: Uint8Array;
  /** A session was begun: its address is the server's to tell. */
  readonly sessionId?: string;
}

export interface FakeGcsRequest {
  readonly operation: string;
  readonly name: string | undefined;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

interface FakeGcsObject {
  readonly bytes: Uint8Array;
  readonly generation: number;
  readonly updated: Date;
  readonly metadata: Readonly<Record<string, string>>;
}

interface FakeGcsSession {
  readonly name: string;
  readonly create: boolean;
  readonly metadata: Readonly<Record<string, string>>;
  readonly chunks: Uint8Array[];
  received: number;
  /** What it has made, once it has. */
  made: FakeGcsObject | undefined;
}

const CHUNK_STEP = 256 * 1024;

/** The fake's name of an operation: what the adapter does, finer than the API's own names. */
export function operationOf(method: string, url: URL, headers: IncomingHttpHeaders): string {
  if (url.pathname.startsWith("/upload/")) {
    if (method === "DELETE") return "cancel";
    if (method === "POST") return url.searchParams.get("uploadType") === "resumable" ? "startSession" : "insert";
    const range = headers["content-range"] ?? "";
    if (range === "bytes */*") return "query";
    return range.endsWith("/*") ? "chunk" : "finish";
  }
  if (method === "DELETE") return "delete";
  if (url.pathname.endsWith("/o")) return "list";
  return url.searchParams.get("alt") === "media" ? "read" : "get";
}

/** What a fake Google Cloud Storage holds: one bucket. */
export class FakeGcsBucket {
  /** Objects by their names. */
  readonly objects = new Map<string, FakeGcsObject>();
  /** Resumable uploads by their ids. */
  readonly sessions = new Map<string, FakeGcsSession>();
  readonly #name: string;
  readonly #pageSize: number;
  readonly #keepMax: number;
  #generation = 1_700_000_000_000_000;

  constructor(name: string, pageSize: number, keepMax: number) {
    this.#name = name;
    this.#pageSize = pageSize;
    this.#keepMax = keepMax;
  }

  /** Answers a request. */
  act(request: FakeGcsRequest): FakeGcsAnswer {
    switch (request.operation) {
      case "insert": return this.#insert(request);
      case "get": return { status: 200, json: resource(request.name ?? "", this.#found(request.name)) };
      case "read": return this.#read(request);
      case "list": return this.#list(request);
      case "delete": this.#found(request.name); this.objects.delete(request.name ?? ""); return { status: 204 };
      case "startSession": return this.#start(request);
      case "cancel": this.#session(request); this.sessions.delete(request.query.get("upload_id") ?? ""); return { status: 499 };
      default: return this.#continue(request);
    }
  }

  #insert({ query, headers, body }: FakeGcsRequest): FakeGcsAnswer {
    const boundary = /boundary=(\S+)$/.exec(headers["content-type"] ?? "")?.[1] ?? "";
    const headEnd = body.indexOf("\r\n\r\n");
    const firstEnd = body.indexOf(`\r\n--${boundary}\r\n`, headEnd);
    const description = JSON.parse(body.subarray(headEnd + 4, firstEnd).toString()) as { name: string; crc32c?: string; metadata?: Record<string, string> };
    const start = body.indexOf("\r\n\r\n", firstEnd + 2) + 4;
    const bytes = new Uint8Array(body.subarray(start, body.length - Buffer.byteLength(`\r\n--${boundary}--\r\n`)));
    verifyCrc(bytes, description.crc32c);
    return { status: 200, json: resource(description.name, this.#make(description.name, bytes, description.metadata ?? {}, query.get("ifGenerationMatch") === "0")) };
  }

  #read({ name, headers }: FakeGcsRequest): FakeGcsAnswer {
    const { bytes } = this.#found(name);
    const [, first = "", last = ""] = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? "") ?? [];
    if (first === "") return { status: 200, body: bytes };
    const [start, end] = [Number(first), last === "" ? bytes.length : Math.min(bytes.length, Number(last) + 1)];
    if (start >= end) throw new GcsFault(416, "The requested range cannot be satisfied.", "requestedRangeNotSatisfiable");
    return { status: 206, headers: { "content-range": `bytes ${start}-${end - 1}/${bytes.length}` }, body: bytes.subarray(start, end) };
  }

  #list({ query }: FakeGcsRequest): FakeGcsAnswer {
    const [prefix, from] = [query.get("prefix") ?? "", query.get("pageToken") ?? query.get("startOffset") ?? ""];
    const names = [...this.objects.keys()].filter((name) => name.startsWith(prefix) && Buffer.compare(Buffer.from(name), Buffer.from(from)) >= 0)
      .sort((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right)));
    const page = names.slice(0, this.#pageSize);
    const next = names[page.length];
    return { status: 200, json: { ...(page.length === 0 ? {} : { items: page.map((name) => resource(name, this.#found(name))) }), ...(next === undefined ? {} : { nextPageToken: next }) } };
  }

  #start({ query, body }: FakeGcsRequest): FakeGcsAnswer {
    const { name, metadata = {} } = JSON.parse(body.toString()) as { name: string; metadata?: Record<string, string> };
    const create = query.get("ifGenerationMatch") === "0";
    if (create && this.objects.has(name)) throw preconditionFailed();
    const sessionId = randomBytes(32).toString("base64url");
    this.sessions.set(sessionId, { name, create, metadata, chunks: [], received: 0, made: undefined });
    return { status: 200, sessionId };
  }

  #continue(request: FakeGcsRequest): FakeGcsAnswer {
    const session = this.#session(request);
    const { headers, body, query } = request;
    if (session.made !== undefined) return { status: 200, json: resource(session.name, session.made) };
    const [, start, end, total] = /^bytes (?:(\d+)-(\d+)|\*)\/(\d+|\*)$/.exec(headers["content-range"] ?? "") ?? [];
    if (total === undefined) throw new GcsFault(400, "Invalid Content-Range", "invalid");
    if (start !== undefined && end !== undefined) {
      if (Number(end) - Number(start) + 1 !== body.length) throw new GcsFault(400, "The length of the body does not match Content-Range", "invalid");
      if (total === "*" && body.length % CHUNK_STEP !== 0) throw new GcsFault(400, "Chunks are multiples of 256 KiB", "invalid");
      // Bytes that are there already are passed over; a gap is refused.
      if (Number(start) > session.received) throw new GcsFault(400, "Content-Range starts behind the bytes received", "invalid");
      const fresh = body.subarray(session.received - Number(start));
      const kept = fresh.subarray(0, this.#keepMax);
      session.chunks.push(new Uint8Array(kept));
      session.received += kept.length;
    }
    if (total === "*" || session.received < Number(total)) return { status: 308, headers: session.received === 0 ? {} : { range: `bytes=0-${session.received - 1}` } };
    if (session.received > Number(total)) throw new GcsFault(400, "More bytes were received than the total says", "invalid");
    const bytes = new Uint8Array(Buffer.concat(session.chunks));
    verifyCrc(bytes, /crc32c=([^,]+)/.exec(String(headers["x-goog-hash"] ?? ""))?.[1]);
    try {
      session.made = this.#make(session.name, bytes, session.metadata, session.create);
    } catch (error) {
      this.sessions.delete(query.get("upload_id") ?? "");
      throw error;
    }
    session.chunks.length = 0;
    return { status: 200, json: resource(session.name, session.made) };
  }

  #make(name: string, bytes: Uint8Array, metadata: Readonly<Record<string, string>>, create: boolean): FakeGcsObject {
    if (create && this.objects.has(name)) throw preconditionFailed();
    const object = { bytes, generation: (this.#generation += 1), updated: new Date(), metadata };
    this.objects.set(name, object);
    return object;
  }

  #found(name: string | undefined): FakeGcsObject {
    const object = this.objects.get(name ?? "");
    if (object === undefined) throw new GcsFault(404, `No such object: ${this.#name}/${name}`, "notFound");
    return object;
  }

  #session({ query }: FakeGcsRequest): FakeGcsSession {
    const session = this.sessions.get(query.get("upload_id") ?? "");
    if (session === undefined) throw new GcsFault(404, "The session is not there", "notFound");
    return session;
  }
}

function resource(name: string, { bytes, generation, updated, metadata }: FakeGcsObject): unknown {
  return {
    kind: "storage#object", name, size: String(bytes.length), generation: String(generation), updated: updated.toISOString(), crc32c: crc32cText(crc32c(bytes)),
    ...(Object.keys(metadata).length === 0 ? {} : { metadata }),
  };
}

function verifyCrc(bytes: Uint8Array, wanted: string | undefined): void {
  const actual = crc32cText(crc32c(bytes));
  if (wanted === undefined || wanted === actual) return;
  throw new GcsFault(400, `Provided CRC32C "${wanted}" doesn't match calculated CRC32C "${actual}".`, "invalid");
}

function preconditionFailed(): GcsFault {
  return new GcsFault(412, "At least one of the pre-conditions you specified did not hold.", "conditionNotMet");
}
