// Several files at once, told of in their order: the file that is being reported is read at the pace of the report, the ones
// after it run ahead by a bounded number of findings.

/** Findings that a file may be ahead of the report. */
const STEPS_AHEAD_MAX = 64;
/** For each file that runs, how many more may wait to be reported. */
const WAITING_PER_JOB = 4;

/** Wakes whoever waits. */
class Bell {
  #ring: () => void = () => undefined;
  #rung: Promise<void> = Promise.resolve();

  constructor() {
    this.#reset();
  }

  #reset(): void {
    this.#rung = new Promise((resolve) => (this.#ring = resolve));
  }

  ring(): void {
    this.#ring();
    this.#reset();
  }

  wait(): Promise<void> {
    return this.#rung;
  }
}

/** A generator that is driven before it is read. */
export class RunAhead<T, R> {
  readonly #source: AsyncGenerator<T, R, undefined>;
  readonly #steps: IteratorResult<T, R>[] = [];
  readonly #came = new Bell();
  readonly #went = new Bell();
  #failure: { readonly error: unknown } | undefined;
  #isStopped = false;

  /** @param onEnd called once, when the source has ended or failed. */
  constructor(source: AsyncGenerator<T, R, undefined>, onEnd: () => void) {
    this.#source = source;
    void this.#drive(onEnd);
  }

  /** The next step of the source, or its failure. Not to be called again after the last one. */
  async next(): Promise<IteratorResult<T, R>> {
    for (;;) {
      const step = this.#steps.shift();
      if (step !== undefined) {
        this.#went.ring();
        return step;
      }
      if (this.#failure !== undefined) throw this.#failure.error;
      await this.#came.wait();
    }
  }

  /** Ends the source where it is. */
  stop(): void {
    this.#isStopped = true;
    this.#went.ring();
  }

  async #drive(onEnd: () => void): Promise<void> {
    try {
      for (;;) {
        const step = await this.#source.next();
        this.#steps.push(step);
        this.#came.ring();
        if (step.done === true) break;
        while (this.#steps.length >= STEPS_AHEAD_MAX && !this.#isStopped) await this.#went.wait();
        if (this.#isStopped) break;
      }
      if (this.#isStopped) await this.#source.return(undefined as R);
    } catch (error) {
      this.#failure = { error };
    }
    this.#came.ring();
    onEnd();
  }
}

/**
 * Starts a generator for each input, `jobs` of them at a time, and hands them out in the order of the inputs. Each must be read to
 * its end or its failure before the next one is asked for. Returning early stops those under way.
 */
export async function* inOrder<In, T, R>(
  inputs: readonly In[], jobs: number, start: (input: In) => AsyncGenerator<T, R, undefined>,
): AsyncGenerator<{ readonly input: In; readonly run: RunAhead<T, R> }, void, undefined> {
  const started: { input: In; run: RunAhead<T, R> }[] = [];
  let next = 0;
  let running = 0;
  const fill = (): void => {
    while (running < jobs && started.length < jobs * WAITING_PER_JOB && next < inputs.length) {
      const input = inputs[next++]!;
      running++;
      started.push({ input, run: new RunAhead(start(input), ended) });
    }
  };
  const ended = (): void => {
    running--;
    fill();
  };
  try {
    for (fill(); started.length > 0; fill()) {
      yield started[0]!;
      started.shift();
    }
  } finally {
    next = inputs.length;
    for (const { run } of started) run.stop();
  }
}
