// One attempt at a call, as whoever watches a store's retries is told of it.
import type { ObjectStore } from "./object-store.js";

/** The methods of a store. */
export type StoreMethod = Exclude<keyof ObjectStore, "url" | "capabilities">;

/** An attempt that has ended. Its error holds no credentials and no upload id. */
export interface StoreAttempt {
  /** The store's URL. */
  readonly store: string;
  /** The method that was called. */
  readonly method: StoreMethod;
  /** The path, or the prefix of a listing. */
  readonly path: string;
  /** Number of the part, from 1; undefined where the call is about none. */
  readonly partNumber: number | undefined;
  /** From 1. */
  readonly attempt: number;
  /**
   * "done": the store answered. "retry": it failed, and is made again after `delay`. "settled": its answer was lost, or told
   * of an earlier attempt's effect, and a look at the store showed that the call has succeeded. "failed": it failed for good.
   */
  readonly outcome: "done" | "retry" | "settled" | "failed";
  /** Why it did not simply succeed; `undefined` where it did. */
  readonly error: unknown;
  /** Milliseconds it took. */
  readonly duration: number;
  /** Milliseconds until the next attempt; `undefined` where there is none. */
  readonly delay: number | undefined;
}
