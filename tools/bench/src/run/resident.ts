// A program that stays: it makes one pass for each line it is sent, and answers with one line of JSON.
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createInterface, type Interface } from "node:readline";
import { keepTrack } from "./children.js";
import { type Command, ProgramError, shown } from "./command.js";
import type { Pass, PassSize } from "./pass.js";

export class Resident implements AsyncDisposable {
  readonly #name: string;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: Interface;
  readonly #answers: AsyncIterator<string>;
  readonly #ended: Promise<string>;
  #stderr = "";

  constructor(command: Command) {
    this.#name = shown(command);
    this.#child = keepTrack(spawn(command.file, command.args));
    this.#child.stderr.setEncoding("utf8").on("data", (text: string) => (this.#stderr += text));
    // A program that has ended is noticed by its missing answer.
    this.#child.stdin.on("error", () => undefined);
    this.#lines = createInterface({ input: this.#child.stdout });
    this.#answers = this.#lines[Symbol.asyncIterator]();
    this.#ended = new Promise((resolve) => {
      this.#child.on("error", (error) => resolve(error.message));
      this.#child.on("close", (code, signal) => resolve(`ended with ${signal ?? code}`));
    });
  }

  /** One pass. @throws ProgramError when the program does not answer */
  async pass({ rows, valueBytes }: PassSize): Promise<Pass> {
    this.#child.stdin.write(`${rows} ${valueBytes}\n`);
    const answer = await this.#answers.next();
    if (answer.done === true) throw new ProgramError(`${this.#name} ${await this.#ended}\n${this.#stderr}`);
    return JSON.parse(answer.value) as Pass;
  }

  /** Lets the program end by itself. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.stdin.end();
    await this.#ended;
    this.#lines.close();
  }
}
