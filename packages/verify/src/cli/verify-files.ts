// Verifies files and reports them in their order.
import type { Finding } from "../finding.js";
import type { VerifyOptions } from "../options.js";
import { Tally } from "../report/tally.js";
import type { VerifyResult } from "../result.js";
import { verifySst } from "../verify-sst.js";
import { FilesProgress } from "./progress.js";
import type { Reporting } from "./reporting.js";
import { inOrder, type RunAhead } from "./run-ahead.js";
import type { TargetFile } from "./targets.js";

/**
 * Reports on each file.
 * @param jobs files verified at the same time. @param optionsOf what a file is verified with.
 * @returns the sums. @throws OutputError
 */
export async function verifyFiles(
  files: readonly TargetFile[], jobs: number, optionsOf: (file: TargetFile) => VerifyOptions, reporting: Reporting,
): Promise<Tally> {
  const { report, gone } = reporting;
  const tally = new Tally();
  const progress = new FilesProgress(reporting.progress, files);
  const start = (file: TargetFile): AsyncGenerator<Finding, VerifyResult, undefined> =>
    verify(file, { ...optionsOf(file), signal: gone, onProgress: ({ bytes }) => progress.update(file, bytes) });
  for await (const { input: file, run } of inOrder(files, jobs, start)) {
    const outcome = await readOut(run, (finding) => reporting.show(report.finding(file, finding)));
    progress.finish(file);
    if ("result" in outcome) {
      tally.add(outcome.result);
      await reporting.show(report.result(file, outcome.result));
    } else {
      tally.addFailure();
      await reporting.show(report.failure(file, await reporting.failure(file.path, outcome.error)));
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
