// How often and how long a call is tried.
import { assertRequiredOptions } from "../call-checks.js";
import type { StoreAttempt } from "../store-attempt.js";
import { StoreError } from "../store-error.js";
import { systemClock, type RetryClock } from "./retry-clock.js";

/** Attempts at a call. With the delays below they span half a minute: throttling passes, an outage does not. */
const ATTEMPTS_MAX = 10;

/** The first delay is at most this long, each further one at most twice as long. */
const DELAY_FIRST = 100;

/** No delay is longer. */
const DELAY_MAX = 10_000;

/** What a call may take without its body. */
const ATTEMPT_TIMEOUT = 60_000;

/** What all attempts at a call and the delays between them may take, without bodies. */
const DEADLINE = 300_000;

/** Bytes a second that a connection must carry, else it counts as hanging. */
const BYTES_PER_SECOND_MIN = 65_536;

/** How calls are tried again. Everything is optional. */
export interface RetryOptions {
  /** Attempts at a call, 1 or more. 1 never tries again. Default 10. */
  readonly attemptsMax?: number | undefined;
  /**
   * Milliseconds. Before attempt `n + 1`, a random time up to `delayFirst * 2 ** (n - 1)` and up to `delayMax` passes, so that
   * many clients do not come back at once. Defaults 100 and 10,000.
   */
  readonly delayFirst?: number | undefined;
  /** Longest delay before another attempt, in milliseconds. Default 10,000. */
  readonly delayMax?: number | undefined;
  /** Milliseconds after which an attempt is cut off and counts as failed. Bodies get more: `bytesPerSecondMin`. Default 60,000. */
  readonly attemptTimeout?: number | undefined;
  /** Milliseconds that all attempts at one call may take together. Bodies get more: `bytesPerSecondMin`. Default 300,000. */
  readonly deadline?: number | undefined;
  /** Bytes a second. What a body would take at this speed is added to both times. Default 65,536. */
  readonly bytesPerSecondMin?: number | undefined;
  /** Told of every attempt at every call. What it throws is ignored. */
  readonly onAttempt?: ((attempt: StoreAttempt) => void) | undefined;
  /** The process's time unless given. */
  readonly clock?: RetryClock | undefined;
  /** A number from 0 to below 1. `Math.random` unless given. */
  readonly random?: (() => number) | undefined;
}

/** Options with every default in its place. */
export interface ResolvedRetry {
  readonly attemptsMax: number;
  readonly delayFirst: number;
  readonly delayMax: number;
  readonly attemptTimeout: number;
  readonly deadline: number;
  readonly bytesPerSecondMin: number;
  readonly onAttempt: ((attempt: StoreAttempt) => void) | undefined;
  readonly clock: RetryClock;
  readonly random: () => number;
}

const NAMES: readonly (keyof RetryOptions)[] = [
  "attemptsMax", "delayFirst", "delayMax", "attemptTimeout", "deadline", "bytesPerSecondMin", "onAttempt", "clock", "random",
];

/** @throws StoreError ERR_STORE_ARGUMENT for an unknown name or a value outside its range */
export function resolveRetry(options: RetryOptions = {}): ResolvedRetry {
  assertRequiredOptions(options, NAMES, "");
  const { onAttempt, clock = systemClock, random = Math.random } = options;
  if (typeof random !== "function") throw new StoreError("ERR_STORE_ARGUMENT", "random is a function");
  if ((["now", "sleep", "alarm"] as const).some((method) => typeof clock[method] !== "function")) {
    throw new StoreError("ERR_STORE_ARGUMENT", "clock has the methods now, sleep and alarm");
  }
  const attemptsMax = number("attemptsMax", options.attemptsMax, ATTEMPTS_MAX, 1);
  if (!Number.isSafeInteger(attemptsMax)) throw new StoreError("ERR_STORE_ARGUMENT", "attemptsMax is a whole number, at least 1");
  return {
    attemptsMax,
    delayFirst: number("delayFirst", options.delayFirst, DELAY_FIRST, 0),
    delayMax: number("delayMax", options.delayMax, DELAY_MAX, 0),
    attemptTimeout: number("attemptTimeout", options.attemptTimeout, ATTEMPT_TIMEOUT, 1),
    deadline: number("deadline", options.deadline, DEADLINE, 1),
    bytesPerSecondMin: number("bytesPerSecondMin", options.bytesPerSecondMin, BYTES_PER_SECOND_MIN, 1),
    onAttempt, clock, random,
  };
}

function number(name: string, value: number | undefined, preset: number, min: number): number {
  if (value === undefined) return preset;
  if (typeof value === "number" && value >= min && value <= Number.MAX_SAFE_INTEGER) return value;
  throw new StoreError("ERR_STORE_ARGUMENT", `${name} is a number, at least ${min}, not ${String(value)}`);
}
