// A small S3 server for tests: exact conditions and checksums, faults on demand, on a free port of this machine. It takes any
// request that is signed by the access key it knows; it does not verify the signature itself.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { FaultPlan, type ServerFault } from "@slate-sst/object-store/testing";
import { FakeS3Operations, operationOf, type FakeAnswer, type FakeTraits } from "./fake-s3-operations.js";
import { FakeBucket, S3Fault } from "./fake-s3-state.js";

/** How the server behaves. Everything is optional. */
export interface FakeS3Options extends Partial<FakeTraits> {
  /** Default "test". */
  readonly accessKeyId?: string | undefined;
  /** Requests that fail. */
  readonly faults?: readonly ServerFault[] | undefined;
}

/** A request that came. */
export interface SeenRequest {
  /** The server's name of the operation. */
  readonly operation: string;
  /** Key of the object; empty for requests about the bucket. */
  readonly key: string;
  /** Its headers, by names in lower case. */
  readonly headers: IncomingMessage["headers"];
}

const DEFAULT_TRAITS: FakeTraits = {
  conditionalPut: true, conditionalComplete: true, partSizeMin: 5 * 1024 * 1024, equalParts: false, dropParts: true, pageSize: 1000, discard: false,
};

/** A fake S3, on a free port, with the conditions and checksums of the real one. */
export class FakeS3Server {
  readonly #server: Server;
  readonly #operations: FakeS3Operations;
  readonly #options: FakeS3Options;
  readonly #traits: FakeTraits;
  /** Which requests fail. */
  readonly plan = new FaultPlan();
  /** Every request since the start or the last reset, without bodies. */
  requests: SeenRequest[] = [];

  private constructor(options: FakeS3Options) {
    this.#options = options;
    this.#traits = { ...DEFAULT_TRAITS, ...Object.fromEntries(Object.entries(options).filter(([name, value]) => name in DEFAULT_TRAITS && value !== undefined)) };
    this.#operations = new FakeS3Operations(this.#traits);
    this.plan.reset(options.faults);
    this.#server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => void this.#serve(request, response));
  }

  /** Starts a server on 127.0.0.1. */
  static async start(options: FakeS3Options = {}): Promise<FakeS3Server> {
    const server = new FakeS3Server(options);
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
  bucket(name: string): FakeBucket {
    const known = this.#operations.buckets.get(name);
    if (known !== undefined) return known;
    const bucket = new FakeBucket();
    this.#operations.buckets.set(name, bucket);
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
    const url = new URL(request.url ?? "/", "http://localhost");
    const [bucket = "", ...segments] = url.pathname.slice(1).split("/").map(decodeURIComponent);
    const key = segments.join("/");
    const operation = operationOf(request.method ?? "", key, url.searchParams);
    this.requests.push({ operation, key, headers: request.headers });
    const fault = this.plan.next(operation);
    try {
      const chunks: Uint8Array[] = [];
      for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
      if (fault?.when === "hang") return this.plan.hangs(operation);
      let answer: FakeAnswer;
      try {
        if (fault?.when === "before") throw new S3Fault(fault.status ?? 503, fault.code ?? "SlowDown", fault.message ?? "Please reduce your request rate.");
        this.#authenticate(request);
        answer = this.#operations.act({ operation, bucket, key, query: url.searchParams, headers: request.headers, chunks });
      } catch (error) {
        if (!(error instanceof S3Fault)) throw error;
        answer = refusal(error, request.method === "HEAD");
      }
      if (fault?.when === "after") {
        request.socket.destroy();
      } else if (fault?.when === "hang-after") {
        this.plan.hangs(operation);
      } else {
        response.writeHead(answer.status, { "x-amz-request-id": "FAKE", ...answer.headers, ...(answer.body === undefined ? {} : { "content-length": Buffer.byteLength(answer.body) }) });
        response.end(answer.body);
      }
    } catch {
      // The client is gone.
      request.socket.destroy();
    }
  }

  #authenticate({ headers }: IncomingMessage): void {
    const known = this.#options.accessKeyId ?? "test";
    const [, accessKeyId] = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/.*SignedHeaders=.*Signature=[0-9a-f]{64}$/.exec(headers.authorization ?? "") ?? [];
    if (accessKeyId === undefined) throw new S3Fault(403, "AccessDenied", "Access Denied");
    if (accessKeyId !== known) throw new S3Fault(403, "InvalidAccessKeyId", `The AWS Access Key Id ${accessKeyId} does not exist in our records.`);
  }
}

function refusal({ status, code, message }: S3Fault, bare: boolean): FakeAnswer {
  if (bare) return { status };
  return { status, headers: { "content-type": "application/xml" }, body: `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message.replaceAll("<", "&lt;")}</Message><RequestId>FAKE</RequestId></Error>` };
}
