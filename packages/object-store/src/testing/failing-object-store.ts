// A store whose calls fail on demand: the n-th call of a method, before the inner store acts, after it has acted (the answer
// is lost), or without an answer at all. Failing call 1, 2, 3 … of every method in turn shows what a crash, a lost
// connection or a time-out does to whoever uses a store.
import type { ObjectStore } from "../object-store.js";
import { StoreError } from "../store-error.js";
import { DecoratedObjectStore } from "./decorated-object-store.js";
import type { StoreMethod } from "../store-attempt.js";
import type { StoreCall } from "./store-call.js";

/** Which calls fail, and how. */
export interface FailureRule {
  /** The method whose calls are counted; every method's together unless given. */
  readonly method?: StoreMethod | undefined;
  /** The first call that fails, from 1. */
  readonly call: number;
  /** How many calls fail from there on: 1 unless given; `Infinity` is a store that is gone for good. */
  readonly times?: number | undefined;
  /**
   * "before": the inner store sees nothing. "after": it acted, and the caller does not learn of it. "hang": it sees
   * nothing, and the call is pending until its signal is aborted.
   */
  readonly when: "before" | "after" | "hang";
  /** What is thrown; a retryable StoreError ERR_STORE_FAILED unless given. */
  readonly error?: unknown;
}

/** A store that fails where it is told to. */
export class FailingObjectStore extends DecoratedObjectStore {
  readonly #rules: readonly FailureRule[];
  readonly #counts = new Map<StoreMethod, number>();
  readonly #doomed = new Map<StoreCall, FailureRule>();
  #count = 0;
  #failures = 0;

  /** `inner`: the store that acts. `rules`: the calls that fail; the first rule that fits counts. */
  constructor(inner: ObjectStore, ...rules: readonly FailureRule[]) {
    super(inner);
    this.#rules = rules;
  }

  /** How many calls were made to fail. */
  get failures(): number {
    return this.#failures;
  }

  /** How many calls of a method, or of all methods, began. */
  count(method?: StoreMethod): number {
    return method === undefined ? this.#count : (this.#counts.get(method) ?? 0);
  }

  protected override async before(call: StoreCall): Promise<void> {
    this.#count += 1;
    this.#counts.set(call.method, this.count(call.method) + 1);
    const rule = this.#rules.find((candidate) => this.#strikes(candidate, call));
    if (rule === undefined) return;
    this.#failures += 1;
    if (rule.when === "after") {
      this.#doomed.set(call, rule);
      return;
    }
    if (rule.when === "hang") await untilAborted(call.signal);
    throw failure(rule, call);
  }

  protected override async after(call: StoreCall, error: unknown): Promise<void> {
    const rule = this.#doomed.get(call);
    this.#doomed.delete(call);
    if (rule !== undefined && error === undefined) throw failure(rule, call);
  }

  #strikes(rule: FailureRule, call: StoreCall): boolean {
    if (rule.method !== undefined && rule.method !== call.method) return false;
    const count = this.count(rule.method);
    return count >= rule.call && count < rule.call + (rule.times ?? 1);
  }
}

function failure(rule: FailureRule, call: StoreCall): unknown {
  if (rule.error !== undefined) return rule.error;
  return new StoreError("ERR_STORE_FAILED", `${call.method} was made to fail (${rule.when})`, { path: call.path, retryable: true });
}

/** Rejects with the signal's reason when it is aborted; without a signal it stays pending. */
async function untilAborted(signal: AbortSignal | undefined): Promise<never> {
  return await new Promise<never>((_resolve, reject) => {
    const stop = (): void => {
      try {
        signal?.throwIfAborted();
      } catch (reason) {
        reject(reason);
      }
    };
    stop();
    signal?.addEventListener("abort", stop, { once: true });
  });
}
