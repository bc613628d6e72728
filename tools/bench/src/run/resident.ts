// A program that stays: it makes one pass for each line it is sent, and answers with one line of JSON.
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createInterface, type Interface } from "node:readline";
import type { Command } from "./command.js";

/** What one pass took. */
export interface Pass {
  readonly rows: number;
  readonly seconds: number;
  /** Processor time of all threads. */
  readonly cpuSeconds: number;
  /** Bytes of the file written, or read. */
  readonly fileBytes: number;
  /** Largest resident set of the process so far, in KiB. */
  readonly peakRssKib: number;
}

/** A program of a contest ended, or said something else than was agreed. */
export class ProgramError extends Error {
  override readonly name = "ProgramError";
}

export class Resident implements AsyncDisposable {
  readonly #name: string;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: Interface;
  readonly #answers: AsyncIterator<string>;
  readonly #ended: Promise<string>;
  #stderr = "";

  constructor({ file, args }: Command) {
    this.#name = [file, ...args].join(" ");
    this.#child = spawn(file, args);
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

  /** One pass. @throws ProgramError when the program does not answer with what a pass took */
  async pass(): Promise<Pass> {
    this.#child.stdin.write("\n");
    const answer = await Promise.race([this.#answers.next(), this.#ended]);
    if (typeof answer === "string" || answer.done === true) throw new ProgramError(`${this.#name}: ${await this.#ended}\n${this.#stderr}`);
    return JSON.parse(answer.value) as Pass;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.stdin.end();
    await this.#ended;
    this.#lines.close();
  }
}
