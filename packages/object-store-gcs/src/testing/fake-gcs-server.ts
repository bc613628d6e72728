// A small Google Cloud Storage for tests: the JSON API's objects, and its resumable uploads as they are documented. Faults on
// demand, on a free port of this machine. It takes any bearer token that it is told of.
import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { FaultPlan, type ServerFault } from "@slate-sst/object-store/testing";
import { FakeGcsBucket, GcsFault, operationOf, type FakeGcsAnswer } from "./fake-gcs-bucket.js";

/** How the server behaves. Everything is optional. */
export interface FakeGcsOptions {
  /** The token that requests must carry; none is asked for unless given. */
  readonly token?: string | undefined;
  /** Most items of one page of a listing; 1000 unless given. */
  readonly pageSize?: number | undefined;
  /** Bytes that a session keeps of each chunk at most, as the service may keep fewer than were sent; all unless given. */
  readonly keepMax?: number | undefined;
  /** Requests that fail. */
  readonly faults?: readonly ServerFault[] | undefined;
}

/** A fake Google Cloud Storage on a free port. */
export class FakeGcsServer {
  readonly #server: Server;
  readonly #options: FakeGcsOptions;
  readonly #buckets = new Map<string, FakeGcsBucket>();
  /** Which requests fail. */
  readonly plan = new FaultPlan();
  /** Addresses and headers of all requests since the last reset. */
  requests: { readonly operation: string; readonly url: string; readonly headers: IncomingMessage["headers"] }[] = [];

  private constructor(options: FakeGcsOptions) {
    this.#options = options;
    this.plan.reset(options.faults);
    this.#server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => void this.#serve(request, response));
  }

  /** Starts a server on 127.0.0.1. */
  static async start(options: FakeGcsOptions = {}): Promise<FakeGcsServer> {
    const server = new FakeGcsServer(options);
    await new Promise<void>((resolve) => {
      server.#server.listen(0, "127.0.0.1", resolve);
    });
    return server;
  }

  /** Its address, as the `endpoint` of a store. */
  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** A bucket, made when it is first asked for. */
  bucket(name: string): FakeGcsBucket {
    const known = this.#buckets.get(name);
    if (known !== undefined) return known;
    const bucket = new FakeGcsBucket(name, this.#options.pageSize ?? 1000, this.#options.keepMax ?? Infinity);
    this.#buckets.set(name, bucket);
    return bucket;
  }

  /** Begins to count anew, with other faults. */
  reset(faults: readonly ServerFault[] = [], onHang?: (operation: string) => void): void {
    this.plan.reset(faults, onHang);
    this.requests = [];
  }

  /** Ends all connections. */
  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", this.endpoint);
    const operation = operationOf(request.method ?? "", url, request.headers);
    this.requests.push({ operation, url: url.href, headers: request.headers });
    const fault = this.plan.next(operation);
    try {
      const chunks: Uint8Array[] = [];
      for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
      if (fault?.when === "hang") return this.plan.hangs(operation);
      let answer: FakeGcsAnswer;
      try {
        if (fault?.when === "before") throw new GcsFault(fault.status ?? 503, fault.message ?? "Backend Error", fault.code ?? "backendError");
        answer = this.#act(operation, request, url, Buffer.concat(chunks));
      } catch (error) {
        if (!(error instanceof GcsFault)) throw error;
        const { status, message, reason } = error;
        answer = { status, json: { error: { code: status, message, errors: [{ message, reason, domain: "global" }] } } };
      }
      if (fault?.when === "after") {
        request.socket.destroy();
      } else if (fault?.when === "hang-after") {
        this.plan.hangs(operation);
      } else {
        const body = answer.json === undefined ? (answer.body ?? "") : JSON.stringify(answer.json);
        response.writeHead(answer.status, { ...(answer.json === undefined ? {} : { "content-type": "application/json; charset=UTF-8" }), ...answer.headers, ...(answer.status === 204 ? {} : { "content-length": Buffer.byteLength(body) }) });
        response.end(body);
      }
    } catch {
      // The client is gone.
      request.socket.destroy();
    }
  }

  #act(operation: string, request: IncomingMessage, url: URL, body: Buffer): FakeGcsAnswer {
    const { token } = this.#options;
    if (token !== undefined && request.headers.authorization !== `Bearer ${token}`) throw new GcsFault(401, "Invalid Credentials", "authError");
    const [, bucketName = "", name] = /\/storage\/v1\/b\/([^/]+)\/o(?:\/(.+))?$/.exec(url.pathname) ?? [];
    const bucket = this.#buckets.get(decodeURIComponent(bucketName));
    if (bucket === undefined) throw new GcsFault(404, "The specified bucket does not exist.", "notFound");
    const asked = { operation, name: name === undefined ? undefined : decodeURIComponent(name), query: url.searchParams, headers: request.headers, body };
    const answer = bucket.act(asked);
    if (answer.sessionId === undefined) return answer;
    const location = `${this.endpoint}/upload/storage/v1/b/${bucketName}/o?uploadType=resumable&upload_id=${answer.sessionId}`;
    return { ...answer, headers: { ...answer.headers, location, "x-guploader-uploadid": answer.sessionId } };
  }
}

/** A name of a bucket that no other test has. */
export function newBucketName(): string {
  return `bucket-${randomBytes(8).toString("hex")}`;
}
