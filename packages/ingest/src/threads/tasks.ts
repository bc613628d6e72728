// The tasks of a call, handed to whichever thread is free.
import { type CheckedTask, checkTask, iteratorOf, type SstTask } from "./sst-task.js";

export class Tasks {
  readonly #tasks: Iterator<SstTask> | AsyncIterator<SstTask>;
  readonly #paths = new Set<string>();
  /** The answer before: one is asked for at a time. */
  #last: Promise<unknown> = Promise.resolve();
  #count = 0;
  #isDone = false;

  constructor(tasks: Iterable<SstTask> | AsyncIterable<SstTask>) {
    this.#tasks = iteratorOf(tasks);
  }

  /** The next task, checked; undefined when there is none. @throws what the source throws, or checkTask(). */
  next(): Promise<CheckedTask | undefined> {
    const next = this.#last.then(async () => this.#ask());
    this.#last = next.catch(() => undefined);
    return next;
  }

  /** No more tasks are wanted. Nobody waits for the source, which may still be asked for one. */
  stop(): void {
    if (this.#isDone) return;
    this.#isDone = true;
    void Promise.resolve(this.#tasks.return?.()).catch(() => undefined);
  }

  async #ask(): Promise<CheckedTask | undefined> {
    if (this.#isDone) return undefined;
    const next = await this.#tasks.next();
    if (this.#isDone) return undefined;
    if (next.done === true) {
      this.#isDone = true;
      return undefined;
    }
    return checkTask(next.value, this.#count++, this.#paths);
  }
}
