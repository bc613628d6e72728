// The progress bar on a terminal.
import { cursorTo, clearLine } from "node:readline";
import { SingleBar } from "cli-progress";
import { counted } from "../report/words.js";
import type { CliIo } from "./cli-io.js";
import type { TargetFile } from "./targets.js";

const BAR_WIDTH = 30;
const PERCENT = 100;

export interface Progress {
  /** @param bytes of the file that are done. */
  update(file: TargetFile, bytes: number): void;
  /** A file is done. */
  finish(file: TargetFile): void;
  /** Makes room for text on the same terminal; the bar comes back with the next update. */
  hide(): void;
  stop(): void;
}

const SILENT: Progress = { update: () => undefined, finish: () => undefined, hide: () => undefined, stop: () => undefined };

/** A bar over the bytes of all files, on standard error when that is a terminal. */
export function startProgress(io: CliIo, files: readonly TargetFile[], quiet: boolean): Progress {
  const { stderr, isTTY } = io;
  if (quiet || !isTTY.stderr) return SILENT;
  const running = new Map<TargetFile, number>();
  let finishedFiles = 0;
  let finishedBytes = 0;
  const bar = new SingleBar({
    stream: stderr,
    format: (_options, { progress }) => {
      const full = Math.round(progress * BAR_WIDTH);
      const files_ = files.length === 1 ? "" : `  ${finishedFiles} of ${counted(files.length, "file")}`;
      return `${"█".repeat(full)}${"░".repeat(BAR_WIDTH - full)} ${Math.floor(progress * PERCENT)} %${files_}`;
    },
    // A run that is interrupted must leave the terminal as it was: no state of it is changed, no signal taken.
    hideCursor: null,
    linewrap: null,
    gracefulExit: false,
    clearOnComplete: true,
    noTTYOutput: true,
  });
  const draw = (): void => {
    let bytes = finishedBytes;
    for (const done of running.values()) bytes += done;
    bar.update(bytes);
  };
  bar.start(Math.max(1, files.reduce((sum, { size }) => sum + size, 0)), 0);
  return {
    update(file, bytes) {
      running.set(file, Math.min(bytes, file.size));
      draw();
    },
    finish(file) {
      running.delete(file);
      finishedFiles++;
      finishedBytes += file.size;
      draw();
    },
    hide() {
      cursorTo(stderr, 0);
      clearLine(stderr, 0);
    },
    stop: () => bar.stop(),
  };
}
