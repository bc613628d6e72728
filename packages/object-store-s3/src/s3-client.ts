// The SDK's client, so that each request is one attempt, is cut off by its signal, and fails by an error of object stores.
import { S3Client } from "@aws-sdk/client-s3";
import type { ObjectBody } from "@slate-sst/object-store";
import { bodyChunks, copyBody, StoreError, StoreRoot } from "@slate-sst/object-store";
import type { ResolvedConfig } from "./config.js";
import { providerOf } from "./providers.js";
import { s3Error } from "./s3-errors.js";

/** What a body's signature is replaced by where its CRC-32 protects it. */
const UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD";

const PAYLOAD_HASH = "x-amz-content-sha256";

/** Smaller bodies are hashed sooner than handed to another thread. */
const HASHED_ELSEWHERE_MIN = 65_536;

/** A bucket and the keys below the store's prefix. */
export class S3Bucket {
  readonly client: S3Client;
  readonly bucket: string;
  readonly root: StoreRoot;

  constructor(config: ResolvedConfig) {
    this.client = new S3Client(config.client);
    this.bucket = config.bucket;
    this.root = new StoreRoot(config.prefix);
    if (config.client.endpoint === undefined) this.#refuseUnseenEndpoint();
    this.#prepareSignatures(config.signPayload);
  }

  /** Where an object is, as every command wants it. */
  at(path: string): { readonly Bucket: string; readonly Key: string } {
    return { Bucket: this.bucket, Key: this.root.nameOf(path) };
  }

  /** Makes a request; `act` passes the signal on to the client. */
  async request<T>(operation: string, path: string, signal: AbortSignal | undefined, act: (options: { abortSignal?: AbortSignal }) => Promise<T>, uploadId?: string): Promise<T> {
    try {
      return await act(signal === undefined ? {} : { abortSignal: signal });
    } catch (error) {
      // The caller's reason, not the SDK's own AbortError.
      if (signal?.aborted === true) throw signal.reason;
      const secrets = [...(uploadId === undefined ? [] : [uploadId]), ...(await this.#secrets(error))];
      throw s3Error(error, { operation, path, upload: uploadId !== undefined, secrets });
    }
  }

  /** What must never stand in an error's text. */
  async #secrets(error: unknown): Promise<string[]> {
    if ((error as Error).name === "CredentialsProviderError") return [];
    try {
      const { accessKeyId, secretAccessKey, sessionToken } = await this.client.config.credentials();
      return [secretAccessKey, sessionToken, accessKeyId].filter((secret) => secret !== undefined && secret !== "") as string[];
    } catch {
      return [];
    }
  }

  /**
   * The SDK takes an endpoint from a profile's `endpoint_url`, too, once a request is made. Its service would be taken for AWS, and may
   * ignore the conditions that AWS honours.
   */
  #refuseUnseenEndpoint(): void {
    this.client.middlewareStack.add((next) => async (args) => {
      const found = await this.client.config.serviceConfiguredEndpoint?.();
      if (found !== undefined && providerOf(found) !== "aws") {
        throw new StoreError("ERR_STORE_URL", `a profile's endpoint_url leads to ${new URL(found).host}, which is not AWS: name it as endpoint, so that what its service can do is known`);
      }
      return await next(args);
    }, { step: "build", name: "slateSstUnseenEndpoint", override: true });
  }

  /**
   * The signer takes the payload's hash from here. Bodies whose CRC-32 is among the signed headers may go without: the service
   * holds them against that. The others are hashed by another thread, while this one goes on.
   */
  #prepareSignatures(signPayload: boolean): void {
    this.client.middlewareStack.add((next) => async (args) => {
      const { headers, body } = args.request as { headers: Record<string, string>; body?: unknown };
      if (!signPayload && headers["x-amz-checksum-crc32"] !== undefined) {
        headers[PAYLOAD_HASH] = UNSIGNED_PAYLOAD;
      } else if (body instanceof Uint8Array && body.length >= HASHED_ELSEWHERE_MIN) {
        headers[PAYLOAD_HASH] = Buffer.from(await crypto.subtle.digest("SHA-256", body as Uint8Array<ArrayBuffer>)).toString("hex");
      }
      return await next(args);
    }, { step: "build", name: "slateSstPayloadHash", override: true });
  }
}

/** A listing that ends early without saying so would look like a whole one. @returns where the next page begins; undefined behind the last one. */
export function nextPage<Marker>(operation: string, path: string, isTruncated: boolean | undefined, marker: Marker | undefined): Marker | undefined {
  if (isTruncated !== true) return undefined;
  if (marker !== undefined) return marker;
  throw new StoreError("ERR_STORE_FAILED", `${operation}: the listing is cut off, and the service does not say where it goes on`, { path });
}

/** A body in one run, as the SDK sends it: not copied where it is one. */
export function oneRun(body: ObjectBody): Uint8Array {
  const [only, ...more] = bodyChunks(body);
  return only !== undefined && more.length === 0 ? only : copyBody(body);
}

/** ETags without the quotes that some services send and others do not. */
export function plainEtag(etag: string | undefined): string | undefined {
  return etag?.replaceAll('"', "");
}
