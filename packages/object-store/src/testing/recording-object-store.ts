// A store that keeps a record of its calls, so that tests can assert how a store was used: how many requests, which bytes,
// how many at a time.
import { DecoratedObjectStore } from "./decorated-object-store.js";
import type { StoreMethod } from "../store-attempt.js";
import type { StoreCall } from "./store-call.js";

/** A call, and what became of it. */
export interface RecordedCall extends StoreCall {
  /** "pending" until it is settled. */
  readonly outcome: "pending" | "done" | "failed";
  /** Why it failed. */
  readonly error: unknown;
}

/** A store that keeps a record of its calls. */
export class RecordingObjectStore extends DecoratedObjectStore {
  #calls: { call: StoreCall; outcome: RecordedCall["outcome"]; error: unknown }[] = [];
  #pendingMax = 0;

  /** The calls so far, in the order in which they began; of these methods only, when some are given. */
  calls(...methods: readonly StoreMethod[]): RecordedCall[] {
    const wanted = this.#calls.filter(({ call }) => methods.length === 0 || methods.includes(call.method));
    return wanted.map(({ call, outcome, error }) => ({ ...call, outcome, error }));
  }

  /** How many calls of a method began. */
  count(method: StoreMethod): number {
    return this.calls(method).length;
  }

  /** Bytes handed to `put` and `uploadPart`, those of failed calls too. */
  get bytesSent(): number {
    return this.#calls.reduce((bytes, { call }) => bytes + (call.size ?? 0), 0);
  }

  /** The most calls that were under way at once. */
  get pendingMax(): number {
    return this.#pendingMax;
  }

  /** Forgets all calls. */
  reset(): void {
    this.#calls = [];
    this.#pendingMax = 0;
  }

  protected override async before(call: StoreCall): Promise<void> {
    this.#calls.push({ call, outcome: "pending", error: undefined });
    const pending = this.#calls.filter(({ outcome }) => outcome === "pending").length;
    this.#pendingMax = Math.max(this.#pendingMax, pending);
  }

  protected override async after(call: StoreCall, error: unknown): Promise<void> {
    const record = this.#calls.find((known) => known.call === call);
    if (record === undefined) return;
    record.outcome = error === undefined ? "done" : "failed";
    record.error = error;
  }
}
