// What decorators know of a call to a store.
import type { WriteMode } from "../object-store.js";
import type { StoreMethod } from "../store-attempt.js";

/** A call to a store. */
export interface StoreCall {
  /** The method that was called. */
  readonly method: StoreMethod;
  /** The path, or the prefix of a listing. */
  readonly path: string;
  /** "create" or "overwrite"; undefined where the call takes none. */
  readonly mode?: WriteMode | undefined;
  /** Id of the upload; undefined where the call is about none. */
  readonly uploadId?: string | undefined;
  /** Number of the part, from 1; undefined where the call is about none. */
  readonly partNumber?: number | undefined;
  /** Bytes of the body. */
  readonly size?: number | undefined;
  /** First byte asked for, and the one behind the last. */
  readonly start?: number | undefined;
  /** Behind the last byte that is asked for. */
  readonly end?: number | undefined;
  /** What may cut the call off. */
  readonly signal?: AbortSignal | undefined;
}
