// `sst-verify` in a process of its own.
import { processIo } from "./process-io.js";
import { runVerify } from "./run.js";

/** Runs the command of this process and sets its exit code. */
export async function main(): Promise<void> {
  process.exitCode = await runVerify(process.argv.slice(2), processIo());
}
