// A proxy in front of an HTTP service that changes one byte of a request's body: what a bad cable or memory does.
import { createServer, request as send, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** Bodies shorter than this are left alone: they are no data. */
const DAMAGED_MIN = 1024;

export class DamagingProxy {
  readonly #server: Server;
  readonly #target: URL;
  /** Requests with data that came so far. */
  seen = 0;
  /** Which of them is damaged, from 1. */
  damaged = 0;

  private constructor(target: string) {
    this.#target = new URL(target);
    this.#server = createServer((request, response) => {
      this.#forward(request).then(({ status, headers, body }) => response.writeHead(status, headers).end(body), () => request.socket.destroy());
    });
  }

  static async start(target: string): Promise<DamagingProxy> {
    const proxy = new DamagingProxy(target);
    await new Promise<void>((resolve) => {
      proxy.#server.listen(0, "127.0.0.1", resolve);
    });
    return proxy;
  }

  get endpoint(): string {
    const { pathname } = this.#target;
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}${pathname === "/" ? "" : pathname}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
  }

  async #forward(request: IncomingMessage): Promise<{ status: number; headers: IncomingMessage["headers"]; body: Buffer }> {
    const body = await bytesOf(request);
    if (body.length >= DAMAGED_MIN && ++this.seen === this.damaged) body[body.length >> 1]! ^= 1;
    const { method, url, headers } = request;
    return await new Promise((resolve, reject) => {
      const forwarded = send({ host: this.#target.hostname, port: this.#target.port, method, path: url, headers }, (answer) => {
        bytesOf(answer).then((bytes) => resolve({ status: answer.statusCode ?? 500, headers: answer.headers, body: bytes }), reject);
      });
      forwarded.on("error", reject);
      forwarded.end(body);
    });
  }
}

async function bytesOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of message as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}
