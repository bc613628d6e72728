// The loop around a call: attempts, delays with full jitter, a time limit for each attempt and for all of them.
import { isStoreError, StoreError } from "../store-error.js";
import type { StoreAttempt, StoreMethod } from "../store-attempt.js";
import type { ResolvedRetry } from "./retry-options.js";

/** Milliseconds of a second. */
const SECOND = 1000;

/** What a call is about. */
export interface RetriedCall {
  readonly method: StoreMethod;
  readonly path: string;
  readonly partNumber?: number | undefined;
  /** Bytes that have to go over the line. */
  readonly size?: number | undefined;
  /** How much goes over the line, or is done before an answer, is not known: each attempt may take twice as long as the one before. */
  readonly unknownSize?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onAttempt?: ((attempt: StoreAttempt) => void) | undefined;
}

/**
 * Looks whether a call has succeeded although an attempt failed; asked only once an answer was lost.
 * `undefined`: it has not. @throws what the call is to fail with, where that can't be told
 */
export type Settle<T> = (failure: unknown) => Promise<{ readonly result: T } | undefined>;

export class RetryLoop {
  readonly #url: string;
  readonly #retry: ResolvedRetry;

  constructor(url: string, retry: ResolvedRetry) {
    this.#url = url;
    this.#retry = retry;
  }

  /** Makes a call until it succeeds, fails for good, or time is up. */
  async run<T>(call: RetriedCall, act: (signal: AbortSignal) => Promise<T>, settle?: Settle<T>): Promise<T> {
    const { attemptsMax, clock } = this.#retry;
    const deadline = this.deadlineOf(call);
    let lost = false;
    for (let attempt = 1; ; attempt++) {
      const started = clock.now();
      const tell = (outcome: StoreAttempt["outcome"], error: unknown, delay?: number): void =>
        this.tell(call, { attempt, outcome, error, duration: clock.now() - started, delay });
      const limit = this.limit(call, attempt, deadline - started);
      let failure: unknown;
      try {
        const result = await act(limit.signal);
        tell("done", undefined);
        return result;
      } catch (error) {
        failure = error;
      } finally {
        limit.end();
      }
      const final = (error: unknown): unknown => {
        tell("failed", error);
        return error;
      };
      if (call.signal?.aborted === true) throw final(failure);
      lost ||= isRetryable(failure);
      if (settle !== undefined && lost) {
        const settled = await settle(failure).catch((error: unknown) => {
          throw final(error);
        });
        if (settled !== undefined) {
          tell("settled", failure);
          return settled.result;
        }
      }
      const delay = this.delay(attempt);
      if (!isRetryable(failure) || attempt >= attemptsMax || clock.now() + delay >= deadline) throw final(failure);
      tell("retry", failure, delay);
      await clock.sleep(delay, call.signal);
    }
  }

  /**
   * Hands out what a call gives one by one. After a failure it is opened again, told what was handed out last; each item
   * that comes begins a new count of attempts and time. The consumer's own time does not count.
   */
  async *iterate<T>(call: RetriedCall, open: (signal: AbortSignal, last: T | undefined) => AsyncIterable<T>, restartable: boolean): AsyncGenerator<T, void, undefined> {
    const { attemptsMax, clock } = this.#retry;
    let last: T | undefined;
    for (let attempt = 1, deadline = this.deadlineOf(call); ; attempt++) {
      const controller = new AbortController();
      const unfollow = follow(controller, call.signal);
      const iterator = open(controller.signal, last)[Symbol.asyncIterator]();
      let started = clock.now();
      const tell = (outcome: StoreAttempt["outcome"], error: unknown, delay?: number): void =>
        this.tell(call, { attempt, outcome, error, duration: clock.now() - started, delay });
      let failure: unknown;
      try {
        for (;;) {
          started = clock.now();
          const next = await this.#next(iterator, this.alarm(call, attempt, deadline - started, controller));
          if ("error" in next) {
            failure = next.error;
            break;
          }
          if (next.item.done === true) {
            tell("done", undefined);
            return;
          }
          last = next.item.value;
          attempt = 1;
          yield next.item.value;
          deadline = this.deadlineOf(call);
        }
      } finally {
        unfollow();
        // Also when the consumer leaves: what the inner call holds is let go.
        await iterator.return?.();
      }
      const delay = this.delay(attempt);
      const again = isRetryable(failure) && call.signal?.aborted !== true && (restartable || last === undefined);
      if (!again || attempt >= attemptsMax || clock.now() + delay >= deadline) {
        tell("failed", failure);
        throw failure;
      }
      tell("retry", failure, delay);
      await clock.sleep(delay, call.signal);
    }
  }

