// Time that passes when a test says so. Sleeps take no time and are counted as if they did.
import type { RetryClock } from "../retry/retry-clock.js";

/** A clock that passes when it is told to; sleeps take no time. */
export class ManualClock implements RetryClock {
  #now = 0;
  readonly #alarms = new Set<{ readonly at: number; readonly ring: () => void }>();
  /** Milliseconds of each sleep so far. */
  readonly sleeps: number[] = [];

  now(): number {
    return this.#now;
  }

  async sleep(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    this.sleeps.push(milliseconds);
    this.advance(milliseconds);
  }

  alarm(milliseconds: number, ring: () => void): () => void {
    const alarm = { at: this.#now + milliseconds, ring };
    this.#alarms.add(alarm);
    return () => this.#alarms.delete(alarm);
  }

  /** Lets time pass, and rings the alarms that come due. */
  advance(milliseconds: number): void {
    this.#now += milliseconds;
    for (const alarm of [...this.#alarms].filter(({ at }) => at <= this.#now)) {
      this.#alarms.delete(alarm);
      alarm.ring();
    }
  }
}
