// Requests to the JSON API: one attempt each, cut off by their signal, failing by an error of object stores.
import { StoreRoot } from "@slate-sst/object-store";
import type { ResolvedConfig } from "./config.js";
import { answerError, credentialsError, requestError } from "./gcs-errors.js";

export interface Asked {
  /** The API's name of the operation. */
  readonly operation: string;
  readonly path: string;
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Path of the address, with its query. */
  readonly address: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: Uint8Array | string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Statuses that are answers, not failures. */
  readonly answers: readonly number[];
  /** The request is about a session of an upload. */
  readonly session?: boolean | undefined;
}

/** What the API tells of an object. */
export interface ObjectResource {
  readonly name: string;
  readonly size: string;
  readonly generation: string;
  readonly updated: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** A bucket and the names below the store's prefix. */
export class GcsBucket {
  readonly root: StoreRoot;
  readonly #config: ResolvedConfig;

  constructor(config: ResolvedConfig) {
    this.root = new StoreRoot(config.prefix);
    this.#config = config;
  }

  /** Path of the address of an object, or of all. */
  objectAddress(path: string | undefined, query: Readonly<Record<string, string | undefined>> = {}): string {
    const name = path === undefined ? "" : `/${encodeURIComponent(this.root.nameOf(path))}`;
    return `/storage/v1/b/${encodeURIComponent(this.#config.bucket)}/o${name}${queryText(query)}`;
  }

  /** Path of the address that objects are uploaded to. */
  uploadAddress(query: Readonly<Record<string, string | undefined>>): string {
    return `/upload/storage/v1/b/${encodeURIComponent(this.#config.bucket)}/o${queryText(query)}`;
  }

  async request(asked: Asked): Promise<Response> {
    const { operation, path, method, address, headers, body, signal, answers, session = false } = asked;
    const authorization = await this.#authorization(operation, path, signal);
    let response: Response;
    try {
      response = await fetch(`${this.#config.endpoint}${address}`, {
        method, redirect: "manual",
        headers: { "accept-encoding": "identity", ...(authorization === undefined ? {} : { authorization }), ...headers },
        ...(body === undefined ? {} : { body: body as NonNullable<RequestInit["body"]> }), ...(signal === undefined ? {} : { signal }),
      });
    } catch (error) {
      if (signal?.aborted === true) throw signal.reason;
      throw requestError(error, operation, path);
    }
    if (answers.includes(response.status)) return response;
    throw await answerError(response, operation, path, session);
  }

  /** Nobody waits for credentials longer than for an answer: what gives them knows of no signal. */
  async #authorization(operation: string, path: string, signal: AbortSignal | undefined): Promise<string | undefined> {
    let stop = (): void => undefined;
    const stopped = new Promise<never>((_, reject) => {
      stop = () => reject(signal?.reason as Error);
      signal?.addEventListener("abort", stop);
    });
    try {
      signal?.throwIfAborted();
      return await Promise.race([stopped, this.#config.authorize()]);
    } catch (error) {
      if (signal?.aborted === true) throw signal.reason;
      throw credentialsError(error, operation, path);
    } finally {
      signal?.removeEventListener("abort", stop);
    }
  }

  /** The rest of an answer. */
  async rest<T>(operation: string, path: string, signal: AbortSignal | undefined, read: () => Promise<T>): Promise<T> {
    try {
      return await read();
    } catch (error) {
      if (signal?.aborted === true) throw signal.reason;
      throw requestError(error, operation, path);
    }
  }
}

function queryText(query: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return given.length === 0 ? "" : `?${given.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&")}`;
}
