// The states of a writer, the arrows between them, and the first failure, which sticks.
import { showValue, SstError } from "@slate-sst/format";

/** Where a writer is in its life. */
export type WriterState = "writing" | "closing" | "closed" | "failed" | "aborted" | "detached";

/** Every arrow there is. An aborted writer ends up closed when the store had published the object before the abort reached it. */
const arrows: Readonly<Record<WriterState, readonly WriterState[]>> = {
  writing: ["closing", "failed", "aborted", "detached"],
  closing: ["closed", "failed", "aborted"],
  closed: [],
  failed: ["aborted"],
  aborted: ["closed"],
  detached: [],
};

export class WriterLife {
  state: WriterState = "writing";
  /** The first failure or the abort; later calls repeat it. */
  failure: Error | undefined;
  readonly #onFailed: ((failure: Error) => void) | undefined;
  /** The call that is not through with its rows yet. */
  #occupiedBy: string | undefined;

  /** @param onFailed told of the first failure; an abort is none. */
  constructor(onFailed?: (failure: Error) => void) {
    this.#onFailed = onFailed;
  }

  /** @throws the first failure, or SstError ERR_SST_STATE when the writer takes no more rows, or none before another call is through. */
  check(call: string): void {
    if (this.state === "writing" && this.#occupiedBy === undefined) return;
    this.checkOccupied(call);
    throw new SstError("ERR_SST_STATE", `${call} is not possible before the promise of ${this.#occupiedBy} has settled: await it`, { details: { call, state: this.state } });
  }

  /** The same for the call that is not through yet. */
  checkOccupied(call: string): void {
    if (this.state === "writing") return;
    if (this.failure !== undefined) throw this.failure;
    throw new SstError("ERR_SST_STATE", `${call} is not possible: the writer is ${this.state}`, { details: { call, state: this.state } });
  }

  /** Keeps other calls out until the work of this one is done. */
  async occupied(call: string, work: Promise<void>): Promise<void> {
    this.#occupiedBy = call;
    try {
      await work;
    } finally {
      this.#occupiedBy = undefined;
    }
  }

  /** Follows an arrow. @throws SstError ERR_SST_STATE where there is none. */
  move(to: WriterState): void {
    if (!arrows[this.state].includes(to)) {
      throw new SstError("ERR_SST_STATE", `a writer that is ${this.state} cannot become ${to}`, { details: { state: this.state, to } });
    }
    this.state = to;
    // What was published in spite of an abort is closed like any other.
    if (to === "closed") this.failure = undefined;
  }

  /** Keeps the failure if it is the first; gives the first one. */
  fail(error: unknown): Error {
    const failure = error instanceof Error ? error : new SstError("ERR_SST_WRITE", String(error), { cause: error });
    if (arrows[this.state].includes("failed")) {
      this.failure = failure;
      this.move("failed");
      this.#onFailed?.(failure);
    }
    return this.failure ?? failure;
  }

  /** Keeps the abort unless something had failed before. */
  abort(reason: unknown): void {
    if (!arrows[this.state].includes("aborted")) return;
    this.failure ??= abortError(reason);
    this.move("aborted");
  }
}

/** @throws SstError ERR_SST_ABORTED when the signal has been aborted. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw abortError(signal.reason);
}

/** The writer was given up. */
function abortError(reason: unknown): SstError {
  const shown = reason instanceof Error ? reason.message : typeof reason === "string" ? reason : showValue(reason);
  const why = reason === undefined ? "" : `: ${shown}`;
  return new SstError("ERR_SST_ABORTED", `the writer was aborted${why}`, reason === undefined ? {} : { cause: reason });
}
