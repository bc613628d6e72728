// How far a writer is. Nothing is counted for it: it is read off what is there, when somebody asks.
import type { WriterState } from "./writer-life.js";

/** Milliseconds of a second. */
const SECOND = 1000;

/** What only grows, also when another writer goes on with the SST. */
export interface ProgressCounters {
  /** Rows accepted. */
  readonly rows: number;
  /** Bytes of the object that have been made, whether they left yet or not. */
  readonly bytesEncoded: number;
  /** Bytes that the store has acknowledged. */
  readonly bytesUploaded: number;
  /** Parts that it has acknowledged. An SST of one request has none. */
  readonly parts: number;
}

/** How far a writer is. */
export interface SstProgress extends ProgressCounters {
  /** State of the writer. */
  readonly state: WriterState;
  /** Bytes of parts on their way to the store. */
  readonly bytesInFlight: number;
  /**
   * Bytes that the object will have, as far as can be told: by `expectedRows`, or else `expectedSize`; without them, what it would
   * have if it were closed now. The object's size once it is closed.
   */
  readonly estimatedSize: number;
  /** Milliseconds since this writer began, or was resumed, until its end. */
  readonly elapsed: number;
  /** Rows and encoded bytes a second, over `elapsed`. */
  readonly rowsPerSecond: number;
  /** Encoded bytes a second, over `elapsed`. */
  readonly bytesPerSecond: number;
}

/** Where progress is read. */
export interface ProgressSource extends ProgressCounters {
  readonly state: WriterState;
  readonly bytesInFlight: number;
  /** What the object would have if it were closed now. */
  readonly sizeNow: number;
}

/** What the caller knows of the SST beforehand. */
export interface Expectation {
  readonly expectedSize: number | undefined;
  readonly expectedRows: number | undefined;
}

const NOTHING: ProgressCounters = { rows: 0, bytesEncoded: 0, bytesUploaded: 0, parts: 0 };

export class ProgressMeter {
  readonly #read: () => ProgressSource;
  readonly #expectation: Expectation;
  readonly #now: () => number;
  #begun: number;
  #ended: number | undefined;
  #floor = NOTHING;
  #base = NOTHING;

  constructor(read: () => ProgressSource, expectation: Expectation, now: () => number = () => performance.now()) {
    this.#read = read;
    this.#expectation = expectation;
    this.#now = now;
    this.#begun = now();
  }

  /**
   * Goes on from the counters of the writer before: none is ever told to be less. Whatever has been restored here by now (rows,
   * bytes, parts) does not count as this writer's speed.
   */
  resumeFrom(counters: ProgressCounters): void {
    this.#floor = counters;
    this.#base = this.#read();
    this.#begun = this.#now();
  }

  /** The clock stands still from here on. */
  end(): void {
    this.#ended ??= this.#now();
  }

  read(): SstProgress {
    const { state, rows, bytesEncoded, bytesUploaded, parts, bytesInFlight, sizeNow } = this.#read();
    const floor = this.#floor;
    const elapsed = (this.#ended ?? this.#now()) - this.#begun;
    const rate = (count: number): number => (elapsed > 0 ? (count * SECOND) / elapsed : 0);
    return {
      state,
      rows: Math.max(rows, floor.rows),
      bytesEncoded: Math.max(bytesEncoded, floor.bytesEncoded),
      bytesUploaded: Math.max(bytesUploaded, floor.bytesUploaded),
      parts: Math.max(parts, floor.parts),
      bytesInFlight,
      estimatedSize: state === "closed" ? sizeNow : this.#estimate(sizeNow, rows),
      elapsed,
      rowsPerSecond: rate(rows - this.#base.rows),
      bytesPerSecond: rate(bytesEncoded - this.#base.bytesEncoded),
    };
  }

  #estimate(sizeNow: number, rows: number): number {
    const { expectedSize, expectedRows } = this.#expectation;
    if (expectedRows !== undefined && rows > 0) return Math.max(sizeNow, Math.round((sizeNow / rows) * expectedRows));
    return Math.max(sizeNow, expectedSize ?? 0);
  }
}