  /** When the last attempt at a call that begins now must have ended. */
  deadlineOf(call: RetriedCall): number {
    return this.#retry.clock.now() + this.#retry.deadline + this.#allowance(call);
  }

  /** Cuts an attempt off when its time is up, or when the caller's signal is aborted. */
  limit(call: RetriedCall, attempt: number, left: number): { readonly signal: AbortSignal; readonly end: () => void } {
    const controller = new AbortController();
    const unfollow = follow(controller, call.signal);
    const silence = this.alarm(call, attempt, left, controller);
    const end = (): void => {
      unfollow();
      silence();
    };
    return { signal: controller.signal, end };
  }

  /** Aborts a controller when an attempt's time is up, unless what it returns is called before. */
  alarm(call: RetriedCall, attempt: number, left: number, controller: AbortController): () => void {
    const { attemptTimeout, clock } = this.#retry;
    const own = (attemptTimeout + this.#allowance(call)) * (call.unknownSize === true ? 2 ** (attempt - 1) : 1);
    const milliseconds = Math.max(1, Math.min(own, left));
    return clock.alarm(milliseconds, () => {
      controller.abort(new StoreError("ERR_STORE_FAILED", `${call.method} had no answer within ${Math.round(milliseconds)} ms`, { path: call.path, retryable: true }));
    });
  }

  /** A random time before the next attempt, in milliseconds. */
  delay(attempt: number): number {
    const { delayFirst, delayMax, random } = this.#retry;
    return random() * Math.min(delayMax, delayFirst * 2 ** (attempt - 1));
  }

  /** Tells whoever listens. A listener that throws, or rejects, harms nothing. */
  tell(call: RetriedCall, ended: Omit<StoreAttempt, "store" | "method" | "path" | "partNumber">): void {
    const { onAttempt } = this.#retry;
    if (onAttempt === undefined && call.onAttempt === undefined) return;
    const event: StoreAttempt = { store: this.#url, method: call.method, path: call.path, partNumber: call.partNumber, ...ended };
    for (const listener of [call.onAttempt, onAttempt]) {
      try {
        const answer: unknown = listener?.(event);
        if (answer instanceof Promise) answer.catch(() => undefined);
      } catch {
        // Watching must not change what happens.
      }
    }
  }

  async #next<T>(iterator: AsyncIterator<T>, end: () => void): Promise<{ readonly item: IteratorResult<T> } | { readonly error: unknown }> {
    try {
      return { item: await iterator.next() };
    } catch (error) {
      return { error };
    } finally {
      end();
    }
  }

  #allowance(call: RetriedCall): number {
    return ((call.size ?? 0) / this.#retry.bytesPerSecondMin) * SECOND;
  }
}

/** Aborts a controller when a signal is aborted, until what it returns is called: signals outlive the calls they are given to, and hold nothing of them. */
function follow(controller: AbortController, signal: AbortSignal | undefined): () => void {
  const stop = (): void => controller.abort(signal?.reason);
  if (signal?.aborted === true) stop();
  else signal?.addEventListener("abort", stop);
  return () => signal?.removeEventListener("abort", stop);
}

/** Whether a call that failed like this may succeed when it is made again. */
export function isRetryable(error: unknown): boolean {
  return isStoreError(error) && error.retryable;
}
