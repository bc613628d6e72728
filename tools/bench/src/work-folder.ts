// Where the bench writes its files: in memory where the system offers that, and gone when the run ends, however it ends.
import { accessSync, constants, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { killChildren } from "./run/children.js";

const MEMORY = "/dev/shm";
/** Whoever was just killed may still hold a file for a moment. */
const REMOVE_RETRIES = 5;
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

export class WorkFolder implements Disposable {
  readonly path: string;
  /** Whether the files lie in memory: then no disk is measured, and syncing costs nothing. */
  readonly isInMemory: boolean;
  readonly #remove = (): void => {
    killChildren();
    rmSync(this.path, { recursive: true, force: true, maxRetries: REMOVE_RETRIES });
  };
  readonly #onSignal = (signal: NodeJS.Signals): void => {
    this[Symbol.dispose]();
    process.kill(process.pid, signal);
  };

  constructor() {
    this.isInMemory = isWritable(MEMORY);
    this.path = mkdtempSync(join(this.isInMemory ? MEMORY : tmpdir(), "slate-sst-bench-"));
    process.on("exit", this.#remove);
    for (const signal of SIGNALS) process.on(signal, this.#onSignal);
  }

  [Symbol.dispose](): void {
    this.#remove();
    process.off("exit", this.#remove);
    for (const signal of SIGNALS) process.off(signal, this.#onSignal);
  }
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
