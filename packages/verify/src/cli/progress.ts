// The progress bar on a terminal.
import { SingleBar } from "cli-progress";
import { counted } from "../report/words.js";
import type { CliIo } from "./cli-io.js";
import type { TargetFile } from "./targets.js";

const BAR_WIDTH = 30;
const PERCENT = 100;
/** Least time between two bars, where text comes in between. */
const REDRAW_MS = 100;

export interface Progress {
  /** @param bytes of the file that are done. */
  update(file: TargetFile, bytes: number): void;
  /** A file is done. */
  finish(file: TargetFile): void;
  /** Makes room for text on a stream, if that is on the same terminal; the bar comes back with a later update. */
  makeRoom(stream: "stdout" | "stderr"): void;
  stop(): void;
}

const SILENT: Progress = { update: () => undefined, finish: () => undefined, makeRoom: () => undefined, stop: () => undefined };

/** A bar over the bytes of all files, on standard error when that is a terminal. */
export function startProgress(io: CliIo, files: readonly TargetFile[], quiet: boolean): Progress {
  return quiet || !io.isTTY.stderr ? SILENT : new Bar(io, files);
}

class Bar implements Progress {
  readonly #bar: SingleBar;
  readonly #sharesTerminal: boolean;
  readonly #total: number;
  readonly #running = new Map<TargetFile, number>();
  #finishedFiles = 0;
  #finishedBytes = 0;
  #isShown = false;
  #hiddenAt = Number.NEGATIVE_INFINITY;

  constructor({ stderr, isTTY }: CliIo, files: readonly TargetFile[]) {
    this.#sharesTerminal = isTTY.stdout;
    this.#total = Math.max(1, files.reduce((sum, { size }) => sum + size, 0));
    this.#bar = new SingleBar({
      stream: stderr,
      format: (_options, { progress }) => {
        const full = Math.round(progress * BAR_WIDTH);
        const done = files.length === 1 ? "" : `  ${this.#finishedFiles} of ${counted(files.length, "file")}`;
        return `${"█".repeat(full)}${"░".repeat(BAR_WIDTH - full)} ${Math.floor(progress * PERCENT)} %${done}`;
      },
      // A run that is interrupted must leave the terminal as it was: no state of it is changed, no signal taken.
      hideCursor: false,
      linewrap: true,
      gracefulExit: false,
      clearOnComplete: true,
    });
    this.#draw();
  }

  update(file: TargetFile, bytes: number): void {
    this.#running.set(file, Math.min(bytes, file.size));
    this.#draw();
  }

  finish(file: TargetFile): void {
    this.#running.delete(file);
    this.#finishedFiles++;
    this.#finishedBytes += file.size;
    this.#draw();
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

  #draw(): void {
    let bytes = this.#finishedBytes;
    for (const done of this.#running.values()) bytes += done;
    if (this.#isShown) {
      this.#bar.update(bytes);
    } else if (performance.now() - this.#hiddenAt >= REDRAW_MS) {
      this.#bar.start(this.#total, bytes);
      this.#isShown = true;
    }
  }
}
