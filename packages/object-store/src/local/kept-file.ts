// A file that is written to again and again, kept open in between: opening and closing it for each part of an upload costs more
// than writing. Nobody says when an upload that is left alone ends, so a file that nobody uses for a while is closed.
import type { NodeModules } from "./node.js";

type FileHandle = import("node:fs/promises").FileHandle;

/** How long a file stays open that nobody uses. */
const IDLE_MS = 1000;

export class KeptFile {
  readonly file: string;
  readonly #node: NodeModules;
  readonly #flags: number;
  #handle: Promise<FileHandle> | undefined;
  #uses = 0;
  #closing: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Why it could not be closed when it was idle: some systems say only then that bytes were lost. */
  #failure: unknown;

  /** @param flags it is opened with, each time. */
  constructor(node: NodeModules, file: string, flags: number) {
    this.#node = node;
    this.file = file;
    this.#flags = flags;
  }

  /** Acts on the file, which stays open until then. @throws what closing it earlier has failed with */
  async use<T>(act: (handle: FileHandle) => Promise<T>): Promise<T> {
    if (this.#failure !== undefined) throw this.#failure;
    this.#uses++;
    clearTimeout(this.#timer);
    try {
      return await act(await this.#open());
    } finally {
      if (--this.#uses === 0) this.#closeLater();
    }
  }

  /** Closes the file when it is open. Nobody uses it. @throws what closing it now or earlier has failed with */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#closing;
    if (this.#failure !== undefined) throw this.#failure;
    await this.#closeNow();
  }

  async #closeNow(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    // One that could not be opened has told so.
    await (await handle?.catch(() => undefined))?.close();
  }

  #open(): Promise<FileHandle> {
    this.#handle ??= this.#node.fs.open(this.file, this.#flags).catch((error: unknown) => {
      this.#handle = undefined;
      throw error;
    });
    return this.#handle;
  }

  #closeLater(): void {
    this.#timer = setTimeout(() => {
      this.#closing = this.#closeNow().catch((error: unknown) => {
        this.#failure = error;
      });
    }, IDLE_MS);
    // A process that has nothing else to do may end: the system closes its files.
    this.#timer.unref();
  }
}
