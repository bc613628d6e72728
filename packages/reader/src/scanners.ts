// Scanners of one reader: each has memory of its own, so scans that run at the same time have one each.
import { BlockScanner } from "@slate-sst/format";
import { RANGE_BYTES } from "./block-feed.js";

export class Scanners {
  readonly #isOn: boolean;
  #idle: BlockScanner[] = [];

  /** @param isOn whether there are any. */
  constructor(isOn: boolean) {
    this.#isOn = isOn;
  }

  /** @returns undefined where there are none. */
  take(): BlockScanner | undefined {
    return this.#isOn ? (this.#idle.pop() ?? BlockScanner.create(RANGE_BYTES)) : undefined;
  }

  giveBack(scanner: BlockScanner): void {
    if (this.#idle.length === 0) this.#idle.push(scanner);
  }

  /** Lets go of their memory. */
  clear(): void {
    this.#idle = [];
  }
}
