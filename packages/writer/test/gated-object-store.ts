// A store whose calls of some methods wait until the test lets them go: slow stores without a clock.
import type { ObjectStore } from "@slate-sst/object-store";
import { DecoratedObjectStore, type StoreCall, type StoreMethod } from "@slate-sst/object-store/testing";

interface Held {
  readonly call: StoreCall;
  readonly go: () => void;
}

export interface GateOptions {
  readonly methods: readonly StoreMethod[];
  /** Whether a held call rejects when its signal is aborted; true unless given. */
  readonly heedsSignals?: boolean;
}

export class GatedObjectStore extends DecoratedObjectStore {
  /** The most calls that were held at the same time. */
  heldMax = 0;
  readonly #options: GateOptions;
  readonly #held: Held[] = [];
  readonly #watchers: { readonly count: number; readonly seen: () => void }[] = [];
  #arrivals = 0;
  #open = false;

  constructor(inner: ObjectStore, options: GateOptions) {
    super(inner);
    this.#options = options;
  }

  /** Calls that wait now. */
  get held(): readonly StoreCall[] {
    return this.#held.map(({ call }) => call);
  }

  /** Resolves when so many calls have come to the gate in all. */
  async arrivals(count: number): Promise<void> {
    if (this.#arrivals < count) await new Promise<void>((seen) => this.#watchers.push({ count, seen }));
  }

  /** Lets the calls go that wait, oldest first: so many of them, or all. */
  release(count = this.#held.length): void {
    for (const { go } of this.#held.splice(0, count)) go();
  }

  /** Lets the call go that came last. */
  releaseNewest(): void {
    this.#held.pop()?.go();
  }

  /** Lets every call go, those to come as well. */
  open(): void {
    this.#open = true;
    this.release();
  }

  protected override async before(call: StoreCall): Promise<void> {
    if (this.#open || !this.#options.methods.includes(call.method)) return;
    const gone = new Promise<void>((resolve, reject) => {
      const signal = this.#options.heedsSignals === false ? undefined : call.signal;
      const onAbort = (): void => {
        this.#held.splice(this.#held.indexOf(held), 1);
        reject(signal?.reason);
      };
      const held: Held = {
        call,
        go: () => {
          signal?.removeEventListener("abort", onAbort);
          resolve();
        },
      };
      this.#held.push(held);
      signal?.addEventListener("abort", onAbort, { once: true });
    });
    this.heldMax = Math.max(this.heldMax, this.#held.length);
    this.#arrivals++;
    for (const watcher of this.#watchers) if (watcher.count === this.#arrivals) watcher.seen();
    await gone;
  }
}
