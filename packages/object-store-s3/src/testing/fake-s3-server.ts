// A small S3 server for tests: exact conditions and checksums, faults on demand, on a free port of this machine. It takes any
// request that is signed by the access key it knows; it does not verify the signature itself.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { FakeS3Operations, operationOf, type FakeAnswer, type FakeTraits } from "./fake-s3-operations.js";
import { FakeBucket, S3Fault } from "./fake-s3-state.js";

/** Makes requests fail. */
export interface ServerFault {
  /** S3's name of the operation, such as "UploadPart"; every operation's requests are counted together unless given. */
  readonly operation?: string | undefined;
  /** The first request that fails, from 1. */
  readonly call: number;
  /** How many fail from there on; 1 unless given. */
  readonly times?: number | undefined;
  /**
   * "before": refused before it acts. "after": it acts, and the connection breaks instead of an answer. "hang": it neither
   * acts nor answers. "hang-after": it acts and does not answer. Those that hang end with their connection.
   */
  readonly when: "before" | "after" | "hang" | "hang-after";
  /** Status and code of a refusal; 503 SlowDown unless given. */
  readonly status?: number | undefined;
  readonly code?: string | undefined;
  readonly message?: string | undefined;
}

export interface FakeS3Options extends Partial<FakeTraits> {
  /** Default "test". */
  readonly accessKeyId?: string | undefined;
  readonly faults?: readonly ServerFault[] | undefined;
  /** Called when a request hangs: a test lets time pass then. */
  readonly onHang?: ((operation: string) => void) | undefined;
}

export interface SeenRequest {
  readonly operation: string;
  readonly key: string;
  readonly headers: IncomingMessage["headers"];
}

const DEFAULT_TRAITS: FakeTraits = {
  conditionalPut: true, conditionalComplete: true, partSizeMin: 5 * 1024 * 1024, equalParts: false, dropParts: true, pageSize: 1000, discard: false,
};

export class FakeS3Server {
  readonly #server: Server;
  readonly #operations: FakeS3Operations;
  readonly #options: FakeS3Options;
  readonly #traits: FakeTraits;
  readonly #counts = new Map<string, number>();
  #faults: readonly ServerFault[];
  #onHang: ((operation: string) => void) | undefined;
  #count = 0;
  #failures = 0;
  /** Every request since the start or the last reset, without bodies. */
  requests: SeenRequest[] = [];

  private constructor(options: FakeS3Options) {
    this.#options = options;
    this.#traits = { ...DEFAULT_TRAITS, ...Object.fromEntries(Object.entries(options).filter(([name, value]) => name in DEFAULT_TRAITS && value !== undefined)) };
    this.#operations = new FakeS3Operations(this.#traits);
    this.#faults = options.faults ?? [];
    this.#onHang = options.onHang;
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

  /** How many requests were made to fail. */
  get failures(): number {
    return this.#failures;
  }

  /** How many requests of an operation came, or of all of them. */
  count(operation?: string): number {
    return operation === undefined ? this.#count : (this.#counts.get(operation) ?? 0);
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
    this.#faults = faults;
    this.#onHang = onHang;
    this.#counts.clear();
    this.#count = 0;
    this.#failures = 0;
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
    this.#count += 1;
    this.#counts.set(operation, this.count(operation) + 1);
    const fault = this.#faults.find((candidate) => this.#strikes(candidate, operation));
    if (fault !== undefined) this.#failures += 1;
    try {
      const chunks: Uint8Array[] = [];
      for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
      if (fault?.when === "hang") return this.#onHang?.(operation);
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
        this.#onHang?.(operation);
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

  #strikes(fault: ServerFault, operation: string): boolean {
    if (fault.operation !== undefined && fault.operation !== operation) return false;
    const count = this.count(fault.operation);
    return count >= fault.call && count < fault.call + (fault.times ?? 1);
  }
}

function refusal({ status, code, message }: S3Fault, bare: boolean): FakeAnswer {
  if (bare) return { status };
  return { status, headers: { "content-type": "application/xml" }, body: `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message.replaceAll("<", "&lt;")}</Message><RequestId>FAKE</RequestId></Error>` };
}
