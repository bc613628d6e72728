// The progress bar on a terminal.
import { SingleBar } from "cli-progress";
import type { CliIo } from "./cli-io.js";
import type { Progress } from "./progress.js";

const BAR_WIDTH = 30;
const PERCENT = 100;
/** Least time between two bars, where text comes in between. */
const REDRAW_MS = 100;

export class Bar implements Progress {
  readonly #bar: SingleBar;
  readonly #sharesTerminal: boolean;
  #label = "";
  #isShown = false;
  #hiddenAt = Number.NEGATIVE_INFINITY;

  constructor({ stderr, isTTY }: CliIo) {
    this.#sharesTerminal = isTTY.stdout;
    this.#bar = new SingleBar({
      stream: stderr,
      format: (_options, { progress }) => {
        const full = Math.round(progress * BAR_WIDTH);
        return `${"█".repeat(full)}${"░".repeat(BAR_WIDTH - full)} ${Math.floor(progress * PERCENT)} %${this.#label === "" ? "" : `  ${this.#label}`}`;
      },
      // A run that is interrupted must leave the terminal as it was: no state of it is changed, no signal taken.
      hideCursor: false,
      linewrap: true,
      gracefulExit: false,
      clearOnComplete: true,
    });
  }

  set(done: number, total: number, label: string): void {
    this.#label = label;
    if (this.#isShown) {
      this.#bar.update(done);
    } else if (performance.now() - this.#hiddenAt >= REDRAW_MS) {
      this.#bar.start(Math.max(1, total), done);
      this.#isShown = true;
    }
  }

  makeRoom(stream: "stdout" | "stderr"): void {
    if (stream === "stderr" || this.#sharesTerminal) this.stop();
  }

  /** The bar goes back to where it began, so it must begin anew behind any text. */
  stop(): void {
    if (!this.#isShown) return;
    this.#bar.stop();
    this.#isShown = false;
    this.#hiddenAt = performance.now();
  }
}
