// What the command line is connected to, and how it ends.
import { harmless } from "../report/words.js";

/** Every file is sound. */
export const EXIT_SOUND = 0;
/** Errors were found. */
export const EXIT_UNSOUND = 1;
/** Something could not be read, checked or written, or the command line is wrong. */
export const EXIT_FAILED = 2;

/** Streams and surroundings of a run. */
export interface CliIo {
  /** Where the report goes. */
  readonly stdout: NodeJS.WritableStream;
  /** Where progress and failures go. */
  readonly stderr: NodeJS.WritableStream;
  /** What `-` reads. */
  readonly stdin: AsyncIterable<Uint8Array | string>;
  /** Variables of the environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Which of the streams are terminals. */
  readonly isTTY: { readonly stdin: boolean; readonly stdout: boolean; readonly stderr: boolean };
}

/** Ends the run with {@link EXIT_FAILED} and this message. */
export class CliError extends Error {
  /** `CliError`. */
  override readonly name = "CliError";
}

/** An error as a line for people. */
export function errorLine(error: unknown): string {
  return harmless(error instanceof Error ? error.message : String(error));
}

/** Nobody reads the output any more, or it cannot be written. */
export class OutputError extends Error {
  /** `OutputError`. */
  override readonly name = "OutputError";
  /** The reader went away, as `head` does when it has seen enough: nothing to complain of. */
  readonly isClosed: boolean;

  /** `cause`: what the stream said. */
  constructor(cause: Error) {
    super(`the output could not be written: ${cause.message}`, { cause });
    const code = "code" in cause ? cause.code : undefined;
    this.isClosed = code === "EPIPE" || code === "ERR_STREAM_DESTROYED" || code === "ERR_STREAM_PREMATURE_CLOSE";
  }
}

/** Tells people what ended a run, unless nobody is there any more. @param program the command's name. */
export async function complain(program: string, error: unknown, stderr: Output): Promise<void> {
  if ((error instanceof OutputError && error.isClosed) || stderr.gone.aborted) return;
  await stderr.write(`${program}: ${errorLine(error)}\n`);
}

/** A stream that is written at the pace of its reader, and whose end is noticed. */
export class Output {
  readonly #stream: NodeJS.WritableStream;
  readonly #gone = new AbortController();

  /** `stream`: what is written to. */
  constructor(stream: NodeJS.WritableStream) {
    this.#stream = stream;
    // It stays for good: a pipe may report its end after the last write.
    stream.on("error", (error: Error) => this.#gone.abort(new OutputError(error)));
  }

  /** Aborted, with an OutputError as the reason, when the stream can no longer be written. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  /** @throws OutputError */
  async write(text: string | Uint8Array): Promise<void> {
    this.gone.throwIfAborted();
    if (text.length === 0) return;
    const goesOn = this.#stream.write(text, (error) => {
      if (error) this.#gone.abort(new OutputError(error));
    });
    if (!goesOn) await this.#drained();
  }

  /** Resolves when everything written has left this process. @throws OutputError */
  async flush(): Promise<void> {
    await new Promise<void>((resolve) => {
      if (this.gone.aborted) resolve();
      else this.#stream.write("", () => resolve());
    });
    this.gone.throwIfAborted();
  }

  async #drained(): Promise<void> {
    await new Promise<void>((resolve) => {
      const done = (): void => {
        this.#stream.removeListener("drain", done);
        this.#stream.removeListener("close", done);
        this.gone.removeEventListener("abort", done);
        resolve();
      };
      this.#stream.on("drain", done);
      this.#stream.on("close", done);
      this.gone.addEventListener("abort", done);
    });
    this.gone.throwIfAborted();
  }
}
