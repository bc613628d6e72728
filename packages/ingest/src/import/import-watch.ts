// How far an import is, told now and then: what of a phase is done, how long the rest takes, and what the process holds meanwhile.
import type { SourceFile } from "../source/source-files.js";
import type { ImportEvent, ImportPhase, ImportProgress } from "./events.js";

/** Least time between two events of progress. */
const PROGRESS_MS = 200;
const MS_PER_S = 1000;

/** What changes from one event of progress to the next. */
type Counts = Pick<ImportProgress, "rows" | "bytesRead" | "bytesWritten" | "ssts" | "temporaryBytes" | "fraction">;

export class ImportWatch {
  readonly #onEvent: ((event: ImportEvent) => void) | undefined;
  /** Bytes of the source; undefined where nobody knows. */
  readonly bytesTotal: number | undefined;
  #phase: ImportPhase = "write";
  #counts: Counts = { rows: 0, bytesRead: 0, bytesWritten: 0, ssts: 0, temporaryBytes: 0, fraction: undefined };
  /** When the phase began, and what was done then: a resumed one has some of it behind it. */
  #begun = { at: performance.now(), counts: this.#counts };
  #toldAt = performance.now();

  constructor(onEvent: ((event: ImportEvent) => void) | undefined, files: readonly SourceFile[]) {
    this.#onEvent = onEvent;
    this.bytesTotal = files.every(({ size }) => size !== undefined) ? files.reduce((sum, { size }) => sum + size!, 0) : undefined;
  }

  /** A phase begins. @param done what an earlier call has done of it. @throws what `onEvent` throws, as all of these do. */
  begin(phase: ImportPhase, done: Partial<Counts> = {}): void {
    this.#phase = phase;
    this.#counts = { ...this.#counts, rows: 0, fraction: undefined, ...done };
    this.#begun = { at: performance.now(), counts: this.#counts };
    this.event({ type: "phase", phase });
  }

  /** Anything but progress. */
  event(event: Exclude<ImportEvent, { readonly type: "progress" }>): void {
    this.#onEvent?.(event);
  }

  /** What is known now; it is told when the last time is some time ago. */
  now(counts: Partial<Counts>): void {
    this.#take(counts);
    if (performance.now() - this.#toldAt >= PROGRESS_MS) this.tell();
  }

  /** Tells what is known at once. */
  tell(counts: Partial<Counts> = {}): void {
    this.#take(counts);
    this.#toldAt = performance.now();
    this.#onEvent?.({ type: "progress", phase: this.#phase, secondsLeft: this.#secondsLeft(), bytesPerSecond: this.#bytesPerSecond(), bytesTotal: this.bytesTotal, memoryBytes: process.memoryUsage.rss(), ...this.#counts });
  }

  /** Asks now and then how far some work is. What `onEvent` throws then is heard when it is told of something else. */
  async during<Answer>(counts: () => Partial<Counts>, work: () => Promise<Answer>): Promise<Answer> {
    const timer = setInterval(() => {
      try {
        this.tell(counts());
      } catch {
        // See above.
      }
    }, PROGRESS_MS);
    try {
      return await work();
    } finally {
      clearInterval(timer);
    }
  }

  #take(counts: Partial<Counts>): void {
    const { fraction } = this.#counts;
    this.#counts = { ...this.#counts, ...counts };
    // DuckDB thinks better of it at times; what was told is not taken back.
    if (fraction !== undefined && this.#counts.fraction !== undefined) this.#counts = { ...this.#counts, fraction: Math.max(fraction, this.#counts.fraction) };
  }

  #secondsLeft(): number | undefined {
    const { fraction } = this.#counts;
    if (fraction === undefined) return undefined;
    if (fraction >= 1) return 0;
    const done = fraction - (this.#begun.counts.fraction ?? 0);
    return done > 0 ? ((1 - fraction) * this.#seconds()) / done : undefined;
  }

  #bytesPerSecond(): number | undefined {
    const counted = this.#phase === "read" ? "bytesRead" : this.#phase === "write" ? "bytesWritten" : undefined;
    return counted === undefined ? undefined : (this.#counts[counted] - this.#begun.counts[counted]) / this.#seconds();
  }

  /** Since the phase began, more than 0. */
  #seconds(): number {
    return Math.max(performance.now() - this.#begun.at, Number.EPSILON) / MS_PER_S;
  }
}

/** How much of a total is done; undefined where nobody knows the total. */
export function fractionOf(done: number, total: number | undefined): number | undefined {
  return total === undefined ? undefined : done >= total ? 1 : done / total;
}
