// Memory that nobody uses any more, kept for a moment: whoever writes one SST after the other needs the same again, and setting it
// aside anew costs page faults and runs of the garbage collector.

/** How long memory is kept that nobody takes. */
const KEPT_MS = 1000;

export class Spare<T extends object> {
  readonly #most: number;
  #items: T[] = [];
  #isToBeDropped = false;

  /** @param most kept at the same time; of more, the oldest go */
  constructor(most: number) {
    this.#most = most;
  }

  /** Keeps an item for whoever takes it next. */
  give(item: T): void {
    if (this.#items.length === this.#most) this.#items.shift();
    this.#items.push(item);
    if (!this.#isToBeDropped) this.#dropLater();
  }

  /** An item that fits, the last given first. */
  take(fits: (item: T) => boolean): T | undefined {
    const at = this.#items.findLastIndex(fits);
    return at < 0 ? undefined : this.#items.splice(at, 1)[0];
  }

  #dropLater(): void {
    this.#isToBeDropped = true;
    const timer: unknown = setTimeout(() => {
      this.#items = [];
      this.#isToBeDropped = false;
    }, KEPT_MS);
    // In Node, no process stays for its sake.
    (timer as { readonly unref?: () => void }).unref?.();
  }
}
