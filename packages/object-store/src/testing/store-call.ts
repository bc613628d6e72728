// What decorators know of a call to a store.
import type { ObjectStore, WriteMode } from "../object-store.js";

/** The methods of a store. */
export type StoreMethod = Exclude<keyof ObjectStore, "url" | "capabilities">;

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
