// Which requests to a fake server fail, and how: the n-th of an operation, before it acts, after it acted, or without an
// answer.

/** Makes requests fail. */
export interface ServerFault {
  /** The server's name of the operation; every operation's requests are counted together unless given. */
  readonly operation?: string | undefined;
  /** The first request that fails, from 1. */
  readonly call: number;
  /** How many fail from there on; 1 unless given. */
  readonly times?: number | undefined;
  /**
   * "before": refused before it acts. "after": it acts, and the connection breaks instead of an answer. "hang": it neither
   * acts nor answers. "hang-after": it acts and does not answer. Those that hang end with their connection.
   */
  readonly when: "before" | "after" | "hang" | "hang-after";
  /** Status, code and text of a refusal; 503 and a code that is retried unless given. */
  readonly status?: number | undefined;
  /** The service's code of a refusal. */
  readonly code?: string | undefined;
  /** Text of a refusal. */
  readonly message?: string | undefined;
}

/** Counts requests and picks those that fail. */
export class FaultPlan {
  #faults: readonly ServerFault[] = [];
  #onHang: ((operation: string) => void) | undefined;
  readonly #counts = new Map<string, number>();
  #count = 0;
  #failures = 0;

  /** How many requests were made to fail. */
  get failures(): number {
    return this.#failures;
  }

  /** How many requests of an operation came, or of all of them. */
  count(operation?: string): number {
    return operation === undefined ? this.#count : (this.#counts.get(operation) ?? 0);
  }

  /** The operations that came, each with its number. */
  counts(): ReadonlyMap<string, number> {
    return new Map(this.#counts);
  }

  /** Begins to count anew. `onHang` is called when a request hangs: a test lets time pass then. */
  reset(faults: readonly ServerFault[] = [], onHang?: (operation: string) => void): void {
    this.#faults = faults;
    this.#onHang = onHang;
    this.#counts.clear();
    this.#count = 0;
    this.#failures = 0;
  }

  /** Counts a request, and tells what becomes of it. */
  next(operation: string): ServerFault | undefined {
    this.#count += 1;
    this.#counts.set(operation, this.count(operation) + 1);
    const fault = this.#faults.find((candidate) => {
      if (candidate.operation !== undefined && candidate.operation !== operation) return false;
      const count = this.count(candidate.operation);
      return count >= candidate.call && count < candidate.call + (candidate.times ?? 1);
    });
    if (fault !== undefined) this.#failures += 1;
    return fault;
  }

  /** Tells the test that a request hangs. */
  hangs(operation: string): void {
    this.#onHang?.(operation);
  }
}
