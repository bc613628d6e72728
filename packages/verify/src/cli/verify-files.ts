// Verifies files and reports them in their order.
import type { Finding } from "../finding.js";
import type { VerifyOptions } from "../options.js";
import type { Report } from "../report/report.js";
import { Tally } from "../report/tally.js";
import { errorCode, harmless } from "../report/words.js";
import type { VerifyResult } from "../result.js";
import { verifySst } from "../verify-sst.js";
import { errorLine, type Output } from "./cli-io.js";
import type { Progress } from "./progress.js";
import { inOrder, type RunAhead } from "./run-ahead.js";
import type { TargetFile } from "./targets.js";

export interface VerifyFilesOptions {
  readonly files: readonly TargetFile[];
  /** Files verified at the same time. */
  readonly jobs: number;
  /** What each file is verified with. */
  readonly optionsOf: (file: TargetFile) => VerifyOptions;
  readonly report: Report;
  readonly stdout: Output;
  /** For files that could not be verified, beside the report. Undefined when the report shows them to people anyway. */
  readonly stderr: Output | undefined;
  readonly progress: Progress;
}

/** Writes the report on each file, without its beginning and end. @returns the sums. @throws OutputError */
export async function verifyFiles(given: VerifyFilesOptions): Promise<Tally> {
  const { files, jobs, optionsOf, report, stdout, stderr, progress } = given;
  const tally = new Tally();
  const start = (file: TargetFile): AsyncGenerator<Finding, VerifyResult, undefined> =>
    verify(file, { ...optionsOf(file), signal: stdout.gone, onProgress: ({ bytes }) => progress.update(file, bytes) });
  const show = async (text: string): Promise<void> => {
    if (text === "") return;
    progress.makeRoom("stdout");
    await stdout.write(text);
  };
  for await (const { input: file, run } of inOrder(files, jobs, start)) {
    const outcome = await readOut(run, (finding) => show(report.finding(file, finding)));
    progress.finish(file);
    stdout.gone.throwIfAborted();
    if ("result" in outcome) {
      tally.add(outcome.result);
      await show(report.result(file, outcome.result));
    } else {
      const failure = { code: errorCode(outcome.error), message: errorLine(outcome.error) };
      tally.addFailure();
      await show(report.failure(file, failure));
      progress.makeRoom("stderr");
      await stderr?.write(`sst-verify: ${harmless(file.path)}: ${failure.message}\n`);
    }
  }
  return tally;
}

async function* verify(file: TargetFile, options: VerifyOptions): AsyncGenerator<Finding, VerifyResult, undefined> {
  const verification = verifySst(file.store, file.objectPath, options);
  yield* verification;
  return verification.result;
}

/** Tells of each finding, and returns how the verification ended. Errors of telling are not caught. */
async function readOut(
  run: RunAhead<Finding, VerifyResult>, tell: (finding: Finding) => Promise<void>,
): Promise<{ readonly result: VerifyResult } | { readonly error: unknown }> {
  for (;;) {
    let step: IteratorResult<Finding, VerifyResult>;
    try {
      step = await run.next();
    } catch (error) {
      return { error };
    }
    if (step.done === true) return { result: step.value };
    await tell(step.value);
  }
}
