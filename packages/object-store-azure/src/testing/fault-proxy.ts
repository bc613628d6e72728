// A proxy in front of Azurite whose requests fail on demand.
import { createServer, request as send, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { FaultPlan, type ServerFault } from "@slate-sst/object-store/testing";

/** A server in front of an emulator that makes requests fail as a `FaultPlan` says. */
export class FaultProxy {
  readonly #server: Server;
  readonly #target: URL;
  /** Which requests fail. Operations have Azure's names: PutBlob, PutBlock, PutBlockList, GetBlockList, GetBlob … */
  readonly plan = new FaultPlan();

  private constructor(target: string) {
    this.#target = new URL(target);
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  /** Starts a proxy on 127.0.0.1 for the service at an address. */
  static async start(target: string): Promise<FaultProxy> {
    const proxy = new FaultProxy(target);
    await new Promise<void>((resolve) => {
      proxy.#server.listen(0, "127.0.0.1", resolve);
    });
    return proxy;
  }

  /** Its address, as the `endpoint` of a store. */
  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}${this.#target.pathname}`;
  }

  /** Begins to count anew, with other faults. */
  reset(faults: readonly ServerFault[] = [], onHang?: (operation: string) => void): void {
    this.plan.reset(faults, onHang);
  }

  /** Ends all connections. */
  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const operation = operationOf(request);
    const fault = this.plan.next(operation);
    try {
      const chunks: Uint8Array[] = [];
      for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
      if (fault?.when === "hang") return this.plan.hangs(operation);
      if (fault?.when === "before") {
        const code = fault.code ?? "ServerBusy";
        response.writeHead(fault.status ?? 503, { "x-ms-error-code": code, "content-type": "application/xml" });
        response.end(`<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>${fault.message ?? "The server is busy."}</Message></Error>`);
        return;
      }
      const answer = await this.#forward(request, Buffer.concat(chunks));
      if (fault?.when === "after") {
        request.socket.destroy();
      } else if (fault?.when === "hang-after") {
        this.plan.hangs(operation);
      } else {
        response.writeHead(answer.status, answer.headers);
        response.end(answer.body);
      }
    } catch {
      request.socket.destroy();
    }
  }

  async #forward({ method, url, headers }: IncomingMessage, body: Buffer): Promise<{ status: number; headers: IncomingMessage["headers"]; body: Buffer }> {
    return await new Promise((resolve, reject) => {
      const forwarded = send({ host: this.#target.hostname, port: this.#target.port, method, path: url, headers }, (answer) => {
        const chunks: Uint8Array[] = [];
        answer.on("data", (chunk: Buffer) => chunks.push(chunk));
        answer.on("end", () => resolve({ status: answer.statusCode ?? 500, headers: answer.headers, body: Buffer.concat(chunks) }));
        answer.on("error", reject);
      });
      forwarded.on("error", reject);
      forwarded.end(body);
    });
  }
}

function operationOf({ method, url }: IncomingMessage): string {
  const query = new URL(url ?? "/", "http://localhost").searchParams;
  const comp = query.get("comp");
  if (method === "PUT") return comp === "block" ? "PutBlock" : comp === "blocklist" ? "PutBlockList" : "PutBlob";
  if (method === "GET") return comp === "blocklist" ? "GetBlockList" : comp === "list" ? "ListBlobs" : "GetBlob";
  return method === "HEAD" ? "GetBlobProperties" : method === "DELETE" ? "DeleteBlob" : (method ?? "");
}
