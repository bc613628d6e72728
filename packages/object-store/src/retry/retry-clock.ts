// Time, as retries need it: injected, so that tests neither sleep nor race.

/** Time, as retries see it. */
export interface RetryClock {
  /** Milliseconds; only differences count. */
  now(): number;
  /** Resolves after so many milliseconds. Rejects with the signal's reason when that is aborted first. */
  sleep(milliseconds: number, signal: AbortSignal | undefined): Promise<void>;
  /** Calls back after so many milliseconds, unless what it returns was called before. */
  alarm(milliseconds: number, ring: () => void): () => void;
}

/** The longest timer Node and browsers take; longer ones would ring at once. */
const TIMER_MAX = 2 ** 31 - 1;

/** The time of this process. */
export const systemClock: RetryClock = {
  now: () => performance.now(),
  async sleep(milliseconds, signal) {
    await new Promise<void>((resolve, reject) => {
      const stop = (): void => {
        clearTimeout(timer);
        reject(signal?.reason as Error);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener("abort", stop);
        resolve();
      }, Math.min(milliseconds, TIMER_MAX));
      if (signal?.aborted === true) stop();
      else signal?.addEventListener("abort", stop, { once: true });
    });
  },
  alarm(milliseconds, ring) {
    const timer = setTimeout(ring, Math.min(milliseconds, TIMER_MAX));
    return () => clearTimeout(timer);
  },
};
