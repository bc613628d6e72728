// Several jobs at a time whose results come in the order of what they work on.

/**
 * Works on items, at most `jobs` at a time. The first failure ends it. When the caller stops early, or a job fails, the
 * signal that jobs get is aborted, and none is left running.
 */
export async function* inOrder<Item, Result>(
  items: Iterable<Item>, jobs: number, work: (item: Item, signal: AbortSignal) => Promise<Result>, signal: AbortSignal | undefined,
): AsyncGenerator<Result, void, undefined> {
  const stop = new AbortController();
  const both = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
  const running: Promise<Result>[] = [];
  const rest = items[Symbol.iterator]();
  const start = (): void => {
    const next = rest.next();
    if (next.done === true) return;
    const job = work(next.value, both);
    // A failure is seen when its turn comes.
    job.catch(() => undefined);
    running.push(job);
  };
  try {
    for (let job = 0; job < jobs; job++) start();
    for (let first = running.shift(); first !== undefined; first = running.shift()) {
      const result = await first;
      start();
      yield result;
    }
  } finally {
    stop.abort();
    await Promise.allSettled(running);
  }
}
