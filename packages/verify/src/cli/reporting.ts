// Where a run writes: its report, its complaints, and the progress bar that must not get in their way.
import type { Failure, Report } from "../report/report.js";
import { errorCode, harmless } from "../report/words.js";
import { errorLine, type Output } from "./cli-io.js";
import type { Progress } from "./progress.js";

export class Reporting {
  readonly report: Report;
  readonly progress: Progress;
  readonly #stdout: Output;
  readonly #stderr: Output | undefined;

  /** @param stderr for failures, beside the report; undefined when the report shows them to people anyway. */
  constructor(report: Report, stdout: Output, stderr: Output | undefined, progress: Progress) {
    this.report = report;
    this.progress = progress;
    this.#stdout = stdout;
    this.#stderr = stderr;
  }

  /** Aborted when nobody can be told anything any more. */
  get gone(): AbortSignal {
    return this.#stdout.gone;
  }

  /** Appends to the report. @throws OutputError */
  async show(text: string): Promise<void> {
    if (text === "") return;
    this.progress.makeRoom("stdout");
    await this.#stdout.write(text);
  }

  /** What is reported of an error, which is also complained of. @throws OutputError when the output is what failed */
  async failure(path: string, error: unknown): Promise<Failure> {
    this.gone.throwIfAborted();
    const failure = { code: errorCode(error), message: errorLine(error) };
    if (this.#stderr !== undefined) {
      this.progress.makeRoom("stderr");
      await this.#stderr.write(`sst-verify: ${harmless(path)}: ${failure.message}\n`);
    }
    return failure;
  }
}
