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
  /** @param done bytes of `total`. @param label what else is to be said. */
  set(done: number, total: number, label: string): void;
  /** Makes room for text on a stream, if that is on the same terminal; the bar comes back with a later update. */
  makeRoom(stream: "stdout" | "stderr"): void;
  stop(): void;
}

const SILENT: Progress = { set: () => undefined, makeRoom: () => undefined, stop: () => undefined };

/** A bar on standard error when that is a terminal. */
export function newProgress(io: CliIo, quiet: boolean): Progress {
  return quiet || !io.isTTY.stderr ? SILENT : new Bar(io);
}

/** Adds up how far files are that are verified at the same time. */
export class FilesProgress {
  readonly #progress: Progress;
  readonly #files: number;
  readonly #total: number;
  readonly #running = new Map<TargetFile, number>();
  #finishedFiles = 0;
  #finishedBytes = 0;

  constructor(progress: Progress, files: readonly TargetFile[]) {
    this.#progress = progress;
    this.#files = files.length;
    this.#total = files.reduce((sum, { size }) => sum + size, 0);
    this.#show();
  }

  /** @param bytes of the file that are done. */
  update(file: TargetFile, bytes: number): void {
    this.#running.set(file, Math.min(bytes, file.size));
    this.#show();
  }

  /** A file is done. */
  finish(file: TargetFile): void {
    this.#running.delete(file);
    this.#finishedFiles++;
    this.#finishedBytes += file.size;
    this.#show();
  }

  #show(): void {
    let bytes = this.#finishedBytes;
    for (const done of this.#running.values()) bytes += done;
    this.#progress.set(bytes, this.#total, this.#files === 1 ? "" : `${this.#finishedFiles} of ${counted(this.#files, "file")}`);
  }
}

class Bar implements Progress {
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
