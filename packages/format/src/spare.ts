// Memory that nobody uses any more, kept for a moment: whoever writes one SST after the other needs the same again, and setting it
// aside anew costs page faults and runs of the garbage collector.

/** How long memory is kept while nobody takes any. */
const KEPT_MS = 1000;

export class Spare<T extends object> {
  readonly #most: number;
  #items: T[] = [];
  #isWatched = false;
  /** Whether any was taken since the last look. */
  #isUsed = false;

  /** @param most kept at the same time; of more, the oldest go */
  constructor(most: number) {
    this.#most = most;
  }

  /** Keeps an item for whoever takes it next. */
  give(item: T): void {
    if (this.#items.length === this.#most) this.#items.shift();
    this.#items.push(item);
    if (!this.#isWatched) this.#watch();
  }

  /** An item that fits, the last given first. */
  take(fits: (item: T) => boolean): T | undefined {
    const at = this.#items.findLastIndex(fits);
    if (at < 0) return undefined;
    this.#isUsed = true;
    return this.#items.splice(at, 1)[0];
  }

  #watch(): void {
    this.#isWatched = true;
    this.#isUsed = false;
    const timer: unknown = setTimeout(() => {
      this.#isWatched = false;
      if (this.#isUsed) this.#watch();
      else this.#items = [];
    }, KEPT_MS);
    // In Node, no process stays for its sake.
    (timer as { readonly unref?: () => void }).unref?.();
  }
}
