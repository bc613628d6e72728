// What decorators know of a call to a store.
import type { WriteMode } from "../object-store.js";
import type { StoreMethod } from "../store-attempt.js";

export interface StoreCall {
  readonly method: StoreMethod;
  /** The path, or the prefix of a listing. */
  readonly path: string;
  readonly mode?: WriteMode | undefined;
  readonly uploadId?: string | undefined;
  readonly partNumber?: number | undefined;
  /** Bytes of the body. */
  readonly size?: number | undefined;
  /** First byte asked for, and the one behind the last. */
  readonly start?: number | undefined;
  readonly end?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}
