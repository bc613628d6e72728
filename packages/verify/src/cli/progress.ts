// How far a run is.
import { counted } from "../report/words.js";
import type { CliIo } from "./cli-io.js";
import type { TargetFile } from "./targets.js";

/** A progress bar, or nothing where there is no terminal. */
export interface Progress {
  /** Shows how far it is: `done` bytes of `total`, and what else is to be said. */
  set(done: number, total: number, label: string): void;
  /** Makes room for text on a stream, if that is on the same terminal; the bar comes back with a later update. */
  makeRoom(stream: "stdout" | "stderr"): void;
  /** Takes the bar away. */
  stop(): void;
}

const SILENT: Progress = { set: () => undefined, makeRoom: () => undefined, stop: () => undefined };

/** A bar on standard error when that is a terminal. */
export async function newProgress(io: CliIo, quiet: boolean): Promise<Progress> {
  if (quiet || !io.isTTY.stderr) return SILENT;
  const { Bar } = await import("./progress-bar.js");
  return new Bar(io);
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
